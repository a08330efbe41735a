// A part of the settings under its heading.

import { type ReactNode, useId } from 'react'
import styles from './part.module.css'

export const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => {
  const titleId = useId()
  return (
    <section className={styles['part']} aria-labelledby={titleId}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </section>
  )
}
