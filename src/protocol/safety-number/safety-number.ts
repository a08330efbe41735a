// The safety number: 60 digits that two people may compare aloud (docs/protocols/safety-number.md). It is Signal's
// NumericFingerprint over our account keys, and it says who is talked to, not through which session or device.
// Not here: how an account id is made (protocol/identity), and whether anybody has compared.

import { concat } from '../../crypto/bytes.ts'
import { sha256, sha512 } from '../../crypto/hash.ts'

/** Digits in one person's half. */
export const FINGERPRINT_LENGTH = 30
/** Digits in a safety number. */
export const SAFETY_NUMBER_LENGTH = 60
/** How often SHA-512 is run for each half. A key with the same digits takes about 2^99 tries, each of so many hashes. */
export const SAFETY_NUMBER_ITERATIONS = 5200

const MAX_ITERATIONS = 1_000_000
const VERSION = Uint8Array.of(0, 0)
/** Stands where Signal's keys have their type byte, so that no key of ours is taken for one of those. */
const HYBRID_KEY_TYPE = Uint8Array.of(1)
const GROUPS = 6

/** A person, as far as a safety number is concerned. */
export interface Account {
  /** The public account key: 1,984 bytes. */
  readonly accountKey: Uint8Array
  /** What protocol/identity makes of it: 32 bytes. */
  readonly accountId: Uint8Array
}

/**
 * One half of a safety number: Signal's NumericFingerprint, version 0.
 *
 * @param input.iterations 2 to 1,000,000; throws outside of that
 * @param input.key a public key behind its type byte
 * @param input.identifier what stably names its owner
 * @returns 30 decimal digits
 */
export const numericFingerprint = (input: {
  readonly iterations: number
  readonly key: Uint8Array
  readonly identifier: Uint8Array
}): string => {
  if (!Number.isInteger(input.iterations) || input.iterations < 2 || input.iterations > MAX_ITERATIONS) {
    throw new Error('numericFingerprint: iterations out of range')
  }
  let hash = sha512(concat(VERSION, input.key, input.identifier, input.key))
  for (let i = 1; i < input.iterations; i++) hash = sha512(concat(hash, input.key))
  return Array.from({ length: GROUPS }, (_, group) => fiveDigits(hash.subarray(5 * group, 5 * group + 5))).join('')
}

/**
 * One person's half: 5,200 hashes, some tens of milliseconds. Compute it once and keep it.
 *
 * @returns 30 decimal digits
 */
export const fingerprintOf = ({ accountKey, accountId }: Account): string =>
  numericFingerprint({
    iterations: SAFETY_NUMBER_ITERATIONS,
    key: concat(HYBRID_KEY_TYPE, sha256(accountKey)),
    identifier: accountId,
  })

/**
 * The number that both people see: the same for both, whoever asks.
 *
 * @param a,b the two people's halves ({@link fingerprintOf}), in any order
 * @returns 60 decimal digits, the lower half first; shown as 12 groups of five
 */
export const safetyNumber = (a: string, b: string): string => [a, b].sort().join('')

/** Five bytes big-endian, modulo 100,000. 2^40 is no multiple of that: the first digits are likelier by one part in 10 million. */
const fiveDigits = (chunk: Uint8Array): string => String(chunk.reduce((value, byte) => value * 256 + byte, 0) % 100_000).padStart(5, '0')
