// The outside of one envelope: what the relay and every line carry. Its length is one of three (wire/padding); what is
// inside the message is filled up to that before it is sealed.

import { behind, constant, type Decoded, decode, encode, fixed, rest, struct, type Union, union } from './codec.ts'
import { isEnvelopeLength } from './padding.ts'

export const ENVELOPE_ID_LENGTH = 16
/** Bytes of an envelope that are not its message: version, kind, id. */
export const ENVELOPE_OVERHEAD = 18

interface Envelopes {
  /** Between devices that have a session; the address it came to tells whose. */
  session: { id: Uint8Array; message: Uint8Array }
  /** The first messages of somebody who was introduced, to the address in a device's statement (protocol/sealed). */
  sealed: { id: Uint8Array; sealed: Uint8Array }
}
export type Envelope = Union<Envelopes>

const envelopes = behind(
  constant(1),
  union<Envelopes>({
    session: [1, struct({ id: fixed(ENVELOPE_ID_LENGTH), message: rest })],
    sealed: [2, struct({ id: fixed(ENVELOPE_ID_LENGTH), sealed: rest })],
  }),
)

/** Throws where the whole is not of an envelope's length: the message was padded wrongly, a bug. */
export const encodeEnvelope = (envelope: Envelope): Uint8Array => {
  const bytes = encode(envelopes, envelope)
  if (!isEnvelopeLength(bytes.length)) throw new Error('encodeEnvelope: not padded to an envelope length')
  return bytes
}

export const decodeEnvelope = (bytes: Uint8Array): Decoded<Envelope> =>
  isEnvelopeLength(bytes.length) ? decode(envelopes, bytes) : { ok: false, reason: 'malformed' }
