// What came to our first-contact address: a sealed first message of somebody who was introduced, or of a device of a contact
// that we do not know yet. Nobody is believed who is neither a contact nor was introduced, who is another account than the
// introducer said, or whose session message does not open. What the person refused is dropped.

import { equal, toHex } from '../crypto/bytes.ts'
import { accountIdOf, type Device, type KnownDeviceList, knownAs, readDeviceList, rereadDeviceList } from '../protocol/identity/identity.ts'
import type { FirstContact } from '../protocol/sealed/sealed.ts'
import { emptyRecord, envelopeDigest } from '../protocol/session/session.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import type { ContactId } from './api.ts'
import { addressTold, applyDeviceList, type BelievedList, tellAddress } from './contact-devices.ts'
import { deviceOf } from './contacts.ts'
import { type Content, readPadded } from './content.ts'
import { contentArrived } from './content-arrival.ts'
import { isHashOfList, unwrapFirstContact } from './first-contact.ts'
import { cannotOpen, sessionMoved } from './healing.ts'
import { identityChanged } from './identity-change.ts'
import { becomeContact, vouchedList } from './introductions.ts'
import { type Arrival, dismissed, holdBack, MISSING_MS, settled } from './mail.ts'
import { misbehaved, oneTimeKeyReused } from './misbehaviour.ts'
import { openMessage } from './opening.ts'
import { ownListArrived } from './own-list.ts'
import { spendPrekeys } from './own-prekeys.ts'
import { tellEverything } from './own-sync.ts'
import { receiptDue } from './receipts.ts'
import { inOrder } from './receive.ts'
import { sealWaiting } from './send.ts'
import { deviceKey, type Found, type ReceivedIntroduction, seenEnvelope } from './state.ts'
import { type Pending, refuse, selfOf, type Turn, withEntry } from './turn.ts'

/** In the place of a contact in keys of `seen`: before the seal is open, nobody knows whose it is. */
const ANYBODY = 'first-contact'
/** Messages of a session that has just begun and whose first ones are on their way. */
const MAX_SKIP = 1_000
/** Envelopes under introductions that have not come yet and are waited for: a small part of what the relay has under way to us. */
const MAX_EARLY = 8

interface SealedArrival {
  readonly id: Uint8Array
  readonly sealed: Uint8Array
  readonly hash: Uint8Array
  readonly ourAddress: Uint8Array
  readonly arrival: Arrival
}

export const firstContactArrived = (turn: Turn, ourAddress: Uint8Array, bytes: Uint8Array, arrival: Arrival): Pending | undefined => {
  const decoded = decodeEnvelope(bytes)
  if (!decoded.ok || decoded.value.type !== 'sealed') return drop(turn, arrival, 'malformed')
  const { id, sealed } = decoded.value
  const envelope = { id, sealed, hash: envelopeDigest(bytes), ourAddress, arrival }
  return {
    needs: [{ type: 'seen', key: seenEnvelope(ANYBODY, toHex(id)) }],
    resume: ([found]: readonly Found[]) => {
      const row = found?.type === 'seen' ? found.row : undefined
      if (row === undefined) return unwrap(turn, envelope)
      settled(turn, arrival, id)
      const [contactId = '', tag = '', contentId = ''] = row.contentId.split('/')
      if (contentId !== '' && equal(row.hash, envelope.hash)) receiptDue(turn, contactId, Number(tag), contentId, true)
      return undefined
    },
  }
}

const drop = (turn: Turn, arrival: Arrival, reason: string): undefined => {
  dismissed(turn, arrival)
  return refuse(turn, reason)
}

const unwrap = (turn: Turn, envelope: SealedArrival): Pending | undefined => {
  const { arrival, id, ourAddress, sealed } = envelope
  const unwrapped = unwrapFirstContact(turn, ourAddress, id, sealed)
  if (!unwrapped.ok) return drop(turn, arrival, unwrapped.reason)
  const { contents } = unwrapped
  const introduction = turn.get('introductions', toHex(contents.introductionId))
  const contactId = toHex(accountIdOf(contents.accountKey))
  if (introduction === undefined && turn.get('contacts', contactId) === undefined) return beforeIntroduction(turn, envelope)
  const isRefused = turn.all('introductions').some(([, row]) => row.contactId === contactId && row.standing === 'refused')
  if (isRefused || introduction?.standing === 'refused') return drop(turn, arrival, 'refused-account')
  const list = listOf(turn, contactId, contents, introduction)
  if (list === undefined) return drop(turn, arrival, 'bad-device-list')
  const device = list.list.devices.find(({ tag }) => tag === contents.tag)
  if (device === undefined) return drop(turn, arrival, 'unknown-device')
  const opened = open(turn, contactId, device, contents, envelope)
  if (!opened.ok) {
    if (opened.reason === 'one-time-key-missing') oneTimeKeyReused(turn)
    cannotOpen(turn, contactId, device.tag, { id, hash: envelope.hash }, opened.reason)
    return drop(turn, arrival, opened.reason)
  }
  if (introduction !== undefined && contactId !== introduction.contactId) {
    const origin = turn.get('contacts', introduction.contactId)?.origin
    const wrote = { accountKey: contents.accountKey, deviceList: list.bytes }
    // Whoever paired by a code, or was introduced by another, is known by that: this introducer has no say in it any more.
    const hangsOnIt = origin?.how === 'introduced' && origin.introductionId === introduction.introductionId
    if (hangsOnIt) identityChanged(turn, introduction.contactId, { contactId, wrote, atMs: turn.nowMs })
    return drop(turn, arrival, 'identity-changed')
  }
  const first = { introduction, list, device, contents, opened, content: readPadded(opened.plaintext) }
  if (isFromBeforePairing(turn, contactId, device.tag, first.content)) return drop(turn, arrival, 'superseded')
  const waitsAs = `${contactId}/${toHex(id)}`
  return inOrder(turn, contactId, first.content, { waitsAs, arrival }, () => keep(turn, first, envelope))
}

/**
 * Whoever pairs by a code writes in another session from then on, listens at another address, and has encrypted anew what
 * waited: what was under way before must not bring the old ones back. Both times are by the sender's clock.
 */
const isFromBeforePairing = (turn: Turn, contactId: ContactId, tag: number, content: Content | undefined): boolean => {
  const pairedAtMs = turn.get('sessions', deviceKey(contactId, tag))?.theirBornAtMs
  // A device that took the place of one that we paired with has told us its address, and resends what is older than its session.
  const device = deviceOf(turn, contactId, tag)
  const isPaired =
    turn.get('contacts', contactId)?.origin.how === 'code' && device?.theirAddress !== undefined && device.isToldAddress !== true
  return isPaired && pairedAtMs !== undefined && content !== undefined && content.sentAtMs < pairedAtMs
}

/** Who was introduced may write before the introduction is here: that lies in another mailbox, or is still with the introducer. */
const beforeIntroduction = (turn: Turn, { arrival, id }: SealedArrival): undefined => {
  const waitsAs = `${ANYBODY}/${toHex(id)}`
  const sinceMs = turn.live.heldBack.get(waitsAs)?.sinceMs ?? turn.nowMs
  const others = [...turn.live.heldBack].filter(
    ([key, held]) => key !== waitsAs && key.startsWith(`${ANYBODY}/`) && held.sinceMs + 2 * MISSING_MS > turn.nowMs,
  )
  if (others.length < MAX_EARLY && turn.nowMs - sinceMs < MISSING_MS) {
    holdBack(turn, waitsAs, arrival, 'out-of-order')
    return refuse(turn, 'not-introduced')
  }
  turn.live = { ...turn.live, heldBack: withEntry(turn.live.heldBack, waitsAs, undefined) }
  return drop(turn, arrival, 'not-introduced')
}

/** The sender's device list: in full, or the one that we have and that it names; of a contact never one older than we know. */
const listOf = (
  turn: Turn,
  contactId: string,
  { accountKey, devices }: FirstContact,
  introduction: ReceivedIntroduction | undefined,
): BelievedList | undefined => {
  const contact = turn.get('contacts', contactId)
  // Our own devices have our list from the main one: a first message brings none that would count for more.
  if (contact?.kind === 'own' && devices.type === 'hash') {
    const { deviceList } = selfOf(turn)
    return { list: rereadDeviceList(deviceList), hash: contact.deviceList.hash, bytes: deviceList }
  }
  const isIntroduced = introduction !== undefined && contactId === introduction.contactId
  // Before there is a contact, the introducer's list is the one that we know: nobody goes back behind it.
  const known: KnownDeviceList | undefined = contact?.deviceList ?? (isIntroduced ? vouchedList(turn, introduction) : undefined)
  const kept = turn.get('deviceLists', contactId)?.bytes ?? introduction?.deviceList
  /** A contact's list may have become another one while this was under way: who is on the one that we know is heard by that. */
  const asKnown = (): BelievedList | undefined => contact && kept && { list: rereadDeviceList(kept), hash: knownAs(kept).hash, bytes: kept }
  const bytes = devices.type === 'whole' ? devices.deviceList : kept
  // What is kept of a contact was verified before.
  if (contact !== undefined && (devices.type === 'hash' || (kept !== undefined && equal(devices.deviceList, kept)))) return asKnown()
  if (bytes === undefined || (devices.type === 'hash' && !isHashOfList(devices.hash, bytes))) return undefined
  const read = readDeviceList(bytes, { accountKey, nowMs: turn.nowMs, known })
  if (!read.ok && read.reason === 'rolled-back') return asKnown()
  if (!read.ok && read.reason === 'forked') misbehaved(turn, 'forked-list', contact?.kind === 'own' ? undefined : contact?.contactId)
  if (!read.ok || (contact === undefined && read.list.expiresAtMs <= turn.nowMs)) return undefined
  return { list: read.list, hash: read.hash, bytes }
}

const open = (turn: Turn, contactId: string, { identityKey, tag }: Device, contents: FirstContact, { id }: SealedArrival) => {
  const { accountKey, sessionMessage: message } = contents
  const record = turn.get('sessions', deviceKey(contactId, tag)) ?? emptyRecord
  const theirs = { accountKey, tag, identityKey }
  return openMessage(turn, record, theirs, { envelopeId: id, message, mayBegin: true, psk: undefined, maxSkip: MAX_SKIP })
}

interface Believed {
  /** Undefined: of a contact. */
  readonly introduction: ReceivedIntroduction | undefined
  readonly list: BelievedList
  readonly device: Device
  readonly contents: FirstContact
  readonly opened: Extract<ReturnType<typeof open>, { ok: true }>
  readonly content: Content | undefined
}

const keep = (
  turn: Turn,
  { content, contents, device, introduction, list, opened }: Believed,
  { arrival, hash, id }: SealedArrival,
): Pending | undefined => {
  const contact =
    introduction === undefined ? turn.get('contacts', toHex(accountIdOf(contents.accountKey))) : becomeContact(turn, introduction)
  if (contact === undefined) return drop(turn, arrival, 'bad-introduction')
  const { contactId } = contact
  if (opened.started !== undefined) spendPrekeys(turn, opened.started)
  const before = turn.get('sessions', deviceKey(contactId, device.tag))
  turn.put('sessions', deviceKey(contactId, device.tag), opened.record)
  sessionMoved(turn, contactId, device.tag, before)
  if (contact.kind === 'own') {
    ownListArrived(turn, list.bytes)
    // It may have been restored from a backup, and know less than we do.
    if (before === undefined) tellEverything(turn, device.tag)
  } else applyDeviceList(turn, turn.get('contacts', contactId) ?? contact, list)
  writesFrom(turn, contactId, device.tag, contents.replyAddress)
  settled(turn, arrival, id)
  const contentId = content === undefined ? '' : `${contactId}/${device.tag}/${toHex(content.contentId)}`
  const pending = contentArrived(
    turn,
    turn.get('contacts', contactId) ?? contact,
    device.tag,
    content,
    seenEnvelope(contactId, toHex(id)),
    hash,
  )
  turn.putSeen(seenEnvelope(ANYBODY, toHex(id)), { hash, contentId, keptUntilMs: turn.nowMs + SEEN_MS })
  return pending
}

/** As long as any envelope is offered, and a mailbox keeps it. */
const SEEN_MS = 60 * 86_400_000

/** Their answers go to the address that they name; ours for them follows, unless they have it. */
const writesFrom = (turn: Turn, contactId: ContactId, tag: number, replyAddress: Uint8Array): void => {
  const isNews = addressTold(turn, contactId, tag, replyAddress)
  // We may have written before we had a session with it.
  sealWaiting(turn, contactId, tag)
  if (isNews) tellAddress(turn, contactId, tag)
}
