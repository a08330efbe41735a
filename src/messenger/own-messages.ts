// Messages between the devices of one person (docs/protocols/devices.md): what was written on another one, what became of it, and
// what was read there. Messages are a set by their ids, each put where it arrives; what is read is a set as well, and grows.

import { fromHex, toHex } from '../crypto/bytes.ts'
import type { ContactId, MessageId } from './api.ts'
import type { Body, Content } from './content.ts'
import { ownContact, ownId } from './own-contact.ts'
import { isRemovedContact } from './own-sync.ts'
import { isUnderLaterList } from './registers.ts'
import { changeState, inLots, newestOf, notice, tellOwnDevices } from './send.ts'
import type { Contact, Found, Lookup, Message } from './state.ts'
import type { Pending, Turn } from './turn.ts'

/** Messages that were read elsewhere and have not come, of one conversation; the oldest are forgotten. */
const MAX_READ_ELSEWHERE = 2_000
/** Messages of which it was said what became of them and that have not come, of one conversation; the oldest are forgotten. */
const MAX_SETTLED_ELSEWHERE = 500

/** Of whom it is that something is said between own devices. */
export const subjectOf = (body: Body): ContactId | undefined =>
  body.type === 'sent' || body.type === 'read' || body.type === 'outcome' || body.type === 'history' ? toHex(body.contactId) : undefined

/** Whether it is about somebody, or under a list of ours, of which another content tells first. */
export const isAboutUnknown = (turn: Turn, { body }: Content): boolean => {
  if (body.type === 'set') return isUnderLaterList(turn, body)
  const contactId = subjectOf(body)
  return contactId !== undefined && turn.get('contacts', contactId) === undefined && !isRemovedContact(turn, contactId)
}

/** The row of our own devices is no contact: what was said of it, by whichever of them, would set them apart. */
export const isAboutOurselves = (turn: Turn, body: Body): boolean => {
  const named = body.type === 'set' && 'contactId' in body.setting ? toHex(body.setting.contactId) : subjectOf(body)
  return named === ownId(turn)
}

const messagesOf = (contactId: ContactId, ids: readonly Uint8Array[]): readonly Lookup[] =>
  ids.map((id) => ({ type: 'message', contactId, messageId: toHex(id) }))

const rowsOf = (found: readonly Found[]): readonly (Message | undefined)[] =>
  found.map((each) => (each.type === 'message' ? each.row : undefined))

/** The contact knows our messages' ids, and may have used one for something of its own before ours came here: ours takes its place. */
export const isOurs = (row: Message | undefined): boolean => row?.direction === 'out'

// ---- written on another device ----------------------------------------------------------------------------------

export const sentArrived = (turn: Turn, content: Content, body: Extract<Body, { type: 'sent' }>): Pending => {
  const [contactId, messageId] = [toHex(body.contactId), toHex(content.contentId)]
  return {
    needs: [{ type: 'message', contactId, messageId }],
    resume: (found) => {
      const contact = turn.get('contacts', contactId)
      if (contact === undefined || isOurs(rowsOf(found)[0])) return undefined
      const message: Message = settled(contact, {
        contactId,
        place: contact.nextPlace,
        messageId,
        direction: 'out',
        text: body.text,
        sentAtMs: Math.min(content.sentAtMs, turn.nowMs),
        arrivedAtMs: turn.nowMs,
        state: 'waiting',
      })
      turn.putMessage(message)
      turn.put('contacts', contactId, {
        ...contact,
        settledElsewhere: contact.settledElsewhere?.filter((each) => each.messageId !== messageId),
        nextPlace: message.place + 1,
        newest: newestOf(message),
      })
      turn.touch(contactId)
      turn.tell({ type: 'message-changed', message, isNew: true })
      return undefined
    },
  }
}

/** Delivered stays delivered; what has failed may still be. Of a message that has not come it is noted. */
export const outcomeArrived = (turn: Turn, { contactId: id, isDelivered, messageIds }: Extract<Body, { type: 'outcome' }>): Pending => {
  const contactId = toHex(id)
  return {
    needs: messagesOf(contactId, messageIds),
    resume: (found) => {
      const rows = rowsOf(found)
      for (const row of rows) {
        if (row?.direction !== 'out') continue
        if (isDelivered && row.state !== 'delivered') changeState(turn, row, 'delivered')
        if (!isDelivered && row.state === 'waiting') changeState(turn, row, 'failed')
      }
      const missing = messageIds.map(toHex).filter((_, i) => !isOurs(rows[i]))
      const contact = turn.get('contacts', contactId)
      if (contact !== undefined && missing.length > 0) turn.put('contacts', contactId, withSettled(contact, missing, isDelivered))
      return undefined
    },
  }
}

const withSettled = (contact: Contact, messageIds: readonly MessageId[], isDelivered: boolean): Contact => {
  const before = contact.settledElsewhere ?? []
  const others = before.filter(({ messageId }) => !messageIds.includes(messageId))
  const news = messageIds.map((messageId) => ({
    messageId,
    isDelivered: isDelivered || before.some((each) => each.messageId === messageId && each.isDelivered),
  }))
  return { ...contact, settledElsewhere: [...others, ...news].slice(-MAX_SETTLED_ELSEWHERE) }
}

/** A message of ours as it comes here, with what was said before of what became of it. */
export const settled = ({ settledElsewhere }: Contact, message: Message): Message => {
  const outcome = settledElsewhere?.find(({ messageId }) => messageId === message.messageId)
  if (outcome === undefined || message.direction === 'in' || message.state === 'delivered') return message
  return { ...message, state: outcome.isDelivered ? 'delivered' : 'failed' }
}

// ---- read on another device -------------------------------------------------------------------------------------

export const tellRead = (turn: Turn, contactId: ContactId, messageIds: readonly MessageId[]): void => {
  for (const ids of inLots(messageIds)) tellOwnDevices(turn, notice(turn, { type: 'read', contactId: fromHex(contactId), messageIds: ids }))
}

/** The person has read up to a place here. */
export const markRead = (turn: Turn, contactId: ContactId, upTo: number): Pending | undefined => {
  const contact = turn.get('contacts', contactId)
  const newest = (contact?.nextPlace ?? 0) - 1
  if (contact === undefined || upTo < contact.readUpTo || (contact.unread === 0 && contact.readUpTo === newest)) return undefined
  const end = Math.min(upTo, newest)
  const read = (unread: number): void => {
    turn.put('contacts', contactId, readTo(turn.get('contacts', contactId) ?? contact, end, unread))
    turn.touch(contactId)
  }
  if (ownContact(turn) === undefined) {
    read(upTo >= newest ? 0 : contact.unread)
    return undefined
  }
  const from = (contact.readToldUpTo ?? contact.readUpTo) + 1
  return {
    needs: [{ type: 'messages-from', contactId, from, count: Math.max(1, end - from + 1) }],
    resume: ([found]) => {
      const rows = found?.type === 'messages-from' ? found.rows : []
      const seen = rows.filter(({ direction, place }) => direction === 'in' && place <= end)
      const fresh = seen.filter(({ place }) => place > contact.readUpTo && contact.readAhead?.includes(place) !== true)
      read(upTo >= newest ? 0 : Math.max(0, contact.unread - fresh.length))
      tellRead(
        turn,
        contactId,
        seen.map(({ messageId }) => messageId),
      )
      return undefined
    },
  }
}

const readTo = (contact: Contact, readUpTo: number, unread: number): Contact => ({
  ...contact,
  readUpTo,
  unread,
  readToldUpTo: readUpTo,
  readAhead: contact.readAhead?.filter((place) => place > readUpTo),
})

/** A message that comes: whether it is read, on the screen here or before on another device, and what of that is noted. */
export const readAsItCame = (turn: Turn, contact: Contact, messageId: MessageId, place: number, isOnScreen: boolean): Contact => {
  const isReadElsewhere = contact.readElsewhere?.includes(messageId) === true
  const readElsewhere = isReadElsewhere ? contact.readElsewhere.filter((id) => id !== messageId) : contact.readElsewhere
  if (isReadElsewhere) {
    const isLast = contact.unread === 0
    return { ...contact, readElsewhere, ...(isLast ? { readUpTo: place } : { readAhead: [...(contact.readAhead ?? []), place] }) }
  }
  if (!isOnScreen) return { ...contact, unread: contact.unread + 1 }
  tellRead(turn, contact.contactId, [messageId])
  const readToldUpTo = contact.unread === 0 ? place : (contact.readToldUpTo ?? contact.readUpTo)
  return ownContact(turn) === undefined ? { ...contact, readUpTo: place } : { ...contact, readUpTo: place, readToldUpTo }
}

export const readArrived = (turn: Turn, body: Extract<Body, { type: 'read' }>): Pending => {
  const contactId = toHex(body.contactId)
  return {
    needs: messagesOf(contactId, body.messageIds),
    resume: (found) => {
      const contact = turn.get('contacts', contactId)
      if (contact === undefined) return undefined
      const rows = rowsOf(found)
      const missing = body.messageIds.map(toHex).filter((id, i) => rows[i] === undefined && contact.readElsewhere?.includes(id) !== true)
      const places = rows.flatMap((row) => (row?.direction === 'in' ? [row.place] : []))
      const fresh = places.filter((place) => place > contact.readUpTo && contact.readAhead?.includes(place) !== true)
      const unread = Math.max(0, contact.unread - fresh.length)
      const readElsewhere = [...(contact.readElsewhere ?? []), ...missing].slice(-MAX_READ_ELSEWHERE)
      const isAll = unread === 0 && contact.unread > 0
      turn.put('contacts', contactId, {
        ...contact,
        unread,
        readElsewhere,
        readUpTo: isAll ? contact.nextPlace - 1 : contact.readUpTo,
        readAhead: isAll ? [] : [...(contact.readAhead ?? []), ...fresh],
      })
      turn.touch(contactId)
      return undefined
    },
  }
}
