import { expect, test } from 'vitest'
import { createMemoryRelayDisk } from '../test/support/memory-relay-store.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { createMetrics } from './metrics.ts'
import type { Store } from './store.ts'
import { createStoreUpkeep } from './store-upkeep.ts'

const limits = { devices: 10, envelopesPerMailbox: 5_000, bytesPerMailbox: 1e9, storedBytes: 1e9 }
const address = 'aa'.repeat(32)

const house = async (wrap: (store: Store) => Store = (store) => store) => {
  const inner = createMemoryRelayDisk(seededRandom('upkeep')).open(limits)
  const metrics = createMetrics()
  let nowMs = 1_000
  const upkeep = createStoreUpkeep(wrap(inner), metrics, () => nowMs)
  await inner.openMailboxes([address], 1e12)
  const valueOf = async (name: 'storeHealthy' | 'mailboxes' | 'keptEnvelopes' | 'keptBytes' | 'publishedDevices' | 'sweptRows') =>
    (await metrics[name].get()).values[0]?.value
  return {
    inner,
    upkeep,
    valueOf,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('says what is kept', async () => {
  const { inner, upkeep, valueOf } = await house()
  await inner.append(address, '01'.repeat(16), new Uint8Array(100), 1e12)
  await upkeep.tick()
  expect([await valueOf('mailboxes'), await valueOf('keptEnvelopes'), await valueOf('keptBytes')]).toEqual([1, 1, 100])
  expect([await valueOf('publishedDevices'), await valueOf('storeHealthy'), upkeep.isHealthy()]).toEqual([0, 1, true])
})

test('what is past its time goes, a bounded number at a time', async () => {
  const { inner, upkeep, valueOf, pass } = await house()
  for (let i = 0; i < 1_500; i++) await inner.append(address, i.toString(16).padStart(32, '0'), Uint8Array.of(1), 2_000)
  pass(1_000)
  const left = []
  for (let i = 0; i < 3; i++) {
    await upkeep.tick()
    left.push((await inner.health()).envelopes)
  }
  expect(left).toEqual([500, 0, 0])
  expect(await valueOf('sweptRows')).toBe(1_500)
})

test.each([
  ['says so', (store: Store): Store => ({ ...store, health: async () => ({ ...(await store.health()), ok: false }) })],
  ['rejects', (store: Store): Store => ({ ...store, health: () => Promise.reject(new Error('no disk')) })],
])('a store that is ill and %s', async (_, wrap) => {
  const { upkeep, valueOf } = await house(wrap)
  expect(upkeep.isHealthy()).toBe(true)
  await upkeep.tick()
  expect([upkeep.isHealthy(), await valueOf('storeHealthy')]).toEqual([false, 0])
})

test('a store that does not answer for a whole interval is ill, and well again once it does', async () => {
  let answer = () => {}
  const { upkeep } = await house((store) => ({
    ...store,
    health: async () => {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return store.health()
    },
  }))
  const first = upkeep.tick()
  await upkeep.tick()
  expect(upkeep.isHealthy()).toBe(false)
  answer()
  await first
  expect(upkeep.isHealthy()).toBe(true)
})
