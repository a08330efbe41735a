// The wide window's pane while no conversation is open, and the place of one that is not on this device.

import styles from './choose.module.css'
import { Meeting } from './components/meeting.tsx'
import { Welcome } from './components/welcome.tsx'
import { useSentences } from './language.ts'

/** `removed`: this device pairs with nobody any more. */
type Why = 'nobody-yet' | 'none-chosen' | 'not-here' | 'removed'

export const Choose = ({ why }: { readonly why: Why }) => {
  const { common, conversation, home } = useSentences()
  if (why === 'nobody-yet') {
    return (
      <section className={styles['choose']}>
        <Welcome />
      </section>
    )
  }
  if (why === 'not-here') {
    return (
      <section className={styles['choose']}>
        <Meeting closeness={1} />
        <h1>{conversation.unknown}</h1>
        <a href="#/">{common.back}</a>
      </section>
    )
  }
  return (
    <section className={styles['choose']}>
      <Meeting closeness={5} />
      <h2>{home.chooseTitle}</h2>
      {why !== 'removed' && <p>{home.chooseText}</p>}
    </section>
  )
}
