// Where the reader was in each conversation, as long as this window lives. Not stored: after a reload the newest end is
// the better place.

import type { ContactId, MessageId } from '../../messenger/api.ts'

interface ReadingPosition {
  /** The message at the top edge. */
  readonly messageId: MessageId
  readonly pixelsAbove: number
}

const positionByContact = new Map<ContactId, ReadingPosition>()

export const positionOf = (contactId: ContactId): ReadingPosition | undefined => positionByContact.get(contactId)

/** `undefined`: at the newest message. */
export const rememberPosition = (contactId: ContactId, position: ReadingPosition | undefined): void => {
  if (position) positionByContact.set(contactId, position)
  else positionByContact.delete(contactId)
}
