// Hybrid signatures: Ed25519 and ML-DSA-65 over the same bytes, and both must verify (docs/protocols/identity.md,
// Signatures). Whoever breaks one of the two schemes forges nothing. What is signed is the caller's business.

import { ascii, asSecret, concat, join, type Secret } from '../../crypto/bytes.ts'
import { ED25519_KEY_LENGTH, ED25519_SIGNATURE_LENGTH, ed25519PublicKey, ed25519Sign, ed25519Verify } from '../../crypto/ed25519.ts'
import { mlDsaPublicKey, mlDsaSign, mlDsaVerify } from '../../crypto/ml-dsa.ts'
import type { Random } from '../../crypto/random.ts'
import { ACCOUNT_KEY_LENGTH } from './public-keys.ts'

/** Ed25519 64 || ML-DSA-65 3,309. */
export const SIGNATURE_LENGTH = 3373
const SEED_LENGTH = 32

/** An account's or a device's: 1,984 public bytes, and 64 secret ones, Ed25519 seed || ML-DSA-65 seed. */
export interface SigningKeys {
  readonly publicKey: Uint8Array
  readonly seeds: Secret<'SigningSeeds'>
}

const ed25519Seed = (seeds: Secret<'SigningSeeds'>) => asSecret<'Ed25519Seed'>(seeds.subarray(0, SEED_LENGTH))
const mlDsaSeed = (seeds: Secret<'SigningSeeds'>) => asSecret<'MlDsaSeed'>(seeds.subarray(SEED_LENGTH))

/** Draws 64 bytes. */
export const generateSigningKeys = (random: Random): SigningKeys => signingKeysOf(asSecret<'SigningSeeds'>(random(2 * SEED_LENGTH)))

/** The keys that these 64 bytes are the secret of. */
export const signingKeysOf = (seeds: Secret<'SigningSeeds'>): SigningKeys => {
  return { seeds, publicKey: concat(ed25519PublicKey(ed25519Seed(seeds)), mlDsaPublicKey(mlDsaSeed(seeds))) }
}

/**
 * Signs label || message, each behind its length; ML-DSA is hedged with 32 drawn bytes and has an empty context.
 *
 * @param label `parley/<protocol>/<use>/v1`: a signature for one use is none for another
 * @returns 3,373 bytes
 */
export const sign = (keys: SigningKeys, label: string, message: Uint8Array, random: Random): Uint8Array => {
  const signed = join(ascii(label), message)
  return concat(ed25519Sign(ed25519Seed(keys.seeds), signed), mlDsaSign(mlDsaSeed(keys.seeds), signed, random))
}

/** Whether both halves verify. Keys and signatures of a wrong length do not. */
export const verify = (publicKey: Uint8Array, label: string, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== ACCOUNT_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false
  const signed = join(ascii(label), message)
  return (
    ed25519Verify(publicKey.subarray(0, ED25519_KEY_LENGTH), signed, signature.subarray(0, ED25519_SIGNATURE_LENGTH)) &&
    mlDsaVerify(publicKey.subarray(ED25519_KEY_LENGTH), signed, signature.subarray(ED25519_SIGNATURE_LENGTH))
  )
}
