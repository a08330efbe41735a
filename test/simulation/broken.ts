// Two people whose sessions break in one way or another, what is counted of it, and what must hold afterwards.

import { expect } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import type { MemoryDisk } from '../support/memory-store.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { tamper } from './forging.ts'
import { idOf, load, pair, quiet, seed, send, texts } from './stories.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export interface Friends {
  readonly world: World
  readonly alice: Device
  readonly bob: Device
  /** When a device's connection with the other was renewed, as its disk said first: images that are put back take nothing away. */
  readonly renewedAtMs: (device: Device) => readonly number[]
  /** When a device asked the other whether their session is broken. */
  readonly askedAtMs: (device: Device) => readonly number[]
  /** Bundles that a device asked the relay for. */
  readonly fetched: (device: Device) => number
}

interface Met {
  readonly alice: MemoryDisk
  readonly bob: MemoryDisk
  readonly atMs: number
}
let met: Promise<Met> | undefined

/** They have paired and talked; no relay keeps anything of them. Made once. */
const meet = async (): Promise<Met> => {
  const world = createWorld('healing/friends')
  // What is published stays with the relay of its day, so nothing is: nobody is let in there.
  world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
  const alice = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  await pair(world, alice, bob)
  for (const device of [alice, bob]) device.command({ type: 'cancel-pairing' })
  await talk({ world, alice, bob }, 2)
  for (const device of [alice, bob]) device.crash()
  return { alice: alice.disk, bob: bob.disk, atMs: world.nowMs() }
}

export const friends = async (name: string, direct = false): Promise<Friends> => {
  met ??= meet()
  const { atMs, ...disks } = await met
  const world = createWorld(`${seed}/healing/${name}`, { startsAtMs: atMs + MINUTE_MS })
  const renewed = new Map<Device, number[]>()
  const asked = new Map<Device, ReadonlyMap<string, number>>()
  const fetched = new Map<Device, number>()
  world.onCommit = (device, { held }) => {
    for (const change of held) {
      if (change.table === 'outbox' && change.row?.isAsk === true && change.row.onRelayAtMs === undefined)
        asked.set(device, new Map([...(asked.get(device) ?? []), [change.key, change.row.createdAtMs]]))
      if (change.table !== 'contacts') continue
      for (const { healing } of change.row?.devices ?? []) {
        const times = renewed.get(device) ?? []
        const atMs = healing?.renewedAtMs
        if (atMs !== undefined && !times.includes(atMs)) renewed.set(device, [...times, atMs])
      }
    }
  }
  world.onPost = (device, message) => {
    if (message.type === 'order' && message.order.type === 'relay-send' && message.order.request.type === 'fetch-bundles')
      fetched.set(device, (fetched.get(device) ?? 0) + 1)
  }
  const alice = await world.addDevice('alice', direct, disks.alice.copy())
  const bob = await world.addDevice('bob', direct, disks.bob.copy())
  // Their prekeys are at the relay by then.
  await world.pass(5_000)
  return {
    world,
    alice,
    bob,
    renewedAtMs: (device) => renewed.get(device) ?? [],
    askedAtMs: (device) => [...(asked.get(device)?.values() ?? [])],
    fetched: (device) => fetched.get(device) ?? 0,
  }
}

/** Their sessions with each other have some past. */
export const talk = async ({ world, alice, bob }: Pick<Friends, 'world' | 'alice' | 'bob'>, rounds = 3): Promise<void> => {
  for (let i = 0; i < rounds; i++) {
    send(alice, idOf(bob), `a${i}`)
    await quiet(world, alice, bob)
    send(bob, idOf(alice), `b${i}`)
    await quiet(world, alice, bob)
  }
  await world.pass(5_000)
}

/** How often a device's conversation with another says that the connection was renewed. */
export const lines = (device: Device, other: Device): number => device.held.contacts.get(idOf(other))?.renewals?.length ?? 0

/** Each conversation says it so often. */
export const expectLines = ({ alice, bob }: Friends, count: number): void =>
  expect([lines(alice, bob), lines(bob, alice)]).toEqual([count, count])

/** Base key of the session that a device writes in, hexadecimal. */
export const sessionOf = (device: Device): string | undefined => {
  const current = [...device.held.sessions.values()][0]?.current
  return current && toHex(current.baseKey)
}

/** The rows of sessions are gone, as damage leaves it: all else is there. */
export const loseSessions = (world: World, device: Device): Promise<void> =>
  tamper(world, device, (turn) => {
    for (const [key] of turn.all('sessions')) turn.remove('sessions', key)
  })

/** An image of its disk is put back. */
export const rollBack = async (device: Device, image: MemoryDisk): Promise<void> => {
  device.restore(image)
  await device.open()
}

export const inbox = async (world: World, device: Device, from: Device): Promise<readonly string[]> => {
  await load(world, device, idOf(from))
  return texts(device, 'in')
}
