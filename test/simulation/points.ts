// Which of many points a run looks at: a seeded sample in the suite, all of them in soak.

import type { Random } from '../../src/crypto/random.ts'
import { isBroad } from './stories.ts'

/** Of 1,000 runs on, every point is looked at. */
const runs = Number(process.env['PARLEY_RUNS'] ?? 100)
const only = process.env['PARLEY_POINT']

/**
 * Places in `points`, growing; in a sample each kind comes as often as any other, as far as there are as many. `PARLEY_POINT`
 * names a single one.
 *
 * @param points the kind of each
 * @param share of the runs asked for, where not all
 */
export const chosen = (points: readonly string[], random: Random, share: number): readonly number[] => {
  if (only !== undefined) return [Number(only)]
  const all = [...points.keys()]
  if (isBroad && runs >= 1_000) return all
  const taken = new Map<string, number>()
  const drawn = all
    .map((number) => ({ number, lot: Buffer.from(random(6)).readUIntBE(0, 6) }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ number }) => {
      const kind = points[number] ?? ''
      const rank = taken.get(kind) ?? 0
      taken.set(kind, rank + 1)
      return { number, rank }
    })
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .slice(0, isBroad ? Math.max(1, Math.round(runs * share)) : 1)
    .map(({ number }) => number)
    .sort((a, b) => a - b)
}
