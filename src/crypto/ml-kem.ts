// ML-KEM-768 and ML-KEM-1024 (FIPS 203). A wrong ciphertext is not an error here: decapsulation rejects
// implicitly, and the tag of whatever is sealed under the result fails later.

import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { asSecret, type Secret } from './bytes.ts'
import type { Random } from './random.ts'

/** 64 bytes, d || z (FIPS 203 §7.1): the form in which decapsulation keys are kept. */
export type MlKemSeed = Secret<'MlKemSeed'>
export type MlKemShared = Secret<'MlKemShared'>

export interface MlKemKeyPair {
  readonly encapsulationKey: Uint8Array
  readonly seed: MlKemSeed
}

const mlKem = (kem: typeof ml_kem768, encapsulationKeyLength: number, ciphertextLength: number) => ({
  encapsulationKeyLength,
  ciphertextLength,

  keyPair: (random: Random): MlKemKeyPair => {
    const seed = asSecret<'MlKemSeed'>(random(64))
    return { seed, encapsulationKey: kem.keygen(seed).publicKey }
  },

  keyPairFromSeed: (seed: MlKemSeed): MlKemKeyPair => ({ seed, encapsulationKey: kem.keygen(seed).publicKey }),

  /** Whether bytes are an encapsulation key: the length and modulus checks of FIPS 203 §7.2. */
  isEncapsulationKey: (encapsulationKey: Uint8Array): boolean => {
    if (encapsulationKey.length !== encapsulationKeyLength) return false
    // Each group of three bytes holds two coefficients of 12 bits, and each must be below q = 3,329.
    for (let i = 0; i + 2 < encapsulationKeyLength - 32; i += 3) {
      const [a = 0, b = 0, c = 0] = encapsulationKey.subarray(i, i + 3)
      if ((a | ((b & 15) << 8)) >= 3329 || ((b >> 4) | (c << 4)) >= 3329) return false
    }
    return true
  },

  /** @returns a ciphertext and 32 secret bytes, or undefined for a malformed key (FIPS 203 §7.2) */
  encapsulate: (encapsulationKey: Uint8Array, random: Random): { ciphertext: Uint8Array; shared: MlKemShared } | undefined => {
    try {
      const { cipherText, sharedSecret } = kem.encapsulate(encapsulationKey, random(32))
      return { ciphertext: cipherText, shared: asSecret<'MlKemShared'>(sharedSecret) }
    } catch {
      return undefined
    }
  },

  /** @returns 32 bytes, or undefined for a ciphertext of the wrong length (FIPS 203 §7.3) */
  decapsulate: (seed: MlKemSeed, ciphertext: Uint8Array): MlKemShared | undefined =>
    ciphertext.length === ciphertextLength ? asSecret<'MlKemShared'>(kem.decapsulate(ciphertext, kem.keygen(seed).secretKey)) : undefined,
})

export const mlKem768 = mlKem(ml_kem768, 1184, 1088)
export const mlKem1024 = mlKem(ml_kem1024, 1568, 1568)
