import { expect, test } from 'vitest'
import { toHex } from '../../crypto/bytes.ts'
import { addressOf } from './relay-auth.ts'

test('known bytes: SHA-256 of the label and the key', () => {
  const listenKey = Uint8Array.from({ length: 32 }, (_, i) => i)
  expect(toHex(addressOf(listenKey))).toBe('dab3fad5fb72135b726ba6fd6d5f15f5b27905e6787579886735e1eaa53ce7af')
})

test.each([0, 31, 33])('a key of %i bytes is a bug of ours', (length) => {
  expect(() => addressOf(new Uint8Array(length))).toThrow()
})
