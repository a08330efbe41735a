// Whether the reader is at the newest message, and following it as more come. Offsets move for many reasons: somebody scrolls,
// the window takes another size, rows turn out to be higher than was thought. Only somebody leaves the end.

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'

/** Nearer to the end than this, in pixels, counts as being there. */
export const NEAR_END = 32
/** What is scrolled within this time of a wheel, a touch or a key is scrolled by somebody, in milliseconds. */
const GESTURE_MS = 500

interface End {
  /** For drawing. */
  readonly isAtEnd: boolean
  /** For deciding: true while the end is followed. */
  readonly follows: RefObject<boolean>
  /** To be called whenever the offset has changed. @returns whether the end can be seen */
  readonly look: (list: VirtualizerHandle) => boolean
  /** To be called whenever the window or rows have another size; `settled` comes once they keep it. */
  readonly resized: (settled: () => void) => void
}

/** @param scroller what scrolls */
export const useEnd = (scroller: RefObject<HTMLElement | null>): End => {
  const [isAtEnd, setAtEnd] = useState(true)
  const follows = useRef(true)
  const offsetBefore = useRef(0)
  const touchedAtMs = useRef(Number.NEGATIVE_INFINITY)
  const settling = useRef(0)

  const look = useCallback((list: VirtualizerHandle): boolean => {
    const isNearEnd = list.scrollSize - list.scrollOffset - list.viewportSize < NEAR_END
    const isSomebody = settling.current === 0 || performance.now() - touchedAtMs.current < GESTURE_MS
    const wentUp = list.scrollOffset < offsetBefore.current && isSomebody
    offsetBefore.current = list.scrollOffset
    follows.current = isNearEnd || (follows.current && !wentUp)
    setAtEnd(follows.current)
    return isNearEnd
  }, [])

  const resized = useCallback((settled: () => void): void => {
    cancelAnimationFrame(settling.current)
    // In the first frame the rows are measured, in the second the offset follows.
    settling.current = requestAnimationFrame(() => {
      settling.current = requestAnimationFrame(() => {
        settling.current = 0
        settled()
      })
    })
  }, [])

  useEffect(() => {
    const controller = new AbortController()
    const touched = (): void => {
      touchedAtMs.current = performance.now()
    }
    for (const gesture of ['wheel', 'touchmove', 'keydown', 'pointerdown'])
      scroller.current?.addEventListener(gesture, touched, { passive: true, signal: controller.signal })
    return () => controller.abort()
  }, [scroller])

  return { isAtEnd, follows, look, resized }
}
