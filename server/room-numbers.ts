// The numbers that people say aloud in place of a room's id, docs/protocols/relay.md "Room numbers": two to four
// digits, short while few are in use, drawn at random, and not given again until every room of its time has ended.

import type { Clock } from './limits.ts'

/** A uniform integer in [0, limit). */
export type RandomInteger = (limit: number) => number

const LENGTHS = [2, 3, 4] as const

export interface RoomNumbers {
  /** A free number of the shortest length that is less than half taken, or undefined where all are half taken. */
  readonly draw: () => string | undefined
  /** The room has ended; the number rests for `restMs`. */
  readonly release: (number: string) => void
}

export const createRoomNumbers = (restMs: number, nowMs: Clock, randomInteger: RandomInteger): RoomNumbers => {
  /** In use or at rest. */
  const taken = new Map<number, Set<string>>(LENGTHS.map((length) => [length, new Set()]))
  /** In the order in which they wake, as all rest equally long. */
  const wakesAtMs = new Map<string, number>()

  const wake = () => {
    for (const [number, atMs] of wakesAtMs) {
      if (atMs > nowMs()) return
      wakesAtMs.delete(number)
      taken.get(number.length)?.delete(number)
    }
  }

  return {
    draw: () => {
      wake()
      for (const [length, numbers] of taken) {
        const count = 10 ** length
        if (numbers.size >= count / 2) continue
        // More than half are free, so this takes two draws on average.
        for (;;) {
          const number = String(randomInteger(count)).padStart(length, '0')
          if (numbers.has(number)) continue
          numbers.add(number)
          return number
        }
      }
      return undefined
    },
    release: (number) => {
      wakesAtMs.set(number, nowMs() + restMs)
    },
  }
}
