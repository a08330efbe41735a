// Stands in for src/crypto/xwing.ts in property tests. INSECURE: made of the stand-in for ML-KEM.

import { asSecret, type Secret } from '../../../src/crypto/bytes.ts'
import type { Random } from '../../../src/crypto/random.ts'
import type { XWingKeyPair, XWingSeed } from '../../../src/crypto/xwing.ts'
import { digest, isStretched, stretch } from './stretch.ts'

export type { XWingKeyPair, XWingSeed }

export const XWING_PUBLIC_KEY_LENGTH = 1216
export const XWING_CIPHERTEXT_LENGTH = 1120

const publicKeyOf = (seed: XWingSeed): Uint8Array => stretch(digest('xwing', seed), XWING_PUBLIC_KEY_LENGTH)

const ciphertextOf = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
  const ciphertext = stretch(digest('xwing/ciphertext', publicKey.subarray(0, 32), message), XWING_CIPHERTEXT_LENGTH)
  ciphertext.set(message)
  return ciphertext
}

export const xWingKeyPair = (random: Random): XWingKeyPair => {
  const seed = asSecret<'XWingSeed'>(random(32))
  return { seed, publicKey: publicKeyOf(seed) }
}

export const xWingEncapsulate = (
  publicKey: Uint8Array,
  random: Random,
): { ciphertext: Uint8Array; shared: Secret<'XWingShared'> } | undefined => {
  if (publicKey.length !== XWING_PUBLIC_KEY_LENGTH || !isStretched(publicKey)) return undefined
  const ciphertext = ciphertextOf(publicKey, random(32))
  return { ciphertext, shared: asSecret<'XWingShared'>(digest('xwing/shared', publicKey.subarray(0, 32), ciphertext)) }
}

/** A ciphertext that was made under another key gives other bytes: the public key is part of what is hashed. */
export const xWingDecapsulate = (seed: XWingSeed, ciphertext: Uint8Array): Secret<'XWingShared'> | undefined =>
  ciphertext.length === XWING_CIPHERTEXT_LENGTH
    ? asSecret<'XWingShared'>(digest('xwing/shared', publicKeyOf(seed).subarray(0, 32), ciphertext))
    : undefined
