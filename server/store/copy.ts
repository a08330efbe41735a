// A copy of the embedded store, made while a relay writes to it or while none runs, and safe to go back to. Going back in
// time must not undo what was promised. So whoever opens a copy first makes it a store of its own: without one-time keys, as
// those that were popped since would be popped again; with positions far above all that were used since; and with another
// id, so that browsers know that they should publish and send again.

import { randomBytes, randomInt } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from '@photostructure/sqlite'
import { ConfigurationError } from '../configuration.ts'
import { type Database, prepare } from './database.ts'

export const STORE_FILE = 'relay.sqlite'

/**
 * Positions begin so much higher after a return to a copy: above all that were used since the copy was made, and not twice
 * the same where one copy is returned to twice. Hundreds of returns fit into a position on the wire (below 2^48).
 */
const POSITIONS_AHEAD = [2 ** 32, 2 ** 40] as const
/** In one step of the worker thread that copies. */
const PAGES_AT_ONCE = 1_024

/**
 * Copies the store of a folder to `path`, in the place of what was there. Until it is whole it bears another name.
 *
 * @throws ConfigurationError where there is nothing to copy or `path` will not do
 */
export const copyStore = async (folder: string, path: string): Promise<void> => {
  const source = join(folder, STORE_FILE)
  if (!exists(source)) throw new ConfigurationError(`There is no ${source} to copy.`)
  if (isSameFile(source, path)) throw new ConfigurationError(`${path} is the store itself: copy it somewhere else.`)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = `${path}.unfinished`
  rmSync(unfinished, { force: true })
  try {
    closeSync(openSync(unfinished, 'wx', 0o600))
    await copy(source, unfinished)
    finish(unfinished)
    renameSync(unfinished, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/** The snapshot is that of a read transaction: whoever writes meanwhile neither waits nor shows up in it. */
const copy = async (source: string, path: string): Promise<void> => {
  const reader = new DatabaseSync(source, { timeout: 5_000 })
  try {
    // The transaction begins with what is read first. By exec, as a statement would keep the file open after the end.
    reader.exec('BEGIN; SELECT 1 FROM store')
    await backup(reader, path, { rate: PAGES_AT_ONCE })
    reader.exec('COMMIT')
  } finally {
    if (reader.isTransaction) reader.exec('ROLLBACK')
    reader.close()
  }
}

/** One file without a log beside it, that says what it is. */
const finish = (path: string): void => {
  const copied = new DatabaseSync(path)
  try {
    copied.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; UPDATE store SET is_copy = 1')
  } finally {
    copied.close()
  }
}

/** A copy that is opened becomes a store of its own, before it serves anybody. Leaves every other store alone. */
export const adoptCopy = (database: Database): void => {
  if (prepare(database, 'SELECT 1 FROM store WHERE is_copy = 1').get() === undefined) return
  const ahead = randomInt(...POSITIONS_AHEAD)
  database.exec('BEGIN IMMEDIATE; DELETE FROM one_time_key')
  prepare(database, 'UPDATE mailbox SET last_position = last_position + ?').run(ahead)
  prepare(database, 'UPDATE store SET ended_position = ended_position + ?, id = ?, is_copy = 0').run(ahead, randomBytes(16))
  database.exec('COMMIT')
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

const isSameFile = (one: string, other: string): boolean => {
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev
}

/** So that the new name survives a power cut as well. Windows has no such thing. */
const syncFolder = (folder: string): void => {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
