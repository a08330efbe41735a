// A sentence that stays until the person closes it.

import { type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { CloseIcon, WarningIcon } from './icons.tsx'
import styles from './notice.module.css'

interface NoticeProps {
  readonly tone: 'calm' | 'alarm'
  /** What it comes down to, above what it means. */
  readonly title?: string
  readonly children: ReactNode
  /** Buttons that answer the sentence. */
  readonly answers?: ReactNode
  readonly closeLabel?: string
  readonly onClose?: () => void
}

export const Notice = ({ tone, title, children, answers, closeLabel, onClose }: NoticeProps) => (
  <div className={styles['notice']} data-tone={tone} role={tone === 'alarm' ? 'alert' : 'note'}>
    {tone === 'alarm' && <WarningIcon />}
    <div className={styles['text']}>
      {title !== undefined && (
        <p className={styles['title']} dir="auto">
          {title}
        </p>
      )}
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
