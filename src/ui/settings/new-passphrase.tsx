// A new passphrase, typed twice, with what it is worth. Nothing of it is changed: spaces count.

import { type FormEvent, useState } from 'react'
import { MIN_PASSPHRASE_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { useSentences } from '../language.ts'
import styles from './settings.module.css'
import { strengthOf } from './strength.ts'

interface NewPassphraseProps {
  /** Whether the present one is asked for, too. */
  readonly asksPresent: boolean
  readonly submitLabel: string
  readonly isBusy: boolean
  readonly refusal: string | undefined
  readonly onSubmit: (passphrase: string, present: string) => void
  readonly onCancel: () => void
}

export const NewPassphrase = ({ asksPresent, submitLabel, isBusy, refusal, onSubmit, onCancel }: NewPassphraseProps) => {
  const { common, lock } = useSentences()
  const [present, setPresent] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [wrong, setWrong] = useState<'too-short' | 'differ'>()
  const strength = strengthOf(passphrase)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (strength === 'too-short') return setWrong('too-short')
    if (passphrase !== again) return setWrong('differ')
    setWrong(undefined)
    if (!isBusy) onSubmit(passphrase, present)
  }
  const edges = passphrase !== passphrase.trim() ? ` ${lock.spacesCount}` : ''
  return (
    <form className={styles['form']} onSubmit={submit}>
      {asksPresent && (
        <Field
          label={lock.present}
          type="password"
          dir="auto"
          autoComplete="current-password"
          value={present}
          onChange={setPresent}
          wrong={refusal}
        />
      )}
      <Field
        label={lock.newPassphrase}
        type="password"
        dir="auto"
        autoComplete="new-password"
        value={passphrase}
        onChange={setPassphrase}
        hint={(passphrase === '' ? lock.newHint(MIN_PASSPHRASE_LENGTH) : lock.strengths[strength]) + edges}
        wrong={wrong === 'too-short' && strength === 'too-short' ? lock.tooShort(MIN_PASSPHRASE_LENGTH) : asksPresent ? undefined : refusal}
      />
      <Field
        label={lock.again}
        type="password"
        dir="auto"
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
        wrong={wrong === 'differ' && passphrase !== again ? lock.differ : undefined}
      />
      <div className={styles['actions']}>
        <Button type="submit" weight="primary" disabled={isBusy}>
          {isBusy ? lock.checking : submitLabel}
        </Button>
        <Button weight="quiet" onClick={onCancel}>
          {common.cancel}
        </Button>
      </div>
    </form>
  )
}
