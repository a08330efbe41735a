// One conversation: who it is and how they are reached, what was said, and the field to say more.

import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { ContactView } from '../../messenger/api.ts'
import { IconButton } from '../components/button.tsx'
import { CardIcon, SearchIcon } from '../components/icons.tsx'
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
import { rememberPosition } from './reading-position.ts'

/** How many messages are fetched at a time. */
const PAGE = 50
/** Unread messages that are fetched at once when a conversation opens. */
const MOST_AT_ONCE = 200
const none: readonly string[] = []

interface ConversationProps {
  readonly contact: ContactView
  readonly view: OpenView
  /** The place that is to be shown; undefined: where reading goes on. */
  readonly at: number | undefined
}

export const Conversation = ({ at, contact, view }: ConversationProps) => {
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

  const isKnown = loaded !== undefined
  const jumpedTo = useRef<number>(undefined)
  useEffect(() => {
    if (at === undefined || (isKnown && jumpedTo.current === at)) return
    jumpedTo.current = at
    send({ type: 'load-messages-from', contactId, from: Math.max(1, at - PAGE / 2), count: PAGE, isJump: true })
  }, [send, contactId, at, isKnown])

  const [messagesAtFirst] = useState(loaded?.messages)
  const isLoaded = loaded !== undefined && (loaded.messages.length > 0 || loaded.reachedStart)
  const isAtEnd = isLoaded && loaded.reachedEnd
  const isAway = at !== undefined && !(isKnown && loaded.stretch > 0 && !isLoaded)
  const isJumping = at !== undefined && loaded?.messages === messagesAtFirst
  useEffect(() => {
    if (isAtEnd || isAway) return
    const count = Math.min(MOST_AT_ONCE, Math.max(PAGE, unreadAtFirst + 10))
    send({ type: 'load-messages', contactId, before: undefined, count })
  }, [send, contactId, isAtEnd, isAway, unreadAtFirst])

  const toNewest = (): void => {
    rememberPosition(contactId, undefined)
    navigate(pathTo({ screen: 'conversation', contactId }), { replace: true })
  }
  // What one says stands at the newest end.
  const saidAtMs = contact.newest?.direction === 'out' ? contact.newest.atMs : undefined
  const saidBeforeMs = useRef(saidAtMs)
  useEffect(() => {
    if (saidBeforeMs.current === saidAtMs) return
    saidBeforeMs.current = saidAtMs
    if (saidAtMs !== undefined && loaded?.reachedEnd === false) toNewest()
  })

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
          <IconButton label={conversation.search} onClick={() => navigate(pathTo({ screen: 'search', contactId }))}>
            <SearchIcon />
          </IconButton>
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
        {!isLoaded || isJumping ? (
          <div className={styles['filler']} />
        ) : loaded.messages.length === 0 ? (
          <FirstMinute contact={contact} displayName={view.settings.displayName} />
        ) : (
          <History
            key={loaded.stretch}
            contact={contact}
            loaded={loaded}
            unreadAtFirst={loaded.reachedEnd ? unreadAtFirst : 0}
            pageSize={PAGE}
            at={at}
            toNewest={toNewest}
          />
        )}
        {contact.mailboxFull && stopped === undefined && <output className={styles['quiet']}>{conversation.mailboxFull(name)}</output>}
        {stopped === 'replaced' ? (
          <p className={styles['quiet']}>{conversation.replaced(name)}</p>
        ) : (
          <Composer
            contact={contact}
            refused={loaded?.refused}
            unkept={loaded?.unkept ?? none}
            takesFocus={isFresh}
            leavesFocus={at !== undefined}
          />
        )}
      </div>
    </Pane>
  )
}
