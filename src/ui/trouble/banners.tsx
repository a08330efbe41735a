// Troubles of this device, each a sentence that stays until the person closes it; that the main device is away for long; that
// another tab sleeps, for as long as it does; and two questions: about notifications, and about a new version.

import { useState, useSyncExternalStore } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../components/button.tsx'
import { ListEnds } from '../components/list-ends.tsx'
import { Notice } from '../components/notice.tsx'
import { useNotifications } from '../components/use-notifications.ts'
import { useNow } from '../components/use-now.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { parseRoute } from '../route.ts'
import { listEnd } from '../standing.ts'
import { isPairing, type View } from '../view.ts'
import { isOffered, onOfferChange, putAside, takeNewVersion } from '../window/new-version.ts'
import styles from './banners.module.css'

const AskAboutNotifications = () => {
  const { common, notifications } = useSentences()
  const { permission, turnOff, turnOn } = useNotifications()
  if (permission !== 'default' && permission !== 'granted') return null
  return (
    <Notice
      tone="calm"
      answers={
        <>
          <Button onClick={turnOn}>{notifications.turnOn}</Button>
          <Button weight="quiet" onClick={turnOff}>
            {common.notNow}
          </Button>
        </>
      }
    >
      {notifications.ask}
    </Notice>
  )
}

const OfferNewVersion = () => {
  const { common, newVersion } = useSentences()
  return (
    <Notice
      tone="calm"
      answers={
        <>
          <Button onClick={takeNewVersion}>{newVersion.reload}</Button>
          <Button weight="quiet" onClick={putAside}>
            {common.notNow}
          </Button>
        </>
      }
    >
      {newVersion.ready}
    </Notice>
  )
}

/** What has to be said here of the main device that is away: two screens say it themselves. */
const useListEnd = (view: View): ReturnType<typeof listEnd> => {
  const [path] = useLocation()
  const nowMs = useNow(60_000)
  const { screen } = parseRoute(path)
  if (view.phase !== 'open' || view.connection.isRemoved || screen === 'devices' || screen === 'settings') return undefined
  return listEnd(view.ownDevices, nowMs)
}

export const Banners = ({ view }: { readonly view: View }) => {
  const sentences = useSentences()
  const { dismiss } = useParley()
  const { troubles } = view
  const end = useListEnd(view)
  // Who has read that it ends has not read that it is over.
  const [readEnd, setReadEnd] = useState<typeof end>()
  const saysListEnd = end !== undefined && readEnd?.isOver !== end.isOver
  const isRemoved = view.phase === 'open' && view.connection.isRemoved
  const isOwnerSilent = view.phase === 'open' && view.ownerSilent
  const asks = view.phase === 'open' && view.missed && view.settings.notifications === 'unasked'
  const offers = useSyncExternalStore(onOfferChange, isOffered) && !isPairing(view)
  if (troubles.length === 0 && !asks && !offers && !isOwnerSilent && !isRemoved && !saysListEnd) return null
  return (
    <div className={styles['banners']}>
      {troubles.map((trouble) => (
        <Notice key={trouble} tone="alarm" closeLabel={sentences.dismiss} onClose={() => dismiss(trouble)}>
          {sentences.troubles[trouble]}
        </Notice>
      ))}
      {isRemoved && <Notice tone="alarm">{sentences.removed.text}</Notice>}
      {saysListEnd && view.phase === 'open' && <ListEnds devices={view.ownDevices} onClose={() => setReadEnd(end)} />}
      {isOwnerSilent && <Notice tone="calm">{sentences.otherTab.silent}</Notice>}
      {asks && <AskAboutNotifications />}
      {offers && <OfferNewVersion />}
    </div>
  )
}
