// Rows at rest (docs/storage.md): sealed with AES-256-GCM and named by a MAC, under two keys that WebCrypto keeps and never
// hands out. It keeps what a browser's files show to those who copy them apart from what was said; it does not stop code
// that runs on this origin, and nothing in here is for a peer.

import { ascii, concat, join } from '../crypto/bytes.ts'
import { hkdfSha256 } from '../crypto/hash.ts'
import type { MasterKey } from './lock-record.ts'

/** Non-extractable: usable here, readable nowhere. Without a lock they lie in the database beside what they seal. */
export interface RowKeys {
  /** AES-256-GCM. With random nonces it is good for 2^32 rows written (NIST SP 800-38D §8.3). */
  readonly sealing: CryptoKey
  /** HMAC-SHA-256. */
  readonly naming: CryptoKey
}

export const ROW_NAME_LENGTH = 16
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

export const generateRowKeys = async (): Promise<RowKeys> => {
  const sealing = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const naming = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
  return { sealing, naming }
}

/** The keys of a profile with a lock: they are in memory only. */
export const deriveRowKeys = async (master: MasterKey): Promise<RowKeys> => {
  const derived = (use: string): Uint8Array<ArrayBuffer> => owned(hkdfSha256(master, new Uint8Array(0), ascii(`parley rows ${use} 1`), 32))
  const sealing = await crypto.subtle.importKey('raw', derived('sealing'), 'AES-GCM', false, ['encrypt', 'decrypt'])
  const naming = await crypto.subtle.importKey('raw', derived('naming'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return { sealing, naming }
}

/** The name of something on disk, in place of what it is called in memory. @returns 16 bytes */
export const rowName = async ({ naming }: RowKeys, ...path: readonly string[]): Promise<Uint8Array<ArrayBuffer>> => {
  const mac = await crypto.subtle.sign('HMAC', naming, owned(join(...path.map(utf8))))
  return new Uint8Array(mac).slice(0, ROW_NAME_LENGTH)
}

/** @param place everything about the row that is not sealed: where it lies, and what its indexes show. @returns nonce 12 || ciphertext || tag 16 */
export const sealRow = async ({ sealing }: RowKeys, plaintext: Uint8Array, place: Uint8Array): Promise<Uint8Array> => {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: owned(place) }, sealing, owned(plaintext))
  return concat(nonce, new Uint8Array(sealed))
}

/** @param sealed as it was found on disk: anything. @returns undefined for what was not sealed for this place */
export const openRow = async ({ sealing }: RowKeys, sealed: unknown, place: Uint8Array): Promise<Uint8Array | undefined> => {
  if (!(sealed instanceof Uint8Array) || sealed.length < NONCE_LENGTH + TAG_LENGTH) return undefined
  const iv = owned(sealed.subarray(0, NONCE_LENGTH))
  try {
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData: owned(place) },
      sealing,
      owned(sealed.subarray(NONCE_LENGTH)),
    )
    return new Uint8Array(opened)
  } catch {
    return undefined
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** WebCrypto takes bytes only from memory that is not shared; ours never is, and its type cannot say so. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>
