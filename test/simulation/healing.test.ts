// Sessions that break: a side that lost them, or has an older disk back. Both go over to fresh ones by themselves, what was not
// acknowledged arrives once, and each conversation says so in one line (docs/protocols/session-healing.md). What is injected
// from outside: healing-attacks.test.ts.

import { describe, expect, it } from 'vitest'
import type { MemoryDisk } from '../support/memory-store.ts'
import type { Device, World } from '../support/world.ts'
import {
  DAY_MS,
  expectLines,
  type Friends,
  friends,
  HOUR_MS,
  inbox,
  lines,
  loseSessions,
  MINUTE_MS,
  rollBack,
  sessionOf,
  talk,
} from './broken.ts'
import { accept, introduced } from './introduced.ts'
import { cases, expectFriends, idOf, isBroad, openAll, quiet, send, texts } from './stories.ts'

/** Nothing waits any more. What broke again within an hour is renewed after it. */
const settle = async ({ world, alice, bob }: Pick<Friends, 'world' | 'alice' | 'bob'>): Promise<void> => {
  await world.until('nothing waits', () => [alice, bob].every(({ held }) => held.outbox.size === 0), 30 * HOUR_MS)
  // Receipts are under way still.
  await world.pass(1_000)
}

const bothWays = ({ alice, bob }: Friends): readonly (readonly [Device, Device])[] => [
  [alice, bob],
  [bob, alice],
]

/** Both write, all of it arrives once and in order, and they are in one session. */
const expectWhole = async (all: Friends): Promise<void> => {
  const { world, alice, bob } = all
  const before = { alice: (await inbox(world, alice, bob)).length, bob: (await inbox(world, bob, alice)).length }
  const words = ['x', 'y', 'z']
  for (const word of words) {
    send(alice, idOf(bob), word)
    send(bob, idOf(alice), word)
    await world.pass(200)
  }
  await settle(all)
  expect((await inbox(world, bob, alice)).slice(before.bob)).toEqual(words)
  expect((await inbox(world, alice, bob)).slice(before.alice)).toEqual(words)
  expect(sessionOf(alice)).toBe(sessionOf(bob))
}

describe('a side that lost its sessions', () => {
  it.each(
    (
      [
        ['who lost them writes', 'alice', false],
        ['the other one writes', 'bob', false],
        ['on a direct line, the other one writes', 'bob', true],
      ] as const
    ).filter((_, i) => isBroad || i === 0),
  )('begins anew: %s', async (name, writer, direct) => {
    const all = await friends(name, direct)
    const { world, alice, bob } = all
    const [from, to] = writer === 'alice' ? [alice, bob] : [bob, alice]
    if (direct) from.command({ type: 'open-conversation', contactId: idOf(to) })
    // What waits at that moment is encrypted for a session that is gone.
    world.setRelayUp(false)
    send(bob, idOf(alice), 'under way')
    await world.pass(1_000)
    await loseSessions(world, alice)
    world.setRelayUp(true)
    send(from, idOf(to), 'one')
    send(from, idOf(to), 'two')
    await quiet(world, alice, bob)
    expect((await inbox(world, to, from)).slice(-2)).toEqual(['one', 'two'])
    expect((await inbox(world, alice, bob)).filter((text) => text === 'under way')).toHaveLength(1)
    expectLines(all, 1)
    await expectWhole(all)
    expectLines(all, 1)
  })
})

if (isBroad) {
  describe('a side that lost its sessions', () => {
    it('says so though nobody writes, once the other one is there', async () => {
      const all = await friends('nobody writes')
      const { world, alice, bob } = all
      bob.crash()
      await loseSessions(world, alice)
      await world.pass(HOUR_MS)
      expect(lines(alice, bob), 'before the other one has answered').toBe(0)
      await bob.open()
      await quiet(world, alice, bob)
      expectLines(all, 1)
    })

    it('and the other one too: they meet in one session', async () => {
      const all = await friends('both')
      const { world, alice, bob } = all
      await loseSessions(world, alice)
      await loseSessions(world, bob)
      send(alice, idOf(bob), 'hello')
      send(bob, idOf(alice), 'hello')
      await quiet(world, alice, bob)
      await expectWhole(all)
      expectLines(all, 1)
    })

    it('and waits for the other one for longer than the keys it began with are good: what it wrote since then leaves with the answer', async () => {
      const all = await friends('answered late')
      const { world, alice, bob } = all
      bob.crash()
      await loseSessions(world, alice)
      send(alice, idOf(bob), 'one')
      await world.until('the relay keeps it', () => alice.messages.at(-1)?.state === 'on-relay', HOUR_MS)
      await world.pass(8 * DAY_MS)
      send(alice, idOf(bob), 'two')
      await world.pass(MINUTE_MS)
      expect([...alice.held.outbox.values()].some(({ envelope }) => envelope === undefined)).toBe(true)
      // His new keys do not get to the relay before his answer.
      world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
      await bob.open()
      await settle(all)
      expect((await inbox(world, bob, alice)).slice(-2)).toEqual(['one', 'two'])
    })

    it('over and over begins anew once an hour at the most, and nothing is lost', async () => {
      const all = await friends('loops')
      const { world, alice, bob } = all
      const sent: string[] = []
      for (let round = 0; round < 30; round++) {
        sent.push(`m${round}`)
        send(alice, idOf(bob), `m${round}`)
        await world.pass(1_000)
        if (round % 3 === 0) await loseSessions(world, alice)
        await world.pass(10 * MINUTE_MS)
      }
      await settle(all)
      expect((await inbox(world, bob, alice)).slice(-sent.length).toSorted()).toEqual(sent.toSorted())
      for (const device of [alice, bob]) {
        const times = all.renewedAtMs(device)
        expect(times.length).toBeGreaterThan(2)
        for (const [i, atMs] of times.entries()) expect(atMs - (times[i - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(HOUR_MS)
      }
    })
  })

  describe('a side with an older disk', () => {
    it.each([
      ['writes', 'alice', false],
      ['is written to', 'bob', false],
      ['is written to while it writes', 'both', false],
      ['writes on a direct line', 'alice', true],
      ['is written to while it writes on a direct line', 'both', true],
    ] as const)('%s, and both are in a fresh session', async (name, writer, direct) => {
      const all = await friends(`older disk ${name}`, direct)
      const { world, alice, bob } = all
      if (direct)
        for (const [one, other] of [
          [alice, bob],
          [bob, alice],
        ] as const)
          one.command({ type: 'open-conversation', contactId: idOf(other) })
      await talk(all, 1)
      const image = alice.disk.copy()
      await talk(all, 2)
      await rollBack(alice, image)
      if (writer !== 'bob') send(alice, idOf(bob), 'from alice')
      if (writer !== 'alice') send(bob, idOf(alice), 'from bob')
      await quiet(world, alice, bob)
      await expectWhole(all)
      if (writer !== 'bob') expect((await inbox(world, bob, alice)).filter((text) => text === 'from alice')).toHaveLength(1)
      if (writer !== 'alice') expect((await inbox(world, alice, bob)).filter((text) => text === 'from bob')).toHaveLength(1)
      expectLines(all, 1)
    })

    it('of five days ago has none of the keys that it has published since', async () => {
      const all = await friends('five days')
      const { world, alice, bob } = all
      const image = alice.disk.copy()
      await world.pass(5 * DAY_MS)
      await talk(all, 1)
      await rollBack(alice, image)
      send(bob, idOf(alice), 'are you there?')
      await quiet(world, alice, bob)
      await expectWhole(all)
      expectLines(all, 1)
    })

    it('and the other one too, both writing at once: one session wins', async () => {
      for (const i of cases(0.03)) {
        const all = await friends(`glare ${i}`, i % 2 === 1)
        const { world, alice, bob } = all
        const images = { alice: alice.disk.copy(), bob: bob.disk.copy() }
        await talk(all, 1)
        const later = bob.disk.copy()
        await talk(all, 1)
        alice.restore(images.alice)
        bob.restore(i % 3 === 0 ? images.bob : later)
        await openAll(alice, bob)
        send(alice, idOf(bob), 'at once')
        send(bob, idOf(alice), 'at once')
        await quiet(world, alice, bob)
        await expectWhole(all)
        for (const device of [alice, bob]) expect(all.renewedAtMs(device).length).toBeLessThanOrEqual(1)
        expect(lines(alice, bob)).toBe(lines(bob, alice))
      }
    })

    it('from before an introduced person was told its address', async () => {
      const { world, alice, bob, carol } = await introduced('healing/introduced')
      accept(alice, bob)
      accept(bob, alice)
      bob.crash()
      send(alice, idOf(bob), 'first')
      await world.pass(5_000)
      const image = alice.disk.copy()
      await bob.open()
      await quiet(world, alice, bob, carol)
      const all = { world, alice, bob, renewedAtMs: () => [], askedAtMs: () => [], fetched: () => 0 }
      await talk(all, 2)
      await rollBack(alice, image)
      send(bob, idOf(alice), 'later')
      await settle(all)
      await expectFriends(world, alice, bob)
      expect((await inbox(world, alice, bob)).filter((text) => text === 'later')).toHaveLength(1)
    })
  })

  describe('a crash', () => {
    it('at any commit of the renewal loses nothing, and the renewal goes on', async () => {
      for (const i of cases(0.16)) {
        const all = await friends(`crash ${i}`, i % 4 === 3)
        const { world, alice, bob } = all
        const image = alice.disk.copy()
        await talk(all, 1)
        if (i % 2 === 0) await loseSessions(world, alice)
        else await rollBack(alice, image)
        const device = [alice, bob][(i >> 1) % 2] ?? alice
        device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(14))
        for (const [from, to] of bothWays(all)) send(from, idOf(to), `${from.name} ${i}`)
        for (let wait = 0; wait < 30 && device.isOpen; wait++) await world.pass(2_000)
        // So many commits it may not have come to.
        device.crash()
        await openAll(alice, bob)
        await settle(all)
        for (const [from, to] of bothWays(all)) {
          await inbox(world, from, to)
          // What a crash took before it was kept was never written.
          const written = texts(from, 'out').filter((text) => text === `${from.name} ${i}`)
          expect((await inbox(world, to, from)).filter((text) => text === `${from.name} ${i}`)).toEqual(written)
        }
        await expectWhole(all)
        expectLines(all, 1)
      }
    })
  })

  describe('a storm', () => {
    it('of disks that are put back, also both at once and again within the hour, sessions that are lost, clocks that are wrong and crashes ends with both in one session, and nothing doubled', async () => {
      for (const i of cases(0.03)) {
        const all = await friends(`storm ${i}`, i % 2 === 0)
        await storm(all)
        const { world, alice, bob } = all
        // A crash may be due still.
        for (const device of [alice, bob]) {
          device.crash()
          device.clockErrorMs = 0
        }
        await openAll(alice, bob)
        await settle(all)
        await expectNothingLost(all)
        await expectWhole(all)
        const before = [all.renewedAtMs(alice).length, all.renewedAtMs(bob).length]
        for (let day = 0; day < 2; day++) {
          await world.pass(DAY_MS)
          await talk(all, 1)
        }
        expect([all.renewedAtMs(alice).length, all.renewedAtMs(bob).length], 'nothing is renewed once nothing breaks').toEqual(before)
      }
    })
  })
}

/** Texts that a device had and that were taken from its disk when nobody had them to send again. */
const gone = new WeakMap<Device, Set<string>>()

const storm = async (all: Friends): Promise<void> => {
  const { world, alice, bob } = all
  const images = new Map([alice, bob].map((device) => [device, [device.disk.copy()]]))
  const putBothBack = async (): Promise<void> => {
    for (const [device, other] of bothWays(all)) {
      if (!device.isOpen) await device.open()
      await putBack(world, device, other, images.get(device) ?? [])
    }
  }
  for (let round = 0; round < 30; round++) {
    if (world.chance(10) === 0) {
      await putBothBack()
      await world.pass(world.chance(59) * MINUTE_MS)
      if (world.chance(3) === 0) await putBothBack()
    }
    for (const [device, other] of bothWays(all)) {
      const dice = world.chance(22)
      if (!device.isOpen) {
        if (dice < 12) await device.open()
      } else if (dice < 11) send(device, idOf(other), `${device.name} ${world.nowMs()} ${round}`)
      else if (dice === 11) device.crash()
      else if (dice === 12) device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(6))
      else if (dice === 13) world.cutLinks(world.chance(3) * 3_000)
      else if (dice === 14) await loseSessions(world, device)
      else if (dice === 15) await putBack(world, device, other, images.get(device) ?? [])
      else if (dice === 16) device.command({ type: 'open-conversation', contactId: idOf(other) })
      else if (dice === 17) device.clockErrorMs = (world.chance(11) - 5) * HOUR_MS
      else images.get(device)?.push(device.disk.copy())
    }
    await world.pass(world.chance(4) === 0 ? world.chance(90) * MINUTE_MS : world.chance(20_000))
  }
}

const putBack = async (world: World, device: Device, other: Device, images: readonly MemoryDisk[]): Promise<void> => {
  const image = images[world.chance(images.length)]
  if (image === undefined) return
  const had = await inbox(world, device, other)
  await rollBack(device, image.copy())
  const has = new Set(await inbox(world, device, other))
  const waiting = new Set((other.isOpen ? [...other.held.outbox.values()] : []).map(({ contentId }) => contentId))
  const stillSent = new Set(other.messages.filter(({ messageId }) => waiting.has(messageId)).map(({ text }) => text))
  const lost = gone.get(device) ?? new Set()
  for (const text of had) if (!has.has(text) && !stillSent.has(text)) lost.add(text)
  gone.set(device, lost)
}

const expectNothingLost = async (all: Friends): Promise<void> => {
  const { world } = all
  for (const [from, to] of bothWays(all)) {
    const shown = await inbox(world, to, from)
    expect(new Set(shown).size, `${to.name} has nothing twice`).toBe(shown.length)
    await inbox(world, from, to)
    const written = texts(from, 'out').filter((text) => text.startsWith(`${from.name} `))
    const missing = written.filter((text) => !shown.includes(text) && gone.get(to)?.has(text) !== true)
    expect(missing, `${from.name} to ${to.name}`).toEqual([])
    expect(from.messages.filter(({ direction, state }) => direction === 'out' && state !== 'delivered')).toEqual([])
  }
}
