// Puts the invitation on the clipboard, or shows it where the browser does not allow that.

import { useId, useState } from 'react'
import { Button } from '../components/button.tsx'
import { LinkIcon } from '../components/icons.tsx'
import { useSentences } from '../language.ts'
import styles from './copy-link.module.css'

interface CopyLinkProps {
  readonly link: string | undefined
  readonly isForOwnDevice: boolean
}

export const CopyLink = ({ link, isForOwnDevice }: CopyLinkProps) => {
  const { linking, showCode } = useSentences()
  const labelId = useId()
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no')
  const copy = (): void => {
    if (link === undefined) return
    navigator.clipboard.writeText(link).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    )
  }
  return (
    <div className={styles['copy']}>
      <Button onClick={copy} disabled={link === undefined}>
        <LinkIcon />
        {showCode.copyLink}
      </Button>
      <p id={labelId} className={styles['result']} aria-live="polite">
        {copied === 'yes' && (isForOwnDevice ? linking : showCode).copied}
        {copied === 'refused' && showCode.notCopied}
      </p>
      {copied === 'refused' && (
        <input
          className={styles['text']}
          readOnly
          value={link}
          aria-labelledby={labelId}
          dir="ltr"
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </div>
  )
}
