// How far a pairing has come: the drawing and the sentence, which is also spoken.

import { type Closeness, Meeting } from './meeting.tsx'
import styles from './progress.module.css'

interface ProgressProps {
  /** Undefined before anything has begun: nothing is drawn, but what comes will be spoken. */
  readonly closeness: Closeness | undefined
  readonly failed?: boolean
  readonly sentence: string
}

export const Progress = ({ closeness, failed = false, sentence }: ProgressProps) => (
  <div className={styles['progress']}>
    {closeness !== undefined && <Meeting closeness={closeness} failed={failed} />}
    <output className={styles['sentence']}>{sentence}</output>
  </div>
)
