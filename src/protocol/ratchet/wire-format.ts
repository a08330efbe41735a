// A ratchet message byte by byte (docs/protocols/ratchet.md): version, nonce, sealed header, sealed body. Knows no chain.

import { TAG_LENGTH, xChaCha20Poly1305 } from '../../crypto/aead.ts'
import { concat, join, u32 as u32Bytes } from '../../crypto/bytes.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import type { HeaderKey } from '../../crypto/session-keys.ts'
import { X25519_LENGTH } from '../../crypto/x25519.ts'
import {
  behind,
  bytes,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  optional,
  rest,
  struct,
  u32,
  validated,
} from '../../wire/codec.ts'
import type { MessageKey, Prologue } from './state.ts'

const VERSION = 1
const NONCE_LENGTH = 24

/** What a header says: the chain's prologue, and the message's number in it (`n`). */
export interface Header extends Prologue {
  readonly n: number
}

const header: Codec<Header> = struct<Header>({
  ratchetKey: fixed(X25519_LENGTH),
  previousCount: u32,
  n: u32,
  encapsulationKey: fixed(mlKem768.encapsulationKeyLength),
  ciphertext: optional(fixed(mlKem768.ciphertextLength)),
})

const SHORT_HEADER_LENGTH = X25519_LENGTH + 4 + 4 + mlKem768.encapsulationKeyLength + 1 + TAG_LENGTH
const LONG_HEADER_LENGTH = SHORT_HEADER_LENGTH + mlKem768.ciphertextLength

/** Bytes by which a message is longer than its plaintext, in a chain with or without a KEM ciphertext. */
export const overhead = (hasCiphertext: boolean): number =>
  1 + NONCE_LENGTH + 2 + (hasCiphertext ? LONG_HEADER_LENGTH : SHORT_HEADER_LENGTH) + TAG_LENGTH

export interface SealedMessage {
  /** Serves header and body, which never share a key. */
  readonly nonce: Uint8Array
  readonly sealedHeader: Uint8Array
  readonly body: Uint8Array
}

const message: Codec<SealedMessage> = behind(
  constant(VERSION),
  struct<SealedMessage>({
    nonce: fixed(NONCE_LENGTH),
    sealedHeader: validated(bytes(LONG_HEADER_LENGTH), ({ length }) => length === SHORT_HEADER_LENGTH || length === LONG_HEADER_LENGTH),
    body: validated(rest, ({ length }) => length >= TAG_LENGTH),
  }),
)

/** Refuses what has not the form of a message of this version. */
export const readMessage = (wire: Uint8Array): Decoded<SealedMessage> => decode(message, wire)

/** Whom a message is from and to, and in which envelope: both sides put the same into the tag. */
export interface Route {
  readonly adHash: Uint8Array
  readonly senderTag: number
  readonly recipientTag: number
  /** 16 bytes. */
  readonly envelopeId: Uint8Array
}

const headerAssociated = (adHash: Uint8Array): Uint8Array => concat(Uint8Array.of(VERSION), adHash)

const bodyAssociated = ({ adHash, senderTag, recipientTag, envelopeId }: Route, sealedHeader: Uint8Array): Uint8Array =>
  join(Uint8Array.of(VERSION), adHash, u32Bytes(senderTag), u32Bytes(recipientTag), envelopeId, sealedHeader)

/** @param nonce 24 random bytes */
export const sealMessage = (input: {
  readonly header: Header
  readonly headerKey: HeaderKey
  readonly messageKey: MessageKey
  readonly nonce: Uint8Array
  readonly plaintext: Uint8Array
  readonly route: Route
}): Uint8Array => {
  const { nonce, route } = input
  const sealedHeader = xChaCha20Poly1305.seal(input.headerKey, nonce, encode(header, input.header), headerAssociated(route.adHash))
  const body = xChaCha20Poly1305.seal(input.messageKey, nonce, input.plaintext, bodyAssociated(route, sealedHeader))
  return encode(message, { nonce, sealedHeader, body })
}

/** @returns undefined where this key did not seal it; `malformed` where it did and the content is no header */
export const openHeader = (headerKey: HeaderKey, sealed: SealedMessage, adHash: Uint8Array): Decoded<Header> | undefined => {
  const opened = xChaCha20Poly1305.open(headerKey, sealed.nonce, sealed.sealedHeader, headerAssociated(adHash))
  return opened && decode(header, opened)
}

/** @returns the plaintext, or undefined for a wrong key, body, header or route */
export const openBody = (messageKey: MessageKey, sealed: SealedMessage, route: Route): Uint8Array | undefined =>
  xChaCha20Poly1305.open(messageKey, sealed.nonce, sealed.body, bodyAssociated(route, sealed.sealedHeader))
