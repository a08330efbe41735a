// What travels on the relay's WebSocket: one binary message is one frame, version byte first, then a type byte.
// docs/protocols/relay.md describes it byte by byte. The frames that bear an envelope have exactly 64 bytes in front of
// it, so that the whole frame is 4, 16 or 64 KiB (wire/padding).

import {
  behind,
  bytes,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  flag,
  list,
  MAX_FRAME_LENGTH,
  oneOf,
  optional,
  rest,
  struct,
  text,
  type Union,
  u32,
  u48,
  union,
  validated,
  zeros,
} from './codec.ts'
import { isEnvelopeLength } from './padding.ts'

const RELAY_VERSION = 1

/** Why the relay refuses. `retry later` is the client's to decide from the cause. */
export const RELAY_REFUSALS = [
  'malformed',
  'too-many-requests',
  'too-large',
  'no-such-room',
  'room-busy',
  'already-in-a-room',
  'not-in-a-room',
  'too-many-rooms',
  'nobody-listening',
  'not-allowed',
  'shutting-down',
] as const
export type RelayRefusal = (typeof RELAY_REFUSALS)[number]

export const ROOM_ID_LENGTH = 16
export const OWNER_KEY_LENGTH = 16
export const LISTEN_KEY_LENGTH = 32
export const ADDRESS_LENGTH = 32
/** Listen keys in one frame, at the most. */
export const MAX_LISTEN_KEYS = 1000
/** What one side may send to the other through a room in one frame, in bytes. */
export const MAX_ROOM_BODY_LENGTH = MAX_FRAME_LENGTH - 8

const requestId = u32
const empty: Codec<object> = struct({})
const envelope: Codec<Uint8Array> = validated(rest, (value) => isEnvelopeLength(value.length))
const roomNumber = validated(text(4), (value) => /^[0-9]{2,4}$/.test(value))
/** Two to four digits as a person says them, or the room's id as a link carries it. */
const roomName = union<{ number: { number: string }; id: { roomId: Uint8Array } }>({
  number: [1, struct({ number: roomNumber })],
  id: [2, struct({ roomId: fixed(ROOM_ID_LENGTH) })],
})
export type RoomName = { readonly type: 'number'; readonly number: string } | { readonly type: 'id'; readonly roomId: Uint8Array }

/** Frames from a browser to the relay. A `requestId` comes back in the answer; it means nothing else. */
interface RelayRequests {
  /** Makes a room, or takes one's own back after a lost connection: same room id, same owner key. */
  'open-room': { requestId: number; roomId: Uint8Array; ownerKey: Uint8Array; wantsNumber: boolean }
  'join-room': { requestId: number; room: RoomName }
  /** To the other side of the room that this connection is in. */
  'room-message': { body: Uint8Array }
  /** Host only: frees the guest's place. */
  'evict-guest': object
  /** Leaves; a host's room ends with it. */
  'leave-room': object
  /** Shows listen keys: envelopes for their addresses come to this connection from now on (the last one to show a key has it). */
  listen: { requestId: number; listenKeys: Uint8Array[] }
  'stop-listening': { requestId: number; listenKeys: Uint8Array[] }
  /** For the device behind an address. `liveOnly` asks that it is never stored. */
  deposit: { requestId: number; liveOnly: boolean; address: Uint8Array; envelope: Uint8Array }
  ping: { nonce: number }
}

/** Frames from the relay to a browser. */
interface RelayReplies {
  /** First frame of every connection. */
  welcome: { configuration: RelayConfiguration }
  'room-opened': { requestId: number; number: string | undefined; expiresInMs: number }
  'room-joined': { requestId: number; roomId: Uint8Array; expiresInMs: number }
  /** The other side is there: sent to each side when the second arrives or comes back. */
  'peer-joined': object
  'peer-left': object
  'room-message': { body: Uint8Array }
  'room-closed': { cause: 'expired' | 'closed-by-host' | 'evicted' }
  listening: { requestId: number }
  /** An envelope for one's own address. */
  envelope: { address: Uint8Array; envelope: Uint8Array }
  /** The deposit was handed to a connection that listens. */
  deposited: { requestId: number }
  /** Somebody listens again for an address to which this connection deposited in vain. */
  'address-live': { address: Uint8Array }
  refused: { requestId: number; cause: RelayRefusal }
  pong: { nonce: number }
}

export interface IceServer {
  readonly urls: string[]
  readonly username: string | undefined
  readonly credential: string | undefined
}

/** What a relay tells every browser about itself. */
export interface RelayConfiguration {
  readonly iceServers: IceServer[]
  /** Whether browsers should use TURN only and never show their addresses to each other. */
  readonly relayOnly: boolean
  /** Life of a room, milliseconds. */
  readonly roomLifeMs: number
}

const configuration: Codec<RelayConfiguration> = struct({
  iceServers: list(struct({ urls: list(text(512), 8, 1), username: optional(text(512)), credential: optional(text(512)) }), 8),
  relayOnly: flag,
  roomLifeMs: u48,
})

const requests = behind(
  constant(RELAY_VERSION),
  union<RelayRequests>({
    'open-room': [1, struct({ requestId, roomId: fixed(ROOM_ID_LENGTH), ownerKey: fixed(OWNER_KEY_LENGTH), wantsNumber: flag })],
    'join-room': [2, struct({ requestId, room: roomName })],
    'room-message': [3, struct({ body: bytes(MAX_ROOM_BODY_LENGTH) })],
    'evict-guest': [4, empty],
    'leave-room': [5, empty],
    listen: [10, struct({ requestId, listenKeys: list(fixed(LISTEN_KEY_LENGTH), MAX_LISTEN_KEYS, 1) })],
    'stop-listening': [11, struct({ requestId, listenKeys: list(fixed(LISTEN_KEY_LENGTH), MAX_LISTEN_KEYS, 1) })],
    deposit: [12, struct({ requestId, liveOnly: flag, address: fixed(ADDRESS_LENGTH), envelope: behind(zeros(25), envelope) })],
    ping: [20, struct({ nonce: u32 })],
  }),
)

const replies = behind(
  constant(RELAY_VERSION),
  union<RelayReplies>({
    welcome: [1, struct({ configuration })],
    'room-opened': [2, struct({ requestId, number: optional(roomNumber), expiresInMs: u48 })],
    'room-joined': [3, struct({ requestId, roomId: fixed(ROOM_ID_LENGTH), expiresInMs: u48 })],
    'peer-joined': [4, empty],
    'peer-left': [5, empty],
    'room-message': [6, struct({ body: bytes(MAX_ROOM_BODY_LENGTH) })],
    'room-closed': [7, struct({ cause: oneOf(['expired', 'closed-by-host', 'evicted'] as const) })],
    listening: [10, struct({ requestId })],
    envelope: [11, struct({ address: fixed(ADDRESS_LENGTH), envelope: behind(zeros(30), envelope) })],
    deposited: [12, struct({ requestId })],
    'address-live': [13, struct({ address: fixed(ADDRESS_LENGTH) })],
    refused: [14, struct({ requestId, cause: oneOf(RELAY_REFUSALS) })],
    pong: [20, struct({ nonce: u32 })],
  }),
)

export type RelayRequest = Union<RelayRequests>
export type RelayReply = Union<RelayReplies>

export const encodeRelayRequest = (request: RelayRequest): Uint8Array => encode(requests, request)
export const decodeRelayRequest = (frame: Uint8Array): Decoded<RelayRequest> => decode(requests, frame)
export const encodeRelayReply = (reply: RelayReply): Uint8Array => encode(replies, reply)
export const decodeRelayReply = (frame: Uint8Array): Decoded<RelayReply> => decode(replies, frame)
