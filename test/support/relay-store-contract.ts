// What every store of the relay must do, whatever it keeps things in. Run against memory and against SQLite, so that what is
// tried on the one holds for the other.

import { describe, expect, it } from 'vitest'
import type { Store } from '../../server/store.ts'
import { toHex } from '../../src/crypto/bytes.ts'
import { mailboxesContract } from './relay-mailboxes-contract.ts'
import { prekeysContract } from './relay-prekeys-contract.ts'
import {
  accountOf,
  alices,
  append,
  appended,
  bobs,
  bytesOf,
  DAY_MS,
  deviceOf,
  idOf,
  KEPT_UNTIL_MS,
  keyOf,
  keysOf,
  LATER_MS,
  laptop,
  leftIds,
  listOf,
  type MakeStore,
  NOW_MS,
  openForEach,
  PLENTY,
  phone,
  range,
  readAll,
  statementOf,
  sweepAll,
} from './relay-store-samples.ts'

export const relayStoreContract = (make: MakeStore): void => {
  let store: Store
  const reopen = openForEach(make, (opened) => {
    store = opened
  })

  describe('mailboxes', () => mailboxesContract(make))
  describe('device directory and prekeys', () => prekeysContract(make))

  describe('sweeping', () => {
    it('drops statements and lists from that millisecond on; the keys of a device outlive its statement', async () => {
      await store.putDeviceList(accountOf(1), listOf(1, NOW_MS + 90 * DAY_MS), 0)
      await store.putStatement(phone, statementOf(NOW_MS), 0)
      await store.addOneTime(phone, 'x25519', keysOf(1, 4), 200)
      expect(await sweepAll(store, NOW_MS + 7 * DAY_MS - 1)).toBe(0)
      expect(await sweepAll(store, NOW_MS + 7 * DAY_MS)).toBe(1)
      expect(await store.getStatement(phone)).toBeUndefined()
      expect((await store.health()).devices).toBe(0)
      expect(await leftIds(store)).toEqual([1, 2, 3])
      expect(await store.getDeviceList(accountOf(1))).toEqual(listOf(1, NOW_MS + 90 * DAY_MS))
    })

    it('an account that goes takes its devices with it, and no other account', async () => {
      for (const account of [1, 2]) {
        const expiresAtMs = NOW_MS + account * 90 * DAY_MS
        await store.putDeviceList(accountOf(account), listOf(1, expiresAtMs), 0)
        await store.putStatement(deviceOf(account), statementOf(NOW_MS, NOW_MS + 1_000 * DAY_MS), 0)
        await store.addOneTime(deviceOf(account), 'x25519', keysOf(1, 4), 200)
      }
      await store.addOneTime(laptop, 'kem', [keyOf(5)], 200)
      await sweepAll(store, NOW_MS + 90 * DAY_MS)
      expect(await store.getDeviceList(accountOf(1))).toBeUndefined()
      expect(await store.getStatement(phone)).toBeUndefined()
      for (const device of [phone, laptop]) {
        expect(await store.listOneTime(device, 'x25519')).toEqual({ highestId: 0, keys: [] })
        expect(await store.listOneTime(device, 'kem')).toEqual({ highestId: 0, keys: [] })
      }
      expect(await store.getDeviceList(accountOf(2))).toBeDefined()
      expect(await leftIds(store, deviceOf(2))).toEqual([1, 2, 3])
      expect((await store.health()).devices).toBe(1)
      expect(await store.putDeviceList(accountOf(1), listOf(1), 0)).toEqual({ ok: true })
    })

    it('deletes so many rows at a time, until all are gone', async () => {
      await store.openMailboxes([alices, bobs], KEPT_UNTIL_MS)
      for (const number of range(0, 8))
        await appended(store, number % 2 ? alices : bobs, number, 40, NOW_MS + (number < 5 ? 0 : 1_000 * DAY_MS))
      await store.putDeviceList(accountOf(1), listOf(1, NOW_MS), 0)
      await store.putStatement(phone, statementOf(NOW_MS - 7 * DAY_MS), 0)
      await store.addOneTime(phone, 'x25519', keysOf(1, 8), 200)
      expect(await store.sweep(NOW_MS + 365 * DAY_MS, 0)).toBe(0)
      let gone = 0
      for (let last = 1; last > 0; gone += last) {
        last = await store.sweep(NOW_MS + 365 * DAY_MS, 3)
        expect(last).toBeLessThanOrEqual(3)
        if (last === 0) break
      }
      // Eight envelopes, two mailboxes, a statement, seven keys, the device and the list.
      expect(gone).toBe(20)
      expect(await store.health()).toMatchObject({ envelopes: 0, bytes: 0, mailboxes: 0, devices: 0 })
    })

    it('leaves alone what is not due', async () => {
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      await appended(store, alices, 1)
      expect(await store.sweep(NOW_MS, 1_000)).toBe(0)
      expect(await readAll(store, alices)).toHaveLength(1)
    })
  })

  describe('the whole', () => {
    it('has an id and a seed, drawn once', async () => {
      const { id, relaySeed } = store
      expect([id.length, relaySeed.length]).toEqual([16, 32])
      await reopen()
      expect([toHex(store.id), toHex(store.relaySeed)]).toEqual([toHex(id), toHex(relaySeed)])
      const other = await (await make()).open(PLENTY)
      expect(toHex(other.id)).not.toBe(toHex(id))
      expect(toHex(other.relaySeed)).not.toBe(toHex(relaySeed))
      await other.close()
    })

    it('is in good health, and says what it keeps', async () => {
      expect(await store.health()).toEqual({ ok: true, envelopes: 0, bytes: 0, mailboxes: 0, devices: 0 })
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      await appended(store, alices, 1)
      await store.putStatement(phone, statementOf(NOW_MS), 0)
      const expected = { ok: true, envelopes: 1, bytes: 40, mailboxes: 1, devices: 1 }
      expect(await store.health()).toEqual(expected)
      await reopen()
      expect(await store.health()).toEqual(expected)
    })

    it('does what was asked before it is closed, and nothing after', async () => {
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      const asked = range(0, 20).map((number) => append(store, alices, number))
      const closed = store.close()
      expect(await Promise.all(asked)).toEqual(range(0, 20).map(() => expect.any(Number)))
      await closed
      expect(await append(store, alices, 99)).toBe('in-doubt')
      expect(await store.openMailboxes([bobs], KEPT_UNTIL_MS)).toBe('in-doubt')
      expect(await store.closeMailboxes([alices])).toBe('in-doubt')
      expect(await store.acknowledge(alices, [1])).toBe('in-doubt')
      expect(await store.putDeviceList(accountOf(1), listOf(1), 0)).toEqual({ ok: false, reason: 'in-doubt' })
      expect(await store.putStatement(phone, statementOf(NOW_MS), 0)).toEqual({ ok: false, reason: 'in-doubt' })
      expect(await store.addOneTime(phone, 'kem', [keyOf(1)], 9)).toEqual({ ok: false, reason: 'in-doubt' })
      expect(await store.popOneTime(phone, 'kem')).toBeNull()
      expect(await store.keepOneTime(phone, 'kem', [])).toBe('in-doubt')
      expect(await store.dropDevice(phone)).toBe('in-doubt')
      expect(await store.sweep(LATER_MS, 100)).toBe(0)
      expect((await store.health()).ok).toBe(false)
      // Where nothing can be said, nothing is said.
      await expect(store.read(alices, 0, 1, 1, NOW_MS)).rejects.toThrow()
      await expect(store.waiting([alices], NOW_MS)).rejects.toThrow()
      await expect(store.getDeviceList(accountOf(1))).rejects.toThrow()
      await expect(store.getStatement(phone)).rejects.toThrow()
      await expect(store.listOneTime(phone, 'kem')).rejects.toThrow()
      await reopen()
      expect(await readAll(store, alices)).toEqual(range(0, 20).map((number) => bytesOf(number)))
    })

    it('throws at a caller who names nothing that can be, and takes nothing of others with it', async () => {
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      const outcomes = await Promise.allSettled([
        append(store, alices, 1),
        store.append('A11CE', idOf(1), bytesOf(1), LATER_MS),
        store.append(alices, 'id', bytesOf(1), LATER_MS),
        store.openMailboxes([alices.toUpperCase()], KEPT_UNTIL_MS),
        store.getStatement(`${accountOf(1)}/01`),
        store.putStatement(`${accountOf(1)}/4294967296`, statementOf(NOW_MS), 0),
        store.addOneTime(phone, 'kem', [keyOf(2), keyOf(2)], 9),
        store.addOneTime(phone, 'kem', [keyOf(0)], 9),
        append(store, alices, 2),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', ...range(0, 7).map(() => 'rejected'), 'fulfilled'])
      expect(await readAll(store, alices)).toHaveLength(2)
      expect((await store.listOneTime(phone, 'kem')).keys).toEqual([])
      expect((await store.health()).ok).toBe(true)
    })
  })
}
