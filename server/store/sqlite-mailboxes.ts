// Mailboxes in SQLite. Each function that changes something is one operation of a group commit: it decides first and writes
// then, within one mailbox and the sums, so that a refusal leaves nothing behind.
//
//   (none) --open--> open --close, or unused for too long--> ended: without an address, found by nobody
//   ended --its envelopes are deleted, so many at a time--> (none)

import type { Address, Appended, MailboxLimits, MailboxStore, StoredEnvelope } from '../store.ts'
import type { Counters } from './counters.ts'
import { type Database, prepare } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { addressBytes, envelopeIdBytes } from './names.ts'

const DAY_MS = 86_400_000
/** Of mailboxes that are closed, so many envelopes go at once; what is more goes with the next sweeps. */
const DELETED_AT_ONCE = 1_000

interface MailboxRow {
  readonly id: number
  readonly keep_until_day: number
  readonly last_position: number
  readonly envelopes: number
  readonly bytes: number
}

export interface SqliteMailboxes extends MailboxStore {
  /** Deletes what is past its time, inside a transaction. @returns how many rows, at most `budget` */
  readonly sweep: (nowMs: number, budget: number) => number
}

const statements = (database: Database) => ({
  find: prepare<MailboxRow>(database, 'SELECT id, keep_until_day, last_position, envelopes, bytes FROM mailbox WHERE address = ?'),
  open: prepare(database, 'INSERT INTO mailbox (address, keep_until_day, last_position) VALUES (?, ?, ?)'),
  keepUntil: prepare(database, 'UPDATE mailbox SET keep_until_day = ? WHERE id = ?'),
  end: prepare(database, 'UPDATE mailbox SET address = NULL WHERE id = ?'),
  grow: prepare(
    database,
    'UPDATE mailbox SET last_position = last_position + 1, envelopes = envelopes + 1, bytes = bytes + ? WHERE id = ?',
  ),
  shrink: prepare(database, 'UPDATE mailbox SET envelopes = envelopes - ?, bytes = bytes - ? WHERE id = ?'),
  remove: prepare(database, 'DELETE FROM mailbox WHERE id = ?'),
  nextEnded: prepare<{ id: number }>(database, 'SELECT id FROM mailbox WHERE address IS NULL LIMIT 1'),
  nextUnused: prepare<MailboxRow>(
    database,
    'SELECT id, keep_until_day, last_position, envelopes, bytes FROM mailbox WHERE keep_until_day <= ? AND address IS NOT NULL LIMIT 1',
  ),

  insert: prepare(database, 'INSERT INTO envelope (mailbox, position, envelope_id, expires_at_ms, envelope) VALUES (?, ?, ?, ?, ?)'),
  positionOf: prepare<{ position: number }>(database, 'SELECT position FROM envelope WHERE mailbox = ? AND envelope_id = ?'),
  forget: prepare<{ length: number }>(
    database,
    'DELETE FROM envelope WHERE id = (SELECT id FROM envelope WHERE mailbox = ? AND position = ?) RETURNING length(envelope) AS length',
  ),
  forgetSome: prepare<{ length: number }>(
    database,
    'DELETE FROM envelope WHERE id IN (SELECT id FROM envelope WHERE mailbox = ? LIMIT ?) RETURNING length(envelope) AS length',
  ),
  forgetExpired: prepare<{ mailbox: number; length: number }>(
    database,
    `DELETE FROM envelope WHERE id IN (SELECT id FROM envelope WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)
     RETURNING mailbox, length(envelope) AS length`,
  ),
  lengths: prepare<{ position: number; length: number }>(
    database,
    `SELECT position, length(envelope) AS length FROM envelope
     WHERE mailbox = ? AND position > ? AND expires_at_ms > ? ORDER BY position LIMIT ?`,
  ),
  read: prepare<StoredEnvelope>(
    database,
    'SELECT position, envelope FROM envelope WHERE mailbox = ? AND position BETWEEN ? AND ? AND expires_at_ms > ? ORDER BY position',
  ),
  count: prepare<{ count: number }>(database, 'SELECT count(*) AS count FROM envelope WHERE mailbox = ? AND expires_at_ms > ?'),
})

export const createSqliteMailboxes = (
  database: Database,
  { sums }: Counters,
  limits: MailboxLimits,
  commit: GroupCommit,
): SqliteMailboxes => {
  const sql = statements(database)

  const open = (address: Uint8Array, keepUntilDay: number) => {
    const mailbox = sql.find.get(address)
    if (!mailbox) {
      sql.open.run(address, keepUntilDay, sums.endedPosition)
      sums.mailboxes += 1
    } else if (mailbox.keep_until_day < keepUntilDay) sql.keepUntil.run(keepUntilDay, mailbox.id)
  }

  const end = ({ id, last_position, envelopes }: MailboxRow) => {
    sums.endedPosition = Math.max(sums.endedPosition, last_position)
    sums.mailboxes -= 1
    if (envelopes === 0) sql.remove.run(id)
    else sql.end.run(id)
  }

  const subtract = (mailbox: number, lengths: readonly number[]) => {
    if (lengths.length === 0) return
    const bytes = lengths.reduce((sum, length) => sum + length, 0)
    sql.shrink.run(lengths.length, bytes, mailbox)
    sums.envelopes -= lengths.length
    sums.bytes -= bytes
  }

  /** @returns how many envelopes went, at most `budget` */
  const clearEnded = (budget: number): number => {
    let gone = 0
    while (gone < budget) {
      const ended = sql.nextEnded.get()
      if (!ended) break
      const lengths = sql.forgetSome.all(ended.id, budget - gone).map(({ length }) => length)
      gone += lengths.length
      subtract(ended.id, lengths)
      if (gone < budget) sql.remove.run(ended.id)
    }
    return gone
  }

  const append = (address: Uint8Array, envelopeId: Uint8Array, envelope: Uint8Array, expiresAtMs: number): Appended => {
    const mailbox = sql.find.get(address)
    if (!mailbox) return { ok: false, reason: 'no-mailbox' }
    const kept = sql.positionOf.get(mailbox.id, envelopeId)
    if (kept) return { ok: true, position: kept.position, isRepeat: true }
    if (mailbox.envelopes >= limits.envelopesPerMailbox || mailbox.bytes + envelope.length > limits.bytesPerMailbox) {
      return { ok: false, reason: 'mailbox-full' }
    }
    if (sums.bytes + envelope.length > limits.storedBytes) return { ok: false, reason: 'store-full' }
    const position = mailbox.last_position + 1
    sql.insert.run(mailbox.id, position, envelopeId, expiresAtMs, envelope)
    sql.grow.run(envelope.length, mailbox.id)
    sums.envelopes += 1
    sums.bytes += envelope.length
    return { ok: true, position, isRepeat: false }
  }

  const sweepExpired = (nowMs: number, budget: number): number => {
    const lengthsByMailbox = new Map<number, number[]>()
    const gone = sql.forgetExpired.all(nowMs, budget)
    for (const { mailbox, length } of gone) {
      const lengths = lengthsByMailbox.get(mailbox)
      if (lengths) lengths.push(length)
      else lengthsByMailbox.set(mailbox, [length])
    }
    for (const [mailbox, lengths] of lengthsByMailbox) subtract(mailbox, lengths)
    return gone.length
  }

  const sweepUnused = (nowMs: number, budget: number): number => {
    const today = Math.floor(nowMs / DAY_MS)
    let gone = 0
    while (gone < budget) {
      const unused = sql.nextUnused.get(today)
      if (!unused) break
      end(unused)
      gone += 1
    }
    return gone
  }

  const addressesBytes = (addresses: readonly Address[]) => addresses.map(addressBytes)

  return {
    openMailboxes: async (addresses, keepUntilMs) => {
      const opened = addressesBytes(addresses)
      const keepUntilDay = Math.ceil(keepUntilMs / DAY_MS)
      return commit.run<'ok' | 'in-doubt'>(() => {
        for (const address of opened) open(address, keepUntilDay)
        return 'ok'
      }, 'in-doubt')
    },

    closeMailboxes: async (addresses) => {
      const closed = addressesBytes(addresses)
      return commit.run<'ok' | 'in-doubt'>(() => {
        for (const address of closed) {
          const mailbox = sql.find.get(address)
          if (mailbox) end(mailbox)
        }
        clearEnded(DELETED_AT_ONCE)
        return 'ok'
      }, 'in-doubt')
    },

    append: async (address, envelopeId, envelope, expiresAtMs) => {
      const to = addressBytes(address)
      const id = envelopeIdBytes(envelopeId)
      return commit.run<Appended>(() => append(to, id, envelope, expiresAtMs), { ok: false, reason: 'in-doubt' })
    },

    read: async (address, after, count, maxBytes, nowMs) => {
      const mailbox = sql.find.get(addressBytes(address))
      if (!mailbox || mailbox.envelopes === 0) return []
      // Lengths first, as they are found without loading what would not fit.
      let bytes = 0
      let first = 0
      let last = 0
      for (const { position, length } of sql.lengths.all(mailbox.id, after, nowMs, count)) {
        bytes += length
        if (first !== 0 && bytes > maxBytes) break
        first ||= position
        last = position
      }
      return first === 0 ? [] : sql.read.all(mailbox.id, first, last, nowMs)
    },

    acknowledge: async (address, positions) => {
      const of = addressBytes(address)
      return commit.run<'ok' | 'in-doubt'>(() => {
        const mailbox = sql.find.get(of)
        if (!mailbox) return 'ok'
        const lengths = positions.flatMap((position) => sql.forget.get(mailbox.id, position)?.length ?? [])
        subtract(mailbox.id, lengths)
        return 'ok'
      }, 'in-doubt')
    },

    waiting: async (addresses, nowMs) => {
      let waiting = 0
      for (const address of addressesBytes(addresses)) {
        const mailbox = sql.find.get(address)
        if (mailbox && mailbox.envelopes > 0) waiting += sql.count.get(mailbox.id, nowMs)?.count ?? 0
      }
      return waiting
    },

    sweep: (nowMs, budget) => {
      let gone = sweepExpired(nowMs, budget)
      gone += sweepUnused(nowMs, budget - gone)
      return gone + clearEnded(budget - gone)
    },
  }
}
