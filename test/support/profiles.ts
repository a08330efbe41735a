// Disks of people who have made their keys and met nobody, made once for each test file: to make keys anew in each of many
// runs would take longer than the runs.

import type { MemoryDisk } from './memory-store.ts'
import { createWorld } from './world.ts'

const disks = new Map<string, MemoryDisk>()

/** A fresh disk with the keys of the person of this name: the same keys each time. */
export const profileOf = async (name: string): Promise<MemoryDisk> => {
  const known = disks.get(name) ?? (await makeProfile(name))
  disks.set(name, known)
  return known.copy()
}

const makeProfile = async (name: string): Promise<MemoryDisk> => {
  const world = createWorld(`profiles/${name}`)
  const device = await world.addDevice(name)
  await world.until('keys', () => device.held.self.size > 0)
  device.crash()
  return device.disk
}
