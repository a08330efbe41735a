// Randomness that repeats: the same seed gives the same bytes. For tests and vectors, never for keys that anyone relies on.

import { ascii, concat, u32 } from '../../src/crypto/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Random } from '../../src/crypto/random.ts'

/** SHA-256 in counter mode over the seed; each call goes on where the last one stopped. @param seed ASCII, or any number */
export const seededRandom = (seed: string | number): Random => {
  const key = sha256(ascii(`parley/seeded-random/${seed}`))
  let counter = 0
  let rest = new Uint8Array(0)
  return (length) => {
    const drawn = new Uint8Array(length)
    for (let filled = 0; filled < length; ) {
      if (rest.length === 0) rest = sha256(concat(key, u32(counter++))).slice()
      const part = rest.subarray(0, length - filled)
      drawn.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
    return drawn
  }
}
