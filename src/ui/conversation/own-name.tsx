// Asks how the person is called, once, after a pairing and never before: who is paired with later sees it.

import { useEffect, useState } from 'react'
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
  // A name counts as given once it is kept: before that, a reload would lose it, and nobody would ask again.
  const isKept = displayName !== ''
  useEffect(() => {
    if (isAsking && isKept) rememberNameAnswered()
  }, [isAsking, isKept])
  if (!isAsking || isKept) return null
  const notNow = (): void => {
    rememberNameAnswered()
    setAsking(false)
  }
  const save = (chosen: string): void => {
    if (chosen === '') return notNow()
    send({ type: 'change-settings', settings: { displayName: chosen } })
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
        <Button weight="quiet" onClick={notNow}>
          {common.notNow}
        </Button>
      }
    />
  )
}
