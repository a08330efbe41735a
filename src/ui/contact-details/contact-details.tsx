// Who a contact is: the name one gives them, how they came to be known, the number to compare, ways to be surer of them, and
// the way out.

import { useState } from 'react'
import { useLocation } from 'wouter'
import { type ContactView, MAX_NAME_LENGTH } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { ExportButton } from '../components/export-button.tsx'
import { TrashIcon } from '../components/icons.tsx'
import { IdentityAlert } from '../components/identity-alert.tsx'
import { NameForm } from '../components/name-form.tsx'
import { Pane } from '../components/pane.tsx'
import { useLanguage, useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import { longDate } from '../time.ts'
import type { OpenView } from '../view.ts'
import styles from './contact-details.module.css'
import { Introduce } from './introduce.tsx'
import { PairAgain } from './pair-again.tsx'

const Origin = ({ contact }: { readonly contact: ContactView }) => {
  const { locale, sentences } = useLanguage()
  const { common, details } = sentences
  const { devices, origin, pairedAtMs } = contact
  return (
    <div className={styles['soft']}>
      <p>
        {origin.how === 'code' ? details.pairedByCode(longDate(locale, pairedAtMs)) : details.introducedBy(origin.byName || common.unnamed)}
      </p>
      <p>{details.devices(devices)}</p>
    </div>
  )
}

const SafetyNumber = ({ contact }: { readonly contact: ContactView }) => {
  const { common, details } = useSentences()
  return (
    <section className={styles['part']}>
      <h2 id="safety-number">{details.safetyNumber}</h2>
      <p>{details.safetyText(contact.name || common.unnamed)}</p>
      <ul aria-labelledby="safety-number" className={styles['number']} dir="ltr" translate="no">
        {contact.safetyNumber.match(/.{5}/g)?.map((group, index) => (
          // The space keeps the groups apart where the text is copied.
          <li key={`${index}:${group}`}>{group} </li>
        ))}
      </ul>
    </section>
  )
}

export const ContactDetails = ({ contact, view }: { readonly contact: ContactView; readonly view: OpenView }) => {
  const { common, conversation, details, exporting } = useSentences()
  const [, navigate] = useLocation()
  const { send } = useParley()
  const [asks, setAsks] = useState<'clear' | 'remove'>()
  const { contactId, name, stopped } = contact
  const clear = (): void => {
    send({ type: 'clear-conversation', contactId })
    setAsks(undefined)
  }
  const remove = (): void => {
    send({ type: 'remove-contact', contactId })
    navigate('/', { replace: true })
  }
  return (
    <Pane title={details.title} backTo={`#${pathTo({ screen: 'conversation', contactId })}`} keepsBack>
      {stopped === 'identity-changed' && <IdentityAlert contact={contact} />}
      {stopped === 'replaced' && <p className={styles['soft']}>{conversation.replaced(name || common.unnamed)}</p>}
      <section className={styles['part']}>
        <NameForm
          label={details.name}
          hint={details.nameHint}
          saveLabel={common.save}
          name={name}
          maxBytes={MAX_NAME_LENGTH}
          onSave={(chosen) => send({ type: 'rename-contact', contactId, name: chosen })}
        />
        <Origin contact={contact} />
      </section>
      <SafetyNumber contact={contact} />
      {stopped === undefined && <PairAgain contact={contact} />}
      {stopped === undefined && <Introduce contact={contact} contacts={view.contacts} introduced={view.introduced} />}
      <section className={styles['part']}>
        <ExportButton label={exporting.one} contactId={contactId} transfer={view.transfer} />
      </section>
      <div className={styles['actions']}>
        <Button weight="danger" onClick={() => setAsks('clear')}>
          <TrashIcon />
          {details.clear}
        </Button>
        <Button weight="danger" onClick={() => setAsks('remove')}>
          <TrashIcon />
          {details.remove}
        </Button>
      </div>
      {asks === 'clear' && (
        <Confirm
          title={details.clearTitle(name || common.unnamed)}
          confirm={details.clearConfirm}
          onConfirm={clear}
          onCancel={() => setAsks(undefined)}
        >
          {details.clearText}
          {view.ownDevices.length > 1 && ` ${details.clearElsewhere}`}
        </Confirm>
      )}
      {asks === 'remove' && (
        <Confirm
          title={details.removeTitle(name || common.unnamed)}
          confirm={details.removeConfirm}
          onConfirm={remove}
          onCancel={() => setAsks(undefined)}
        >
          {details.removeText}
          {view.ownDevices.length > 1 && !view.connection.isRemoved && ` ${details.removeElsewhere}`}
        </Confirm>
      )}
    </Pane>
  )
}
