// How long nobody has acted in any window of this profile. What follows from that is not decided here.

import type { Timers } from './clock.ts'

const MINUTE_MS = 60_000

export interface Idle {
  /** Counts from now on; undefined: nothing is counted. */
  readonly limit: (minutes: number | undefined) => void
  /** Somebody acts, here or in another tab. */
  readonly acted: () => void
  /** The page may have slept, and its timers with it. */
  readonly look: () => void
}

/** @param expired nobody has acted for as long as that; said once a limit */
export const createIdle = (timers: Timers, expired: () => void): Idle => {
  let limitMs: number | undefined
  let lastMs = 0
  let stop = (): void => {}

  const look = (): void => {
    stop()
    if (limitMs === undefined) return
    const nowMs = timers.nowMs()
    // A clock that was set back starts anew.
    lastMs = Math.min(lastMs, nowMs)
    const leftMs = lastMs + limitMs - nowMs
    if (leftMs > 0) {
      stop = timers.after(leftMs, look)
      return
    }
    limitMs = undefined
    expired()
  }

  return {
    limit: (minutes) => {
      limitMs = minutes === undefined ? undefined : minutes * MINUTE_MS
      lastMs = timers.nowMs()
      look()
    },
    acted: () => {
      // Whoever comes back too late finds it expired.
      look()
      lastMs = timers.nowMs()
      look()
    },
    look,
  }
}
