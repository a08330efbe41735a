// Bringing a backup back, in a browser where nobody is yet.

import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { Pane } from '../components/pane.tsx'
import { TransferStatus } from '../components/transfer-status.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import type { OpenView } from '../view.ts'
import styles from './restore.module.css'

const RestoreForm = ({ isBusy }: { readonly isBusy: boolean }) => {
  const { restore } = useSentences()
  const { send } = useParley()
  const [file, setFile] = useState<File>()
  const [secret, setSecret] = useState('')
  const [isChecked, setChecked] = useState(false)
  const [fileId, wrongId] = [useId(), useId()]
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setChecked(true)
    if (!isBusy && file !== undefined && secret.trim() !== '') send({ type: 'restore-backup', secret, from: file })
  }
  return (
    <form className={styles['form']} onSubmit={submit} autoComplete="off">
      <div className={styles['file']}>
        <label htmlFor={fileId}>{restore.file}</label>
        <input
          id={fileId}
          type="file"
          aria-describedby={wrongId}
          onChange={(event) => setFile(event.currentTarget.files?.[0])}
          disabled={isBusy}
        />
        <p id={wrongId} role="alert" className={styles['wrong']}>
          {isChecked && file === undefined && restore.noFile}
        </p>
      </div>
      <Field
        label={restore.secret}
        hint={restore.secretHint}
        wrong={isChecked && secret.trim() === '' ? restore.noSecret : undefined}
        value={secret}
        onChange={setSecret}
        dir="ltr"
        autoCapitalize="none"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
      />
      <div>
        <Button weight="primary" type="submit" aria-disabled={isBusy || undefined}>
          {restore.restore}
        </Button>
      </div>
    </form>
  )
}

export const Restore = ({ view }: { readonly view: OpenView }) => {
  const { restore } = useSentences()
  const { send } = useParley()
  const { contacts, transfer } = view
  // Another one goes on.
  const mayCancel = useRef(true)
  useEffect(() => {
    mayCancel.current = transfer?.phase !== 'running' || transfer.kind === 'restore'
  }, [transfer])
  useEffect(() => () => void (mayCancel.current && send({ type: 'cancel-transfer' })), [send])
  const isDone = transfer?.kind === 'restore' && transfer.phase === 'done'
  const isBusy = transfer?.phase === 'running'
  const isNobodyHere = contacts.length + view.introductions.length + view.unconfirmed === 0
  return (
    <Pane title={restore.title} backTo="#/" keepsBack>
      {!isDone && isNobodyHere && (
        <>
          <p>{restore.what}</p>
          <p className={styles['soft']}>{restore.former}</p>
          <RestoreForm isBusy={isBusy} />
        </>
      )}
      {!isDone && !isNobodyHere && !isBusy && <p>{restore.notEmpty}</p>}
      <TransferStatus transfer={transfer} kind="restore" />
      {isDone && (
        <>
          <p>{restore.fresh}</p>
          <a href="#/">{restore.toConversations}</a>
        </>
      )}
    </Pane>
  )
}
