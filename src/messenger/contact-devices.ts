// The devices of a contact: which there are, by the list that its account signed, and where we and they write to each other.

import { equal } from '../crypto/bytes.ts'
import { type Device, type DeviceList, readDeviceList } from '../protocol/identity/identity.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import type { ContactId } from './api.ts'
import { changeDevice, deviceOf } from './contacts.ts'
import { listenAt, revoke } from './mail.ts'
import { endAllMeetings } from './meet.ts'
import { misbehaved } from './misbehaviour.ts'
import { enqueueFor, notice, sealAgain, sealForHeir, sendToAdded } from './send.ts'
import { type Contact, type ContactDevice, deviceKey, outboxKey } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

/** A device that is to be written to, with an address of ours for its answers, at which we listen from now on. */
export const newContactDevice = (turn: Turn, device: Device): ContactDevice => {
  const ourListenKey = turn.random(LISTEN_KEY_LENGTH)
  listenAt(turn, [ourListenKey])
  return contactDevice(device, ourListenKey, undefined)
}

export const contactDevice = (device: Device, ourListenKey: Uint8Array, theirAddress: Uint8Array | undefined): ContactDevice => ({
  device,
  theirAddress,
  firstContact: undefined,
  ourListenKey,
  ourAddress: addressOf(ourListenKey),
})

/**
 * A device says where to deposit for it from now on. What was sealed for its first-contact address is sealed anew for this one.
 *
 * @returns whether it is another address than before
 */
export const addressTold = (turn: Turn, contactId: ContactId, tag: number, address: Uint8Array): boolean => {
  const device = deviceOf(turn, contactId, tag)
  if (device === undefined) return false
  if (device.theirAddress !== undefined && equal(device.theirAddress, address)) return false
  changeDevice(turn, contactId, tag, { theirAddress: address, isToldAddress: true })
  turn.touch(contactId)
  sealForAddress(turn, contactId, tag)
  // The relay keeps them at the old address, where nobody may look any more.
  for (const [key, entry] of waitingFor(turn, contactId, tag)) turn.put('outbox', key, { ...entry, onRelayAtMs: undefined })
  return true
}

/** A device has an address by now: what was sealed for its first-contact address, and can leave by nothing else, is sealed anew. */
const sealForAddress = (turn: Turn, contactId: ContactId, tag: number): void => {
  const isSealed = waitingFor(turn, contactId, tag).some(([, { envelope }]) => envelope?.firstContactAddress !== undefined)
  if (isSealed) sealAgain(turn, contactId, tag)
}

const waitingFor = (turn: Turn, contactId: ContactId, tag: number) =>
  turn.all('outbox').filter(([, entry]) => entry.contactId === contactId && entry.tag === tag)

/** Tells a device where it can deposit for us. */
export const tellAddress = (turn: Turn, contactId: ContactId, tag: number): void => {
  const ours = deviceOf(turn, contactId, tag)
  if (ours !== undefined) enqueueFor(turn, contactId, tag, notice(turn, { type: 'address', address: ours.ourAddress }))
}

/** A device list that was verified against the contact's account key, and is not older than the one we had. */
export interface BelievedList {
  readonly list: DeviceList
  readonly hash: Uint8Array
  /** As signed. */
  readonly bytes: Uint8Array
}

/** The contact itself shows its list, or another device of ours does. @returns whether it is the one that we know, or may follow it */
export const deviceListTold = (turn: Turn, contactId: ContactId, bytes: Uint8Array): boolean => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return false
  const { accountKey, deviceList: known } = contact
  const read = readDeviceList(bytes, { accountKey, nowMs: turn.nowMs, known })
  if (!read.ok && read.reason === 'forked') misbehaved(turn, 'forked-list', contactId)
  if (read.ok) applyDeviceList(turn, contact, { list: read.list, hash: read.hash, bytes })
  return read.ok
}

/** The contact under this list: new devices are written to from now on, and those that it does not name any more are not. */
export const applyDeviceList = (turn: Turn, contact: Contact, { bytes, hash, list }: BelievedList): Contact => {
  const { contactId } = contact
  if (turn.get('deviceLists', contactId) === undefined) turn.put('deviceLists', contactId, { bytes })
  if (list.version === contact.deviceList.version) return contact
  turn.put('deviceLists', contactId, { bytes })
  const others = contact.kind === 'own' ? list.devices.filter(({ tag }) => tag !== selfOf(turn).tag) : list.devices
  const isListed = ({ device }: ContactDevice): boolean => others.some(({ tag }) => tag === device.tag)
  const kept = contact.devices.filter(isListed)
  const added = others.filter(({ tag }) => !kept.some(({ device }) => device.tag === tag))
  const devices = [...kept, ...added.map((device) => newContactDevice(turn, device))]
  const listed: Contact = { ...contact, deviceList: { version: list.version, hash }, devices }
  // Who was introduced and has not been asked for yet has no devices.
  const isOther = kept.length < contact.devices.length || added.length > 0
  const next = contact.kind !== 'own' && contact.devices.length > 0 && isOther ? withDeviceChange(listed, turn.nowMs) : listed
  turn.put('contacts', contactId, next)
  turn.touch(contactId)
  const gone = contact.devices.filter((each) => !isListed(each))
  for (const device of gone) removeDevice(turn, next, device)
  for (const { tag } of added) sendToAdded(turn, contactId, tag)
  // A line may lead to one of them.
  if (gone.length > 0) endAllMeetings(turn, contactId)
  return next
}

/** Changes of one contact's devices whose line in the conversation is kept. */
const MAX_DEVICE_CHANGES = 20

const withDeviceChange = (contact: Contact, nowMs: number): Contact => ({
  ...contact,
  deviceChanges: [...(contact.deviceChanges ?? []), { place: contact.nextPlace, atMs: nowMs }].slice(-MAX_DEVICE_CHANGES),
})

/** What waited for a device that is gone goes to one that is there, unless that one has it already. Our own devices each had theirs. */
const removeDevice = (turn: Turn, { contactId, devices, kind }: Contact, { device, ourListenKey }: ContactDevice): void => {
  revoke(turn, ourListenKey)
  turn.remove('sessions', deviceKey(contactId, device.tag))
  turn.remove('seenStatements', deviceKey(contactId, device.tag))
  const heir = kind === 'own' ? undefined : devices[0]?.device.tag
  for (const [key, entry] of turn.all('outbox')) {
    if (entry.contactId !== contactId || entry.tag !== device.tag) continue
    if (heir === undefined || turn.get('outbox', outboxKey(entry.contentId, heir)) !== undefined) turn.remove('outbox', key)
  }
  if (heir !== undefined) sealForHeir(turn, contactId, device.tag, heir)
}
