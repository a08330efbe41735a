import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createHeartbeat, PATIENCE_AFTER_WAKING_MS } from './heartbeat.ts'
import { systemTimers } from './timers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const start = () => {
  const ping = vi.fn<() => void>()
  const silent = vi.fn<() => void>()
  return { ping, silent, ...createHeartbeat({ timers: systemTimers, intervalMs: 15_000, patienceMs: 30_000, ping, silent }) }
}
/** The machine sleeps: time passes, nothing runs. */
const freeze = (ms: number) => vi.setSystemTime(Date.now() + ms)

test('asks after an interval without a frame and gives up when nothing answers', () => {
  const { ping, silent } = start()
  vi.advanceTimersByTime(14_999)
  expect(ping).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(ping).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(29_999)
  expect(silent).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(silent).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(600_000)
  expect([ping.mock.calls.length, silent.mock.calls.length]).toEqual([1, 1])
})

test('any frame is an answer, and frames make questions needless', () => {
  const { ping, silent, heard } = start()
  vi.advanceTimersByTime(20_000)
  heard()
  for (let i = 0; i < 30; i++) {
    vi.advanceTimersByTime(10_000)
    heard()
  }
  expect(ping).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(15_000)
  expect(ping).toHaveBeenCalledTimes(2)
  expect(silent).not.toHaveBeenCalled()
})

test('after waking it asks at once and waits five seconds', () => {
  const { ping, silent, wake } = start()
  wake()
  wake()
  expect(ping).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(PATIENCE_AFTER_WAKING_MS - 1)
  expect(silent).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(silent).toHaveBeenCalledTimes(1)
})

test('waking shortens the patience with a question that is already out', () => {
  const { ping, silent, wake } = start()
  vi.advanceTimersByTime(16_000)
  wake()
  expect(ping).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(PATIENCE_AFTER_WAKING_MS)
  expect(silent).toHaveBeenCalledTimes(1)
})

test('a frozen page judges nobody by the time it slept', () => {
  const { ping, silent, heard } = start()
  vi.advanceTimersByTime(15_000)
  freeze(600_000)
  vi.advanceTimersByTime(30_000)
  expect(silent).not.toHaveBeenCalled()
  expect(ping).toHaveBeenCalledTimes(2)
  heard()
  vi.advanceTimersByTime(10_000)
  expect(silent).not.toHaveBeenCalled()
})

test('a hidden page whose timers are always late still notices silence', () => {
  const { silent } = start()
  for (let minutes = 0; minutes < 3; minutes++) {
    freeze(60_000)
    vi.advanceTimersByTime(15_000)
  }
  expect(silent).toHaveBeenCalledTimes(1)
})

test('stopped, it does nothing any more', () => {
  const { ping, silent, stop, wake, heard } = start()
  stop()
  wake()
  heard()
  vi.advanceTimersByTime(600_000)
  expect([ping.mock.calls.length, silent.mock.calls.length]).toEqual([0, 0])
})
