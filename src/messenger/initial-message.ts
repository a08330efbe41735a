// What flight 3 of a pairing carries as its first message (docs/protocols/pairing.md, Introductions): the session message
// with the envelope id that is bound to it. It travels in no envelope, so the id has no other place.

import { behind, constant, type Decoded, decode, encode, fixed, rest, struct } from '../wire/codec.ts'
import { ENVELOPE_ID_LENGTH } from '../wire/envelope.ts'

export interface InitialMessage {
  /** 16 bytes. */
  readonly id: Uint8Array
  /** Of protocol/session, with a handshake. */
  readonly message: Uint8Array
}

const initialMessage = behind(constant(1), struct<InitialMessage>({ id: fixed(ENVELOPE_ID_LENGTH), message: rest }))

export const encodeInitialMessage = (value: InitialMessage): Uint8Array => encode(initialMessage, value)
export const decodeInitialMessage = (bytes: Uint8Array): Decoded<InitialMessage> => decode(initialMessage, bytes)
