// When what has come is drawn: with the next frame. A page that is out of sight has no frames, so a timer stands in.

/** The longest wait for a frame, in milliseconds. */
const LONGEST_WAIT_MS = 100

/** Calls `work` once, later: never before this call has returned. */
export const beforeNextFrame = (work: () => void): void => {
  const first = (): void => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    work()
  }
  const frame = requestAnimationFrame(first)
  const timer = setTimeout(first, LONGEST_WAIT_MS)
}
