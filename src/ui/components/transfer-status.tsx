// How far a backup, a restoration or an export has come, and how it ended.

import { useEffect, useRef } from 'react'
import type { TransferKind, TransferView } from '../../messenger/api.ts'
import { byteSize } from '../byte-size.ts'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { dateAndTime } from '../time.ts'
import { handOut } from '../window/saved-file.ts'
import { Button } from './button.tsx'
import styles from './transfer-status.module.css'

interface TransferStatusProps {
  readonly transfer: TransferView | undefined
  readonly kind: TransferKind
  /** Whether it was asked for in this window: a file that is handed out is handed out here. */
  readonly isOurs: boolean
}

export const TransferStatus = ({ isOurs, kind, transfer }: TransferStatusProps) => {
  const { locale, sentences } = useLanguage()
  const { transfers } = sentences
  const { send } = useParley()
  const handedOut = isOurs && transfer?.phase === 'done' ? transfer.handedOut : undefined
  const last = useRef<string>(undefined)
  useEffect(() => {
    if (handedOut !== undefined && handedOut !== last.current) handOut(handedOut).catch(() => undefined)
    last.current = handedOut
  }, [handedOut])
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
