import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { createRoomNumbers } from './room-numbers.ts'

const LIFE_MS = 300_000
const start = (randomInteger: (limit: number) => number = randomInt) => {
  const clock = handClock()
  return { clock, ...createRoomNumbers(LIFE_MS, clock.nowMs, randomInteger) }
}
const draws = (draw: () => string | undefined, count: number) => Array.from({ length: count }, draw)

test('two digits for the first fifty rooms, three for the next 500, four for 5,000, then none', () => {
  const { draw } = start()
  const numbers = draws(draw, 5_550)
  expect(numbers.slice(0, 50).every((number) => /^\d{2}$/.test(number ?? ''))).toBe(true)
  expect(numbers.slice(50, 550).every((number) => /^\d{3}$/.test(number ?? ''))).toBe(true)
  expect(numbers.slice(550).every((number) => /^\d{4}$/.test(number ?? ''))).toBe(true)
  expect(new Set(numbers).size).toBe(5_550)
  expect(draw()).toBeUndefined()
})

test('zeros in front stay', () => {
  const { draw } = start(() => 7)
  expect(draw()).toBe('07')
})

test('a number that is taken is drawn again', () => {
  const drawn = [7, 7, 7, 8]
  const { draw } = start(() => drawn.shift() ?? 0)
  expect(draws(draw, 2)).toEqual(['07', '08'])
})

test('a number rests for a room life after its room', () => {
  const drawn = [7, 7, 8, 7]
  const { clock, draw, release } = start(() => drawn.shift() ?? 0)
  expect(draw()).toBe('07')
  release('07')
  clock.advance(LIFE_MS - 1)
  expect(draw()).toBe('08')
  clock.advance(1)
  expect(draw()).toBe('07')
})

test('resting numbers count as taken: whoever opens and closes gets longer numbers, not used ones', () => {
  const { draw, release } = start()
  const numbers = Array.from({ length: 60 }, () => {
    const number = draw() ?? ''
    release(number)
    return number
  })
  expect(new Set(numbers).size).toBe(60)
  expect(numbers.filter(({ length }) => length === 2)).toHaveLength(50)
})
