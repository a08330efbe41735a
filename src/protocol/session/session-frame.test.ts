import { describe, expect, it } from 'vitest'
import { ascii, toHex } from '../../crypto/bytes.ts'
import { BODY_OVERHEAD, decodeBody, decodeSessionFrame, encodeBody, encodeSessionFrame, frameOverhead } from './session-frame.ts'

const handshake = ascii('handshake')
const message = ascii('message')

describe('session frames', () => {
  it('are these bytes', () => {
    expect(toHex(encodeSessionFrame({ type: 'initial', handshake, message }))).toBe('0101000968616e647368616b656d657373616765')
    expect(toHex(encodeSessionFrame({ type: 'regular', message }))).toBe('01026d657373616765')
    expect(toHex(encodeBody({ turn: 0x01020304, bornAtMs: 0x05060708090a, plaintext: ascii('text') }))).toBe('0102030405060708090a74657874')
  })

  it('are as much longer as is said', () => {
    expect(encodeSessionFrame({ type: 'initial', handshake, message })).toHaveLength(frameOverhead(handshake) + message.length)
    expect(encodeSessionFrame({ type: 'regular', message })).toHaveLength(frameOverhead(undefined) + message.length)
    expect(encodeBody({ turn: 1, bornAtMs: 2, plaintext: message })).toHaveLength(BODY_OVERHEAD + message.length)
  })

  it('are read as they were written', () => {
    for (const frame of [{ type: 'initial', handshake, message } as const, { type: 'regular', message } as const]) {
      expect(decodeSessionFrame(encodeSessionFrame(frame))).toEqual({ ok: true, value: frame })
    }
    const body = { turn: 7, bornAtMs: 1_750_000_000_000, plaintext: message }
    expect(decodeBody(encodeBody(body))).toEqual({ ok: true, value: body })
  })

  it('of another version or type, without a handshake or with one too long, are none', () => {
    const malformed = { ok: false, reason: 'malformed' }
    for (const wrong of [
      [],
      [1],
      [0, 1],
      [2, 2, 0],
      [1, 0, 0],
      [1, 3, 0],
      [1, 1, 0],
      [1, 1, 0, 0, 9],
      [1, 1, 0, 9, 1],
      [1, 1, 0x10, 0x01],
    ]) {
      expect(decodeSessionFrame(Uint8Array.from(wrong))).toEqual(malformed)
    }
    expect(decodeSessionFrame(Uint8Array.from([1, 1, 0x10, 0x01, ...new Uint8Array(5000)]))).toEqual(malformed)
    expect(decodeSessionFrame(Uint8Array.from([1, 1, 0x10, 0x00, ...new Uint8Array(5000)])).ok).toBe(true)
    expect(decodeBody(new Uint8Array(9))).toEqual(malformed)
  })
})
