// Troubles of this device, each a sentence that stays until the person closes it.

import type { Trouble } from '../../messenger/api.ts'
import { Notice } from '../components/notice.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './banners.module.css'

export const Banners = ({ troubles }: { readonly troubles: readonly Trouble[] }) => {
  const sentences = useSentences()
  const { dismiss } = useParley()
  if (troubles.length === 0) return null
  return (
    <div className={styles['banners']}>
      {troubles.map((trouble) => (
        <Notice key={trouble} tone="alarm" closeLabel={sentences.dismiss} onClose={() => dismiss(trouble)}>
          {sentences.troubles[trouble]}
        </Notice>
      ))}
    </div>
  )
}
