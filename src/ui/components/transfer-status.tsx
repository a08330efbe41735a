// How far a backup, a restoration or an export has come, and how it ended.

import type { TransferKind, TransferView } from '../../messenger/api.ts'
import { byteSize } from '../byte-size.ts'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { dateAndTime } from '../time.ts'
import { Button } from './button.tsx'
import styles from './transfer-status.module.css'

interface TransferStatusProps {
  readonly transfer: TransferView | undefined
  readonly kind: TransferKind
}

export const TransferStatus = ({ kind, transfer }: TransferStatusProps) => {
  const { locale, sentences } = useLanguage()
  const { transfers } = sentences
  const { send } = useParley()
  const shown = transfer?.kind === kind ? transfer : undefined
  return (
    <div className={styles['transfer']}>
      <output>
        {shown?.phase === 'running' && transfers.running[kind]}
        {shown?.phase === 'done' && transfers.done[kind](byteSize(locale, shown.bytes), dateAndTime(locale, shown.atMs))}
      </output>
      {shown?.phase === 'running' && (
        <>
          <progress className={styles['bar']} aria-label={transfers.running[kind]} max={Math.max(1, shown.total)} value={shown.done} />
          <Button onClick={() => send({ type: 'cancel-transfer' })}>{sentences.common.cancel}</Button>
        </>
      )}
      {shown?.phase === 'failed' && (
        <p role="alert" className={styles['failed']}>
          {transfers.whyNot[shown.why]}
        </p>
      )}
    </div>
  )
}
