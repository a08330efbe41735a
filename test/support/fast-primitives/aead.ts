// Stands in for src/crypto/aead.ts in property tests. INSECURE: its key stream repeats every 32 bytes. The tag covers
// everything, as the real one's does.

import { concat, equal, type Secret } from '../../../src/crypto/bytes.ts'
import { digest } from './stretch.ts'

export const TAG_LENGTH = 16

const aead = (nonceLength: number) => {
  const mask = (key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array => {
    const stream = digest('aead/stream', key, nonce)
    return text.map((byte, i) => byte ^ (stream[i % 32] ?? 0))
  }
  const tagOf = (key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, ad: Uint8Array): Uint8Array =>
    digest('aead/tag', key, nonce, ciphertext, ad).slice(0, TAG_LENGTH)
  return {
    seal: (key: Secret<string>, nonce: Uint8Array, plaintext: Uint8Array, ad: Uint8Array): Uint8Array => {
      if (nonce.length !== nonceLength) throw new Error('aead: wrong nonce length')
      const ciphertext = mask(key, nonce, plaintext)
      return concat(ciphertext, tagOf(key, nonce, ciphertext, ad))
    },
    open: (key: Secret<string>, nonce: Uint8Array, sealed: Uint8Array, ad: Uint8Array): Uint8Array | undefined => {
      if (nonce.length !== nonceLength || sealed.length < TAG_LENGTH) return undefined
      const ciphertext = sealed.subarray(0, sealed.length - TAG_LENGTH)
      return equal(sealed.subarray(-TAG_LENGTH), tagOf(key, nonce, ciphertext, ad)) ? mask(key, nonce, ciphertext) : undefined
    },
  }
}

export const chaCha20Poly1305 = aead(12)
export const xChaCha20Poly1305 = aead(24)
