// Pairing with somebody who is a contact already: to be sure who it is, or after they have begun afresh.

import { useId } from 'react'
import { useLocation } from 'wouter'
import type { ContactView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { CodeIcon, KeypadIcon } from '../components/icons.tsx'
import { useSentences } from '../language.ts'
import { pathTo } from '../route.ts'
import styles from './contact-details.module.css'

export const PairAgain = ({ contact }: { readonly contact: ContactView }) => {
  const { common, details, home } = useSentences()
  const [, navigate] = useLocation()
  const titleId = useId()
  const { contactId, origin } = contact
  const isIntroduced = origin.how === 'introduced'
  return (
    <section className={styles['part']} aria-labelledby={titleId}>
      <h2 id={titleId}>{isIntroduced ? details.pairByCode : details.pairAgain}</h2>
      <p>
        {isIntroduced ? details.introducedText(origin.byName || common.unnamed) : details.pairAgainText(contact.name || common.unnamed)}
      </p>
      <div className={styles['actions']}>
        <Button onClick={() => navigate(pathTo({ screen: 'show-code', again: contactId }))}>
          <CodeIcon />
          {home.showCode}
        </Button>
        <Button onClick={() => navigate(pathTo({ screen: 'enter-code', roomId: undefined, again: contactId }))}>
          <KeypadIcon />
          {home.enterCode}
        </Button>
      </div>
    </section>
  )
}
