// Attacks with their controls: files of checks are wrapped, so that a test can run something with exactly one decision left
// out, and nothing else of the code touched. A test file mocks each file of checks with `wrap` and takes the rest typed from
// `leavingOut`. One registry for each test file, as vitest loads this module once for each.

import { expect } from 'vitest'

// Functions of many shapes under their names: only `without` and `real` look in here, and they are typed.
const originals: Record<string, (...input: never[]) => unknown> = {}
const removals: Record<string, (...input: never[]) => unknown> = {}
const attacked = new Set<string>()

/** For `vi.mock`: each function of a file of checks, replaced while it is left out. */
export const wrap = (file: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(file).map(([name, value]) => {
      if (typeof value !== 'function') return [name, value]
      originals[name] = (...input) => value(...input)
      return [name, (...input: never[]) => (removals[name] ?? value)(...input)]
    }),
  )

export const leavingOut = <Checks extends object>() => {
  type Removed = { readonly [Name in keyof Checks]?: Checks[Name] }

  const without = <T>(removed: Removed, run: () => T): T => {
    Object.assign(removals, removed)
    for (const name of Object.keys(removed)) attacked.add(name)
    try {
      return run()
    } finally {
      for (const name of Object.keys(removed)) delete removals[name]
    }
  }

  /** The unwrapped function of this name. */
  const real = <Name extends keyof Checks>(name: Name): Checks[Name] =>
    // The wrapper above put each function under its own name.
    originals[name as string] as unknown as Checks[Name]

  /** Stopped by this one check: fails, and succeeds without it. */
  const stoppedBy = (removed: Removed, attack: () => boolean): void => {
    expect(Object.keys(removed)).toHaveLength(1)
    expect(attack(), 'the attack must fail').toBe(false)
    expect(without(removed, attack), 'the control must succeed').toBe(true)
  }

  /** Stopped by each of these checks alone. */
  const stoppedByEachOf = (layers: Removed, attack: () => boolean): void => {
    expect(attack(), 'the attack must fail').toBe(false)
    for (const layer of Object.keys(layers)) {
      // All of the same layers but one.
      const others = Object.fromEntries(Object.entries(layers).filter(([name]) => name !== layer)) as Removed
      expect(without(others, attack), `${layer} alone must stop the attack`).toBe(false)
    }
    expect(without(layers, attack), 'the control must succeed').toBe(true)
  }

  return { without, real, stoppedBy, stoppedByEachOf, attacked }
}
