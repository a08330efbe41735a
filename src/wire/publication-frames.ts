// What a device and the relay say to each other about the device's published prekeys, inside protocol/relay-auth
// (docs/protocols/publication.md). Bytes only: what is believed and kept is decided by the two ends.

import {
  behind,
  bytes,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  type Union,
  u32,
  union,
  validated,
} from './codec.ts'
import { ACCOUNT_KEY_LENGTH, MAX_AUTHENTICATED_LENGTH } from './relay-frames.ts'

const VERSION = 1
export const PUBLICATION_REQUEST_ID_LENGTH = 16
const HASH_LENGTH = 32
const X25519_KEY_LENGTH = 32
const ML_KEM_1024_KEY_LENGTH = 1568
const PATH_LENGTH = 7
/** One-time X25519 keys in one request, and at the relay, at the most. */
export const MAX_ONE_TIME_X25519 = 200
/** One-time KEM keys with their paths that fit into one request. */
export const MAX_KEM_KEYS_IN_REQUEST = 35
/** One-time KEM keys at the relay: four batches, at the most. */
export const MAX_ONE_TIME_KEM = 400

export interface OneTimeX25519Upload {
  readonly id: number
  readonly key: Uint8Array
}
export interface OneTimeKemUpload {
  readonly id: number
  /** ML-KEM-1024, 1,568 bytes. */
  readonly encapsulationKey: Uint8Array
  /** From the key's leaf to the root that a statement names: seven hashes. */
  readonly path: Uint8Array[]
}

/** `requestId`: 16 random bytes; the same request under the same id is answered as the first time, for ten minutes. */
interface PublicationRequests {
  'put-device-list': { requestId: Uint8Array; accountKey: Uint8Array; deviceList: Uint8Array }
  /** Statement || signature. */
  'put-statement': { requestId: Uint8Array; statement: Uint8Array }
  /** Ascending ids. */
  'add-one-time-x25519': { requestId: Uint8Array; keys: OneTimeX25519Upload[] }
  /** Ascending ids, of batches that the statement names. */
  'add-one-time-kem': { requestId: Uint8Array; keys: OneTimeKemUpload[] }
  status: { requestId: Uint8Array }
  /** Everything that is kept of this device's keys. */
  'delete-device': { requestId: Uint8Array }
}
export type PublicationRequest = Union<PublicationRequests>

/** Why a publication is refused; nothing of it was kept. */
export const PUBLICATION_REFUSALS = [
  'malformed',
  /** The account's device list does not name this device and identity key. */
  'unknown-device',
  'wrong-device',
  'bad-signature',
  'expired',
  /** Something newer is kept. */
  'older',
  /** The same id or version with other bytes. */
  'conflict',
  'bad-path',
  'too-many',
  /** Whether it was kept is not known: the same request again, under the same id. */
  'in-doubt',
  /** It promises a longer life than this relay's clock believes. */
  'expires-too-late',
  /** The relay has no place for another account or device. */
  'relay-full',
] as const
export type PublicationRefusal = (typeof PUBLICATION_REFUSALS)[number]

/** What is kept of one kind of one-time keys. */
export interface OneTimeStatus {
  /** The highest id that was ever taken; 0 before the first. */
  readonly highestId: number
  /** Ids that are left, ascending. */
  readonly leftIds: number[]
}

interface PublicationReplies {
  /** `spentIds`: ids of the request that were taken before and are gone since. */
  done: { requestId: Uint8Array; spentIds: number[] }
  /** `ids`: the offending ones. `storedHash`: with `conflict` and `older`, SHA-256 of what is kept (of the first of `ids`). */
  refused: { requestId: Uint8Array; reason: PublicationRefusal; ids: number[]; storedHash: Uint8Array | undefined }
  status: {
    requestId: Uint8Array
    /** SHA-256 of the device list and of the statement as they are kept. */
    deviceListHash: Uint8Array | undefined
    statementHash: Uint8Array | undefined
    x25519: OneTimeStatus
    kem: OneTimeStatus
    /** `digestOf` what is left of both kinds (protocol/prekeys): the device can make it again. */
    digest: Uint8Array
  }
}
export type PublicationReply = Union<PublicationReplies>

const requestId = fixed(PUBLICATION_REQUEST_ID_LENGTH)
const id = validated(u32, (value) => value > 0)
const hash = fixed(HASH_LENGTH)
const ascend = (ids: readonly number[]): boolean => ids.every((value, i) => i === 0 || value > (ids[i - 1] ?? 0))
const ascending = <T extends { readonly id: number }>(codec: Codec<T[]>): Codec<T[]> =>
  validated(codec, (keys) => ascend(keys.map((key) => key.id)))
const ids = (maxCount: number): Codec<number[]> => validated(list(id, maxCount), ascend)

const requests = behind(
  constant(VERSION),
  union<PublicationRequests>({
    'put-device-list': [
      1,
      struct({ requestId, accountKey: fixed(ACCOUNT_KEY_LENGTH), deviceList: bytes(MAX_AUTHENTICATED_LENGTH - 2100, 1) }),
    ],
    'put-statement': [2, struct({ requestId, statement: bytes(8192, 1) })],
    'add-one-time-x25519': [
      3,
      struct({
        requestId,
        keys: ascending(list(struct<OneTimeX25519Upload>({ id, key: fixed(X25519_KEY_LENGTH) }), MAX_ONE_TIME_X25519, 1)),
      }),
    ],
    'add-one-time-kem': [
      4,
      struct({
        requestId,
        keys: ascending(
          list(
            struct<OneTimeKemUpload>({
              id,
              encapsulationKey: fixed(ML_KEM_1024_KEY_LENGTH),
              path: list(hash, PATH_LENGTH, PATH_LENGTH),
            }),
            MAX_KEM_KEYS_IN_REQUEST,
            1,
          ),
        ),
      }),
    ],
    status: [5, struct({ requestId })],
    'delete-device': [6, struct({ requestId })],
  }),
)

const oneTimeStatus = (maxCount: number): Codec<OneTimeStatus> => struct<OneTimeStatus>({ highestId: u32, leftIds: ids(maxCount) })

const replies = behind(
  constant(VERSION),
  union<PublicationReplies>({
    done: [1, struct({ requestId, spentIds: ids(MAX_ONE_TIME_X25519) })],
    refused: [2, struct({ requestId, reason: oneOf(PUBLICATION_REFUSALS), ids: ids(MAX_ONE_TIME_X25519), storedHash: optional(hash) })],
    status: [
      3,
      struct({
        requestId,
        deviceListHash: optional(hash),
        statementHash: optional(hash),
        x25519: oneTimeStatus(MAX_ONE_TIME_X25519),
        kem: oneTimeStatus(MAX_ONE_TIME_KEM),
        digest: hash,
      }),
    ],
  }),
)

export const encodePublicationRequest = (request: PublicationRequest): Uint8Array => encode(requests, request)
export const decodePublicationRequest = (body: Uint8Array): Decoded<PublicationRequest> => decode(requests, body)
export const encodePublicationReply = (reply: PublicationReply): Uint8Array => encode(replies, reply)
export const decodePublicationReply = (body: Uint8Array): Decoded<PublicationReply> => decode(replies, body)
