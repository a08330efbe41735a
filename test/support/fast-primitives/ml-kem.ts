// Stands in for src/crypto/ml-kem.ts in property tests. INSECURE: a ciphertext carries its secret in the clear. Rejection is
// implicit as in the real one: a wrong ciphertext gives other bytes, not an error.

import { asSecret, equal } from '../../../src/crypto/bytes.ts'
import type { MlKemKeyPair, MlKemSeed, MlKemShared } from '../../../src/crypto/ml-kem.ts'
import type { Random } from '../../../src/crypto/random.ts'
import { digest, isStretched, stretch } from './stretch.ts'

export type { MlKemKeyPair, MlKemSeed, MlKemShared }

const mlKem = (encapsulationKeyLength: number, ciphertextLength: number) => {
  const name = `ml-kem-${encapsulationKeyLength}`
  const encapsulationKeyOf = (seed: MlKemSeed): Uint8Array => stretch(digest(name, seed), encapsulationKeyLength)
  const isEncapsulationKey = (encapsulationKey: Uint8Array): boolean =>
    encapsulationKey.length === encapsulationKeyLength && isStretched(encapsulationKey) && !encapsulationKey.every((byte) => byte === 255)
  const keyPairFromSeed = (seed: MlKemSeed): MlKemKeyPair => ({ seed, encapsulationKey: encapsulationKeyOf(seed) })
  /** The ciphertext under a key: 32 bytes in the clear, then as many bytes as it takes that depend on both. */
  const ciphertextOf = (encapsulationKey: Uint8Array, message: Uint8Array): Uint8Array => {
    const ciphertext = stretch(digest(`${name}/ciphertext`, encapsulationKey.subarray(0, 32), message), ciphertextLength)
    ciphertext.set(message)
    return ciphertext
  }
  return {
    encapsulationKeyLength,
    ciphertextLength,
    keyPair: (random: Random): MlKemKeyPair => keyPairFromSeed(asSecret<'MlKemSeed'>(random(64))),
    keyPairFromSeed,
    isEncapsulationKey,
    encapsulate: (encapsulationKey: Uint8Array, random: Random): { ciphertext: Uint8Array; shared: MlKemShared } | undefined => {
      if (!isEncapsulationKey(encapsulationKey)) return undefined
      const message = random(32)
      const ciphertext = ciphertextOf(encapsulationKey, message)
      return { ciphertext, shared: asSecret<'MlKemShared'>(digest(`${name}/shared`, ciphertext.subarray(0, 64))) }
    },
    decapsulate: (seed: MlKemSeed, ciphertext: Uint8Array): MlKemShared | undefined => {
      if (ciphertext.length !== ciphertextLength) return undefined
      const isOurs = equal(ciphertext, ciphertextOf(encapsulationKeyOf(seed), ciphertext.subarray(0, 32)))
      return asSecret<'MlKemShared'>(
        isOurs ? digest(`${name}/shared`, ciphertext.subarray(0, 64)) : digest(`${name}/rejected`, seed, ciphertext),
      )
    },
  }
}

export const mlKem768 = mlKem(1184, 1088)
export const mlKem1024 = mlKem(1568, 1568)
