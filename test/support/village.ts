// People who know each other, ready to be put into a world: pairing them anew in each of many runs would take longer than the
// runs. Who knows whom is drawn once for each number, so that the same number gives the same people, byte for byte. No relay
// keeps anything of them yet.

import type { MemoryDisk } from './memory-store.ts'
import { profileOf } from './profiles.ts'
import { createWorld, type Device, type World } from './world.ts'

const NAMES = ['alice', 'bob', 'carol', 'dave', 'eve']

export interface Village {
  readonly names: readonly string[]
  /** Who paired by a code: places in `names`. Everybody is reached through somebody, and some do not know each other. */
  readonly pairs: readonly (readonly [number, number])[]
  /** When it was left. */
  readonly atMs: number
  /** A fresh disk for each. */
  readonly disks: () => readonly MemoryDisk[]
}

const villages = new Map<number, Village>()

/** Three to five people. */
export const villageOf = async (number: number): Promise<Village> => {
  const known = villages.get(number) ?? (await settle(number))
  villages.set(number, known)
  return known
}

const settle = async (number: number): Promise<Village> => {
  const world = createWorld(`village/${number}`)
  // What is published stays with the relay of its day, so nothing is: nobody is let in there.
  world.says = (reply) => (reply.type === 'challenge' ? [] : [reply])
  const names = NAMES.slice(0, 3 + (number % 3))
  const devices: Device[] = []
  for (const name of names) devices.push(await world.addDevice(name, false, await profileOf(name)))
  const pairs = whoKnowsWhom(world, names.length)
  for (const [one, other] of pairs) await pair(world, at(devices, one), at(devices, other))
  await world.until('nothing waits', () => devices.every(({ held }) => held.outbox.size === 0))
  await world.pass(5_000)
  for (const device of devices) device.crash()
  return { names, pairs, atMs: world.nowMs(), disks: () => devices.map(({ disk }) => disk.copy()) }
}

/** Each new one knows one who was there, and some know more; two at least have to be introduced. */
const whoKnowsWhom = ({ chance }: World, count: number): readonly (readonly [number, number])[] => {
  const pairs: (readonly [number, number])[] = []
  for (let i = 1; i < count; i++) pairs.push([chance(i), i])
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const isKnown = pairs.some(([one, other]) => one === j && other === i)
      if (!isKnown && pairs.length + 1 < (count * (count - 1)) / 2 && chance(3) === 0) pairs.push([j, i])
    }
  }
  return pairs
}

const pair = async (world: World, host: Device, guest: Device): Promise<void> => {
  host.command({ type: 'show-code' })
  await world.until('a code', () => host.pairing?.phase === 'waiting')
  const hosting = host.held.hosting.get('hosting')
  if (hosting === undefined) throw new Error('village: no code')
  guest.command({ type: 'enter-code', room: { type: 'id', roomId: hosting.roomId }, code: hosting.code })
  await world.until('both ready', () => host.pairing?.phase === 'ready' && guest.pairing?.phase === 'ready')
  for (const device of [host, guest]) device.command({ type: 'cancel-pairing' })
}

const at = <T>(items: readonly T[], place: number): T => {
  const item = items[place]
  if (item === undefined) throw new Error('village: nobody there')
  return item
}
