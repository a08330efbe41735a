// How a contact goes, or what was said with it.

import { fromHex } from '../crypto/bytes.ts'
import type { ContactId, MessageId } from './api.ts'
import { refuseAccount } from './introductions.ts'
import { revoke } from './mail.ts'
import { endAllMeetings } from './meet.ts'
import { removeOffersOf } from './offers.ts'
import { setRegister } from './registers.ts'
import { forgetRoute } from './routes.ts'
import { forgetIndex } from './search.ts'
import { tellOutcome } from './send.ts'
import { deviceKey } from './state.ts'
import type { Pending, Turn } from './turn.ts'

/**
 * What was said with a contact, here; what has not been delivered is lost, and fails on our other devices, which keep theirs. The
 * contact stays, and what was received once is not shown again.
 */
export const clearConversation = (turn: Turn, contactId: ContactId): Pending | undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return undefined
  const lost = new Set<MessageId>()
  for (const [key, entry] of turn.all('outbox')) {
    if (entry.contactId !== contactId || !entry.isMessage) continue
    turn.remove('outbox', key)
    lost.add(entry.contentId)
  }
  turn.forgetConversation(contactId)
  forgetIndex(turn, contactId, contact.nextPlace)
  turn.put('contacts', contactId, { ...contact, unread: 0, readUpTo: contact.nextPlace - 1, draft: '', newest: undefined })
  turn.touch(contactId)
  turn.tell({ type: 'conversation-cleared', contactId })
  return {
    // What one of the contact's devices has confirmed is delivered, whatever became of it at the others.
    needs: [...lost].map((messageId) => ({ type: 'message', contactId, messageId })),
    resume: (found) => {
      const waiting = found.flatMap((each) => (each.type === 'message' && each.row?.state === 'waiting' ? [each.row.messageId] : []))
      tellOutcome(turn, contactId, waiting, false)
      return undefined
    },
  }
}

/** The contact, its messages, sessions and outbox, and our address for it. What the other side has stays there. */
export const removeContact = (turn: Turn, contactId: ContactId): undefined => {
  if (turn.get('contacts', contactId) === undefined) return
  forgetContact(turn, contactId)
  // Whoever introduced them, before or after a pairing, may not bring them back; pairing anew does.
  refuseAccount(turn, contactId)
  setRegister(turn, { type: 'contact', contactId: fromHex(contactId), is: undefined })
}

/** Here only: the other devices are not told. */
export const forgetContact = (turn: Turn, contactId: ContactId): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  endAllMeetings(turn, contactId)
  forgetRoute(turn, contactId)
  removeOffersOf(turn, contactId)
  for (const { device, ourListenKey } of contact.devices) {
    turn.remove('sessions', deviceKey(contactId, device.tag))
    turn.remove('seenStatements', deviceKey(contactId, device.tag))
    revoke(turn, ourListenKey)
  }
  for (const [key, entry] of turn.all('outbox')) if (entry.contactId === contactId) turn.remove('outbox', key)
  turn.remove('deviceLists', contactId)
  turn.remove('contacts', contactId)
  turn.forgetConversation(contactId)
  forgetIndex(turn, contactId, undefined)
  turn.touch(contactId)
}
