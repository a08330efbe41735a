// Why something did not work, spoken at once, and what to do about it.

import { type ReactNode, useEffect, useRef, useState } from 'react'
import styles from './failure.module.css'
import { Hidden } from './hidden.tsx'

/** The first answer takes the focus. A sentence that counts down is spoken as it first was, and not again each second. */
export const Failure = ({ sentence, children }: { readonly sentence: string; readonly children: ReactNode }) => {
  const [first] = useState(sentence)
  const answers = useRef<HTMLDivElement>(null)
  useEffect(() => answers.current?.querySelector('button')?.focus(), [])
  return (
    <div className={styles['failure']}>
      <p role="alert">{first === sentence ? sentence : <Hidden>{first}</Hidden>}</p>
      {first !== sentence && <p aria-hidden="true">{sentence}</p>}
      <div ref={answers} className={styles['answers']}>
        {children}
      </div>
    </div>
  )
}
