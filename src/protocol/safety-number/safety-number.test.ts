import { describe, expect, it } from 'vitest'
import signal from '../../../test/vectors/libsignal-fingerprint.json' with { type: 'json' }
import { ascii, fromHex } from '../../crypto/bytes.ts'
import { type Account, FINGERPRINT_LENGTH, fingerprintOf, numericFingerprint, SAFETY_NUMBER_LENGTH, safetyNumber } from './safety-number.ts'

const alice = { accountKey: new Uint8Array(1984).fill(1), accountId: new Uint8Array(32).fill(11) }
const bob = { accountKey: new Uint8Array(1984).fill(2), accountId: new Uint8Array(32).fill(12) }

const numberOf = (a: Account, b: Account): string => safetyNumber(fingerprintOf(a), fingerprintOf(b))

describe("Signal's vectors, from Signal's inputs", () => {
  const half = (key: string, identifier: string) =>
    numericFingerprint({ iterations: signal.iterations, key: fromHex(key), identifier: ascii(identifier) })

  it('reproduces the displayable fingerprint', () => {
    const halves = [half(signal.alice_identity, signal.alice_id_utf8), half(signal.bob_identity, signal.bob_id_utf8)]
    expect(halves.sort().join('')).toBe(signal.displayable)
  })

  it('changes with another key, another identifier and another count', () => {
    const own = half(signal.alice_identity, signal.alice_id_utf8)
    expect(half(signal.bob_identity, signal.alice_id_utf8)).not.toBe(own)
    expect(half(signal.alice_identity, signal.bob_id_utf8)).not.toBe(own)
    const shorter = { iterations: 5199, key: fromHex(signal.alice_identity), identifier: ascii(signal.alice_id_utf8) }
    expect(numericFingerprint(shorter)).not.toBe(own)
  })

  it('takes 2 to 1,000,000 iterations', () => {
    const input = { key: fromHex(signal.alice_identity), identifier: ascii(signal.alice_id_utf8) }
    for (const iterations of [-1, 0, 1, 2.5, 1_000_001]) expect(() => numericFingerprint({ ...input, iterations })).toThrow('iterations')
    expect(numericFingerprint({ ...input, iterations: 2 })).toHaveLength(FINGERPRINT_LENGTH)
  })
})

describe('our safety number', () => {
  it('is the same for both, 60 digits, and always this one for these accounts', () => {
    expect(numberOf(alice, bob)).toBe(numberOf(bob, alice))
    expect(numberOf(alice, bob)).toHaveLength(SAFETY_NUMBER_LENGTH)
    expect(numberOf(alice, bob)).toBe('856948560017845007893474494133970181999163912450714488731663')
  })

  it('puts the lower half first and changes with either account', () => {
    const number = numberOf(alice, bob)
    expect(number.slice(0, 30) < number.slice(30)).toBe(true)
    const changed = { ...bob, accountKey: bob.accountKey.map((byte, i) => (i === 1983 ? byte ^ 1 : byte)) }
    expect(numberOf(alice, changed)).not.toBe(number)
    expect(numberOf(alice, { ...bob, accountId: new Uint8Array(32).fill(13) })).not.toBe(number)
  })
})
