import { describe, expect, test } from 'vitest'
import { asSecret, concat, fromHex, toHex, u32 } from '../../crypto/bytes.ts'
import { x25519Agree } from '../../crypto/x25519.ts'
import { encodeHandshake, type Handshake, readHandshake } from './handshake.ts'

/** A point of the prime-order group (the public key of 00 01 02 ... 1f), then it and each of the seven points of small order. */
const CLEAN = '8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f'
const TORSIONED = [
  '49d23b715a4d7187ac7564bc27da0ec7988aa4c3fa59c2f66adab4d76b4ef129',
  '010a28f136b2fbfd655b22e16fafa75c75be480a19403de07b574c8b2051200c',
  '4bccf87523680f38820e85a5956f1dba2bd9564dc8a92bf395b8996f41ce724a',
  '5be15c7f1c5a05ccaf6c1d2c913baf3f4fcc7db06d9bca9f941d2a6ad1bc690d',
  '18f024334c4ccdf2fe06580b068da1d4748e10d1184ccb3f7e32b15daf1ac15b',
  '126fc8e2339b944290108adb436f419216d09f49a803cbee59105115e7d67d6b',
  '930017b6933abef5dd8ecdaabc50bc6d541572725bcfc4325349815818b24c53',
]
/** Points of small order alone, of order 2, 4 and 8, and u = -1, which has no twin on the Edwards curve. */
const SMALL = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

const handshake: Handshake = {
  baseKey: fromHex(CLEAN),
  statementHash: new Uint8Array(32).fill(0xa1),
  signedPrekeyId: 7,
  oneTimeX25519Id: 8,
  kem: { kind: 'one-time', id: 9 },
  kemCiphertext: new Uint8Array(1568).fill(0xc1),
}
const bytes = encodeHandshake(handshake)
const withBaseKey = (baseKey: Uint8Array) => readHandshake(concat(bytes.slice(0, 1), baseKey, bytes.slice(33)))
const changed = (offset: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice()
  copy.set(values, offset)
  return copy
}
const badBaseKey = { ok: false, reason: 'bad-base-key' }

describe('a handshake header', () => {
  test('has the wire format of its page', () => {
    const head = concat(Uint8Array.of(1), handshake.baseKey, handshake.statementHash, u32(7))
    expect(bytes).toEqual(concat(head, Uint8Array.of(1), u32(8), Uint8Array.of(1), u32(9), handshake.kemCiphertext))
    expect(bytes).toHaveLength(1647)
    const bare = encodeHandshake({ ...handshake, oneTimeX25519Id: undefined, kem: { kind: 'last-resort', id: 9 } })
    expect(bare).toEqual(concat(head, Uint8Array.of(0), Uint8Array.of(2), u32(9), handshake.kemCiphertext))
    expect(bare).toHaveLength(1643)
  })

  test('is read as it was written', () => {
    expect(readHandshake(bytes)).toEqual({ ok: true, handshake })
    const bare: Handshake = { ...handshake, oneTimeX25519Id: undefined, kem: { kind: 'last-resort', id: 2 ** 32 - 1 } }
    expect(readHandshake(encodeHandshake(bare))).toEqual({ ok: true, handshake: bare })
  })

  test.each([
    ['nothing at all', new Uint8Array(0)],
    ['version 0', changed(0, 0)],
    ['version 2', changed(0, 2)],
    ['no signed prekey', changed(65, 0, 0, 0, 0)],
    ['neither yes nor no to a one-time key', changed(69, 2)],
    ['a one-time key without an id', changed(70, 0, 0, 0, 0)],
    ['no kind of KEM key', changed(74, 0)],
    ['a third kind of KEM key', changed(74, 3)],
    ['a KEM key without an id', changed(75, 0, 0, 0, 0)],
    ['one byte too few', bytes.slice(0, -1)],
    ['one byte too many', concat(bytes, Uint8Array.of(0))],
    ['no one-time key, yet its id', changed(69, 0)],
  ])('with %s is malformed', (_, altered) => {
    expect(readHandshake(altered)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('is malformed wherever it ends early', () => {
    for (let length = 0; length < bytes.length; length += 13) {
      expect(readHandshake(bytes.slice(0, length))).toEqual({ ok: false, reason: 'malformed' })
    }
  })
})

describe('a base key', () => {
  test('of the prime-order group in its one encoding is read', () => {
    expect(withBaseKey(fromHex(CLEAN)).ok).toBe(true)
  })

  test.each(TORSIONED)('with a small-order part is refused, for it would agree like the clean one: %s', (hex) => {
    const ours = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
    expect(x25519Agree(ours, fromHex(hex))).toEqual(x25519Agree(ours, fromHex(CLEAN)))
    expect(withBaseKey(fromHex(hex))).toEqual(badBaseKey)
  })

  test.each(SMALL)('of small order is refused: %s', (hex) => {
    expect(withBaseKey(fromHex(hex))).toEqual(badBaseKey)
  })

  test('of 2^255 - 19 or more is refused: 19 second encodings', () => {
    for (let low = 0xed; low <= 0xff; low++) {
      const second = new Uint8Array(32).fill(0xff)
      second[0] = low
      second[31] = 0x7f
      expect(withBaseKey(second)).toEqual(badBaseKey)
    }
  })

  test('with the bit that X25519 ignores is refused: as many second encodings as there are keys', () => {
    const ours = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
    const masked = fromHex(CLEAN)
    masked[31] = (masked[31] ?? 0) | 0x80
    expect(x25519Agree(ours, masked)).toEqual(x25519Agree(ours, fromHex(CLEAN)))
    expect(withBaseKey(masked)).toEqual(badBaseKey)
  })

  test.each([2, 3, 5, 12])('on the twist is refused: u = %i', (u) => {
    const twisted = new Uint8Array(32)
    twisted[0] = u
    expect(withBaseKey(twisted)).toEqual(badBaseKey)
  })

  test('is the generator at worst: u = 9 is a key like others', () => {
    const generator = new Uint8Array(32)
    generator[0] = 9
    expect(toHex(generator)).toMatch(/^09(00){31}$/)
    expect(withBaseKey(generator).ok).toBe(true)
  })
})
