import { expect, it } from 'vitest'
import { createMemoryRelayDisk } from './support/memory-relay-store.ts'
import { relayStoreContract } from './support/relay-store-contract.ts'
import { seededRandom } from './support/seeded-random.ts'

let disks = 0
const makeDisk = () => createMemoryRelayDisk(seededRandom(`disk ${disks++}`))
const limits = { envelopesPerMailbox: 10, bytesPerMailbox: 1_000, storedBytes: 1_000, devices: 10 }

relayStoreContract(async () => {
  const disk = makeDisk()
  return { open: async (opened) => disk.open(opened) }
})

it('closes what was opened before, and has no file to copy', async () => {
  const disk = makeDisk()
  const first = disk.open(limits)
  const second = disk.open(limits)
  await first.close()
  expect(await first.openMailboxes([], 0)).toBe('in-doubt')
  expect(await second.openMailboxes([], 0)).toBe('ok')
  await expect(second.backup('copy.sqlite')).rejects.toThrow('no file')
})
