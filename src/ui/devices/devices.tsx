// A person's own devices: which there are, which one signs for all of them, and what can be done about it on this one.

import { useState } from 'react'
import type { OwnDeviceView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { ListEnds } from '../components/list-ends.tsx'
import { Pane } from '../components/pane.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import { isFull, mayRemove, standingOf } from '../standing.ts'
import type { OpenView } from '../view.ts'
import { DeviceRow } from './device-row.tsx'
import styles from './devices.module.css'

const AskToBeMain = () => {
  const { devices } = useSentences()
  const { send } = useParley()
  const [isAsked, setAsked] = useState(false)
  const ask = (): void => {
    if (!isAsked) send({ type: 'ask-to-be-main' })
    setAsked(true)
  }
  return (
    <>
      <p>{devices.onlyMain}</p>
      <div>
        <Button aria-disabled={isAsked || undefined} onClick={ask}>
          {devices.makeMain}
        </Button>
      </div>
      <output>{isAsked && devices.asked}</output>
    </>
  )
}

const Removal = ({ device, onDone }: { readonly device: OwnDeviceView; readonly onDone: () => void }) => {
  const { devices } = useSentences()
  const { send } = useParley()
  const remove = (): void => {
    send({ type: 'remove-own-device', tag: device.tag })
    onDone()
  }
  return (
    <Confirm title={devices.removeTitle(device.name || devices.unnamed)} confirm={devices.remove} onConfirm={remove} onCancel={onDone}>
      {device.becomesMain === 'given' ? devices.removeGivenText : devices.removeText}
    </Confirm>
  )
}

export const Devices = ({ view }: { readonly view: OpenView }) => {
  const { devices } = useSentences()
  const { send } = useParley()
  const [leaving, setLeaving] = useState<OwnDeviceView>()
  const { ownDevices } = view
  const standing = standingOf(ownDevices)
  const backTo = `#${pathTo({ screen: 'settings' })}`
  return (
    <Pane title={devices.title} backTo={backTo} keepsBack>
      <p>{devices.what}</p>
      <ListEnds devices={ownDevices} />
      {ownDevices.length > 0 && (
        <ul className={styles['list']} aria-label={devices.title}>
          {ownDevices.map((device) => (
            <DeviceRow
              key={device.tag}
              device={device}
              onRemove={mayRemove(ownDevices, device) ? () => setLeaving(device) : undefined}
              onGiveMain={standing === 'main' && device.wantsToBeMain ? () => send({ type: 'give-main', tag: device.tag }) : undefined}
              onKeepMain={() => send({ type: 'keep-main' })}
            />
          ))}
        </ul>
      )}
      {standing === 'main' && !isFull(ownDevices) && (
        <div>
          <a href={`#${pathTo({ screen: 'link-device', role: 'main', roomId: undefined })}`}>{devices.link}</a>
        </div>
      )}
      {standing === 'main' && isFull(ownDevices) && <p>{devices.full}</p>}
      {standing === 'linked' && <AskToBeMain />}
      {leaving && <Removal device={leaving} onDone={() => setLeaving(undefined)} />}
    </Pane>
  )
}
