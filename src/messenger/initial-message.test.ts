import { expect, test } from 'vitest'
import { toHex } from '../crypto/bytes.ts'
import { decodeInitialMessage, encodeInitialMessage } from './initial-message.ts'

const value = { id: new Uint8Array(16).fill(0x1d), message: Uint8Array.of(1, 2, 3) }

test('a first message has the bytes of docs/protocols/pairing.md', () => {
  expect(toHex(encodeInitialMessage(value))).toBe(`01${'1d'.repeat(16)}010203`)
  expect(decodeInitialMessage(encodeInitialMessage(value))).toEqual({ ok: true, value })
})

test('another version, and one that is too short for its id, are none', () => {
  expect(decodeInitialMessage(Uint8Array.of(2, ...encodeInitialMessage(value).subarray(1)))).toEqual({ ok: false, reason: 'malformed' })
  expect(decodeInitialMessage(encodeInitialMessage(value).subarray(0, 16))).toEqual({ ok: false, reason: 'malformed' })
})
