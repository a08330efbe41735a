// How rows of the held tables are cut into parts, each saved by itself, so that a turn writes what it changed and no more
// (docs/storage.md, Parts). A session may hold 2,000 skipped keys; a message that takes one of them deletes one part. What
// changed is told by identity: state is immutable, so a value that is the same object is the same value.

import type { Held, HeldTables } from '../messenger/state.ts'
import { type Cut, HEAD, type Part } from './cut.ts'
import { authentic } from './row-codec.ts'
import { sessions } from './session-parts.ts'
import type { HeldTable } from './store.ts'

type Row<Table extends HeldTable> = HeldTables[Table]
type Contact = Row<'contacts'>
type OutboxEntry = Row<'outbox'>

/** One part, saved whenever the row is. */
const whole = <Table extends HeldTable>(): Cut<Table> => ({
  split: (row) => new Map([[HEAD, { value: row, madeOf: [row] }]]),
  join: (parts) => authentic<Row<Table> | undefined>(parts.get(HEAD)),
})

/** Keys of 4 KiB that hardly ever change, and a draft, apart from what every message changes. */
const contacts: Cut<'contacts'> = {
  split: (contact) => {
    const { accountKey, deviceList, devices, draft, ...head } = contact
    return new Map([
      [HEAD, { value: head, madeOf: [contact] }],
      ['keys', { value: { accountKey, deviceList, devices }, madeOf: [accountKey, deviceList, devices] }],
      ['draft', { value: draft, madeOf: [draft] }],
    ])
  },
  join: (parts) => {
    const head = authentic<Omit<Contact, 'accountKey' | 'deviceList' | 'devices' | 'draft'> | undefined>(parts.get(HEAD))
    const keys = authentic<Pick<Contact, 'accountKey' | 'deviceList' | 'devices'> | undefined>(parts.get('keys'))
    // A draft that is damaged is a draft that is gone, not a contact that is.
    return head && keys && { ...sinceVersion2, ...head, ...keys, draft: authentic<string | undefined>(parts.get('draft')) ?? '' }
  },
}

/** What contacts of version 1 do not say: everybody had paired by a code then. */
const sinceVersion2: Pick<Contact, 'origin' | 'identityChange' | 'replacedBy'> = {
  origin: { how: 'code' },
  identityChange: undefined,
  replacedBy: undefined,
}

/** An envelope never changes, what became of it does. */
const outbox: Cut<'outbox'> = {
  split: (entry) => {
    const { content, envelope, ...head } = entry
    return new Map([
      [HEAD, { value: head, madeOf: [entry] }],
      ['content', { value: { content, envelope }, madeOf: [content, envelope] }],
    ])
  },
  join: (parts) => {
    const head = authentic<Omit<OutboxEntry, 'content' | 'envelope'> | undefined>(parts.get(HEAD))
    // An entry of version 1 is all in its head.
    const content = authentic<Pick<OutboxEntry, 'content' | 'envelope'> | undefined>(parts.get('content'))
    const entry = head && { ...head, ...content }
    return isWholeEntry(entry) ? entry : undefined
  },
}

const isWholeEntry = (entry: Partial<OutboxEntry> | undefined): entry is OutboxEntry => entry?.content !== undefined

const cuts: { readonly [Table in HeldTable]: Cut<Table> } = {
  self: whole(),
  settings: whole(),
  tries: whole(),
  hosting: whole(),
  signedPrekeys: whole(),
  statements: whole(),
  oneTimeX25519: whole(),
  kemBatches: whole(),
  contacts,
  offers: whole(),
  sessions,
  outbox,
  deviceLists: whole(),
  introductions: whole(),
  relay: whole(),
  published: whole(),
  seenStatements: whole(),
  misbehaviour: whole(),
  revocations: whole(),
  indexed: whole(),
  registers: whole(),
  handovers: whole(),
}

/** The names of the held tables. */
export const heldTables: readonly HeldTable[] =
  // The keys of `cuts` are the tables, by its type.
  Object.keys(cuts) as HeldTable[]

export interface PartPath {
  readonly table: HeldTable
  /** The row's key. */
  readonly key: string
  readonly part: string
}

export interface PartWrites {
  readonly puts: readonly { readonly path: PartPath; readonly value: unknown }[]
  readonly removals: readonly PartPath[]
}

/** What takes the saved parts of a row from how it is held to how it shall be (undefined: gone). */
export const partWrites = <Table extends HeldTable>(
  held: Held,
  { key, row, table }: { readonly table: Table; readonly key: string; readonly row: Row<Table> | undefined },
): PartWrites => {
  const before = held[table].get(key)
  const old = before === undefined ? none : partsOf(table, before)
  const next = row === undefined ? none : partsOf(table, row)
  return {
    puts: [...next]
      .filter(([part, { madeOf }]) => !isMadeOf(old.get(part), madeOf))
      .map(([part, { value }]) => ({ path: { table, key, part }, value })),
    removals: [...old.keys()].filter((part) => !next.has(part)).map((part) => ({ table, key, part })),
  }
}

const none: ReadonlyMap<string, Part> = new Map()

/** What a row is written as is what the next commit starts from. */
const partsByRow = new WeakMap<object, ReadonlyMap<string, Part>>()

const partsOf = <Table extends HeldTable>(table: Table, row: Row<Table>): ReadonlyMap<string, Part> => {
  const parts = partsByRow.get(row) ?? cuts[table].split(row)
  partsByRow.set(row, parts)
  return parts
}

const isMadeOf = (part: Part | undefined, values: readonly unknown[]): boolean =>
  part !== undefined && part.madeOf.length === values.length && part.madeOf.every((value, i) => Object.is(value, values[i]))

/** The row that these parts are of, or undefined where too much of it is missing. */
export const joinParts = <Table extends HeldTable>(table: Table, parts: ReadonlyMap<string, unknown>): Row<Table> | undefined =>
  cuts[table].join(parts)
