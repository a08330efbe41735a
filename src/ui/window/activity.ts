// That somebody acts in this window: told now and then, for what counts is that it was within the last minutes.

const EVERY_MS = 5_000

/** @param acted told at the first sign, and at most every five seconds */
export const watchActivity = (acted: () => void): void => {
  let lastMs = Number.NEGATIVE_INFINITY
  const act = (): void => {
    const nowMs = performance.now()
    if (nowMs - lastMs < EVERY_MS) return
    lastMs = nowMs
    acted()
  }
  for (const action of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
    addEventListener(action, act, { capture: true, passive: true })
  }
}
