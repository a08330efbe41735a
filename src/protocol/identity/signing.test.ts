import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, concat, toHex } from '../../crypto/bytes.ts'
import { ed25519PublicKey } from '../../crypto/ed25519.ts'
import { sha256 } from '../../crypto/hash.ts'
import { mlDsaPublicKey } from '../../crypto/ml-dsa.ts'
import { ACCOUNT_KEY_LENGTH } from './public-keys.ts'
import { generateSigningKeys, SIGNATURE_LENGTH, sign, verify } from './signing.ts'

const LABEL = 'parley/test/signature/v1'
const message = Uint8Array.of(1, 2, 3)
const keys = generateSigningKeys(seededRandom('signing'))
const other = generateSigningKeys(seededRandom('another'))
const signature = sign(keys, LABEL, message, seededRandom('hedge'))
const ED25519_LENGTH = 64

const flipped = (bytes: Uint8Array, i: number): Uint8Array => {
  const changed = bytes.slice()
  changed[i] = (changed[i] ?? 0) ^ 1
  return changed
}

describe('hybrid signing keys', () => {
  test('are an Ed25519 key and an ML-DSA-65 key, each from a seed of its own', () => {
    const seeds = seededRandom('signing')(64)
    expect(keys.seeds).toEqual(seeds)
    expect(keys.publicKey).toEqual(
      concat(ed25519PublicKey(asSecret<'Ed25519Seed'>(seeds.slice(0, 32))), mlDsaPublicKey(asSecret<'MlDsaSeed'>(seeds.slice(32)))),
    )
    expect(keys.publicKey).toHaveLength(ACCOUNT_KEY_LENGTH)
  })

  test('give known bytes from known seeds', () => {
    expect(toHex(sha256(keys.publicKey))).toBe('5b9eff10cf3f7cd8e28a82931c1a9d548953db8d862cdae7831cf131d95ddc70')
    expect(toHex(sha256(signature))).toBe('f5903656b216ad9caa2e891f8bcf1caad26e7d706986cafbfa7ce4cb603f5ba8')
    expect(signature).toHaveLength(SIGNATURE_LENGTH)
  })
})

describe('a hybrid signature', () => {
  test('verifies under its key, label and message', () => {
    expect(verify(keys.publicKey, LABEL, message, signature)).toBe(true)
  })

  test('verifies under nothing else', () => {
    expect(verify(other.publicKey, LABEL, message, signature)).toBe(false)
    expect(verify(keys.publicKey, 'parley/test/other/v1', message, signature)).toBe(false)
    expect(verify(keys.publicKey, LABEL, Uint8Array.of(1, 2, 4), signature)).toBe(false)
    expect(verify(keys.publicKey, LABEL, new Uint8Array(0), signature)).toBe(false)
  })

  test('keeps label and message apart', () => {
    const split = sign(keys, 'ab', Uint8Array.of(0x63), seededRandom(1))
    expect(verify(keys.publicKey, 'ab', Uint8Array.of(0x63), split)).toBe(true)
    expect(verify(keys.publicKey, 'a', Uint8Array.of(0x62, 0x63), split)).toBe(false)
  })

  test('needs both halves: neither scheme alone is enough', () => {
    const forged = sign(other, LABEL, message, seededRandom(2))
    const onlyEd25519 = concat(signature.slice(0, ED25519_LENGTH), forged.slice(ED25519_LENGTH))
    const onlyMlDsa = concat(forged.slice(0, ED25519_LENGTH), signature.slice(ED25519_LENGTH))
    expect(verify(keys.publicKey, LABEL, message, onlyEd25519)).toBe(false)
    expect(verify(keys.publicKey, LABEL, message, onlyMlDsa)).toBe(false)
  })

  test('needs both halves of one key: a key put together from two people is nobody', () => {
    const mixed = concat(keys.publicKey.slice(0, 32), other.publicKey.slice(32))
    expect(verify(mixed, LABEL, message, signature)).toBe(false)
    const halves = concat(signature.slice(0, ED25519_LENGTH), sign(other, LABEL, message, seededRandom(3)).slice(ED25519_LENGTH))
    // The key is whose signatures those are, so it verifies: what makes it nobody is that no account id names it.
    expect(verify(mixed, LABEL, message, halves)).toBe(true)
  })

  test.each([0, 31, 32, 63, 64, 65, 1000, 2000, 3372])('is spoilt by a changed bit in byte %i', (i) => {
    expect(verify(keys.publicKey, LABEL, message, flipped(signature, i))).toBe(false)
  })

  test.each([0, 31, 32, 1000, 1983])('is no signature of a key that differs in byte %i', (i) => {
    expect(verify(flipped(keys.publicKey, i), LABEL, message, signature)).toBe(false)
  })

  test('is refused, not read, where a length is wrong', () => {
    expect(verify(keys.publicKey, LABEL, message, signature.slice(1))).toBe(false)
    expect(verify(keys.publicKey, LABEL, message, concat(signature, Uint8Array.of(0)))).toBe(false)
    expect(verify(keys.publicKey, LABEL, message, new Uint8Array(0))).toBe(false)
    expect(verify(keys.publicKey.slice(1), LABEL, message, signature)).toBe(false)
  })

  test('is refused under a key of small order', () => {
    // y = 1: the neutral element, under which an unchecked Ed25519 accepts R = neutral, s = 0 for every message.
    const neutral = new Uint8Array(32)
    neutral[0] = 1
    const weak = concat(neutral, keys.publicKey.slice(32))
    const trivial = concat(neutral, new Uint8Array(32), signature.slice(ED25519_LENGTH))
    expect(verify(weak, LABEL, message, trivial)).toBe(false)
  })

  test('is hedged: other randomness, another ML-DSA half, both valid', () => {
    const again = sign(keys, LABEL, message, seededRandom('other hedge'))
    expect(again).not.toEqual(signature)
    expect(again.slice(0, ED25519_LENGTH)).toEqual(signature.slice(0, ED25519_LENGTH))
    expect(verify(keys.publicKey, LABEL, message, again)).toBe(true)
  })
})
