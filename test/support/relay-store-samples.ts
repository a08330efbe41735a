// Addresses, envelopes, devices and keys for the contract of the relay's stores, each told by its number, and short ways to
// ask for them.

import { beforeEach } from 'vitest'
import type { Address, DeviceName, OneTimeKey, Store, StoredDeviceList, StoredStatement, StoreLimits } from '../../server/store.ts'

export const DAY_MS = 86_400_000
export const NOW_MS = 20_000 * DAY_MS + 12_345
export const LATER_MS = NOW_MS + 30 * DAY_MS
export const KEPT_UNTIL_MS = NOW_MS + 90 * DAY_MS
export const PLENTY: StoreLimits = { envelopesPerMailbox: 1_000, bytesPerMailbox: 10_000_000, storedBytes: 100_000_000, devices: 1_000 }

export const hex = (number: number, length: number) => number.toString(16).padStart(2 * length, '0')
export const addressOf = (number: number): Address => hex(number, 32)
export const idOf = (number: number): string => hex(number, 16)
export const accountOf = (number: number): string => hex(number, 32)
export const deviceOf = (account: number, tag = 0x100): DeviceName => `${accountOf(account)}/${tag}`
/** Bytes that tell which they are. */
export const bytesOf = (number: number, length = 40) => Uint8Array.from({ length }, (_, i) => (number * 31 + i) % 256)
export const keyOf = (id: number, length = 32): OneTimeKey => ({ id, key: bytesOf(id, length) })
export const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i)
export const keysOf = (first: number, end: number): OneTimeKey[] => range(first, end).map((id) => keyOf(id))

export const alices = addressOf(0xa11ce)
export const bobs = addressOf(0xb0b)
export const phone = deviceOf(1)
export const laptop = deviceOf(1, 0x101)

export const listOf = (version: number, expiresAtMs = KEPT_UNTIL_MS): StoredDeviceList => ({
  version,
  accountKey: bytesOf(version, 1_984),
  deviceList: bytesOf(version + 1, 3_000),
  expiresAtMs,
})
export const statementOf = (createdAtMs: number, expiresAtMs = createdAtMs + 7 * DAY_MS): StoredStatement => ({
  statement: bytesOf(createdAtMs % 251, 2_500),
  createdAtMs,
  expiresAtMs,
})

export const positionsIn = async (store: Store, address: Address, nowMs = NOW_MS): Promise<number[]> =>
  (await store.read(address, 0, 1_000, 10_000_000, nowMs)).map(({ position }) => position)
export const readAll = async (store: Store, address: Address, nowMs = NOW_MS): Promise<Uint8Array[]> =>
  (await store.read(address, 0, 1_000, 10_000_000, nowMs)).map(({ envelope }) => envelope)
export const leftIds = async (store: Store, device = phone): Promise<number[]> =>
  (await store.listOneTime(device, 'x25519')).keys.map(({ id }) => id)
export const count = <T>(all: readonly T[], is: (each: T) => boolean) => all.filter(is).length

/** Appends envelope `number` under its id. @returns its position, or why not */
export const append = async (store: Store, address: Address, number: number, length = 40, expiresAtMs = LATER_MS) => {
  const appended = await store.append(address, idOf(number), bytesOf(number, length), expiresAtMs)
  return appended.ok ? appended.position : appended.reason
}
export const appended = async (store: Store, address: Address, number: number, length = 40, expiresAtMs = LATER_MS): Promise<number> => {
  const position = await append(store, address, number, length, expiresAtMs)
  if (typeof position === 'string') throw new Error(position)
  return position
}
/** Sweeps until nothing is left to sweep. */
export const sweepAll = async (store: Store, nowMs: number, budget = 1_000): Promise<number> => {
  let gone = 0
  for (let last = await store.sweep(nowMs, budget); last > 0; last = await store.sweep(nowMs, budget)) gone += last
  return gone
}

export interface RelayStoreUnderTest {
  /** Opens what is on disk, as a relay does that starts. One at a time: whoever had it open has closed it. */
  readonly open: (limits: StoreLimits) => Promise<Store>
}
export type MakeStore = () => Promise<RelayStoreUnderTest>

/** A new store for each test, open. @returns closes it and opens it again, as a relay does that restarts */
export const openForEach = (make: MakeStore, take: (store: Store) => void): ((limits?: StoreLimits) => Promise<void>) => {
  let under: RelayStoreUnderTest
  let current: Store
  const open = async (limits: StoreLimits) => {
    current = await under.open(limits)
    take(current)
  }
  beforeEach(async () => {
    under = await make()
    await open(PLENTY)
    return () => current.close()
  })
  return async (limits = PLENTY) => {
    await current.close()
    await open(limits)
  }
}
