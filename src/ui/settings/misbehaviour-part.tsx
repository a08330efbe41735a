// What the relay was seen doing that it must not do, newest first.

import { useRef, useState } from 'react'
import type { ContactView, MisbehaviourView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { dateAndTime } from '../time.ts'
import styles from './misbehaviour-part.module.css'
import { Part } from './part.tsx'
import settingsStyles from './settings.module.css'

/** More are shown when they are asked for. */
const MOST_AT_FIRST = 10

interface MisbehaviourPartProps {
  readonly misbehaviour: readonly MisbehaviourView[]
  readonly contacts: readonly ContactView[]
}

export const MisbehaviourPart = ({ misbehaviour: seen, contacts }: MisbehaviourPartProps) => {
  const { locale, sentences } = useLanguage()
  const { common, misbehaviour } = sentences
  const { send } = useParley()
  const [showsAll, setShowsAll] = useState(false)
  const first = useRef<HTMLParagraphElement>(null)
  const aboutWhom = (contactId: string | undefined): string | undefined => {
    const contact = contacts.find((known) => known.contactId === contactId)
    return contact && misbehaviour.about(contact.name || common.unnamed)
  }
  const clear = (): void => {
    send({ type: 'clear-misbehaviour' })
    // The button goes; who used it stays here.
    first.current?.focus()
  }
  return (
    <Part title={misbehaviour.title}>
      <p ref={first} tabIndex={-1}>
        {seen.length === 0 ? misbehaviour.nothing : misbehaviour.meaning}
      </p>
      {seen.length > 0 && (
        <ul className={styles['list']}>
          {seen.slice(0, showsAll ? seen.length : MOST_AT_FIRST).map(({ atMs, contactId, count, id, what }) => (
            <li key={id} className={styles['entry']}>
              <p>{misbehaviour.kinds[what]}</p>
              <p className={styles['facts']}>
                <time dateTime={new Date(atMs).toISOString()}>{dateAndTime(locale, atMs)}</time>
                {count > 1 && <span>{misbehaviour.times(count)}</span>}
                {contactId !== undefined && <bdi>{aboutWhom(contactId)}</bdi>}
              </p>
            </li>
          ))}
        </ul>
      )}
      {seen.length > 0 && (
        <div className={settingsStyles['actions']}>
          {seen.length > MOST_AT_FIRST && !showsAll && (
            <Button onClick={() => setShowsAll(true)}>{misbehaviour.showAll(seen.length)}</Button>
          )}
          <Button onClick={clear}>{misbehaviour.clear}</Button>
        </div>
      )}
    </Part>
  )
}
