// ML-DSA-65 (FIPS 204), hedged signing with the randomness handed in, empty context.

import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import type { Secret } from './bytes.ts'
import type { Random } from './random.ts'

export const ML_DSA_PUBLIC_KEY_LENGTH = 1952
export const ML_DSA_SIGNATURE_LENGTH = 3309

/** @param seed 32 bytes (FIPS 204 §5.1). @returns 1,952 bytes */
export const mlDsaPublicKey = (seed: Secret<'MlDsaSeed'>): Uint8Array => ml_dsa65.keygen(seed).publicKey

/** @param seed 32 bytes. @returns 3,309 bytes */
export const mlDsaSign = (seed: Secret<'MlDsaSeed'>, message: Uint8Array, random: Random): Uint8Array =>
  ml_dsa65.sign(message, ml_dsa65.keygen(seed).secretKey, { extraEntropy: random(32) })

export const mlDsaVerify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== ML_DSA_PUBLIC_KEY_LENGTH || signature.length !== ML_DSA_SIGNATURE_LENGTH) return false
  try {
    return ml_dsa65.verify(signature, message, publicKey)
  } catch {
    return false
  }
}
