// A whole window that says one thing.

import type { ReactNode } from 'react'
import { type Closeness, Meeting } from './meeting.tsx'
import styles from './statement.module.css'

interface StatementProps {
  readonly title: string
  readonly text: string
  readonly closeness: Closeness
  readonly failed?: boolean
  readonly children?: ReactNode
}

export const Statement = ({ title, text, closeness, failed = false, children }: StatementProps) => (
  <section className={styles['statement']}>
    <Meeting closeness={closeness} failed={failed} />
    <h1>{title}</h1>
    <p>{text}</p>
    {children}
  </section>
)
