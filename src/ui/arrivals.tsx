// Says aloud what has just arrived, and nothing else: the history itself stays silent. Also keeps the count of unread
// messages in the title of the window, without names.

import { useEffect, useState } from 'react'
import type { ContactView, MessageView } from '../messenger/api.ts'
import { Hidden } from './components/hidden.tsx'
import { useSentences } from './language.ts'

interface ArrivalsProps {
  readonly arrived: MessageView | undefined
  readonly contacts: readonly ContactView[]
  /** Hundreds may come then: the progress is told instead. */
  readonly isCatchingUp: boolean
}

export const Arrivals = ({ arrived, contacts, isCatchingUp }: ArrivalsProps) => {
  const { common, conversation } = useSentences()
  // What arrived before this region stood on the page, or while very much did, is not read out.
  const [before, setBefore] = useState(arrived)
  if (isCatchingUp && before !== arrived) setBefore(arrived)
  const unread = contacts.reduce((sum, contact) => sum + contact.unread, 0)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${common.parley}` : common.parley
  }, [unread, common.parley])
  const sender = contacts.find(({ contactId }) => contactId === arrived?.contactId)
  return (
    <Hidden>
      <span aria-live="polite" dir="auto">
        {arrived && arrived !== before ? conversation.arrived(sender?.name || common.unnamed, arrived.text) : ''}
      </span>
    </Hidden>
  )
}
