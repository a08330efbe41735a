// A labelled line of text, with a hint and, where something is wrong, the sentence that says what.

import { type ComponentProps, type ReactNode, useId } from 'react'
import styles from './field.module.css'

interface FieldProps extends Omit<ComponentProps<'input'>, 'onChange'> {
  readonly label: string
  readonly besideLabel?: ReactNode
  readonly besideInput?: ReactNode
  readonly besideHint?: ReactNode
  readonly hint?: string | undefined
  readonly wrong?: string | undefined
  readonly onChange: (value: string) => void
}

export const Field = ({ label, besideLabel, besideInput, besideHint, hint, wrong, onChange, className = '', ...rest }: FieldProps) => {
  const [id, hintId, wrongId] = [useId(), useId(), useId()]
  return (
    <div className={`${styles['field']} ${className}`}>
      <div className={styles['above']}>
        <label htmlFor={id}>{label}</label>
        {besideLabel}
      </div>
      <div className={styles['line']}>
        <input
          id={id}
          className={styles['input']}
          aria-describedby={`${hint === undefined ? '' : hintId} ${wrong === undefined ? '' : wrongId}`.trim() || undefined}
          aria-invalid={wrong === undefined ? undefined : true}
          onChange={(event) => onChange(event.currentTarget.value)}
          {...rest}
        />
        {besideInput}
      </div>
      <div className={styles['below']}>
        {hint !== undefined && (
          <p id={hintId} className={styles['hint']}>
            {hint}
          </p>
        )}
        {besideHint}
      </div>
      <p id={wrongId} className={styles['wrong']} role="alert">
        {wrong}
      </p>
    </div>
  )
}
