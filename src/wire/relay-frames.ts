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
  'no-mailbox',
  'mailbox-full',
  'relay-full',
  'too-many-mailboxes',
  'in-doubt',
] as const
export type RelayRefusal = (typeof RELAY_REFUSALS)[number]

export const ROOM_ID_LENGTH = 16
export const OWNER_KEY_LENGTH = 16
export const LISTEN_KEY_LENGTH = 32
export const ADDRESS_LENGTH = 32
export const STORE_ID_LENGTH = 16
export const ACCOUNT_ID_LENGTH = 32
/** Positions in one acknowledgement, at the most. */
export const MAX_ACKNOWLEDGED = 1000
/** Listen keys in one frame, at the most. */
export const MAX_LISTEN_KEYS = 1000
export const ACCOUNT_KEY_LENGTH = 1984
const KEY_LENGTH = 32
const NONCE_LENGTH = 32
const MAC_LENGTH = 32
/** With everything in front of it, it fills one frame. */
const MAX_DEVICE_LIST_LENGTH = MAX_FRAME_LENGTH - 2 - 4 - ACCOUNT_KEY_LENGTH - 2
const MAX_BUNDLE_LENGTH = 16_384
/** What one authenticated request or reply may hold, in bytes. */
export const MAX_AUTHENTICATED_LENGTH = MAX_FRAME_LENGTH - 2 - 4 - MAC_LENGTH - 2
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
  /**
   * Shows listen keys: their mailboxes are there from now on, and what is kept in them and comes later is sent to this
   * connection (the last one to show a key has it), from the oldest that is not acknowledged. Shown again, it starts over.
   */
  listen: { requestId: number; listenKeys: Uint8Array[] }
  'stop-listening': { requestId: number; listenKeys: Uint8Array[] }
  /** Into the mailbox of an address. `liveOnly`: to whoever listens there now, and never kept. */
  deposit: { requestId: number; liveOnly: boolean; address: Uint8Array; envelope: Uint8Array }
  /** These are kept here: the mailbox may forget them. Only where this connection listens; not answered. */
  acknowledge: { address: Uint8Array; positions: number[] }
  /** Ends mailboxes with all that is in them; nobody can deposit there until their listen key is shown again. */
  'close-mailboxes': { requestId: number; listenKeys: Uint8Array[] }
  /** The prekey bundles of an account's devices, or (`tag`) of one: `device-list`, then one `bundle` each, then `bundles-end`. */
  'fetch-bundles': { requestId: number; accountId: Uint8Array; tag: number | undefined }
  /** Begins protocol/relay-auth on this connection; answered by `challenge`. */
  authenticate: { requestId: number; accountId: Uint8Array; tag: number; identityKey: Uint8Array; ephemeralKey: Uint8Array }
  /** A request of wire/publication-frames under protocol/relay-auth; answered by `authenticated`. */
  authenticated: { sequence: number; mac: Uint8Array; body: Uint8Array }
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
  /** `waiting`: envelopes that are kept for these keys now and will be sent. To `stop-listening` and `close-mailboxes`: 0. */
  listening: { requestId: number; waiting: number }
  /** An envelope for one's own address. `position` grows within an address; 0 where it was never kept. */
  envelope: { address: Uint8Array; position: number; envelope: Uint8Array }
  /** All that was kept at this address when its key was shown has been sent. Only where something was. */
  drained: { address: Uint8Array }
  /** It is kept, or (`liveOnly`) on its way to a connection that listens. */
  deposited: { requestId: number }
  'device-list': { requestId: number; accountKey: Uint8Array; deviceList: Uint8Array }
  bundle: { requestId: number; tag: number; bundle: Uint8Array }
  /** An account that is unknown and one without live devices look the same: none. */
  'bundles-end': { requestId: number }
  challenge: { requestId: number; ephemeralKey: Uint8Array; nonce: Uint8Array }
  authenticated: { sequence: number; mac: Uint8Array; body: Uint8Array }
  /** Somebody listens again at an address, or its mailbox is there (again), to which this connection deposited in vain. */
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
  /** Drawn when the relay's store was made: another one means that nothing is kept there any more. 16 bytes. */
  readonly storeId: Uint8Array
  /** The relay's X25519 key for protocol/relay-auth, 32 bytes. */
  readonly relayKey: Uint8Array
}

const configuration: Codec<RelayConfiguration> = struct({
  iceServers: list(struct({ urls: list(text(512), 8, 1), username: optional(text(512)), credential: optional(text(512)) }), 8),
  relayOnly: flag,
  roomLifeMs: u48,
  storeId: fixed(STORE_ID_LENGTH),
  relayKey: fixed(KEY_LENGTH),
})

const authenticated = struct({ sequence: u32, mac: fixed(MAC_LENGTH), body: bytes(MAX_AUTHENTICATED_LENGTH) })
const listenKeys = list(fixed(LISTEN_KEY_LENGTH), MAX_LISTEN_KEYS, 1)
/** Tells positions of kept envelopes apart from that of one that was never kept. */
const keptPosition = validated(u48, (position) => position > 0)

const requests = behind(
  constant(RELAY_VERSION),
  union<RelayRequests>({
    'open-room': [1, struct({ requestId, roomId: fixed(ROOM_ID_LENGTH), ownerKey: fixed(OWNER_KEY_LENGTH), wantsNumber: flag })],
    'join-room': [2, struct({ requestId, room: roomName })],
    'room-message': [3, struct({ body: bytes(MAX_ROOM_BODY_LENGTH) })],
    'evict-guest': [4, empty],
    'leave-room': [5, empty],
    listen: [10, struct({ requestId, listenKeys })],
    'stop-listening': [11, struct({ requestId, listenKeys })],
    deposit: [12, struct({ requestId, liveOnly: flag, address: fixed(ADDRESS_LENGTH), envelope: behind(zeros(25), envelope) })],
    acknowledge: [13, struct({ address: fixed(ADDRESS_LENGTH), positions: list(keptPosition, MAX_ACKNOWLEDGED, 1) })],
    'close-mailboxes': [14, struct({ requestId, listenKeys })],
    'fetch-bundles': [15, struct({ requestId, accountId: fixed(ACCOUNT_ID_LENGTH), tag: optional(u32) })],
    authenticate: [
      16,
      struct({
        requestId,
        accountId: fixed(ACCOUNT_ID_LENGTH),
        tag: u32,
        identityKey: fixed(KEY_LENGTH),
        ephemeralKey: fixed(KEY_LENGTH),
      }),
    ],
    authenticated: [17, authenticated],
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
    listening: [10, struct({ requestId, waiting: u32 })],
    envelope: [11, struct({ address: fixed(ADDRESS_LENGTH), position: u48, envelope: behind(zeros(24), envelope) })],
    deposited: [12, struct({ requestId })],
    'address-live': [13, struct({ address: fixed(ADDRESS_LENGTH) })],
    refused: [14, struct({ requestId, cause: oneOf(RELAY_REFUSALS) })],
    drained: [15, struct({ address: fixed(ADDRESS_LENGTH) })],
    'device-list': [16, struct({ requestId, accountKey: fixed(ACCOUNT_KEY_LENGTH), deviceList: bytes(MAX_DEVICE_LIST_LENGTH, 1) })],
    bundle: [17, struct({ requestId, tag: u32, bundle: bytes(MAX_BUNDLE_LENGTH, 1) })],
    'bundles-end': [18, struct({ requestId })],
    challenge: [19, struct({ requestId, ephemeralKey: fixed(KEY_LENGTH), nonce: fixed(NONCE_LENGTH) })],
    authenticated: [21, authenticated],
    pong: [20, struct({ nonce: u32 })],
  }),
)

export type RelayRequest = Union<RelayRequests>
export type RelayReply = Union<RelayReplies>

export const encodeRelayRequest = (request: RelayRequest): Uint8Array => encode(requests, request)
export const decodeRelayRequest = (frame: Uint8Array): Decoded<RelayRequest> => decode(requests, frame)
export const encodeRelayReply = (reply: RelayReply): Uint8Array => encode(replies, reply)
export const decodeRelayReply = (frame: Uint8Array): Decoded<RelayReply> => decode(replies, frame)
