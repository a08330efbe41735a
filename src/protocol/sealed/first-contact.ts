// What a sealed first message holds (docs/protocols/envelopes.md): who writes, with which device, where to answer, and
// the session message that proves it. Only a layout: nothing in it is to be believed before that message has decrypted.

import { sha256 } from '../../crypto/hash.ts'
import { behind, bytes, constant, type Decoded, decode, encode, fixed, rest, struct, type Union, u32, union } from '../../wire/codec.ts'

const VERSION = 1
const ACCOUNT_KEY_LENGTH = 1984
const HASH_LENGTH = 32
const ADDRESS_LENGTH = 32
const INTRODUCTION_ID_LENGTH = 16
const MAX_DEVICE_LIST_LENGTH = 0xffff

interface DeviceListForms {
  /** In the first such message. */
  whole: { readonly deviceList: Uint8Array }
  /** In those that repeat it until an answer came: SHA-256 of the list, 32 bytes. */
  hash: { readonly hash: Uint8Array }
}

export interface FirstContact {
  /** The sender's account key: 1,984 bytes. */
  readonly accountKey: Uint8Array
  /** Which of the sender's devices writes. */
  readonly tag: number
  /** The sender's signed device list, in full or by its hash. */
  readonly devices: Union<DeviceListForms>
  /** Where the sender listens for the answer: 32 bytes. */
  readonly replyAddress: Uint8Array
  /** By which introduction the sender knows the recipient: 16 bytes. */
  readonly introductionId: Uint8Array
  /** An initial message of protocol/session. */
  readonly sessionMessage: Uint8Array
}

const firstContact = behind(
  constant(VERSION),
  struct<FirstContact>({
    accountKey: fixed(ACCOUNT_KEY_LENGTH),
    tag: u32,
    devices: union<DeviceListForms>({
      whole: [1, struct({ deviceList: bytes(MAX_DEVICE_LIST_LENGTH) })],
      hash: [2, struct({ hash: fixed(HASH_LENGTH) })],
    }),
    replyAddress: fixed(ADDRESS_LENGTH),
    introductionId: fixed(INTRODUCTION_ID_LENGTH),
    sessionMessage: rest,
  }),
)

/** By which a repeat names the list that was sent before: SHA-256 of it as signed, 32 bytes. */
export const hashOfDeviceList = (deviceList: Uint8Array): Uint8Array => sha256(deviceList)

export const encodeFirstContact = (contents: FirstContact): Uint8Array => encode(firstContact, contents)
export const decodeFirstContact = (contents: Uint8Array): Decoded<FirstContact> => decode(firstContact, contents)
