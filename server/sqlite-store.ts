// The embedded store: one SQLite file in the data folder, one writer. What each method promises is in store.ts; why it is
// built like this, in docs/decisions/0050-embedded-store.md. Only puts parts together: the file and its owner
// (store/database.ts), tables (schema.ts), transactions (group-commit.ts), rows (sqlite-mailboxes.ts, sqlite-prekeys.ts).

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { adoptCopy, copyStore, STORE_FILE } from './store/copy.ts'
import { loadCounters } from './store/counters.ts'
import { closeDatabase, type Database, openDatabase, prepare, takeFolder } from './store/database.ts'
import { createGroupCommit } from './store/group-commit.ts'
import { checkVersion, migrate } from './store/schema.ts'
import { createSqliteMailboxes } from './store/sqlite-mailboxes.ts'
import { createSqlitePrekeys } from './store/sqlite-prekeys.ts'
import type { Store, StoreLimits } from './store.ts'

interface Identity {
  readonly id: Uint8Array
  readonly relaySeed: Uint8Array
}

/**
 * Opens the store of a folder, or makes both.
 *
 * @param onTrouble called when the disk or the machine begins to fail, which makes operations be in doubt
 * @throws ConfigurationError where another relay has the folder, or the file is damaged, newer, nobody's, or not durable
 */
export const openSqliteStore = async (folder: string, limits: StoreLimits, onTrouble: (error: unknown) => void): Promise<Store> => {
  const lock = takeFolder(folder)
  try {
    const database = openDatabase(join(folder, STORE_FILE), checkVersion)
    try {
      migrate(database)
      adoptCopy(database)
      return createStore(folder, database, lock, limits, onTrouble)
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

const createStore = (
  folder: string,
  database: Database,
  lock: Database,
  limits: StoreLimits,
  onTrouble: (error: unknown) => void,
): Store => {
  const { id, relaySeed } = identityOf(database)
  const counters = loadCounters(database)
  const commit = createGroupCommit(database, counters, onTrouble)
  const { sweep: sweepMailboxes, ...mailboxes } = createSqliteMailboxes(database, counters, limits, commit)
  const { sweep: sweepPrekeys, ...prekeys } = createSqlitePrekeys(database, counters, limits, commit)
  const copying = new Set<Promise<void>>()

  return {
    ...mailboxes,
    ...prekeys,
    id,
    relaySeed,

    sweep: (nowMs, budget) =>
      commit.run(() => {
        const gone = sweepMailboxes(nowMs, budget)
        return gone + sweepPrekeys(nowMs, budget - gone)
      }, 0),

    health: async () => {
      const { envelopes, bytes, mailboxes, devices } = counters.sums
      return { ok: database.isOpen && commit.isSound(), envelopes, bytes, mailboxes, devices }
    },

    backup: async (path) => {
      if (!database.isOpen) throw new Error('the store is closed')
      const copy = copyStore(folder, path)
      copying.add(copy)
      try {
        await copy
      } finally {
        copying.delete(copy)
      }
    },

    close: async () => {
      commit.close()
      await Promise.allSettled(copying)
      if (!database.isOpen) return
      try {
        closeDatabase(database)
      } catch (error) {
        // All that was acknowledged is in the log, from which the next start takes it.
        onTrouble(error)
      } finally {
        lock.close()
      }
    },
  }
}

const identityOf = (database: Database): Identity => {
  const find = prepare<Identity>(database, 'SELECT id, relay_seed AS relaySeed FROM store WHERE one = 1')
  const found = find.get()
  if (found) return found
  const drawn = { id: randomBytes(16), relaySeed: randomBytes(32) }
  prepare(database, 'INSERT INTO store (one, id, relay_seed) VALUES (1, ?, ?)').run(drawn.id, drawn.relaySeed)
  return drawn
}
