// One SQLite file and how it is opened: durable, with one owner. The only importer of the engine. Knows no table.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { ConfigurationError } from '../configuration.ts'

export type Database = InstanceType<typeof DatabaseSync>
type Value = Uint8Array | number | string | null

export interface Statement<Row> {
  readonly get: (...values: Value[]) => Row | undefined
  readonly all: (...values: Value[]) => Row[]
  readonly run: (...values: Value[]) => { readonly changes: number }
}

/** @param Row what its columns are: the schema says so, the compiler cannot check it */
export const prepare = <Row = never>(database: Database, sql: string): Statement<Row> => {
  const statement = database.prepare(sql)
  return {
    get: (...values) => statement.get(...values),
    all: (...values) => statement.all(...values),
    run: (...values) => statement.run(...values),
  }
}

/** Result codes (sqlite.org/rescode.html) that say something about the disk or the machine, and nothing about our code. */
const TROUBLE = new Map([
  [5, 'BUSY'],
  [6, 'LOCKED'],
  [7, 'NOMEM'],
  [8, 'READONLY'],
  [9, 'INTERRUPT'],
  [10, 'IOERR'],
  [11, 'CORRUPT'],
  [13, 'FULL'],
  [14, 'CANTOPEN'],
  [15, 'PROTOCOL'],
  [22, 'NOLFS'],
  [26, 'NOTADB'],
])

/** @returns the name of SQLite's result code, where the world is to blame */
export const troubleOf = (error: unknown): string | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? TROUBLE.get(error.errcode & 0xff) : undefined

/** What must hold, whoever compiled the engine and whatever its defaults are. `expected`: what the pragma then answers. */
const SETTINGS = [
  // Where the file system cannot do it, SQLite answers with the mode that it stays in.
  { pragma: 'journal_mode', value: 'WAL', expected: 'wal' },
  // FULL: the log is synced before COMMIT returns.
  { pragma: 'synchronous', value: 'FULL', expected: 2 },
  // macOS: fsync alone leaves it in the disk's own cache. Without effect elsewhere.
  { pragma: 'fullfsync', value: 'ON', expected: 1 },
  { pragma: 'checkpoint_fullfsync', value: 'ON', expected: 1 },
  { pragma: 'foreign_keys', value: 'ON', expected: 1 },
  // Overwrites what is deleted wherever that costs no further page; answers 2.
  { pragma: 'secure_delete', value: 'FAST', expected: 2 },
  { pragma: 'trusted_schema', value: 'OFF', expected: 0 },
  { pragma: 'cell_size_check', value: 'ON', expected: 1 },
] as const

/** After a long read (a copy) the log may be large: it is cut to this. */
const LOG_BYTES = 64 * 1024 * 1024
const CACHE_KIB = 32 * 1024

/** What a pragma says in its first column. */
export const answer = (database: Database, pragma: string): unknown => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]

export const setDurability = (database: Database): void => {
  for (const { pragma, value } of SETTINGS) database.exec(`PRAGMA ${pragma} = ${value}`)
  database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`)
}

/** @throws ConfigurationError where a setting does not hold, as acknowledged envelopes could then be lost */
export const checkDurability = (database: Database): void => {
  for (const { pragma, expected } of SETTINGS) {
    const found = answer(database, pragma)
    if (found !== expected) {
      throw new ConfigurationError(`Nothing would be safe in ${nameOf(database)}: ${pragma} is ${String(found)} and not ${expected}.`)
    }
  }
}

export const notOurs = (path: string) => `${path} is not a store of Parley.`
const damaged = (path: string, how: string) => `${path} is damaged (${how}). Put a copy in its place, see docs/running-a-relay.md.`

/** Reads every page: damage is found before anything is served from it. @throws ConfigurationError */
const checkIntegrity = (database: Database): void => {
  const found = String(answer(database, 'quick_check(1)'))
  // The line before says which database.
  if (found !== 'ok') throw new ConfigurationError(damaged(nameOf(database), found.split('\n').at(-1) ?? found))
}

/**
 * Ends it with everything in the file and an empty log. The engine lets go of the file itself only when the statements that
 * were prepared on it are collected, which nobody can hasten; it holds no lock until then that anybody would wait for.
 */
export const closeDatabase = (database: Database): void => {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

export const nameOf = (database: Database): string => database.location() ?? 'a store in memory'

/** @throws ConfigurationError in place of SQLite's own error, where the operator can put it right */
const explained = <T>(sentence: (code: string) => string, open: () => T): T => {
  try {
    return open()
  } catch (error) {
    const code = troubleOf(error) ?? (error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined)
    throw code === undefined ? error : new ConfigurationError(sentence(code))
  }
}

/**
 * Makes the folder if there is none, and makes it this process's own until the result is closed or the process ends, in
 * whatever way. A transaction in a file beside the store holds it, so that copies can be made of the store meanwhile.
 *
 * @throws ConfigurationError where another relay has it, or it cannot be written
 */
export const takeFolder = (folder: string): Database => {
  const path = join(folder, 'relay.lock')
  const sentence = (code: string) =>
    code === 'BUSY'
      ? `Another relay uses ${folder}: each needs a DATA_DIR of its own.`
      : `${folder} cannot be written (${code}); set DATA_DIR.`
  return explained(sentence, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = new DatabaseSync(path)
    try {
      lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      chmodSync(path, 0o600)
      return lock
    } catch (error) {
      lock.close()
      throw error
    }
  })
}

/**
 * Opens the file, or makes it: for its owner alone, durable, sound.
 *
 * @param check throws before anything is changed in a file that should be left as it is
 * @throws ConfigurationError
 */
export const openDatabase = (path: string, check: (database: Database) => void = () => {}): Database =>
  explained(
    (code) => (code === 'NOTADB' ? notOurs(path) : code === 'CORRUPT' ? damaged(path, code) : `${path} cannot be opened (${code}).`),
    () => {
      makeFile(path)
      const database = new DatabaseSync(path)
      try {
        check(database)
        setDurability(database)
        checkDurability(database)
        checkIntegrity(database)
        return database
      } catch (error) {
        database.close()
        throw error
      }
    },
  )

/** SQLite gives its log the mode of the file. Never opens one that exists: closing it would drop the locks of this process. */
const makeFile = (path: string): void => {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    chmodSync(path, 0o600)
  }
}
