import { expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { createBucket, createBuckets } from './limits.ts'

test('a bucket gives its burst at once, then what flows back', () => {
  const clock = handClock()
  const bucket = createBucket({ burst: 3, perSecond: 2 }, clock.nowMs)
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false])
  clock.advance(499)
  expect(bucket.take()).toBe(false)
  clock.advance(1)
  expect([bucket.take(), bucket.take()]).toEqual([true, false])
  clock.advance(60_000)
  expect([bucket.take(3), bucket.take()]).toEqual([true, false])
})

test('what is refused costs nothing', () => {
  const clock = handClock()
  const bucket = createBucket({ burst: 3, perSecond: 0 }, clock.nowMs)
  expect([bucket.take(4), bucket.take(3)]).toEqual([false, true])
})

test('keys do not share', () => {
  const clock = handClock()
  const buckets = createBuckets({ burst: 1, perSecond: 0 }, clock.nowMs)
  expect([buckets.take('a'), buckets.take('a'), buckets.take('b')]).toEqual([true, false, true])
})

test('keys that are full again are forgotten, others are not', () => {
  const clock = handClock()
  const buckets = createBuckets({ burst: 2, perSecond: 1 }, clock.nowMs)
  buckets.take('a')
  clock.advance(500)
  buckets.take('b', 2)
  clock.advance(500)
  buckets.sweep()
  expect(buckets.size()).toBe(1)
  expect(buckets.take('b')).toBe(false)
})

test('a million keys are not kept', () => {
  const clock = handClock()
  const buckets = createBuckets({ burst: 1, perSecond: 0 }, clock.nowMs)
  for (let i = 0; i < 100_500; i++) buckets.take(String(i))
  expect(buckets.size()).toBe(100_000)
  expect(buckets.take('100499')).toBe(false)
})
