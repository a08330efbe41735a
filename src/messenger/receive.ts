// What an arrived envelope becomes. Kept before it is acknowledged: the plaintext, the session that moved on and the
// ids are one commit, and the ack and the receipt leave after it. A refusal is counted and changes nothing else.

import { equal, toHex } from '../crypto/bytes.ts'
import { agreeOn, emptyRecord, envelopeDigest, type SessionRecord } from '../protocol/session/session.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import type { ContactId, LinkId } from './api.ts'
import type { AddressOwner } from './contacts.ts'
import { type Content, readPadded } from './content.ts'
import { contentArrived, rememberedUntilMs } from './content-arrival.ts'
import { cannotOpen, denied, isRenewedLately, madeOneOf, sessionMoved } from './healing.ts'
import { type Arrival, dismissed, holdBack, MISSING_MS, settled } from './mail.ts'
import { offerAnswered } from './offers.ts'
import { openMessage } from './opening.ts'
import { isOwn } from './own-contact.ts'
import { isAboutUnknown } from './own-messages.ts'
import { spendPrekeys } from './own-prekeys.ts'
import { isCountedAhead } from './own-sync.ts'
import { answeredOnLine } from './pair-host.ts'
import { receiptDue } from './receipts.ts'
import { type Contact, deviceKey, type Found, seenContent, seenEnvelope } from './state.ts'
import { type Pending, refuse, type Turn, withEntry } from './turn.ts'

/** Messages that may be skipped over before what is missing is waited for (docs/protocols/ratchet.md). */
const MAX_SKIP_AT_FIRST = 1_000
/** The ratchet's own limit, granted to an envelope that comes again. */
const MAX_SKIP = 25_000

/** @param owners who may have sent it: one where it came to an address, more where a pairing is still unanswered */
export const envelopeArrived = (turn: Turn, owners: readonly AddressOwner[], bytes: Uint8Array, arrival: Arrival): Pending | undefined => {
  const decoded = decodeEnvelope(bytes)
  if (!decoded.ok || decoded.value.type !== 'session') {
    dismissed(turn, arrival)
    return refuse(turn, decoded.ok ? 'unexpected-seal' : 'malformed')
  }
  const { id, message } = decoded.value
  // All owners are one contact's.
  const waitsAs = `${owners[0]?.contactId ?? ''}/${toHex(id)}`
  const envelope: Envelope = { id, hex: toHex(id), waitsAs, message, hash: envelopeDigest(bytes), arrival }
  let reason: string = 'no-session'
  for (const owner of owners) {
    const opened = open(turn, owner, envelope)
    if (opened === undefined) continue
    if (opened.ok) return opened.started === undefined ? keepInOrder(turn, owner, envelope, opened) : begun(turn, owner, envelope, opened)
    if (reason !== 'would-skip') reason = opened.reason
  }
  const [owner] = owners
  if (owner === undefined) {
    dismissed(turn, arrival)
    return refuse(turn, reason)
  }
  return {
    needs: [{ type: 'seen', key: seenEnvelope(owner.contactId, envelope.hex) }],
    resume: ([found]: readonly Found[]) => repeated(turn, owner, envelope, found, reason),
  }
}

interface Envelope {
  readonly id: Uint8Array
  readonly hex: string
  /** Its key in `heldBack`. */
  readonly waitsAs: string
  readonly message: Uint8Array
  readonly hash: Uint8Array
  readonly arrival: Arrival
}

/** Decrypts on a copy: nothing has changed before `keep`. */
const open = (turn: Turn, owner: AddressOwner, { id, message, waitsAs }: Envelope) => {
  const sender = senderOf(turn, owner)
  if (sender === undefined) return undefined
  const { tag, identityKey } = owner.device.device
  const theirs = { accountKey: sender.accountKey, tag, identityKey }
  const opened = openMessage(turn, sender.session, theirs, {
    envelopeId: id,
    message,
    // An offer is answered in the session that the pairing's psk went into, and in no other.
    mayBegin: !sender.isOffer,
    psk: undefined,
    maxSkip: turn.live.heldBack.get(waitsAs)?.granted === true ? MAX_SKIP : MAX_SKIP_AT_FIRST,
  })
  if (!opened.ok) return opened
  const { plaintext, record, started } = opened
  const keep = (): Contact => {
    if (started !== undefined) spendPrekeys(turn, started)
    return sender.keep(record)
  }
  /** The same, with the session that has begun as the current one. */
  const agree = (): Contact => {
    if (started === undefined) return keep()
    spendPrekeys(turn, started)
    return sender.keep(agreeOn(record, started.baseKey, turn.nowMs))
  }
  const was = sender.session.current
  const replaces =
    was !== undefined && was.phase !== 'unanswered' && record.current !== undefined && !equal(was.baseKey, record.current.baseKey)
  return { ok: true, content: readPadded(plaintext), started, had: was !== undefined, replaces, keep, agree } as const
}

type Opened = Extract<ReturnType<typeof open>, { ok: true }>

/**
 * It begins a session. One that we have kept before begins none, even if our sessions are gone. Who asks is believed about
 * what we made, and nobody takes the place of a session that was answered twice in an hour.
 */
const begun = (turn: Turn, owner: AddressOwner, envelope: Envelope, opened: Opened): Pending => ({
  needs: [{ type: 'seen', key: seenEnvelope(owner.contactId, envelope.hex) }],
  resume: ([found]: readonly Found[]) => {
    if (found?.type === 'seen' && found.row !== undefined) return repeated(turn, owner, envelope, found, 'duplicate')
    const { contactId, device } = owner
    const { tag } = device.device
    const { content } = opened
    const isAsk = content?.body.type === 'cannot-open' && opened.had
    if (isAsk && !madeOneOf(turn, contactId, tag, content.body.envelopes)) return deny(turn, owner, envelope, toHex(content.contentId))
    if ((isAsk || opened.replaces) && isRenewedLately(turn, contactId, tag)) {
      dismissed(turn, envelope.arrival)
      return refuse(turn, 'renewed-lately')
    }
    return keepInOrder(turn, owner, envelope, isAsk ? { ...opened, keep: opened.agree } : opened)
  },
})

/** The session of the question does not begin, and its prekeys stay; that it was answered is remembered. */
const deny = (turn: Turn, { contactId, device }: AddressOwner, { arrival, hash, hex, id }: Envelope, contentId: string): undefined => {
  turn.putSeen(seenEnvelope(contactId, hex), { hash, contentId, keptUntilMs: rememberedUntilMs(turn, contactId) })
  settled(turn, arrival, id)
  denied(turn, contactId, device.device.tag, contentId)
  return refuse(turn, 'not-broken')
}

const keepInOrder = (turn: Turn, owner: AddressOwner, envelope: Envelope, opened: Opened): Pending | undefined =>
  inOrder(turn, owner.contactId, opened.content, envelope, () => keep(turn, owner.device.device.tag, envelope, opened))

/** A message is kept once the one before it is, or was waited for long enough. Until then it is as if it had not come. */
export const inOrder = (
  turn: Turn,
  contactId: ContactId,
  content: Content | undefined,
  { arrival, waitsAs }: Pick<Envelope, 'arrival' | 'waitsAs'>,
  keep: () => Pending | undefined,
): Pending | undefined => {
  const after = content?.body.type === 'message' ? content.body.after : undefined
  const keepNow = (): Pending | undefined => {
    turn.live = { ...turn.live, heldBack: withEntry(turn.live.heldBack, waitsAs, undefined) }
    return keep()
  }
  const comesLater = (): undefined => {
    holdBack(turn, waitsAs, arrival, 'out-of-order')
    return refuse(turn, 'out-of-order')
  }
  const isWaitedFor = (): boolean => turn.nowMs - (turn.live.heldBack.get(waitsAs)?.sinceMs ?? turn.nowMs) < MISSING_MS
  if (content !== undefined && isOwn(turn, contactId)) {
    return isAboutUnknown(turn, content) || isCountedAhead(turn, content) ? comesLater() : keepNow()
  }
  if (after === undefined) return keepNow()
  return {
    needs: [{ type: 'seen', key: seenContent(contactId, toHex(after)) }],
    resume: ([found]: readonly Found[]) => {
      const isMissing = found?.type !== 'seen' || found.row === undefined
      return isMissing && isWaitedFor() ? comesLater() : keepNow()
    },
  }
}

const keep = (turn: Turn, tag: number, { hash, hex, id, arrival }: Envelope, opened: Opened): Pending | undefined => {
  const contact = opened.keep()
  if (arrival.via === 'line') answeredOnLine(turn, arrival.linkId)
  settled(turn, arrival, id)
  return contentArrived(turn, contact, tag, opened.content, seenEnvelope(contact.contactId, hex), hash)
}

/** The session to try, and where it is kept once it opened something: an offer becomes a contact by it. */
const senderOf = (turn: Turn, { contactId, device, offerKey }: AddressOwner) => {
  const offer = offerKey === undefined ? undefined : turn.get('offers', offerKey)
  if (offer !== undefined) {
    const keep = (session: SessionRecord): Contact => offerAnswered(turn, offer, session)
    return { accountKey: offer.accountKey, session: offer.session, isOffer: true, keep }
  }
  const contact = turn.get('contacts', contactId)
  const key = deviceKey(contactId, device.device.tag)
  const session = turn.get('sessions', key)
  if (contact === undefined) return undefined
  const keep = (moved: SessionRecord): Contact => {
    turn.put('sessions', key, moved)
    sessionMoved(turn, contactId, device.device.tag, session)
    return turn.get('contacts', contactId) ?? contact
  }
  return { accountKey: contact.accountKey, session: session ?? emptyRecord, isOffer: false, keep }
}

const repeated = (
  turn: Turn,
  { contactId, device, offerKey }: AddressOwner,
  { arrival, hash, id, waitsAs }: Envelope,
  found: Found | undefined,
  reason: string,
): undefined => {
  const row = found?.type === 'seen' ? found.row : undefined
  if (row !== undefined && toHex(row.hash) === toHex(hash)) {
    settled(turn, arrival, id)
    if (row.contentId !== '') receiptDue(turn, contactId, device.device.tag, row.contentId, true)
    return undefined
  }
  if (reason === 'would-skip') holdBack(turn, waitsAs, arrival, reason)
  else dismissed(turn, arrival)
  // What is only live is offered to nobody again, so nobody could be asked about it.
  const tag =
    arrival.via === 'line' ? lineTag(turn, arrival.linkId) : offerKey === undefined && arrival.position > 0 ? device.device.tag : undefined
  if (tag !== undefined) cannotOpen(turn, contactId, tag, { id, hash }, reason)
  return refuse(turn, reason)
}

/** The device at the other end of a line. */
const lineTag = (turn: Turn, linkId: LinkId): number | undefined => {
  const link = turn.live.links.get(linkId)
  return link?.phase === 'open' ? link.tag : undefined
}
