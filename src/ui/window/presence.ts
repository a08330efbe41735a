// What only a window can tell: whether it is seen, whether the browser believes to be online, and that it has slept.

import type { Report } from '../../messenger/api.ts'

/** How often the clock is looked at, and the gap between two looks that means sleep, in milliseconds. */
const LOOK_MS = 10_000
const SLEPT_MS = 60_000

/** Reports from now on, and once at once. */
export const watchPresence = (report: (report: Report) => void): void => {
  const changed = (): void => report({ type: 'window-changed', visible: document.visibilityState === 'visible', online: navigator.onLine })
  document.addEventListener('visibilitychange', () => {
    changed()
    if (document.visibilityState === 'visible') report({ type: 'window-woke' })
  })
  addEventListener('online', changed)
  addEventListener('offline', changed)
  addEventListener('pageshow', ({ persisted }) => {
    // The pipes were closed as the page was put away: it begins anew.
    if (persisted) location.reload()
  })
  let lastLookMs = Date.now()
  setInterval(() => {
    const nowMs = Date.now()
    if (Math.abs(nowMs - lastLookMs) > SLEPT_MS) report({ type: 'window-woke' })
    lastLookMs = nowMs
  }, LOOK_MS)
  changed()
}
