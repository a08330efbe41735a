// Short stories of people who do not give up: what a crash or a full disk has undone is done again, by them or by the
// messenger. Each is told from the same beginning every time, so that it can be told once for each point at which it can break.

import { expect } from 'vitest'
import type { MemoryDisk } from '../support/memory-store.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { accept, introduce, introductionsOf } from './introduced.ts'
import { keepLedger } from './ledger.ts'
import { enterCode, idOf, seed, send, shown } from './stories.ts'

const HOUR_MS = 3_600_000

export interface Telling {
  readonly world: World
  readonly devices: readonly Device[]
  /** From here on everything may break. */
  readonly tell: () => Promise<void>
  /** Nothing was lost, doubled or reordered, nothing did not open, and nobody waits for anything. */
  readonly expectWhole: () => Promise<void>
}

export type Chapter = () => Promise<Telling>

export const start = async (name: string, disks: Readonly<Record<string, MemoryDisk>>, startsAtMs?: number) => {
  const world = createWorld(`${seed}/chapters/${name}`, startsAtMs === undefined ? {} : { startsAtMs })
  const devices: Device[] = []
  for (const [person, disk] of Object.entries(disks)) devices.push(await world.addDevice(person, name === 'pairing', disk))
  const [alice, bob, carol] = devices
  if (alice === undefined || bob === undefined) throw new Error('chapters: nobody there')
  return { world, devices, alice, bob, carol: carol ?? bob, ledger: keepLedger(world, devices), people: perseverance(world, devices) }
}

/** What people want, and see to. */
const perseverance = (world: World, devices: readonly Device[]) => {
  const away = new Set<Device>()
  const areThere = (): boolean => devices.every((device) => device.isOpen || away.has(device))

  /** Until it is so: done again where a page died under it, and where nothing came of it for so long. */
  const insist = async (what: string, isSo: () => boolean, act: () => void, patienceMs = 60_000): Promise<void> => {
    for (let tries = 0; ; tries++) {
      await world.until('everybody is back', areThere)
      if (isSo()) return
      if (tries === 8) throw new Error(`given up: ${what}`)
      act()
      let isOver = false
      world.later(patienceMs, () => {
        isOver = true
      })
      await world.until(what, () => isSo() || isOver || !areThere(), patienceMs + 1_000)
    }
  }

  return {
    insist,
    leaves: (device: Device): void => {
      away.add(device)
      device.crash()
    },
    returns: async (device: Device): Promise<void> => {
      away.delete(device)
      if (!device.isOpen) await device.open()
    },
    /** Everybody is there, and whatever was under way is over. */
    settle: async (): Promise<void> => {
      await world.until('everybody is back', areThere)
      await world.until('nothing waits', () => areThere() && devices.every(({ held }) => held.outbox.size === 0), HOUR_MS)
    },
  }
}

export type Started = Awaited<ReturnType<typeof start>>

const say = ({ people, ledger }: Started, from: Device, to: Device, text: string): Promise<void> =>
  people.insist(
    `"${text}" is kept`,
    () => ledger.isWritten(text),
    () => send(from, idOf(to), text),
    12_000,
  )

const talk = async (started: Started, one: Device, other: Device, about: string): Promise<void> => {
  for (const [from, to] of [
    [one, other],
    [other, one],
    [one, other],
  ] as const) {
    await say(started, from, to, `${from.name} ${about} ${started.ledger.written()}`)
  }
}

const know = (one: Device, other: Device): boolean => one.held.contacts.has(idOf(other)) && other.held.contacts.has(idOf(one))

const befriend = async ({ people, world }: Started, host: Device, guest: Device): Promise<void> => {
  for (let tries = 0; !know(host, guest); tries++) {
    if (tries === 8) throw new Error('given up: a pairing')
    await people.insist(
      'no pairing',
      () => host.pairing === undefined && guest.pairing === undefined,
      () => {
        for (const device of [host, guest]) device.command({ type: 'cancel-pairing' })
      },
    )
    await people.insist(
      'a code',
      () => host.pairing?.phase === 'waiting',
      () => host.command({ type: 'show-code' }),
    )
    enterCode(guest, shown(host))
    let isOver = false
    world.later(40_000, () => {
      isOver = true
    })
    await world.until('an end', () => know(host, guest) || isOver || !host.isOpen || !guest.isOpen)
    // Who has heard nothing yet may hear it now: an answer waits in the outbox.
    await people.insist(
      'both are back',
      () => host.isOpen && guest.isOpen,
      () => undefined,
    )
    if (!know(host, guest)) await world.pass(20_000)
  }
  await people.insist(
    'no pairing',
    () => host.pairing === undefined && guest.pairing === undefined,
    () => {
      for (const device of [host, guest]) device.command({ type: 'cancel-pairing' })
    },
  )
}

/** Refusals that are no loss: the relay's own, of a device that is off its account's list or behind it, too; and of what comes too early or for somebody who is gone. */
const isHarmless = (reason: string): boolean =>
  reason.startsWith('relay-') || ['out-of-order', 'unknown-address', 'publication-unknown-device', 'publication-older'].includes(reason)

const telling = (started: Started, tell: () => Promise<void>): Telling =>
  tellingWith(started, {
    tell,
    expectEnd: async () => {
      await started.people.settle()
      await started.ledger.expectComplete(false)
    },
  })

/** @param story.expectEnd what is so at its end, beside that nothing did not open and nobody waits for anything */
export const tellingWith = (
  started: Started,
  { expectEnd, tell }: { readonly tell: () => Promise<void>; readonly expectEnd: () => Promise<void> },
): Telling => {
  const { devices, world } = started
  const refused = new Map<string, number>()
  world.onTurn = ({ device, before, transition }) => {
    for (const [reason, count] of Object.entries(transition.live.refusals)) {
      const times = count - (before.refusals[reason] ?? 0)
      if (times > 0 && !isHarmless(reason))
        refused.set(`${device.name}: ${reason}`, (refused.get(`${device.name}: ${reason}`) ?? 0) + times)
    }
  }
  return {
    world,
    devices,
    tell,
    expectWhole: async () => {
      await expectEnd()
      expect([...refused]).toEqual([])
      await restful(world, devices)
    },
  }
}

/** Within an hour there are ten minutes in which nobody writes anything to a disk. */
const restful = async (world: World, devices: readonly Device[]): Promise<void> => {
  const commits = () => devices.map(({ disk }) => disk.commits).join()
  for (let tries = 0; tries < 6; tries++) {
    const before = commits()
    await world.pass(HOUR_MS / 6)
    if (commits() === before) return
  }
  throw new Error('chapters: nothing comes to rest')
}

export const profiles = async (...names: readonly string[]): Promise<Readonly<Record<string, MemoryDisk>>> =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await profileOf(name)] as const)))

/** Alice and Bob pair by a code and talk, both ways, on a direct line. */
const pairing: Chapter = async () => {
  const started = await start('pairing', await profiles('alice', 'bob'))
  const { alice, bob } = started
  return telling(started, async () => {
    await befriend(started, alice, bob)
    await talk(started, alice, bob, 'after the pairing')
    await started.people.settle()
  })
}

let acquainted: { readonly disks: Readonly<Record<string, MemoryDisk>>; readonly atMs: number } | undefined

/** Alice knows Bob and Carol by a code each; made once. */
export const friends = async () => {
  if (acquainted === undefined) {
    const started = await start('friends', await profiles('alice', 'bob', 'carol'))
    const { alice, bob, carol, devices, people, world } = started
    // What is published stays with the relay of its day, so nothing is: nobody is let in there.
    world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
    await befriend(started, alice, bob)
    await befriend(started, alice, carol)
    await people.settle()
    await world.pass(5_000)
    for (const device of devices) device.crash()
    acquainted = { disks: Object.fromEntries(devices.map(({ disk, name }) => [name, disk])), atMs: world.nowMs() }
  }
  const { atMs, disks } = acquainted
  return { atMs, disks: Object.fromEntries(Object.entries(disks).map(([name, disk]) => [name, disk.copy()])) }
}

/** Alice tells Bob and Carol of each other; Bob writes to Carol for the first time while she is away; they talk. */
const introduction: Chapter = async () => {
  const { atMs, disks } = await friends()
  const started = await start('introduction', disks, atMs + 60_000)
  const { alice, bob, carol, people, world } = started
  await world.pass(5_000)
  return telling(started, async () => {
    const isTold = (device: Device, whom: Device) => introductionsOf(device, whom).length > 0 || device.held.contacts.has(idOf(whom))
    await people.insist(
      'both are told',
      () => isTold(bob, carol) && isTold(carol, bob),
      () => introduce(alice, bob, carol),
    )
    people.leaves(carol)
    await people.insist(
      'a contact',
      () => bob.held.contacts.has(idOf(carol)),
      () => accept(bob, carol),
    )
    await say(started, bob, carol, 'we have not met')
    await say(started, bob, carol, 'but I know of you')
    await world.pass(5_000)
    await people.returns(carol)
    await people.insist(
      'she knows him',
      () => know(bob, carol),
      () => undefined,
    )
    await talk(started, carol, bob, 'after the introduction')
    await people.settle()
  })
}

/** Two and a half days pass, in which keys are replaced; then Bob removes Alice, and the others go on. */
const upkeep: Chapter = async () => {
  const { atMs, disks } = await friends()
  const started = await start('upkeep', disks, atMs + 60_000)
  const { alice, bob, carol, ledger, people, world } = started
  await world.pass(5_000)
  return telling(started, async () => {
    await talk(started, alice, bob, 'before')
    await world.pass(60 * HOUR_MS)
    await talk(started, alice, carol, 'later')
    await people.settle()
    await people.insist(
      'she is removed',
      () => !bob.held.contacts.has(idOf(alice)),
      () => bob.command({ type: 'remove-contact', contactId: idOf(alice) }),
    )
    ledger.forget(alice, bob)
    await people.insist(
      'the mailbox is closed',
      () => bob.held.revocations.size === 0,
      () => undefined,
    )
    expect([bob.held.contacts.size, bob.held.sessions.size, bob.held.outbox.size, bob.disk.count('messages')]).toEqual([0, 0, 0, 0])
    await talk(started, alice, carol, 'of him')
    await people.settle()
  })
}

export const chapters = { pairing, introduction, upkeep } as const
