// Very many events at once, as a worker tells them after a long absence.

import type { ContactView, Event, MessageView } from '../../../src/messenger/api.ts'

/** `count` messages that came in while the device was away, from all of `contacts` in turn, each told as the worker tells it. */
const fetched = (contacts: readonly ContactView[], count: number): readonly Event[] => {
  const now = Date.now()
  const unread = new Map<string, number>()
  return Array.from({ length: count }, (_, index): readonly Event[] => {
    const contact = contacts[index % contacts.length]
    if (!contact) return []
    const { contactId } = contact
    const message: MessageView = {
      contactId,
      messageId: `b${index.toString(16).padStart(31, '0')}`,
      place: 10_000 + index,
      direction: 'in',
      text: `Fetched ${index + 1}. ${'More words. '.repeat(index % 9)}`,
      sentAtMs: now - (count - index) * 60_000,
      arrivedAtMs: now,
      state: 'received',
    }
    const before = unread.get(contactId) ?? contact.unread
    unread.set(contactId, before + 1)
    const newest = { text: message.text, atMs: now + index, direction: 'in' } as const
    return [
      { type: 'message-changed', message, isNew: true },
      { type: 'contact-changed', contact: { ...contact, unread: before + 1, newest } },
      { type: 'catching-up-changed', progress: { done: index + 1, total: count } },
    ]
  }).flat()
}

/** `count` of our own messages that change their state. */
const delivered = (messages: readonly MessageView[], count: number): readonly Event[] =>
  Array.from({ length: count }, (_, index): readonly Event[] => {
    const message = messages[index % messages.length]
    if (!message) return []
    const { contactId, messageId } = message
    return [{ type: 'message-state-changed', contactId, messageId, state: index % 2 ? 'on-relay' : 'waiting' }]
  }).flat()

export const bursts = { fetched, delivered }
