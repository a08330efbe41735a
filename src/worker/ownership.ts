// Which tab has the profile (invariant 4): the one that holds the browser's lock. Several tabs may ask; a closed or crashed
// one lets go by itself. A lock keeps honest tabs apart, a thawed one that does not know yet is stopped by the store's fence.
//
//   idle --claim--> asking --free--------------------------------> owner
//                     '----taken--> waiting --the other lets go--> owner
//                                      '------take over----------> owner
//   owner --taken over by another, give up--> waiting
//   any --leave--> left

export type Standing = 'idle' | 'asking' | 'waiting' | 'owner' | 'left'

export interface Ownership {
  readonly standing: () => Standing
  /** Asks for the profile; and waits for it if another tab has it. */
  readonly claim: () => void
  /** Takes it from the tab that has it: on a person's word only. */
  readonly takeOver: () => void
  /** Lets go and waits in line: whoever else wants it comes first. */
  readonly giveUp: () => void
  /** Lets go and asks no more. */
  readonly leave: () => void
}

/** The part of `navigator.locks` that is used. */
export type Locks = Pick<LockManager, 'request'>

export const LOCK_NAME = 'parley'

/**
 * @param gained this tab has the profile now
 * @param lost another tab took it; or it was given up
 * @param taken another tab has it, and this one waits; said once a claim
 */
export const createOwnership = ({
  locks,
  gained,
  lost,
  taken,
}: {
  readonly locks: Locks
  readonly gained: () => void
  readonly lost: () => void
  readonly taken: () => void
}): Ownership => {
  let standing: Standing = 'idle'
  /** Ends the request that is under way or granted. A request that is not the latest has no say any more. */
  let endRequest = (): void => {}

  const request = (options: { readonly ifAvailable?: true; readonly steal?: true }, refused: () => void): void => {
    endRequest()
    const queue = new AbortController()
    let letGo = (): void => {}
    let isLatest = true
    endRequest = () => {
      isLatest = false
      queue.abort()
      letGo()
    }
    const held = (lock: Lock | null): Promise<void> | undefined => {
      if (!isLatest) return undefined
      if (lock === null) {
        refused()
        return undefined
      }
      standing = 'owner'
      const until = new Promise<void>((resolve) => {
        letGo = resolve
      })
      gained()
      return until
    }
    // Neither a lock that is there at once nor one that is taken can be called off.
    const signal = options.ifAvailable === true || options.steal === true ? {} : { signal: queue.signal }
    locks.request(LOCK_NAME, { ...options, ...signal }, held).catch((failure: unknown) => {
      if (!isLatest) return
      // What is rejected while it was ours was taken over.
      if (!(failure instanceof DOMException && failure.name === 'AbortError')) throw failure
      lost()
      wait()
    })
  }

  const wait = (): void => {
    standing = 'waiting'
    request({}, () => {})
  }

  return {
    standing: () => standing,
    claim: () => {
      if (standing !== 'idle') return
      standing = 'asking'
      request({ ifAvailable: true }, () => {
        wait()
        taken()
      })
    },
    takeOver: () => {
      if (standing !== 'waiting') return
      standing = 'asking'
      request({ steal: true }, () => {})
    },
    giveUp: () => {
      if (standing !== 'owner') return
      wait()
      lost()
    },
    leave: () => {
      standing = 'left'
      endRequest()
    },
  }
}
