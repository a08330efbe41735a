// Linking a device, on either of the two: what it needs to be told first, then the screens of a pairing with their code.

import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { type LinkWish, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Choice } from '../components/choice.tsx'
import { Field } from '../components/field.tsx'
import type { Linking } from '../components/linking.ts'
import { Pane } from '../components/pane.tsx'
import { useSentences } from '../language.ts'
import { pathTo } from '../route.ts'
import { whyNotLinked } from '../standing.ts'
import { utf8Length } from '../text-length.ts'
import type { OpenView } from '../view.ts'
import styles from './devices.module.css'

type History = Extract<LinkWish, { role: 'main' }>['history']
const histories: readonly History[] = ['none', 'month', 'all']

interface LinkDeviceProps {
  readonly view: OpenView
  readonly role: LinkWish['role']
  /** From a link or QR code of the other device. */
  readonly roomId: string | undefined
  /** The screen of a pairing with that code: shown here, or typed here. */
  readonly codeScreen: (how: 'show' | 'enter', link: Linking) => ReactNode
}

export const LinkDevice = ({ codeScreen, role, roomId, view }: LinkDeviceProps) => {
  const { failures, linking, settings } = useSentences()
  const [, navigate] = useLocation()
  const [how, setHow] = useState<'show' | 'enter'>()
  const [history, setHistory] = useState<History>('all')
  const [deviceName, setDeviceName] = useState(() => linking.kinds[matchMedia('(pointer: coarse)').matches ? 'phone' : 'computer'])
  const [seen] = useState(view.pairing)
  const isMain = role === 'main'
  const backTo = pathTo({ screen: isMain ? 'devices' : 'home' })
  const title = isMain ? linking.titleMain : linking.titleNew
  const link: Linking = useMemo(
    () => ({
      wish: isMain ? { role: 'main', history } : { role: 'new', deviceName: deviceName.trim() },
      title,
      backTo,
      onBack: () => setHow(undefined),
      done: (
        // Another pane than the one before it, so that its heading takes the focus.
        <Pane key="done" title={title} backTo={`#${backTo}`} keepsBack>
          <output>{linking.done}</output>
          <div>
            <a href="#/">{linking.toConversations}</a>
          </div>
        </Pane>
      ),
    }),
    [backTo, deviceName, history, isMain, linking, title],
  )
  const isLinked = view.pairing !== seen && view.pairing?.phase === 'linked' && view.pairing.link === role
  useEffect(() => {
    if (isLinked && isMain) navigate(backTo, { replace: true })
  }, [backTo, isLinked, isMain, navigate])
  // Perhaps another browser than the one that they mean, as where a camera has opened a link.
  const isEmpty = view.contacts.length === 0 && view.ownDevices.length < 2
  const what = roomId === undefined ? linking.what : linking.whatByLink
  const tooLong = !isMain && utf8Length(deviceName.trim()) > MAX_NAME_LENGTH

  if (how !== undefined) return codeScreen(how, link)
  const whyNot = whyNotLinked(view, role)
  if (whyNot !== undefined) {
    return (
      <Pane title={title} backTo={`#${backTo}`} keepsBack>
        <p>{whyNot === 'already' ? linking.already : failures[whyNot]}</p>
        <div>
          <a href={`#${backTo}`}>{isMain ? linking.toDevices : linking.toConversations}</a>
        </div>
      </Pane>
    )
  }
  return (
    <Pane title={title} backTo={`#${backTo}`} keepsBack>
      <p>{isMain ? what.main : what.new}</p>
      {isMain && isEmpty && <p>{linking.nobodyHere}</p>}
      {isMain && <p>{linking.onlyYours}</p>}
      {isMain ? (
        <Choice
          label={linking.history}
          answers={histories.map((value) => ({ value, name: linking.histories[value] }))}
          chosen={history}
          onChoose={setHistory}
        />
      ) : (
        <Field
          label={linking.name}
          hint={linking.nameHint}
          wrong={tooLong ? settings.nameTooLong : undefined}
          value={deviceName}
          onChange={setDeviceName}
          dir="auto"
          autoComplete="off"
        />
      )}
      <div className={styles['ways']}>
        {roomId === undefined && (
          <Button weight="primary" disabled={tooLong} onClick={() => setHow('show')}>
            {linking.showCode}
          </Button>
        )}
        <Button weight={roomId === undefined ? 'secondary' : 'primary'} disabled={tooLong} onClick={() => setHow('enter')}>
          {linking.enterCode}
        </Button>
      </div>
    </Pane>
  )
}
