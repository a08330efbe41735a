// People on a relay that is honest, slow, lossy, or lies in one way or another (support/adversaries.ts): what they may lose
// by it is time. Each case is a seed; a case that fails says how it is played again by itself.

import { describe, expect, it } from 'vitest'
import type { Misbehaviour } from '../../src/messenger/api.ts'
import { type Installed, install, type RelayKind, relays } from '../support/adversaries.ts'
import { villageOf } from '../support/village.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { keepLedger, type Ledger } from './ledger.ts'
import { idOf, isBroad, openAll, seed } from './stories.ts'

/** As many as fit in a minute, the tenth part of them with the real primitives. `npm run soak` asks for 2,000. */
const asked = Number(process.env['PARLEY_RELAY_CASES'] ?? 28)
const only = process.env['PARLEY_CASE']
/** Those that are about people with several devices are in devices-adversaries.test.ts. */
const kinds = (Object.keys(relays) as RelayKind[]).filter((kind) => !relays[kind].isAboutDevices)
const VILLAGES = isBroad ? 6 : 3
const ROUNDS = isBroad ? 14 : 6
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A session under a bundle that a relay spoiled ends with its statement, after a week; then another one begins. */
const RECOVERY_MS = 12 * DAY_MS

interface Played {
  readonly world: World
  readonly devices: readonly Device[]
  readonly relay: Installed
  readonly ledger: Ledger
  readonly pick: <T>(items: readonly T[]) => T | undefined
}

const begin = async (kind: RelayKind, name: string, village: number, relentless: boolean): Promise<Played> => {
  const { atMs, disks, names } = await villageOf(village)
  const world = createWorld(`${seed}/adversaries/${name}`, { startsAtMs: atMs + MINUTE_MS })
  const relay = install(world, kind, relentless)
  const devices: Device[] = []
  for (const [i, disk] of disks().entries()) devices.push(await world.addDevice(names[i] ?? '', world.chance(3) === 0, disk))
  const pick = <T>(items: readonly T[]): T | undefined => items[world.chance(Math.max(1, items.length))]
  return { world, devices, relay, ledger: keepLedger(world, devices), pick }
}

const write = (device: Device, contactId: string | undefined, { ledger }: Pick<Played, 'ledger'>): void => {
  if (contactId !== undefined) device.command({ type: 'send-message', contactId, text: `${device.name} ${ledger.written()}` })
}

/** Somebody who knows two people tells them of each other. */
const introduce = (device: Device, { pick }: Played): void => {
  const one = pick(device.contacts)
  const other = pick(device.contacts.filter((contactId) => contactId !== one))
  if (one !== undefined && other !== undefined) device.command({ type: 'introduce-contacts', contactIds: [one, other] })
}

const acceptAll = (device: Device): void => {
  for (const { introductionId, standing } of device.held.introductions.values())
    if (standing === 'open') device.command({ type: 'accept-introduction', introductionId })
}

/** One thing that a person does, or that happens to them. */
const act = (device: Device, played: Played): void => {
  const { pick, relay, world } = played
  const dice = world.chance(24)
  if (dice < 11) return write(device, pick(device.contacts), played)
  if (dice < 13) return introduce(device, played)
  if (dice < 16) return acceptAll(device)
  if (dice === 16) return device.crash()
  if (dice === 17) return device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(6))
  if (dice === 18) return world.cutLinks(world.chance(3) * 3_000)
  if (dice === 19) return world.cutRelay((to) => to.device === device)
  if (dice === 20) return world.restartRelay()
  if (dice === 21) return device.command({ type: 'open-conversation', contactId: pick(device.contacts) })
  relay.strike()
}

const storm = async (played: Played): Promise<void> => {
  const { devices, world } = played
  for (const device of devices) introduce(device, played)
  for (let round = 0; round < ROUNDS; round++) {
    for (const device of devices) {
      if (device.isOpen) act(device, played)
      else if (world.chance(2) === 0) await device.open()
    }
    await world.pass(world.chance(10) === 0 ? world.chance(20 * MINUTE_MS) : world.chance(3_000))
  }
}

const openEverybody = async ({ devices }: Played): Promise<void> => {
  for (const device of devices) device.crashAtCommit('kept', Number.POSITIVE_INFINITY)
  await openAll(...devices)
  // Whoever seeks a line that never opens asks for it every minute or two, which takes its time to play for days.
  for (const device of devices) device.report({ type: 'direct-lines-possible', possible: false })
}

/** Time passes and nobody does anything, while the relay goes on as it is. */
const calm = async (played: Played, ms: number): Promise<void> => {
  await openEverybody(played)
  await played.world.pass(ms)
}

/** The relay is as it should be, and everybody is there: all that was written arrives, and all who know each other talk. */
const recover = async (played: Played, kind: RelayKind): Promise<void> => {
  const { devices, ledger, relay, world } = played
  relay.reform()
  await openEverybody(played)
  // Introductions that are under way still may make more of them.
  for (const isLast of [false, false, true]) {
    for (const device of devices) acceptAll(device)
    if (isLast) for (const device of devices) for (const contactId of device.contacts) write(device, contactId, played)
    await world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), RECOVERY_MS)
  }
  for (const device of devices) {
    for (const contactId of device.contacts) {
      const other = devices.find((each) => idOf(each) === contactId)
      expect(other?.contacts, `${other?.name} knows ${device.name}, who knows ${other?.name}`).toContain(idOf(device))
    }
  }
  await ledger.expectComplete(relays[kind].swallows)
}

/** What was noted of the relay, by anybody. */
const complaints = (devices: readonly Device[]): ReadonlySet<Misbehaviour> =>
  new Set(devices.flatMap(({ held }) => [...held.misbehaviour.values()].map(({ what }) => what)))

const expectFair = (kind: RelayKind, devices: readonly Device[]): void => {
  for (const complaint of complaints(devices)) expect(relays[kind].seenAs).toContain(complaint)
}

const play = async (kind: RelayKind, number: number): Promise<void> => {
  const played = await begin(kind, `case/${number}`, ((number % kinds.length) + Math.floor(number / kinds.length)) % VILLAGES, false)
  try {
    await storm(played)
    // In some cases days pass, so that keys are rotated and looked after; then it goes on.
    if (relays[kind].isAboutKeys && played.world.chance(4) === 0) {
      await calm(played, 3 * DAY_MS)
      await storm(played)
    }
    await recover(played, kind)
    expectFair(kind, played.devices)
  } catch (failure) {
    const project = isBroad ? 'properties-fast' : 'properties'
    const again = `PARLEY_SEED=${seed} PARLEY_CASE=${number} npx vitest run --project ${project} test/simulation/adversaries.test.ts`
    throw new Error(`a relay that ${kind}, case ${number}; again: ${again}`, { cause: failure })
  }
}

/** The numbers of the cases of one kind of relay. */
const casesOf = (kind: RelayKind): readonly number[] => {
  const first = kinds.indexOf(kind)
  if (only !== undefined) return Number(only) % kinds.length === first ? [Number(only)] : []
  const count = Math.max(1, Math.round((isBroad ? asked : asked / 10) / kinds.length))
  return Array.from({ length: count }, (_, i) => first + i * kinds.length)
}

describe('whatever happens, nobody is deceived and nothing is lost on a relay that', () => {
  it.each(kinds)('%s', async (kind) => {
    for (const number of casesOf(kind)) await play(kind, number)
  })
})

if (isBroad && only === undefined) {
  // The cases above would pass as well on relays that do nothing of the kind, or that nobody gives a chance to.
  describe('control: a relay that always', () => {
    it.each(kinds.filter((kind) => kind !== 'is honest'))('%s does so, and what can be seen of it is noted', async (kind) => {
      const played = await begin(kind, 'control', 2, true)
      const { devices, relay, world } = played
      // Several people write for the first time to one who is away.
      const [shy] = devices.toSorted((a, b) => a.contacts.length - b.contacts.length)
      const friend = devices.find((device) => idOf(device) === shy?.contacts[0])
      for (const contactId of friend?.contacts ?? [])
        if (shy !== undefined) friend?.command({ type: 'introduce-contacts', contactIds: [contactId, idOf(shy)] })
      await world.pass(10_000)
      shy?.crash()
      for (let i = 0; i < 2; i++) {
        for (const device of devices) {
          acceptAll(device)
          for (const contactId of device.contacts) write(device, contactId, played)
        }
        await world.pass(10_000)
        for (const device of devices) introduce(device, played)
        await world.pass(10_000)
        relay.strike()
      }
      await calm(played, relays[kind].isAboutKeys ? 3 * DAY_MS : MINUTE_MS)
      expect(relay.attacks()).toBeGreaterThan(0)
      expect(relays[kind].seenAs.length > 0).toBe(complaints(devices).size > 0)
      await recover(played, kind)
      expectFair(kind, devices)
    })
  })
}
