// Stands in for src/crypto/hash.ts in property tests: the same functions as Node has them, which are some times as fast.

import { createHmac, hash, scryptSync } from 'node:crypto'
import { asSecret, concat, type Secret } from '../../../src/crypto/bytes.ts'

type Sha2 = 'sha256' | 'sha512'

const own = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
const hmac = (name: Sha2, key: Uint8Array, message: Uint8Array): Uint8Array => own(createHmac(name, key).update(message).digest())

/** By hand, as Node's takes no `info` over 1,024 bytes. */
const hkdf = <Kind extends string>(name: Sha2, ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Secret<Kind> => {
  const key = hmac(name, salt, ikm)
  const blocks: Uint8Array[] = []
  for (let made = 0; made < length; made += key.length) {
    blocks.push(hmac(name, key, concat(blocks.at(-1) ?? new Uint8Array(0), info, Uint8Array.of(blocks.length + 1))))
  }
  return asSecret<Kind>(concat(...blocks).slice(0, length))
}

export const sha256 = (message: Uint8Array): Uint8Array => own(hash('sha256', message, 'buffer'))

export const sha512 = (message: Uint8Array): Uint8Array => own(hash('sha512', message, 'buffer'))

export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac('sha256', key, message)

export const hkdfSha256 = <Kind extends string>(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Secret<Kind> =>
  hkdf<Kind>('sha256', ikm, salt, info, length)

export const hkdfSha512 = <Kind extends string>(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Secret<Kind> =>
  hkdf<Kind>('sha512', ikm, salt, info, length)

export const scrypt = <Kind extends string>(password: Uint8Array, salt: Uint8Array, cost: number, length: number): Secret<Kind> =>
  asSecret<Kind>(own(scryptSync(password, salt, length, { N: cost, r: 8, p: 1, maxmem: 2 * 1_024 * cost })))
