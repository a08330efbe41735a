// What stands in the field and is not sent: kept by the worker a moment after typing stops, and when the screen is left.

import { type Dispatch, type SetStateAction, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ContactId } from '../../messenger/api.ts'
import { useParley } from '../parley.ts'

const PAUSE_MS = 400

/** @returns the text, its setter, and what to call once it was sent */
export const useDraft = (contactId: ContactId, kept: string): readonly [string, Dispatch<SetStateAction<string>>, () => void] => {
  const { send } = useParley()
  const [text, setText] = useState(kept)
  const saved = useRef(kept)
  const latest = useRef(text)
  useLayoutEffect(() => {
    latest.current = text
  }, [text])

  const save = useCallback(() => {
    if (latest.current === saved.current) return
    saved.current = latest.current
    send({ type: 'save-draft', contactId, text: latest.current })
  }, [send, contactId])

  useEffect(() => {
    const timer = setTimeout(save, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [save, text])

  useEffect(() => {
    addEventListener('pagehide', save)
    return () => {
      removeEventListener('pagehide', save)
      save()
    }
  }, [save])

  const sent = useCallback(() => {
    latest.current = ''
    setText('')
    save()
  }, [save])
  return [text, setText, sent]
}
