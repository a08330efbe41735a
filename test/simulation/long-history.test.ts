// A history of many segments: a page that opens with nothing of it indexed catches up, and hands all of it to a new device.

import { expect, it } from 'vitest'
import { SEGMENT_LENGTH } from '../../src/messenger/segment.ts'
import { link } from '../support/linking.ts'
import { withHistory } from '../support/long-history.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { idOf, pair, quiet, seed } from './stories.ts'

const COUNT = 6 * SEGMENT_LENGTH + 100

const find = async (world: World, device: Device, query: string) => {
  const before = device.events.length
  device.command({ type: 'search-messages', contactId: undefined, query, after: undefined, count: 10 })
  const answer = () => device.events.slice(before).find(({ type }) => type === 'messages-found')
  await world.until('an answer', () => answer() !== undefined)
  return answer()
}

it('a long history is indexed a segment a clock, whatever else is due, and a new device gets all of it', async () => {
  const world = createWorld(`${seed}/long history`)
  const alice = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  await pair(world, alice, bob)
  await quiet(world, alice, bob)
  const perClock: number[] = []
  world.onTurn = ({ device, input, transition }) => {
    if (device === alice && input.type === 'clock') perClock.push(transition.changes.segments.length)
  }
  await withHistory(world, alice, idOf(bob), COUNT)
  await world.pass(1_000)
  expect(alice.held.indexed.get(idOf(bob))).toMatchObject({ from: 1, to: 6 * SEGMENT_LENGTH + 1 })
  // The first one looks after the keys as well.
  expect(perClock.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1])
  expect(await find(world, alice, 'minutes thursday')).toMatchObject({ total: COUNT, behind: 0 })

  const laptop = await link(world, alice, 'laptop', 0)
  await world.until('everything is handed over', () => laptop.held.contacts.has(idOf(bob)) && alice.held.handovers.size === 0)
  await quiet(world, alice, bob, laptop)
  expect(laptop.held.handovers.size).toBe(0)
  expect(laptop.held.contacts.get(idOf(bob))?.unread).toBe(0)
  expect(await find(world, laptop, 'minutes thursday')).toMatchObject({ total: COUNT, behind: 0 })
  expect(await find(world, laptop, '799')).toMatchObject({ messages: [{ place: 800 }], total: 1 })
})
