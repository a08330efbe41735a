// The field in which a message is written. A draft survives leaving; composing with an input method is never cut short.

import { type KeyboardEvent, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { type ContactView, MAX_TEXT_LENGTH } from '../../messenger/api.ts'
import { SendIcon } from '../components/icons.tsx'
import { useSentences } from '../language.ts'
import { useIsSending, useParley } from '../parley.ts'
import { utf8Length } from '../text-length.ts'
import type { RefusedText } from '../view.ts'
import styles from './composer.module.css'
import { useDraft } from './use-draft.ts'

/** On touch screens Enter is the only way to a new line, and a keyboard that opens by itself hides the conversation. */
const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches && !matchMedia('(any-pointer: fine)').matches

interface ComposerProps {
  readonly contact: ContactView
  readonly refused: RefusedText | undefined
  /** Texts that could not be kept; it only grows. */
  readonly unkept: readonly string[]
  /** The cursor stands in the field even where that opens a keyboard. */
  readonly takesFocus: boolean
  /** The cursor stays where it is. */
  readonly leavesFocus: boolean
}

export const Composer = ({ contact, leavesFocus, refused, takesFocus, unkept }: ComposerProps) => {
  const { conversation, removed } = useSentences()
  const { send } = useParley()
  const isSending = useIsSending()
  const { contactId } = contact
  const [text, setText, sent] = useDraft(contactId, contact.draft)
  const [lastSent, setLastSent] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const [problemId, stoppedId] = [useId(), useId()]

  const isStopped = contact.stopped !== undefined
  const isRefused = refused?.reason === 'too-long' && text === lastSent
  const excess = isRefused ? refused.excessBytes : utf8Length(text) - MAX_TEXT_LENGTH
  const isEmpty = text.trim() === ''

  useEffect(() => {
    // Once the person has decided about an identity, too.
    if (!isStopped && !leavesFocus && (takesFocus || !isTouch())) field.current?.focus({ preventScroll: true })
  }, [takesFocus, leavesFocus, isStopped])

  // A text that the worker did not take comes back into the field, once.
  const toBringBack = useRef('')
  useEffect(() => {
    if (refused && refused.reason !== 'empty') setText((current) => current || toBringBack.current)
  }, [refused, setText])

  // So do those that could not be kept, before what was written since.
  const broughtBack = useRef(unkept.length)
  useEffect(() => {
    const back = unkept.slice(broughtBack.current)
    broughtBack.current = unkept.length
    if (back.length > 0) setText((current) => [...back, ...(current ? [current] : [])].join('\n'))
  }, [setText, unkept])

  // As high as what is written, up to what the style sheet allows.
  useLayoutEffect(() => {
    const shown = field.current
    if (!shown) return
    shown.style.blockSize = 'auto'
    shown.style.blockSize = `${shown.scrollHeight + 2}px`
  }, [text])

  const submit = useCallback((): void => {
    if (isEmpty || isStopped || excess > 0) return
    send({ type: 'send-message', contactId, text })
    setLastSent(text)
    toBringBack.current = text
    sent()
    field.current?.focus()
  }, [contactId, excess, isEmpty, isStopped, send, sent, text])

  const onKeyDown = (event: KeyboardEvent): void => {
    // 229 stands for a key that an input method is still working on; Safari sends it after `isComposing` has ended.
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229
    if (event.key !== 'Enter' || event.shiftKey || isComposing || isTouch()) return
    event.preventDefault()
    submit()
  }

  return (
    <form
      className={styles['composer']}
      data-sending={isSending || undefined}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <p id={problemId} role="alert" className={styles['problem']}>
        {excess > 0 && !isStopped && conversation.tooLong(excess)}
      </p>
      {isStopped && (
        <p id={stoppedId} className={styles['stopped']}>
          {contact.stopped === 'device-removed' ? removed.stopped : conversation.stopped}
        </p>
      )}
      <div className={styles['row']}>
        <textarea
          ref={field}
          className={styles['field']}
          rows={1}
          // Browsers keep what stands in fields to bring it back, in the clear; the draft is kept sealed.
          autoComplete="off"
          dir="auto"
          aria-label={conversation.message}
          placeholder={conversation.messageHint}
          aria-describedby={isStopped ? stoppedId : problemId}
          disabled={isStopped}
          aria-invalid={excess > 0 || undefined}
          enterKeyHint={isTouch() ? 'enter' : 'send'}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className={styles['send']}
          aria-label={conversation.send}
          title={conversation.send}
          aria-disabled={isEmpty || excess > 0}
          disabled={isStopped}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  )
}
