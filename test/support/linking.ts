// Two simulated browsers become devices of one person, by what the messenger has for it and without the ceremony around it: what the
// code protects on its way is carried by hand here, between two disks that nobody has open.

import type { Random } from '../../src/crypto/random.ts'
import { sendEverything } from '../../src/messenger/handover.ts'
import { asleep } from '../../src/messenger/live.ts'
import { addOwnDevice, becomeOwnDevice, prepareOwnDevice, removeOwnDevice } from '../../src/messenger/own-devices.ts'
import { beginTurn, selfOf, type Turn } from '../../src/messenger/turn.ts'
import type { MemoryDisk } from './memory-store.ts'
import { profileOf } from './profiles.ts'
import { seededRandom } from './seeded-random.ts'
import type { Device, World } from './world.ts'

/** One turn on a disk whose page is closed. */
export const turnOn = async <T>(disk: MemoryDisk, nowMs: number, random: Random, act: (turn: Turn) => T): Promise<T> => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const turn = beginTurn(opened.store.held, asleep, nowMs, random)
  const result = act(turn)
  await opened.store.commit(turn.changes())
  opened.store.close()
  return result
}

/** Closes a device's page for one turn. */
export const turnOf = async <T>(world: World, device: Device, act: (turn: Turn) => T): Promise<T> => {
  device.crash()
  const result = await turnOn(device.disk, world.nowMs(), seededRandom(`${device.name}/${world.nowMs()}/${world.chance(1e6)}`), act)
  await device.open()
  return result
}

/** A new browser becomes a device of the person whose main device this is. @param sinceMs of the history; undefined: none of it */
export const link = async (world: World, main: Device, name: string, sinceMs?: number, direct = false): Promise<Device> => {
  const disk = await profileOf(name)
  const random = seededRandom(`link/${name}/${world.nowMs()}`)
  const accountKey = await turnOf(world, main, (turn) => selfOf(turn).account.publicKey)
  const candidate = await turnOn(disk, world.nowMs(), random, (turn) => prepareOwnDevice(turn, accountKey, name))
  const told = await turnOf(world, main, (turn) => {
    const added = addOwnDevice(turn, candidate)
    if (!added.ok) throw new Error(`link: ${added.reason}`)
    sendEverything(turn, candidate.entry.tag, sinceMs)
    return added
  })
  const became = await turnOn(disk, world.nowMs(), random, (turn) => becomeOwnDevice(turn, candidate, { ...told, name: main.name }))
  if (!became.ok) throw new Error(`link: ${became.reason}`)
  return world.addDevice(name, direct, disk)
}

export const unlink = async (world: World, main: Device, other: Device): Promise<void> => {
  const tag = other.held.self.get('self')?.tag ?? 0
  if (!(await turnOf(world, main, (turn) => removeOwnDevice(turn, tag)))) throw new Error('unlink: not the main device, or not listed')
}
