// How two contacts show each other, over a fresh direct line, that the line ends at the two devices that agreed to meet
// (docs/protocols/meeting.md). The token came through the ratchet; this is no key agreement and seals nothing.

import { ascii, asSecret, concat, equal, type Secret } from '../../crypto/bytes.ts'
import { hmacSha256 } from '../../crypto/hash.ts'
import type { Random } from '../../crypto/random.ts'

/** 32 bytes from inside the ratchet: the token of the side that is dialled. */
export type MeetingToken = Secret<'MeetingToken'>

export const MEETING_TOKEN_LENGTH = 32

export const freshToken = (random: Random): MeetingToken => asSecret<'MeetingToken'>(random(MEETING_TOKEN_LENGTH))

/** Who says it; two roles, so that a proof cannot be sent back as the answer to itself. */
export type MeetingRole = 'dialler' | 'answerer'

/** SHA-256 of both DTLS certificates, 32 bytes each. */
export interface LineBinding {
  readonly diallerFingerprint: Uint8Array
  readonly answererFingerprint: Uint8Array
}

const ROLE_BYTE: Readonly<Record<MeetingRole, number>> = { dialler: 1, answerer: 2 }

/** @returns 32 bytes: HMAC-SHA-256(token, label || role || dialler's fingerprint || answerer's) */
export const prove = (token: MeetingToken, role: MeetingRole, { diallerFingerprint, answererFingerprint }: LineBinding): Uint8Array =>
  hmacSha256(token, concat(ascii('parley/meeting/proof/v1'), Uint8Array.of(ROLE_BYTE[role]), diallerFingerprint, answererFingerprint))

/** Whether the other side, in this role, knows the token and sees the same line. */
export const isProof = (mac: Uint8Array, token: MeetingToken, role: MeetingRole, binding: LineBinding): boolean =>
  equal(mac, prove(token, role, binding))
