// Ed25519 (RFC 8032), verified strictly.

import { ed25519 } from '@noble/curves/ed25519.js'
import type { Secret } from './bytes.ts'

export const ED25519_KEY_LENGTH = 32
export const ED25519_SIGNATURE_LENGTH = 64

/** @param seed 32 bytes. @returns 32 bytes */
export const ed25519PublicKey = (seed: Secret<'Ed25519Seed'>): Uint8Array => ed25519.getPublicKey(seed)

/** @returns 64 bytes */
export const ed25519Sign = (seed: Secret<'Ed25519Seed'>, message: Uint8Array): Uint8Array => ed25519.sign(message, seed)

/** Refuses non-canonical encodings and small-order keys as well as wrong signatures (RFC 8032 §5.1.7). */
export const ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== ED25519_KEY_LENGTH || signature.length !== ED25519_SIGNATURE_LENGTH) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false
  }
}
