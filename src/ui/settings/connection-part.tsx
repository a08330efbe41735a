// How Parley reaches others: the relay's answer, whether direct lines are wanted, one's own servers, and the report.

import { useId, useState } from 'react'
import type { ConnectionView, MisbehaviourView, Settings } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Switch } from '../components/switch.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './connection-part.module.css'
import { connectionReport } from './connection-report.ts'
import { Part } from './part.tsx'
import { Servers } from './servers.tsx'
import { version } from './version.ts'

interface ReportProps {
  readonly connection: ConnectionView
  readonly misbehaviour: readonly MisbehaviourView[]
}

const Report = ({ connection, misbehaviour }: ReportProps) => {
  const words = useSentences().connection
  const [isCopied, setCopied] = useState(false)
  const titleId = useId()
  const report = connectionReport(connection, misbehaviour, version, navigator.userAgent)
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

interface ConnectionPartProps extends ReportProps {
  readonly settings: Settings
}

export const ConnectionPart = ({ settings, connection, misbehaviour }: ConnectionPartProps) => {
  const words = useSentences().connection
  const { send } = useParley()
  return (
    <Part title={words.title}>
      <p>{words.relay[connection.relay]}</p>
      {!connection.directLinesPossible && <p>{words.directImpossible}</p>}
      <Switch
        label={words.relayOnly}
        hint={words.relayOnlyHint}
        isOn={settings.relayOnly}
        onChange={(relayOnly) => send({ type: 'change-settings', settings: { relayOnly } })}
      />
      <Servers iceServers={settings.iceServers} />
      <Report connection={connection} misbehaviour={misbehaviour} />
    </Part>
  )
}
