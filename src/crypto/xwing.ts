// X-Wing: X25519 with ML-KEM-768 as one KEM (draft-connolly-cfrg-xwing-kem).

import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { asSecret, type Secret } from './bytes.ts'
import type { Random } from './random.ts'

export const XWING_PUBLIC_KEY_LENGTH = 1216
export const XWING_CIPHERTEXT_LENGTH = 1120

/** 32 bytes: X-Wing's decapsulation key. */
export type XWingSeed = Secret<'XWingSeed'>

export interface XWingKeyPair {
  readonly publicKey: Uint8Array
  readonly seed: XWingSeed
}

export const xWingKeyPair = (random: Random): XWingKeyPair => {
  const seed = asSecret<'XWingSeed'>(random(32))
  return { seed, publicKey: ml_kem768_x25519.keygen(seed).publicKey }
}

/** @returns a ciphertext of 1,120 bytes and 32 secret bytes, or undefined for a malformed key */
export const xWingEncapsulate = (
  publicKey: Uint8Array,
  random: Random,
): { ciphertext: Uint8Array; shared: Secret<'XWingShared'> } | undefined => {
  try {
    const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(publicKey, random(64))
    return { ciphertext: cipherText, shared: asSecret<'XWingShared'>(sharedSecret) }
  } catch {
    return undefined
  }
}

/** @returns 32 bytes, or undefined for a malformed ciphertext; a wrong one is rejected implicitly */
export const xWingDecapsulate = (seed: XWingSeed, ciphertext: Uint8Array): Secret<'XWingShared'> | undefined => {
  try {
    return asSecret<'XWingShared'>(ml_kem768_x25519.decapsulate(ciphertext, ml_kem768_x25519.keygen(seed).secretKey))
  } catch {
    return undefined
  }
}
