// The other tabs, as the one that has the profile knows them: who has joined, and who is gone. A tab holds a lock in its own
// name for as long as it lives, however it ends; asking for that lock is asking to be told. No heartbeat can be mistaken.

import type { Locks } from './ownership.ts'
import type { TabId } from './tab-frames.ts'

export interface Followers {
  /** Knows a tab from now on, until it is gone. */
  readonly join: (tab: TabId) => void
  readonly has: (tab: TabId) => boolean
  /** Whether there is any. */
  readonly any: () => boolean
  /** Forgets all of them: this tab has the profile no more. */
  readonly forget: () => void
}

const lockOf = (tab: TabId): string => `parley/tab/${tab}`

/** Holds the lock of this tab, for good. Resolves once it is held: only then may the tab join. */
export const holdOwnLock = (locks: Locks, tab: TabId): Promise<void> =>
  new Promise((resolve, reject) => {
    locks
      .request(lockOf(tab), {}, () => {
        resolve()
        return new Promise<never>(() => {})
      })
      .catch(reject)
  })

/** @param gone a tab that had joined was closed or has crashed */
export const createFollowers = (locks: Locks, gone: (tab: TabId) => void): Followers => {
  const watchByTab = new Map<TabId, AbortController>()

  const watch = (tab: TabId): void => {
    const watching = new AbortController()
    watchByTab.set(tab, watching)
    const free = (): void => {
      // It may have been forgotten while the lock was being granted.
      if (watchByTab.get(tab) !== watching) return
      watchByTab.delete(tab)
      gone(tab)
    }
    // Shared: an owner of before that sleeps may have asked, too, and must not keep it from us.
    locks.request(lockOf(tab), { mode: 'shared', signal: watching.signal }, free).catch((failure: unknown) => {
      if (!watching.signal.aborted) throw failure
    })
  }

  return {
    join: (tab) => {
      if (!watchByTab.has(tab)) watch(tab)
    },
    has: (tab) => watchByTab.has(tab),
    any: () => watchByTab.size > 0,
    forget: () => {
      const watches = [...watchByTab.values()]
      watchByTab.clear()
      for (const watching of watches) watching.abort()
    },
  }
}
