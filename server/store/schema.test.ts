import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration.ts'
import type { Database } from './database.ts'
import { migrate, STEPS } from './schema.ts'

const fresh = (): Database => new DatabaseSync(':memory:')
const versionOf = (database: Database): unknown => Object.values(database.prepare('PRAGMA user_version').get())[0]
const columnsOf = (database: Database): string[] =>
  database
    .prepare(
      `SELECT t.name || '.' || c.name AS "column" FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' ORDER BY t.rowid, c.cid`,
    )
    .all()
    .map(({ column }) => column)
const two = ['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1); ALTER TABLE a ADD COLUMN y']

describe('tables', () => {
  it('have room for what the relay may keep, and for nothing else', () => {
    const database = fresh()
    migrate(database)
    expect(columnsOf(database)).toEqual([
      ...['one', 'id', 'relay_seed', 'is_copy', 'ended_position', 'envelopes', 'bytes', 'mailboxes', 'accounts', 'devices'].map(
        (column) => `store.${column}`,
      ),
      ...['id', 'address', 'keep_until_day', 'last_position', 'envelopes', 'bytes'].map((column) => `mailbox.${column}`),
      ...['id', 'mailbox', 'position', 'envelope_id', 'expires_at_ms', 'envelope'].map((column) => `envelope.${column}`),
      ...['id', 'version', 'account_key', 'device_list', 'expires_at_ms'].map((column) => `account.${column}`),
      ...['id', 'account', 'tag', 'statement', 'created_at_ms', 'expires_at_ms'].map((column) => `device.${column}`),
      ...['device', 'kind', 'id', 'key'].map((column) => `one_time_key.${column}`),
      ...['device', 'kind', 'highest_id'].map((column) => `one_time_mark.${column}`),
    ])
  })

  it('take only what they are for', () => {
    const database = fresh()
    migrate(database)
    const insert = 'INSERT INTO mailbox (address, keep_until_day, last_position) VALUES (?, ?, ?)'
    expect(() => database.prepare(insert).run(new Uint8Array(31), 1, 0)).toThrow('CHECK')
    expect(() => database.prepare(insert).run('an address', 1, 0)).toThrow()
    expect(() => database.prepare(insert).run(new Uint8Array(32), 'a day', 0)).toThrow()
  })
})

describe('versions', () => {
  it('are made step by step, each once', () => {
    const database = fresh()
    migrate(database, two.slice(0, 1))
    expect(versionOf(database)).toBe(1)
    database.exec('INSERT INTO a VALUES (7)')
    migrate(database, two)
    migrate(database, two)
    expect(versionOf(database)).toBe(2)
    expect(database.prepare('SELECT x FROM a').all()).toMatchObject([{ x: 7 }, { x: 1 }])
  })

  it('a step that fails leaves nothing of itself, and the steps before it', () => {
    const database = fresh()
    expect(() => migrate(database, [...two.slice(0, 1), 'INSERT INTO a VALUES (5); INSERT INTO nothing VALUES (1)'])).toThrow('nothing')
    expect(versionOf(database)).toBe(1)
    expect(database.isTransaction).toBe(false)
    expect(database.prepare('SELECT x FROM a').all()).toEqual([])
    migrate(database, two)
    expect(versionOf(database)).toBe(2)
  })

  it('a newer one is refused, and not touched', () => {
    const database = fresh()
    migrate(database, two)
    expect(() => migrate(database, two.slice(0, 1))).toThrow(
      new ConfigurationError(
        'a store in memory is of a newer Parley (version 2, this one knows 1): start that one, or set another DATA_DIR.',
      ),
    )
    expect(versionOf(database)).toBe(2)
  })

  it("somebody else's database is refused, and not touched", () => {
    const database = fresh()
    database.exec('CREATE TABLE theirs (x)')
    expect(() => migrate(database)).toThrow(new ConfigurationError('a store in memory is not a store of Parley.'))
    expect(columnsOf(database)).toEqual(['theirs.x'])
  })

  it('of today are as many as there are steps', () => {
    const database = fresh()
    migrate(database)
    expect(versionOf(database)).toBe(STEPS.length)
  })
})
