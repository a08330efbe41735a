// SPAKE2 (RFC 9382), suite P256-SHA256-HKDF-HMAC: two sides who share a low-entropy secret w agree on a strong key, and
// whoever does not know w gets one guess a run. docs/protocols/spake2.md.
//
// Not here: how w comes of a code, who sends what in which order, when a code is spent (protocol/pairing).

import type { Secret } from '../../crypto/bytes.ts'
import { P256_POINT_LENGTH, type P256Scalar, p256Point, p256Scalar } from '../../crypto/p256.ts'
import type { Random } from '../../crypto/random.ts'
import { isReflected, type Role } from './checks.ts'
import { groupElementOf, shareOf } from './group.ts'
import { type Identities, keySchedule, transcript } from './transcript.ts'

export type { Role } from './checks.ts'
export type { Identities } from './transcript.ts'

/** Bytes of a share: an uncompressed point. */
export const SHARE_LENGTH = P256_POINT_LENGTH
/** Bytes of a confirmation. */
export const CONFIRMATION_LENGTH = 32

/** w, 32 bytes big-endian in [1, n - 1]. */
export type Spake2Secret = P256Scalar

/** One side between its two steps. Lives in memory only, and for one run only: a scalar used twice gives the secret away (§7). */
export interface Spake2Started {
  readonly role: Role
  readonly w: Spake2Secret
  /** x or y, 32 bytes. */
  readonly scalar: P256Scalar
  /** pA or pB, 65 bytes: what the other side is sent. */
  readonly share: Uint8Array
}

/** pA = x * P + w * M, or pB = y * P + w * N, with a fresh scalar in [1, n - 1] (§3.3). */
export const start = (role: Role, w: Spake2Secret, random: Random): Spake2Started => {
  for (;;) {
    const scalar = p256Scalar(random)
    const share = shareOf(role, w, scalar)
    // The identity has no encoding; a scalar that leads there (one in 2^256) is drawn again.
    if (share) return { role, w, scalar, share }
  }
}

/**
 * `bad-share`: not 65 bytes, not starting with 04, or not on the curve. `reflected`: our own share. Both are told without
 * the secret. `identity`: K is the identity, which only somebody can bring about who guessed w: to the world it must look
 * like a wrong confirmation.
 */
export type Spake2Refusal = 'bad-share' | 'reflected' | 'identity'

export interface Spake2Outcome {
  /** Ke, 16 bytes. Worth nothing until the other side's confirmation was compared. */
  readonly sharedKey: Secret<'Spake2Key'>
  /** What we send, 32 bytes. */
  readonly ourConfirmation: Uint8Array
  /** What the other side must send, 32 bytes; compare in constant time. */
  readonly theirConfirmation: Uint8Array
}

/**
 * Takes the other side's share: K, then the key schedule (§3.3, §4).
 *
 * @param aad what both sides must see alike beside the shares, at most 8,191 bytes
 */
export const finish = (
  ours: Spake2Started,
  theirShare: Uint8Array,
  { identities, aad }: { readonly identities: Identities; readonly aad: Uint8Array },
): ({ readonly ok: true } & Spake2Outcome) | { readonly ok: false; readonly reason: Spake2Refusal } => {
  const theirPoint = p256Point(theirShare)
  if (!theirPoint) return { ok: false, reason: 'bad-share' }
  if (isReflected(ours.share, theirShare)) return { ok: false, reason: 'reflected' }

  const groupElement = groupElementOf(ours.role, ours.w, ours.scalar, theirPoint)
  if (!groupElement) return { ok: false, reason: 'identity' }

  const [shareA, shareB] = ours.role === 'A' ? [ours.share, theirShare] : [theirShare, ours.share]
  const keys = keySchedule(transcript({ identities, shareA, shareB, groupElement, w: ours.w }), aad)
  const [ourConfirmation, theirConfirmation] =
    ours.role === 'A' ? [keys.confirmationA, keys.confirmationB] : [keys.confirmationB, keys.confirmationA]
  return { ok: true, sharedKey: keys.sharedKey, ourConfirmation, theirConfirmation }
}
