// How many of the messages that were kept on the relay have been fetched.

import { useSentences } from '../language.ts'
import type { OpenView } from '../view.ts'
import styles from './catching-up.module.css'

export const CatchingUp = ({ progress }: { readonly progress: OpenView['catchingUp'] }) => {
  const { home } = useSentences()
  if (!progress) return null
  const { done, total } = progress
  const count = home.fetched(done, total)
  return (
    <div className={styles['catching']}>
      <span className={styles['count']} aria-hidden="true">
        {count}
      </span>
      <progress className={styles['bar']} aria-label={home.fetching} aria-valuetext={count} max={Math.max(total, 1)} value={done} />
    </div>
  )
}
