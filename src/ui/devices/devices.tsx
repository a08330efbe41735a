// A person's own devices: which there are, which one signs for all of them, and what can be done about it on this one.

import { useEffect, useRef, useState } from 'react'
import type { Command, OwnDeviceView } from '../../messenger/api.ts'
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

/** @param props.isAsked once that is kept: before that, nobody is told that it was */
const AskToBeMain = ({ isAsked, onAsk }: { readonly isAsked: boolean; readonly onAsk: () => void }) => {
  const { devices } = useSentences()
  return (
    <>
      <p>{devices.onlyMain}</p>
      <div>
        <Button aria-disabled={isAsked || undefined} onClick={isAsked ? undefined : onAsk}>
          {devices.makeMain}
        </Button>
      </div>
      <output>{isAsked && devices.asked}</output>
    </>
  )
}

interface RemovalProps {
  readonly device: OwnDeviceView
  readonly onRemove: () => void
  readonly onDone: () => void
}

const Removal = ({ device, onDone, onRemove }: RemovalProps) => {
  const { devices } = useSentences()
  const remove = (): void => {
    onRemove()
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
  const [leavingTag, setLeavingTag] = useState<number>()
  const { ownDevices } = view
  const leaving = ownDevices.find((device) => device.tag === leavingTag && mayRemove(ownDevices, device))
  // What was asked about has gone, or cannot be removed here any more.
  if (leavingTag !== undefined && leaving === undefined) setLeavingTag(undefined)
  const list = useRef<HTMLUListElement>(null)
  const hasActed = useRef(false)
  const act = (command: Command): void => {
    hasActed.current = true
    send(command)
  }
  const askAbout = (tag: number): void => {
    hasActed.current = true
    setLeavingTag(tag)
  }
  useEffect(() => {
    // The button that was pressed went with what came of it, and the focus with it.
    if (!hasActed.current || ownDevices.length === 0 || document.activeElement !== document.body) return
    hasActed.current = false
    list.current?.focus()
  }, [ownDevices])
  const standing = standingOf(ownDevices)
  const backTo = `#${pathTo({ screen: 'settings' })}`
  return (
    <Pane title={devices.title} backTo={backTo} keepsBack>
      <p>{devices.what}</p>
      <ListEnds devices={ownDevices} />
      {ownDevices.length > 0 && (
        <ul ref={list} tabIndex={-1} className={styles['list']} aria-label={devices.title}>
          {ownDevices.map((device) => (
            <DeviceRow
              key={device.tag}
              device={device}
              onRemove={mayRemove(ownDevices, device) ? () => askAbout(device.tag) : undefined}
              onGiveMain={standing === 'main' && device.wantsToBeMain ? () => act({ type: 'give-main', tag: device.tag }) : undefined}
              onKeepMain={() => act({ type: 'keep-main' })}
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
      {standing === 'linked' && (
        <AskToBeMain
          isAsked={ownDevices.some(({ isThis, wantsToBeMain }) => isThis && wantsToBeMain)}
          onAsk={() => act({ type: 'ask-to-be-main' })}
        />
      )}
      {leaving && (
        <Removal
          device={leaving}
          onRemove={() => act({ type: 'remove-own-device', tag: leaving.tag })}
          onDone={() => setLeavingTag(undefined)}
        />
      )}
    </Pane>
  )
}
