// A sentence that stays until the person closes it.

import { type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { CloseIcon, WarningIcon } from './icons.tsx'
import styles from './notice.module.css'

interface NoticeProps {
  readonly tone: 'calm' | 'alarm'
  readonly children: ReactNode
  /** Buttons that answer the sentence. */
  readonly answers?: ReactNode
  readonly closeLabel?: string
  readonly onClose?: () => void
}

export const Notice = ({ tone, children, answers, closeLabel, onClose }: NoticeProps) => (
  <div className={styles['notice']} data-tone={tone} role={tone === 'alarm' ? 'alert' : 'note'}>
    {tone === 'alarm' && <WarningIcon />}
    <div className={styles['text']}>
      <p>{children}</p>
      {answers !== undefined && <div className={styles['answers']}>{answers}</div>}
    </div>
    {onClose && closeLabel !== undefined && (
      <IconButton label={closeLabel} onClick={onClose}>
        <CloseIcon />
      </IconButton>
    )}
  </div>
)
