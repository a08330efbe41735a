import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBackOff } from './back-off.ts'
import { keepKnown, SIGNALLING_TIMEOUT_MS, type SignallingListener } from './signalled-id.ts'
import { systemTimers } from './timers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const LONGEST_FIRST_DELAY_MS = 250

const start = async () => {
  const told: string[] = []
  const peers: { readonly hears: SignallingListener; reconnects: number; disconnects: number; destroyed: boolean }[] = []
  const loading = { fails: false }
  const id = keepKnown({
    timers: systemTimers,
    backOff: createBackOff((length) => new Uint8Array(length).fill(255)),
    open: async (hears) => {
      if (loading.fails) throw new Error('no network')
      const peer = { hears, reconnects: 0, disconnects: 0, destroyed: false }
      peers.push(peer)
      return {
        dial: () => undefined,
        reconnect: () => {
          if (peer.destroyed) throw new Error('destroyed')
          peer.reconnects += 1
        },
        disconnect: () => {
          peer.disconnects += 1
          hears.lost()
        },
      }
    },
    listener: {
      known: () => told.push('known'),
      lost: () => told.push('lost'),
      dialled: () => told.push('dialled'),
      unavailable: (theirs) => told.push(`unavailable ${theirs}`),
    },
  })
  await vi.advanceTimersByTimeAsync(0)
  return { id, told, peers, loading, peer: () => peers.at(-1)! }
}

test('comes back after a loss, with the same peer and ever longer delays', async () => {
  const { told, peers, peer, id } = await start()
  peer().hears.known()
  expect(id.isKnown()).toBe(true)
  peer().hears.lost()
  peer().hears.lost()
  expect(id.isKnown()).toBe(false)
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peer().reconnects).toBe(1)
  peer().hears.lost()
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peer().reconnects).toBe(1)
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peer().reconnects).toBe(2)
  peer().hears.known()
  expect(told).toEqual(['known', 'lost', 'lost', 'known'])
  expect(peers).toHaveLength(1)
})

test('a service that accepts and says nothing is given up after ten seconds', async () => {
  const { told, peer } = await start()
  await vi.advanceTimersByTimeAsync(SIGNALLING_TIMEOUT_MS)
  expect(told).toEqual(['lost'])
  expect(peer().disconnects).toBe(1)
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peer().reconnects).toBe(1)
})

test('a peer that PeerJS destroyed is replaced', async () => {
  const { peers, peer } = await start()
  peer().destroyed = true
  peer().hears.lost()
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peers).toHaveLength(2)
})

test('PeerJS itself may be hard to get', async () => {
  const { told, peers, loading, peer } = await start()
  peer().destroyed = true
  loading.fails = true
  peer().hears.lost()
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(told).toEqual(['lost', 'lost'])
  loading.fails = false
  await vi.advanceTimersByTimeAsync(2 * LONGEST_FIRST_DELAY_MS)
  peer().hears.known()
  expect(peers).toHaveLength(2)
  expect(told).toEqual(['lost', 'lost', 'known'])
})

test('waking does not wait for the delay', async () => {
  const { id, peer } = await start()
  for (let i = 0; i < 8; i++) {
    peer().hears.lost()
    id.wake()
  }
  expect(peer().reconnects).toBe(8)
  id.wake()
  expect(peer().reconnects).toBe(8)
})

test('renewing leaves and comes back', async () => {
  const { id, told, peer } = await start()
  id.renew()
  expect(peer().disconnects).toBe(0)
  peer().hears.known()
  id.renew()
  expect(peer().disconnects).toBe(1)
  await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS)
  expect(peer().reconnects).toBe(1)
  expect(told).toEqual(['known', 'lost'])
})

test('closed, it never comes back', async () => {
  const { id, told, peer } = await start()
  peer().hears.known()
  id.close()
  await vi.advanceTimersByTimeAsync(600_000)
  expect([peer().disconnects, peer().reconnects]).toEqual([1, 0])
  expect(told).toEqual(['known'])
})
