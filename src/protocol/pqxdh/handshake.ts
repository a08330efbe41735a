// The handshake header of an initial message (docs/protocols/pqxdh.md, Handshake): what a responder needs to find the
// private keys that were used and to arrive at the same secrets. It is not authenticated by itself: every part of it enters
// the key derivation or the associated data, so that a changed one opens nothing.

import { isPrimeOrderX25519 } from '../../crypto/x25519.ts'
import { behind, type Codec, constant, decode, encode, fixed, oneOf, optional, struct, u32, validated } from '../../wire/codec.ts'

const HANDSHAKE_VERSION = 1
const CIPHERTEXT_LENGTH = 1568

export interface Handshake {
  /** EK_A, X25519, 32 bytes: names the session that it starts. */
  readonly baseKey: Uint8Array
  /** 32 bytes: the statement whose keys were used. */
  readonly statementHash: Uint8Array
  readonly signedPrekeyId: number
  readonly oneTimeX25519Id: number | undefined
  readonly kem: { readonly kind: 'one-time' | 'last-resort'; readonly id: number }
  /** ML-KEM-1024, 1,568 bytes. */
  readonly kemCiphertext: Uint8Array
}

const id = validated(u32, (value) => value > 0)

const handshakeFields: Codec<Handshake> = behind(
  constant(HANDSHAKE_VERSION),
  struct<Handshake>({
    baseKey: fixed(32),
    statementHash: fixed(32),
    signedPrekeyId: id,
    oneTimeX25519Id: optional(id),
    kem: struct<Handshake['kem']>({ kind: oneOf(['one-time', 'last-resort'] as const), id }),
    kemCiphertext: fixed(CIPHERTEXT_LENGTH),
  }),
)

/** @returns 1,643 bytes, four more with a one-time X25519 key */
export const encodeHandshake = (handshake: Handshake): Uint8Array => encode(handshakeFields, handshake)

export type HandshakeRefusal = 'malformed' | 'bad-base-key'

/**
 * Reads a handshake header. The base key must be the one canonical encoding of a point without a small-order part: two
 * encodings of one key would be two sessions to whoever looks it up by its bytes, and a replay would pass for news.
 */
export const readHandshake = (
  bytes: Uint8Array,
): { readonly ok: true; readonly handshake: Handshake } | { readonly ok: false; readonly reason: HandshakeRefusal } => {
  const decoded = decode(handshakeFields, bytes)
  if (!decoded.ok) return decoded
  return isPrimeOrderX25519(decoded.value.baseKey) ? { ok: true, handshake: decoded.value } : { ok: false, reason: 'bad-base-key' }
}
