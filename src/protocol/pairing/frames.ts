// The frames of a pairing, byte by byte (docs/protocols/pairing.md, Frames): version, suite, type, then the body of that
// type. What is inside the seals is in introduction.ts; what a frame does to a run is not decided here.

import { mlKem768 } from '../../crypto/ml-kem.ts'
import { type Codec, type Decoded, decode, encode, fixed, oneOf, rest, struct, text, u8, validated } from '../../wire/codec.ts'
import { CONFIRMATION_LENGTH, SHARE_LENGTH } from '../spake2/spake2.ts'
import { type FrameType, fits, isAwaited, PAIRING_VERSION, type PairingRefusal, speaks } from './checks.ts'
import { type CodeKind, kindOfSuite, NAMES } from './code-kinds.ts'

interface Frame {
  readonly version: number
  readonly suite: number
  readonly type: FrameType
  readonly body: Uint8Array
}

const frame: Codec<Frame> = struct<Frame>({
  version: u8,
  suite: u8,
  type: oneOf(['flight-1', 'flight-2', 'flight-3', 'rendezvous', 'refusal', 'flight-4', 'flight-5', 'flight-6'] as const),
  body: rest,
})

/** Host to guest. */
export interface Flight1 {
  /** pB, 65 bytes. */
  readonly share: Uint8Array
  /** ML-KEM-768, 1,184 bytes. */
  readonly encapsulationKey: Uint8Array
}

/** Guest to host: the guest's one guess. */
export interface Flight2 {
  /** pA, 65 bytes. */
  readonly share: Uint8Array
  /** 1,088 bytes. */
  readonly ciphertext: Uint8Array
  /** cA, 32 bytes. */
  readonly confirmation: Uint8Array
  readonly sealed: Uint8Array
}

/** Host to guest. */
export interface Flight3 {
  /** cB, 32 bytes. */
  readonly confirmation: Uint8Array
  readonly sealed: Uint8Array
}

const flight1: Codec<Flight1> = struct<Flight1>({ share: fixed(SHARE_LENGTH), encapsulationKey: fixed(mlKem768.encapsulationKeyLength) })
const flight2: Codec<Flight2> = struct<Flight2>({
  share: fixed(SHARE_LENGTH),
  ciphertext: fixed(mlKem768.ciphertextLength),
  confirmation: fixed(CONFIRMATION_LENGTH),
  sealed: rest,
})
const flight3: Codec<Flight3> = struct<Flight3>({ confirmation: fixed(CONFIRMATION_LENGTH), sealed: rest })
const rendezvous: Codec<{ readonly peerId: string }> = struct({
  peerId: validated(text(64), (peerId) => /^[a-z0-9-]{16,64}$/.test(peerId)),
})
const refusal: Codec<object> = struct({})
/** To and fro once both are sure of each other: only a linking has these. */
const sealedFlight: Codec<{ readonly sealed: Uint8Array }> = struct({ sealed: rest })

const writer =
  <T>(type: FrameType, codec: Codec<T>) =>
  (value: T, kind: CodeKind = 'pairing'): Uint8Array => {
    const written = encode(frame, { version: PAIRING_VERSION, suite: NAMES[kind].suite, type, body: encode(codec, value) })
    if (!fits(written)) throw new Error('pairing: a frame of ours is too long')
    return written
  }

type Read<T> =
  | { readonly ok: true; readonly value: T; readonly version: number; readonly suite: number }
  | { readonly ok: false; readonly reason: PairingRefusal }

const reader =
  <T>(awaited: FrameType, codec: Codec<T>) =>
  (bytes: Uint8Array, kind: CodeKind = 'pairing'): Read<T> => {
    const header = readHeader(bytes, kind)
    if (!header.ok) return header
    const { version, suite, type, body } = header.value
    if (!isAwaited(awaited, type)) return { ok: false, reason: 'out-of-order' }
    const decoded = decode(codec, body, body.length)
    return decoded.ok ? { ...decoded, version, suite } : decoded
  }

/**
 * What stands in front of every frame. Size first, then version and suite, so that a frame of another version is named as
 * such whatever else is in it; its body is not looked at. One of another kind of code is told from one of another version.
 */
export const readHeader = (
  bytes: Uint8Array,
  kind: CodeKind = 'pairing',
): { readonly ok: true; readonly value: Frame } | { readonly ok: false; readonly reason: PairingRefusal } => {
  if (!fits(bytes)) return { ok: false, reason: 'malformed' }
  const [version, suite] = bytes
  if (version === undefined || suite === undefined) return { ok: false, reason: 'malformed' }
  if (!speaks(version, suite, kind))
    return { ok: false, reason: version === PAIRING_VERSION && kindOfSuite(suite) !== undefined ? 'other-kind' : 'other-version' }
  const decoded: Decoded<Frame> = decode(frame, bytes, bytes.length)
  return decoded
}

export const writeFlight1 = writer('flight-1', flight1)
export const readFlight1 = reader('flight-1', flight1)
export const writeFlight2 = writer('flight-2', flight2)
export const readFlight2 = reader('flight-2', flight2)
export const writeFlight3 = writer('flight-3', flight3)
export const readFlight3 = reader('flight-3', flight3)
/** Host to guest, on the room: where the host can be dialled. Unauthenticated; the flights on that line decide. */
export const writeRendezvous = writer('rendezvous', rendezvous)
export const readRendezvous = reader('rendezvous', rendezvous)
/** Host to guest: no more will come on this carrier. The same bytes whatever the reason, and unauthenticated. */
export const REFUSAL_FRAME: Uint8Array = writer('refusal', refusal)({})
/** The same for another kind of code. */
export const refusalFrame = (kind: CodeKind): Uint8Array => (kind === 'pairing' ? REFUSAL_FRAME : writer('refusal', refusal)({}, kind))
export const readRefusal = reader('refusal', refusal)

const FLIGHT_TYPES: Readonly<Record<number, FrameType>> = { 4: 'flight-4', 5: 'flight-5', 6: 'flight-6' }

/** Throws on a number that no such flight has. @param flight 4, 5 or 6 */
export const writeSealedFlight = (flight: number, sealed: Uint8Array, kind: CodeKind): Uint8Array =>
  writer(typeOfFlight(flight), sealedFlight)({ sealed }, kind)

export const readSealedFlight = (flight: number, bytes: Uint8Array, kind: CodeKind) =>
  reader(typeOfFlight(flight), sealedFlight)(bytes, kind)

const typeOfFlight = (flight: number): FrameType => {
  const type = FLIGHT_TYPES[flight]
  if (type === undefined) throw new Error('pairing: no sealed flight has this number')
  return type
}
