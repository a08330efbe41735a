import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemTimers } from './timers.ts'
import { watchWaking } from './waking.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const start = () => {
  const page = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const woke = vi.fn<() => void>()
  const stop = watchWaking({ page, document, timers: systemTimers, woke })
  return { page, document, woke, stop }
}
const sleep = (ms: number) => {
  vi.setSystemTime(Date.now() + ms)
  vi.advanceTimersByTime(5_000)
}

test('notices each way to come back', () => {
  const { page, document, woke } = start()
  for (const [target, event] of [
    [page, 'pageshow'],
    [page, 'online'],
    [document, 'resume'],
    [document, 'visibilitychange'],
  ] as const) {
    target.dispatchEvent(new Event(event))
    vi.advanceTimersByTime(1_000)
  }
  expect(woke).toHaveBeenCalledTimes(4)
})

test('one return is told once, and going is no return', () => {
  const { page, document, woke } = start()
  document.visibilityState = 'hidden'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(woke).not.toHaveBeenCalled()
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('resume'))
  page.dispatchEvent(new Event('pageshow'))
  document.dispatchEvent(new Event('visibilitychange'))
  expect(woke).toHaveBeenCalledTimes(1)
})

test('notices a jump of the clock, and not the slow timers of a hidden page', () => {
  const { document, woke } = start()
  vi.advanceTimersByTime(600_000)
  expect(woke).not.toHaveBeenCalled()
  sleep(60_000)
  expect(woke).toHaveBeenCalledTimes(1)
  document.visibilityState = 'hidden'
  sleep(60_000)
  expect(woke).toHaveBeenCalledTimes(1)
  sleep(600_000)
  expect(woke).toHaveBeenCalledTimes(2)
})

test('stopped, it hears nothing', () => {
  const { page, woke, stop } = start()
  stop()
  page.dispatchEvent(new Event('online'))
  sleep(600_000)
  expect(woke).not.toHaveBeenCalled()
})
