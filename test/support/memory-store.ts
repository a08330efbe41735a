// A store in memory, for simulations and tests of the worker: the parts and rows that the product's store writes, encoded,
// with a checksum in the place of the seal. Its process can die: what was not on the disk by then is gone, and whoever
// waits for the dead one waits for ever.

import { concat, equal } from '../../src/crypto/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Changes, Found, Lookup, Message, Seen, Segment } from '../../src/messenger/state.ts'
import { assemble, heldAfter, impliesSelf } from '../../src/store/held.ts'
import { heldTables, type PartPath, partWrites } from '../../src/store/parts.ts'
import { authentic, decodeRow, encodeRow } from '../../src/store/row-codec.ts'
import {
  type Damage,
  type HeldTable,
  type Opened,
  type OpenOptions,
  type Store,
  StoreTrouble,
  type StoreTroubleReason,
} from '../../src/store/store.ts'

export type DiskTable = Damage['table'] | 'segments'

export interface MemoryDisk {
  /** Opens the profile; whoever had it open can no longer write. */
  readonly open: (options?: OpenOptions) => Promise<Opened>
  /** Kills the process: every store opened so far never answers again. What is being committed is kept or lost as a whole. */
  readonly crash: (underWay: 'kept' | 'lost') => void
  /** Whether a commit was handed to the disk and has not come to rest there. */
  readonly isWriting: boolean
  /**
   * From now on every commit and wipe fails like this; undefined: no longer.
   *
   * @param how `without-reading`: nothing can be read either; `unheard`: the next commit reaches the disk, that it did is
   * lost, and nothing can be written or read from then on
   */
  readonly refuse: (reason: StoreTroubleReason | undefined, how?: 'without-reading' | 'unheard') => void
  /** Changes a bit in every row of a table. @returns how many rows there were */
  readonly tamper: (table: DiskTable) => number
  /** Deletes every row of a table, behind everybody's back. */
  readonly drop: (table: DiskTable) => void
  /** Deletes all of it, behind everybody's back. */
  readonly forget: () => void
  /** Rows on disk. */
  readonly count: (table: DiskTable) => number
  /** Bytes that commits have written so far. */
  readonly bytesWritten: number
  /** Commits that completed so far. */
  readonly commits: number
  /** Another disk with the same on it. */
  readonly copy: () => MemoryDisk
}

interface Rows {
  readonly parts: Map<string, Uint8Array>
  readonly messages: Map<string, { readonly contactId: string; readonly place: number; readonly sealed: Uint8Array }>
  readonly segments: Map<string, { readonly contactId: string; readonly from: number; readonly sealed: Uint8Array }>
  readonly seen: Map<string, { readonly keptUntilMs: number; readonly sealed: Uint8Array }>
}

export const createMemoryDisk = (): MemoryDisk => createDisk(undefined)

const createDisk = (from: Rows | undefined): MemoryDisk => {
  let rows = from
  let epoch = 0
  let processes = 0
  let refusal: { readonly reason: StoreTroubleReason; readonly how: 'without-reading' | 'unheard' | undefined } | undefined
  let bytesWritten = 0
  let commits = 0
  let wasMarked: boolean | undefined
  /** What was handed to the disk and has not come to rest on it. */
  let underWay: (() => void) | undefined

  const onDisk = (): Rows => {
    rows ??= { parts: new Map(), messages: new Map(), segments: new Map(), seen: new Map() }
    return rows
  }

  /** Everything is encoded before anything is written. */
  const write = (changes: Changes, held: Store['held']): void => {
    const writes = changes.held.map((change) => partWrites(held, change))
    const puts = writes.flatMap((each) => each.puts).map(({ path, value }) => sealed(pathKey(path), { path, value }))
    const newMessages = changes.messages.map((message) => {
      const { contactId, messageId, place } = message
      return { ...sealed(messageKey(contactId, messageId), message), contactId, place }
    })
    const newSegments = changes.segments.map((segment) => {
      const { contactId, from } = segment
      return { ...sealed(segmentKey(contactId, from), segment), contactId, from }
    })
    const newSeen = changes.seen.map(({ key, row }) => ({ ...sealed(key, row), keptUntilMs: row.keptUntilMs }))

    const { messages, parts, seen, segments } = onDisk()
    for (const path of writes.flatMap(({ removals }) => removals)) parts.delete(pathKey(path))
    for (const contactId of changes.forgottenConversations) {
      for (const [key, row] of messages) if (row.contactId === contactId) messages.delete(key)
    }
    const withoutSegments = [...changes.forgottenConversations, ...changes.forgottenSegments]
    for (const [key, { contactId }] of segments) if (withoutSegments.includes(contactId)) segments.delete(key)
    const before = changes.forgetSeenBeforeMs
    if (before !== undefined) for (const [key, row] of seen) if (row.keptUntilMs < before) seen.delete(key)
    for (const row of puts) parts.set(row.key, row.sealed)
    for (const row of newMessages) messages.set(row.key, row)
    for (const row of newSegments) segments.set(row.key, row)
    for (const row of newSeen) seen.set(row.key, row)
    for (const row of [...puts, ...newMessages, ...newSegments, ...newSeen]) bytesWritten += row.sealed.length
    commits += 1
  }

  const openStore = ({ damageFound, isMarked }: OpenOptions = {}): Opened => {
    const isNew = rows === undefined
    const isMarkLost = wasMarked === true && isMarked === false
    wasMarked = isMarked ?? wasMarked
    const ours = ++epoch
    const life = ++processes
    const { messages, parts, seen, segments } = onDisk()
    const opened = [...parts].map(
      ([key, sealed]) => [key, authentic<{ path: PartPath; value: unknown } | undefined>(unseal(key, sealed))] as const,
    )
    const { damaged, held: loaded } = assemble(opened.flatMap(([, part]) => (part === undefined ? [] : [part])))
    const unreadable = opened.flatMap(([key, part]) => (part === undefined ? [{ table: tableOf(key) }] : []))
    const isKept = messages.size > 0 || seen.size > 0 || [...parts.keys()].some((key) => impliesSelf(tableOf(key)))
    if (isKept && !loaded.self.has('self')) return { ok: false, reason: 'record-damaged' }
    if (![...parts.keys()].some((key) => tableOf(key) === 'contacts')) messages.clear()

    let held = loaded
    /** The disk as we know it. */
    let ourCommits = commits
    let isClosed = false
    const told = new Set<string>()
    /** A dead process neither goes on nor fails. */
    const alive = async (): Promise<void> => {
      await Promise.resolve()
      if (life <= deadUpTo) await new Promise(() => {})
    }
    const ready = async (): Promise<void> => {
      await alive()
      if (isClosed) throw new Error('memory-store: closed')
    }
    const checkOwner = (): void => {
      if (epoch !== ours || commits !== ourCommits) throw new StoreTrouble('not-owner')
    }
    const read = <Row>(table: 'messages' | 'seen', key: string, sealed: Uint8Array | undefined): Row | undefined => {
      const row = sealed && unseal(key, sealed)
      if (sealed !== undefined && row === undefined && !told.has(key)) {
        told.add(key)
        damageFound?.({ table })
      }
      return authentic<Row | undefined>(row)
    }
    const lookUp = (lookup: Lookup): Found => {
      switch (lookup.type) {
        case 'seen':
          return { type: 'seen', row: read<Seen>('seen', lookup.key, seen.get(lookup.key)?.sealed) }
        case 'message': {
          const key = messageKey(lookup.contactId, lookup.messageId)
          return { type: 'message', row: read<Message>('messages', key, messages.get(key)?.sealed) }
        }
        case 'messages-before': {
          const { before = Number.POSITIVE_INFINITY, contactId, count } = lookup
          const newestFirst = [...messages]
            .filter(([, row]) => row.contactId === contactId && row.place < before)
            .sort(([, a], [, b]) => b.place - a.place)
          const rows: Message[] = []
          for (const [key, { sealed }] of newestFirst) {
            if (rows.length >= count) break
            const row = read<Message>('messages', key, sealed)
            if (row !== undefined) rows.unshift(row)
          }
          return { type: 'messages-before', rows }
        }
        case 'messages-from': {
          const { contactId, count, from } = lookup
          const found = [...messages]
            .filter(([, row]) => row.contactId === contactId && row.place >= from)
            .sort(([, a], [, b]) => a.place - b.place)
            .slice(0, count)
          const rows = found.flatMap(([key, row]) => read<Message>('messages', key, row.sealed) ?? [])
          const last = found.length < count ? undefined : found.at(-1)?.[1]
          return { type: 'messages-from', rows, to: last && last.place + 1 }
        }
        case 'messages-at': {
          const { contactId } = lookup
          const places = new Set(lookup.places)
          const found = [...messages]
            .filter(([, row]) => row.contactId === contactId && places.has(row.place))
            .sort(([, a], [, b]) => a.place - b.place)
          return { type: 'messages-at', rows: found.flatMap(([key, row]) => read<Message>('messages', key, row.sealed) ?? []) }
        }
        case 'segments': {
          const found = [...segments].filter(([, row]) => row.contactId === lookup.contactId).sort(([, a], [, b]) => a.from - b.from)
          return { type: 'segments', rows: found.flatMap(([key, row]) => authentic<Segment | undefined>(unseal(key, row.sealed)) ?? []) }
        }
      }
    }

    const store: Store = {
      get held() {
        return held
      },
      look: async (lookups) => {
        await ready()
        if (refusal?.how === 'without-reading') throw new StoreTrouble(refusal.reason)
        return lookups.map(lookUp)
      },
      commit: async (changes) => {
        await ready()
        if (refusal !== undefined && refusal.how !== 'unheard') throw new StoreTrouble(refusal.reason)
        const apply = (): void => {
          // Nothing more becomes of it once the process has died.
          if (underWay !== apply) return
          underWay = undefined
          checkOwner()
          write(changes, held)
        }
        underWay = apply
        await alive()
        apply()
        // The disk has it; that it has is not yet known.
        await alive()
        if (refusal !== undefined) {
          refusal = { ...refusal, how: 'without-reading' }
          throw new StoreTrouble(refusal.reason)
        }
        ourCommits = commits
        held = heldAfter(held, changes.held)
      },
      check: async () => {
        await ready()
        if (refusal?.how === 'without-reading') throw new StoreTrouble(refusal.reason)
        checkOwner()
      },
      wipe: async () => {
        await ready()
        checkOwner()
        if (refusal !== undefined) throw new StoreTrouble(refusal.reason)
        isClosed = true
        rows = undefined
        wasMarked = undefined
      },
      close: () => {
        isClosed = true
      },
    }
    return { ok: true, store, isNew, isMarkLost, damaged: [...unreadable, ...damaged] }
  }

  let deadUpTo = 0
  const table = (name: DiskTable): [string, { sealed: Uint8Array }][] => {
    const { messages, parts, seen, segments } = onDisk()
    if (name === 'messages') return [...messages]
    if (name === 'segments') return [...segments]
    if (name === 'seen') return [...seen]
    return [...parts].filter(([key]) => tableOf(key) === name).map(([key, sealed]) => [key, { sealed }])
  }

  return {
    open: async (options) => openStore(options),
    crash: (fate) => {
      deadUpTo = processes
      if (fate === 'kept') underWay?.()
      underWay = undefined
    },
    get isWriting() {
      return underWay !== undefined
    },
    refuse: (reason, how) => {
      refusal = reason && { reason, how }
    },
    tamper: (name) => {
      const found = table(name)
      const { messages, parts, seen, segments } = onDisk()
      for (const [key, row] of found) {
        const sealed = row.sealed.slice()
        sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1
        const [message, note, segment] = [messages.get(key), seen.get(key), segments.get(key)]
        if (message !== undefined) messages.set(key, { ...message, sealed })
        else if (segment !== undefined) segments.set(key, { ...segment, sealed })
        else if (note !== undefined) seen.set(key, { ...note, sealed })
        else parts.set(key, sealed)
      }
      return found.length
    },
    drop: (name) => {
      const { messages, parts, seen, segments } = onDisk()
      for (const [key] of table(name)) for (const map of [messages, parts, seen, segments]) map.delete(key)
    },
    forget: () => {
      rows = undefined
      wasMarked = undefined
    },
    count: (name) => table(name).length,
    get bytesWritten() {
      return bytesWritten
    },
    get commits() {
      return commits
    },
    // A sealed row is replaced, never changed.
    copy: () =>
      createDisk(
        rows && {
          parts: new Map(rows.parts),
          messages: new Map(rows.messages),
          segments: new Map(rows.segments),
          seen: new Map(rows.seen),
        },
      ),
  }
}

const messageKey = (contactId: string, messageId: string): string => `messages/${contactId}/${messageId}`
const segmentKey = (contactId: string, from: number): string => `segments/${contactId}/${from}`
const pathKey = ({ key, part, table }: PartPath): string => `${table}|${key}|${part}`

const tableOf = (key: string): HeldTable => {
  const table = heldTables.find((name) => key.startsWith(`${name}|`))
  if (table === undefined) throw new Error('memory-store: no such table')
  return table
}

const CHECKSUM_LENGTH = 8
const checksum = (key: string, plaintext: Uint8Array): Uint8Array =>
  sha256(concat(new TextEncoder().encode(key), plaintext)).subarray(0, CHECKSUM_LENGTH)

const seal = (key: string, row: unknown): Uint8Array => {
  const plaintext = encodeRow(row)
  return concat(checksum(key, plaintext), plaintext)
}

const sealed = (key: string, row: unknown) => ({ key, sealed: seal(key, row) })

const unseal = (key: string, sealed: Uint8Array): unknown => {
  const plaintext = sealed.subarray(CHECKSUM_LENGTH)
  return equal(sealed.subarray(0, CHECKSUM_LENGTH), checksum(key, plaintext)) ? decodeRow(plaintext) : undefined
}
