import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENVELOPE_LENGTHS, envelopeLengthFor, isEnvelopeLength, PADDING_OVERHEAD, pad, unpad } from './padding.ts'

describe('lengths', () => {
  test('an envelope is 4, 16 or 64 KiB less the 64 bytes in front of it', () => {
    expect(ENVELOPE_LENGTHS).toEqual([4032, 16_320, 65_472])
    expect([4031, 4032, 4033, 16_320, 65_472, 65_536].map(isEnvelopeLength)).toEqual([false, true, false, true, true, false])
  })

  test.each([
    [0, 4032],
    [4032, 4032],
    [4033, 16_320],
    [16_320, 16_320],
    [16_321, 65_472],
    [65_472, 65_472],
    [65_473, undefined],
  ])('%i bytes go into an envelope of %s', (length, envelopeLength) => {
    expect(envelopeLengthFor(length)).toBe(envelopeLength)
  })
})

describe('padding', () => {
  test('is 80 and zeros', () => {
    expect(pad(Uint8Array.of(1, 2), 6)).toEqual(Uint8Array.of(1, 2, 0x80, 0, 0, 0))
    expect(pad(Uint8Array.of(), 1)).toEqual(Uint8Array.of(0x80))
    expect(pad(Uint8Array.of(1, 2), 2 + PADDING_OVERHEAD)).toEqual(Uint8Array.of(1, 2, 0x80))
  })

  test('throws where there is no room for it', () => {
    expect(() => pad(new Uint8Array(6), 6)).toThrow()
  })

  test.each([[[]], [[0]], [[0, 0, 0]], [[1]], [[0x80, 1]], [[0x81, 0]], [[0x80, 0, 0x7f]]])('%j is not padded', (bytes) => {
    expect(unpad(Uint8Array.from(bytes))).toBeUndefined()
  })

  test('comes off as it went on, also where the content looks like padding', () => {
    expect(unpad(pad(Uint8Array.of(0x80, 0, 0x80, 0), 9))).toEqual(Uint8Array.of(0x80, 0, 0x80, 0))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 64 }), (content, room) => {
        expect(unpad(pad(content, content.length + room))).toEqual(content)
      }),
    )
  })

  test('has one form: what comes off goes on again as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
        const content = unpad(bytes)
        if (content !== undefined) expect(pad(content, bytes.length)).toEqual(bytes)
      }),
    )
  })
})
