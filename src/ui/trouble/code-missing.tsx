// A screen's code could not be fetched (the connection broke, or a newer Parley was installed on the server meanwhile):
// says so in its place and leaves the rest alone.

import { Component, type ReactNode } from 'react'
import { Notice } from '../components/notice.tsx'
import { useSentences } from '../language.ts'
import styles from './banners.module.css'

const Sentence = () => {
  const { cannotStart } = useSentences()
  return (
    <div className={styles['banners']}>
      <Notice tone="alarm">{cannotStart.noCode}</Notice>
    </div>
  )
}

/** React offers error boundaries as classes only. */
export class CodeMissing extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    return this.state.failed ? <Sentence /> : this.props.children
  }
}
