// Stories of a person with several devices, to be told with a crash at any point (chapters.ts): one is linked by a code and gets the
// history, all of them write; then the main one moves, and the former one is removed.

import { expect } from 'vitest'
import { fromHex } from '../../src/crypto/bytes.ts'
import type { LinkWish } from '../../src/messenger/api.ts'
import { type Device, type World } from '../support/world.ts'
import { type Chapter, friends, profiles, type Started, start, tellingWith } from './chapters.ts'
import { idOf, load, shown, tagOf } from './stories.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const MAIN: LinkWish = { role: 'main', history: 'all' }
const NEW: LinkWish = { role: 'new', deviceName: 'phone' }

const isMain = (device: Device): boolean => device.held.self.get('self')?.account.seeds !== undefined
const isRemoved = (device: Device): boolean => device.held.self.get('self')?.removedAtMs !== undefined
const ownTags = (device: Device): readonly number[] =>
  device.held.contacts.get(idOf(device))?.devices.map(({ device: { tag } }) => tag) ?? []
const isLinked = (main: Device, other: Device): boolean => idOf(main) === idOf(other) && ownTags(main).includes(tagOf(other))

/** By a code that the main device shows, as often as it takes; a device that was listed and never knew of it is taken off. */
const linkUp = async ({ people, world }: Started, main: Device, other: Device): Promise<void> => {
  const withoutPairing = (): Promise<void> =>
    people.insist(
      'no pairing',
      () => main.pairing === undefined && other.pairing === undefined,
      () => {
        for (const device of [main, other]) device.command({ type: 'cancel-pairing' })
      },
    )
  for (let tries = 0; !isLinked(main, other); tries++) {
    if (tries === 8) throw new Error('given up: a linking')
    await withoutPairing()
    await people.insist(
      'a code',
      () => main.pairing?.phase === 'waiting',
      () => main.command({ type: 'show-code', link: MAIN }),
    )
    const { code, roomId } = shown(main)
    other.command({ type: 'enter-code', room: { type: 'id', roomId: fromHex(roomId) }, code, link: NEW })
    let isOver = false
    world.later(40_000, () => {
      isOver = true
    })
    await world.until('an end', () => isLinked(main, other) || isOver || !main.isOpen || !other.isOpen)
    await people.insist(
      'both are back',
      () => main.isOpen && other.isOpen,
      () => undefined,
    )
    if (!isLinked(main, other)) await world.pass(20_000)
  }
  await withoutPairing()
  for (const tag of ownTags(main).filter((each) => each !== tagOf(other))) {
    await people.insist(
      'a device that never was is gone',
      () => !ownTags(main).includes(tag),
      () => main.command({ type: 'remove-own-device', tag }),
    )
  }
}

/** Texts in the order in which they were kept first. */
const watchTexts = (world: World): readonly string[] => {
  const written: string[] = []
  world.onCommit = (_, { messages }) => {
    for (const { direction, text } of messages) if (direction === 'out' && !written.includes(text)) written.push(text)
  }
  return written
}

const say = ({ people }: Started, written: readonly string[], from: Device, to: Device, text: string): Promise<void> =>
  people.insist(
    `"${text}" is kept`,
    () => written.includes(text),
    () => from.command({ type: 'send-message', contactId: idOf(to), text }),
    12_000,
  )

const conversation = async (world: World, device: Device, other: Device) => {
  await load(world, device, idOf(other))
  return device.messages.filter(({ contactId }) => contactId === idOf(other))
}

/** All of it is with each of them, once, and what was written is delivered. */
const expectSaid = async (world: World, mine: readonly Device[], other: Device, written: readonly string[]): Promise<void> => {
  for (const [device, whom] of [...mine.map((each) => [each, other] as const), ...mine.slice(-1).map((each) => [other, each] as const)]) {
    const messages = await conversation(world, device, whom)
    expect([device.name, messages.map(({ text }) => text).sort()]).toEqual([device.name, written.toSorted()])
    const waiting = messages.filter(({ direction, state }) => direction === 'out' && state !== 'delivered')
    expect([device.name, waiting.map(({ state, text }) => `${text}: ${state}`)]).toEqual([device.name, []])
  }
}

const phoneOf = ({ devices }: Started): Device => {
  const phone = devices.find(({ name }) => name === 'phone')
  if (phone === undefined) throw new Error('chapters: no phone')
  return phone
}

const before = async (): Promise<{ readonly started: Started; readonly phone: Device; readonly written: readonly string[] }> => {
  const { atMs, disks } = await friends()
  const started = await start('linking', { ...disks, ...(await profiles('phone')) }, atMs + MINUTE_MS)
  const written = watchTexts(started.world)
  await started.world.pass(5_000)
  for (let i = 0; i < 3; i++) {
    await say(started, written, started.alice, started.bob, `a${i}`)
    await say(started, written, started.bob, started.alice, `b${i}`)
  }
  await started.people.settle()
  return { started, phone: phoneOf(started), written }
}

/** The story as it is told, and with what it ends. */
const link = async (started: Started, phone: Device, written: readonly string[]): Promise<void> => {
  const { alice, bob, people } = started
  await linkUp(started, alice, phone)
  await people.insist(
    'the phone knows bob',
    () => phone.held.contacts.has(idOf(bob)),
    () => undefined,
  )
  await say(started, written, phone, bob, 'from the phone')
  await say(started, written, alice, bob, 'from the laptop')
  await say(started, written, bob, alice, 'to both')
  await people.settle()
}

/** Alice links a phone; it gets the history, and all of them write. */
export const linking: Chapter = async () => {
  const { phone, started, written } = await before()
  const { alice, bob, people, world } = started
  return tellingWith(started, {
    tell: () => link(started, phone, written),
    expectEnd: async () => {
      await people.settle()
      expect([alice.held.handovers.size, phone.held.handovers.size]).toEqual([0, 0])
      await expectSaid(world, [alice, phone], bob, written)
    },
  })
}

let linked: Promise<{ readonly disks: Readonly<Record<string, ReturnType<Device['disk']['copy']>>>; readonly atMs: number }> | undefined

const linkedOnce = async () => {
  const { phone, started, written } = await before()
  // What is published stays with the relay of its day, so nothing is from here on.
  started.world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
  await link(started, phone, written)
  await started.world.pass(5_000)
  for (const device of started.devices) device.crash()
  return { disks: Object.fromEntries(started.devices.map(({ disk, name }) => [name, disk])), atMs: started.world.nowMs() }
}

/** The phone becomes the main device and takes the former one off the list. */
export const moving: Chapter = async () => {
  linked ??= linkedOnce()
  const { atMs, disks } = await linked
  const copies = Object.fromEntries(Object.entries(disks).map(([name, disk]) => [name, disk.copy()]))
  const started = await start('moving', copies, atMs + MINUTE_MS)
  const { alice, bob, people, world } = started
  const phone = phoneOf(started)
  const written = watchTexts(world)
  await world.pass(5_000)
  return tellingWith(started, {
    tell: async () => {
      const wants = (): boolean =>
        alice.held.contacts.get(idOf(alice))?.devices.some((each) => each.wantsMainSinceMs !== undefined) === true
      await people.insist(
        'it is asked',
        () => wants() || isMain(phone),
        () => phone.command({ type: 'ask-to-be-main' }),
      )
      await people.insist(
        'it has moved',
        () => isMain(phone) && !isMain(alice),
        () => alice.command({ type: 'give-main', tag: tagOf(phone) }),
      )
      await say(started, written, alice, bob, 'from the former main device')
      await people.settle()
      await people.insist(
        'it is off the list',
        () => !ownTags(phone).includes(tagOf(alice)),
        () => phone.command({ type: 'remove-own-device', tag: tagOf(alice) }),
      )
      await say(started, written, phone, bob, 'from the one that is left')
      await say(started, written, bob, phone, 'to the one that is left')
      await people.insist(
        'the former one knows',
        () => isRemoved(alice),
        () => undefined,
        2 * DAY_MS,
      )
    },
    expectEnd: async () => {
      await world.until('nothing waits', () => [bob, phone].every(({ held }) => held.outbox.size === 0), DAY_MS)
      const tags = bob.held.contacts.get(idOf(phone))?.devices.map(({ device }) => device.tag)
      expect([tags, isMain(phone), isMain(alice)]).toEqual([[tagOf(phone)], true, false])
      const said = (await conversation(world, phone, bob)).map(({ text }) => text)
      expect(new Set(said).size).toBe(said.length)
      expect(said).toEqual(expect.arrayContaining([...written]))
      await expectSaid(world, [phone], bob, said)
    },
  })
}
