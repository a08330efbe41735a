// A conversation in which nothing was said yet: what was reached, and a name for the other person.

import { useState } from 'react'
import { type ContactView, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Meeting } from '../components/meeting.tsx'
import { NameForm } from '../components/name-form.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './first-minute.module.css'

export const FirstMinute = ({ contact }: { readonly contact: ContactView }) => {
  const { conversation } = useSentences()
  const { send } = useParley()
  const [isNamed, setNamed] = useState(false)
  const { contactId, name } = contact
  return (
    <div className={styles['first']}>
      <Meeting closeness={5} />
      <h2>{conversation.emptyTitle}</h2>
      <p>{conversation.emptyText}</p>
      {!isNamed && (
        <NameForm
          label={conversation.nameLabel}
          hint={conversation.nameHint}
          saveLabel={conversation.saveName}
          name={name}
          maxBytes={MAX_NAME_LENGTH}
          onSave={(chosen) => {
            send({ type: 'rename-contact', contactId, name: chosen })
            setNamed(true)
          }}
        />
      )}
    </div>
  )
}
