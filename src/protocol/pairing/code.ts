// The code: six digits, stretched to SPAKE2's w, and how long everybody waits (docs/protocols/pairing.md, The code).

import { ascii, join } from '../../crypto/bytes.ts'
import { scrypt } from '../../crypto/hash.ts'
import { p256ScalarFrom } from '../../crypto/p256.ts'
import { type Random, uniform } from '../../crypto/random.ts'
import type { Spake2Secret } from '../spake2/spake2.ts'

/** A code lives this long, or as long as the relay's room, if that is shorter. */
export const CODE_LIFE_MS = 300_000
/** A guest who sent no guess by then loses the place. */
export const GUEST_SILENCE_MS = 15_000
/** So long a guest waits for a sign of the host, or for a host who was there to come back. */
export const HOST_SILENCE_MS = 15_000
/** So long a guest waits for the answer to its guess. */
export const ANSWER_WAIT_MS = 30_000
/** So long a guest with an offer from the room waits for one on a direct line. */
export const DIRECT_WAIT_MS = 1_000

export const CODE_LENGTH = 6
export const ROOM_ID_LENGTH = 16
const STRETCH_LABEL = 'parley/pairing/code/v1'
const STRETCH_COST = 4096

export type PairingSecret = Spake2Secret

/** Six uniform ASCII digits; leading zeros are part of them. */
export const randomCode = (random: Random): string =>
  uniform(random, 10 ** CODE_LENGTH)
    .toString()
    .padStart(CODE_LENGTH, '0')

/**
 * w = scrypt(code, label || room id, N = 2^12, r = 8, p = 1, 48 bytes) mod n. Takes about 20 ms.
 *
 * @param code exactly six ASCII digits; anything else is a bug of the caller and throws
 * @param roomId 16 bytes
 * @returns undefined where w would be zero, which one code in 2^256 does
 */
export const stretchCode = (code: string, roomId: Uint8Array): PairingSecret | undefined => {
  if (!/^[0-9]{6}$/.test(code)) throw new Error('stretchCode: not six digits')
  if (roomId.length !== ROOM_ID_LENGTH) throw new Error('stretchCode: a room id has 16 bytes')
  return p256ScalarFrom(scrypt<'StretchedCode'>(ascii(code), join(ascii(STRETCH_LABEL), roomId), STRETCH_COST, 48))
}
