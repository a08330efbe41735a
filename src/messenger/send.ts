// From a typed text to an outbox entry. What is in the outbox leaves by the routes (routes.ts) as often as it takes; only
// an end-to-end receipt (content-arrival.ts) or 30 days end that.

import { fromHex, toHex } from '../crypto/bytes.ts'
import { knownAs } from '../protocol/identity/identity.ts'
import { encrypt, overhead, type SessionRecord } from '../protocol/session/session.ts'
import { utf8Length } from '../wire/codec.ts'
import { ENVELOPE_ID_LENGTH, ENVELOPE_OVERHEAD, encodeEnvelope } from '../wire/envelope.ts'
import { envelopeLengthFor, PADDING_OVERHEAD, pad } from '../wire/padding.ts'
import { type ContactId, MAX_TEXT_LENGTH, type MessageId } from './api.ts'
import { changeDevice, deviceOf } from './contacts.ts'
import { type Body, CONTENT_ID_LENGTH, decodeContent, encodeContent, MAX_RECEIPT_IDS, nameLists } from './content.ts'
import { type Wrapping, wrapFirstContact } from './first-contact.ts'
import { isOwn, ownContact } from './own-contact.ts'
import { isStopped } from './routes.ts'
import { type Contact, deviceKey, type Found, type Message, type OutboxEntry, outboxKey, type SealedEnvelope } from './state.ts'
import { type Pending, selfOf, type Turn } from './turn.ts'

/** How long an envelope is offered again and again, milliseconds; then its message has failed. */
const OUTBOX_LIFE_MS = 30 * 86_400_000
/** What is for another device of ours waits for as long as one may lie unused. */
export const OWN_LIFE_MS = 90 * 86_400_000
/** How long what is for a contact, or for our own devices, is offered. */
export const offeredForMs = (turn: Turn, contactId: ContactId): number => (isOwn(turn, contactId) ? OWN_LIFE_MS : OUTBOX_LIFE_MS)

/**
 * @param commandId the message's id, so that one command given twice is one message; undefined where it is given once
 */
export const sendMessage = (turn: Turn, contactId: ContactId, text: string, commandId: MessageId | undefined): Pending | undefined => {
  if (commandId === undefined) return writeMessage(turn, contactId, text, toHex(turn.random(CONTENT_ID_LENGTH)))
  return {
    needs: [{ type: 'message', contactId, messageId: commandId }],
    resume: ([found]: readonly Found[]) =>
      found?.type === 'message' && found.row !== undefined ? undefined : writeMessage(turn, contactId, text, commandId),
  }
}

const writeMessage = (turn: Turn, contactId: ContactId, text: string, messageId: MessageId): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const wellFormed = text.toWellFormed()
  const excessBytes = Math.max(0, utf8Length(wellFormed) - MAX_TEXT_LENGTH)
  if (isStopped(turn, contactId) || wellFormed.trim() === '' || excessBytes > 0) {
    const reason = isStopped(turn, contactId) ? 'stopped' : excessBytes > 0 ? 'too-long' : 'empty'
    turn.tell({ type: 'message-refused', contactId, reason, excessBytes })
    return
  }
  const place = contact.nextPlace
  const message: Message = {
    contactId,
    place,
    messageId,
    direction: 'out',
    text: wellFormed,
    sentAtMs: turn.nowMs,
    arrivedAtMs: turn.nowMs,
    state: 'waiting',
  }
  turn.putMessage(message)
  turn.put('contacts', contactId, {
    ...contact,
    draft: '',
    nextPlace: place + 1,
    newest: newestOf(message),
  })
  turn.tell({ type: 'message-changed', message, isNew: true })
  enqueueMessage(turn, contact, message)
}

/** Offers a failed message once more, under its old id. */
export const resendMessage = (turn: Turn, contactId: ContactId, messageId: MessageId): Pending => ({
  needs: [{ type: 'message', contactId, messageId }],
  resume: ([found]: readonly Found[]) => {
    const contact = turn.get('contacts', contactId)
    if (contact === undefined || found?.type !== 'message' || found.row?.state !== 'failed') return undefined
    const message: Message = { ...found.row, state: 'waiting' }
    turn.putMessage(message)
    turn.tell({ type: 'message-changed', message, isNew: false })
    enqueueMessage(turn, contact, message)
    return undefined
  },
})

/** Gives up what nobody answered for 30 days; of our own devices, for 90. */
export const giveUpOld = (turn: Turn): Pending | undefined =>
  giveUp(turn, (entry) => entry.createdAtMs + offeredForMs(turn, entry.contactId) <= turn.nowMs && !isWordOfNewDevice(turn, entry))

/** Without it, whoever was away for longer goes on writing to the device that had our place. Of who was introduced nobody has to know. */
const isWordOfNewDevice = (turn: Turn, { contactId, content, createdAtMs, tag }: OutboxEntry): boolean => {
  const contact = turn.get('contacts', contactId)
  const device = deviceOf(turn, contactId, tag)
  if (contact === undefined || device === undefined || device.theirAddress !== undefined || createdAtMs <= contact.pairedAtMs) return false
  const decoded = decodeContent(content)
  return decoded.ok && decoded.value.body.type === 'hello'
}

/** Takes these out of the outbox; the messages among them have failed. */
export const giveUp = (turn: Turn, isOver: (entry: OutboxEntry) => boolean): Pending | undefined => {
  const messages = new Map<string, OutboxEntry>()
  for (const [key, entry] of turn.all('outbox').filter(([, each]) => isOver(each))) {
    turn.remove('outbox', key)
    turn.touch(entry.contactId)
    if (entry.isMessage) messages.set(entry.contentId, entry)
    else notTold(turn, entry)
  }
  if (messages.size === 0) return undefined
  return {
    // A message that one device has confirmed is delivered, whatever became of it at the others.
    needs: [...messages.values()].map(({ contactId, contentId }) => ({ type: 'message', contactId, messageId: contentId })),
    resume: (found) => {
      for (const each of found) {
        if (each.type !== 'message' || each.row?.state !== 'waiting') continue
        const { contactId, messageId } = each.row
        changeState(turn, each.row, 'failed')
        tellOutcome(turn, contactId, [messageId], false)
      }
      return undefined
    },
  }
}

/** Who did not get our list is told again where it shows that it does not know it: the relay may hide it. */
const notTold = (turn: Turn, { contactId, content, tag }: OutboxEntry): void => {
  const decoded = decodeContent(content)
  if (decoded.ok && decoded.value.body.type === 'devices') changeDevice(turn, contactId, tag, { toldListVersion: undefined })
}

export const changeState = (turn: Turn, row: Message, state: Message['state']): void => {
  const message: Message = { ...row, state }
  turn.putMessage(message)
  turn.tell({ type: 'message-changed', message, isNew: false })
}

const enqueueMessage = (turn: Turn, contact: Contact, { messageId, sentAtMs, text }: Message): void => {
  for (const { device } of contact.devices) {
    const { tag } = device
    introduceOurselves(turn, contact, tag)
    const body = behindWhatWaits(turn, contact.contactId, tag, { type: 'message', after: undefined, text })
    enqueueFor(turn, contact.contactId, tag, { contentId: messageId, sentAtMs, body, isMessage: true })
  }
  tellOwnDevices(turn, { contentId: messageId, sentAtMs, body: { type: 'sent', contactId: fromHex(contact.contactId), text } })
}

/** What waits for a contact and is for all its devices goes to one that was listed meanwhile, too. */
export const sendToAdded = (turn: Turn, contactId: ContactId, tag: number): void => {
  const contact = turn.get('contacts', contactId)
  const contents = new Map(outboxOf(turn, contactId).map((entry) => [entry.contentId, entry]))
  for (const { content, contentId, isMessage } of contents.values()) {
    const decoded = decodeContent(content)
    if (contact === undefined || !decoded.ok || !forAllDevices.has(decoded.value.body.type)) continue
    if (contact.kind !== 'own') introduceOurselves(turn, contact, tag)
    const { body, sentAtMs } = decoded.value
    enqueueFor(turn, contactId, tag, { contentId, sentAtMs, body: behindWhatWaits(turn, contactId, tag, body), isMessage })
  }
}

/** The others are about sessions and addresses, of one device each. */
const forAllDevices: ReadonlySet<Body['type']> = new Set(['message', 'introduction', 'sent', 'set', 'read', 'outcome'])

/** A message names the one before it that the device has not confirmed. */
const behindWhatWaits = (turn: Turn, contactId: ContactId, tag: number, body: Body): Body => {
  if (body.type !== 'message') return body
  const before = outboxOf(turn, contactId).findLast((entry) => entry.isMessage && entry.tag === tag)
  return { ...body, after: before && fromHex(before.contentId) }
}

/** What brings a device our list, while it has not answered a first message, may have failed before what is to be sent now. */
const introduceOurselves = (turn: Turn, { contactId, devices }: Contact, tag: number): void => {
  const isAnswered = devices.some(({ device, theirAddress }) => device.tag === tag && theirAddress !== undefined)
  if (isAnswered) return
  if (outboxOf(turn, contactId).some((entry) => entry.tag === tag && !entry.isMessage)) return
  enqueueFor(turn, contactId, tag, notice(turn, { type: 'hello' }))
}

/** What waits for one contact, in order. */
const outboxOf = (turn: Turn, contactId: ContactId): readonly OutboxEntry[] =>
  turn
    .all('outbox')
    .map(([, entry]) => entry)
    .filter((entry) => entry.contactId === contactId)
    .sort((a, b) => a.position - b.position)

/**
 * Encrypts afresh, under the same content ids, what waits for a device: its session is a new one, and the other side may
 * have lost the one in which it was encrypted.
 */
export const sealAgain = (turn: Turn, contactId: ContactId, tag: number): void => {
  for (const entry of outboxOf(turn, contactId)) {
    const key = outboxKey(entry.contentId, tag)
    if (entry.tag !== tag) continue
    if (entry.isAsk === true) turn.remove('outbox', key)
    else turn.put('outbox', key, resealed(turn, entry, tag))
  }
}

/** Moves what waits for a device that is no longer the contact's to one that is. */
export const sealForHeir = (turn: Turn, contactId: ContactId, formerTag: number, tag: number): void => {
  for (const entry of outboxOf(turn, contactId)) {
    if (entry.tag !== formerTag) continue
    turn.remove('outbox', outboxKey(entry.contentId, formerTag))
    if (entry.isAsk === true) continue
    turn.put('outbox', outboxKey(entry.contentId, tag), resealed(turn, entry, tag))
  }
}

const resealed = (turn: Turn, entry: OutboxEntry, tag: number): OutboxEntry => {
  const content = withOurAddress(turn, entry, tag)
  return { ...entry, tag, content, envelope: sealFor(turn, entry.contactId, tag, content, entry.isMessage), onRelayAtMs: undefined }
}

/** Who tells an address tells the one that is listened at now: what waited may name one that is closed since. */
const withOurAddress = (turn: Turn, { contactId, content }: OutboxEntry, tag: number): Uint8Array => {
  const decoded = decodeContent(content)
  const device = deviceOf(turn, contactId, tag)
  if (!decoded.ok || decoded.value.body.type !== 'address' || device === undefined) return content
  return encodeContent({ ...decoded.value, body: { type: 'address', address: device.ourAddress } })
}

/** Encrypts what could not be encrypted while there was no session. */
export const sealWaiting = (turn: Turn, contactId: ContactId, tag: number): void => {
  for (const entry of outboxOf(turn, contactId)) {
    if (entry.tag !== tag || entry.envelope !== undefined) continue
    turn.put('outbox', outboxKey(entry.contentId, tag), {
      ...entry,
      envelope: sealFor(turn, contactId, tag, entry.content, entry.isMessage),
    })
  }
}

interface Outgoing {
  readonly contentId: string
  readonly sentAtMs: number
  readonly body: Body
  readonly isMessage: boolean
}

/** What is said to a device and is not a message. */
export const notice = (turn: Turn, body: Body): Outgoing => ({
  contentId: toHex(turn.random(CONTENT_ID_LENGTH)),
  sentAtMs: turn.nowMs,
  body,
  isMessage: false,
})

/** Makes something durable that shall reach every device of a contact. */
export const enqueue = (turn: Turn, contact: Contact, content: Outgoing): void => {
  for (const { device } of contact.devices) enqueueFor(turn, contact.contactId, device.tag, content)
}

/** Makes something durable that our other devices are told, if there are any. */
export const tellOwnDevices = (turn: Turn, content: Omit<Outgoing, 'isMessage'>): void => {
  const contact = ownContact(turn)
  if (contact !== undefined) enqueue(turn, contact, { ...content, isMessage: false })
}

/** What became of messages, for our other devices. */
export const tellOutcome = (turn: Turn, contactId: ContactId, messageIds: readonly MessageId[], isDelivered: boolean): void => {
  for (const ids of inLots(messageIds))
    tellOwnDevices(turn, notice(turn, { type: 'outcome', contactId: fromHex(contactId), messageIds: ids, isDelivered }))
}

/** As many ids as one content can name. */
export const inLots = (ids: readonly MessageId[]): readonly Uint8Array[][] => {
  const lots: Uint8Array[][] = []
  for (let i = 0; i < ids.length; i += MAX_RECEIPT_IDS) lots.push(ids.slice(i, i + MAX_RECEIPT_IDS).map(fromHex))
  return lots
}

/** A new device is told of everybody in one turn: to look through the outbox for each would take minutes. */
const lastPositions = new WeakMap<Turn, number>()

/** Behind everything that waits. */
export const nextPosition = (turn: Turn): number => {
  const last = lastPositions.get(turn) ?? turn.all('outbox').reduce((highest, [, { position }]) => Math.max(highest, position), 0)
  lastPositions.set(turn, last + 1)
  return last + 1
}

/** Makes something durable that shall reach one device. */
export const enqueueFor = (turn: Turn, contactId: ContactId, tag: number, content: Outgoing): void => {
  const encoded = encodeContent({ contentId: fromHex(content.contentId), sentAtMs: content.sentAtMs, body: content.body })
  turn.put('outbox', outboxKey(content.contentId, tag), {
    contactId,
    tag,
    position: nextPosition(turn),
    contentId: content.contentId,
    isMessage: content.isMessage,
    content: encoded,
    envelope: sealFor(turn, contactId, tag, encoded, content.isMessage),
    createdAtMs: turn.nowMs,
    onRelayAtMs: undefined,
  })
  turn.touch(contactId)
}

/**
 * Encrypts once, in the current session, filled up to a whole frame. The session moves on with it, so the envelope must
 * be kept, or be one that may get lost.
 *
 * @returns undefined while no session can encrypt
 */
export const sealFor = (
  turn: Turn,
  contactId: ContactId,
  tag: number,
  content: Uint8Array,
  isMessage = false,
): SealedEnvelope | undefined => {
  const key = deviceKey(contactId, tag)
  const record = turn.get('sessions', key)
  if (record === undefined) return undefined
  const named = withLists(turn, contactId, content)
  const sealed =
    (isMessage ? undefined : sealIn(turn, record, named, wrapFirstContact(turn, contactId, tag, true))) ??
    sealIn(turn, record, named, wrapFirstContact(turn, contactId, tag, false))
  if (sealed === undefined) return undefined
  turn.put('sessions', key, sealed.record)
  return sealed.envelope
}

/** Whoever reads it learns which lists we know, ours and theirs: as they are when it leaves, not as when it was written. */
const withLists = (turn: Turn, contactId: ContactId, content: Uint8Array): Uint8Array => {
  const contact = turn.get('contacts', contactId)
  return contact === undefined ? content : nameLists(content, { ours: knownAs(selfOf(turn).deviceList), theirs: contact.deviceList })
}

/**
 * Encrypts in the current session of a record, filled up to a whole frame.
 *
 * @returns the record to keep beside the envelope; undefined where no session can encrypt, or where it is too long for this wrapping
 */
export const sealIn = (
  turn: Turn,
  record: SessionRecord,
  content: Uint8Array,
  wrap: Wrapping | undefined,
): { readonly record: SessionRecord; readonly envelope: SealedEnvelope } | undefined => {
  if (record.current === undefined) return undefined
  const added = overhead(record) + ENVELOPE_OVERHEAD
  const length = envelopeLengthFor(content.length + PADDING_OVERHEAD + added + (wrap?.overhead ?? 0))
  if (length === undefined && wrap !== undefined) return undefined
  if (length === undefined) throw new Error('sealIn: content longer than an envelope')
  const id = turn.random(ENVELOPE_ID_LENGTH)
  // What is wrapped is filled up by the wrapping.
  const plaintext = pad(content, wrap === undefined ? length - added : content.length + PADDING_OVERHEAD)
  const sealed = encrypt(record, { envelopeId: id, plaintext, nowMs: turn.nowMs, random: turn.random })
  if (!sealed.ok) return undefined
  const { message } = sealed
  const envelope = wrap?.seal(id, message, length - ENVELOPE_OVERHEAD) ?? {
    id: toHex(id),
    bytes: encodeEnvelope({ type: 'session', id, message }),
    firstContactAddress: undefined,
  }
  return { record: sealed.record, envelope }
}

/** What a conversation list shows of the last message. */
export const newestOf = ({ arrivedAtMs, direction, place, text }: Message): NonNullable<Contact['newest']> => ({
  place,
  text: text.slice(0, 200).toWellFormed(),
  atMs: arrivedAtMs,
  direction,
})
