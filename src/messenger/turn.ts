// One turn: an input, the rows as they were, and all that shall become of it. Written to while a step works, read once
// at its end; the step as a whole stays a function of its input.

import type { Random } from '../crypto/random.ts'
import type { RelayRequest } from '../wire/relay-frames.ts'
import type { ContactId, Event, Order, RelayConnection } from './api.ts'
import type { Live } from './live.ts'
import type { Changes, Found, Held, HeldChange, HeldTables, Lookup, Message, Seen, Segment } from './state.ts'

/** What the world may do once the changes are kept. */
export type Effect =
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'event'; readonly event: Event }
  /** Everything on this device goes. */
  | { readonly type: 'wipe' }

export interface Transition {
  readonly changes: Changes
  readonly live: Live
  readonly effects: readonly Effect[]
  /** When the messenger wants to be asked again at the latest. */
  readonly wakeAtMs: number | undefined
}

/** A step that needs rows which are not in memory before it can go on. */
export interface Pending {
  readonly needs: readonly Lookup[]
  readonly resume: (found: readonly Found[]) => Pending | undefined
}

export interface Turn {
  readonly nowMs: number
  readonly random: Random
  /** Replaced, never mutated. */
  live: Live
  get<Table extends keyof HeldTables>(table: Table, key: string): HeldTables[Table] | undefined
  /** All rows of a table as this turn sees them. */
  all<Table extends keyof HeldTables>(table: Table): readonly (readonly [string, HeldTables[Table]])[]
  put<Table extends keyof HeldTables>(table: Table, key: string, row: HeldTables[Table]): void
  remove(table: keyof HeldTables, key: string): void
  putMessage(message: Message): void
  forgetConversation(contactId: ContactId): void
  putSegment(segment: Segment): void
  forgetSegments(contactId: ContactId): void
  putSeen(key: string, row: Seen): void
  forgetSeenBefore(timeMs: number): void
  order(order: Order): void
  send(connection: RelayConnection, request: RelayRequest): void
  tell(event: Event): void
  wipe(): undefined
  /** Contacts whose view may have changed. */
  touch(contactId: ContactId): void
  readonly touched: ReadonlySet<ContactId>
  changes(): Changes
  readonly effects: readonly Effect[]
}

export const beginTurn = (held: Held, live: Live, nowMs: number, random: Random): Turn => {
  const changed: { [Table in keyof HeldTables]?: Map<string, HeldTables[Table] | undefined> } = {}
  const messages: Message[] = []
  const forgottenConversations: ContactId[] = []
  const segments: Segment[] = []
  const forgottenSegments: ContactId[] = []
  const seen: { key: string; row: Seen }[] = []
  let forgetSeenBeforeMs: number | undefined
  const effects: Effect[] = []
  const touched = new Set<ContactId>()

  const changesOf = <Table extends keyof HeldTables>(table: Table): Map<string, HeldTables[Table] | undefined> => {
    // The slot of a table holds that table's map and no other; the compiler loses the tie when it writes.
    changed[table] ??= new Map() as (typeof changed)[Table]
    return changed[table] as Map<string, HeldTables[Table] | undefined>
  }

  const turn: Turn = {
    nowMs,
    random,
    live,
    get: (table, key) => {
      const map = changesOf(table)
      return map.has(key) ? map.get(key) : held[table].get(key)
    },
    all: (table) => {
      const map = changesOf(table)
      const rows = [...held[table]].filter(([key]) => !map.has(key))
      for (const [key, row] of map) if (row !== undefined) rows.push([key, row])
      return rows
    },
    put: (table, key, row) => {
      changesOf(table).set(key, row)
    },
    remove: (table, key) => {
      changesOf(table).set(key, undefined)
    },
    putMessage: (message) => {
      messages.push(message)
    },
    forgetConversation: (contactId) => {
      forgottenConversations.push(contactId)
    },
    putSegment: (segment) => {
      segments.push(segment)
    },
    forgetSegments: (contactId) => {
      forgottenSegments.push(contactId)
    },
    putSeen: (key, row) => {
      seen.push({ key, row })
    },
    forgetSeenBefore: (timeMs) => {
      forgetSeenBeforeMs = timeMs
    },
    order: (order) => {
      effects.push({ type: 'order', order })
    },
    send: (connection, request) => {
      effects.push({ type: 'order', order: { type: 'relay-send', connection, request } })
    },
    tell: (event) => {
      effects.push({ type: 'event', event })
    },
    wipe: () => {
      effects.push({ type: 'wipe' })
      return undefined
    },
    touch: (contactId) => {
      touched.add(contactId)
    },
    touched,
    changes: () => ({
      held: Object.entries(changed).flatMap(([table, rows]) =>
        // Each entry pairs a table with rows of that table: they were written by `put`.
        [...rows].map(([key, row]) => ({ table, key, row }) as HeldChange),
      ),
      messages,
      forgottenConversations,
      segments,
      forgottenSegments,
      seen,
      forgetSeenBeforeMs,
    }),
    effects,
  }
  return turn
}

/** The map with one entry replaced, or (undefined) removed. */
export const withEntry = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value | undefined): ReadonlyMap<Key, Value> => {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

/** The self row; every turn after the first has one. */
export const selfOf = (turn: Turn): HeldTables['self'] => {
  const self = turn.get('self', 'self')
  if (self === undefined) throw new Error('messenger: no self yet')
  return self
}

/** Counts a refusal for the connection report. */
export const refuse = (turn: Turn, reason: string): undefined => {
  turn.live = { ...turn.live, refusals: { ...turn.live.refusals, [reason]: (turn.live.refusals[reason] ?? 0) + 1 } }
  return undefined
}
