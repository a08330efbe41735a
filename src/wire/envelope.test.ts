import { describe, expect, it } from 'vitest'
import { toHex } from '../crypto/bytes.ts'
import { decodeEnvelope, ENVELOPE_OVERHEAD, encodeEnvelope } from './envelope.ts'
import { ENVELOPE_LENGTHS } from './padding.ts'

const id = Uint8Array.from({ length: 16 }, (_, i) => i)
const envelopeOf = (length: number): Uint8Array =>
  encodeEnvelope({ type: 'session', id, message: new Uint8Array(length - ENVELOPE_OVERHEAD).fill(0xab) })

describe('an envelope', () => {
  it('has the bytes of docs/protocols/messages.md', () => {
    const envelope = envelopeOf(4032)
    expect(toHex(envelope.subarray(0, 20))).toBe('0101000102030405060708090a0b0c0d0e0fabab')
    expect(envelope).toHaveLength(4032)
  })

  it.each([...ENVELOPE_LENGTHS])('of %i bytes is read as it was written', (length) => {
    expect(decodeEnvelope(envelopeOf(length))).toMatchObject({ ok: true, value: { type: 'session', id } })
  })

  it('of any other length is none: ours is a bug, theirs is refused', () => {
    for (const length of [ENVELOPE_OVERHEAD, 4031, 4033, 65_473]) {
      expect(() => envelopeOf(length)).toThrow('padded')
      const foreign = new Uint8Array(length)
      foreign.set([1, 1])
      expect(decodeEnvelope(foreign)).toEqual({ ok: false, reason: 'malformed' })
    }
  })

  it('that is sealed has the bytes of docs/protocols/messages.md, and is read as it was written', () => {
    const sealed = new Uint8Array(4032 - ENVELOPE_OVERHEAD).fill(0xcd)
    const envelope = encodeEnvelope({ type: 'sealed', id, sealed })
    expect(toHex(envelope.subarray(0, 20))).toBe('0102000102030405060708090a0b0c0d0e0fcdcd')
    expect(decodeEnvelope(envelope)).toEqual({ ok: true, value: { type: 'sealed', id, sealed } })
  })

  it('of another version or kind is none', () => {
    for (const [place, byte] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 3],
    ] as const) {
      const envelope = envelopeOf(4032)
      envelope[place] = byte
      expect(decodeEnvelope(envelope)).toEqual({ ok: false, reason: 'malformed' })
    }
  })
})
