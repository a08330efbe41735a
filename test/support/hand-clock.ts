// A clock that goes forward when a test says so.

export interface HandClock {
  readonly nowMs: () => number
  readonly advance: (ms: number) => void
}

export const handClock = (): HandClock => {
  let now = 1_000_000
  return {
    nowMs: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}
