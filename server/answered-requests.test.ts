import { expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { createAnsweredRequests } from './answered-requests.ts'
import { refused } from './publishing.ts'

const body = (byte: number) => new Uint8Array(32).fill(byte)
const answer = refused('too-many')

const house = () => {
  const clock = handClock()
  return { clock, answered: createAnsweredRequests(clock.nowMs) }
}

test('an answer is found by device, id and body, and by nothing else', () => {
  const { answered } = house()
  answered.keep('a/1', 'id', body(1), answer)
  expect(answered.find('a/1', 'id', body(1))).toEqual(answer)
  expect(answered.find('a/1', 'id', body(2))).toBe('another-body')
  expect(answered.find('a/1', 'other', body(1))).toBeUndefined()
  expect(answered.find('a/2', 'id', body(1))).toBeUndefined()
})

test('it lives for ten minutes', () => {
  const { answered, clock } = house()
  answered.keep('a/1', 'id', body(1), answer)
  clock.advance(599_999)
  answered.sweep()
  expect(answered.find('a/1', 'id', body(1))).toEqual(answer)
  clock.advance(1)
  expect(answered.find('a/1', 'id', body(1))).toBeUndefined()
  expect(answered.size()).toBe(1)
  answered.sweep()
  expect(answered.size()).toBe(0)
})

test('of one device the last 16 are known', () => {
  const { answered } = house()
  for (let i = 0; i < 17; i++) answered.keep('a/1', `${i}`, body(i), answer)
  expect(answered.find('a/1', '0', body(0))).toBeUndefined()
  for (let i = 1; i < 17; i++) expect(answered.find('a/1', `${i}`, body(i))).toEqual(answer)
})

test('the 4,096 devices that asked last are known', () => {
  const { answered } = house()
  for (let i = 0; i < 4_096; i++) answered.keep(`a/${i}`, 'id', body(1), answer)
  answered.keep('a/0', 'again', body(1), answer)
  answered.keep('a/4096', 'id', body(1), answer)
  expect(answered.size()).toBe(4_096)
  expect(answered.find('a/0', 'id', body(1))).toEqual(answer)
  expect(answered.find('a/1', 'id', body(1))).toBeUndefined()
})
