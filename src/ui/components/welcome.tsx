// What a newcomer finds where conversations will be: how it goes, in three steps.

import { useSentences } from '../language.ts'
import { pathTo } from '../route.ts'
import { Meeting } from './meeting.tsx'
import styles from './welcome.module.css'

export const Welcome = () => {
  const { home, linking } = useSentences()
  return (
    <div className={styles['welcome']}>
      <Meeting closeness={5} />
      <h2 className={styles['tagline']}>{home.tagline}</h2>
      <ol className={styles['steps']}>
        {home.emptySteps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className={styles['promise']}>{home.noAccount}</p>
      <a href={`#${pathTo({ screen: 'link-device', role: 'new', roomId: undefined })}`}>{linking.start}</a>
      <a href={`#${pathTo({ screen: 'restore' })}`}>{home.restore}</a>
    </div>
  )
}
