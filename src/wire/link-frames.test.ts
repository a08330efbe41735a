import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../crypto/bytes.ts'
import { decodeLinkFrame, encodeLinkFrame, type LinkFrame } from './link-frames.ts'
import { ENVELOPE_LENGTHS } from './padding.ts'

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i)
const upTo15 = '000102030405060708090a0b0c0d0e0f'
const upTo31 = `${upTo15}101112131415161718191a1b1c1d1e1f`

const known: readonly (readonly [LinkFrame, string])[] = [
  [{ type: 'pairing', body: counting(3) }, '0101 0003 000102'],
  [{ type: 'proof', mac: counting(32) }, `0102 ${upTo31}`],
  [{ type: 'envelope', envelope: new Uint8Array(4032).fill(0xee) }, `0103 ${'00'.repeat(62)} ${'ee'.repeat(4032)}`],
  [{ type: 'ack', envelopeId: counting(16) }, `0104 ${upTo15}`],
  [{ type: 'ping', nonce: 1 }, '0105 00000001'],
  [{ type: 'pong', nonce: 0xfffefdfc }, '0106 fffefdfc'],
  [{ type: 'bye' }, '0107'],
]
const bytesOf = (hex: string) => fromHex(hex.replaceAll(' ', ''))
const frames = known.map(([, hex]) => bytesOf(hex))

const isCanonical = (bytes: Uint8Array) => {
  const decoded = decodeLinkFrame(bytes)
  if (decoded.ok) expect(toHex(encodeLinkFrame(decoded.value))).toBe(toHex(bytes))
}

describe('known bytes', () => {
  test.each(known.map(([frame, hex]) => [frame.type, frame, hex] as const))('%s', (_, frame, hex) => {
    expect(toHex(encodeLinkFrame(frame))).toBe(hex.replaceAll(' ', ''))
    expect(decodeLinkFrame(bytesOf(hex))).toEqual({ ok: true, value: frame })
  })
})

describe('limits', () => {
  test('a frame that bears an envelope is 4, 16 or 64 KiB', () => {
    const lengths = ENVELOPE_LENGTHS.map((length) => encodeLinkFrame({ type: 'envelope', envelope: new Uint8Array(length) }).length)
    expect(lengths).toEqual([4096, 16_384, 65_536])
  })

  test.each([0, 4031, 4033])('an envelope of %i bytes is no envelope', (length) => {
    expect(() => encodeLinkFrame({ type: 'envelope', envelope: new Uint8Array(length) })).toThrow()
    expect(decodeLinkFrame(bytesOf(`0103 ${'00'.repeat(62)} ${'ee'.repeat(length)}`)).ok).toBe(false)
  })

  test('bytes before an envelope that should be zero and are not', () => {
    const frame = encodeLinkFrame({ type: 'envelope', envelope: new Uint8Array(4032) })
    for (let at = 2; at < 64; at++) expect(decodeLinkFrame(frame.with(at, 1)).ok).toBe(false)
  })

  test('a flight of 65,528 bytes and no more', () => {
    expect(decodeLinkFrame(encodeLinkFrame({ type: 'pairing', body: new Uint8Array(65_528) })).ok).toBe(true)
    expect(() => encodeLinkFrame({ type: 'pairing', body: new Uint8Array(65_529) })).toThrow()
  })
})

describe('any bytes', () => {
  test('random bytes are refused or canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), fc.integer({ min: 0, max: 9 }), (bytes, isVersioned, type) => {
        isCanonical(isVersioned ? Uint8Array.of(1, type, ...bytes) : bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  test('one changed byte is refused or canonical', () => {
    for (const frame of frames) {
      for (let at = 0; at < Math.min(frame.length, 66); at++) {
        for (const change of [0x01, 0x80, 0xff]) isCanonical(frame.with(at, (frame[at] ?? 0) ^ change))
      }
    }
  })

  test('cut short or with something behind is refused', () => {
    for (const frame of frames) {
      for (let length = 0; length < Math.min(frame.length, 66); length++) expect(decodeLinkFrame(frame.slice(0, length)).ok).toBe(false)
      expect(decodeLinkFrame(Uint8Array.of(...frame, 0)).ok).toBe(false)
    }
  })
})
