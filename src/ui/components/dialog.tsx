// Something that has to be answered first: the platform's own modal dialog, which keeps the focus and closes on Escape.

import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useSentences } from '../language.ts'
import { Button } from './button.tsx'
import styles from './dialog.module.css'

interface DialogProps {
  readonly title: string
  /** Asks before something that cannot be undone. */
  readonly isAlert?: boolean
  readonly text: ReactNode
  readonly children?: ReactNode
  /** The buttons. */
  readonly answers: ReactNode
  readonly onCancel: () => void
}

/** The first thing in it takes the focus; the opener has it back afterwards. */
export const Dialog = ({ title, isAlert = false, text, children, answers, onCancel }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const [titleId, textId] = [useId(), useId()]
  useEffect(() => {
    const shown = dialog.current
    const opener = document.activeElement
    shown?.showModal()
    return () => {
      shown?.close()
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      role={isAlert ? 'alertdialog' : undefined}
      className={styles['dialog']}
      aria-labelledby={titleId}
      aria-describedby={textId}
      onCancel={onCancel}
    >
      <h2 id={titleId} className={styles['title']} dir="auto">
        {title}
      </h2>
      <p id={textId}>{text}</p>
      {children}
      <div className={styles['answers']}>{answers}</div>
    </dialog>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly children: ReactNode
  readonly confirm: string
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before something that cannot be undone. The harmless answer has the focus. */
export const Confirm = ({ title, children, confirm, onConfirm, onCancel }: ConfirmProps) => {
  const { common } = useSentences()
  return (
    <Dialog
      title={title}
      isAlert
      text={children}
      onCancel={onCancel}
      answers={
        <>
          <Button onClick={onCancel}>{common.cancel}</Button>
          <Button weight="danger" onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    />
  )
}
