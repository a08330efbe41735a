// The host's screen: the code to read aloud, the link and QR code that lead to its room, and what happens meanwhile.
// docs/protocols/pairing.md says what the phases are; here they are only sentences.

import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import type { ContactView, PairingView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import type { Linking } from '../components/linking.ts'
import type { Closeness } from '../components/meeting.tsx'
import { Pane } from '../components/pane.tsx'
import { Progress } from '../components/progress.tsx'
import { type PairingOf, usePairing } from '../components/use-pairing.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'
import { CodeCard, OtherWays } from './code-card.tsx'
import { HostFailure } from './host-failure.tsx'
import styles from './show-code.module.css'

type Phase = PairingOf<'host'>['phase']

const closenessIn: Readonly<Record<Phase, Closeness>> = {
  'reaching-relay': 0,
  waiting: 1,
  joined: 2,
  checking: 3,
  'opening-line': 4,
  unconfirmed: 4,
  ready: 5,
  linked: 5,
  failed: 2,
}

const notYet: PairingOf<'host'> = { side: 'host', phase: 'reaching-relay' }

interface ShowCodeProps {
  readonly pairing: PairingView | undefined
  /** Who is to be paired with once more. */
  readonly again: ContactView | undefined
  /** A device of one's own is linked; the same value as long as it is wished for. */
  readonly link?: Linking | undefined
}

export const ShowCode = ({ pairing, again, link }: ShowCodeProps) => {
  const { common, linking, progress, showCode } = useSentences()
  const [, navigate] = useLocation()
  const { send } = useParley()
  const againId = again?.contactId
  const ours = usePairing(pairing, 'host', againId, link?.wish.role) ?? notYet
  const wish = link?.wish
  const backTo = link?.backTo ?? pathTo(againId === undefined ? { screen: 'home' } : { screen: 'contact-details', contactId: againId })
  const shown = 'shown' in ours ? ours.shown : undefined
  const isOpen = ours.phase !== 'failed' && ours.phase !== 'unconfirmed' && ours.phase !== 'ready' && ours.phase !== 'linked'
  useEffect(() => {
    send({ type: 'show-code', again: againId, link: wish })
  }, [send, againId, wish])

  // It went without an end: with the tab that held the messenger, or called off in another one. Here it is still wanted.
  const wasShown = useRef(false)
  useEffect(() => {
    if (wasShown.current && pairing === undefined) send({ type: 'show-code', again: againId, link: wish })
    wasShown.current = isOpen && pairing !== undefined
  }, [send, againId, wish, pairing, isOpen])

  if (ours.phase === 'linked' && link) return link.done
  const sentences = link ? { ...progress.host, waiting: linking.waiting } : progress.host
  return (
    <Pane title={link?.title ?? showCode.title} backTo={`#${backTo}`} keepsBack>
      {ours.phase === 'failed' && (
        <HostFailure key={ours.reason} link={wish} reason={ours.reason} retryAtMs={ours.retryAtMs} onBack={() => navigate(backTo)} />
      )}
      {isOpen && <CodeCard shown={shown} isForOwnDevice={link !== undefined} onlyFor={again && (again.name || common.unnamed)} />}
      <Progress
        closeness={closenessIn[ours.phase]}
        failed={ours.phase === 'failed'}
        sentence={ours.phase === 'failed' ? '' : sentences[ours.phase]}
      />
      {isOpen && <OtherWays shown={shown} link={wish?.role} />}
      <div className={styles['leave']}>
        <Button weight="quiet" onClick={link?.onBack ?? (() => navigate(backTo))}>
          {showCode.cancel}
        </Button>
      </div>
    </Pane>
  )
}
