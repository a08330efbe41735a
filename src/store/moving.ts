// All rows of one database into another, under other keys: table by table, in batches, each batch one strict transaction with
// how far it has got, so that it goes on from there after a crash. The source is only read; who may write it meanwhile, and
// which of the two counts, is told in lockbox.ts. A new table of the schema does not compile until it is told here how it goes.

import type { StoreNames } from 'idb'
import type { RowKeys } from './at-rest.ts'
import type { Connection } from './connection.ts'
import { heldTables } from './parts.ts'
import type { MetaKey, Moved, Schema } from './schema.ts'
import { openMessage, openPart, openSeen, openSegment, sealMessage, sealPart, sealSeen, sealSegment } from './sealed-rows.ts'
import { type HeldTable, StoreTrouble } from './store.ts'
import { transact, type Writing } from './transaction.ts'

type Table = Exclude<StoreNames<Schema>, 'meta'>
type RecordOf<Name extends Table> = Schema[Name]['value']
/** @returns undefined for a record that does not open: it was absent before, and stays behind */
type Reseal<Name extends Table> = (from: RowKeys, to: RowKeys, record: RecordOf<Name>) => Promise<RecordOf<Name> | undefined>

const resealPart =
  (table: HeldTable): Reseal<HeldTable> =>
  async (from, to, record) => {
    const part = await openPart(from, table, record)
    return part && sealPart(to, part.path, part.value)
  }

const apart: { readonly [Name in Exclude<Table, HeldTable>]: Reseal<Name> } = {
  messages: async (from, to, record) => {
    const message = await openMessage(from, record)
    return message && sealMessage(to, message)
  },
  segments: async (from, to, record) => {
    const segment = await openSegment(from, record)
    return segment && sealSegment(to, segment)
  },
  seen: async (from, to, record) => {
    const seen = await openSeen(from, record)
    // Rows written before their key was kept in them cannot be named anew.
    return seen?.of && sealSeen(to, seen.of, seen.row)
  },
}

const tables: readonly Table[] = [
  ...heldTables,
  // The keys of `apart` are the other tables, by its type.
  ...(Object.keys(apart) as Exclude<Table, HeldTable>[]),
]

/** Every table of the schema. */
export const everything = [...tables, 'meta'] as const

const isHeld = (table: Table): table is HeldTable => !Object.hasOwn(apart, table)

/** A record of any table under other keys. */
const reseal = (table: Table, from: RowKeys, to: RowKeys, record: RecordOf<Table>): Promise<RecordOf<Table> | undefined> =>
  // Each table's record goes to that table's function.
  (isHeld(table) ? resealPart(table) : (apart[table] as Reseal<Table>))(from, to, record as never)

export interface Side {
  readonly connection: Connection
  readonly keys: RowKeys
}

export interface Progress {
  readonly done: number
  readonly total: number
}

/** Rows of a batch: at most some megabytes of the longest messages. */
const BATCH = 100

/** What each profile has of its own, and what does not outlive a move. */
const notMoved: readonly MetaKey[] = ['keys', 'epoch', 'lock', 'moved', 'leaving']

/**
 * Goes on where `to` says that it has got to, until everything is there and `to` says that, too.
 *
 * @param epoch whose move it is: throws `not-owner` as soon as `to` bears another number
 */
export const moveRows = async (from: Side, to: Side, epoch: number, progressed: (progress: Progress) => void): Promise<void> => {
  const [total, begun] = await Promise.all([count(from.connection), to.connection.use((database) => database.get('meta', 'moved'))])
  let moved: Moved = isMoved(begun) ? begun : { table: undefined, after: undefined, done: 0, isWhole: false }
  if (moved.isWhole) return
  const startAt = Math.max(
    0,
    tables.findIndex((table) => table === moved.table),
  )
  for (const table of tables.slice(startAt)) {
    let after = table === moved.table ? moved.after : undefined
    for (;;) {
      const batch = await read(from.connection, table, after)
      if (batch.length === 0) break
      const sealed = await Promise.all(batch.map(({ record }) => reseal(table, from.keys, to.keys, record)))
      after = batch.at(-1)?.key
      moved = { table, after, done: moved.done + batch.length, isWhole: false }
      const [records, reached] = [sealed.flatMap((record) => record ?? []), moved]
      await write(to.connection, epoch, [table], (transaction, request) => {
        for (const record of records) request(transaction.objectStore(table).put(record as never))
        request(transaction.objectStore('meta').put(reached, 'moved'))
      })
      progressed({ done: moved.done, total })
    }
  }
  const rest = await readMeta(from.connection)
  const whole: Moved = { ...moved, isWhole: true }
  await write(to.connection, epoch, [], (transaction, request) => {
    const meta = transaction.objectStore('meta')
    for (const [key, value] of rest) if (!notMoved.includes(key)) request(meta.put(value, key))
    request(meta.put(whole, 'moved'))
  })
}

const count = (connection: Connection): Promise<number> =>
  connection.use(async (database) => {
    const transaction = database.transaction(tables)
    const counts = await Promise.all(tables.map((table) => transaction.objectStore(table).count()))
    return counts.reduce((sum, each) => sum + each, 0)
  })

const read = (connection: Connection, table: Table, after: IDBValidKey | undefined) =>
  connection.use(async (database) => {
    const store = database.transaction(table).store
    // Records and their keys have one order, whichever table it is.
    const range = (after === undefined ? null : IDBKeyRange.lowerBound(after, true)) as never
    const [keys, records]: [IDBValidKey[], RecordOf<Table>[]] = await Promise.all([
      store.getAllKeys(range, BATCH),
      store.getAll(range, BATCH),
    ])
    return records.flatMap((record, i) => ({ key: keys[i], record }))
  })

const readMeta = (connection: Connection) =>
  connection.use(async (database) => {
    const { store } = database.transaction('meta')
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()])
    return keys.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i]] as const]))
  })

const write = (
  connection: Connection,
  epoch: number,
  into: readonly Table[],
  put: (transaction: Writing, request: (made: Promise<unknown>) => void) => void,
): Promise<void> =>
  connection.use((database) =>
    transact(database, ['meta', ...into], async (transaction, request) => {
      if ((await transaction.objectStore('meta').get('epoch')) !== epoch) throw new StoreTrouble('not-owner')
      put(transaction, request)
    }),
  )

const isMoved = (value: unknown): value is Moved => typeof value === 'object' && value !== null && 'isWhole' in value
