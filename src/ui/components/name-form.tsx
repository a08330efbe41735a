// A name in a field with a button. A name is short; what is too long is said before it is sent.

import { type FormEvent, type ReactNode, useState } from 'react'
import { useSentences } from '../language.ts'
import { utf8Length } from '../text-length.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import styles from './name-form.module.css'

interface NameFormProps {
  readonly label: string
  readonly hint: string
  readonly saveLabel: string
  readonly name: string
  /** Bytes of UTF-8. */
  readonly maxBytes: number
  readonly onSave: (name: string) => void
  /** It has done its work once the name is kept, and goes. */
  readonly goesOnceKept?: boolean
  /** A button for who does not want to give a name. */
  readonly skip?: ReactNode
}

export const NameForm = ({ label, hint, saveLabel, name, maxBytes, onSave, goesOnceKept = false, skip }: NameFormProps) => {
  const { common, settings } = useSentences()
  // Until something is typed, the name as it is kept stands in the field, whenever and wherever it changes.
  const [written, setWritten] = useState<string>()
  const typed = written ?? name
  // What stood there when the person saved, until they type again.
  const [before, setBefore] = useState<string>()
  const isTooLong = utf8Length(typed.trim()) > maxBytes
  // Said only once it is kept: then the new name comes back, perhaps trimmed further.
  const isSaved = before !== undefined && (name === typed.trim() || name !== before)
  const save = (event: FormEvent): void => {
    event.preventDefault()
    if (isTooLong) return
    onSave(typed.trim())
    setBefore(name)
  }
  const type = (text: string): void => {
    setWritten(text)
    setBefore(undefined)
  }
  if (goesOnceKept && isSaved) return null
  return (
    <form onSubmit={save}>
      <Field
        label={label}
        hint={hint}
        wrong={isTooLong ? settings.nameTooLong : undefined}
        value={typed}
        onChange={type}
        dir="auto"
        autoComplete="off"
        besideLabel={<output className={styles['saved']}>{isSaved && common.saved}</output>}
        besideInput={<Button type="submit">{saveLabel}</Button>}
        besideHint={skip}
      />
    </form>
  )
}
