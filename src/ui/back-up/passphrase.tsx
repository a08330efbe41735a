// A passphrase of the person's own, typed twice.

import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { useSentences } from '../language.ts'
import styles from './back-up.module.css'

/** Who has the file can try as often as they like. */
const LEAST_LENGTH = 12

export const Passphrase = ({ onChosen }: { readonly onChosen: (text: string) => void }) => {
  const { backup } = useSentences()
  const [chosen, setChosen] = useState('')
  const [repeated, setRepeated] = useState('')
  const [isChecked, setChecked] = useState(false)
  const isShort = chosen.length < LEAST_LENGTH
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setChecked(true)
    if (!isShort && chosen === repeated) onChosen(chosen)
  }
  const type = (set: (text: string) => void) => (text: string) => {
    setChecked(false)
    set(text)
  }
  return (
    <form className={styles['form']} onSubmit={submit}>
      <p>{backup.passphraseText}</p>
      <Field
        label={backup.passphrase}
        hint={backup.passphraseHint(LEAST_LENGTH)}
        wrong={isChecked && isShort ? backup.passphraseShort(LEAST_LENGTH) : undefined}
        value={chosen}
        onChange={type(setChosen)}
        type="password"
        autoComplete="new-password"
      />
      <Field
        label={backup.passphraseAgain}
        wrong={isChecked && !isShort && chosen !== repeated ? backup.passphraseDiffers : undefined}
        value={repeated}
        onChange={type(setRepeated)}
        type="password"
        autoComplete="new-password"
      />
      <div className={styles['actions']}>
        <Button weight="primary" type="submit">
          {backup.save}
        </Button>
      </div>
    </form>
  )
}
