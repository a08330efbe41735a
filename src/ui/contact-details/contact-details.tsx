// Who a contact is: the name one gives them, the number to compare, when and how they were paired, and the way out.

import { useState } from 'react'
import { useLocation } from 'wouter'
import { type ContactView, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { TrashIcon } from '../components/icons.tsx'
import { NameForm } from '../components/name-form.tsx'
import { Pane } from '../components/pane.tsx'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import { longDate } from '../time.ts'
import styles from './contact-details.module.css'

export const ContactDetails = ({ contact }: { readonly contact: ContactView }) => {
  const { locale, sentences } = useLanguage()
  const { common, details } = sentences
  const [, navigate] = useLocation()
  const { send } = useParley()
  const [isRemoving, setRemoving] = useState(false)
  const { contactId, name, pairedAtMs, safetyNumber } = contact
  const remove = (): void => {
    send({ type: 'remove-contact', contactId })
    navigate('/', { replace: true })
  }
  return (
    <Pane title={details.title} backTo={`#${pathTo({ screen: 'conversation', contactId })}`} keepsBack>
      <section className={styles['who']}>
        <NameForm
          label={details.name}
          hint={details.nameHint}
          saveLabel={common.save}
          name={name}
          maxBytes={MAX_NAME_LENGTH}
          onSave={(chosen) => send({ type: 'rename-contact', contactId, name: chosen })}
        />
        <p>{details.pairedByCode(longDate(locale, pairedAtMs))}</p>
      </section>
      <section className={styles['safety']}>
        <h2 id="safety-number">{details.safetyNumber}</h2>
        <p>{details.safetyText(name || common.unnamed)}</p>
        <ul aria-labelledby="safety-number" className={styles['number']} dir="ltr" translate="no">
          {safetyNumber.match(/.{5}/g)?.map((group, index) => (
            // The space keeps the groups apart where the text is copied.
            <li key={`${index}:${group}`}>{group} </li>
          ))}
        </ul>
      </section>
      <div>
        <Button weight="danger" onClick={() => setRemoving(true)}>
          <TrashIcon />
          {details.remove}
        </Button>
      </div>
      {isRemoving && (
        <Confirm
          title={details.removeTitle(name || common.unnamed)}
          confirm={details.removeConfirm}
          onConfirm={remove}
          onCancel={() => setRemoving(false)}
        >
          {details.removeText}
        </Confirm>
      )}
    </Pane>
  )
}
