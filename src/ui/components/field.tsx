// A labelled line of text, with a hint and, where something is wrong, the sentence that says what.

import { type ComponentProps, useId } from 'react'
import styles from './field.module.css'

interface FieldProps extends Omit<ComponentProps<'input'>, 'onChange'> {
  readonly label: string
  readonly hint?: string | undefined
  readonly wrong?: string | undefined
  readonly onChange: (value: string) => void
}

export const Field = ({ label, hint, wrong, onChange, className = '', ...rest }: FieldProps) => {
  const [id, hintId, wrongId] = [useId(), useId(), useId()]
  return (
    <div className={`${styles['field']} ${className}`}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={styles['input']}
        aria-describedby={`${hint === undefined ? '' : hintId} ${wrong === undefined ? '' : wrongId}`.trim() || undefined}
        aria-invalid={wrong === undefined ? undefined : true}
        onChange={(event) => onChange(event.currentTarget.value)}
        {...rest}
      />
      {hint !== undefined && (
        <p id={hintId} className={styles['hint']}>
          {hint}
        </p>
      )}
      <p id={wrongId} className={styles['wrong']} role="alert">
        {wrong}
      </p>
    </div>
  )
}
