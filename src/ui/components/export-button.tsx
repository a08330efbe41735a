// Saves conversations as a page that can be read without Parley, after a word of warning.

import { useState } from 'react'
import type { ContactId, TransferView } from '../../messenger/api.ts'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { pickPlace, today } from '../window/saved-file.ts'
import { Button } from './button.tsx'
import { Confirm } from './dialog.tsx'
import { TransferStatus } from './transfer-status.tsx'

interface ExportButtonProps {
  readonly label: string
  /** Undefined: all conversations. */
  readonly contactId: ContactId | undefined
  readonly transfer: TransferView | undefined
}

export const ExportButton = ({ contactId, label, transfer }: ExportButtonProps) => {
  const { locale, sentences } = useLanguage()
  const { common, exporting } = sentences
  const { send } = useParley()
  const [isAsking, setAsking] = useState(false)
  const [isOurs, setOurs] = useState(false)
  const save = async (): Promise<void> => {
    setAsking(false)
    const to = await pickPlace(`parley-${today()}.html`, { description: exporting.fileKind, mime: 'text/html', ending: '.html' })
    if (to === 'no') return
    setOurs(true)
    const { failed, madeAt, title } = exporting
    const words = { language: locale, title, you: common.you, unnamed: common.unnamed, madeAt, failed }
    send({ type: 'export-messages', contactId, words, to })
  }
  return (
    <>
      <div>
        <Button onClick={() => setAsking(true)} disabled={transfer?.phase === 'running'}>
          {label}
        </Button>
      </div>
      {isOurs && <TransferStatus transfer={transfer} kind="export" />}
      {isAsking && (
        <Confirm title={exporting.warningTitle} confirm={exporting.confirm} onConfirm={() => void save()} onCancel={() => setAsking(false)}>
          {exporting.warning}
        </Confirm>
      )}
    </>
  )
}
