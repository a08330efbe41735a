// What processes that work on one store agree about: numbers, each of which is one envelope.

import type { StoreLimits } from '../../server/store.ts'

export const PLENTY: StoreLimits = { envelopesPerMailbox: 1e9, bytesPerMailbox: 1e12, storedBytes: 1e12, devices: 1e6 }
export const FOR_EVER_MS = 4_000_000_000_000
export const ADDRESSES = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(64))
export const HOT_DEVICE = `${'f'.repeat(64)}/256`

export const addressOf = (number: number): string => ADDRESSES[number % ADDRESSES.length] ?? ''
export const envelopeIdOf = (number: number): string => number.toString(16).padStart(32, '0')
/** From 100 bytes to 5 KB, so that some fill pages of their own. */
export const bodyOf = (number: number): Uint8Array => {
  const body = new Uint8Array(100 + ((number * 37) % 50) * 100).fill(number % 251)
  new DataView(body.buffer).setUint32(0, number)
  return body
}
export const numberIn = (body: Uint8Array): number => new DataView(body.buffer, body.byteOffset).getUint32(0)
