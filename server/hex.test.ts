import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { bytesOf, hexOf } from './hex.ts'

test('the same as everywhere else, of any bytes, also of a part of more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 80 }), (bytes, from) => {
      const part = bytes.subarray(from)
      expect(hexOf(part)).toBe(toHex(part))
      expect(bytesOf(toHex(bytes))).toEqual(fromHex(toHex(bytes)))
      expect(bytesOf(toHex(bytes)).constructor).toBe(Uint8Array)
    }),
  )
})
