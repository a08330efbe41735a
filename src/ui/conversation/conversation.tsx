// One conversation: who it is and how they are reached, what was said, and the field to say more.

import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { ContactView } from '../../messenger/api.ts'
import { IconButton } from '../components/button.tsx'
import { CardIcon } from '../components/icons.tsx'
import { IdentityAlert } from '../components/identity-alert.tsx'
import { LineMark } from '../components/line.tsx'
import { Pane } from '../components/pane.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import type { OpenView } from '../view.ts'
import { Composer } from './composer.tsx'
import styles from './conversation.module.css'
import { FirstMinute } from './first-minute.tsx'
import { History } from './history.tsx'
import { Notes } from './notes.tsx'

/** How many messages are fetched at a time. */
const PAGE = 50
/** Unread messages that are fetched at once when a conversation opens. */
const MOST_AT_ONCE = 200
const none: readonly string[] = []

export const Conversation = ({ contact, view }: { readonly contact: ContactView; readonly view: OpenView }) => {
  const { common, conversation, details } = useSentences()
  const [, navigate] = useLocation()
  const { send } = useParley()
  const { contactId, line, origin, stopped, unread } = contact
  const name = contact.name || common.unnamed
  const loaded = view.conversations.get(contactId)
  const [isFresh] = useState(() => view.pairing?.phase === 'ready' && view.pairing.contactId === contactId)
  const [unreadAtFirst] = useState(unread)

  useEffect(() => {
    send({ type: 'open-conversation', contactId })
    return () => send({ type: 'open-conversation', contactId: undefined })
  }, [send, contactId])

  const isLoaded = loaded !== undefined && (loaded.messages.length > 0 || loaded.reachedStart)
  useEffect(() => {
    if (isLoaded) return
    const count = Math.min(MOST_AT_ONCE, Math.max(PAGE, unreadAtFirst + 10))
    send({ type: 'load-messages', contactId, before: undefined, count })
  }, [send, contactId, isLoaded, unreadAtFirst])

  return (
    <Pane
      title={name}
      subtitle={origin.how === 'introduced' ? details.introducedBy(origin.byName || common.unnamed) : undefined}
      backTo="#/"
      layout="fill"
      beside={
        <>
          <output aria-label={conversation.connection} className={styles['line']}>
            <LineMark line={line} />
            {conversation.lines[line]}
          </output>
          <IconButton label={conversation.details} onClick={() => navigate(pathTo({ screen: 'contact-details', contactId }))}>
            <CardIcon />
          </IconButton>
        </>
      }
    >
      <div className={styles['body']}>
        {stopped === 'identity-changed' ? (
          <div className={styles['alert']}>
            <IdentityAlert contact={contact} />
          </div>
        ) : (
          <Notes contactId={contactId} view={view} />
        )}
        {!isLoaded ? (
          <div className={styles['filler']} />
        ) : loaded.messages.length === 0 ? (
          <FirstMinute contact={contact} displayName={view.settings.displayName} />
        ) : (
          <History contact={contact} loaded={loaded} unreadAtFirst={unreadAtFirst} pageSize={PAGE} />
        )}
        {contact.mailboxFull && stopped === undefined && <output className={styles['quiet']}>{conversation.mailboxFull(name)}</output>}
        {stopped === 'replaced' ? (
          <p className={styles['quiet']}>{conversation.replaced(name)}</p>
        ) : (
          <Composer contact={contact} refused={loaded?.refused} unkept={loaded?.unkept ?? none} takesFocus={isFresh} />
        )}
      </div>
    </Pane>
  )
}
