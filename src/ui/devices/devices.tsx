// A person's own devices: which there are, which one signs for all of them, and the two things that can be done on it.

import { useState } from 'react'
import { MAX_OWN_DEVICES, type OwnDeviceView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { ListEnds } from '../components/list-ends.tsx'
import { Pane } from '../components/pane.tsx'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import { dateAndTime } from '../time.ts'
import type { OpenView } from '../view.ts'
import styles from './devices.module.css'

interface RowProps {
  readonly device: OwnDeviceView
  /** What can be done with it on this device. */
  readonly onRemove: (() => void) | undefined
  readonly onGiveMain: (() => void) | undefined
  readonly onKeepMain: () => void
}

const Row = ({ device, onGiveMain, onKeepMain, onRemove }: RowProps) => {
  const { locale, sentences } = useLanguage()
  const { devices } = sentences
  const { addedAtMs, becomesMain, handover, heardAtMs, isMain, isThis, isUnfinished, isUnused, name } = device
  const count = (messages: number): string => messages.toLocaleString(locale)
  return (
    <li className={styles['device']}>
      <div className={styles['what']}>
        <h2 className={styles['name']} dir="auto">
          {name || (isThis ? devices.isThis : devices.unnamed)}
        </h2>
        {isThis && name !== '' && <p className={styles['mark']}>{devices.isThis}</p>}
        {isMain && <p className={styles['mark']}>{devices.isMain}</p>}
        <p className={styles['soft']}>{devices.added(dateAndTime(locale, addedAtMs))}</p>
        {!isThis && (
          <p className={styles['soft']}>{heardAtMs === undefined ? devices.unheard : devices.heard(dateAndTime(locale, heardAtMs))}</p>
        )}
        {handover && <output>{(isThis ? devices.beingHanded : devices.handing)(count(handover.done), count(handover.total))}</output>}
        {isUnused && <p>{devices.unused}</p>}
        {isUnfinished && <p>{devices.unfinished}</p>}
      </div>
      {onRemove && (
        <Button onClick={onRemove} aria-label={devices.removeNamed(name || devices.unnamed)}>
          {devices.remove}
        </Button>
      )}
      {onGiveMain && (
        <div className={styles['wish']}>
          <p>{devices.wantsToBeMain}</p>
          <Button weight="primary" onClick={onGiveMain}>
            {devices.giveMain}
          </Button>
        </div>
      )}
      {becomesMain === 'offered' && (
        <div className={styles['wish']}>
          <p>{devices.offered}</p>
          <Button onClick={onKeepMain}>{devices.keepMain}</Button>
        </div>
      )}
      {becomesMain === 'given' && <p>{devices.given}</p>}
    </li>
  )
}

export const Devices = ({ view }: { readonly view: OpenView }) => {
  const { devices } = useLanguage().sentences
  const { send } = useParley()
  const [leaving, setLeaving] = useState<OwnDeviceView>()
  const [isAsking, setAsking] = useState(false)
  const { ownDevices } = view
  const isMain = ownDevices.length === 0 || ownDevices.some((device) => device.isThis && device.isMain)
  // Until that one has confirmed, nothing is signed here, but that it is taken off the list.
  const given = ownDevices.find(({ becomesMain }) => becomesMain === 'given')
  const isFull = ownDevices.length >= MAX_OWN_DEVICES
  return (
    <Pane title={devices.title} backTo={`#${pathTo({ screen: 'settings' })}`}>
      <p>{devices.what}</p>
      <ListEnds devices={ownDevices} />
      {ownDevices.length > 0 && (
        <ul className={styles['list']} aria-label={devices.title}>
          {ownDevices.map((device) => (
            <Row
              key={device.tag}
              device={device}
              onRemove={isMain && !device.isThis && (given ?? device) === device ? () => setLeaving(device) : undefined}
              onGiveMain={isMain && device.wantsToBeMain ? () => send({ type: 'give-main', tag: device.tag }) : undefined}
              onKeepMain={() => send({ type: 'keep-main' })}
            />
          ))}
        </ul>
      )}
      {isMain && !isFull && given === undefined && (
        <div>
          <a href={`#${pathTo({ screen: 'link-device', role: 'main', roomId: undefined })}`}>{devices.link}</a>
        </div>
      )}
      {isMain && isFull && <p>{devices.full}</p>}
      {!isMain && (
        <>
          <p>{devices.onlyMain}</p>
          <div>
            <Button
              disabled={isAsking}
              onClick={() => {
                send({ type: 'ask-to-be-main' })
                setAsking(true)
              }}
            >
              {devices.makeMain}
            </Button>
          </div>
          <output>{isAsking && devices.asked}</output>
        </>
      )}
      {leaving && (
        <Confirm
          title={devices.removeTitle(leaving.name || devices.unnamed)}
          confirm={devices.remove}
          onConfirm={() => {
            send({ type: 'remove-own-device', tag: leaving.tag })
            setLeaving(undefined)
          }}
          onCancel={() => setLeaving(undefined)}
        >
          {leaving === given ? devices.removeGivenText : devices.removeText}
        </Confirm>
      )}
    </Pane>
  )
}
