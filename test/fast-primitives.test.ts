import { describe, expect, it } from 'vitest'
import * as realAead from '../src/crypto/aead.ts'
import { asSecret, equal } from '../src/crypto/bytes.ts'
import * as realEd25519 from '../src/crypto/ed25519.ts'
import * as realHash from '../src/crypto/hash.ts'
import * as realMlDsa from '../src/crypto/ml-dsa.ts'
import * as realMlKem from '../src/crypto/ml-kem.ts'
import * as realX25519 from '../src/crypto/x25519.ts'
import * as realXWing from '../src/crypto/xwing.ts'
import * as fastAead from './support/fast-primitives/aead.ts'
import * as fastEd25519 from './support/fast-primitives/ed25519.ts'
import * as fastHash from './support/fast-primitives/hash.ts'
import * as fastMlDsa from './support/fast-primitives/ml-dsa.ts'
import * as fastMlKem from './support/fast-primitives/ml-kem.ts'
import * as fastX25519 from './support/fast-primitives/x25519.ts'
import * as fastXWing from './support/fast-primitives/xwing.ts'
import { seededRandom } from './support/seeded-random.ts'

// A property that holds on the stand-ins says something only if they answer as the real ones do.

/** The compiler checks that `fast` can stand wherever `real` does. */
const sameType = <T>(real: T, fast: T): readonly [T, T] => [real, fast]
const pairs = {
  aead: sameType<typeof realAead>(realAead, fastAead),
  ed25519: sameType<typeof realEd25519>(realEd25519, fastEd25519),
  hash: sameType<typeof realHash>(realHash, fastHash),
  'ml-dsa': sameType<typeof realMlDsa>(realMlDsa, fastMlDsa),
  'ml-kem': sameType<typeof realMlKem>(realMlKem, fastMlKem),
  x25519: sameType<typeof realX25519>(realX25519, fastX25519),
  xwing: sameType<typeof realXWing>(realXWing, fastXWing),
}
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes.at(at) ?? 0) ^ 1)
const message = Uint8Array.of(1, 2, 3)

describe.each(Object.entries(pairs))('%s', (_, [real, fast]) => {
  it('exports the same, constants alike', () => {
    expect(Object.keys(fast).toSorted()).toEqual(Object.keys(real).toSorted())
    const constants = (module: object) => Object.entries(module).filter(([, value]) => typeof value === 'number')
    expect(constants(fast)).toEqual(constants(real))
  })
})

it('hashes are no stand-ins but the same', () => {
  const random = seededRandom('hashes')
  for (const length of [0, 1, 55, 64, 119, 128, 5_000]) {
    const [bytes, salt] = [random(length), random(length % 70)]
    expect(fastHash.sha256(bytes)).toEqual(realHash.sha256(bytes))
    expect(fastHash.sha512(bytes)).toEqual(realHash.sha512(bytes))
    expect(fastHash.hmacSha256(salt, bytes)).toEqual(realHash.hmacSha256(salt, bytes))
    expect(fastHash.hkdfSha256(bytes, salt, message, 100)).toEqual(realHash.hkdfSha256(bytes, salt, message, 100))
    expect(fastHash.hkdfSha512(bytes, salt, message, 100)).toEqual(realHash.hkdfSha512(bytes, salt, message, 100))
  }
  expect(fastHash.scrypt(message, random(16), 4_096, 48)).toHaveLength(48)
  expect(fastHash.scrypt(message, message, 4_096, 48)).toEqual(realHash.scrypt(message, message, 4_096, 48))
})

describe.each(['real', 'fast'] as const)('the %s primitives', (which) => {
  const at = which === 'real' ? 0 : 1
  const random = seededRandom('stand-ins')

  it('agree on one secret, and on none with a key of small order', () => {
    const { x25519KeyPair, x25519Agree, x25519PublicKey, isPrimeOrderX25519 } = pairs.x25519[at]
    const [a, b, c] = [x25519KeyPair(random), x25519KeyPair(random), x25519KeyPair(random)]
    const shared = x25519Agree(a.privateKey, b.publicKey)
    expect(shared).toEqual(x25519Agree(b.privateKey, a.publicKey))
    expect(shared).not.toEqual(x25519Agree(c.privateKey, a.publicKey))
    expect(x25519PublicKey(a.privateKey)).toEqual(a.publicKey)
    expect([isPrimeOrderX25519(a.publicKey), isPrimeOrderX25519(new Uint8Array(32))]).toEqual([true, false])
    expect(x25519Agree(a.privateKey, new Uint8Array(32))).toBeUndefined()
    expect(x25519Agree(a.privateKey, new Uint8Array(31))).toBeUndefined()
  })

  it.each(['mlKem768', 'mlKem1024'] as const)('%s encapsulates to one key and rejects implicitly', (name) => {
    const kem = pairs['ml-kem'][at][name]
    const [ours, other] = [kem.keyPair(random), kem.keyPair(random)]
    const made = kem.encapsulate(ours.encapsulationKey, random)
    if (!made) throw new Error('a key that was just made is good')
    expect([made.ciphertext.length, ours.encapsulationKey.length]).toEqual([kem.ciphertextLength, kem.encapsulationKeyLength])
    expect(kem.decapsulate(ours.seed, made.ciphertext)).toEqual(made.shared)
    for (const wrong of [
      kem.decapsulate(other.seed, made.ciphertext),
      ...[0, 40, -1].map((i) => kem.decapsulate(ours.seed, flip(made.ciphertext, i))),
    ]) {
      expect(wrong?.length).toBe(32)
      expect(wrong).not.toEqual(made.shared)
    }
    expect(kem.decapsulate(ours.seed, made.ciphertext.slice(1))).toBeUndefined()
    expect(kem.encapsulate(new Uint8Array(kem.encapsulationKeyLength).fill(255), random)).toBeUndefined()
    expect(kem.keyPairFromSeed(ours.seed)).toEqual(ours)
    expect(kem.isEncapsulationKey(ours.encapsulationKey)).toBe(true)
    expect(kem.isEncapsulationKey(ours.encapsulationKey.slice(1))).toBe(false)
  })

  it('X-Wing encapsulates to one key', () => {
    const { xWingKeyPair, xWingEncapsulate, xWingDecapsulate } = pairs.xwing[at]
    const [ours, other] = [xWingKeyPair(random), xWingKeyPair(random)]
    const made = xWingEncapsulate(ours.publicKey, random)
    if (!made) throw new Error('a key that was just made is good')
    expect(xWingDecapsulate(ours.seed, made.ciphertext)).toEqual(made.shared)
    expect(xWingDecapsulate(other.seed, made.ciphertext)).not.toEqual(made.shared)
    expect(xWingDecapsulate(ours.seed, flip(made.ciphertext, 50))).not.toEqual(made.shared)
    expect(xWingDecapsulate(ours.seed, made.ciphertext.slice(1))).toBeUndefined()
  })

  it('sign, and verify neither another message nor another key nor another signature', () => {
    const { ed25519PublicKey, ed25519Sign, ed25519Verify } = pairs.ed25519[at]
    const { mlDsaPublicKey, mlDsaSign, mlDsaVerify } = pairs['ml-dsa'][at]
    const edSeed = asSecret<'Ed25519Seed'>(random(32))
    const dsaSeed = asSecret<'MlDsaSeed'>(random(32))
    const cases = [
      [ed25519PublicKey(edSeed), ed25519Sign(edSeed, message), ed25519Verify] as const,
      [mlDsaPublicKey(dsaSeed), mlDsaSign(dsaSeed, message, random), mlDsaVerify] as const,
    ]
    for (const [key, signature, verify] of cases) {
      expect(verify(key, message, signature)).toBe(true)
      expect(verify(key, flip(message, 0), signature)).toBe(false)
      expect(verify(flip(key, 0), message, signature)).toBe(false)
      for (const i of [0, 33, -1]) expect(verify(key, message, flip(signature, i))).toBe(false)
    }
  })

  it('seal under key, nonce and associated text', () => {
    for (const [cipher, nonceLength] of [[pairs.aead[at].chaCha20Poly1305, 12] as const, [pairs.aead[at].xChaCha20Poly1305, 24] as const]) {
      const key = asSecret<'Key'>(random(32))
      const [nonce, text] = [random(nonceLength), random(70)]
      const sealed = cipher.seal(key, nonce, text, message)
      expect(sealed.length).toBe(86)
      expect(cipher.open(key, nonce, sealed, message)).toEqual(text)
      expect(cipher.open(asSecret<'Key'>(flip(key, 0)), nonce, sealed, message)).toBeUndefined()
      expect(cipher.open(key, flip(nonce, 0), sealed, message)).toBeUndefined()
      expect(cipher.open(key, nonce, sealed, flip(message, 0))).toBeUndefined()
      sealed.forEach((_, i) => expect(cipher.open(key, nonce, flip(sealed, i), message)).toBeUndefined())
      expect(cipher.open(key, nonce, sealed.slice(0, 15), message)).toBeUndefined()
      expect(() => cipher.seal(key, nonce.slice(1), text, message)).toThrow('wrong nonce length')
      expect(equal(cipher.seal(key, nonce, text, message), sealed)).toBe(true)
    }
  })
})
