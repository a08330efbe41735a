// The host's screen: the code to read aloud, the link and QR code that lead to its room, and what happens meanwhile.
// docs/protocols/pairing.md says what the phases are; here they are only sentences.

import { useEffect } from 'react'
import { useLocation } from 'wouter'
import type { PairingView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import type { Closeness } from '../components/meeting.tsx'
import { Pane } from '../components/pane.tsx'
import { Progress } from '../components/progress.tsx'
import { type PairingOf, usePairing } from '../components/use-pairing.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
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
  failed: 2,
}

const notYet: PairingOf<'host'> = { side: 'host', phase: 'reaching-relay' }

export const ShowCode = ({ pairing }: { readonly pairing: PairingView | undefined }) => {
  const { progress, showCode } = useSentences()
  const [, navigate] = useLocation()
  const { send } = useParley()
  const ours = usePairing(pairing, 'host') ?? notYet
  useEffect(() => {
    send({ type: 'show-code' })
  }, [send])

  const shown = 'shown' in ours ? ours.shown : undefined
  const isOpen = ours.phase !== 'failed' && ours.phase !== 'unconfirmed' && ours.phase !== 'ready'
  return (
    <Pane title={showCode.title} backTo="#/" keepsBack>
      {ours.phase === 'failed' && <HostFailure reason={ours.reason} retryAtMs={ours.retryAtMs} />}
      {isOpen && <CodeCard shown={shown} />}
      <Progress
        closeness={closenessIn[ours.phase]}
        failed={ours.phase === 'failed'}
        sentence={ours.phase === 'failed' ? '' : progress.host[ours.phase]}
      />
      {isOpen && <OtherWays shown={shown} />}
      <div className={styles['leave']}>
        <Button weight="quiet" onClick={() => navigate('/')}>
          {showCode.cancel}
        </Button>
      </div>
    </Pane>
  )
}
