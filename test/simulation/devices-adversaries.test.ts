// One person's devices join, leave and freeze for weeks, on relays that lose, repeat, or lie (support/adversaries.ts): nothing goes to
// a device that its sender's view of the list leaves out, and once the relay is as it should be, all devices agree.

import { describe, expect, it } from 'vitest'
import type { Misbehaviour } from '../../src/messenger/api.ts'
import { selfOf } from '../../src/messenger/turn.ts'
import { knownAs, MAX_DEVICES, renewDeviceList } from '../../src/protocol/identity/identity.ts'
import { type Installed, install, type RelayKind, relays } from '../support/adversaries.ts'
import { link, turnOf, unlink } from '../support/linking.ts'
import type { MemoryDisk } from '../support/memory-store.ts'
import { profileOf } from '../support/profiles.ts'
import { signerOf } from '../support/signer.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { accept, introduce, introductionsOf } from './introduced.ts'
import { idOf, isBroad, load, openAll, pair, quiet, seed, send, tagOf } from './stories.ts'
import { type Views, watchViews } from './views.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const ascending = (a: number, b: number): number => a - b
const isRemoved = (device: Device): boolean => device.held.self.get('self')?.removedAtMs !== undefined

const said = async (world: World, device: Device, contactId: string): Promise<readonly string[]> => {
  await load(world, device, contactId)
  return device.messages.filter((each) => each.contactId === contactId).map(({ direction, text }) => `${direction} ${text}`)
}

const kinds: readonly RelayKind[] = [
  'invents devices',
  'hides removals',
  'serves stale bundles',
  'is lossy',
  'drops envelopes',
  'swaps signed prekeys',
  'doubles envelopes',
  'reorders envelopes',
  'gives envelopes to others',
  'swaps identity keys',
]

/** `npm run soak` asks for 2,000. */
const asked = Number(process.env['PARLEY_DEVICE_CASES'] ?? 4)
const only = process.env['PARLEY_CASE']
const numbers = only === undefined ? Array.from({ length: isBroad ? asked : Math.ceil(asked / 100) }, (_, i) => i) : [Number(only)]
const ROUNDS = isBroad ? 20 : 8

interface Played {
  readonly world: World
  readonly relay: Installed
  readonly views: Views
  readonly main: Device
  readonly bob: Device
  /** Other devices of the person, and those that were. */
  readonly others: Device[]
  readonly gone: Device[]
}

interface Friends {
  readonly main: MemoryDisk
  readonly bob: MemoryDisk
  readonly atMs: number
}
let friends: Promise<Friends> | undefined

/** The person and Bob know each other by a code. Made once, on a relay that keeps nothing of them. */
const meet = async (): Promise<Friends> => {
  const world = createWorld('devices-adversaries/friends')
  world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
  const main = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  await pair(world, main, bob)
  for (const device of [main, bob]) device.command({ type: 'cancel-pairing' })
  await quiet(world, main, bob)
  for (const device of [main, bob]) device.crash()
  return { main: main.disk, bob: bob.disk, atMs: world.nowMs() }
}

const begin = async (kind: RelayKind, name: string, relentless: boolean): Promise<Played> => {
  friends ??= meet()
  const { atMs, ...disks } = await friends
  const world = createWorld(`${seed}/devices-adversaries/${name}`, { startsAtMs: atMs + MINUTE_MS })
  const relay = install(world, kind, relentless)
  const views = watchViews(world)
  const main = await world.addDevice('alice', false, disks.main.copy())
  const bob = await world.addDevice('bob', false, disks.bob.copy())
  return { world, relay, views, main, bob, others: [], gone: [] }
}

/** Devices come and go, sleep for up to 25 days, and write whenever they are awake. @param most other devices at once */
const storm = async (most: number, { bob, gone, main, others, relay, world }: Played): Promise<void> => {
  const asleep = new Map<Device, number>()
  let number = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (const device of [main, bob, ...others].filter(({ isOpen }) => isOpen))
      if (world.chance(2) === 0) send(device, device === bob ? idOf(main) : idOf(bob), `${device.name} ${number++}`)
    const dice = world.chance(10)
    const other = others[world.chance(Math.max(1, others.length))]
    if ((dice < 3 || others.length + gone.length < most / 2) && others.length < most)
      others.push(await link(world, main, `alice ${others.length + gone.length + 2}`))
    else if (dice === 3 && other !== undefined && others.length > 1) {
      await unlink(world, main, other)
      others.splice(others.indexOf(other), 1)
      gone.push(other)
    } else if (dice < 6 && other?.isOpen === true) {
      other.crash()
      asleep.set(other, world.nowMs() + (1 + world.chance(25)) * DAY_MS)
    } else if (dice === 6 && other?.isOpen === true) other.command({ type: 'rename-contact', contactId: idOf(bob), name: `Bob ${round}` })
    else if (dice === 7) relay.strike()
    else if (dice === 8) await world.pass((1 + world.chance(10)) * DAY_MS)
    await world.pass(world.chance(60_000))
    for (const [device, untilMs] of asleep) {
      if (untilMs > world.nowMs()) continue
      asleep.delete(device)
      await device.open()
    }
  }
}

/** The relay is as it should be, and everybody is there: all that was written arrives, and the removed learn it. */
const recover = async ({ bob, gone, main, others, relay, world }: Played): Promise<void> => {
  relay.reform()
  await openAll(main, bob, ...others, ...gone)
  const there = [main, bob, ...others]
  try {
    await world.until('everything is delivered', () => there.every(({ held }) => held.outbox.size === 0), 12 * DAY_MS)
    await world.until('the removed know', () => gone.every(isRemoved), 2 * DAY_MS)
  } catch (failure) {
    const waiting = there.map(({ held, live, name }) => `${name} ${held.outbox.size} ${JSON.stringify(live.refusals)}`)
    throw new Error(waiting.join('\n'), { cause: failure })
  }
}

const expectAgreement = async ({ bob, gone, main, others, views, world }: Played): Promise<void> => {
  views.expectReal()
  const listOf = (device: Device): unknown => knownAs(device.held.self.get('self')?.deviceList ?? new Uint8Array())
  const nameAt = (device: Device): string | undefined => device.held.contacts.get(idOf(bob))?.name
  for (const other of others) expect([listOf(other), nameAt(other)]).toEqual([listOf(main), nameAt(main)])
  const atBobs = bob.held.contacts.get(idOf(main))?.devices.map(({ device }) => device.tag)
  expect(atBobs?.toSorted(ascending)).toEqual([main, ...others].map(tagOf).sort(ascending))
  // Whoever was there from a message's beginning to its end has it, once.
  const atMain = await said(world, main, idOf(bob))
  expect(new Set(atMain).size).toBe(atMain.length)
  // A device that is removed may have told some what it could not tell all of us any more.
  const textsOf = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/^(in|out) /, '')).sort()
  const isOfGone = (text: string): boolean => gone.some(({ name }) => text.startsWith(`${name} `))
  for (const other of others) {
    const more = (await said(world, other, idOf(bob))).filter((line) => !atMain.includes(line))
    expect(more.filter((line) => !isOfGone(line.replace(/^out /, '')))).toEqual([])
  }
  const atBob = textsOf(await said(world, bob, idOf(main))).filter((text) => !isOfGone(text))
  expect(atBob).toEqual(textsOf(atMain).filter((text) => !isOfGone(text)))
}

/** What was noted of the relay, by anybody. */
const complaints = ({ bob, gone, main, others }: Played): ReadonlySet<Misbehaviour> =>
  new Set([main, bob, ...others, ...gone].flatMap(({ held }) => [...held.misbehaviour.values()].map(({ what }) => what)))

const play = async (kind: RelayKind, number: number): Promise<void> => {
  const played = await begin(kind, `case/${number}`, false)
  try {
    await storm(number % 20 === 19 ? MAX_DEVICES - 1 : 4, played)
    await recover(played)
    await expectAgreement(played)
    for (const complaint of complaints(played)) expect(relays[kind].seenAs).toContain(complaint)
  } catch (failure) {
    const project = isBroad ? 'properties-fast' : 'properties'
    const again = `PARLEY_SEED=${seed} PARLEY_CASE=${number} npx vitest run --project ${project} test/simulation/devices-adversaries.test.ts`
    throw new Error(`a relay that ${kind}, case ${number}; again: ${again}`, { cause: failure })
  }
}

describe('devices that come, go and sleep agree in the end, and write to none that is not listed, on a relay that', () => {
  const played = kinds.map((kind, first) => ({ kind, mine: numbers.filter((number) => number % kinds.length === first) }))
  it.each(played.filter(({ mine }) => mine.length > 0))(
    '$kind',
    { timeout: 20 * MINUTE_MS + numbers.length * MINUTE_MS },
    async ({ kind, mine }) => {
      for (const number of mine) await play(kind, number)
    },
  )
})

if (isBroad && only === undefined) {
  // The cases above would pass as well on relays that do nothing of the kind.
  describe('control: a relay that always', () => {
    it.each(kinds.filter((kind) => relays[kind].isAboutDevices))('%s does so, and it is noted', async (kind) => {
      const played = await begin(kind, 'control', true)
      const { bob, gone, main, others, relay, world } = played
      const phone = await link(world, main, 'alice 2')
      others.push(await link(world, main, 'alice 3'))
      await world.pass(MINUTE_MS)
      phone.crash()
      await unlink(world, main, phone)
      gone.push(phone)
      for (const device of [main, ...others]) send(device, idOf(bob), `${device.name} is here`)
      send(bob, idOf(main), 'to whoever is left')
      await world.pass(2 * DAY_MS)
      expect(relay.attacks()).toBeGreaterThan(0)
      expect([...complaints(played)].filter((complaint) => relays[kind].seenAs.includes(complaint))).not.toEqual([])
      await recover(played)
      await expectAgreement(played)
    })
  })
}

if (isBroad)
  describe('ten devices', () => {
    it('of one person are written to, told of to others, and greeted by people who never met them', async () => {
      const world = createWorld(`${seed}/devices/ten`)
      const alice = await world.addDevice('alice', false, await profileOf('alice'))
      const bob = await world.addDevice('bob', false, await profileOf('bob'))
      const carol = await world.addDevice('carol', false, await profileOf('carol'))
      await pair(world, alice, bob)
      await pair(world, bob, carol)
      const devices = [alice]
      for (let i = 2; i <= 10; i++) devices.push(await link(world, alice, `${i} ${'a long name of a device '.repeat(4)}`.slice(0, 64)))
      await world.until('bob knows all', () => bob.held.contacts.get(idOf(alice))?.devices.length === 10, 4 * HOUR_MS)
      await expect(link(world, alice, 'an eleventh')).rejects.toThrow('too-many-devices')
      await alice.open().catch(() => undefined)
      send(bob, idOf(alice), 'to all ten')
      const last = devices.at(-1)
      if (last === undefined) throw new Error('no device')
      send(last, idOf(bob), 'from the tenth')
      await world.until(
        'all ten have both',
        () => devices.every(({ held }) => (held.contacts.get(idOf(bob))?.nextPlace ?? 0) === 3),
        24 * HOUR_MS,
      )
      introduce(bob, alice, carol)
      await world.until('carol is told', () => introductionsOf(carol, alice).length === 1, HOUR_MS)
      accept(carol, alice)
      await world.until('carol knows her', () => carol.held.contacts.has(idOf(alice)), HOUR_MS)
      send(carol, idOf(alice), 'from carol')
      await world.until(
        'all ten have it',
        () => devices.every(({ held }) => (held.contacts.get(idOf(carol))?.nextPlace ?? 0) === 2),
        48 * HOUR_MS,
      )
    })
  })

describe('lists', () => {
  const three = async (name: string) => {
    const world = createWorld(`${seed}/devices/lists/${name}`)
    const alice = await world.addDevice('alice', false, await profileOf('alice'))
    const bob = await world.addDevice('bob', false, await profileOf('bob'))
    await pair(world, alice, bob)
    await quiet(world, alice, bob)
    return { world, alice, bob }
  }

  it('of one number that differ are found out by the first two who talk, and both say so', async () => {
    const { alice, bob, world } = await three('fork')
    // Whoever has the account key signs one for Bob, and Alice another.
    const bytes = await turnOf(world, alice, (turn) =>
      renewDeviceList({ account: signerOf(selfOf(turn)), current: selfOf(turn).deviceList, nowMs: turn.nowMs, random: turn.random }),
    )
    await turnOf(world, bob, (turn) => {
      const contact = turn.get('contacts', idOf(alice))
      if (contact !== undefined) turn.put('contacts', idOf(alice), { ...contact, deviceList: knownAs(bytes) })
    })
    await link(world, alice, 'phone')
    send(bob, idOf(alice), 'hello')
    const logOf = (device: Device): readonly string[] => [...device.held.misbehaviour.values()].map(({ what }) => what)
    await world.until('both have noticed', () => [alice, bob].every((device) => logOf(device).includes('forked-list')), HOUR_MS)
  })

  it('that a sender does not know yet are told before anything is shown as delivered', async () => {
    const { alice, bob, world } = await three('stale')
    // Nobody tells Bob, and the relay shows him nothing new.
    bob.crash()
    const phone = await link(world, alice, 'phone')
    await world.until('the phone knows bob', () => phone.held.contacts.has(idOf(bob)), HOUR_MS)
    await bob.open()
    const wasKnown: boolean[] = []
    world.onPost = (device, message) => {
      if (device !== bob || message.type !== 'event' || message.event.type !== 'message-changed') return
      if (message.event.message.state === 'delivered') wasKnown.push(bob.held.contacts.get(idOf(alice))?.devices.length === 2)
    }
    send(bob, idOf(alice), 'to whom it may concern')
    await quiet(world, alice, bob, phone)
    expect(wasKnown).toEqual([true])
    expect(await said(world, phone, idOf(bob))).toEqual(['in to whom it may concern'])
  })
})
