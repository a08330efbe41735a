// The passphrase of the lock, asked for once more before the lock itself is changed.

import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { useSentences } from '../language.ts'
import styles from './settings.module.css'

interface PresentPassphraseProps {
  readonly submitLabel: string
  readonly isBusy: boolean
  readonly refusal: string | undefined
  readonly onSubmit: (passphrase: string) => void
  readonly onCancel: () => void
}

export const PresentPassphrase = ({ submitLabel, isBusy, refusal, onSubmit, onCancel }: PresentPassphraseProps) => {
  const { common, lock } = useSentences()
  const [passphrase, setPassphrase] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (passphrase !== '' && !isBusy) onSubmit(passphrase)
  }
  return (
    <form className={styles['form']} onSubmit={submit}>
      <Field
        label={lock.present}
        type="password"
        dir="auto"
        autoComplete="current-password"
        value={passphrase}
        onChange={setPassphrase}
        wrong={refusal}
      />
      <div className={styles['actions']}>
        <Button type="submit" disabled={isBusy}>
          {isBusy ? lock.checking : submitLabel}
        </Button>
        <Button weight="quiet" onClick={onCancel}>
          {common.cancel}
        </Button>
      </div>
    </form>
  )
}
