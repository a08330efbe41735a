// Time that passes when a test says so.

import { MAX_DELAY_MS, type Timers } from '../../src/worker/clock.ts'

export interface ManualTimers extends Timers {
  /** Lets time pass, and fires what falls due on the way, each at its time. */
  readonly advance: (byMs: number) => void
  /** Timers that have not fired and were not called off. */
  readonly waiting: number
}

export const manualTimers = (startMs: number): ManualTimers => {
  let nowMs = startMs
  let timers: readonly { readonly atMs: number; readonly act: () => void }[] = []

  return {
    nowMs: () => nowMs,
    after: (delayMs, act) => {
      const timer = { atMs: nowMs + Math.min(Math.max(delayMs, 0), MAX_DELAY_MS), act }
      timers = [...timers, timer].sort((a, b) => a.atMs - b.atMs)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance: (byMs) => {
      const untilMs = nowMs + byMs
      for (let next = timers[0]; next !== undefined && next.atMs <= untilMs; next = timers[0]) {
        nowMs = next.atMs
        timers = timers.slice(1)
        next.act()
      }
      nowMs = untilMs
    },
    get waiting() {
      return timers.length
    },
  }
}
