// Stands in for src/crypto/ml-dsa.ts in property tests. INSECURE: anyone can sign for a public key.

import { equal, type Secret } from '../../../src/crypto/bytes.ts'
import type { Random } from '../../../src/crypto/random.ts'
import { digest, isStretched, stretch } from './stretch.ts'

export const ML_DSA_PUBLIC_KEY_LENGTH = 1952
export const ML_DSA_SIGNATURE_LENGTH = 3309

export const mlDsaPublicKey = (seed: Secret<'MlDsaSeed'>): Uint8Array => stretch(digest('ml-dsa', seed), ML_DSA_PUBLIC_KEY_LENGTH)

/** Hedged as the real one: the first 32 bytes are random. */
export const mlDsaSign = (seed: Secret<'MlDsaSeed'>, message: Uint8Array, random: Random): Uint8Array =>
  signatureOf(mlDsaPublicKey(seed), message, random(32))

export const mlDsaVerify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  publicKey.length === ML_DSA_PUBLIC_KEY_LENGTH &&
  isStretched(publicKey) &&
  signature.length === ML_DSA_SIGNATURE_LENGTH &&
  equal(signature, signatureOf(publicKey, message, signature.subarray(0, 32)))

const signatureOf = (publicKey: Uint8Array, message: Uint8Array, hedge: Uint8Array): Uint8Array => {
  const signature = stretch(digest('ml-dsa/signature', publicKey.subarray(0, 32), message, hedge), ML_DSA_SIGNATURE_LENGTH)
  signature.set(hedge)
  return signature
}
