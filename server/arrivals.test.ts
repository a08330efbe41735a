import { expect, test } from 'vitest'
import { decodeArrival, encodeArrival, MOVED } from './arrivals.ts'

test.each([0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1])('an envelope at position %i comes back as it was', (position) => {
  const envelope = Uint8Array.of(1, 2, 3)
  const message = encodeArrival({ position, envelope })
  expect(decodeArrival(message)).toEqual({ position, envelope })
  expect(decodeArrival(Uint8Array.of(9, ...message).subarray(1))).toEqual({ position, envelope })
})

test('moved is no arrival', () => {
  expect(decodeArrival(MOVED)).toBeUndefined()
})
