// SPAKE2's transcript TT and the keys that come of it (RFC 9382 §3.3 and §4). No group arithmetic here.

import { ascii, asSecret, concat, type Secret } from '../../crypto/bytes.ts'
import { hkdfSha256, hmacSha256, sha256 } from '../../crypto/hash.ts'
import { confirmationKeyOf } from './checks.ts'

/** The parties' names (§3.2). An absent one is an empty string, which is still written with its length. */
export interface Identities {
  readonly a: Uint8Array
  readonly b: Uint8Array
}

/** What the hash covers; points in 65 bytes, w in 32. */
export interface TranscriptParts {
  readonly identities: Identities
  readonly shareA: Uint8Array
  readonly shareB: Uint8Array
  /** K: never used or given out by itself. */
  readonly groupElement: Uint8Array
  readonly w: Uint8Array
}

/** TT: each part behind its length in eight bytes, little-endian (§3.1). */
export const transcript = (parts: TranscriptParts): Secret<'Spake2Transcript'> =>
  asSecret<'Spake2Transcript'>(
    concat(
      ...[parts.identities.a, parts.identities.b, parts.shareA, parts.shareB, parts.groupElement, parts.w].flatMap((part) => [
        lengthOf(part),
        part,
      ]),
    ),
  )

const lengthOf = (part: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(part.length), true)
  return bytes
}

export interface KeySchedule {
  /** Ke, 16 bytes: what SPAKE2 gives out. */
  readonly sharedKey: Secret<'Spake2Key'>
  /** cA and cB, 32 bytes each. */
  readonly confirmationA: Uint8Array
  readonly confirmationB: Uint8Array
}

/**
 * Hash(TT) = Ke || Ka; KcA || KcB = HKDF(nil, Ka, "ConfirmationKeys" || AAD); cA, cB = HMAC of TT (§4).
 *
 * @param aad at most 8,191 bytes (§3.2)
 */
export const keySchedule = (tt: Secret<'Spake2Transcript'>, aad: Uint8Array): KeySchedule => {
  if (aad.length > 8191) throw new Error('spake2: AAD is longer than 2^16 - 1 bits')
  const hash = sha256(tt)
  const keys = hkdfSha256<'Spake2Confirmation'>(hash.subarray(16), NO_SALT, concat(ascii('ConfirmationKeys'), aad), 32)
  return {
    sharedKey: asSecret<'Spake2Key'>(hash.slice(0, 16)),
    confirmationA: hmacSha256(confirmationKeyOf('A', keys), tt),
    confirmationB: hmacSha256(confirmationKeyOf('B', keys), tt),
  }
}

const NO_SALT = new Uint8Array(0)
