// From a typed text to an outbox entry. What is in the outbox leaves by the routes (routes.ts) as often as it takes; only
// an end-to-end receipt (receive.ts) or 30 days end that.

import { fromHex, toHex } from '../crypto/bytes.ts'
import { encrypt, overhead } from '../protocol/session/session.ts'
import { utf8Length } from '../wire/codec.ts'
import { ENVELOPE_ID_LENGTH, ENVELOPE_OVERHEAD, encodeEnvelope } from '../wire/envelope.ts'
import { envelopeLengthFor, PADDING_OVERHEAD, pad } from '../wire/padding.ts'
import { type ContactId, MAX_TEXT_LENGTH, type MessageId } from './api.ts'
import { type Body, CONTENT_ID_LENGTH, encodeContent } from './content.ts'
import { type Contact, deviceKey, type Found, type Message, type OutboxEntry } from './state.ts'
import type { Pending, Turn } from './turn.ts'

/** How long an envelope is offered again and again, milliseconds; then its message has failed. */
export const OUTBOX_LIFE_MS = 30 * 86_400_000

export const sendMessage = (turn: Turn, contactId: ContactId, text: string): undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const wellFormed = text.toWellFormed()
  const excessBytes = Math.max(0, utf8Length(wellFormed) - MAX_TEXT_LENGTH)
  if (wellFormed.trim() === '' || excessBytes > 0) {
    turn.tell({ type: 'message-refused', contactId, reason: excessBytes > 0 ? 'too-long' : 'empty', excessBytes })
    return
  }
  const place = contact.nextPlace
  const message: Message = {
    contactId,
    place,
    messageId: toHex(turn.random(CONTENT_ID_LENGTH)),
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
    newest: { place, text: excerpt(wellFormed), atMs: turn.nowMs, direction: 'out' },
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

/** Marks as failed what nobody answered for 30 days. */
export const giveUpOld = (turn: Turn): Pending | undefined => {
  const old = turn.all('outbox').filter(([, entry]) => entry.createdAtMs + OUTBOX_LIFE_MS <= turn.nowMs)
  if (old.length === 0) return undefined
  for (const [key, { contactId }] of old) {
    turn.remove('outbox', key)
    turn.touch(contactId)
  }
  const messages = old.filter(([, entry]) => entry.isMessage)
  return {
    needs: messages.map(([, { contactId, contentId }]) => ({ type: 'message', contactId, messageId: contentId })),
    resume: (found) => {
      for (const each of found) if (each.type === 'message' && each.row !== undefined) changeState(turn, each.row, 'failed')
      return undefined
    },
  }
}

export const changeState = (turn: Turn, row: Message, state: Message['state']): void => {
  const message: Message = { ...row, state }
  turn.putMessage(message)
  turn.tell({ type: 'message-changed', message, isNew: false })
}

const enqueueMessage = (turn: Turn, contact: Contact, { messageId, sentAtMs, text }: Message): void => {
  const before = outboxOf(turn, contact.contactId).findLast(({ isMessage }) => isMessage)
  const body: Body = { type: 'message', after: before && fromHex(before.contentId), text }
  enqueue(turn, contact, { contentId: messageId, sentAtMs, body, isMessage: true })
}

/** What waits for one contact, in order. */
const outboxOf = (turn: Turn, contactId: ContactId): readonly OutboxEntry[] =>
  turn
    .all('outbox')
    .map(([, entry]) => entry)
    .filter((entry) => entry.contactId === contactId)
    .sort((a, b) => a.position - b.position)

/**
 * Encrypts afresh, under the same content ids, what waits for a contact: two people who knew each other paired anew, and
 * the other side may have lost the session in which it was encrypted.
 */
export const sealAgain = (turn: Turn, { contactId, devices }: Contact): void => {
  const tag = devices[0]?.device.tag
  if (tag === undefined) return
  for (const entry of outboxOf(turn, contactId)) {
    turn.put('outbox', entry.contentId, { ...entry, tag, envelope: sealFor(turn, contactId, tag, entry.content) })
  }
}

/** Makes something durable that shall reach every device of a contact (there is one for now). */
export const enqueue = (
  turn: Turn,
  contact: Contact,
  content: { readonly contentId: string; readonly sentAtMs: number; readonly body: Body; readonly isMessage: boolean },
): void => {
  const device = contact.devices[0]
  if (device === undefined) throw new Error('enqueue: a contact without devices')
  const { tag } = device.device
  const encoded = encodeContent({ contentId: fromHex(content.contentId), sentAtMs: content.sentAtMs, body: content.body })
  const entry: OutboxEntry = {
    contactId: contact.contactId,
    tag,
    position: turn.all('outbox').reduce((highest, [, { position }]) => Math.max(highest, position), 0) + 1,
    contentId: content.contentId,
    isMessage: content.isMessage,
    content: encoded,
    envelope: sealFor(turn, contact.contactId, tag, encoded),
    createdAtMs: turn.nowMs,
  }
  turn.put('outbox', entry.contentId, entry)
  turn.touch(contact.contactId)
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
): { readonly id: string; readonly bytes: Uint8Array } | undefined => {
  const key = deviceKey(contactId, tag)
  const record = turn.get('sessions', key)
  if (record === undefined) return undefined
  const added = overhead(record) + ENVELOPE_OVERHEAD
  const length = envelopeLengthFor(content.length + PADDING_OVERHEAD + added)
  if (length === undefined) throw new Error('sealFor: content longer than an envelope')
  const id = turn.random(ENVELOPE_ID_LENGTH)
  const sealed = encrypt(record, { envelopeId: id, plaintext: pad(content, length - added), nowMs: turn.nowMs, random: turn.random })
  if (!sealed.ok) return undefined
  turn.put('sessions', key, sealed.record)
  return { id: toHex(id), bytes: encodeEnvelope({ type: 'session', id, message: sealed.message }) }
}

/** What a conversation list shows of a message. */
export const excerpt = (text: string): string => text.slice(0, 200).toWellFormed()
