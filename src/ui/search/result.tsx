// One message that was found: who wrote it and when, and its words around those that were sought.

import type { FoundMessage } from '../../messenger/api.ts'
import { Hidden } from '../components/hidden.tsx'
import { useLanguage } from '../language.ts'
import { pathTo } from '../route.ts'
import { briefMoment } from '../time.ts'
import styles from './search.module.css'

interface ResultProps {
  readonly message: FoundMessage
  /** Of the contact. */
  readonly name: string
  /** Whether only this contact's conversation is searched. */
  readonly isAlone: boolean
  readonly nowMs: number
}

export const Result = ({ isAlone, message, name, nowMs }: ResultProps) => {
  const { locale, sentences } = useLanguage()
  const { common, home } = sentences
  const { contactId, direction, place, sentAtMs, snippet } = message
  const isOurs = direction === 'out'
  return (
    // oxlint-disable-next-line jsx-a11y/control-has-associated-label -- its text is further inside than the rule looks
    <a className={styles['result']} href={`#${pathTo({ screen: 'conversation', contactId, at: place })}`}>
      <span className={styles['first']}>
        <span className={styles['name']}>{isAlone && isOurs ? common.you : <bdi>{name || common.unnamed}</bdi>}</span>
        <Hidden>, </Hidden>
        <span className={styles['time']}>{briefMoment(locale, sentAtMs, nowMs)}</span>
      </span>
      <Hidden>, </Hidden>
      <span className={styles['snippet']} dir="auto">
        {!isAlone && isOurs && `${home.youWrote} `}
        {snippet.map(({ isFound, text }, index) =>
          // Pieces never move: the place is as good a key as there is.
          isFound ? <mark key={`${index}`}>{text}</mark> : <span key={`${index}`}>{text}</span>,
        )}
      </span>
    </a>
  )
}
