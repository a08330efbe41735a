// Parley's mark, which is also its progress bar: two voices come together, and what they share is theirs alone.
// Decoration; the words beside it say the same.

import styles from './meeting.module.css'

/** 0: alone; 1: a place to meet; 2: somebody is there; 3: the code is compared; 4: the line opens; 5: together. */
export type Closeness = 0 | 1 | 2 | 3 | 4 | 5

export const Meeting = ({ closeness, failed = false }: { readonly closeness: Closeness; readonly failed?: boolean }) => (
  <svg className={styles['meeting']} data-closeness={closeness} data-failed={failed} aria-hidden="true" viewBox="0 0 200 80">
    <path className={styles['ours']} d="M80 8a32 32 0 0 1 0 64h-26a6 6 0 0 1-6-6v-26a32 32 0 0 1 32-32z" />
    <path className={styles['theirs']} d="M120 8a32 32 0 0 0 0 64h26a6 6 0 0 0 6-6v-26a32 32 0 0 0-32-32z" />
    <path className={styles['shared']} d="M100 15a32 32 0 0 1 0 50a32 32 0 0 1 0-50z" />
  </svg>
)
