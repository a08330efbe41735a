// Two devices on a line that reorders, loses and repeats, and that both may begin sessions on at any time: whatever
// happened, everything that arrived was read once, and as soon as they hear from each other they are in one session.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BundleWithKeys, PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type Sent, type SessionDevice, sessionDevice } from '../../../test/support/session-device.ts'
import { toHex } from '../../crypto/bytes.ts'

type Side = 0 | 1

type Act =
  | { readonly type: 'begin'; readonly side: Side }
  | { readonly type: 'say'; readonly side: Side }
  /** One of the envelopes under way to that side arrives; `keep` leaves a copy under way. */
  | { readonly type: 'deliver'; readonly side: Side; readonly which: number; readonly keep: boolean }
  | { readonly type: 'lose'; readonly side: Side; readonly which: number }
  | { readonly type: 'damage'; readonly side: Side; readonly which: number; readonly place: number }
  | { readonly type: 'lose-record'; readonly side: Side }

const side = fc.constantFrom<Side>(0, 1)
const which = fc.nat(1000)
const acts: { readonly [Type in Act['type']]: fc.Arbitrary<Act> } = {
  begin: fc.record({ type: fc.constant('begin'), side }),
  say: fc.record({ type: fc.constant('say'), side }),
  deliver: fc.record({ type: fc.constant('deliver'), side, which, keep: fc.boolean() }),
  lose: fc.record({ type: fc.constant('lose'), side, which }),
  damage: fc.record({ type: fc.constant('damage'), side, which, place: fc.nat(5000) }),
  'lose-record': fc.record({ type: fc.constant('lose-record'), side }),
}

const story = (weights: { readonly [Type in Act['type']]?: number }): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.oneof(
      ...Object.entries(weights).map(([type, weight]) => ({
        weight,
        // The names of the weights are names of acts.
        arbitrary: acts[type as Act['type']],
      })),
    ),
    { minLength: 1, maxLength: 40 },
  )

const other = (side: Side): Side => (side === 0 ? 1 : 0)

const WEEK_MS = 7 * 86_400_000

/** So few that no session is ever pushed out of a record, and every beginning has one-time keys of its own. */
const MAX_BEGINNINGS = 6

interface World {
  readonly devices: readonly [SessionDevice, SessionDevice]
  /** Envelopes under way to each side. */
  readonly underWay: readonly [Sent[], Sent[]]
  /** How often each text was read. */
  readonly readCounts: Map<string, number>
  /** Texts of which at least one whole copy arrived. */
  readonly arrived: Set<string>
  beginnings: number
  said: number
  nowMs: number
}

const newWorld = (seed: number): World => ({
  devices: [sessionDevice('alice', seed), sessionDevice('bob', seed)],
  underWay: [[], []],
  readCounts: new Map(),
  arrived: new Set(),
  beginnings: 0,
  said: 0,
  nowMs: PEOPLE_NOW_MS,
})

const begin = (world: World, by: Side): void => {
  const them = world.devices[other(by)]
  const renewed: SessionDevice = { ...them, person: { ...them.person, bundle: (number) => renew(them.person.bundle(number), world.nowMs) } }
  expect(world.devices[by].begin(renewed, world.beginnings++, world.nowMs).ok).toBe(true)
}

/** As the device itself would have signed it today. */
const renew = (given: BundleWithKeys, nowMs: number): BundleWithKeys => ({
  ...given,
  bundle: { ...given.bundle, expiresAtMs: nowMs + WEEK_MS },
})

const say = (world: World, by: Side): Sent => {
  const sent = world.devices[by].say(`text ${world.said++}`, world.nowMs)
  world.underWay[other(by)].push(sent)
  return sent
}

const hear = (world: World, by: Side, sent: Sent): string => {
  const heard = world.devices[by].hear(world.devices[other(by)], sent, { nowMs: world.nowMs })
  if (!heard.ok) return heard.reason
  world.readCounts.set(sent.text, (world.readCounts.get(sent.text) ?? 0) + 1)
  expect(String.fromCharCode(...heard.plaintext)).toBe(sent.text)
  return 'read'
}

const perform = (world: World, act: Act): void => {
  world.nowMs += 1
  const device = world.devices[act.side]
  switch (act.type) {
    case 'begin':
      if (world.beginnings < MAX_BEGINNINGS) begin(world, act.side)
      return
    case 'say':
      if (device.record.current !== undefined) say(world, act.side)
      else if (world.beginnings < MAX_BEGINNINGS) begin(world, act.side)
      return
    case 'lose-record':
      device.loseRecord()
      return
    case 'deliver':
    case 'damage':
    case 'lose':
      arrive(world, act)
  }
}

const arrive = (world: World, act: Extract<Act, { readonly which: number }>): void => {
  const underWay = world.underWay[act.side]
  const index = act.which % Math.max(underWay.length, 1)
  const sent = underWay[index]
  if (sent === undefined) return
  const device = world.devices[act.side]
  if (act.type === 'damage') {
    const before = device.record
    const copy = structuredClone(before)
    const message = sent.message.map((byte, i) => (i === act.place % sent.message.length ? byte ^ 0x20 : byte))
    expect(hear(world, act.side, { ...sent, message })).not.toBe('read')
    expect(device.record).toBe(before)
    expect(device.record).toEqual(copy)
    return
  }
  if (act.type === 'lose' || !act.keep) underWay.splice(index, 1)
  if (act.type === 'lose') return
  world.arrived.add(sent.text)
  hear(world, act.side, sent)
}

/** What is under way arrives. */
const drain = (world: World): void => {
  for (const side of [0, 1] as const) {
    while (world.underWay[side].length > 0) perform(world, { type: 'deliver', side, which: 0, keep: false })
  }
}

/** The line is good: each side says something and the other hears it, three times. */
const talk = (world: World): void => {
  for (let round = 0; round < 3; round++) {
    for (const by of [0, 1] as const) {
      if (world.devices[by].record.current === undefined) continue
      say(world, by)
      drain(world)
    }
  }
}

const expectOneSession = ({ devices: [alice, bob] }: World): void => {
  expect(toHex(alice.record.current?.baseKey ?? new Uint8Array(0))).toBe(toHex(bob.record.current?.baseKey ?? new Uint8Array(0)))
  expect(alice.record.turn).toBe(bob.record.turn)
}

describe('two devices', () => {
  it('read everything that arrives, once, and end in one session', () => {
    fc.assert(
      fc.property(fc.nat(), story({ begin: 2, say: 8, deliver: 8, lose: 2, damage: 2 }), (seed, story) => {
        const world = newWorld(seed)
        for (const act of story) perform(world, act)
        drain(world)
        talk(world)
        for (const text of world.arrived) expect(world.readCounts.get(text), text).toBe(1)
        for (const [text, count] of world.readCounts) expect(count, text).toBe(1)
        expectOneSession(world)
        for (const device of world.devices) {
          if (device.record.current !== undefined) expect(device.record.current.phase).not.toBe('unanswered')
        }
      }),
    )
  })

  it('end in one session even if one of them loses its record, once a statement has had its time', () => {
    fc.assert(
      fc.property(fc.nat(), side, story({ begin: 2, say: 8, deliver: 8, lose: 2, 'lose-record': 1 }), (seed, forgetful, story) => {
        const world = newWorld(seed)
        for (const act of story) perform(world, act.type === 'lose-record' ? { ...act, side: forgetful } : act)
        drain(world)
        talk(world)
        // What nobody answered in a week has stopped; whoever has no session that works begins one.
        world.nowMs += WEEK_MS
        for (const by of [0, 1] as const) {
          const { current } = world.devices[by].record
          if (current === undefined || current.phase === 'unanswered') begin(world, by)
          say(world, by)
          drain(world)
        }
        talk(world)
        for (const [text, count] of world.readCounts) expect(count, text).toBe(1)
        expectOneSession(world)
        for (const by of [0, 1] as const) {
          const { text } = say(world, by)
          drain(world)
          expect(world.readCounts.get(text)).toBe(1)
        }
      }),
    )
  })
})
