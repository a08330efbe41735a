// The floor of everything that is kept: the statements that the relay's store runs (server/store/), on the same tables with
// the same durability, in a loop that does nothing else. One transaction holds as many operations as it is told to.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { STORE_FILE } from '../server/store/copy.ts'
import { closeDatabase, type Database, openDatabase, prepare } from '../server/store/database.ts'
import { freshEnvelope, type Rated, rated } from './relay-caller.ts'

const KEEP_UNTIL_DAY = 30_000
const FOR_EVER_MS = 4_000_000_000_000
/** What is under way to one client (server/delivery.ts). */
const READ_AT_ONCE = 64

interface Mailbox {
  readonly id: number
  readonly last_position: number
}
interface Kept {
  readonly position: number
  readonly length: number
}

const statements = (database: Database) => ({
  // Mailboxes.
  find: prepare<Mailbox>(database, 'SELECT id, keep_until_day, last_position, envelopes, bytes FROM mailbox WHERE address = ?'),
  open: prepare(database, 'INSERT INTO mailbox (address, keep_until_day, last_position) VALUES (?, ?, ?)'),
  positionOf: prepare(database, 'SELECT position FROM envelope WHERE mailbox = ? AND envelope_id = ?'),
  insert: prepare(database, 'INSERT INTO envelope (mailbox, position, envelope_id, expires_at_ms, envelope) VALUES (?, ?, ?, ?, ?)'),
  grow: prepare(
    database,
    'UPDATE mailbox SET last_position = last_position + 1, envelopes = envelopes + 1, bytes = bytes + ? WHERE id = ?',
  ),
  count: prepare(database, 'SELECT count(*) AS count FROM envelope WHERE mailbox = ? AND expires_at_ms > ?'),
  lengths: prepare<Kept>(
    database,
    `SELECT position, length(envelope) AS length FROM envelope
     WHERE mailbox = ? AND position > ? AND expires_at_ms > ? ORDER BY position LIMIT ?`,
  ),
  read: prepare(
    database,
    'SELECT position, envelope FROM envelope WHERE mailbox = ? AND position BETWEEN ? AND ? AND expires_at_ms > ? ORDER BY position',
  ),
  forget: prepare(
    database,
    'DELETE FROM envelope WHERE id = (SELECT id FROM envelope WHERE mailbox = ? AND position = ?) RETURNING length(envelope) AS length',
  ),
  shrink: prepare(database, 'UPDATE mailbox SET envelopes = envelopes - ?, bytes = bytes - ? WHERE id = ?'),
  sums: prepare(
    database,
    'UPDATE store SET ended_position = ?, envelopes = ?, bytes = ?, mailboxes = ?, accounts = ?, devices = ? WHERE one = 1',
  ),
  // Prekeys.
  list: prepare(
    database,
    'SELECT version, account_key AS accountKey, device_list AS deviceList, expires_at_ms AS expiresAtMs FROM account WHERE id = ?',
  ),
  device: prepare(database, 'SELECT id, statement, created_at_ms, expires_at_ms FROM device WHERE account = ? AND tag = ?'),
  deviceId: prepare<{ readonly id: number }>(database, 'SELECT id FROM device WHERE account = ? AND tag = ?'),
  lowest: prepare<{ readonly id: number }>(
    database,
    'SELECT id FROM one_time_key WHERE device = ? AND kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT 1',
  ),
  takeKey: prepare(database, 'DELETE FROM one_time_key WHERE device = ? AND kind = ? AND id = ? RETURNING id, key'),
})

export interface Engine {
  /** Makes mailboxes; not measured. */
  readonly openMailboxes: (addresses: readonly Uint8Array[]) => void
  /** Envelopes into mailboxes by turns, so many in a transaction. Times are of transactions. @param atMost envelopes */
  readonly append: (addresses: readonly Uint8Array[], together: number, forMs: number, atMost?: number) => Rated
  /** Everything out of mailboxes, so many envelopes forgotten in a transaction. Counts envelopes; times are of transactions with their reads. */
  readonly fetch: (addresses: readonly Uint8Array[], together: number, forMs: number) => Rated
  /** What a retrieval reads, and one-time keys of both kinds, so many in a transaction. Counts keys. @param from retrievals before, @param to in total */
  readonly pop: (accounts: readonly Uint8Array[], tag: number, together: number, forMs: number, from: number, to: number) => Rated
  readonly close: () => void
}

/** @param folder one in which a store was made, and is closed again */
export const openEngine = (folder: string): Engine => {
  const database = openDatabase(join(folder, STORE_FILE))
  const sql = statements(database)

  const transaction = (act: () => void) => {
    database.exec('BEGIN IMMEDIATE')
    act()
    database.exec('COMMIT')
  }

  /** Repeats it until the time is over or it says that there is no more. @param act returns how many it did */
  const timed = (forMs: number, act: () => number): Rated => {
    const timesMs: number[] = []
    let count = 0
    const startedAtMs = performance.now()
    for (let nowMs = startedAtMs; nowMs - startedAtMs < forMs; ) {
      const done = act()
      if (done === 0) break
      count += done
      timesMs.push(performance.now() - nowMs)
      nowMs = performance.now()
    }
    return rated(timesMs, performance.now() - startedAtMs, count)
  }

  const find = (address: Uint8Array): Mailbox => {
    const mailbox = sql.find.get(address)
    if (!mailbox) throw new Error('no such mailbox')
    return mailbox
  }

  const appendOne = (address: Uint8Array) => {
    const { id, last_position } = find(address)
    const envelopeId = randomBytes(16)
    const envelope = freshEnvelope()
    sql.positionOf.get(id, envelopeId)
    sql.insert.run(id, last_position + 1, envelopeId, FOR_EVER_MS, envelope)
    sql.grow.run(envelope.length, id)
  }

  /** The sums over the whole store, once a transaction; what they are does not matter here. */
  const saveSums = (changed: number) => sql.sums.run(0, changed, changed, changed, 0, 0)

  const readAll = (address: Uint8Array): readonly number[] => {
    const { id } = find(address)
    sql.count.get(id, 0)
    find(address)
    const positions = sql.lengths.all(id, 0, 0, READ_AT_ONCE).map(({ position }) => position)
    if (positions.length > 0) sql.read.all(id, positions[0] ?? 0, positions.at(-1) ?? 0, 0)
    return positions
  }

  const forgetAll = (address: Uint8Array, positions: readonly number[]) => {
    const { id } = find(address)
    for (const position of positions) sql.forget.get(id, position)
    sql.shrink.run(positions.length, 0, id)
  }

  const takeOne = (account: Uint8Array, tag: number, kind: 'x25519' | 'kem') => {
    const device = sql.deviceId.get(account, tag)?.id ?? 0
    const id = sql.lowest.get(device, kind, 0, Number.MAX_SAFE_INTEGER)?.id
    if (id === undefined || sql.takeKey.get(device, kind, id) === undefined) throw new Error('no key is left')
  }

  return {
    openMailboxes: (addresses) => transaction(() => addresses.forEach((address) => sql.open.run(address, KEEP_UNTIL_DAY, 0))),

    append: (addresses, together, forMs, atMost = Number.POSITIVE_INFINITY) => {
      let appended = 0
      return timed(forMs, () => {
        if (appended >= atMost) return 0
        transaction(() => {
          for (let i = 0; i < together; i++) appendOne(addresses[appended++ % addresses.length] ?? new Uint8Array(32))
          saveSums(appended)
        })
        return together
      })
    },

    fetch: (addresses, together, forMs) => {
      let next = 0
      let fetched = 0
      return timed(forMs, () => {
        const mailboxes: (readonly [Uint8Array, readonly number[]])[] = []
        let envelopes = 0
        for (let address = addresses[next]; address && envelopes < together; address = addresses[next]) {
          const positions = readAll(address)
          mailboxes.push([address, positions])
          envelopes += positions.length
          next += 1
        }
        transaction(() => {
          for (const [address, positions] of mailboxes) forgetAll(address, positions)
          saveSums((fetched += envelopes))
        })
        return envelopes
      })
    },

    pop: (accounts, tag, together, forMs, from, to) => {
      let next = from
      return timed(forMs, () => {
        if (next >= to) return 0
        const asked = Array.from({ length: Math.min(together, to - next) }, () => accounts[next++ % accounts.length] ?? new Uint8Array(32))
        for (const account of asked) {
          sql.list.get(account)
          sql.device.get(account, tag)
        }
        for (const kind of ['x25519', 'kem'] as const) transaction(() => asked.forEach((account) => takeOne(account, tag, kind)))
        return 2 * asked.length
      })
    },

    close: () => closeDatabase(database),
  }
}
