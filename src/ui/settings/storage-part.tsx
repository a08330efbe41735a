// How much Parley keeps on this device, whether the browser has agreed to keep it, and the end of it all.

import { useState } from 'react'
import { byteSize } from '../byte-size.ts'
import { Button } from '../components/button.tsx'
import { ConfirmWipe } from '../components/confirm-wipe.tsx'
import { TrashIcon } from '../components/icons.tsx'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { type Standing, standingOf } from '../standing.ts'
import type { OpenView } from '../view.ts'
import { Part } from './part.tsx'
import styles from './settings.module.css'

/** What this device is among the person's devices, as far as it matters for what is lost with it. */
const placeOf = ({ connection, ownDevices }: OpenView): Standing | 'removed' | undefined => {
  if (connection.isRemoved) return 'removed'
  if (ownDevices.length < 2) return undefined
  return standingOf(ownDevices)
}

export const StoragePart = ({ view }: { readonly view: OpenView }) => {
  const { connection } = view
  const { locale, sentences } = useLanguage()
  const { settings } = sentences
  const { keepStorage } = useParley()
  const [hasDeclined, setDeclined] = useState(false)
  const [isWiping, setWiping] = useState(false)
  const { storage } = connection
  const place = placeOf(view)
  const used = storage && settings.used(byteSize(locale, storage.usedBytes), byteSize(locale, storage.quotaBytes))
  const ask = (): void => {
    keepStorage().then(
      (isKept) => setDeclined(!isKept),
      () => setDeclined(true),
    )
  }
  return (
    <Part title={settings.storage}>
      <p>{used ?? settings.measuring}</p>
      {storage && (
        <progress
          className={styles['meter']}
          aria-label={settings.storage}
          max={Math.max(1, storage.quotaBytes)}
          value={storage.usedBytes}
        />
      )}
      {storage && <p>{storage.persistent ? settings.persistent : settings.notPersistent}</p>}
      {storage && !storage.persistent && (
        <div className={styles['actions']}>
          <Button onClick={ask}>{settings.askToKeep}</Button>
          <output>{hasDeclined && settings.declined}</output>
        </div>
      )}
      <p className={styles['soft']}>{settings.wipeText}</p>
      <div className={styles['actions']}>
        <Button weight="danger" onClick={() => setWiping(true)}>
          <TrashIcon />
          {settings.wipe}
        </Button>
      </div>
      {isWiping && <ConfirmWipe warning={place && settings.wipeOfSeveral[place]} onCancel={() => setWiping(false)} />}
    </Part>
  )
}
