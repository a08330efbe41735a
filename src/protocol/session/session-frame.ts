// How a session message looks from outside (docs/protocols/session.md), and what is encrypted with each plaintext.

import { behind, bytes, constant, type Decoded, decode, encode, rest, struct, type Union, u32, u48, union } from '../../wire/codec.ts'

const VERSION = 1
const MAX_HANDSHAKE_LENGTH = 4096

interface SessionFrames {
  /** Of a session whose initiator has had no answer yet: PQXDH's handshake header goes along. */
  initial: { readonly handshake: Uint8Array; readonly message: Uint8Array }
  regular: { readonly message: Uint8Array }
}
export type SessionFrame = Union<SessionFrames>

const sessionFrame = behind(
  constant(VERSION),
  union<SessionFrames>({
    initial: [1, struct({ handshake: bytes(MAX_HANDSHAKE_LENGTH, 1), message: rest })],
    regular: [2, struct({ message: rest })],
  }),
)

export const encodeSessionFrame = (frame: SessionFrame): Uint8Array => encode(sessionFrame, frame)
export const decodeSessionFrame = (message: Uint8Array): Decoded<SessionFrame> => decode(sessionFrame, message)

/** Bytes in front of the ratchet message. */
export const frameOverhead = (handshake: Uint8Array | undefined): number => (handshake === undefined ? 2 : 4 + handshake.length)

/** What the sender's record says of itself when it encrypts: see record.ts. */
export interface Standing {
  /** How often, as far as the sender knows, either side has chosen a session. */
  readonly turn: number
  /** When the sender's record began, by the sender's clock. */
  readonly bornAtMs: number
}

/** What the ratchet encrypts. */
export interface SessionBody extends Standing {
  readonly plaintext: Uint8Array
}
const sessionBody = struct<SessionBody>({ turn: u32, bornAtMs: u48, plaintext: rest })

/** Bytes by which a body is longer than its plaintext. */
export const BODY_OVERHEAD = 10

export const encodeBody = (body: SessionBody): Uint8Array => encode(sessionBody, body)
export const decodeBody = (body: Uint8Array): Decoded<SessionBody> => decode(sessionBody, body)
