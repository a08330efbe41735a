// Stands in for src/crypto/x25519.ts in property tests. INSECURE: whoever sees two public keys can compute what they agree on.

import { asSecret, equal, type Secret } from '../../../src/crypto/bytes.ts'
import type { Random } from '../../../src/crypto/random.ts'
import type { X25519KeyPair, X25519PrivateKey } from '../../../src/crypto/x25519.ts'
import { digest } from './stretch.ts'

export type { X25519KeyPair, X25519PrivateKey }

export const X25519_LENGTH = 32

export const x25519PublicKey = (privateKey: X25519PrivateKey): Uint8Array => {
  const publicKey = digest('x25519', privateKey)
  // The unused bit of a real key is clear, too.
  publicKey[31] = (publicKey[31] ?? 0) & 0x7f
  return publicKey
}

export const x25519KeyPair = (random: Random): X25519KeyPair => {
  const privateKey = asSecret<'X25519PrivateKey'>(random(X25519_LENGTH))
  return { privateKey, publicKey: x25519PublicKey(privateKey) }
}

export const x25519Agree = (privateKey: X25519PrivateKey, theirPublicKey: Uint8Array): Secret<'X25519Shared'> | undefined => {
  if (theirPublicKey.length !== X25519_LENGTH || isSmallOrder(theirPublicKey)) return undefined
  const ours = x25519PublicKey(privateKey)
  return asSecret<'X25519Shared'>(
    isBelow(ours, theirPublicKey) ? digest('agree', ours, theirPublicKey) : digest('agree', theirPublicKey, ours),
  )
}

export const isPrimeOrderX25519 = (publicKey: Uint8Array): boolean =>
  publicKey.length === X25519_LENGTH && !isSmallOrder(publicKey) && (publicKey[31] ?? 0) < 0x80

const ZERO = new Uint8Array(X25519_LENGTH)
const ONE = Uint8Array.from(ZERO, (_, i) => (i === 0 ? 1 : 0))
const isSmallOrder = (publicKey: Uint8Array): boolean => equal(publicKey, ZERO) || equal(publicKey, ONE)

const isBelow = (a: Uint8Array, b: Uint8Array): boolean => {
  const first = a.findIndex((byte, i) => byte !== b[i])
  return (a[first] ?? 0) < (b[first] ?? 0)
}
