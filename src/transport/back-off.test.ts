import { expect, test } from 'vitest'
import { createBackOff, LONGEST_DELAY_MS, SHORTEST_DELAY_MS } from './back-off.ts'

const lowest = (length: number) => new Uint8Array(length)
const highest = (length: number) => new Uint8Array(length).fill(255)

test('delays double from a quarter of a second to fifteen seconds and stay there', () => {
  const backOff = createBackOff(highest)
  const delays = Array.from({ length: 9 }, () => Math.round(backOff.nextDelayMs()))
  expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
})

test('jitter takes up to half of a delay away', () => {
  const backOff = createBackOff(lowest)
  expect([backOff.nextDelayMs(), backOff.nextDelayMs()]).toEqual([SHORTEST_DELAY_MS / 2, SHORTEST_DELAY_MS])
  for (let i = 0; i < 20; i++) expect(backOff.nextDelayMs()).toBeLessThanOrEqual(LONGEST_DELAY_MS / 2)
})

test('after a reset it starts over', () => {
  const backOff = createBackOff(highest)
  for (let i = 0; i < 5; i++) backOff.nextDelayMs()
  backOff.reset()
  expect(Math.round(backOff.nextDelayMs())).toBe(SHORTEST_DELAY_MS)
})
