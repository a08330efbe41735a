// Searching what was said, with one person or with all: results come while one types, newest first, and each leads to its
// place in the conversation.

import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { type ContactView, MAX_QUERY_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { Pane } from '../components/pane.tsx'
import { useNow } from '../components/use-now.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import type { OpenView } from '../view.ts'
import { Result } from './result.tsx'
import styles from './search.module.css'

/** Results of one page. */
const PAGE = 30
/** While messages are still being looked through, the same is asked again after so long, milliseconds. */
const AGAIN_AFTER_MS = 1_000

/** @param contact whose conversation is searched; undefined: all are */
export const Search = ({ contact, view }: { readonly contact: ContactView | undefined; readonly view: OpenView }) => {
  const { common, search } = useSentences()
  const { send } = useParley()
  const [, navigate] = useLocation()
  const nowMs = useNow(60_000)
  const contactId = contact?.contactId
  const found = view.found?.contactId === contactId ? view.found : undefined
  const [query, setQuery] = useState(found?.query ?? '')
  const form = useRef<HTMLFormElement>(null)

  useEffect(() => form.current?.querySelector('input')?.focus({ preventScroll: true }), [])

  useEffect(() => {
    send({ type: 'search-messages', contactId, query, after: undefined, count: PAGE })
  }, [send, contactId, query])

  const isBehind = found !== undefined && found.behind > 0
  useEffect(() => {
    if (!isBehind) return
    const asking = setInterval(() => send({ type: 'search-messages', contactId, query, after: undefined, count: PAGE }), AGAIN_AFTER_MS)
    return () => clearInterval(asking)
  }, [send, contactId, query, isBehind])

  const isAnswered = found?.query === query && query.trim() !== ''
  const shown = query.trim() === '' ? [] : (found?.messages ?? [])
  const { next } = found ?? {}
  return (
    <Pane
      title={contact ? search.titleIn(contact.name || common.unnamed) : search.title}
      backTo={contact ? `#${pathTo({ screen: 'conversation', contactId: contact.contactId })}` : '#/'}
      keepsBack={contact !== undefined}
      layout="fill"
    >
      <search>
        <form ref={form} className={styles['form']} onSubmit={(event) => event.preventDefault()}>
          <Field
            type="search"
            enterKeyHint="search"
            autoComplete="off"
            maxLength={MAX_QUERY_LENGTH}
            dir="auto"
            label={contact ? search.labelIn : search.label}
            hint={search.hint}
            value={query}
            onChange={setQuery}
          />
          <output className={styles['count']}>
            {isAnswered && (found.total === 0 ? search.nothing : search.found(found.total))}
            {isAnswered && isBehind && <span className={styles['behind']}>{search.behind(found.behind)}</span>}
          </output>
        </form>
      </search>
      <div className={styles['scroll']}>
        {contact && query === '' && (
          <Button weight="quiet" onClick={() => navigate(pathTo({ screen: 'conversation', contactId: contact.contactId, at: 1 }))}>
            {search.toFirst}
          </Button>
        )}
        {shown.length > 0 && (
          <ul aria-label={search.results} className={styles['results']}>
            {shown.map((message) => (
              <li key={`${message.contactId}/${message.messageId}`}>
                <Result
                  message={message}
                  name={view.contacts.find((one) => one.contactId === message.contactId)?.name ?? ''}
                  isAlone={contact !== undefined}
                  nowMs={nowMs}
                />
              </li>
            ))}
          </ul>
        )}
        {isAnswered && next && (
          <Button onClick={() => send({ type: 'search-messages', contactId, query, after: next, count: PAGE })}>{search.more}</Button>
        )}
      </div>
    </Pane>
  )
}
