// The same short stories (test/simulation/chapters.ts) on disks that fail from some commit on, for a while: no room, aborted
// transactions, no database at all, and commits that are written although they are said to have failed. It is told, nothing
// is acknowledged that is not kept, nothing runs in circles, and once there is room all is as if there had always been.

import { describe, expect, it } from 'vitest'
import type { Trouble } from '../../src/messenger/api.ts'
import { heldTables } from '../../src/store/parts.ts'
import { profileOf } from '../support/profiles.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createWorld, type Device } from '../support/world.ts'
import { type Chapter, chapters } from './chapters.ts'
import { chosen } from './points.ts'
import { expectFriends, idOf, isBroad, openAll, pair, seed, send } from './stories.ts'

const failures = {
  full: ['storage-full', undefined],
  aborted: ['storage-failed', undefined],
  closed: ['storage-failed', 'without-reading'],
  unheard: ['storage-failed', 'unheard'],
} as const
type Failure = keyof typeof failures
const kinds = Object.keys(failures) as Failure[]

/** Whose commits the chapter makes, in their order. */
const commitsOf = async (chapter: Chapter): Promise<readonly string[]> => {
  const { expectWhole, tell, world } = await chapter()
  const commits: string[] = []
  world.diesAt = ({ name }, point) => {
    if (point === 'before-commit') commits.push(name)
    return false
  }
  await tell()
  world.diesAt = () => false
  await expectWhole()
  return commits
}

/** Tells the chapter with a disk that fails at this commit, and so long from then on. */
const failAt = async (chapter: Chapter, number: number, failure: Failure, lastsMs: number): Promise<void> => {
  const { expectWhole, tell, world } = await chapter()
  let reached = -1
  let failing: Device | undefined
  let attempts = 0
  const told = new Set<Trouble>()
  const [reason, how] = failures[failure]
  world.diesAt = (device, point) => {
    if (point !== 'before-commit') return false
    if (device === failing) attempts += 1
    reached += 1
    if (reached !== number) return false
    failing = device
    device.disk.refuse(reason, how)
    world.later(lastsMs, () => {
      failing = undefined
      device.disk.refuse(undefined)
    })
    return false
  }
  world.onPost = (device, message) => {
    if (device !== failing) return
    if (message.type === 'event' && message.event.type === 'trouble') told.add(message.event.trouble)
  }
  await tell()
  expect(reached).toBeGreaterThanOrEqual(number)
  await expectWhole()
  expect([...told]).toEqual([reason])
  // A few for each frame that comes, and the clock every ten seconds; not as many as a processor can.
  expect(attempts).toBeLessThan(100 + lastsMs / 100)
}

describe('a table that is damaged or gone', () => {
  const tables = [...heldTables, 'messages', 'seen'] as const
  it.each(tables.filter((table) => table !== 'self' && (isBroad || table === 'sessions')))(
    '%s: the page starts, and pairing again mends what is left',
    async (table) => {
      for (const how of ['tamper', 'drop'] as const) {
        const world = createWorld(`${seed}/damaged/${table}/${how}`)
        const alice = await world.addDevice('alice', false, await profileOf('alice'))
        const bob = await world.addDevice('bob', false, await profileOf('bob'))
        await pair(world, alice, bob)
        await expectFriends(world, alice, bob)
        alice.crash()
        send(bob, idOf(alice), 'are you away?')
        await world.pass(5_000)
        bob.crash()
        bob.disk[how](table)
        await openAll(alice, bob)
        // What is not there, and what comes for it, is no bug: the world throws where one shows.
        bob.command({ type: 'load-messages', contactId: idOf(alice), before: undefined, count: 50 })
        send(alice, idOf(bob), 'I was')
        await world.pass(25 * 3_600_000)
        // Nor is the relay accused of what the disk has done.
        if (table === 'published') expect(bob.held.misbehaviour.size).toBe(0)
        await pair(world, bob, alice)
        await expectFriends(world, alice, bob)
      }
    },
  )
})

/** Of the runs asked for: what fits in some ten seconds. */
const shares = { pairing: 0.02, introduction: 0.03, upkeep: 0.01 } as const
const names: readonly (keyof typeof chapters)[] = isBroad ? ['pairing', 'introduction', 'upkeep'] : ['pairing']

describe.each(names.map((name) => [name, chapters[name]] as const))('a disk that fails at any commit: %s', (name, chapter) => {
  it.each(isBroad ? kinds : kinds.slice(0, 1))('%s: nothing is acknowledged that is not kept, and nothing is lost', async (failure) => {
    const commits = await commitsOf(chapter)
    const random = seededRandom(`${seed}/storage-trouble/${name}/${failure}`)
    for (const number of chosen(commits, random, shares[name])) {
      // Shorter than a try is long, or than it takes until somebody gives up.
      const lastsMs = [10, 1_500, 25_000][number % 3] ?? 10
      try {
        await failAt(chapter, number, failure, lastsMs)
      } catch (reason) {
        const of = `commit ${number} of ${commits.length} (${commits[number]}) of ${name}, ${failure} for ${lastsMs} ms`
        throw new Error(`${of}, PARLEY_SEED=${seed}`, { cause: reason })
      }
    }
  })
})
