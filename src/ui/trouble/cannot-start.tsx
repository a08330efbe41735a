// One sentence instead of Parley: the address is not secure, or the browser lacks something. Nothing else runs.

import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'
import type { Obstacle } from '../obstacle.ts'
import styles from './cannot-start.module.css'

export const CannotStart = ({ obstacle }: { readonly obstacle: Obstacle }) => {
  const { cannotStart } = useSentences()
  const text = obstacle === 'insecure-address' ? cannotStart.insecure : cannotStart.unsupported(cannotStart.features[obstacle])
  return (
    <main className={styles['whole']}>
      <Statement title={cannotStart.title} text={text} closeness={1} failed />
    </main>
  )
}
