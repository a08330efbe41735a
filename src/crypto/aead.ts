// ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Opening refuses with `undefined`, never throws on a bad tag.

import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { Secret } from './bytes.ts'

/** Bytes by which a sealed text is longer than its plaintext. */
export const TAG_LENGTH = 16

type Cipher = typeof chacha20poly1305

const aead = (cipher: Cipher, nonceLength: number) => ({
  /** @param key 32 bytes. @returns ciphertext || 16-byte tag */
  seal: (key: Secret<string>, nonce: Uint8Array, plaintext: Uint8Array, ad: Uint8Array): Uint8Array => {
    if (nonce.length !== nonceLength) throw new Error('aead: wrong nonce length')
    return cipher(key, nonce, ad).encrypt(plaintext)
  },
  /** @param key 32 bytes. @returns the plaintext, or undefined for a text that this key did not seal under this nonce and ad */
  open: (key: Secret<string>, nonce: Uint8Array, sealed: Uint8Array, ad: Uint8Array): Uint8Array | undefined => {
    if (nonce.length !== nonceLength || sealed.length < TAG_LENGTH) return undefined
    try {
      return cipher(key, nonce, ad).decrypt(sealed)
    } catch {
      return undefined
    }
  },
})

/** 12-byte nonce: only for keys that seal once. */
export const chaCha20Poly1305 = aead(chacha20poly1305, 12)

/** 24-byte nonce: may be drawn at random. */
export const xChaCha20Poly1305 = aead(xchacha20poly1305, 24)
