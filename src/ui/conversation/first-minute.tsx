// A conversation in which nothing was said yet: what was reached, a name for the other person, and one's own.

import { type ContactView, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Meeting } from '../components/meeting.tsx'
import { NameForm } from '../components/name-form.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './first-minute.module.css'
import { OwnName } from './own-name.tsx'

interface FirstMinuteProps {
  readonly contact: ContactView
  /** One's own. */
  readonly displayName: string
}

export const FirstMinute = ({ contact, displayName }: FirstMinuteProps) => {
  const { common, conversation } = useSentences()
  const { send } = useParley()
  const { contactId, name, origin } = contact
  const isIntroduced = origin.how === 'introduced'
  return (
    <div className={styles['first']}>
      <Meeting closeness={isIntroduced ? 2 : 5} />
      <h2>{isIntroduced ? conversation.introducedTitle : conversation.emptyTitle}</h2>
      <p>{isIntroduced ? conversation.introducedText(origin.byName || common.unnamed) : conversation.emptyText}</p>
      <NameForm
        label={conversation.nameLabel}
        hint={conversation.nameHint}
        saveLabel={common.save}
        name={name}
        maxBytes={MAX_NAME_LENGTH}
        onSave={(chosen) => send({ type: 'rename-contact', contactId, name: chosen })}
        goesOnceKept
      />
      {!isIntroduced && <OwnName contact={contact} displayName={displayName} />}
    </div>
  )
}
