// The same short stories again and again, each time with one page that dies at another point: before and after every load,
// commit and release (test/support/world.ts, crashPoints). Whatever the point, nothing is lost, doubled, reordered or
// undecryptable, and everything comes to rest.

import { describe, expect, it } from 'vitest'
import { seededRandom } from '../support/seeded-random.ts'
import { type CrashPoint, crashPoints } from '../support/world.ts'
import { type Chapter, chapters as others } from './chapters.ts'
import { linking, moving } from './chapters-devices.ts'
import { chosen } from './points.ts'
import { isBroad, seed } from './stories.ts'

const chapters = { ...others, linking, moving }

/** Points at which the chapter can break, in the order in which they are reached, each told by its device and kind. */
const pointsOf = async (chapter: Chapter): Promise<readonly string[]> => {
  const { expectWhole, tell, world } = await chapter()
  const points: string[] = []
  world.diesAt = ({ name }, point) => {
    points.push(`${name} ${point}`)
    return false
  }
  await tell()
  world.diesAt = () => false
  await expectWhole()
  return points
}

/** Tells the chapter with a crash at this point. */
const crashAt = async (chapter: Chapter, number: number, expected: string, reopensAfterMs: number): Promise<void> => {
  const { expectWhole, tell, world } = await chapter()
  let reached = -1
  world.reopensAfterMs = reopensAfterMs
  world.diesAt = ({ name }, point) => {
    reached += 1
    if (reached !== number) return false
    expect(`${name} ${point}`).toBe(expected)
    world.lastWordsArrive = number % 4 !== 0
    return true
  }
  await tell()
  expect(reached).toBeGreaterThanOrEqual(number)
  await expectWhole()
}

/** Of the runs asked for: what fits in some five seconds each. */
const shares = { pairing: 0.2, introduction: 0.15, upkeep: 0.08, linking: 0.02, moving: 0.03 } as const
const names: readonly (keyof typeof chapters)[] = isBroad ? ['pairing', 'introduction', 'upkeep', 'linking', 'moving'] : ['pairing']

describe.each(names.map((name) => [name, chapters[name]] as const))('a page that dies at any point: %s', (name, chapter) => {
  it('loses, doubles and reorders nothing, and comes to rest', async () => {
    const points = await pointsOf(chapter)
    if (isBroad) expect(new Set(points.map((point) => point.split(' ')[1] as CrashPoint))).toEqual(new Set(crashPoints))
    const random = seededRandom(`${seed}/crashes/${name}`)
    for (const number of chosen(points, random, shares[name])) {
      const again = `point ${number} of ${points.length} (${points[number]}) of ${name}, PARLEY_SEED=${seed}`
      // At once, or when the others have noticed.
      const reopensAfterMs = [100, 2_000, 30_000][number % 3] ?? 2_000
      try {
        await crashAt(chapter, number, points[number] ?? '', reopensAfterMs)
      } catch (failure) {
        throw new Error(again, { cause: failure })
      }
    }
  })
})
