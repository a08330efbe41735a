// One of several answers, below what is asked.

import { useId } from 'react'
import styles from './choice.module.css'

type Value = string | number | undefined

interface ChoiceProps<V extends Value> {
  readonly label: string
  readonly answers: readonly { readonly value: V; readonly name: string; readonly lang?: string }[]
  readonly chosen: V
  readonly onChoose: (value: V) => void
}

const textOf = (value: Value): string => String(value ?? '')

export const Choice = <V extends Value>({ answers, chosen, label, onChoose }: ChoiceProps<V>) => {
  const id = useId()
  return (
    <div className={styles['choice']}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={textOf(chosen)}
        onChange={(event) => {
          const answer = answers.find(({ value }) => textOf(value) === event.currentTarget.value)
          if (answer) onChoose(answer.value)
        }}
      >
        {answers.map(({ lang, name, value }) => (
          <option key={textOf(value)} value={textOf(value)} lang={lang}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
