// SHA-2, HMAC (RFC 2104), HKDF (RFC 5869) and scrypt (RFC 7914). Nothing here knows a protocol.

import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { scrypt as nobleScrypt } from '@noble/hashes/scrypt.js'
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import { asSecret, type Secret } from './bytes.ts'

/** @returns 32 bytes */
export const sha256 = (message: Uint8Array): Uint8Array => nobleSha256(message)

/** @returns 64 bytes */
export const sha512 = (message: Uint8Array): Uint8Array => nobleSha512(message)

/** @returns 32 bytes */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(nobleSha256, key, message)

/** Extract and expand (RFC 5869 §2). @param length at most 8,160 bytes; an empty salt counts as 32 zeros */
export const hkdfSha256 = <Kind extends string>(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Secret<Kind> =>
  asSecret<Kind>(hkdf(nobleSha256, ikm, salt, info, length))

/** Extract and expand (RFC 5869 §2). @param length at most 16,320 bytes; an empty salt counts as 64 zeros */
export const hkdfSha512 = <Kind extends string>(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Secret<Kind> =>
  asSecret<Kind>(hkdf(nobleSha512, ikm, salt, info, length))

/** scrypt (RFC 7914) with r = 8, p = 1. @param cost N, a power of two; memory is 1,024 x N bytes */
export const scrypt = <Kind extends string>(password: Uint8Array, salt: Uint8Array, cost: number, length: number): Secret<Kind> =>
  asSecret<Kind>(nobleScrypt(password, salt, { N: cost, r: 8, p: 1, dkLen: length }))
