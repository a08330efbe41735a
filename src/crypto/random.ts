// Randomness is an input: everything that draws takes a `Random`, and only the worker and the relay hold the real one.

import { randomBytes } from '@noble/hashes/utils.js'

/** Gives `length` fresh, independent, uniform bytes. */
export type Random = (length: number) => Uint8Array

/** The platform's cryptographic generator. */
export const systemRandom: Random = (length) => randomBytes(length)

/** A uniform integer in [0, limit), limit at most 2^32, by rejection: no value is likelier than another. */
export const uniform = (random: Random, limit: number): number => {
  if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) throw new Error('uniform: limit out of range')
  const ceiling = 2 ** 32 - (2 ** 32 % limit)
  for (;;) {
    const drawn = new DataView(random(4).slice().buffer).getUint32(0)
    if (drawn < ceiling) return drawn % limit
  }
}
