// One conversation in the list: who, what was said last, when, how many unread, and whether there is a way to them.

import { memo } from 'react'
import type { ContactView } from '../../messenger/api.ts'
import { Hidden } from '../components/hidden.tsx'
import { Initial } from '../components/initial.tsx'
import { LineMark } from '../components/line.tsx'
import { useLanguage } from '../language.ts'
import { pathTo } from '../route.ts'
import { briefMoment } from '../time.ts'
import styles from './contact-row.module.css'

interface ContactRowProps {
  readonly contact: ContactView
  readonly isOpen: boolean
  readonly nowMs: number
}

export const ContactRow = memo(({ contact, isOpen, nowMs }: ContactRowProps) => {
  const { locale, sentences } = useLanguage()
  const { common, conversation, home } = sentences
  const { contactId, draft, line, name, newest, pairedAtMs, stopped, unread } = contact
  return (
    // oxlint-disable-next-line jsx-a11y/control-has-associated-label -- its text is further inside than the rule looks
    <a className={styles['row']} href={`#${pathTo({ screen: 'conversation', contactId })}`} aria-current={isOpen ? 'page' : undefined}>
      <Initial name={name}>
        <span className={styles['line']}>
          <LineMark line={line} />
        </span>
      </Initial>
      <span className={styles['text']}>
        <span className={styles['first']}>
          <span className={styles['name']}>
            <bdi>{name || common.unnamed}</bdi>
          </span>
          <Hidden>, </Hidden>
          <span className={styles['time']}>{briefMoment(locale, newest?.atMs ?? pairedAtMs, nowMs)}</span>
        </span>
        <Hidden>, </Hidden>
        <span className={styles['second']}>
          <span className={styles['newest']}>
            {stopped === 'identity-changed' ? (
              <span className={styles['alarm']}>{home.identityChanged}</span>
            ) : draft !== '' && !isOpen ? (
              <>
                <span className={styles['alarm']}>{home.draft}</span> <bdi>{draft}</bdi>
              </>
            ) : newest ? (
              <>
                {newest.direction === 'out' && `${home.youWrote} `}
                <bdi>{newest.text}</bdi>
              </>
            ) : (
              home.noMessagesYet
            )}
          </span>
          {unread > 0 && (
            <>
              <span className={styles['unread']} aria-hidden="true">
                {home.unreadShort(unread)}
              </span>
              <Hidden>, {home.unread(unread)}</Hidden>
            </>
          )}
          <Hidden>, {conversation.lines[line]}</Hidden>
        </span>
      </span>
    </a>
  )
})
