// The first screen, and on wide windows the column beside every other: the two ways to pair, and the conversations.

import { useCallback, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { Button, IconButton } from '../components/button.tsx'
import { CodeIcon, KeypadIcon, LockIcon, SearchIcon, SettingsIcon } from '../components/icons.tsx'
import { Mark } from '../components/mark.tsx'
import { useNow } from '../components/use-now.ts'
import { Welcome } from '../components/welcome.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo, type Route } from '../route.ts'
import type { OpenView } from '../view.ts'
import { CatchingUp } from './catching-up.tsx'
import { ContactRow } from './contact-row.tsx'
import styles from './home.module.css'
import { Introductions } from './introductions.tsx'

export const Home = ({ view, route }: { readonly view: OpenView; readonly route: Route }) => {
  const { common, home, lock } = useSentences()
  const { send } = useParley()
  const [, navigate] = useLocation()
  const nowMs = useNow(60_000)
  const heading = useRef<HTMLHeadingElement>(null)
  const isHome = route.screen === 'home'
  const toHeading = useCallback(() => heading.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    if (isHome) toHeading()
  }, [isHome, toHeading])
  const openContactId = 'contactId' in route ? route.contactId : undefined
  return (
    <section className={styles['home']}>
      <header className={styles['header']}>
        <Mark />
        <h1 ref={heading} tabIndex={-1} className={styles['name']}>
          {common.parley}
        </h1>
        {view.contacts.length > 0 && (
          <a
            className={styles['search']}
            href={`#${pathTo({ screen: 'search', contactId: undefined })}`}
            aria-label={home.search}
            title={home.search}
          >
            <SearchIcon />
          </a>
        )}
        {view.lock.isSet && (
          <IconButton className={styles['lock']} label={lock.lockNow} onClick={() => send({ type: 'lock-now' })}>
            <LockIcon />
          </IconButton>
        )}
        <a className={styles['settings']} aria-label={home.settings} href={`#${pathTo({ screen: 'settings' })}`}>
          <SettingsIcon />
          <span className={styles['settingsName']}>{home.settings}</span>
        </a>
        <CatchingUp progress={view.catchingUp} />
      </header>
      {!view.connection.isRemoved && (
        <div className={styles['pairing']}>
          <Button weight="primary" onClick={() => navigate(pathTo({ screen: 'show-code', again: undefined }))}>
            <CodeIcon />
            {home.showCode}
          </Button>
          <Button onClick={() => navigate(pathTo({ screen: 'enter-code', roomId: undefined, again: undefined }))}>
            <KeypadIcon />
            {home.enterCode}
          </Button>
        </div>
      )}
      {view.unconfirmed > 0 && (
        <p className={styles['unconfirmed']}>
          <strong>{common.notConfirmedYet}</strong> {home.unconfirmed(view.unconfirmed)}
        </p>
      )}
      <Introductions introductions={view.introductions} contacts={view.contacts} onRefused={toHeading} />
      {view.contacts.length === 0 ? (
        <>
          <div className={styles['narrow']}>
            <Welcome />
          </div>
          <p className={styles['wide']}>{home.emptyTitle}</p>
        </>
      ) : (
        <ul className={styles['list']} aria-label={home.conversations}>
          {view.contacts.map((contact) => (
            <li key={contact.contactId}>
              <ContactRow contact={contact} isOpen={contact.contactId === openContactId} nowMs={nowMs} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
