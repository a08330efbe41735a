// Says how far a conversation was read: what has been on a visible page.

import { useCallback, useEffect, useRef } from 'react'
import type { ContactView } from '../../messenger/api.ts'
import { useParley } from '../parley.ts'

/** @returns to be called with the place of the last message that can be seen */
export const useMarkRead = ({ contactId, unread }: ContactView): ((place: number) => void) => {
  const { send } = useParley()
  const marked = useRef(-1)
  const hasUnread = useRef(unread > 0)
  const seen = useRef(-1)
  const mark = useCallback(
    (place: number) => {
      seen.current = place
      if (document.visibilityState !== 'visible' || !hasUnread.current || place <= marked.current) return
      marked.current = place
      send({ type: 'mark-read', contactId, upTo: place })
    },
    [send, contactId],
  )
  // The count may be told after the message itself.
  useEffect(() => {
    hasUnread.current = unread > 0
    if (seen.current >= 0) mark(seen.current)
  }, [unread, mark])
  return mark
}
