// The field and its button. One field for all digits: pasting works, and nothing is lost to a wrong box.

import { type FormEvent, useEffect, useId, useRef } from 'react'
import { Button } from '../components/button.tsx'
import { useSentences } from '../language.ts'
import styles from './code-form.module.css'

interface CodeFormProps {
  readonly prompt: string
  readonly typed: string
  readonly onType: (text: string) => void
  readonly wrong: string | undefined
  readonly isBusy: boolean
  readonly onConnect: () => void
}

export const CodeForm = ({ prompt, typed, onType, wrong, isBusy, onConnect }: CodeFormProps) => {
  const { enterCode } = useSentences()
  const [fieldId, promptId, wrongId] = [useId(), useId(), useId()]
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [wrong])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isBusy) onConnect()
  }
  return (
    <form className={styles['form']} onSubmit={submit} autoComplete="off">
      <p id={promptId} className={styles['prompt']}>
        {prompt}
      </p>
      <div className={styles['row']}>
        <label htmlFor={fieldId} className={styles['label']}>
          {enterCode.code}
        </label>
        <input
          ref={field}
          id={fieldId}
          className={styles['field']}
          dir="ltr"
          inputMode="numeric"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          maxLength={400}
          readOnly={isBusy}
          value={typed}
          aria-describedby={`${promptId} ${wrongId}`}
          aria-invalid={wrong === undefined ? undefined : true}
          onChange={(event) => onType(event.currentTarget.value)}
        />
        <p id={wrongId} role="alert" className={styles['wrong']}>
          {wrong}
        </p>
      </div>
      <Button weight="primary" type="submit" aria-disabled={isBusy || undefined} className={styles['connect'] ?? ''}>
        {enterCode.connect}
      </Button>
    </form>
  )
}
