// Somebody acts on the page while the tab that has the profile sleeps: that is the word on which this one takes it.

import type { View } from '../view.ts'

/** Holding one of these is the beginning of something, often of leaving the page. */
const modifiers: readonly string[] = ['Alt', 'AltGraph', 'Control', 'Meta', 'Shift']

/** @param takeOver called before the page itself hears of it */
export const watchActing = (view: () => View, takeOver: () => void): void => {
  const acted = (): void => {
    const now = view()
    if (now.phase === 'open' && now.ownerSilent) takeOver()
  }
  for (const action of ['pointerdown', 'click', 'input']) addEventListener(action, acted, { capture: true, passive: true })
  addEventListener(
    'keydown',
    ({ key }) => {
      if (!modifiers.includes(key)) acted()
    },
    { capture: true, passive: true },
  )
}
