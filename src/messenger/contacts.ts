// The contact list: what a person changes about a contact, and how one comes and goes.

import { equal, fromHex, toHex } from '../crypto/bytes.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { fingerprintOf, safetyNumber } from '../protocol/safety-number/safety-number.ts'
import { type ContactId, MAX_NAME_LENGTH } from './api.ts'
import { setRegister } from './registers.ts'
import type { Contact, ContactDevice } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

type Identity = 'contactId' | 'accountKey' | 'deviceList' | 'devices' | 'name' | 'origin' | 'pairedAtMs'

/** Somebody who was not known before, with an empty conversation. */
export const newContact = (turn: Turn, identity: Pick<Contact, Identity>): Contact => ({
  ...identity,
  safetyNumber: safetyNumber(
    selfOf(turn).fingerprint,
    fingerprintOf({ accountKey: identity.accountKey, accountId: fromHex(identity.contactId) }),
  ),
  identityChange: undefined,
  replacedBy: undefined,
  unread: 0,
  readUpTo: 0,
  draft: '',
  newest: undefined,
  nextPlace: 1,
})

export const renameContact = (turn: Turn, contactId: ContactId, name: string): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  turn.put('contacts', contactId, { ...contact, name: shortName(name) })
  setRegister(turn, { type: 'contact-name', contactId: fromHex(contactId), name: shortName(name) })
  turn.touch(contactId)
}

/** Cuts a name to what is kept of it, at a whole character; control characters and line breaks go. */
export const shortName = (name: string): string => {
  const clean = name
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
  let kept = ''
  let left = MAX_NAME_LENGTH
  for (const letter of clean) {
    left -= lengthOf(letter)
    if (left < 0) break
    kept += letter
  }
  return kept
}

/** Bytes of UTF-8 of one character. */
const lengthOf = (letter: string): number => {
  const point = letter.codePointAt(0) ?? 0
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

export const saveDraft = (turn: Turn, contactId: ContactId, text: string): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined || contact.draft === text) return
  turn.put('contacts', contactId, { ...contact, draft: text.toWellFormed() })
  turn.touch(contactId)
}

/** One device of a contact; undefined where the contact has none of this tag. */
export const deviceOf = (turn: Turn, contactId: ContactId, tag: number): ContactDevice | undefined =>
  turn.get('contacts', contactId)?.devices.find(({ device }) => device.tag === tag)

/** Puts other values into one device of a contact. */
export const changeDevice = (turn: Turn, contactId: ContactId, tag: number, changed: Partial<ContactDevice>): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const devices = contact.devices.map((each) => (each.device.tag === tag ? { ...each, ...changed } : each))
  turn.put('contacts', contactId, { ...contact, devices })
}

/** Whose device writes to an address of ours: a contact's, or that of somebody who has not answered yet. */
export interface AddressOwner {
  readonly contactId: ContactId
  readonly device: ContactDevice
  /** The key of the offer; undefined for a contact. */
  readonly offerKey: string | undefined
}

export const ownerOfAddress = (turn: Turn, address: Uint8Array): AddressOwner | undefined =>
  addressOwners(turn).find(({ device }) => toHex(device.ourAddress) === toHex(address))

/** Whose sessions may open what comes on a proven line: the device's at its end, and those of pairings with the contact whose answer is awaited. */
export const ownersOfLine = (turn: Turn, contactId: ContactId, tag: number): readonly AddressOwner[] =>
  addressOwners(turn).filter(
    ({ contactId: owner, device, offerKey }) => owner === contactId && (offerKey !== undefined || device.device.tag === tag),
  )

/** All listen keys of ours: for each device of a contact, of who has not answered yet, and for first messages. */
export const ownListenKeys = (turn: Turn): readonly Uint8Array[] => [
  ...addressOwners(turn).map(({ device }) => device.ourListenKey),
  ...turn.all('self').map(([, { firstContactListenKey }]) => firstContactListenKey),
]

/** Where people who were introduced write to first. */
export const isFirstContactAddress = (turn: Turn, address: Uint8Array): boolean =>
  turn.all('self').some(([, { firstContactListenKey }]) => equal(addressOf(firstContactListenKey), address))

const addressOwners = (turn: Turn): readonly AddressOwner[] => [
  ...turn.all('contacts').flatMap(([contactId, { devices }]) => devices.map((device) => ({ contactId, device, offerKey: undefined }))),
  ...turn.all('offers').map(([offerKey, { contactId, device }]) => ({ contactId, device, offerKey })),
]
