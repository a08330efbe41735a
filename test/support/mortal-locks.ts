// Locks as one tab sees them. When it dies, however, the browser lets go of all that it holds and waits for; while it is frozen
// it does not learn of what it loses.

import type { Locks } from '../../src/worker/ownership.ts'

export interface MortalLocks {
  readonly locks: Locks
  readonly die: () => void
  readonly freeze: () => void
  readonly thaw: () => void
}

export const mortal = (locks: Locks): MortalLocks => {
  let isDead = false
  let awake = Promise.resolve()
  let thaw = (): void => {}
  let die = (): void => {}
  const death = new Promise<void>((resolve) => {
    die = () => {
      isDead = true
      resolve()
    }
  })
  const request = async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> => {
    try {
      return await locks.request(name, options, (lock) => (isDead ? undefined : Promise.race([callback(lock), death])))
    } finally {
      await awake
    }
  }
  return {
    // As in fake-locks.ts: the overloads cannot be met by one function.
    locks: { request: request as Locks['request'] },
    die: () => die(),
    freeze: () => {
      awake = new Promise((resolve) => {
        thaw = resolve
      })
    },
    thaw: () => thaw(),
  }
}
