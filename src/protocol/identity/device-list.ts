// The bytes of a device list (docs/protocols/identity.md, Device list): which devices speak for an account, signed by the
// account key, and by every device for itself. Whether a list may be believed is decided in identity.ts.

import { ascii, join } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import {
  behind,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  list,
  struct,
  text,
  u32,
  u48,
  validated,
} from '../../wire/codec.ts'
import { signingPublicKey, x25519PublicKey } from './public-keys.ts'
import { SIGNATURE_LENGTH } from './signing.ts'

const FORMAT_VERSION = 1
const HASH_LABEL = 'parley/identity/device-list-hash/v1'
const HASH_LENGTH = 32

/** Of one account. A list of so many, with long names, has 58 KB. */
export const MAX_DEVICES = 10
/** In bytes of UTF-8. */
export const MAX_DEVICE_NAME_LENGTH = 64
/** Tags below are reserved (OTRv4 §"Instance tags"). */
export const MIN_DEVICE_TAG = 0x100

/** One browser profile, as its account names it. */
export interface Device {
  /** u32, at least 0x100, drawn at random, never reused. */
  readonly tag: number
  /** 1,984 bytes: signs this device's prekey statements. */
  readonly deviceKey: Uint8Array
  /** X25519, 32 bytes: this device's long-term key in PQXDH. */
  readonly identityKey: Uint8Array
  readonly createdAtMs: number
  /** At most 64 bytes of UTF-8. */
  readonly name: string
}

/** What an account signs. */
export interface DeviceList {
  /** 1, 2, 3, ... below 2^32. */
  readonly version: number
  /** 32 bytes; zeros for version 1, and only there. */
  readonly previousHash: Uint8Array
  readonly expiresAtMs: number
  /** 1 to 10 of them. */
  readonly devices: readonly Device[]
}

/** A device's entry: as it stands in a list, and as a device that is not on one yet says who it is. */
export const deviceFields: Codec<Device> = struct({
  tag: validated(u32, (tag) => tag >= MIN_DEVICE_TAG),
  deviceKey: signingPublicKey,
  identityKey: x25519PublicKey,
  createdAtMs: u48,
  name: text(MAX_DEVICE_NAME_LENGTH),
})

/** A device's entry as it stands in the list: what the device countersigns. */
export const encodeDevice = (device: Device): Uint8Array => encode(deviceFields, device)

interface Countersigned {
  readonly device: Device
  /** 3,373 bytes, by the device key. */
  readonly countersignature: Uint8Array
}

/** What stands in front of the account's signature. */
export interface ListBody {
  readonly accountId: Uint8Array
  readonly version: number
  readonly previousHash: Uint8Array
  readonly expiresAtMs: number
  readonly entries: Countersigned[]
}

const isFirst = (previousHash: Uint8Array): boolean => previousHash.every((byte) => byte === 0)

const bodyFields: Codec<ListBody> = behind(
  constant(FORMAT_VERSION),
  validated(
    struct<ListBody>({
      accountId: fixed(HASH_LENGTH),
      version: validated(u32, (version) => version > 0),
      previousHash: fixed(HASH_LENGTH),
      expiresAtMs: u48,
      entries: list(struct<Countersigned>({ device: deviceFields, countersignature: fixed(SIGNATURE_LENGTH) }), MAX_DEVICES, 1),
    }),
    ({ version, previousHash }) => (version === 1) === isFirst(previousHash),
  ),
)

/** Throws on a list that the format cannot hold. */
export const encodeBody = (body: ListBody): Uint8Array => encode(bodyFields, body)

/** The hash by which the next version names this one: over what is signed, so that a second signature changes nothing. */
export const hashOfBody = (body: Uint8Array): Uint8Array => sha256(join(ascii(HASH_LABEL), body))

/** A signed list taken apart; nothing is verified yet. */
export interface SignedList {
  readonly body: ListBody
  readonly bodyBytes: Uint8Array
  readonly signature: Uint8Array
}

/** Refuses what is not exactly one list of this format with a signature behind it. */
export const decodeSignedList = (bytes: Uint8Array): Decoded<SignedList> => {
  const end = bytes.length - SIGNATURE_LENGTH
  if (end <= 0) return { ok: false, reason: 'malformed' }
  const bodyBytes = bytes.slice(0, end)
  const body = decode(bodyFields, bodyBytes)
  return body.ok ? { ok: true, value: { body: body.value, bodyBytes, signature: bytes.slice(end) } } : body
}
