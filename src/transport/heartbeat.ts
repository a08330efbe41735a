// Whether the other end still answers. Any frame counts as life; what is quiet is asked with a ping, and a ping that
// nothing answers ends the connection. Knows no frame and no socket.
//
//   quiet --no frame for an interval--> asked --no frame, patience spent--> silent
//   quiet | asked --page woke, or a timer came late--> asked-awake --no frame for 5 s--> silent
//   asked | asked-awake --any frame--> quiet
//
// A page that was frozen runs its timers before the frames which arrived meanwhile. A timer that comes late therefore
// judges nobody at first: it asks again. (Not twice: timers of a hidden page may always be late.)

import type { Timers } from './timers.ts'

/** How long a ping after waking may stay unanswered. */
export const PATIENCE_AFTER_WAKING_MS = 5_000
/** A timer that is later than this by the clock was held back. */
const LATE_MS = 3_000

export interface Heartbeat {
  /** A frame came. */
  readonly heard: () => void
  /** The page woke: asks at once and waits 5 s. */
  readonly wake: () => void
  readonly stop: () => void
}

export const createHeartbeat = ({
  timers,
  intervalMs,
  patienceMs,
  ping,
  silent,
}: {
  readonly timers: Timers
  /** Without a frame for so long, a ping is sent. */
  readonly intervalMs: number
  /** How long a ping may stay unanswered. */
  readonly patienceMs: number
  readonly ping: () => void
  /** Called once; the heartbeat has stopped by then. */
  readonly silent: () => void
}): Heartbeat => {
  let phase: 'quiet' | 'asked' | 'asked-awake' | 'stopped' = 'quiet'
  let lastHeardMs = timers.nowMs()
  let cancel = (): void => undefined

  const wait = (delayMs: number, act: () => void): void => {
    cancel()
    const dueMs = timers.nowMs() + delayMs
    cancel = timers.after(delayMs, () => {
      const late = timers.nowMs() > dueMs + LATE_MS
      if (late && phase !== 'asked-awake') ask('asked-awake')
      else act()
    })
  }
  const ask = (next: 'asked' | 'asked-awake'): void => {
    phase = next
    wait(next === 'asked' ? patienceMs : PATIENCE_AFTER_WAKING_MS, () => {
      phase = 'stopped'
      silent()
    })
    ping()
  }
  const rest = (): void => {
    phase = 'quiet'
    wait(intervalMs, askIfQuiet)
  }
  const askIfQuiet = (): void => {
    // Frames do not set the timer anew: at thousands a second that would cost more than they do.
    const quietMs = timers.nowMs() - lastHeardMs
    if (quietMs >= intervalMs) ask('asked')
    else wait(intervalMs - quietMs, askIfQuiet)
  }
  rest()

  return {
    heard: () => {
      lastHeardMs = timers.nowMs()
      if (phase === 'asked' || phase === 'asked-awake') rest()
    },
    wake: () => {
      if (phase === 'quiet' || phase === 'asked') ask('asked-awake')
    },
    stop: () => {
      phase = 'stopped'
      cancel()
    },
  }
}
