// How the next message to a contact would travel: a mark and its word.

import type { ContactView } from '../../messenger/api.ts'
import styles from './line.module.css'

/** Filled: direct; half: through the relay; empty: no way. */
export const LineMark = ({ line }: { readonly line: ContactView['line'] }) => (
  <span className={styles['mark']} data-line={line} aria-hidden="true" />
)
