// Twelve words to be written down, and two of them asked back: a phrase that nobody has written down opens nothing.

import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { useSentences } from '../language.ts'
import styles from './back-up.module.css'

interface WordsProps {
  readonly words: readonly string[]
  /** What becomes of them. */
  readonly only: string
  readonly onWritten: () => void
}

export const Words = ({ only, words, onWritten }: WordsProps) => {
  const { backup } = useSentences()
  return (
    <>
      <p>{backup.writeDown}</p>
      <ol className={styles['words']} aria-label={backup.words} dir="ltr" lang="en">
        {words.map((word, i) => (
          // The same word may come twice.
          <li key={`${i} ${word}`}>{word}</li>
        ))}
      </ol>
      <p>{only}</p>
      <div className={styles['actions']}>
        <Button weight="primary" onClick={onWritten}>
          {backup.written}
        </Button>
      </div>
    </>
  )
}

/** Two places of twelve, the lower first. */
const drawPlaces = (count: number): readonly [number, number] => {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2))
  const first = a % count
  const second = (first + 1 + (b % (count - 1))) % count
  return first < second ? [first, second] : [second, first]
}

interface ConfirmWordsProps {
  readonly words: readonly string[]
  readonly onBack: () => void
  readonly onConfirmed: () => void
}

export const ConfirmWords = ({ words, onBack, onConfirmed }: ConfirmWordsProps) => {
  const { backup } = useSentences()
  const [places] = useState(() => drawPlaces(words.length))
  const [typed, setTyped] = useState<readonly string[]>(['', ''])
  const [isChecked, setChecked] = useState(false)
  const isRight = (i: number): boolean => typed[i]?.trim().toLowerCase() === words[places[i] ?? 0]
  const check = (event: FormEvent): void => {
    event.preventDefault()
    setChecked(true)
    if (isRight(0) && isRight(1)) onConfirmed()
  }
  return (
    <form className={styles['form']} onSubmit={check} autoComplete="off">
      <p>{backup.confirm}</p>
      {places.map((place, i) => (
        <Field
          key={place}
          label={backup.word(place + 1)}
          wrong={isChecked && !isRight(i) ? backup.wrongWord : undefined}
          value={typed[i] ?? ''}
          onChange={(text) => {
            setChecked(false)
            setTyped(typed.map((before, other) => (other === i ? text : before)))
          }}
          dir="ltr"
          autoCapitalize="none"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
        />
      ))}
      <div className={styles['actions']}>
        <Button weight="primary" type="submit">
          {backup.save}
        </Button>
        <Button onClick={onBack}>{backup.showAgain}</Button>
      </div>
    </form>
  )
}
