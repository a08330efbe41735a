// Time as the two pipes see it: an input, so that tests can turn the clock. Not the messenger's clock, which is told in
// reports.

export interface Timers {
  /** Milliseconds since 1970. Wall clock on purpose: it goes on while the machine sleeps. */
  readonly nowMs: () => number
  /** Runs `act` once, `delayMs` from now or later; the answer calls it off. */
  readonly after: (delayMs: number, act: () => void) => () => void
}

export const systemTimers: Timers = {
  nowMs: () => Date.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs)
    return () => clearTimeout(timer)
  },
}
