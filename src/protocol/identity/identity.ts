// Identity: who an account is, and which devices speak for it (docs/protocols/identity.md). The door of this folder:
// signing, account ids, and making, renewing and reading device lists. It opens no session and stores nothing; what a
// reader already knows of an account is an input.

import { ascii, concat, equal, join } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { type Random, uniform } from '../../crypto/random.ts'
import { type X25519KeyPair, x25519KeyPair } from '../../crypto/x25519.ts'
import { encode } from '../../wire/codec.ts'
import {
  type Device,
  type DeviceList,
  decodeSignedList,
  encodeBody,
  encodeDevice,
  hashOfBody,
  type ListBody,
  MAX_DEVICES,
  MIN_DEVICE_TAG,
} from './device-list.ts'
import { signingPublicKey } from './public-keys.ts'
import { type SigningKeys, sign, verify } from './signing.ts'

export type { X25519KeyPair } from '../../crypto/x25519.ts'
export { type Device, type DeviceList, deviceFields, MAX_DEVICES } from './device-list.ts'
export { ACCOUNT_KEY_LENGTH, mlKem1024PublicKey, signingPublicKey, x25519PublicKey, xWingPublicKey } from './public-keys.ts'
export { generateSigningKeys, SIGNATURE_LENGTH, type SigningKeys, sign, signingKeysOf, verify } from './signing.ts'

const ACCOUNT_ID_LABEL = 'parley/identity/account-id/v1'
const LIST_LABEL = 'parley/identity/device-list/v1'
const COUNTERSIGNATURE_LABEL = 'parley/identity/device-countersignature/v1'

const DAY_MS = 86_400_000
/** The longest that a list is good for, from the moment it is signed. */
export const DEVICE_LIST_LIFE_MS = 90 * DAY_MS
/** How far a peer's clock may run ahead of ours before we say that it promises too much. */
export const CLOCK_TOLERANCE_MS = DAY_MS
/** A list is renewed by itself when less than this is left. */
const RENEW_BELOW_MS = DEVICE_LIST_LIFE_MS / 2

/** The previous hash of an account's first list: 32 zeros. */
export const NO_PREVIOUS_LIST = new Uint8Array(32)

/** @returns 32 bytes: SHA-256 over the label and the account key with its type byte. Throws on a key that is not 1,984 bytes. */
export const accountIdOf = (accountKey: Uint8Array): Uint8Array =>
  sha256(join(ascii(ACCOUNT_ID_LABEL), encode(signingPublicKey, accountKey)))

/** A u32 of at least 0x100, uniform. The caller makes sure that the account has never used it. */
export const randomDeviceTag = (random: Random): number => MIN_DEVICE_TAG + uniform(random, 2 ** 32 - MIN_DEVICE_TAG)

/** The X25519 pair by which a device is known in key agreements; its public half stands in the device list. */
export const generateIdentityKey = (random: Random): X25519KeyPair => x25519KeyPair(random)

const countersigned = (device: Device, accountId: Uint8Array): Uint8Array => join(accountId, encodeDevice(device))

/** A device's word that it belongs to this account, over account id || its own entry: nobody lists a stranger's device. @returns 3,373 bytes */
export const countersign = (device: Device, deviceKeys: SigningKeys, accountId: Uint8Array, random: Random): Uint8Array =>
  sign(deviceKeys, COUNTERSIGNATURE_LABEL, countersigned(device, accountId), random)

/** Whether a device itself has said that it belongs to this account. */
export const isCountersigned = (device: Device, accountId: Uint8Array, countersignature: Uint8Array): boolean =>
  verify(device.deviceKey, COUNTERSIGNATURE_LABEL, countersigned(device, accountId), countersignature)

/** Whether two entries are the same, field by field. */
export const isSameDevice = (a: Device, b: Device): boolean => equal(encodeDevice(a), encodeDevice(b))

const signBody = (account: SigningKeys, body: ListBody, random: Random): Uint8Array => {
  const bytes = encodeBody(body)
  return concat(bytes, sign(account, LIST_LABEL, bytes, random))
}

/**
 * Signs a device list.
 *
 * @param input.countersignatures one of each device, in the order of `list.devices`
 * @returns the list as peers get it: 76 bytes, then about 5.4 KB a device, then the signature
 */
export const signDeviceList = (input: {
  readonly account: SigningKeys
  readonly list: DeviceList
  readonly countersignatures: readonly Uint8Array[]
  readonly random: Random
}): Uint8Array => {
  const { account, list, countersignatures, random } = input
  if (countersignatures.length !== list.devices.length) throw new Error('signDeviceList: one countersignature for each device')
  const entries = list.devices.map((device, i) => {
    const countersignature = countersignatures[i]
    if (countersignature === undefined) throw new Error('signDeviceList: a countersignature is missing')
    return { device, countersignature }
  })
  const { version, previousHash, expiresAtMs } = list
  return signBody(account, { accountId: accountIdOf(account.publicKey), version, previousHash, expiresAtMs, entries }, random)
}

/** Whether our own list should be renewed now; also one of a clock that was far ahead, which nobody new believes. */
export const isDeviceListRenewalDue = ({ expiresAtMs }: DeviceList, nowMs: number): boolean =>
  expiresAtMs - nowMs < RENEW_BELOW_MS || isTooLate(expiresAtMs, nowMs)

const isTooLate = (expiresAtMs: number, nowMs: number): boolean => expiresAtMs > nowMs + DEVICE_LIST_LIFE_MS + CLOCK_TOLERANCE_MS

/**
 * The next version of our own list: same devices, 90 days from now. Throws if `current` is not a list that this account may renew.
 *
 * @param input.isLeap whether the version jumps ahead, as another device may have signed since `current`
 */
export const renewDeviceList = (input: {
  readonly account: SigningKeys
  readonly current: Uint8Array
  readonly isLeap?: boolean
  readonly nowMs: number
  readonly random: Random
}): Uint8Array => {
  const { account, current, isLeap, nowMs, random } = input
  return signBody(account, successorOf(account, current, nowMs, isLeap).next, random)
}

/** Where versions begin to count once they have leapt: 1 January 2025, seconds since 1970. */
const LEAPS_SINCE_S = 1_735_689_600
/** No device signs so many lists of which no other one hears. */
const LEAP = 1_000

/**
 * Where another device may have signed lists since the one that is known here, the version jumps ahead of all of them, so that no
 * two lists have one number: the seconds since 2025, or a thousand more where that is not enough.
 */
const leapFrom = (version: number, nowMs: number): number => Math.max(version + LEAP, Math.floor(nowMs / 1_000) - LEAPS_SINCE_S)

/**
 * The list after a device was lost and another one has taken its place: the other devices stay. Nobody knows how often the
 * lost device renewed the list since `current`, so the version leaps. Throws if `current` is not a list of this account.
 *
 * @param input.formerTag the device that is lost
 * @param input.countersignature of the device that takes its place
 */
export const replaceInDeviceList = (input: {
  readonly account: SigningKeys
  readonly current: Uint8Array
  readonly formerTag: number
  readonly device: Device
  readonly countersignature: Uint8Array
  readonly nowMs: number
  readonly random: Random
}): Uint8Array => {
  const { account, countersignature, current, device, formerTag, nowMs, random } = input
  const { body, next } = successorOf(account, current, nowMs, true)
  const others = body.entries.filter((entry) => entry.device.tag !== formerTag)
  return signBody(account, { ...next, entries: [...others, { device, countersignature }] }, random)
}

/** Why a device cannot be added to our own list. */
export type AdditionRefusal = 'too-many-devices' | 'known-device' | 'bad-countersignature'

/** The next version of our own list, with one device more. Throws if `current` is not a list of this account. */
export const addToDeviceList = (input: {
  readonly account: SigningKeys
  readonly current: Uint8Array
  readonly device: Device
  readonly countersignature: Uint8Array
  readonly nowMs: number
  readonly random: Random
}): { readonly ok: true; readonly signed: Uint8Array } | { readonly ok: false; readonly reason: AdditionRefusal } => {
  const { account, countersignature, current, device, nowMs, random } = input
  const { body, next } = successorOf(account, current, nowMs)
  const isKnown = body.entries.some(
    ({ device: { deviceKey, identityKey, tag } }) =>
      tag === device.tag || equal(deviceKey, device.deviceKey) || equal(identityKey, device.identityKey),
  )
  if (isKnown) return { ok: false, reason: 'known-device' }
  if (body.entries.length >= MAX_DEVICES) return { ok: false, reason: 'too-many-devices' }
  if (!isCountersigned(device, body.accountId, countersignature)) return { ok: false, reason: 'bad-countersignature' }
  return { ok: true, signed: signBody(account, { ...next, entries: [...body.entries, { device, countersignature }] }, random) }
}

/**
 * The next version of our own list, without one device. Throws if `current` is not a list of this account, or would be empty.
 *
 * @param input.isLeap whether that device may have signed lists since `current`
 */
export const removeFromDeviceList = (input: {
  readonly account: SigningKeys
  readonly current: Uint8Array
  readonly tag: number
  readonly isLeap?: boolean
  readonly nowMs: number
  readonly random: Random
}): Uint8Array => {
  const { account, current, isLeap, nowMs, random, tag } = input
  const { body, next } = successorOf(account, current, nowMs, isLeap)
  return signBody(account, { ...next, entries: body.entries.filter(({ device }) => device.tag !== tag) }, random)
}

/**
 * The next version of our own list after a restoration, which knew only the list of the backup: the other devices are those of a later
 * list of our account, so that who was removed since is not brought back. Throws if one of the two is not a list of this account.
 *
 * @param input.latest as it was read and believed. Who is new on it stays, unless the former device is off it: then another
 *   restoration may have taken its place, and the last one counts
 * @param input.tag this device, which is on `current` only
 * @param input.formerTag the device whose place it has taken
 */
export const rebaseDeviceList = (input: {
  readonly account: SigningKeys
  readonly current: Uint8Array
  readonly latest: Uint8Array
  readonly tag: number
  readonly formerTag: number
  readonly nowMs: number
  readonly random: Random
}): Uint8Array => {
  const { account, current, formerTag, latest, nowMs, random, tag } = input
  const { body, next } = successorOf(account, current, nowMs)
  const own = body.entries.filter(({ device }) => device.tag === tag)
  const listed = successorOf(account, latest, nowMs).body.entries
  const isFormerListed = listed.some(({ device }) => device.tag === formerTag)
  const isKnown = (other: Device): boolean => body.entries.some(({ device }) => device.tag === other.tag)
  const others = listed.filter(({ device }) => device.tag !== formerTag && device.tag !== tag && (isFormerListed || isKnown(device)))
  return signBody(account, { ...next, entries: [...others, ...own] }, random)
}

const successorOf = (
  account: SigningKeys,
  current: Uint8Array,
  nowMs: number,
  isLeap = false,
): { readonly body: ListBody; readonly next: ListBody } => {
  const decoded = decodeSignedList(current)
  if (!decoded.ok) throw new Error('device list: our own is malformed')
  const { body, bodyBytes } = decoded.value
  if (!equal(body.accountId, accountIdOf(account.publicKey))) throw new Error('device list: of another account')
  const expiresAtMs = nowMs + DEVICE_LIST_LIFE_MS
  const version = isLeap ? leapFrom(body.version, nowMs) : body.version + 1
  return { body, next: { ...body, version, previousHash: hashOfBody(bodyBytes), expiresAtMs } }
}

/** Why a list is not believed: by how it is made, by who signed it, by what we know already, by the clock. */
export type DeviceListRefusal =
  | 'malformed'
  | 'wrong-account'
  | 'duplicate-tag'
  | 'duplicate-key'
  | 'bad-signature'
  | 'bad-countersignature'
  | 'rolled-back'
  | 'forked'
  | 'expired'
  | 'expires-too-late'

/** What a reader keeps of an account's newest list. */
export interface KnownDeviceList {
  readonly version: number
  readonly hash: Uint8Array
}

/**
 * Reads a list that came from outside.
 *
 * A known account may show an expired list (it may have been away for long), or one of a clock that is far ahead of ours; a new one may
 * do neither. Versions may be skipped, since lists may have been lost on the way; the next one must name the hash of the one we know.
 *
 * @param input.known what is stored for this account; undefined for a new contact
 */
export const readDeviceList = (
  bytes: Uint8Array,
  input: { readonly accountKey: Uint8Array; readonly nowMs: number; readonly known: KnownDeviceList | undefined },
):
  | { readonly ok: true; readonly list: DeviceList; readonly hash: Uint8Array }
  | { readonly ok: false; readonly reason: DeviceListRefusal } => {
  const { accountKey, nowMs, known } = input
  const decoded = decodeSignedList(bytes)
  if (!decoded.ok) return decoded
  const { body, bodyBytes, signature } = decoded.value
  const { accountId, version, previousHash, expiresAtMs, entries } = body

  if (!equal(accountId, accountIdOf(accountKey))) return refuse('wrong-account')
  const devices = entries.map(({ device }) => device)
  if (repeats(devices, (a, b) => a.tag === b.tag)) return refuse('duplicate-tag')
  if (repeats(devices, (a, b) => equal(a.deviceKey, b.deviceKey) || equal(a.identityKey, b.identityKey))) return refuse('duplicate-key')
  if (!verify(accountKey, LIST_LABEL, bodyBytes, signature)) return refuse('bad-signature')
  if (!entries.every(({ device, countersignature }) => isCountersigned(device, accountId, countersignature)))
    return refuse('bad-countersignature')

  const hash = hashOfBody(bodyBytes)
  const list = { version, previousHash, expiresAtMs, devices }
  const unfit = known && unfitAfter(known, list, hash)
  if (unfit !== undefined) return refuse(unfit)
  if (known === undefined && expiresAtMs <= nowMs) return refuse('expired')
  if (known === undefined && isTooLate(expiresAtMs, nowMs)) return refuse('expires-too-late')
  return { ok: true, hash, list }
}

/** Of whom no list has been seen: whatever version one has, it comes after this. */
export const NEVER_SEEN: KnownDeviceList = { version: 0, hash: NO_PREVIOUS_LIST }

/** Every envelope names our own list, which is the same bytes until there is another one: to take it apart costs more than to seal. */
const knownByBytes = new WeakMap<Uint8Array, KnownDeviceList>()

/** By what a list that was kept is known to others: its version and its hash. The bytes must stay as they are. Throws on what is none. */
export const knownAs = (bytes: Uint8Array): KnownDeviceList => {
  const known = knownByBytes.get(bytes) ?? nameOf(bytes)
  knownByBytes.set(bytes, known)
  return known
}

const nameOf = (bytes: Uint8Array): KnownDeviceList => {
  const decoded = decodeSignedList(bytes)
  if (!decoded.ok) throw new Error('knownAs: what was kept is no device list')
  return { version: decoded.value.body.version, hash: hashOfBody(decoded.value.bodyBytes) }
}

/** What a list says that was read before and kept since; nothing is verified. Throws on what is none. */
export const rereadDeviceList = (bytes: Uint8Array): DeviceList => {
  const decoded = decodeSignedList(bytes)
  if (!decoded.ok) throw new Error('rereadDeviceList: what was kept is no device list')
  const { version, previousHash, expiresAtMs, entries } = decoded.value.body
  return { version, previousHash, expiresAtMs, devices: entries.map(({ device }) => device) }
}

/** By this a relay names the list that it keeps: SHA-256 over list and signature, 32 bytes. */
export const hashOfSignedList = (signed: Uint8Array): Uint8Array => sha256(signed)

/** Why a list cannot come after the one that is known of this account; undefined where it can, or is the same. */
export const unfitAfter = (known: KnownDeviceList, list: DeviceList, hash: Uint8Array): 'rolled-back' | 'forked' | undefined => {
  if (list.version < known.version) return 'rolled-back'
  if (list.version === known.version && !equal(hash, known.hash)) return 'forked'
  return list.version === known.version + 1 && !equal(list.previousHash, known.hash) ? 'forked' : undefined
}

const refuse = <Reason extends DeviceListRefusal>(reason: Reason) => ({ ok: false, reason }) as const

const repeats = <T>(items: readonly T[], alike: (a: T, b: T) => boolean): boolean =>
  items.some((item, i) => items.slice(0, i).some((earlier) => alike(earlier, item)))
