// On or off, with a word and what it means.

import { type ReactNode, useId } from 'react'
import styles from './switch.module.css'

interface SwitchProps {
  readonly label: string
  readonly hint: ReactNode
  readonly isOn: boolean
  readonly disabled?: boolean
  readonly onChange: (isOn: boolean) => void
}

export const Switch = ({ label, hint, isOn, disabled = false, onChange }: SwitchProps) => {
  const [id, hintId] = [useId(), useId()]
  return (
    <div className={styles['switch']}>
      <input
        id={id}
        type="checkbox"
        // oxlint-disable-next-line jsx-a11y/role-has-required-aria-props -- a checkbox says by itself whether it is checked
        role="switch"
        aria-describedby={hintId}
        checked={isOn}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label htmlFor={id}>{label}</label>
      <p id={hintId}>{hint}</p>
    </div>
  )
}
