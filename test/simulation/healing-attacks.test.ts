// What strangers and relays put at the addresses of two people who talk: it renews no session, and costs them little. The
// control is the same with sessions that are really broken (docs/protocols/session-healing.md, Attacks).

import { describe, expect, it } from 'vitest'
import { mutate } from '../support/garbage.ts'
import { seededRandom } from '../support/seeded-random.ts'
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
import { addressFor, arrive } from './forging.ts'
import { cases, idOf, isBroad, quiet, seed, send, texts } from './stories.ts'

/** An envelope that a device handed to the relay. */
interface Deposited {
  readonly by: Device
  readonly envelope: Uint8Array
  /** Whether the relay shall keep it: presences are live only. */
  readonly isKept: boolean
}

/** Everything that leaves for mailboxes from now on, oldest first. */
const watchDeposits = (world: World): readonly Deposited[] => {
  const seen: Deposited[] = []
  const before = world.onPost
  world.onPost = (device, message) => {
    before(device, message)
    if (message.type !== 'order' || message.order.type !== 'relay-send' || message.order.request.type !== 'deposit') return
    const { envelope, liveOnly } = message.order.request
    seen.push({ by: device, envelope, isKept: !liveOnly })
  }
  return seen
}

const LENGTH = 4_032
/** Where what a session encrypted begins: behind version, kind and id, version and type. */
const MESSAGE = 20

/** Positions that the relay has not given to anything. */
let position = 1_000_000
const inject = (device: Device, from: Device, envelope: Uint8Array): void => arrive(device, idOf(from), envelope, position++)

type Forge = (tools: {
  readonly world: World
  readonly random: (length: number) => Uint8Array
  readonly seen: readonly Deposited[]
}) => Uint8Array

const flipped = (world: World, bytes: Uint8Array, from: number): Uint8Array => {
  const at = from + world.chance(bytes.length - from)
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << world.chance(8)))
}
const anyOf = (world: World, seen: readonly Deposited[]): Uint8Array =>
  seen[world.chance(Math.max(1, seen.length))]?.envelope ?? new Uint8Array(LENGTH)
const framed = (random: (length: number) => Uint8Array, ...head: readonly number[]): Uint8Array => {
  const bytes = random(LENGTH)
  bytes.set([1, 1])
  bytes.set(head, 18)
  return bytes
}

/** In form a message of a session that nobody has: version, random nonce, length of a sealed header, and no key opens it. */
const ofNoSession = (random: (length: number) => Uint8Array): Uint8Array => {
  const bytes = framed(random, 1, 2, 1)
  bytes.set([0x09, 0x19], MESSAGE + 25)
  return bytes
}

const garbage: Readonly<Record<string, Forge>> = {
  'random bytes': ({ random }) => random(LENGTH),
  'a message of no session': ({ random }) => ofNoSession(random),
  'a first message under random prekeys': ({ random }) => framed(random, 1, 1, 6, 0x6b, 1),
  'an altered copy': ({ seen, world }) => flipped(world, anyOf(world, seen), MESSAGE),
  'an altered copy under another id': ({ random, seen, world }) => {
    const copy = Uint8Array.from(anyOf(world, seen))
    copy.set(random(16), 2)
    return copy
  },
  'a mutilated copy': ({ random, seen, world }) => mutate(random, anyOf(world, seen)),
  'a truncated copy': ({ seen, world }) => anyOf(world, seen).slice(0, world.chance(LENGTH)),
  'a repeat': ({ seen, world }) => anyOf(world, seen),
  'a sealed envelope': ({ random }) => framed(random).with(1, 2),
}

/** Garbage of a kind arrives at both, again and again, while they talk. */
const pester = async (all: Friends, kind: Forge, minutes: number): Promise<void> => {
  const { world, alice, bob } = all
  const seen = watchDeposits(world)
  const random = seededRandom(`${seed}/pester`)
  for (let minute = 0; minute < minutes; minute++) {
    for (const [to, from] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      if (minute % 4 === 0) send(from, idOf(to), `${from.name} ${minute}`)
      for (let i = 0; i < 3; i++) inject(to, from, kind({ world, random, seen: seen.filter(({ isKept }) => isKept) }))
    }
    await world.pass(MINUTE_MS)
    // How often was asked is known after a restart.
    if (minute % 25 !== 24) continue
    for (const device of [alice, bob]) {
      device.crash()
      await device.open()
    }
  }
}

const expectUndisturbed = (all: Friends, session: string | undefined): void => {
  const { alice, bob } = all
  for (const device of [alice, bob]) {
    expect(all.renewedAtMs(device)).toEqual([])
    expect(sessionOf(device)).toBe(session)
  }
  expectLines(all, 0)
}

describe('what is injected at an address', () => {
  it.each(Object.keys(garbage).filter((_, i) => isBroad || i === 1))('renews nothing: %s', async (name) => {
    const kind = garbage[name]
    if (kind === undefined) throw new Error(name)
    const all = await friends(`garbage/${name}`)
    const { world, alice, bob } = all
    const session = sessionOf(alice)
    await pester(all, kind, 75)
    await quiet(world, alice, bob)
    expectUndisturbed(all, session)
    for (const device of [alice, bob]) {
      // One session to ask in for as long as its statement is good, whatever comes.
      expect(all.fetched(device)).toBeLessThanOrEqual(1)
      const asked = all.askedAtMs(device)
      for (const atMs of asked) expect(asked.filter((each) => each >= atMs && each < atMs + HOUR_MS).length).toBeLessThanOrEqual(3)
      // What has the form of something of theirs is asked about, so this is no test of silence.
      if (['a message of no session', 'an altered copy'].includes(name)) expect(asked.length).toBeGreaterThan(3)
    }
    for (const [to, from] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      expect((await inbox(world, to, from)).filter((text) => /^(alice|bob) \d+$/.test(text))).toHaveLength(19)
    // Control: in the midst of it, what is broken is renewed.
    await loseSessions(world, alice)
    await pester(all, kind, 5)
    await quiet(world, alice, bob)
    expectLines(all, 1)
    expect(sessionOf(alice)).toBe(sessionOf(bob))
    expect(sessionOf(alice)).not.toBe(session)
  })
})

if (isBroad) {
  describe('a relay', () => {
    it('that brings altered copies in the place of what was deposited delays it and renews nothing', async () => {
      for (const i of cases(0.03)) {
        const all = await friends(`replaces ${i}`)
        const { world, alice, bob } = all
        const session = sessionOf(alice)
        world.says = (reply) =>
          reply.type === 'envelope' && reply.position > 0 && world.chance(3) === 0
            ? [{ ...reply, envelope: flipped(world, reply.envelope, MESSAGE) }]
            : [reply]
        for (let round = 0; round < 10; round++) {
          send(alice, idOf(bob), `a${round}`)
          send(bob, idOf(alice), `b${round}`)
          await world.pass(10 * MINUTE_MS)
        }
        world.says = (reply) => [reply]
        await world.until('nothing waits', () => [alice, bob].every(({ held }) => held.outbox.size === 0), DAY_MS)
        expectUndisturbed(all, session)
        for (const device of [alice, bob]) expect(device.messages.filter(({ direction }) => direction === 'in').length).toBe(10)
      }
    })

    it('that brings what is for others renews nothing', async () => {
      const all = await friends('for others')
      const { world, alice, bob } = all
      const session = sessionOf(alice)
      const seen = watchDeposits(world)
      await talk(all)
      // Their own come back to who made them, and what waits for one is brought to the other.
      for (const { by, envelope } of seen.slice()) {
        inject(by, by === alice ? bob : alice, envelope)
        await world.pass(1_000)
      }
      await world.pass(2 * HOUR_MS)
      expectUndisturbed(all, session)
    })
  })

  describe('who asks', () => {
    /** Bob has something that Alice cannot open; what she asks is caught. */
    const asked = async (name: string, isBroken: boolean) => {
      const all = await friends(name)
      const { world, alice, bob } = all
      const image = alice.disk.copy()
      const seen = watchDeposits(world)
      if (isBroken) {
        await talk(all, 2)
        await rollBack(alice, image)
        send(bob, idOf(alice), 'cannot be opened')
      } else inject(alice, bob, ofNoSession(seededRandom('asked')))
      await world.until('alice asks', () => [...alice.held.outbox.values()].some(({ isAsk }) => isAsk === true))
      const ask = [...alice.held.outbox.values()].find(({ isAsk }) => isAsk === true)?.envelope?.bytes
      if (ask === undefined) throw new Error('no question')
      return { ...all, ask, seen }
    }

    it('about what was never made is told so, keeps its session, and takes none of the prekeys', async () => {
      const { world, alice, bob, ask, ...rest } = await asked('not broken', false)
      const session = sessionOf(bob)
      const before = bob.held
      await quiet(world, alice, bob)
      expect(bob.live.refusals['not-broken']).toBe(1)
      expect(alice.held.outbox.size + bob.held.outbox.size).toBe(0)
      // Its turns moved on with what was confirmed; nothing has begun, and nothing was spent.
      expect([...bob.held.sessions.values()][0]?.previous).toEqual([...before.sessions.values()][0]?.previous)
      expect(bob.held.oneTimeX25519).toBe(before.oneTimeX25519)
      expect(bob.held.kemBatches).toBe(before.kemBatches)
      // The relay brings it again and again: it is answered with the same word.
      for (let i = 0; i < 5; i++) {
        inject(bob, alice, ask)
        await world.pass(MINUTE_MS)
      }
      expect(bob.live.refusals['not-broken']).toBe(1)
      expectUndisturbed({ ...rest, world, alice, bob }, session)
    })

    it('once is heard once: neither a repeat nor a copy at another address does anything', async () => {
      const all = await asked('repeated question', true)
      const { world, alice, bob, ask } = all
      await quiet(world, alice, bob)
      expectLines(all, 1)
      const session = sessionOf(bob)
      await talk(all, 1)
      for (const hours of [0, 1, 30]) {
        await world.pass(hours * HOUR_MS)
        inject(bob, alice, ask)
        bob.report({
          type: 'relay-received',
          connection: 'listen',
          reply: { type: 'envelope', address: addressFor(alice, idOf(bob)), position: 0, envelope: ask },
        })
        await world.pass(1_000)
        expect(sessionOf(bob)).toBe(session)
      }
      expectLines(all, 1)
      await talk(all, 1)
      expect(sessionOf(alice)).toBe(session)
    })

    it('about what nobody remembers is sent something to find out, and is believed once it names that', async () => {
      const all = await friends('find out')
      const { world, alice, bob } = all
      const image = alice.disk.copy()
      const seen = watchDeposits(world)
      await talk(all, 2)
      const receipt = seen.findLast(({ by, isKept }) => by === bob && isKept)?.envelope
      if (receipt === undefined) throw new Error('no receipt')
      bob.crash()
      await bob.open()
      await rollBack(alice, image)
      const before = all.askedAtMs(alice).length
      inject(alice, bob, receipt)
      await world.until('it is renewed', () => lines(alice, bob) + lines(bob, alice) === 2, MINUTE_MS)
      expect(bob.live.refusals['not-broken']).toBe(1)
      // About the receipt, about what Bob sent then, and perhaps about his answer.
      expect([2, 3]).toContain(all.askedAtMs(alice).length - before)
      expect(all.fetched(alice)).toBe(1)
      await talk(all, 1)
      expect(sessionOf(alice)).toBe(sessionOf(bob))
    })

    it('is heard once an hour, and again after it', async () => {
      const all = await friends('twice in an hour')
      const { world, alice, bob } = all
      for (const round of [1, 2]) {
        const image = alice.disk.copy()
        await talk(all, 2)
        await rollBack(alice, image)
        const wroteAtMs = world.nowMs()
        send(bob, idOf(alice), `cannot be opened ${round}`)
        await world.until('it arrives', () => texts(alice, 'in').includes(`cannot be opened ${round}`), 3 * HOUR_MS)
        if (round === 1) expect(world.nowMs() - wroteAtMs).toBeLessThan(MINUTE_MS)
        await quiet(world, alice, bob)
        expect(all.renewedAtMs(bob)).toHaveLength(round)
      }
      const [first = 0, second = 0] = all.renewedAtMs(bob)
      expect(second - first).toBeGreaterThanOrEqual(HOUR_MS)
      expect(lines(bob, alice)).toBe(2)
    })
  })
}
