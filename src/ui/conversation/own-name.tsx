// Asks how the person is called, once, after a pairing and never before: who is paired with later sees it.

import { useState } from 'react'
import { type ContactView, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { NameForm } from '../components/name-form.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { hasAnsweredName, rememberNameAnswered } from '../window/own-name-answered.ts'

interface OwnNameProps {
  readonly contact: ContactView
  /** As it is now. */
  readonly displayName: string
}

export const OwnName = ({ contact, displayName }: OwnNameProps) => {
  const { common, conversation, settings } = useSentences()
  const { send } = useParley()
  const [isAsking, setAsking] = useState(() => displayName === '' && !hasAnsweredName())
  if (!isAsking) return null
  const answered = (): void => {
    rememberNameAnswered()
    setAsking(false)
  }
  const save = (chosen: string): void => {
    send({ type: 'change-settings', settings: { displayName: chosen } })
    answered()
  }
  return (
    <NameForm
      label={settings.displayName}
      hint={conversation.ownNameHint(contact.name || common.unnamed)}
      saveLabel={common.save}
      name=""
      maxBytes={MAX_NAME_LENGTH}
      onSave={save}
      skip={
        <Button weight="quiet" onClick={answered}>
          {common.notNow}
        </Button>
      }
    />
  )
}
