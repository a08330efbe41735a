// What one device says to another inside the ratchet, before padding. Nothing here leaves unsealed.

import type { KnownDeviceList } from '../protocol/identity/identity.ts'
import {
  behind,
  bytes,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  flag,
  list,
  optional,
  rest,
  struct,
  text,
  type Union,
  u32,
  u48,
  union,
  validated,
} from '../wire/codec.ts'
import { ENVELOPE_ID_LENGTH } from '../wire/envelope.ts'
import { unpad } from '../wire/padding.ts'
import { ACCOUNT_KEY_LENGTH, ADDRESS_LENGTH } from '../wire/relay-frames.ts'
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from './api.ts'
import { type Setting, settingFields } from './setting.ts'

export const CONTENT_ID_LENGTH = 16
/** Contents that one receipt can name. */
export const MAX_RECEIPT_IDS = 200
export const TOKEN_LENGTH = 32
export const INTRODUCTION_ID_LENGTH = 16
export const OFFER_ID_LENGTH = 16
/** What an envelope holds beside it. */
const MAX_DEVICE_LIST_LENGTH = 60_000
/** Envelopes that one content can name as not to be opened. */
export const MAX_UNOPENED = 8
const DIGEST_LENGTH = 32

/** An envelope that no session of ours opens. */
export interface Unopened {
  readonly id: Uint8Array
  /** SHA-256 of the whole of it, 32 bytes: who did not make exactly this one did not break anything. */
  readonly hash: Uint8Array
}

interface Bodies {
  /** The first thing each side of a new pairing says: it proves that the session works. */
  hello: object
  /** `after`: the message before it, where that one was not confirmed when this one was written; nothing overtakes it. */
  message: { after: Uint8Array | undefined; text: string }
  /** These contents are kept: their envelopes need not be sent again. */
  receipt: { contentIds: Uint8Array[] }
  /** Where to dial the sender now, and what proves that a line is with the sender (docs/protocols/meeting.md). */
  presence: { peerId: string; token: Uint8Array }
  /** Where to deposit for the sending device from now on. */
  address: { address: Uint8Array }
  /** Somebody whom the sender knows, and who is told of the receiver under the same id (docs/protocols/introductions.md). */
  introduction: { introductionId: Uint8Array; accountKey: Uint8Array; deviceList: Uint8Array; name: string }
  /** These came to where the receiver writes to and open in no session: did the receiver make one of them? (docs/protocols/session-healing.md) */
  'cannot-open': { envelopes: Unopened[] }
  /** The sender's account has this list of devices now. */
  devices: { deviceList: Uint8Array }
  /** What follows is said between devices of one person only (docs/protocols/devices.md). */
  sent: { contactId: Uint8Array; text: string }
  /** `list`, `counter`, `tag`: when it was set, and by which device. Of a contact: its list, and where its conversation goes on, as the sender knows them. */
  set: { list: number; counter: number; tag: number; setting: Setting; deviceList: Uint8Array | undefined; nextPlace: number }
  read: { contactId: Uint8Array; messageIds: Uint8Array[] }
  /** A stretch of a conversation for a device that is new: rows of backup-rows.ts, and how much of everything is handed over with it. None: that is all. */
  history: { contactId: Uint8Array; from: number; to: number; rows: Uint8Array[]; done: number; total: number }
  introduced: { row: Uint8Array }
  /** Asks for the account's secret key; asks who wants it whether it is there; it is; gives it, with the list that the next one has to follow; has kept it. */
  'main-wanted': object
  'main-offered': { offerId: Uint8Array }
  'main-accepted': { offerId: Uint8Array }
  'main-given': { seeds: Uint8Array; deviceList: Uint8Array }
  'main-kept': object
  /** What became of messages of ours. */
  outcome: { contactId: Uint8Array; messageIds: Uint8Array[]; isDelivered: boolean }
}
export type Body = Union<Bodies>

/** Which device lists a sender knows: of its own account, and of the receiver's. */
export interface Lists {
  readonly ours: KnownDeviceList
  readonly theirs: KnownDeviceList
}

export interface Content {
  readonly contentId: Uint8Array
  /** The sender's clock. */
  readonly sentAtMs: number
  readonly body: Body
  /** Undefined in the first word of a pairing, and in a question about a broken session. */
  readonly lists?: Lists
}

const accountId = fixed(32)
/** As many as a receipt can name. */
const messageIds = list(fixed(CONTENT_ID_LENGTH), MAX_RECEIPT_IDS, 1)

const contents = behind(
  constant(1),
  struct<{ contentId: Uint8Array; sentAtMs: number; body: Body }>({
    contentId: fixed(CONTENT_ID_LENGTH),
    sentAtMs: u48,
    body: union<Bodies>({
      hello: [1, struct({})],
      message: [
        2,
        struct({ after: optional(fixed(CONTENT_ID_LENGTH)), text: validated(text(MAX_TEXT_LENGTH), (value) => value.length > 0) }),
      ],
      receipt: [3, struct({ contentIds: list(fixed(CONTENT_ID_LENGTH), MAX_RECEIPT_IDS, 1) })],
      address: [5, struct({ address: fixed(ADDRESS_LENGTH) })],
      introduction: [
        6,
        struct({
          introductionId: fixed(INTRODUCTION_ID_LENGTH),
          accountKey: fixed(ACCOUNT_KEY_LENGTH),
          deviceList: bytes(MAX_DEVICE_LIST_LENGTH, 1),
          name: text(MAX_NAME_LENGTH),
        }),
      ],
      'cannot-open': [
        7,
        struct({ envelopes: list(struct<Unopened>({ id: fixed(ENVELOPE_ID_LENGTH), hash: fixed(DIGEST_LENGTH) }), MAX_UNOPENED, 1) }),
      ],
      devices: [8, struct({ deviceList: bytes(MAX_DEVICE_LIST_LENGTH, 1) })],
      sent: [9, struct({ contactId: accountId, text: validated(text(MAX_TEXT_LENGTH), (value) => value.length > 0) })],
      set: [
        10,
        struct({
          list: u32,
          counter: u48,
          tag: u32,
          setting: settingFields,
          deviceList: optional(bytes(MAX_DEVICE_LIST_LENGTH, 1)),
          nextPlace: u48,
        }),
      ],
      read: [11, struct({ contactId: accountId, messageIds })],
      outcome: [12, struct({ contactId: accountId, messageIds, isDelivered: flag })],
      history: [
        13,
        struct({
          contactId: accountId,
          from: u48,
          to: u48,
          rows: list(bytes(MAX_DEVICE_LIST_LENGTH, 1), MAX_RECEIPT_IDS),
          done: u48,
          total: u48,
        }),
      ],
      introduced: [14, struct({ row: bytes(62_000, 1) })],
      'main-wanted': [15, struct({})],
      'main-given': [16, struct({ seeds: fixed(64), deviceList: bytes(MAX_DEVICE_LIST_LENGTH, 1) })],
      'main-kept': [17, struct({})],
      'main-offered': [18, struct({ offerId: fixed(OFFER_ID_LENGTH) })],
      'main-accepted': [19, struct({ offerId: fixed(OFFER_ID_LENGTH) })],
      presence: [4, struct({ peerId: validated(text(64), isPeerId), token: fixed(TOKEN_LENGTH) })],
    }),
  }),
)

/** 16 to 64 lower-case letters, digits and dashes: what our signalling takes as an id. */
function isPeerId(value: string): boolean {
  return /^[a-z0-9-]{16,64}$/.test(value)
}

export const encodeContent = (content: Content): Uint8Array => encode(contents, content)
export const decodeContent = (plaintext: Uint8Array): Decoded<Content> => decode(contents, plaintext)

const listName = struct<{ version: number; hash: Uint8Array }>({ version: u32, hash: fixed(DIGEST_LENGTH) })
const named = behind(constant(2), struct<Lists & { content: Uint8Array }>({ ours: listName, theirs: listName, content: rest }))

/** A content as it leaves, behind the lists that its sender knows then. */
export const nameLists = (content: Uint8Array, lists: Lists): Uint8Array => encode(named, { ...lists, content })

/** What stands in the plaintext of an envelope; undefined where it is none of ours. */
export const readPadded = (padded: Uint8Array): Content | undefined => {
  const plaintext = unpad(padded)
  const behindLists = plaintext && decode(named, plaintext)
  if (behindLists?.ok === true) {
    const { content, ours, theirs } = behindLists.value
    const decoded = decodeContent(content)
    return decoded.ok ? { ...decoded.value, lists: { ours, theirs } } : undefined
  }
  const content = plaintext && decodeContent(plaintext)
  return content?.ok === true ? content.value : undefined
}
