// The relay's store in memory, for simulations and as the plainest reading of server/store.ts: what is asked happens at
// once, within the call, and nothing is ever in doubt while it is open. A disk outlives the stores that are opened on it.

import type { Store, StoreLimits } from '../../server/store.ts'
import type { Random } from '../../src/crypto/random.ts'
import { createMemoryMailboxes, emptyMailboxes } from './memory-relay-mailboxes.ts'
import { createMemoryPrekeys, emptyPrekeys } from './memory-relay-prekeys.ts'
import type { Process } from './memory-relay-process.ts'

export interface MemoryRelayDisk {
  /** What was opened on it before is closed from then on, as if its process had died. */
  readonly open: (limits: StoreLimits) => Store
}

/** @param random draws the store's id and the relay's seed */
export const createMemoryRelayDisk = (random: Random): MemoryRelayDisk => {
  const identity = { id: random(16), relaySeed: random(32) }
  const mailboxesOnDisk = emptyMailboxes()
  const prekeysOnDisk = emptyPrekeys()
  let owner = 0

  return {
    open: (limits) => {
      owner += 1
      const mine = owner
      const isOpen = () => owner === mine
      const process: Process = {
        isOpen,
        change: (inDoubt, make) => (isOpen() ? make() : inDoubt),
        look: (find) => {
          if (!isOpen()) throw new Error('the store is closed')
          return find()
        },
      }
      const { sweep: sweepMailboxes, count: countMailboxes, ...mailboxes } = createMemoryMailboxes(mailboxesOnDisk, limits, process)
      const { sweep: sweepPrekeys, count: countDevices, ...prekeys } = createMemoryPrekeys(prekeysOnDisk, limits, process)
      return {
        ...identity,
        ...mailboxes,
        ...prekeys,
        sweep: async (nowMs, budget) =>
          process.change(0, () => {
            const gone = sweepMailboxes(nowMs, budget)
            return gone + sweepPrekeys(nowMs, budget - gone)
          }),
        health: async () => ({ ok: isOpen(), ...countMailboxes(), devices: countDevices() }),
        backup: async () => {
          throw new Error('a store in memory has no file to copy')
        },
        close: async () => {
          if (isOpen()) owner += 1
        },
      }
    },
  }
}
