import { expect, test } from 'vitest'
import { PEOPLE_NOW_MS } from '../test/support/people.ts'
import { publishedAccount } from '../test/support/published.ts'
import { deviceNameOf, devicesOf, servedKem, storedKem } from './prekeys.ts'

test('a KEM key is stored as key || path, and served as it was uploaded', () => {
  const path = [1, 2, 3, 4, 5, 6, 7].map((byte) => new Uint8Array(32).fill(byte))
  const upload = { id: 7, encapsulationKey: new Uint8Array(1568).fill(0xee), path }
  const stored = storedKem(upload)
  expect(stored.key).toHaveLength(1568 + 7 * 32)
  expect(servedKem(stored)).toEqual(upload)
})

test('a device is named by its account id in hexadecimal and its tag in decimal', () => {
  expect(deviceNameOf(new Uint8Array(32).fill(0xab), 0xffffffff)).toBe(`${'ab'.repeat(32)}/4294967295`)
})

test('a list names its devices until it expires; what was kept and is no list is a bug', () => {
  const account = publishedAccount('prekeys', 2)
  const kept = { version: 1, accountKey: account.account.publicKey, deviceList: account.deviceList(), expiresAtMs: PEOPLE_NOW_MS + 1 }
  expect(devicesOf(kept, PEOPLE_NOW_MS)).toEqual(account.devices.map(({ device }) => device))
  expect(devicesOf(kept, PEOPLE_NOW_MS + 1)).toEqual([])
  expect(devicesOf(undefined, PEOPLE_NOW_MS)).toEqual([])
  expect(() => devicesOf({ ...kept, deviceList: new Uint8Array(9) }, PEOPLE_NOW_MS)).toThrow()
})
