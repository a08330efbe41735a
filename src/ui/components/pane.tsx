// The frame of a screen: its heading, the way back, and the room below.

import { type ReactNode, useEffect, useRef } from 'react'
import { useSentences } from '../language.ts'
import { BackIcon } from './icons.tsx'
import styles from './pane.module.css'

interface PaneProps {
  readonly title: ReactNode
  /** A line below the title. */
  readonly subtitle?: string | undefined
  /** Path of the screen one level up, with `#`. */
  readonly backTo: string
  /** Keeps the way back on wide windows too, where the list stands beside. */
  readonly keepsBack?: boolean
  readonly beside?: ReactNode
  readonly children: ReactNode
  /** `fill` leaves scrolling to what is inside. */
  readonly layout?: 'page' | 'fill'
  /** The heading takes the focus when the screen opens, so that a screen reader says where it is. */
  readonly takesFocus?: boolean
}

export const Pane = ({ title, subtitle, backTo, keepsBack = false, beside, children, layout = 'page', takesFocus = true }: PaneProps) => {
  const { common } = useSentences()
  const heading = useRef<HTMLHeadingElement>(null)
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    // What the screen itself has given the focus to keeps it.
    if (takesFocus && !section.current?.contains(document.activeElement)) heading.current?.focus({ preventScroll: true })
  }, [takesFocus])
  return (
    <section ref={section} className={styles['pane']} data-layout={layout}>
      <header className={styles['header']}>
        <a className={styles['back']} data-keeps={keepsBack} href={backTo} aria-label={common.back} title={common.back}>
          <BackIcon />
        </a>
        <div className={styles['titles']}>
          <h1 ref={heading} tabIndex={-1} className={styles['title']} dir="auto">
            {title}
          </h1>
          {subtitle !== undefined && <p className={styles['subtitle']}>{subtitle}</p>}
        </div>
        {beside}
      </header>
      {layout === 'page' ? (
        <div className={styles['scroll']}>
          <div className={styles['page']}>{children}</div>
        </div>
      ) : (
        children
      )}
    </section>
  )
}
