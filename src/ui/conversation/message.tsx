// One message as a row of the history. Its place, its author and its state are also there for ears.

import { memo, type RefObject, useId, useState } from 'react'
import type { MessageView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Hidden } from '../components/hidden.tsx'
import { StateIcon } from '../components/icons.tsx'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { dateAndTime, dayName, timeOfDay } from '../time.ts'
import { splitLinks } from './links.ts'
import styles from './message.module.css'
import type { MessageRow } from './rows.ts'

const Text = memo(({ text }: { readonly text: string }) =>
  splitLinks(text).map((stretch, index) =>
    stretch.type === 'text' ? (
      // Stretches never move: the place is as good a key as there is.
      <span key={`${index}`}>{stretch.text}</span>
    ) : (
      <a key={`${index}`} href={stretch.href} target="_blank" rel="noopener noreferrer">
        {stretch.text}
      </a>
    ),
  ),
)

interface StateProps {
  readonly message: MessageView
  readonly canResend: boolean
}

const State = ({ message, canResend }: StateProps) => {
  const { locale, sentences } = useLanguage()
  const { conversation } = sentences
  const { send } = useParley()
  const [isExplained, setExplained] = useState(false)
  const explanationId = useId()
  const { contactId, messageId, sentAtMs, state } = message
  return (
    <>
      <button
        type="button"
        className={styles['state']}
        aria-expanded={isExplained}
        aria-controls={isExplained ? explanationId : undefined}
        onClick={() => setExplained(!isExplained)}
      >
        <time dateTime={new Date(sentAtMs).toISOString()}>{timeOfDay(locale, sentAtMs)}</time>
        {state === 'received' ? null : state === 'failed' ? (
          <span className={styles['word']}>
            <StateIcon state={state} /> {conversation.states[state]}
          </span>
        ) : (
          <>
            <StateIcon state={state} />
            <Hidden> {conversation.states[state]}</Hidden>
          </>
        )}
      </button>
      {isExplained && (
        <p id={explanationId} className={styles['explanation']}>
          {state !== 'received' && <strong>{conversation.states[state]}. </strong>}
          {conversation.stateMeanings[state]} {conversation.sentAt(dateAndTime(locale, sentAtMs))}
        </p>
      )}
      {state === 'failed' && canResend && (
        <Button onClick={() => send({ type: 'resend-message', contactId, messageId })} className={styles['resend'] ?? ''}>
          {conversation.resend}
        </Button>
      )}
    </>
  )
}

interface MessageProps {
  readonly row: MessageRow
  readonly author: string
  /** Whether anything can be sent in this conversation. */
  readonly canResend: boolean
  readonly nowMs: number
  /** For the one that was sought: it is marked and can have the focus. */
  readonly soughtRef: RefObject<HTMLDivElement | null> | undefined
}

export const Message = memo(({ row, author, canResend, nowMs, soughtRef }: MessageProps) => {
  const { locale, sentences } = useLanguage()
  const { common, conversation } = sentences
  const { message, startsDay, startsGroup, endsGroup, startsUnread, renewed, moved } = row
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- its parent is the virtual list's own div
      role="listitem"
      id={`message-${message.messageId}`}
      ref={soughtRef}
      tabIndex={soughtRef && -1}
      data-sought={soughtRef !== undefined}
      className={styles['row']}
      data-direction={message.direction}
      data-starts-group={startsGroup}
    >
      {startsDay && (
        <p className={styles['day']}>
          <time dateTime={new Date(message.arrivedAtMs).toISOString().slice(0, 10)}>{dayName(locale, message.arrivedAtMs, nowMs)}</time>
        </p>
      )}
      {moved === 'before' && <p className={styles['renewed']}>{conversation.moved(author)}</p>}
      {renewed === 'before' && <p className={styles['renewed']}>{conversation.renewed(author)}</p>}
      {startsUnread && <p className={styles['unread']}>{conversation.newMessages}</p>}
      <div className={styles['bubble']} data-state={message.state} data-ends-group={endsGroup}>
        {startsGroup && <Hidden>{message.direction === 'out' ? common.you : author}: </Hidden>}
        <p className={styles['text']} dir="auto" data-text>
          <Text text={message.text} />
        </p>
        <State message={message} canResend={canResend} />
      </div>
      {moved === 'after' && <p className={styles['renewed']}>{conversation.moved(author)}</p>}
      {renewed === 'after' && <p className={styles['renewed']}>{conversation.renewed(author)}</p>}
    </div>
  )
})
