import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataFolder } from '../../test/support/data-folder.ts'
import { ConfigurationError } from '../configuration.ts'
import { checkDurability, closeDatabase, type Database, openDatabase, setDurability, takeFolder, troubleOf } from './database.ts'

const closedLater = (database: Database): Database => {
  onTestFinished(() => {
    if (database.isOpen) database.close()
  })
  return database
}
const fileIn = (folder: string) => join(folder, 'relay.sqlite')
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const sentenceOf = (open: () => unknown): string => {
  try {
    open()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return 'opened'
}

describe('durability', () => {
  it('is set and holds, whatever the engine does by itself', () => {
    const database = closedLater(openDatabase(fileIn(dataFolder())))
    expect(() => checkDurability(database)).not.toThrow()
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 })
  })

  it.each([
    ['synchronous = NORMAL', 'synchronous is 1 and not 2'],
    ['synchronous = OFF', 'synchronous is 0 and not 2'],
    ['journal_mode = DELETE', 'journal_mode is delete and not wal'],
    ['fullfsync = OFF', 'fullfsync is 0 and not 1'],
    ['foreign_keys = OFF', 'foreign_keys is 0 and not 1'],
  ])('is refused with %s', (pragma, sentence) => {
    const path = fileIn(dataFolder())
    const database = closedLater(openDatabase(path))
    database.exec(`PRAGMA ${pragma}`)
    expect(sentenceOf(() => checkDurability(database))).toBe(`Nothing would be safe in ${path}: ${sentence}.`)
  })

  it('is refused where there is no file to write to', () => {
    const database = closedLater(new DatabaseSync(':memory:'))
    setDurability(database)
    expect(sentenceOf(() => checkDurability(database))).toContain('journal_mode is memory and not wal')
  })
})

describe('the folder', () => {
  it('is made for its owner alone, as are the files in it', () => {
    const folder = join(dataFolder(), 'a', 'b')
    closedLater(takeFolder(folder))
    const database = closedLater(openDatabase(fileIn(folder)))
    database.exec('CREATE TABLE t (x)')
    expect(modeOf(folder)).toBe('700')
    const files = readdirSync(folder)
    expect(files).toEqual(['relay.lock', 'relay.sqlite', 'relay.sqlite-shm', 'relay.sqlite-wal'])
    for (const file of files) expect([file, modeOf(join(folder, file))]).toEqual([file, '600'])
  })

  it('files that others could read are closed to them', () => {
    const folder = dataFolder()
    openDatabase(fileIn(folder)).close()
    chmodSync(fileIn(folder), 0o644)
    openDatabase(fileIn(folder)).close()
    expect(modeOf(fileIn(folder))).toBe('600')
  })

  it('has one owner at a time, told in one sentence', () => {
    const folder = dataFolder()
    const first = takeFolder(folder)
    expect(sentenceOf(() => takeFolder(folder))).toBe(`Another relay uses ${folder}: each needs a DATA_DIR of its own.`)
    first.close()
    closedLater(takeFolder(folder))
  })

  it.each(['', 'below'])('that cannot be is told in one sentence', (below) => {
    const file = join(dataFolder(), 'file')
    writeFileSync(file, 'in the way')
    const folder = join(file, below)
    expect(sentenceOf(() => takeFolder(folder))).toMatch(/file.* cannot be written \((EEXIST|ENOTDIR|CANTOPEN)\); set DATA_DIR\.$/)
  })
})

describe('the file', () => {
  it('that is no database is left as it is', () => {
    const path = fileIn(dataFolder())
    writeFileSync(path, 'not a database, but long enough to be looked at by somebody who believes that it is one'.repeat(20))
    expect(sentenceOf(() => openDatabase(path))).toBe(`${path} is not a store of Parley.`)
  })

  it('that is damaged is refused before anything is served from it', () => {
    const path = fileIn(dataFolder())
    const database = openDatabase(path)
    database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)')
    closeDatabase(database)
    const bytes = readFileSync(path)
    // The second page, where the table is.
    bytes.fill(0xff, 4_096, 4_096 + 64)
    writeFileSync(path, bytes)
    expect(sentenceOf(() => openDatabase(path))).toMatch(
      /relay\.sqlite is damaged \(.+\)\. Put a copy in its place, see docs\/running-a-relay\.md\.$/,
    )
    expect(readFileSync(path)).toEqual(bytes)
  })

  it('that cannot be made is told in one sentence', () => {
    const path = join(dataFolder(), 'nowhere', 'relay.sqlite')
    expect(sentenceOf(() => openDatabase(path))).toBe(`${path} cannot be opened (ENOENT).`)
    expect(existsSync(path)).toBe(false)
  })
})

describe('trouble', () => {
  it('is what the disk or the machine did, not what the code did', () => {
    const folder = dataFolder()
    const database = closedLater(openDatabase(fileIn(folder)))
    database.exec('CREATE TABLE t (x UNIQUE)')
    database.exec('INSERT INTO t VALUES (1)')
    const errorOf = (sql: string): unknown => {
      try {
        database.exec(sql)
      } catch (error) {
        return error
      }
      return undefined
    }
    expect(troubleOf(errorOf('INSERT INTO t VALUES (1)'))).toBeUndefined()
    expect(troubleOf(errorOf('INSERT INTO nothing VALUES (1)'))).toBeUndefined()
    expect(troubleOf(new Error('ours'))).toBeUndefined()
    database.exec('PRAGMA max_page_count = 2')
    expect(troubleOf(errorOf(`INSERT INTO t VALUES (zeroblob(100000))`))).toBe('FULL')
    const other = closedLater(new DatabaseSync(fileIn(folder)))
    other.exec('BEGIN IMMEDIATE')
    expect(troubleOf(errorOf('INSERT INTO t VALUES (2)'))).toBe('BUSY')
  })
})
