import { describe, expect, it } from 'vitest'
import { introduce } from '../../src/messenger/own-prekeys.ts'
import { beginTurn } from '../../src/messenger/turn.ts'
import { upkeep } from '../../src/messenger/upkeep.ts'
import { readDeviceList } from '../../src/protocol/identity/identity.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createWorld } from '../support/world.ts'
import { bothReady, enterCode, expectFriends, isBroad, pair, quiet, seed, showCode } from './stories.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('a page that nobody touches', () => {
  it('turns once an hour and writes nothing for it but what time demands', async () => {
    const world = createWorld(`${seed}/upkeep/idle`)
    const alice = await world.addDevice('alice')
    const bob = await world.addDevice('bob')
    await pair(world, alice, bob)
    await expectFriends(world, alice, bob)
    await quiet(world, alice, bob)
    await world.pass(60_000)
    const [turns, bytes] = [alice.turns, alice.disk.bytesWritten]
    await world.pass(20 * HOUR_MS)
    expect(alice.turns - turns).toBeLessThanOrEqual(21)
    expect(alice.disk.bytesWritten - bytes).toBe(0)
    await expectFriends(world, alice, bob)
  })
})

if (isBroad) {
  describe('over months', () => {
    it('keys rotate and refill, the device list is renewed, and what has outlived its use goes', async () => {
      const world = createWorld(`${seed}/upkeep/months`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      bob.crash()
      const self = () => {
        const row = alice.held.self.get('self')
        if (row === undefined) throw new Error('no self')
        return row
      }
      for (let day = 0; day < 200; day += 10) {
        await world.pass(10 * DAY_MS)
        const { account, deviceList } = self()
        const nowMs = world.nowMs()
        expect(readDeviceList(deviceList, { accountKey: account.publicKey, nowMs, known: undefined })).toMatchObject({ ok: true })
        const signed = [...alice.held.signedPrekeys.values()].map(({ createdAtMs }) => nowMs - createdAtMs)
        expect(Math.min(...signed)).toBeLessThan(2 * DAY_MS + 2 * HOUR_MS)
        expect(Math.max(...signed)).toBeLessThan(42 * DAY_MS)
        const newest = Math.max(...[...alice.held.statements.values()].map(({ expiresAtMs }) => expiresAtMs))
        expect(newest - nowMs).toBeGreaterThan(3 * DAY_MS)
        expect(alice.held.statements.size).toBeLessThan(25)
        for (const { createdAtMs } of alice.held.oneTimeX25519.values()) expect(nowMs - createdAtMs).toBeLessThan(84 * DAY_MS)
        for (const { createdAtMs } of alice.held.kemBatches.values()) expect(nowMs - createdAtMs).toBeLessThan(84 * DAY_MS)
        expect(alice.held.kemBatches.size).toBeLessThan(5)
      }
      const read = readDeviceList(self().deviceList, { accountKey: self().account.publicKey, nowMs: world.nowMs(), known: undefined })
      expect(read.ok && read.list.version).toBeGreaterThan(2)
      expect(self().nextOneTimeKemId).toBeGreaterThan(101)
      expect(alice.disk.count('seen')).toBe(0)
      await bob.open()
      await expectFriends(world, alice, bob)
      const carol = await world.addDevice('carol')
      await pair(world, alice, carol)
      await expectFriends(world, alice, carol)
    })

    it('one-time keys are made again when few are left, under ids that only grow', async () => {
      const world = createWorld(`${seed}/upkeep/refill`)
      const alice = await world.addDevice('alice')
      await world.pass(1_000)
      const random = seededRandom('refill')
      const turn = beginTurn(alice.held, alice.live, world.nowMs(), random)
      const given = Array.from({ length: 85 }, () => introduce(turn, random(32)).bundle)
      expect(new Set(given.map((bundle) => Buffer.from(bundle).toString('base64'))).size).toBe(85)
      upkeep(turn)
      expect(
        turn
          .all('oneTimeX25519')
          .map(([, { id }]) => id)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
      expect(
        turn
          .all('kemBatches')
          .map(([, { batch }]) => batch.firstId)
          .sort((a, b) => a - b),
      ).toEqual([1, 101])
      expect([turn.get('self', 'self')?.nextOneTimeX25519Id, turn.get('self', 'self')?.nextOneTimeKemId]).toEqual([201, 201])
      // A fresh statement names both batches; more introductions than one batch holds still get a key of their own.
      for (let i = 0; i < 60; i++) introduce(turn, random(32))
      expect(turn.all('kemBatches').reduce((sum, [, row]) => sum + row.given.length, 0)).toBe(145)
    })

    it('a pairing that nobody answers vanishes after 30 days', async () => {
      const world = createWorld(`${seed}/upkeep/offer`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await world.pass(1_000)
      enterCode(bob, await showCode(world, alice))
      await world.until('answered', () => alice.pairing?.phase === 'unconfirmed')
      bob.crash()
      await world.pass(29 * DAY_MS)
      expect(alice.held.offers.size).toBe(1)
      await world.pass(2 * DAY_MS)
      expect(alice.held.offers.size).toBe(0)
      expect(alice.events.findLast(({ type }) => type === 'unconfirmed-changed')).toEqual({ type: 'unconfirmed-changed', unconfirmed: 0 })
      expect(alice.contacts).toEqual([])
      alice.command({ type: 'cancel-pairing' })
      await bob.open()
      enterCode(bob, await showCode(world, alice))
      await bothReady(world, alice, bob)
    })
  })
}
