// When a page comes back: from the background, the back/forward cache, a lost network or a sleep of the machine. Timers
// and sockets know nothing of it, so both pipes ask around at once (Page Lifecycle, HTML section 7.4).

import type { Timers } from './timers.ts'

const TICK_MS = 5_000
/** Timers of hidden pages may be a minute late; visible ones that are later than this were asleep. */
const VISIBLE_JUMP_MS = 15_000
const HIDDEN_JUMP_MS = 90_000
/** One return shows in several events. */
const ONCE_MS = 500

/** @returns how to stop watching */
export const watchWaking = ({
  page,
  document,
  timers,
  woke,
}: {
  /** The window. */
  readonly page: EventTarget
  readonly document: EventTarget & { readonly visibilityState: string }
  readonly timers: Timers
  readonly woke: () => void
}): (() => void) => {
  const watching = new AbortController()
  let wokeAtMs = Number.NEGATIVE_INFINITY
  let tickedAtMs = timers.nowMs()
  let cancel = (): void => undefined

  const wake = (): void => {
    const nowMs = timers.nowMs()
    if (nowMs >= wokeAtMs && nowMs - wokeAtMs < ONCE_MS) return
    wokeAtMs = nowMs
    woke()
  }
  const isVisible = (): boolean => document.visibilityState === 'visible'
  const tick = (): void => {
    const nowMs = timers.nowMs()
    const lateMs = nowMs - tickedAtMs - TICK_MS
    tickedAtMs = nowMs
    if (lateMs > (isVisible() ? VISIBLE_JUMP_MS : HIDDEN_JUMP_MS)) wake()
    cancel = timers.after(TICK_MS, tick)
  }
  cancel = timers.after(TICK_MS, tick)

  const { signal } = watching
  page.addEventListener('pageshow', wake, { signal })
  page.addEventListener('online', wake, { signal })
  document.addEventListener('resume', wake, { signal })
  document.addEventListener('visibilitychange', () => isVisible() && wake(), { signal })
  return () => {
    watching.abort()
    cancel()
  }
}
