// What is worth a sentence right after pairing: that the line is not direct, and that browsers forget. One at a time;
// each stays until it is answered.

import { useState } from 'react'
import type { ContactId } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Notice } from '../components/notice.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import type { OpenView } from '../view.ts'
import styles from './notes.module.css'

type Note = 'no-direct-line' | 'keep-storage'

/** Answered since Parley was opened, for whichever conversation. */
const answered = new Set<string>()

export const Notes = ({ contactId, view }: { readonly contactId: ContactId; readonly view: OpenView }) => {
  const sentences = useSentences()
  const { conversation } = sentences
  const { keepStorage } = useParley()
  const [, setAnswers] = useState(0)
  const { connection, pairing } = view
  const justPaired = pairing?.phase === 'ready' && pairing.contactId === contactId ? pairing : undefined
  if (!justPaired) return null

  const answer = (note: Note): void => {
    answered.add(`${note} ${contactId}`)
    setAnswers((count) => count + 1)
  }
  const isOpen = (note: Note): boolean => !answered.has(`${note} ${contactId}`)
  const noDirectLine = !justPaired.direct && !connection.relayOnly
  if (noDirectLine && isOpen('no-direct-line')) {
    return (
      <div className={styles['notes']}>
        <Notice tone="calm" closeLabel={sentences.dismiss} onClose={() => answer('no-direct-line')}>
          {connection.directLinesPossible ? conversation.noDirectLine : conversation.directBlocked}
        </Notice>
      </div>
    )
  }
  if (connection.storage?.persistent !== false || !isOpen('keep-storage')) return null
  const keep = (): void => {
    answer('keep-storage')
    void keepStorage()
  }
  return (
    <div className={styles['notes']}>
      <Notice
        tone="calm"
        answers={
          <>
            <Button onClick={keep}>{conversation.keepStorageButton}</Button>
            <Button weight="quiet" onClick={() => answer('keep-storage')}>
              {sentences.common.notNow}
            </Button>
          </>
        }
      >
        {conversation.keepStorage}
      </Notice>
    </div>
  )
}
