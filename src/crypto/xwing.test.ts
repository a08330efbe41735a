import { describe, expect, it } from 'vitest'
import { asSecret, fromHex, toHex } from './bytes.ts'
import type { Random } from './random.ts'
import { XWING_CIPHERTEXT_LENGTH, XWING_PUBLIC_KEY_LENGTH, xWingDecapsulate, xWingEncapsulate, xWingKeyPair } from './xwing.ts'

// draft-connolly-cfrg-xwing-kem-08, appendix C.
const vectors = [
  {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    eseed:
      '3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2',
    shared: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
  },
  {
    seed: 'badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea',
    eseed:
      '17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d',
    shared: 'f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150',
  },
  {
    seed: 'ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9',
    eseed:
      '22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b',
    shared: '953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f',
  },
]

const drawing =
  (hex: string): Random =>
  (length) => {
    const bytes = fromHex(hex)
    if (bytes.length !== length) throw new Error('another length is drawn')
    return bytes
  }

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('refused')
  return value
}

describe('X-Wing', () => {
  it.each(vectors)('agrees as the draft says, seed $seed', ({ seed, eseed, shared }) => {
    const pair = xWingKeyPair(drawing(seed))
    const made = given(xWingEncapsulate(pair.publicKey, drawing(eseed)))
    expect(pair.publicKey).toHaveLength(XWING_PUBLIC_KEY_LENGTH)
    expect(made.ciphertext).toHaveLength(XWING_CIPHERTEXT_LENGTH)
    expect(toHex(made.shared)).toBe(shared)
    expect(toHex(given(xWingDecapsulate(pair.seed, made.ciphertext)))).toBe(shared)
  })

  it('gives another secret for a ciphertext altered in either half', () => {
    const pair = xWingKeyPair(drawing(given(vectors[0]).seed))
    const made = given(xWingEncapsulate(pair.publicKey, drawing(given(vectors[0]).eseed)))
    for (const place of [0, 1087, 1088]) {
      const altered = made.ciphertext.map((byte, i) => (i === place ? byte ^ 1 : byte))
      expect(xWingDecapsulate(pair.seed, altered)).not.toEqual(made.shared)
    }
  })

  it('refuses keys and ciphertexts that are none', () => {
    const pair = xWingKeyPair(drawing(given(vectors[0]).seed))
    const random: Random = (length) => new Uint8Array(length).fill(1)
    expect(xWingEncapsulate(pair.publicKey.subarray(1), random)).toBeUndefined()
    expect(xWingEncapsulate(new Uint8Array(XWING_PUBLIC_KEY_LENGTH).fill(0xff), random)).toBeUndefined()
    const lowOrder = pair.publicKey.map((byte, i) => (i < XWING_PUBLIC_KEY_LENGTH - 32 ? byte : 0))
    expect(xWingEncapsulate(lowOrder, random)).toBeUndefined()
    expect(xWingDecapsulate(pair.seed, new Uint8Array(XWING_CIPHERTEXT_LENGTH - 1))).toBeUndefined()
    expect(xWingDecapsulate(asSecret<'XWingSeed'>(pair.seed), new Uint8Array(XWING_CIPHERTEXT_LENGTH))).toBeUndefined()
  })
})
