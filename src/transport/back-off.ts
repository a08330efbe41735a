// How long to wait before the next attempt to connect: twice as long each time, with jitter, so that the browsers which
// a restarted relay dropped together do not come back together. Holds no timer.

import { fraction, type Random } from './chance.ts'

export const SHORTEST_DELAY_MS = 250
export const LONGEST_DELAY_MS = 15_000

export interface BackOff {
  /** Between half of the present step and all of it; the step then doubles, up to 15 s. */
  readonly nextDelayMs: () => number
  /** Starts over at 0.25 s. */
  readonly reset: () => void
}

export const createBackOff = (random: Random): BackOff => {
  let stepMs = SHORTEST_DELAY_MS
  return {
    nextDelayMs: () => {
      const delayMs = (stepMs * (1 + fraction(random))) / 2
      stepMs = Math.min(stepMs * 2, LONGEST_DELAY_MS)
      return delayMs
    },
    reset: () => {
      stepMs = SHORTEST_DELAY_MS
    },
  }
}
