// People whom a contact has introduced and about whom the person has not decided: write to them, or refuse.

import { useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { ContactId, ContactView, IntroductionId, IntroductionView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { Hidden } from '../components/hidden.tsx'
import { Initial } from '../components/initial.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import styles from './introductions.module.css'

interface Accepted {
  readonly introduction: IntroductionView
  /** Contacts that were there before. */
  readonly known: ReadonlySet<ContactId>
  /** The screen on which the person waits. */
  readonly path: string
}

/** An introduction does not say as which contact it will appear: it is the one that was not there, from the same introducer. */
const becameOf = ({ introduction, known }: Accepted, contacts: readonly ContactView[]): ContactView | undefined =>
  contacts.find(
    ({ contactId, name, origin }) =>
      !known.has(contactId) && origin.how === 'introduced' && origin.byName === introduction.byName && name === introduction.name,
  )

/** Leads to the conversation once the accepted contact is there, unless the person has gone elsewhere meanwhile. */
const useAccept = (contacts: readonly ContactView[]): ((introduction: IntroductionView) => void) => {
  const { send } = useParley()
  const [path, navigate] = useLocation()
  const accepted = useRef<Accepted>(undefined)
  useEffect(() => {
    const became = accepted.current && becameOf(accepted.current, contacts)
    if (!became) return
    const isWaiting = path === accepted.current?.path
    accepted.current = undefined
    if (isWaiting) navigate(pathTo({ screen: 'conversation', contactId: became.contactId }))
  }, [contacts, navigate, path])
  return (introduction) => {
    accepted.current = { introduction, known: new Set(contacts.map(({ contactId }) => contactId)), path }
    send({ type: 'accept-introduction', introductionId: introduction.introductionId })
  }
}

interface RowProps {
  readonly introduction: IntroductionView
  readonly onWrite: () => void
  readonly onRefuse: () => void
}

const Row = ({ introduction, onWrite, onRefuse }: RowProps) => {
  const { common, introductions } = useSentences()
  const textId = useId()
  const { byName, name } = introduction
  return (
    <li className={styles['row']}>
      <Initial name={name} />
      <p id={textId}>
        <bdi className={styles['name']}>{name || common.unnamed}</bdi>
        <Hidden>, </Hidden>
        <span className={styles['by']}>{introductions.introducedBy(byName || common.unnamed)}</span>
      </p>
      <div className={styles['answers']}>
        <Button onClick={onWrite} aria-describedby={textId}>
          {introductions.write}
        </Button>
        <Button weight="quiet" onClick={onRefuse} aria-describedby={textId}>
          {introductions.refuse}
        </Button>
      </div>
    </li>
  )
}

interface IntroductionsProps {
  readonly introductions: readonly IntroductionView[]
  readonly contacts: readonly ContactView[]
  /** The row that had the focus is gone. */
  readonly onRefused: () => void
}

export const Introductions = ({ introductions: open, contacts, onRefused }: IntroductionsProps) => {
  const { common, introductions } = useSentences()
  const { send } = useParley()
  const [refusing, setRefusing] = useState<IntroductionView>()
  const refused = useRef<IntroductionId>(undefined)
  const accept = useAccept(contacts)
  const titleId = useId()
  useEffect(() => {
    if (refused.current === undefined || open.some(({ introductionId }) => introductionId === refused.current)) return
    refused.current = undefined
    onRefused()
  }, [open, onRefused])
  if (open.length === 0) return null
  const refuse = ({ introductionId }: IntroductionView): void => {
    send({ type: 'refuse-introduction', introductionId })
    setRefusing(undefined)
    refused.current = introductionId
  }
  return (
    <section className={styles['introductions']}>
      <h2 id={titleId}>{introductions.title}</h2>
      <ul className={styles['list']} aria-labelledby={titleId}>
        {open.map((introduction) => (
          <Row
            key={introduction.introductionId}
            introduction={introduction}
            onWrite={() => accept(introduction)}
            onRefuse={() => setRefusing(introduction)}
          />
        ))}
      </ul>
      {refusing && (
        <Confirm
          title={introductions.refuseTitle(refusing.name || common.unnamed)}
          confirm={introductions.refuseConfirm}
          onConfirm={() => refuse(refusing)}
          onCancel={() => setRefusing(undefined)}
        >
          {introductions.refuseText(refusing.name || common.unnamed)}
        </Confirm>
      )}
    </section>
  )
}
