// What an arrived envelope becomes. Kept before it is acknowledged: the plaintext, the session that moved on and the
// ids are one commit, and the ack and the receipt leave after it. A refusal is counted and changes nothing else.

import { toHex } from '../crypto/bytes.ts'
import { decrypt, envelopeDigest, readInitial, type SessionRecord } from '../protocol/session/session.ts'
import { decodeEnvelope } from '../wire/envelope.ts'
import { unpad } from '../wire/padding.ts'
import { ourParty } from './account.ts'
import type { ContactId, LinkId } from './api.ts'
import type { AddressOwner } from './contacts.ts'
import { type Content, decodeContent } from './content.ts'
import { presenceArrived } from './meet.ts'
import { offerAnswered } from './offers.ts'
import { prekeysNamedBy, spendPrekeys } from './own-prekeys.ts'
import { answeredOnLine } from './pair-host.ts'
import { receiptDue } from './receipts.ts'
import { changeState, excerpt, OUTBOX_LIFE_MS } from './send.ts'
import { type Contact, deviceKey, type Found, type Message, type Seen, seenContent, seenEnvelope } from './state.ts'
import { type Pending, refuse, selfOf, type Turn, withEntry } from './turn.ts'

/** Messages that may be skipped over before what is missing is waited for (docs/protocols/ratchet.md). */
const MAX_SKIP_AT_FIRST = 1_000
/** The ratchet's own limit, granted to an envelope that comes again. */
const MAX_SKIP = 25_000
/** So long what is missing before a message is waited for; a sender offers it again and again, in order, milliseconds. */
const MISSING_MS = 120_000
/** Envelopes of one contact that may wait for what is missing: twice what its line has under way. */
const MAX_HELD_BACK = 64
/** Ids are remembered for longer than any envelope is offered. */
const SEEN_LIFE_MS = OUTBOX_LIFE_MS + 8 * 86_400_000

/** Where an envelope came from: a proven line, or the relay. */
export type Arrival = LinkId | 'relay'

/** @param owners who may have sent it: one where it came to an address, more where a pairing is still unanswered */
export const envelopeArrived = (turn: Turn, owners: readonly AddressOwner[], bytes: Uint8Array, arrival: Arrival): Pending | undefined => {
  const decoded = decodeEnvelope(bytes)
  if (!decoded.ok) return refuse(turn, 'malformed')
  const { id, message } = decoded.value
  // All owners are one contact's.
  const waitsAs = `${owners[0]?.contactId ?? ''}/${toHex(id)}`
  const envelope: Envelope = { id, hex: toHex(id), waitsAs, message, hash: envelopeDigest(bytes), arrival }
  let reason = 'no-session'
  for (const owner of owners) {
    const opened = open(turn, owner, envelope)
    if (opened === undefined) continue
    if (opened.ok) return inOrder(turn, owner.contactId, envelope, opened)
    if (reason !== 'would-skip') reason = opened.reason
  }
  const contactId = owners[0]?.contactId
  if (contactId === undefined) return refuse(turn, reason)
  return {
    needs: [{ type: 'seen', key: seenEnvelope(contactId, envelope.hex) }],
    resume: ([found]: readonly Found[]) => repeated(turn, contactId, envelope, found, reason),
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
  // An offer is answered in the session that the pairing's psk went into, and in no other.
  const handshake = sender.isOffer ? undefined : readInitial(message)
  const { tag, identityKey } = owner.device.device
  const opened = decrypt(sender.session, {
    envelopeId: id,
    message,
    ours: ourParty(turn),
    ourIdentity: selfOf(turn).identity,
    theirs: { accountKey: sender.accountKey, tag, identityKey },
    prekeys: handshake && prekeysNamedBy(turn, handshake),
    psk: undefined,
    nowMs: turn.nowMs,
    maxSkip: turn.live.heldBack.has(waitsAs) ? MAX_SKIP : MAX_SKIP_AT_FIRST,
  })
  if (!opened.ok) return opened
  const plain = unpad(opened.plaintext)
  const content = plain === undefined ? undefined : decodeContent(plain)
  const keep = (): Contact => {
    if (opened.started !== undefined) spendPrekeys(turn, opened.started)
    return sender.keep(opened.record)
  }
  return { ok: true, content: content?.ok === true ? content.value : undefined, keep } as const
}

type Opened = Extract<ReturnType<typeof open>, { ok: true }>

/** A message is kept once the one before it is, or was waited for long enough. Until then it is as if it had not come. */
const inOrder = (turn: Turn, contactId: ContactId, envelope: Envelope, opened: Opened): Pending | undefined => {
  const { content } = opened
  const after = content?.body.type === 'message' ? content.body.after : undefined
  if (after === undefined) return keep(turn, envelope, opened)
  return {
    needs: [{ type: 'seen', key: seenContent(contactId, toHex(after)) }],
    resume: ([found]: readonly Found[]) => {
      const isMissing = found?.type !== 'seen' || found.row === undefined
      if (!isMissing || turn.nowMs - (turn.live.heldBack.get(envelope.waitsAs) ?? turn.nowMs) >= MISSING_MS)
        return keep(turn, envelope, opened)
      holdBack(turn, contactId, envelope.waitsAs)
      return refuse(turn, 'out-of-order')
    },
  }
}

/** Remembers since when an envelope is refused; those that never came again are forgotten, and of each contact all but the newest. */
const holdBack = (turn: Turn, contactId: ContactId, waitsAs: string): void => {
  const fresh = [...turn.live.heldBack].filter(([key, sinceMs]) => key !== waitsAs && sinceMs + 10 * MISSING_MS > turn.nowMs)
  const isOurs = ([key]: readonly [string, number]): boolean => key.startsWith(`${contactId}/`)
  const ours = fresh.filter(isOurs).slice(0, MAX_HELD_BACK - 1)
  const sinceMs = turn.live.heldBack.get(waitsAs) ?? turn.nowMs
  turn.live = { ...turn.live, heldBack: new Map([[waitsAs, sinceMs], ...ours, ...fresh.filter((entry) => !isOurs(entry))]) }
}

const keep = (turn: Turn, { hash, hex, id, arrival, waitsAs }: Envelope, opened: Opened): Pending | undefined => {
  turn.live = { ...turn.live, heldBack: withEntry(turn.live.heldBack, waitsAs, undefined) }
  const contact = opened.keep()
  if (arrival !== 'relay') answeredOnLine(turn, arrival)
  acknowledge(turn, arrival, id)
  return contentArrived(turn, contact, opened.content, seenEnvelope(contact.contactId, hex), hash)
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
  if (contact === undefined || session === undefined) return undefined
  const keep = (moved: SessionRecord): Contact => {
    turn.put('sessions', key, moved)
    return contact
  }
  return { accountKey: contact.accountKey, session, isOffer: false, keep }
}

const repeated = (
  turn: Turn,
  contactId: ContactId,
  { arrival, hash, id, waitsAs }: Envelope,
  found: Found | undefined,
  reason: string,
): undefined => {
  const row = found?.type === 'seen' ? found.row : undefined
  if (row !== undefined && toHex(row.hash) === toHex(hash)) {
    acknowledge(turn, arrival, id)
    if (row.contentId !== '') receiptDue(turn, contactId, row.contentId, true)
    return undefined
  }
  if (reason === 'would-skip') holdBack(turn, contactId, waitsAs)
  return refuse(turn, reason)
}

const contentArrived = (
  turn: Turn,
  contact: Contact,
  content: Content | undefined,
  envelopeKey: string,
  hash: Uint8Array,
): Pending | undefined => {
  const { contactId } = contact
  const keptUntilMs = turn.nowMs + SEEN_LIFE_MS
  if (content === undefined) {
    turn.putSeen(envelopeKey, { hash, contentId: '', keptUntilMs })
    return refuse(turn, 'bad-content')
  }
  const contentId = toHex(content.contentId)
  const lasting = content.body.type === 'message' || content.body.type === 'hello'
  turn.putSeen(envelopeKey, { hash, contentId: lasting ? contentId : '', keptUntilMs })
  turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, undefined) }
  turn.touch(contactId)
  switch (content.body.type) {
    case 'hello':
      receiptDue(turn, contactId, contentId)
      return undefined
    case 'presence':
      presenceArrived(turn, contactId, content.body)
      return undefined
    case 'receipt':
      return receiptArrived(turn, contactId, content.body.contentIds.map(toHex))
    case 'message': {
      const { text } = content.body
      receiptDue(turn, contactId, contentId)
      return {
        needs: [
          { type: 'seen', key: seenContent(contactId, contentId) },
          { type: 'message', contactId, messageId: contentId },
        ],
        resume: ([found, present]: readonly Found[]) => {
          if (found?.type === 'seen' && found.row !== undefined) return undefined
          // The sender chooses the id: one that stands in the conversation already, as ours or as theirs, replaces nothing.
          if (present?.type === 'message' && present.row !== undefined) return refuse(turn, 'reused-id')
          const row: Seen = { hash, contentId, keptUntilMs }
          turn.putSeen(seenContent(contactId, contentId), row)
          messageArrived(turn, contactId, contentId, text, content.sentAtMs)
          return undefined
        },
      }
    }
  }
}

const messageArrived = (turn: Turn, contactId: ContactId, messageId: string, text: string, theirClockMs: number): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const message: Message = {
    contactId,
    place: contact.nextPlace,
    messageId,
    direction: 'in',
    text,
    sentAtMs: Math.min(theirClockMs, turn.nowMs),
    arrivedAtMs: turn.nowMs,
    state: 'received',
  }
  const isRead = turn.live.openConversation === contactId && turn.live.window.visible
  turn.putMessage(message)
  turn.put('contacts', contactId, {
    ...contact,
    nextPlace: message.place + 1,
    unread: isRead ? contact.unread : contact.unread + 1,
    readUpTo: isRead ? message.place : contact.readUpTo,
    newest: { place: message.place, text: excerpt(text), atMs: turn.nowMs, direction: 'in' },
  })
  turn.tell({ type: 'message-changed', message, isNew: true })
}

/** The other device has kept these: only now do they leave the outbox. */
const receiptArrived = (turn: Turn, contactId: ContactId, contentIds: readonly string[]): Pending | undefined => {
  const entries = contentIds.map((id) => turn.get('outbox', id)).filter((entry) => entry?.contactId === contactId)
  const messages = entries.filter((entry) => entry?.isMessage === true)
  for (const entry of entries) if (entry !== undefined) turn.remove('outbox', entry.contentId)
  if (messages.length === 0) return undefined
  return {
    needs: messages.map((entry) => ({ type: 'message', contactId, messageId: entry?.contentId ?? '' })),
    resume: (found) => {
      for (const each of found) {
        if (each.type === 'message' && each.row?.direction === 'out') changeState(turn, each.row, 'delivered')
      }
      return undefined
    },
  }
}

const acknowledge = (turn: Turn, arrival: Arrival, envelopeId: Uint8Array): void => {
  if (arrival !== 'relay') turn.order({ type: 'link-send', linkId: arrival, frame: { type: 'ack', envelopeId } })
}
