import { expect, test } from 'vitest'
import { createMemoryRelayDisk } from '../test/support/memory-relay-store.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { measured, StoreFailure } from './measured-store.ts'
import { createMetrics } from './metrics.ts'
import type { Store } from './store.ts'

const limits = { devices: 10, envelopesPerMailbox: 1, bytesPerMailbox: 1e6, storedBytes: 1e6 }
const address = 'aa'.repeat(32)
const device = `${'bb'.repeat(32)}/256`
const house = (wrap: (store: Store) => Store = (store) => store) => {
  const metrics = createMetrics()
  const inner = createMemoryRelayDisk(seededRandom('measured')).open(limits)
  const store = measured(wrap(inner), metrics)
  const counted = async (name: 'storeFailures' | 'pops' | 'publications') =>
    (await metrics[name].get()).values.map(({ labels, value }) => [...Object.values(labels), value].join(' '))
  const timed = async () =>
    (await metrics.storeSeconds.get()).values
      .filter(({ metricName }) => metricName?.endsWith('_count'))
      .map(({ labels, value }) => `${labels.operation} ${value}`)
  return { inner, store, counted, timed }
}

test('everything passes as it is, and is timed by its name', async () => {
  const { inner, store, timed, counted } = house()
  expect([store.id, store.relaySeed]).toEqual([inner.id, inner.relaySeed])
  expect(await store.openMailboxes([address], 1e12)).toBe('ok')
  expect(await store.append(address, '01'.repeat(16), Uint8Array.of(1), 1e12)).toEqual({ ok: true, position: 1, isRepeat: false })
  expect(await store.append(address, '02'.repeat(16), Uint8Array.of(1), 1e12)).toEqual({ ok: false, reason: 'mailbox-full' })
  expect(await store.read(address, 0, 10, 100, 1)).toEqual([{ position: 1, envelope: Uint8Array.of(1) }])
  expect(await timed()).toEqual(['openMailboxes 1', 'append 2', 'read 1'])
  expect(await counted('storeFailures')).toEqual([])
})

test('pops and publications count by what became of them', async () => {
  const { store, counted } = house()
  await store.addOneTime(device, 'x25519', [{ id: 1, key: Uint8Array.of(1) }], 10)
  await store.addOneTime(device, 'x25519', [{ id: 1, key: Uint8Array.of(2) }], 10)
  expect(await store.popOneTime(device, 'x25519')).toEqual({ id: 1, key: Uint8Array.of(1) })
  expect(await store.popOneTime(device, 'x25519')).toBeNull()
  expect(await store.popOneTime(device, 'kem')).toBeNull()
  expect(await counted('pops')).toEqual(['x25519 popped 1', 'x25519 none 1', 'kem none 1'])
  expect(await counted('publications')).toEqual(['addOneTime ok 1', 'addOneTime conflict 1'])
})

test('what is in doubt and what rejects are failures; rejections are told apart from bugs', async () => {
  const broken = new Error('no disk')
  const { store, counted, timed } = house((inner) => ({
    ...inner,
    openMailboxes: () => Promise.resolve('in-doubt'),
    read: () => Promise.reject(broken),
  }))
  expect(await store.openMailboxes([address], 1e12)).toBe('in-doubt')
  const failure: unknown = await store.read(address, 0, 1, 1, 1).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(StoreFailure)
  expect(failure).toMatchObject({ cause: broken })
  expect(await counted('storeFailures')).toEqual(['openMailboxes 1', 'read 1'])
  expect(await timed()).toEqual(['openMailboxes 1', 'read 1'])
})

test('closed is closed', async () => {
  const { store } = house()
  await store.close()
  expect(await store.openMailboxes([address], 1e12)).toBe('in-doubt')
})
