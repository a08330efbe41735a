// The contact list: what a person changes about a contact, and how one comes and goes.

import { toHex } from '../crypto/bytes.ts'
import type { ContactId } from './api.ts'
import { MAX_NAME_LENGTH } from './api.ts'
import { endAllMeetings } from './meet.ts'
import { forgetRoute } from './routes.ts'
import { type ContactDevice, deviceKey } from './state.ts'
import type { Turn } from './turn.ts'

export const renameContact = (turn: Turn, contactId: ContactId, name: string): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  turn.put('contacts', contactId, { ...contact, name: shortName(name) })
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

export const markRead = (turn: Turn, contactId: ContactId, upTo: number): undefined => {
  const contact = turn.get('contacts', contactId)
  const newest = (contact?.nextPlace ?? 0) - 1
  if (contact === undefined || upTo < contact.readUpTo || (contact.unread === 0 && contact.readUpTo === newest)) return
  turn.put('contacts', contactId, { ...contact, readUpTo: Math.min(upTo, newest), unread: upTo >= newest ? 0 : contact.unread })
  turn.touch(contactId)
}

/** The contact, its messages, sessions and outbox, and our address for it. What the other side has stays there. */
export const removeContact = (turn: Turn, contactId: ContactId): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  endAllMeetings(turn, contactId)
  forgetRoute(turn, contactId)
  for (const { device, ourListenKey } of contact.devices) {
    turn.remove('sessions', deviceKey(contactId, device.tag))
    turn.send('listen', { type: 'stop-listening', requestId: 0, listenKeys: [ourListenKey] })
  }
  for (const [key, entry] of turn.all('outbox')) if (entry.contactId === contactId) turn.remove('outbox', key)
  turn.remove('contacts', contactId)
  turn.forgetConversation(contactId)
  turn.touch(contactId)
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

/** Whose sessions may open what comes on a proven line: the contact's, and those of pairings with it whose answer is awaited. */
export const ownersOfLine = (turn: Turn, contactId: ContactId): readonly AddressOwner[] =>
  addressOwners(turn).filter((owner) => owner.contactId === contactId)

/** All listen keys, for a relay connection that has just opened. */
export const listenKeys = (turn: Turn): readonly Uint8Array[] => addressOwners(turn).map(({ device }) => device.ourListenKey)

const addressOwners = (turn: Turn): readonly AddressOwner[] => [
  ...turn.all('contacts').flatMap(([contactId, { devices }]) => devices.map((device) => ({ contactId, device, offerKey: undefined }))),
  ...turn.all('offers').map(([offerKey, { contactId, device }]) => ({ contactId, device, offerKey })),
]
