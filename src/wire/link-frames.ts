// What travels on a direct line (a WebRTC data channel): one message is one frame, version byte first, then a type byte.
// docs/protocols/link.md describes it byte by byte. Frames are not padded except those that bear an envelope.

import {
  behind,
  bytes,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  MAX_FRAME_LENGTH,
  rest,
  struct,
  type Union,
  u32,
  union,
  validated,
  zeros,
} from './codec.ts'
import { ENVELOPE_ID_LENGTH } from './envelope.ts'
import { ENVELOPE_HEADER_LENGTH, isEnvelopeLength } from './padding.ts'

const LINK_VERSION = 1

interface LinkFrames {
  /** A flight of a pairing (protocol/pairing). */
  pairing: { body: Uint8Array }
  /** The first frame each way between contacts who meet again: HMAC-SHA-256, 32 bytes. */
  proof: { mac: Uint8Array }
  /** The same bytes that the relay would carry. */
  envelope: { envelope: Uint8Array }
  /** What this envelope holds is kept: sent after the commit. */
  ack: { envelopeId: Uint8Array }
  ping: { nonce: number }
  pong: { nonce: number }
  /** The page is about to go. */
  bye: object
}
export type LinkFrame = Union<LinkFrames>

const empty: Codec<object> = struct({})

const frames = behind(
  constant(LINK_VERSION),
  union<LinkFrames>({
    pairing: [1, struct({ body: bytes(MAX_FRAME_LENGTH - 8) })],
    proof: [2, struct({ mac: fixed(32) })],
    envelope: [
      3,
      struct({
        envelope: behind(
          zeros(ENVELOPE_HEADER_LENGTH - 2),
          validated(rest, (value) => isEnvelopeLength(value.length)),
        ),
      }),
    ],
    ack: [4, struct({ envelopeId: fixed(ENVELOPE_ID_LENGTH) })],
    ping: [5, struct({ nonce: u32 })],
    pong: [6, struct({ nonce: u32 })],
    bye: [7, empty],
  }),
)

export const encodeLinkFrame = (frame: LinkFrame): Uint8Array => encode(frames, frame)
export const decodeLinkFrame = (bytesOfFrame: Uint8Array): Decoded<LinkFrame> => decode(frames, bytesOfFrame)
