// X25519 (RFC 7748 §5).

import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { asSecret, type Secret } from './bytes.ts'
import type { Random } from './random.ts'

export type X25519PrivateKey = Secret<'X25519PrivateKey'>
/** 32 bytes each. */
export interface X25519KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: X25519PrivateKey
}

export const X25519_LENGTH = 32

export const x25519KeyPair = (random: Random): X25519KeyPair => {
  const privateKey = asSecret<'X25519PrivateKey'>(random(X25519_LENGTH))
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) }
}

export const x25519PublicKey = (privateKey: X25519PrivateKey): Uint8Array => x25519.getPublicKey(privateKey)

/** @returns 32 bytes, or undefined where the peer's key is of small order (RFC 7748 §6.1) or not 32 bytes */
export const x25519Agree = (privateKey: X25519PrivateKey, theirPublicKey: Uint8Array): Secret<'X25519Shared'> | undefined => {
  if (theirPublicKey.length !== X25519_LENGTH) return undefined
  try {
    return asSecret<'X25519Shared'>(x25519.getSharedSecret(privateKey, theirPublicKey))
  } catch {
    return undefined
  }
}

const FIELD_PRIME = 2n ** 255n - 19n

/**
 * Whether a public key is the one canonical encoding of a point of the prime-order group: below 2^255 - 19, on the
 * curve (not its twist), and without a small-order part. Two keys that pass and agree alike are the same bytes.
 */
export const isPrimeOrderX25519 = (publicKey: Uint8Array): boolean => {
  if (publicKey.length !== X25519_LENGTH) return false
  const u = publicKey.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  if (u >= FIELD_PRIME || u === FIELD_PRIME - 1n) return false
  // RFC 7748 §4.1: y = (u - 1) / (u + 1) takes a Montgomery point to its Edwards twin.
  const { Fp } = ed25519.Point
  try {
    const y = Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n))
    const point = ed25519.Point.fromBytes(Fp.toBytes(y))
    return !point.is0() && point.isTorsionFree()
  } catch {
    return false
  }
}
