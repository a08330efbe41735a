// Stands in for src/crypto/ed25519.ts in property tests. INSECURE: anyone can sign for a public key.

import { equal, type Secret } from '../../../src/crypto/bytes.ts'
import { digest, stretch } from './stretch.ts'

export const ED25519_KEY_LENGTH = 32
export const ED25519_SIGNATURE_LENGTH = 64

const signatureOf = (publicKey: Uint8Array, message: Uint8Array): Uint8Array =>
  stretch(digest('ed25519/signature', publicKey, message), ED25519_SIGNATURE_LENGTH)

export const ed25519PublicKey = (seed: Secret<'Ed25519Seed'>): Uint8Array => digest('ed25519', seed)

export const ed25519Sign = (seed: Secret<'Ed25519Seed'>, message: Uint8Array): Uint8Array => signatureOf(ed25519PublicKey(seed), message)

export const ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  publicKey.length === ED25519_KEY_LENGTH && equal(signature, signatureOf(publicKey, message))
