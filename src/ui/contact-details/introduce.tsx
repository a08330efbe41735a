// Telling two contacts of each other: a choice among the others, and what it does, before it is done.

import { useEffect, useId, useRef, useState } from 'react'
import type { ContactId, ContactView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { Hidden } from '../components/hidden.tsx'
import { PeopleIcon } from '../components/icons.tsx'
import { Initial } from '../components/initial.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './introduce.module.css'
import { isCalled } from './is-called.ts'

/** With more people than this one searches. */
const MOST_WITHOUT_SEARCH = 8

interface ChooseProps {
  readonly contact: ContactView
  readonly others: readonly ContactView[]
  readonly onChosen: (contactId: ContactId) => void
  readonly onCancel: () => void
}

const Choose = ({ contact, others, onChosen, onCancel }: ChooseProps) => {
  const { common, details } = useSentences()
  const [sought, setSought] = useState('')
  const [chosen, setChosen] = useState<ContactId>()
  const group = useId()
  const choice = useRef<HTMLFieldSetElement>(null)
  useEffect(() => choice.current?.querySelector('input')?.focus(), [])
  const name = contact.name || common.unnamed
  const isLong = others.length > MOST_WITHOUT_SEARCH
  const found = others.filter((other) => isCalled(other.name || common.unnamed, sought))
  const isReady = found.some(({ contactId }) => contactId === chosen)
  const introduce = (): void => {
    if (chosen !== undefined && isReady) onChosen(chosen)
  }
  return (
    <Dialog
      title={details.introduceTitle(name)}
      text={details.introduceText(name)}
      onCancel={onCancel}
      answers={
        <>
          <Button onClick={onCancel}>{common.cancel}</Button>
          <Button weight="primary" onClick={introduce} aria-disabled={!isReady}>
            {details.introduceConfirm}
          </Button>
        </>
      }
    >
      <fieldset ref={choice} className={styles['choice']}>
        <legend>
          <Hidden>{details.introduceTitle(name)}</Hidden>
        </legend>
        {isLong && (
          <Field label={details.introduceSearch} type="search" value={sought} onChange={setSought} dir="auto" autoComplete="off" />
        )}
        <div className={styles['people']}>
          {found.map((other) => (
            <label key={other.contactId} className={styles['person']}>
              <Initial name={other.name} size="small" />
              <span className={styles['name']}>
                <bdi>{other.name || common.unnamed}</bdi>
              </span>
              <input type="radio" name={group} checked={other.contactId === chosen} onChange={() => setChosen(other.contactId)} />
            </label>
          ))}
        </div>
        <p className={styles['nobody']} aria-live="polite">
          {found.length === 0 && details.introduceNobody}
        </p>
      </fieldset>
    </Dialog>
  )
}

interface IntroduceProps {
  readonly contact: ContactView
  readonly contacts: readonly ContactView[]
  /** The last two contacts that were told of each other. */
  readonly introduced: readonly [ContactId, ContactId] | undefined
}

export const Introduce = ({ contact, contacts, introduced }: IntroduceProps) => {
  const { common, details } = useSentences()
  const { send } = useParley()
  const [isChoosing, setChoosing] = useState(false)
  // What was done before this screen stood is not confirmed again.
  const [before] = useState(introduced)
  const { contactId } = contact
  const others = contacts.filter((other) => other.contactId !== contactId && other.stopped === undefined)
  if (others.length === 0) return null

  const nameOf = (of: ContactId | undefined): string => contacts.find((known) => known.contactId === of)?.name || common.unnamed
  const isOurs = introduced !== before && introduced?.includes(contactId)
  const choose = (otherId: ContactId): void => {
    send({ type: 'introduce-contacts', contactIds: [contactId, otherId] })
    setChoosing(false)
  }
  return (
    <div className={styles['introduce']}>
      <Button onClick={() => setChoosing(true)}>
        <PeopleIcon />
        {details.introduce}
      </Button>
      <output>{isOurs && details.introduced(nameOf(contactId), nameOf(introduced?.find((id) => id !== contactId)))}</output>
      {isChoosing && <Choose contact={contact} others={others} onChosen={choose} onCancel={() => setChoosing(false)} />}
    </div>
  )
}
