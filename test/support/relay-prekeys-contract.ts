// What every store of the relay must do with the device directory and the prekeys (server/store.ts, sentence by sentence).

import { describe, expect, it } from 'vitest'
import type { OneTimeKey, Store } from '../../server/store.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  accountOf,
  bytesOf,
  count,
  DAY_MS,
  deviceOf,
  keyOf,
  keysOf,
  laptop,
  leftIds,
  listOf,
  type MakeStore,
  NOW_MS,
  openForEach,
  PLENTY,
  phone,
  range,
  statementOf,
  sweepAll,
} from './relay-store-samples.ts'

export const prekeysContract = (make: MakeStore): void => {
  let store: Store
  const reopen = openForEach(make, (opened) => {
    store = opened
  })

  describe('the device directory', () => {
    it('has nothing of an account or a device that nobody published', async () => {
      expect(await store.getDeviceList(accountOf(1))).toBeUndefined()
      expect(await store.getStatement(phone)).toBeUndefined()
      expect(await store.listOneTime(phone, 'kem')).toEqual({ highestId: 0, keys: [] })
      expect(await store.popOneTime(phone, 'kem')).toBeNull()
      expect(await store.dropDevice(phone)).toBe('ok')
      expect(await store.keepOneTime(phone, 'kem', [])).toBe('ok')
    })

    it('puts a list where the version is the one that the caller knew, and gives it back as it was', async () => {
      expect(await store.putDeviceList(accountOf(1), listOf(1), 7)).toEqual({ ok: false, reason: 'changed' })
      expect(await store.putDeviceList(accountOf(1), listOf(1), 0)).toEqual({ ok: true })
      expect(await store.putDeviceList(accountOf(1), listOf(2), 0)).toEqual({ ok: false, reason: 'changed' })
      expect(await store.getDeviceList(accountOf(1))).toEqual(listOf(1))
      expect(await store.putDeviceList(accountOf(1), listOf(3), 1)).toEqual({ ok: true })
      await reopen()
      expect(await store.getDeviceList(accountOf(1))).toEqual(listOf(3))
      expect(await store.getDeviceList(accountOf(2))).toBeUndefined()
    })

    it('puts a statement where the one that is kept is the one that the caller knew', async () => {
      expect(await store.putStatement(phone, statementOf(NOW_MS), 5)).toEqual({ ok: false, reason: 'changed' })
      expect(await store.putStatement(phone, statementOf(NOW_MS), 0)).toEqual({ ok: true })
      expect(await store.putStatement(phone, statementOf(NOW_MS + 1), 0)).toEqual({ ok: false, reason: 'changed' })
      expect(await store.getStatement(phone)).toEqual(statementOf(NOW_MS))
      expect(await store.putStatement(phone, statementOf(NOW_MS + 2), NOW_MS)).toEqual({ ok: true })
      await reopen()
      expect(await store.getStatement(phone)).toEqual(statementOf(NOW_MS + 2))
      expect(await store.getStatement(laptop)).toBeUndefined()
      expect((await store.health()).devices).toBe(1)
    })

    it('of many who put at once on what they know, one succeeds', async () => {
      const lists = await Promise.all(range(1, 20).map((version) => store.putDeviceList(accountOf(1), listOf(version), 0)))
      const put = await Promise.all(range(1, 20).map((later) => store.putStatement(phone, statementOf(NOW_MS + later), 0)))
      for (const outcomes of [lists, put]) expect(count(outcomes, ({ ok }) => ok)).toBe(1)
    })

    it('takes so many accounts and devices, and goes on renewing those that it has', async () => {
      await reopen({ ...PLENTY, devices: 2 })
      for (const account of [1, 2]) {
        await store.putDeviceList(accountOf(account), listOf(1), 0)
        await store.putStatement(deviceOf(account), statementOf(NOW_MS), 0)
      }
      expect(await store.putDeviceList(accountOf(3), listOf(1), 0)).toEqual({ ok: false, reason: 'store-full' })
      expect(await store.putStatement(deviceOf(3), statementOf(NOW_MS), 0)).toEqual({ ok: false, reason: 'store-full' })
      expect(await store.putDeviceList(accountOf(2), listOf(2), 1)).toEqual({ ok: true })
      expect(await store.putStatement(deviceOf(2), statementOf(NOW_MS + 1), NOW_MS)).toEqual({ ok: true })
      await store.dropDevice(deviceOf(1))
      expect(await store.putStatement(deviceOf(3), statementOf(NOW_MS), 0)).toEqual({ ok: true })
      expect((await store.health()).devices).toBe(2)
    })
  })

  describe('one-time keys', () => {
    const add = (keys: readonly OneTimeKey[], max = 200, device = phone) => store.addOneTime(device, 'x25519', keys, max)

    it('keeps them with the highest id, each device and kind by itself, and lists them ascending', async () => {
      await add([keyOf(3), keyOf(5)])
      await store.addOneTime(phone, 'kem', [keyOf(4, 1_792)], 400)
      await add([keyOf(9)], 200, laptop)
      await add([keyOf(7)])
      await reopen()
      expect(await store.listOneTime(phone, 'x25519')).toEqual({ highestId: 7, keys: [keyOf(3), keyOf(5), keyOf(7)] })
      expect(await store.listOneTime(phone, 'kem')).toEqual({ highestId: 4, keys: [keyOf(4, 1_792)] })
      expect(await leftIds(store, laptop)).toEqual([9])
      expect(await add([])).toEqual({ ok: true, spentIds: [] })
    })

    it('the same id with the same key is kept already', async () => {
      await add(keysOf(1, 5))
      expect(await add(keysOf(1, 5))).toEqual({ ok: true, spentIds: [] })
      expect(await leftIds(store)).toEqual([1, 2, 3, 4])
    })

    it('the same id with another key is a conflict: all of them are named, nothing is kept', async () => {
      await add(keysOf(1, 5))
      const other = (id: number): OneTimeKey => ({ id, key: bytesOf(id + 100, 32) })
      expect(await add([keyOf(1), other(2), other(4), keyOf(8)])).toEqual({
        ok: false,
        reason: 'conflict',
        ids: [2, 4],
        storedHash: sha256(keyOf(2).key),
      })
      expect(await store.listOneTime(phone, 'x25519')).toEqual({ highestId: 4, keys: keysOf(1, 5) })
    })

    it('a retried upload never brings back what was popped meanwhile', async () => {
      await add(keysOf(1, 6))
      expect((await store.popOneTime(phone, 'x25519'))?.id).toBe(1)
      expect((await store.popOneTime(phone, 'x25519'))?.id).toBe(2)
      expect(await add(keysOf(1, 8))).toEqual({ ok: true, spentIds: [1, 2] })
      expect(await leftIds(store)).toEqual([3, 4, 5, 6, 7])
      await reopen()
      expect(await add([{ id: 1, key: bytesOf(77, 32) }])).toEqual({ ok: true, spentIds: [1] })
      expect(await leftIds(store)).toEqual([3, 4, 5, 6, 7])
    })

    it('an id that was passed over is gone as well', async () => {
      await add([keyOf(1), keyOf(9)])
      expect(await add([keyOf(5), keyOf(10)])).toEqual({ ok: true, spentIds: [5] })
      expect(await leftIds(store)).toEqual([1, 9, 10])
    })

    it('keeps so many at most, all or nothing', async () => {
      await add(keysOf(1, 9), 10)
      expect(await add(keysOf(9, 12), 10)).toEqual({ ok: false, reason: 'too-many' })
      expect((await store.listOneTime(phone, 'x25519')).highestId).toBe(8)
      expect(await add(keysOf(7, 11), 10)).toEqual({ ok: true, spentIds: [] })
      expect(await add(keysOf(1, 11), 10)).toEqual({ ok: true, spentIds: [] })
      // Nothing new in it: kept already, whatever would be allowed now.
      expect(await add(keysOf(1, 11), 5)).toEqual({ ok: true, spentIds: [] })
      await store.popOneTime(phone, 'x25519')
      expect(await add([keyOf(11)], 10)).toEqual({ ok: true, spentIds: [] })
    })

    it('pops the lowest first, with its bytes, each once', async () => {
      await add([keyOf(3), keyOf(4), keyOf(8)])
      expect(await store.popOneTime(phone, 'x25519')).toEqual(keyOf(3))
      expect(await store.popOneTime(phone, 'kem')).toBeNull()
      expect(await store.popOneTime(laptop, 'x25519')).toBeNull()
      expect(await store.popOneTime(phone, 'x25519')).toEqual(keyOf(4))
      expect(await store.popOneTime(phone, 'x25519')).toEqual(keyOf(8))
      expect(await store.popOneTime(phone, 'x25519')).toBeNull()
    })

    it('pops within ranges, in whatever order they come', async () => {
      await add(keysOf(1, 21))
      const pop = async (...ranges: (readonly [number, number])[]) => (await store.popOneTime(phone, 'x25519', ranges))?.id
      expect(await pop([15, 18], [10, 11])).toBe(10)
      expect(await pop([15, 18], [10, 11])).toBe(15)
      expect(await pop([10, 11])).toBeUndefined()
      expect(await pop([0, 1], [21, 1_000])).toBeUndefined()
      expect(await pop()).toBeUndefined()
      expect(await leftIds(store)).toHaveLength(18)
    })

    it('gives K keys to N who ask at once, and tells the others that none is left', async () => {
      await add(keysOf(1, 31))
      const popped = await Promise.all(range(0, 100).map(() => store.popOneTime(phone, 'x25519')))
      expect(count(popped, (key) => key === null)).toBe(70)
      expect(popped.flatMap((key) => key?.id ?? []).toSorted((a, b) => a - b)).toEqual(range(1, 31))
    })

    it('who takes long to use a key is the only one who has it', async () => {
      await add(keysOf(1, 3))
      const slow = await store.popOneTime(phone, 'x25519')
      await sweepAll(store, NOW_MS + 365 * DAY_MS)
      await reopen()
      await add(keysOf(1, 3))
      expect([slow?.id, (await store.popOneTime(phone, 'x25519'))?.id, await store.popOneTime(phone, 'x25519')]).toEqual([1, 2, null])
    })

    it('forgets the keys outside of ranges, and remembers that it had them', async () => {
      await add(keysOf(1, 21))
      const ranges = [
        [18, 30],
        [2, 4],
      ] as const
      for (let times = 0; times < 2; times += 1) expect(await store.keepOneTime(phone, 'x25519', ranges)).toBe('ok')
      expect(await leftIds(store)).toEqual([2, 3, 18, 19, 20])
      expect(await add(keysOf(1, 22))).toEqual({ ok: true, spentIds: [1, ...range(4, 18)] })
      await store.keepOneTime(phone, 'x25519', [])
      expect(await store.listOneTime(phone, 'x25519')).toEqual({ highestId: 21, keys: [] })
    })

    it('dropping a device forgets statement and keys, not that it had them, and no other device', async () => {
      await store.putStatement(phone, statementOf(NOW_MS), 0)
      await store.putStatement(laptop, statementOf(NOW_MS), 0)
      await add(keysOf(1, 4))
      await store.addOneTime(phone, 'kem', [keyOf(9, 1_792)], 400)
      await add([keyOf(1)], 200, laptop)
      for (let times = 0; times < 2; times += 1) expect(await store.dropDevice(phone)).toBe('ok')
      expect(await store.getStatement(phone)).toBeUndefined()
      expect(await store.popOneTime(phone, 'x25519')).toBeNull()
      expect(await store.getStatement(laptop)).toEqual(statementOf(NOW_MS))
      expect(await leftIds(store, laptop)).toEqual([1])
      expect((await store.health()).devices).toBe(1)
      await reopen()
      expect(await add(keysOf(1, 5))).toEqual({ ok: true, spentIds: [1, 2, 3] })
      expect(await store.listOneTime(phone, 'kem')).toEqual({ highestId: 9, keys: [] })
      expect(await store.putStatement(phone, statementOf(NOW_MS), 0)).toEqual({ ok: true })
    })
  })
}
