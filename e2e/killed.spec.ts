// `kill -9` of a whole browser at any moment of a conversation that goes both ways under load, again and again. In the end
// everything that a page had shown as sent stands on both screens: once, in order, and delivered.

import process from 'node:process'
import { seededRandom } from '../test/support/seeded-random.ts'
import { expect, type Person, pair, type Resident, test } from './support/browser.ts'
import { killBrowser } from './support/processes.ts'

/** 5 in the suite; `npm run soak` asks for 100. */
const ROUNDS = Number(process.env['PARLEY_KILLS'] ?? 5)
const SEED = process.env['PARLEY_SEED'] ?? '20261121'
/** The wait before a kill, and the start of a browser on a busy machine. */
const ROUND_MS = 20_000
const LONGEST_WAIT_MS = 1_500
const SETTLES_WITHIN_MS = 60_000 + ROUNDS * 2_000

/** What stood on the screen of whom it is from. */
type Shown = Set<string>

/** Goes on writing until it is over, or the browser is gone. */
const writes = async (person: Person, about: string, shown: Shown, isOver: () => boolean): Promise<void> => {
  for (let batch = 0; !isOver(); batch++) {
    const texts = Array.from({ length: 4 }, (_, number) => `${about}.${batch}.${number}`)
    try {
      await person.saysAll(texts)
      await person.reads(texts.at(-1) ?? '')
    } catch (failure) {
      if (isOver()) return
      throw failure
    }
    for (const text of texts) shown.add(text)
  }
}

const readsOf = async (person: Person, direction: 'in' | 'out') => {
  const read = (await person.readsEverything()).filter((each) => each.direction === direction)
  return { texts: read.map(({ text }) => text), states: new Set(read.map(({ state }) => state)) }
}

test(`a browser is killed ${ROUNDS} times at any moment of a conversation: nothing is lost, doubled or undecryptable`, async ({
  settles,
}) => {
  test.setTimeout(60_000 + ROUNDS * ROUND_MS + SETTLES_WITHIN_MS)
  const random = seededRandom(`${SEED}/killed`)
  const below = (limit: number): number => (((random(1)[0] ?? 0) << 8) | (random(1)[0] ?? 0)) % limit
  const homes: readonly [Resident, Resident] = await Promise.all([settles('Alice'), settles('Bob')])
  const [alice, bob] = homes
  await pair(alice.person(), bob.person())
  const paths = await Promise.all(homes.map((home) => home.person().whereTheyAre()))

  const shown: readonly [Shown, Shown] = [new Set(), new Set()]
  for (let round = 0; round < ROUNDS; round++) {
    const which = below(2) === 0 ? 0 : 1
    const waitMs = below(LONGEST_WAIT_MS)
    console.log(`PARLEY_SEED=${SEED}, round ${round}: ${homes[which].person().name} after ${waitMs} ms`)
    let isOver = false
    const writing = homes.map((home, i) => {
      const person = home.person()
      return writes(person, `${person.name} ${round}`, shown[i === 0 ? 0 : 1], () => isOver)
    })
    await new Promise((done) => setTimeout(done, waitMs))
    isOver = true
    // In the middle of what is being written, sent, received and kept.
    await killBrowser(homes[which].profile)
    await Promise.all(writing)
    await homes[which].reopens(paths[which])
  }

  await expect(async () => {
    for (const [from, to, stood] of [
      [alice.person(), bob.person(), shown[0]],
      [bob.person(), alice.person(), shown[1]],
    ] as const) {
      const [sent, received] = await Promise.all([readsOf(from, 'out'), readsOf(to, 'in')])
      expect([...stood].filter((text) => !sent.texts.includes(text))).toEqual([])
      expect(new Set(sent.texts).size).toBe(sent.texts.length)
      expect(received.texts).toEqual(sent.texts)
      expect(sent.states).toEqual(new Set(['Delivered']))
    }
  }).toPass({ timeout: SETTLES_WITHIN_MS })
})
