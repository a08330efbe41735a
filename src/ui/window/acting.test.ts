import { afterEach, expect, test, vi } from 'vitest'
import { initialView, newcomersView, type View } from '../view.ts'
import { watchActing } from './acting.ts'

afterEach(() => vi.unstubAllGlobals())

/** A page on which somebody acts. @returns how often the profile was taken */
const acts = (view: View, ...actions: readonly (readonly [type: string, key?: string])[]): number => {
  const listeners = new Map<string, (event: { readonly key?: string | undefined }) => void>()
  vi.stubGlobal('addEventListener', (type: string, listener: () => void) => void listeners.set(type, listener))
  let taken = 0
  watchActing(
    () => view,
    () => {
      taken += 1
    },
  )
  for (const [type, key] of actions) listeners.get(type)?.({ key })
  return taken
}

const sleeping: View = { ...newcomersView, ownerSilent: true }

test('a click, a key or a word that is put in takes the profile from a tab that sleeps', () => {
  expect(acts(sleeping, ['pointerdown'])).toBe(1)
  expect(acts(sleeping, ['click'])).toBe(1)
  expect(acts(sleeping, ['input'])).toBe(1)
  expect(acts(sleeping, ['keydown', 'a'], ['keydown', 'Enter'])).toBe(2)
})

test('moving the mouse or holding a modifier takes nothing', () => {
  expect(
    acts(sleeping, ['pointermove'], ['focus'], ['keydown', 'Alt'], ['keydown', 'Shift'], ['keydown', 'Control'], ['keydown', 'Meta']),
  ).toBe(0)
})

test('nothing is taken from a tab that is awake', () => {
  expect(acts(newcomersView, ['pointerdown'], ['keydown', 'Enter'])).toBe(0)
  expect(acts(initialView, ['click'])).toBe(0)
})
