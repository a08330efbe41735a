// Time as the worker has it. The messenger is told it, and asks for one wake-up at a time.

export interface Timers {
  /** Milliseconds since 1970; a wall clock, which may jump. */
  readonly nowMs: () => number
  /** Runs `act` once, `delayMs` from now or later; the answer calls it off. */
  readonly after: (delayMs: number, act: () => void) => () => void
}

/** The longest delay that a timer of a browser can count; a longer one would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

export const systemTimers: Timers = {
  nowMs: () => Date.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS))
    return () => clearTimeout(timer)
  },
}
