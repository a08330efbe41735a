import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { uniform } from '../src/crypto/random.ts'
import { dataFolder } from '../test/support/data-folder.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { ADDRESSES, addressOf, bodyOf, FOR_EVER_MS, HOT_DEVICE, numberIn, PLENTY } from '../test/support/store-load.ts'
import { type StoreProcess, startStoreProcess } from '../test/support/store-process.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

/** Ten in the suite, fifty in `npm run soak`. */
const KILLS = Math.min(50, Math.ceil(Number(process.env['PARLEY_RUNS'] ?? 100) / 10))
const random = seededRandom(Number(process.env['PARLEY_SEED'] ?? 20261121))

const started: StoreProcess[] = []
const start = (...how: Parameters<typeof startStoreProcess>) => {
  const child = startStoreProcess(...how)
  started.push(child)
  return child
}
afterEach(async () => {
  for (const child of started.splice(0)) await child.kill()
})

const open = (folder: string) => openSqliteStore(folder, PLENTY, (error) => expect.fail(String(error)))
const numbersOf = (child: StoreProcess, what: string): number[] =>
  child.lines.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.slice(what.length)))

/** Numbers of all that is kept. Each must be the bytes that were sent, at its own address, in growing positions. */
const keptIn = async (store: Store): Promise<number[]> => {
  const kept: number[] = []
  for (const address of ADDRESSES) {
    let after = 0
    for (;;) {
      const found = await store.read(address, after, 1_000, 1e9, 0)
      if (found.length === 0) break
      for (const { position, envelope } of found) {
        const number = numberIn(envelope)
        if (position <= after || addressOf(number) !== address || Buffer.compare(envelope, bodyOf(number)) !== 0) {
          throw new Error(`envelope ${number} at position ${position} of ${address}`)
        }
        after = position
        kept.push(number)
      }
    }
  }
  return kept
}

const expectIntegrity = (folder: string) => {
  const database = new DatabaseSync(join(folder, 'relay.sqlite'))
  expect(database.prepare('PRAGMA integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }])
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([])
  database.close()
}

describe('killed under load', () => {
  test(`${KILLS} times: nothing that was acknowledged is lost, nothing is doubled`, { timeout: 20 * 60_000 }, async () => {
    const folder = dataFolder()
    const kept = new Set<number>()
    const gone = new Set<number>()
    const asked = new Set<number>()
    let next = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start(folder, 'append', [next, ...[...asked].filter((number) => !kept.has(number))])
      await child.said(1 + uniform(random, 1_500))
      await child.kill()
      for (const number of numbersOf(child, 'kept')) kept.add(number)
      for (const number of numbersOf(child, 'gone')) gone.add(number)
      // It had 64 under way at the most, beyond what it said.
      const highest = Math.max(next, ...numbersOf(child, 'kept')) + 64
      for (; next <= highest; next += 1) asked.add(next)

      const store = await open(folder)
      const found = await keptIn(store)
      expect(new Set(found).size).toBe(found.length)
      const there = new Set(found)
      expect([...kept].filter((number) => number % 7 !== 0 && !there.has(number))).toEqual([])
      expect([...gone].filter((number) => there.has(number))).toEqual([])
      expect(await store.health()).toMatchObject({
        envelopes: found.length,
        bytes: found.reduce((sum, number) => sum + bodyOf(number).length, 0),
        mailboxes: ADDRESSES.length,
      })
      await store.close()
      expectIntegrity(folder)
    }
    expect(kept.size).toBeGreaterThan(KILLS)
  })
})

describe('one hot device', () => {
  const UPLOADED = 2_000

  test('popped by many at once, killed three times: no key twice, and what is not issued is left or burnt', async () => {
    const folder = dataFolder()
    const first = await open(folder)
    const keys = Array.from({ length: UPLOADED }, (_, i) => ({ id: i + 1, key: new Uint8Array(32).fill(i) }))
    await first.addOneTime(HOT_DEVICE, 'x25519', keys, UPLOADED)
    await first.close()

    const issued: number[] = []
    for (let kill = 0; kill < 3; kill += 1) {
      const child = start(folder, 'pop')
      await child.said(200 + uniform(random, 300))
      await child.kill()
      issued.push(...numbersOf(child, 'popped'))

      const store = await open(folder)
      // A retried upload brings nothing back.
      expect(await store.addOneTime(HOT_DEVICE, 'x25519', keys, UPLOADED)).toMatchObject({ ok: true })
      const left = (await store.listOneTime(HOT_DEVICE, 'x25519')).keys.map(({ id }) => id)
      await store.close()
      expect(new Set([...issued, ...left]).size).toBe(issued.length + left.length)
      const burnt = UPLOADED - issued.length - left.length
      expect(burnt).toBeGreaterThanOrEqual(0)
      // Eight ask at once.
      expect(burnt).toBeLessThanOrEqual(8 * (kill + 1))
    }

    const last = start(folder, 'pop')
    expect(await last.ended).toBe(0)
    issued.push(...numbersOf(last, 'popped'))
    expect(new Set(issued).size).toBe(issued.length)
    expect(issued.length).toBeGreaterThanOrEqual(UPLOADED - 24)
    const store = await open(folder)
    expect(await store.popOneTime(HOT_DEVICE, 'x25519')).toBeNull()
    await store.close()
  })
})

describe('a disk that is full', () => {
  test('makes what does not fit be in doubt, and loses nothing that was acknowledged', async () => {
    const folder = dataFolder()
    const child = start(folder, 'append', [0], 4_096)
    await child.saidThat('in-doubt')
    await child.kill()
    const kept = numbersOf(child, 'kept').filter((number) => number % 7 !== 0)
    expect(numbersOf(child, 'in-doubt').length).toBeGreaterThan(0)
    expect(kept.length).toBeGreaterThan(0)

    const store = await open(folder)
    const found = await keptIn(store)
    await store.close()
    expectIntegrity(folder)
    expect(new Set(found).size).toBe(found.length)
    expect(kept.filter((number) => !found.includes(number))).toEqual([])

    // There is room again.
    const again = start(folder, 'append', [1_000_000, ...numbersOf(child, 'in-doubt')])
    await again.said(500)
    await again.kill()
    expect(numbersOf(again, 'in-doubt')).toEqual([])
    expect(numbersOf(again, 'kept').length).toBeGreaterThan(0)
  })
})

describe('a second process', () => {
  test('is told that the folder has an owner, and the owner goes on', async () => {
    const folder = dataFolder()
    const child = start(folder, 'append', [0])
    await child.said(10)
    await expect(open(folder)).rejects.toThrow(`Another relay uses ${folder}: each needs a DATA_DIR of its own.`)
    await child.said(child.lines.length + 100)
    expect(numbersOf(child, 'in-doubt')).toEqual([])
    await child.kill()
    await (await open(folder)).close()
  })
})

describe('many', () => {
  const MANY = 100_000
  const name = (number: number) => number.toString(16).padStart(64, '0')

  test('mailboxes and devices are there after a restart', async () => {
    const folder = dataFolder()
    const store = await open(folder)
    for (let first = 0; first < MANY; first += 1_000) {
      const some = Array.from({ length: 1_000 }, (_, i) => first + i)
      expect(await store.openMailboxes(some.map(name), FOR_EVER_MS)).toBe('ok')
      const statement = { statement: new Uint8Array(100), createdAtMs: 1, expiresAtMs: FOR_EVER_MS }
      const put = await Promise.all(some.map((number) => store.putStatement(`${name(number)}/256`, statement, 0)))
      expect(put.every(({ ok }) => ok)).toBe(true)
    }
    await store.close()

    const again = await open(folder)
    expect(await again.health()).toEqual({ ok: true, envelopes: 0, bytes: 0, mailboxes: MANY, devices: MANY })
    expect(await again.getStatement(`${name(MANY - 1)}/256`)).toBeDefined()
    expect(await again.append(name(MANY - 1), '0'.repeat(32), new Uint8Array(10), FOR_EVER_MS)).toMatchObject({ ok: true })
    expect(await again.append(name(MANY), '0'.repeat(32), new Uint8Array(10), FOR_EVER_MS)).toMatchObject({ reason: 'no-mailbox' })
    await again.close()
  })
})
