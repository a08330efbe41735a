// What the stand-ins are made of: one hash, drawn out to the length of the real thing. INSECURE on purpose; tests only.

import { ascii, join } from '../../../src/crypto/bytes.ts'
import { sha256 } from './hash.ts'

/** 32 bytes that depend on a name and on every part. */
export const digest = (name: string, ...parts: readonly Uint8Array[]): Uint8Array => sha256(join(ascii(`stand-in/${name}`), ...parts))

/** Repeats bytes until they fill `length`. */
export const stretch = (bytes: Uint8Array, length: number): Uint8Array => {
  const long = new Uint8Array(length)
  for (let at = 0; at < length; at += bytes.length) long.set(bytes.subarray(0, Math.min(bytes.length, length - at)), at)
  return long
}

/** Whether bytes are {@link stretch} of their own first 32. */
export const isStretched = (bytes: Uint8Array): boolean => {
  for (let i = 32; i < bytes.length; i++) if (bytes[i] !== bytes[i - 32]) return false
  return true
}
