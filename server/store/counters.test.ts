import { DatabaseSync } from '@photostructure/sqlite'
import { expect, it } from 'vitest'
import { loadCounters } from './counters.ts'
import { migrate } from './schema.ts'

const create = () => {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  database.exec('INSERT INTO store (one, id, relay_seed) VALUES (1, zeroblob(16), zeroblob(32))')
  return { database, counters: loadCounters(database), onDisk: () => ({ ...loadCounters(database).sums }) }
}

it('begin at nothing, and are what was saved last', () => {
  const { counters, onDisk } = create()
  expect(onDisk()).toEqual({ endedPosition: 0, envelopes: 0, bytes: 0, mailboxes: 0, accounts: 0, devices: 0 })
  const sums = { endedPosition: 1, envelopes: 2, bytes: 3, mailboxes: 4, accounts: 5, devices: 6 }
  Object.assign(counters.sums, sums)
  expect(onDisk().bytes).toBe(0)
  counters.save()
  expect(onDisk()).toEqual(sums)
})

it.each(['endedPosition', 'envelopes', 'bytes', 'mailboxes', 'accounts', 'devices'] as const)(
  '%s alone is a change that is saved',
  (sum) => {
    const { counters, onDisk } = create()
    counters.sums[sum] += 1
    counters.save()
    expect(onDisk()[sum]).toBe(1)
  },
)

it('are put back where the transaction fails after they were saved, and saved again with the next', () => {
  const { database, counters, onDisk } = create()
  for (const how of ['ROLLBACK', 'COMMIT']) {
    const putBack = counters.mark()
    database.exec('BEGIN')
    counters.sums.bytes += 10
    counters.save()
    database.exec(how)
    if (how === 'ROLLBACK') putBack()
    expect(onDisk()).toEqual(counters.sums)
  }
  expect(counters.sums.bytes).toBe(10)
})

it('of a store without its row are a bug', () => {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  expect(() => loadCounters(database)).toThrow('without its row')
})
