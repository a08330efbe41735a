import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataFolder } from '../test/support/data-folder.ts'
import { relayStoreContract } from '../test/support/relay-store-contract.ts'
import { ConfigurationError } from './configuration.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { loadCounters } from './store/counters.ts'
import { openDatabase } from './store/database.ts'
import { createGroupCommit } from './store/group-commit.ts'
import { migrate } from './store/schema.ts'
import { createSqliteMailboxes } from './store/sqlite-mailboxes.ts'
import type { StoreLimits } from './store.ts'

const LIMITS: StoreLimits = { envelopesPerMailbox: 10_000, bytesPerMailbox: 1e9, storedBytes: 1e9, devices: 100 }
const FOR_EVER_MS = 4_000_000_000_000
const DAY_MS = 86_400_000
const alices = 'a1'.repeat(32)
const idOf = (number: number) => number.toString(16).padStart(32, '0')
const open = (folder: string, limits = LIMITS) => openSqliteStore(folder, limits, (error) => expect.fail(String(error)))

describe('contract', () => {
  relayStoreContract(async () => {
    const folder = dataFolder()
    return { open: (limits) => open(folder, limits) }
  })
})

describe('the folder', () => {
  it('has one store at a time', async () => {
    const folder = dataFolder()
    const first = await open(folder)
    await expect(open(folder)).rejects.toThrow(new ConfigurationError(`Another relay uses ${folder}: each needs a DATA_DIR of its own.`))
    expect(await first.openMailboxes([alices], FOR_EVER_MS)).toBe('ok')
    await first.close()
    await (await open(folder)).close()
  })

  it('is free again after a start that failed, and what is not ours is left as it is', async () => {
    const folder = dataFolder()
    const path = join(folder, 'relay.sqlite')
    const theirs = new DatabaseSync(path)
    theirs.exec('PRAGMA user_version = 9; PRAGMA application_id = 1349676153')
    theirs.close()
    const bytes = readFileSync(path)
    for (let times = 0; times < 2; times += 1) {
      await expect(open(folder)).rejects.toThrow(
        'is of a newer Parley (version 9, this one knows 1): start that one, or set another DATA_DIR.',
      )
    }
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0)
  })
})

describe('the disk', () => {
  it('is not touched by what changes nothing', async () => {
    const folder = dataFolder()
    const store = await open(folder)
    onTestFinished(() => store.close())
    await store.openMailboxes([alices], FOR_EVER_MS)
    await store.append(alices, idOf(1), new Uint8Array(100), FOR_EVER_MS)
    const logLength = () => statSync(join(folder, 'relay.sqlite-wal')).size
    const before = logLength()
    await store.openMailboxes([alices], FOR_EVER_MS)
    await store.append(alices, idOf(1), new Uint8Array(100), FOR_EVER_MS)
    await store.append('b0'.repeat(32), idOf(1), new Uint8Array(100), FOR_EVER_MS)
    await store.acknowledge(alices, [99])
    await store.popOneTime(`${alices}/256`, 'kem')
    await store.dropDevice(`${alices}/256`)
    await store.closeMailboxes(['b0'.repeat(32)])
    await store.sweep(DAY_MS, 100)
    expect(logLength()).toBe(before)
    await store.append(alices, idOf(2), new Uint8Array(100), FOR_EVER_MS)
    expect(logLength()).toBeGreaterThan(before)
  })

  it('is full: nothing is acknowledged that is not kept, and it goes on where there is room again', async () => {
    const database = openDatabase(join(dataFolder(), 'relay.sqlite'))
    onTestFinished(() => database.close())
    migrate(database)
    database.exec(`INSERT INTO store (one, id, relay_seed) VALUES (1, zeroblob(16), zeroblob(32))`)
    const counters = loadCounters(database)
    const troubles: unknown[] = []
    const commit = createGroupCommit(database, counters, (error) => troubles.push(error))
    const mailboxes = createSqliteMailboxes(database, counters, LIMITS, commit)
    await mailboxes.openMailboxes([alices], FOR_EVER_MS)
    const appendMany = async (first: number) => {
      const numbers = Array.from({ length: 100 }, (_, i) => first + i)
      const outcomes = await Promise.all(
        numbers.map((number) => mailboxes.append(alices, idOf(number), new Uint8Array(4_000), FOR_EVER_MS)),
      )
      return outcomes.map((outcome) => (outcome.ok ? outcome.position : outcome.reason))
    }
    database.exec('PRAGMA max_page_count = 200')
    const outcomes = [...(await appendMany(0)), ...(await appendMany(100)), ...(await appendMany(200))]
    expect(new Set(outcomes.filter((outcome) => typeof outcome === 'string'))).toEqual(new Set(['in-doubt']))
    expect(troubles.length).toBeGreaterThan(0)
    const acknowledged = outcomes.filter((outcome) => typeof outcome === 'number')
    expect(acknowledged.length).toBeGreaterThan(0)
    const kept = async () => (await mailboxes.read(alices, 0, 1_000, 1e9, 0)).map(({ position }) => position)
    expect(await kept()).toEqual(acknowledged)
    expect(counters.sums).toMatchObject({ envelopes: acknowledged.length, bytes: 4_000 * acknowledged.length })

    database.exec('PRAGMA max_page_count = 100000')
    const again = await appendMany(200)
    expect(again.every((outcome) => typeof outcome === 'number')).toBe(true)
    expect(commit.isSound()).toBe(true)
    expect(new Set(await kept())).toEqual(new Set([...acknowledged, ...again]))
  })
})

describe('what has ended', () => {
  it('goes bit by bit where it is much, and is found by nobody meanwhile', async () => {
    const store = await open(dataFolder())
    onTestFinished(() => store.close())
    await store.openMailboxes([alices], FOR_EVER_MS)
    const numbers = Array.from({ length: 2_500 }, (_, i) => i)
    await Promise.all(numbers.map((number) => store.append(alices, idOf(number), new Uint8Array(10), FOR_EVER_MS)))
    await store.closeMailboxes([alices])
    expect(await store.health()).toMatchObject({ mailboxes: 0, envelopes: 1_500, bytes: 15_000 })
    expect(await store.read(alices, 0, 10, 100, 0)).toEqual([])
    await store.openMailboxes([alices], FOR_EVER_MS)
    expect(await store.append(alices, idOf(1), new Uint8Array(10), FOR_EVER_MS)).toEqual({ ok: true, position: 2_501, isRepeat: false })
    expect(await store.sweep(0, 1_000)).toBe(1_000)
    expect(await store.sweep(0, 1_000)).toBe(500)
    expect(await store.sweep(0, 1_000)).toBe(0)
    expect(await store.health()).toMatchObject({ mailboxes: 1, envelopes: 1, bytes: 10 })
    expect(await store.waiting([alices], 0)).toBe(1)
  })
})
