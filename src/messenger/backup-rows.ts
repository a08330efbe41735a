// What a backup holds, row by row (docs/protocols/backup.md, Rows): who the account is, whom it knows, and what was said. The
// same stream takes a history to another device. No session, no prekey, no key of a device and no address is in any row, as
// there is no field for one: a ratchet that is put back breaks conversations.

import { asSecret, fromHex, type Secret, toHex } from '../crypto/bytes.ts'
import { ACCOUNT_KEY_LENGTH, type Device, MAX_DEVICES } from '../protocol/identity/identity.ts'
import {
  bytes,
  type Codec,
  type Decoded,
  decode,
  encode,
  fixed,
  flag,
  list,
  oneOf,
  optional,
  struct,
  text,
  type Union,
  u32,
  u48,
  union,
} from '../wire/codec.ts'
import type { IceServer } from '../wire/relay-frames.ts'
import type { Settings } from './api.ts'
import type { Contact, KeptDeviceList, Message, OutboxEntry, ReceivedIntroduction } from './state.ts'

/** Bytes of one row, at the most. */
export const MAX_ROW_LENGTH = 1_048_576

const ID_LENGTH = 32
const MESSAGE_ID_LENGTH = 16
const HASH_LENGTH = 32
const MAX_LIST_LENGTH = 65_535
/** A draft that nobody can send may be of any length: so much of it is kept, in UTF-16 units. */
const MAX_DRAFT_UNITS = 100_000

interface RowShapes {
  /** Comes first, and once. */
  account: { seeds: Uint8Array; publicKey: Uint8Array; deviceList: Uint8Array; tag: number; madeAtMs: number; messages: number }
  settings: { displayName: string; theme: Settings['theme']; relayOnly: boolean; iceServers: IceServer[] }
  contact: ContactShape
  introduction: {
    introductionId: string
    by: Uint8Array
    contactId: Uint8Array
    accountKey: Uint8Array
    deviceList: Uint8Array
    name: string
    arrivedAtMs: number
    standing: ReceivedIntroduction['standing']
  }
  unconfirmed: { contactId: Uint8Array; tag: number; contentId: Uint8Array; isMessage: boolean; content: Uint8Array; createdAtMs: number }
  message: {
    contactId: Uint8Array
    messageId: Uint8Array
    place: number
    direction: Message['direction']
    state: Message['state']
    text: string
    sentAtMs: number
    arrivedAtMs: number
  }
}

interface Mark {
  place: number
  atMs: number
}

interface ContactShape {
  contactId: Uint8Array
  accountKey: Uint8Array
  listVersion: number
  listHash: Uint8Array
  signedList: Uint8Array | undefined
  devices: Device[]
  name: string
  introduced: { introductionId: string; by: Uint8Array; byName: string } | undefined
  pairedAtMs: number
  safetyNumber: string
  identityChange: { contactId: Uint8Array; wrote: { accountKey: Uint8Array; deviceList: Uint8Array } | undefined; atMs: number } | undefined
  replacedBy: Uint8Array | undefined
  unread: number
  readUpTo: number
  draft: string
  newest: { place: number; text: string; atMs: number; direction: Message['direction'] } | undefined
  nextPlace: number
  renewals: Mark[]
  deviceChanges: Mark[]
}

const accountKey = fixed(ACCOUNT_KEY_LENGTH)
const id = fixed(ID_LENGTH)
const name = text(1_000)
const directions = oneOf<Message['direction']>(['in', 'out'])
const mark = struct<Mark>({ place: u48, atMs: u48 })
const device = struct<Device>({ tag: u32, deviceKey: accountKey, identityKey: fixed(32), createdAtMs: u48, name })
const claim = struct<{ accountKey: Uint8Array; deviceList: Uint8Array }>({ accountKey, deviceList: bytes(MAX_LIST_LENGTH) })

const contact: Codec<ContactShape> = struct<ContactShape>({
  contactId: id,
  accountKey,
  listVersion: u32,
  listHash: fixed(HASH_LENGTH),
  signedList: optional(bytes(MAX_LIST_LENGTH)),
  devices: list(device, MAX_DEVICES),
  name,
  introduced: optional(struct<{ introductionId: string; by: Uint8Array; byName: string }>({ introductionId: name, by: id, byName: name })),
  pairedAtMs: u48,
  safetyNumber: name,
  identityChange: optional(struct<NonNullable<ContactShape['identityChange']>>({ contactId: id, wrote: optional(claim), atMs: u48 })),
  replacedBy: optional(id),
  unread: u32,
  readUpTo: u48,
  draft: text(4 * MAX_DRAFT_UNITS),
  newest: optional(struct<NonNullable<ContactShape['newest']>>({ place: u48, text: text(2_000), atMs: u48, direction: directions })),
  nextPlace: u48,
  renewals: list(mark, 100),
  deviceChanges: list(mark, 100),
})

const rows = union<RowShapes>({
  account: [
    1,
    struct({ seeds: fixed(64), publicKey: accountKey, deviceList: bytes(MAX_LIST_LENGTH), tag: u32, madeAtMs: u48, messages: u48 }),
  ],
  settings: [
    2,
    struct({
      displayName: name,
      theme: oneOf<Settings['theme']>(['system', 'light', 'dark']),
      relayOnly: flag,
      iceServers: list(struct<IceServer>({ urls: list(name, 255), username: optional(name), credential: optional(name) }), 255),
    }),
  ],
  contact: [3, contact],
  introduction: [
    4,
    struct({
      introductionId: name,
      by: id,
      contactId: id,
      accountKey,
      deviceList: bytes(MAX_LIST_LENGTH),
      name,
      arrivedAtMs: u48,
      standing: oneOf<ReceivedIntroduction['standing']>(['open', 'accepted', 'refused']),
    }),
  ],
  unconfirmed: [
    5,
    struct({
      contactId: id,
      tag: u32,
      contentId: fixed(MESSAGE_ID_LENGTH),
      isMessage: flag,
      content: bytes(MAX_LIST_LENGTH),
      createdAtMs: u48,
    }),
  ],
  message: [
    6,
    struct({
      contactId: id,
      messageId: fixed(MESSAGE_ID_LENGTH),
      place: u48,
      direction: directions,
      state: oneOf<Message['state']>(['waiting', 'delivered', 'failed', 'received']),
      text: text(400_000),
      sentAtMs: u48,
      arrivedAtMs: u48,
    }),
  ],
})

type Row = Union<RowShapes>

/** A row as the messenger knows it. */
export type BackupRow =
  | {
      readonly type: 'account'
      readonly account: { readonly publicKey: Uint8Array; readonly seeds: Secret<'SigningSeeds'> }
      readonly deviceList: Uint8Array
      /** Of the device that is backed up. */
      readonly tag: number
      readonly madeAtMs: number
      /** How many there are at the most: places that were given. */
      readonly messages: number
    }
  | { readonly type: 'settings'; readonly settings: Pick<Settings, 'displayName' | 'theme' | 'relayOnly' | 'iceServers'> }
  | { readonly type: 'contact'; readonly contact: BackedUpContact; readonly signedList: KeptDeviceList | undefined }
  | { readonly type: 'introduction'; readonly introduction: ReceivedIntroduction }
  | { readonly type: 'unconfirmed'; readonly entry: BackedUpEntry }
  | { readonly type: 'message'; readonly message: Message }

/** A contact without the addresses between its devices and ours. */
export type BackedUpContact = Omit<Contact, 'devices'> & { readonly devices: readonly Device[] }
/** What a contact's device has not confirmed, without the envelope that a session made of it. */
export type BackedUpEntry = Pick<OutboxEntry, 'contactId' | 'tag' | 'contentId' | 'isMessage' | 'content' | 'createdAtMs'>

export const encodeRow = (row: BackupRow): Uint8Array => encode(rows, written(row))

/** Refuses what is not exactly one row. */
export const decodeRow = (encoded: Uint8Array): Decoded<BackupRow> => {
  const decoded = decode(rows, encoded, MAX_ROW_LENGTH)
  return decoded.ok ? { ok: true, value: read(decoded.value) } : decoded
}

const written = (row: BackupRow): Row => {
  switch (row.type) {
    case 'account': {
      const { account, ...rest } = row
      return { ...rest, seeds: account.seeds, publicKey: account.publicKey }
    }
    case 'settings': {
      const { displayName, iceServers, relayOnly, theme } = row.settings
      return { type: 'settings', displayName, theme, relayOnly, iceServers: iceServers.slice(0, 255) }
    }
    case 'contact':
      return { type: 'contact', ...writtenContact(row.contact), signedList: row.signedList?.bytes }
    case 'introduction': {
      const { by, contactId, ...rest } = row.introduction
      return { type: 'introduction', ...rest, by: fromHex(by), contactId: fromHex(contactId) }
    }
    case 'unconfirmed': {
      const { contactId, contentId, ...rest } = row.entry
      return { type: 'unconfirmed', ...rest, contactId: fromHex(contactId), contentId: fromHex(contentId) }
    }
    case 'message': {
      const { contactId, messageId, ...rest } = row.message
      return { type: 'message', ...rest, contactId: fromHex(contactId), messageId: fromHex(messageId) }
    }
  }
}

const writtenContact = (row: BackedUpContact): Omit<ContactShape, 'signedList'> => {
  const { contactId, deviceChanges, deviceList, devices, draft, identityChange, origin, renewals, replacedBy, ...rest } = row
  return {
    ...rest,
    contactId: fromHex(contactId),
    listVersion: deviceList.version,
    listHash: deviceList.hash,
    devices: [...devices],
    introduced:
      origin.how === 'introduced' ? { introductionId: origin.introductionId, by: fromHex(origin.by), byName: origin.byName } : undefined,
    identityChange: identityChange && { ...identityChange, contactId: fromHex(identityChange.contactId) },
    replacedBy: replacedBy === undefined ? undefined : fromHex(replacedBy),
    draft: draft.slice(0, MAX_DRAFT_UNITS).toWellFormed(),
    renewals: [...(renewals ?? [])],
    deviceChanges: [...(deviceChanges ?? [])],
  }
}

const read = (row: Row): BackupRow => {
  switch (row.type) {
    case 'account': {
      const { publicKey, seeds, ...rest } = row
      return { ...rest, account: { publicKey, seeds: asSecret<'SigningSeeds'>(seeds) } }
    }
    case 'settings': {
      const { type, ...settings } = row
      return { type, settings }
    }
    case 'contact': {
      const { type, signedList, ...rest } = row
      return { type, contact: readContact(rest), signedList: signedList && { bytes: signedList } }
    }
    case 'introduction': {
      const { type, by, contactId, ...rest } = row
      return { type, introduction: { ...rest, by: toHex(by), contactId: toHex(contactId) } }
    }
    case 'unconfirmed': {
      const { type, contactId, contentId, ...rest } = row
      return { type, entry: { ...rest, contactId: toHex(contactId), contentId: toHex(contentId) } }
    }
    case 'message': {
      const { type, contactId, messageId, ...rest } = row
      return { type, message: { ...rest, contactId: toHex(contactId), messageId: toHex(messageId) } }
    }
  }
}

const readContact = (row: Omit<ContactShape, 'signedList'>): BackedUpContact => {
  const { contactId, identityChange, introduced, listHash, listVersion, replacedBy, ...rest } = row
  const by = introduced && { introductionId: introduced.introductionId, by: toHex(introduced.by), byName: introduced.byName }
  return {
    ...rest,
    contactId: toHex(contactId),
    deviceList: { version: listVersion, hash: listHash },
    origin: by === undefined ? { how: 'code' } : { how: 'introduced', ...by },
    identityChange: identityChange && { ...identityChange, contactId: toHex(identityChange.contactId) },
    replacedBy: replacedBy && toHex(replacedBy),
  }
}
