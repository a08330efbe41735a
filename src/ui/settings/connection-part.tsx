// How Parley reaches others: the relay's answer, whether direct lines are wanted, one's own servers, and the report.

import { useId, useState } from 'react'
import type { ConnectionView, Settings } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './connection-part.module.css'
import { connectionReport } from './connection-report.ts'
import { Part } from './part.tsx'
import { Servers } from './servers.tsx'
import { version } from './version.ts'

const Report = ({ connection }: { readonly connection: ConnectionView }) => {
  const words = useSentences().connection
  const [isCopied, setCopied] = useState(false)
  const titleId = useId()
  const report = connectionReport(connection, version, navigator.userAgent)
  const copy = (): void => {
    navigator.clipboard.writeText(report).then(
      () => setCopied(true),
      // The text stands there to be selected by hand.
      () => setCopied(false),
    )
  }
  return (
    <div className={styles['group']}>
      <h3 id={titleId}>{words.report}</h3>
      <p className={styles['hint']}>{words.reportHint}</p>
      <textarea className={styles['report']} aria-labelledby={titleId} readOnly rows={8} dir="ltr" value={report} />
      <div className={styles['copy']}>
        <Button onClick={copy}>{words.copyReport}</Button>
        <output>{isCopied && words.reportCopied}</output>
      </div>
    </div>
  )
}

export const ConnectionPart = ({ settings, connection }: { readonly settings: Settings; readonly connection: ConnectionView }) => {
  const words = useSentences().connection
  const { send } = useParley()
  const [relayOnlyId, hintId] = [useId(), useId()]
  return (
    <Part title={words.title}>
      <p>{words.relay[connection.relay]}</p>
      {!connection.directLinesPossible && <p>{words.directImpossible}</p>}
      <div className={styles['switch']}>
        <input
          id={relayOnlyId}
          type="checkbox"
          // oxlint-disable-next-line jsx-a11y/role-has-required-aria-props -- a checkbox says by itself whether it is checked
          role="switch"
          aria-describedby={hintId}
          checked={settings.relayOnly}
          onChange={(event) => send({ type: 'change-settings', settings: { relayOnly: event.currentTarget.checked } })}
        />
        <label htmlFor={relayOnlyId}>{words.relayOnly}</label>
        <p id={hintId} className={styles['hint']}>
          {words.relayOnlyHint}
        </p>
      </div>
      <Servers iceServers={settings.iceServers} />
      <Report connection={connection} />
    </Part>
  )
}
