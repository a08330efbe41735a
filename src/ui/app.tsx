// Which screen stands where: one pane on narrow windows, the list and a pane on wide ones.

import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { Router, useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import type { ContactId, ContactView, TransferView } from '../messenger/api.ts'
import styles from './app.module.css'
import { Arrivals } from './arrivals.tsx'
import { Choose } from './choose.tsx'
import { EnterCode } from './enter-code/enter-code.tsx'
import { Home } from './home/home.tsx'
import { useSentences } from './language.ts'
import { Locked } from './locked/locked.tsx'
import { Moving } from './locked/moving.tsx'
import { OtherTab } from './other-tab/other-tab.tsx'
import { useParley, useView } from './parley.ts'
import { parseRoute, pathTo, type Route } from './route.ts'
import { ShowCode } from './show-code/show-code.tsx'
import { Banners } from './trouble/banners.tsx'
import { CodeMissing } from './trouble/code-missing.tsx'
import { Leaving } from './trouble/leaving.tsx'
import { Shut } from './trouble/shut.tsx'
import { Wiped } from './trouble/wiped.tsx'
import type { OpenView } from './view.ts'
import { handOut } from './window/saved-file.ts'

/** A newcomer's first load has no conversation in it. */
const loadConversation = () => import('./conversation/conversation.tsx')

const Conversation = lazy(() => loadConversation().then(({ Conversation }) => ({ default: Conversation })))
const ContactDetails = lazy(() =>
  import('./contact-details/contact-details.tsx').then(({ ContactDetails }) => ({ default: ContactDetails })),
)
const BackUp = lazy(() => import('./back-up/back-up.tsx').then(({ BackUp }) => ({ default: BackUp })))
const Devices = lazy(() => import('./devices/devices.tsx').then(({ Devices }) => ({ default: Devices })))
const LinkDevice = lazy(() => import('./devices/link-device.tsx').then(({ LinkDevice }) => ({ default: LinkDevice })))
const Restore = lazy(() => import('./restore/restore.tsx').then(({ Restore }) => ({ default: Restore })))
const SearchScreen = lazy(() => import('./search/search.tsx').then(({ Search }) => ({ default: Search })))
const SettingsScreen = lazy(() => import('./settings/settings.tsx').then(({ SettingsScreen }) => ({ default: SettingsScreen })))

const contactIn = (view: OpenView, sought: ContactId | undefined): ContactView | undefined =>
  view.contacts.find(({ contactId }) => contactId === sought)

const needsAnAccount: ReadonlySet<Route['screen']> = new Set(['show-code', 'enter-code', 'devices', 'link-device'])

const screenFor = (route: Route, view: OpenView): ReactNode => {
  // A device that was removed pairs with nobody and has no others; where it can be wiped is where this leads.
  if (view.connection.isRemoved && needsAnAccount.has(route.screen)) return <SettingsScreen view={view} />
  switch (route.screen) {
    case 'home':
      return <Choose why={view.contacts.length === 0 ? 'nobody-yet' : view.connection.isRemoved ? 'removed' : 'none-chosen'} />
    case 'show-code':
      return <ShowCode key={route.again} pairing={view.pairing} again={contactIn(view, route.again)} />
    case 'enter-code':
      return (
        <EnterCode key={route.roomId ?? route.again} pairing={view.pairing} roomId={route.roomId} again={contactIn(view, route.again)} />
      )
    case 'settings':
      return <SettingsScreen view={view} />
    case 'devices':
      return <Devices view={view} />
    case 'link-device':
      return (
        <LinkDevice
          key={route.role}
          view={view}
          role={route.role}
          roomId={route.roomId}
          codeScreen={(how, link) =>
            how === 'show' ? (
              <ShowCode pairing={view.pairing} again={undefined} link={link} />
            ) : (
              <EnterCode pairing={view.pairing} roomId={route.roomId} again={undefined} link={link} />
            )
          }
        />
      )
    case 'back-up':
      return <BackUp view={view} />
    case 'restore':
      return <Restore view={view} />
    case 'search': {
      const contact = contactIn(view, route.contactId)
      if (route.contactId !== undefined && !contact) return <Choose why="not-here" />
      return <SearchScreen key={route.contactId} contact={contact} view={view} />
    }
    case 'conversation':
    case 'contact-details': {
      const contact = contactIn(view, route.contactId)
      if (!contact) return <Choose why="not-here" />
      return route.screen === 'contact-details' ? (
        <ContactDetails key={contact.contactId} contact={contact} view={view} />
      ) : (
        <Conversation key={contact.contactId} contact={contact} view={view} at={route.at} />
      )
    }
  }
}

const OpenApp = ({ view }: { readonly view: OpenView }) => {
  const [path] = useLocation()
  const route = parseRoute(path)
  // Fetched before it is asked for, so that a pairing leads straight into it.
  const isConversationNear = view.contacts.length > 0 || route.screen === 'show-code' || route.screen === 'enter-code'
  useEffect(() => {
    // A failure shows where the screen is needed.
    if (isConversationNear) loadConversation().catch(() => undefined)
  }, [isConversationNear])
  return (
    <div className={styles['columns']} data-screen={route.screen}>
      <div className={styles['list']}>
        <Home view={view} route={route} />
      </div>
      <div className={styles['pane']}>
        <CodeMissing key={pathTo(route)}>
          <Suspense fallback={null}>{screenFor(route, view)}</Suspense>
        </CodeMissing>
      </div>
      <Arrivals arrived={view.arrived} contacts={view.contacts} isCatchingUp={view.catchingUp !== undefined} />
    </div>
  )
}

const Screens = () => {
  const { common } = useSentences()
  const view = useView()
  switch (view.phase) {
    case 'starting':
      return <h1 className={styles['starting']}>{common.loading}</h1>
    case 'shut':
      return <Shut why={view.why} />
    case 'locked':
      return <Locked lock={view.lock} />
    case 'moving':
      return <Moving lockIsSet={view.lockIsSet} done={view.done} total={view.total} />
    case 'elsewhere':
      return <OtherTab />
    case 'leaving':
      return <Leaving />
    case 'wiped':
      return <Wiped />
    case 'open':
      return <OpenApp view={view} />
  }
}

/** A file that this window has asked for is handed out here, whichever screen stands by then. */
const useHandedOut = (transfer: TransferView | undefined): void => {
  const { takeFile } = useParley()
  useEffect(() => {
    if (transfer?.phase === 'running') return
    const isOurs = takeFile()
    if (isOurs && transfer?.phase === 'done' && transfer.handedOut !== undefined) handOut(transfer.handedOut).catch(() => undefined)
  }, [takeFile, transfer])
}

export const App = () => {
  const view = useView()
  useHandedOut(view.phase === 'open' ? view.transfer : undefined)
  return (
    <Router hook={useHashLocation}>
      <main className={styles['app']}>
        <Banners view={view} />
        <Screens />
      </main>
    </Router>
  )
}
