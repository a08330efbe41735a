// The first letter of a name in a circle. Decoration: the name stands beside it.

import type { ReactNode } from 'react'
import styles from './initial.module.css'

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** What a reader takes for the first letter, which may be several code points. */
const initialOf = (name: string): string | undefined => [...letters.segment(name || '?')][0]?.segment.toLocaleUpperCase()

interface InitialProps {
  readonly name: string
  readonly size?: 'normal' | 'small'
  /** A mark at its edge. */
  readonly children?: ReactNode
}

export const Initial = ({ name, size = 'normal', children }: InitialProps) => (
  <span className={styles['initial']} data-size={size} aria-hidden="true">
    {initialOf(name)}
    {children}
  </span>
)
