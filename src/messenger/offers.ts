// From a verified introduction to a contact. The host keeps an offer before its answer leaves; whoever then opens a ratchet
// message of the other side has a contact. Nobody is shown somebody who did not answer.

import { toHex } from '../crypto/bytes.ts'
import { rereadDeviceList, unfitAfter } from '../protocol/identity/identity.ts'
import type { GuestVerified, HostVerified, Introduced, Introduction } from '../protocol/pairing/pairing.ts'
import { adopt, emptyRecord, encrypt, initiate, type SessionRecord } from '../protocol/session/session.ts'
import { ENVELOPE_ID_LENGTH } from '../wire/envelope.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import { ourParty } from './account.ts'
import type { ContactId } from './api.ts'
import { contactDevice, newContactDevice } from './contact-devices.ts'
import { newContact, shortName } from './contacts.ts'
import { CONTENT_ID_LENGTH, decodeContent, encodeContent } from './content.ts'
import { pairedAgain } from './identity-change.ts'
import { decodeInitialMessage, encodeInitialMessage } from './initial-message.ts'
import { acceptAccount } from './introductions.ts'
import { listenAt, revoke } from './mail.ts'
import { endInvitation } from './meet.ts'
import { openMessage } from './opening.ts'
import { introduce, spendPrekeys } from './own-prekeys.ts'
import { contactAdded } from './registers.ts'
import { forgetRoute } from './routes.ts'
import { enqueue, notice, sealAgain, sealForHeir, sendToAdded } from './send.ts'
import { type Contact, type ContactDevice, deviceKey, type Offer } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

/** How long an offer waits for the other side's answer. */
const OFFER_LIFE_MS = 30 * 86_400_000

const partyOf = ({ accountKey, device }: Introduced) => ({ accountKey, tag: device.tag, identityKey: device.identityKey })

/** Somebody whom we know shows no older device list than we have of him, and no other one under its number. */
const mayBelieve = (turn: Turn, { accountId, list, listHash }: Introduced): boolean => {
  const known = turn.get('contacts', toHex(accountId))
  return known === undefined || unfitAfter(known.deviceList, list, listHash) === undefined
}

/** The host's part: a session under the guest's bundle, its first message, and the offer that must be kept before both leave. */
export const makeOffer = (
  turn: Turn,
  { introduced, psk }: HostVerified,
  again: ContactId | undefined,
):
  | { readonly contactId: ContactId; readonly offerKey: string; readonly introduction: Introduction; readonly initialMessage: Uint8Array }
  | undefined => {
  const { nowMs, random } = turn
  if (!mayBelieve(turn, introduced)) return undefined
  const self = selfOf(turn)
  const begun = initiate(emptyRecord, {
    ours: ourParty(turn),
    ourIdentity: self.identity,
    theirs: partyOf(introduced),
    bundle: introduced.bundle,
    psk,
    nowMs,
    random,
  })
  if (!begun.ok) return undefined
  const id = random(ENVELOPE_ID_LENGTH)
  const plaintext = encodeContent({ contentId: random(CONTENT_ID_LENGTH), sentAtMs: nowMs, body: { type: 'hello' } })
  const sealed = encrypt(begun.record, { envelopeId: id, plaintext, nowMs, random })
  if (!sealed.ok) return undefined
  const contactId = toHex(introduced.accountId)
  const listenKey = random(LISTEN_KEY_LENGTH)
  const device = contactDevice(introduced.device, listenKey, introduced.address)
  const offerKey = toHex(device.ourAddress)
  turn.put('offers', offerKey, {
    ...identityOf(introduced),
    device,
    suggestedName: introduced.suggestedName,
    pairedAtMs: nowMs,
    session: sealed.record,
    again,
  })
  listenAt(turn, [listenKey])
  turn.tell({ type: 'unconfirmed-changed', unconfirmed: turn.all('offers').length })
  return {
    contactId,
    offerKey,
    introduction: introduce(turn, listenKey),
    initialMessage: encodeInitialMessage({ id, message: sealed.message }),
  }
}

const identityOf = ({ accountId, accountKey, deviceList, list, listHash }: Introduced) => ({
  contactId: toHex(accountId),
  accountKey,
  deviceList: { version: list.version, hash: listHash },
  signedDeviceList: deviceList,
})

/** The other side was heard: the offer becomes a contact, or renews the one that it is of. */
export const offerAnswered = (turn: Turn, offer: Offer, session: SessionRecord): Contact => {
  turn.remove('tries', 'tries')
  return keepContact(turn, offer, session)
}

/**
 * The guest's part: opens the initial message under what the introduction says, and keeps contact, session and our own
 * first word in one commit.
 *
 * @returns undefined where the message does not open, or the device list is older than the one we know: then nothing is kept
 */
export const acceptAnswer = (
  turn: Turn,
  { introduced, initialMessage, psk }: GuestVerified,
  listenKey: Uint8Array,
  again: ContactId | undefined,
): Contact | undefined => {
  const initial = decodeInitialMessage(initialMessage)
  if (!initial.ok || !mayBelieve(turn, introduced)) return undefined
  const { id: envelopeId, message } = initial.value
  const opened = openMessage(turn, emptyRecord, partyOf(introduced), { envelopeId, message, mayBegin: true, psk, maxSkip: 0 })
  if (!opened.ok || opened.started === undefined || !decodeContent(opened.plaintext).ok) return undefined
  spendPrekeys(turn, opened.started)
  const device = contactDevice(introduced.device, listenKey, introduced.address)
  listenAt(turn, [listenKey])
  const { suggestedName } = introduced
  const contact = keepContact(turn, { ...identityOf(introduced), device, suggestedName, pairedAtMs: turn.nowMs, again }, opened.record)
  enqueue(turn, contact, notice(turn, { type: 'hello' }))
  return contact
}

const keepContact = (turn: Turn, paired: Omit<Offer, 'session'>, session: SessionRecord): Contact => {
  const { contactId, accountKey, deviceList, device, suggestedName, pairedAtMs } = paired
  const { tag } = device.device
  const known = turn.get('contacts', contactId)
  const listed = rereadDeviceList(paired.signedDeviceList).devices
  const isStill = ({ device: { tag: old } }: ContactDevice): boolean => old !== tag && listed.some((each) => each.tag === old)
  const others = [
    ...(known?.devices ?? []).filter(isStill),
    ...listed
      .filter((each) => each.tag !== tag && known?.devices.some((old) => old.device.tag === each.tag) !== true)
      .map((each) => newContactDevice(turn, each)),
  ]
  for (const old of known?.devices ?? []) {
    if (isStill(old)) continue
    revoke(turn, old.ourListenKey)
    // Nobody reaches the sessions of a device that is no longer the contact's, so their keys go.
    if (old.device.tag !== tag) turn.remove('sessions', deviceKey(contactId, old.device.tag))
  }
  forgetOffers(turn, (offer) => offer.contactId === contactId && offer.pairedAtMs <= pairedAtMs, device)
  const name = known?.name || shortName(suggestedName)
  const identity = { contactId, accountKey, deviceList, devices: [device, ...others], name, origin: { how: 'code' }, pairedAtMs } as const
  const contact: Contact =
    known === undefined ? newContact(turn, identity) : { ...known, ...identity, identityChange: undefined, replacedBy: undefined }
  const key = deviceKey(contactId, tag)
  const before = turn.get('sessions', key)
  turn.put('sessions', key, before === undefined ? session : adopt(before, session, turn.nowMs))
  turn.put('deviceLists', contactId, { bytes: paired.signedDeviceList })
  turn.put('contacts', contactId, contact)
  turn.touch(contactId)
  acceptAccount(turn, contactId)
  contactAdded(turn, contact)
  pairedAgain(turn, paired.again, contactId)
  if (known !== undefined) {
    endInvitation(turn, contactId)
    forgetRoute(turn, contactId)
    for (const { tag: added } of listed)
      if (added !== tag && !known.devices.some((old) => old.device.tag === added)) sendToAdded(turn, contactId, added)
    sealAgain(turn, contactId, tag)
    for (const old of known.devices) if (old.device.tag !== tag && !isStill(old)) sealForHeir(turn, contactId, old.device.tag, tag)
  }
  return contact
}

/** Pairings that nobody answered for 30 days end without a word. */
export const removeOldOffers = (turn: Turn): void => forgetOffers(turn, ({ pairedAtMs }) => pairedAtMs + OFFER_LIFE_MS <= turn.nowMs)

/** The contact is removed: an answer to an earlier pairing that comes late brings nobody back. */
export const removeOffersOf = (turn: Turn, contactId: ContactId): void => forgetOffers(turn, (offer) => offer.contactId === contactId)

/** @param heir the device whose address is listened at for a contact from now on, if one of them became it */
const forgetOffers = (turn: Turn, isOver: (offer: Offer) => boolean, heir?: ContactDevice): void => {
  const over = turn.all('offers').filter(([, offer]) => isOver(offer))
  if (over.length === 0) return
  for (const [key, { device }] of over) {
    turn.remove('offers', key)
    if (device.ourListenKey !== heir?.ourListenKey) revoke(turn, device.ourListenKey)
  }
  turn.tell({ type: 'unconfirmed-changed', unconfirmed: turn.all('offers').length })
}
