// Why the shown code is of no more use, and the way on: another code, the link alone, a decision after ten tries, or back where no
// code would help.

import type { LinkWish, PairingFailure } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Failure } from '../components/failure.tsx'
import { isInVain } from '../components/linking.ts'
import { useNow } from '../components/use-now.ts'
import { type Sentences, useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { countdown } from '../time.ts'

interface HostFailureProps {
  readonly reason: PairingFailure
  readonly retryAtMs: number | undefined
  readonly link: LinkWish | undefined
  readonly onBack: () => void
}

const sentenceFor = (
  { failures, hostFailures, linking }: Sentences,
  reason: PairingFailure,
  waitMs: number | undefined,
  link: LinkWish | undefined,
): string => {
  if (reason === 'expired') return hostFailures.expired
  if (reason !== 'too-many-failures') return { ...failures, ...(link && linking.failures) }[reason]
  if (waitMs !== undefined) return failures['too-many-failures'](countdown(waitMs))
  return link ? linking.tenTries : hostFailures['ten-tries']
}

export const HostFailure = ({ link, onBack, reason, retryAtMs }: HostFailureProps) => {
  const sentences = useSentences()
  const { common, showCode } = sentences
  const { send } = useParley()
  const nowMs = useNow(500)
  const waitMs = retryAtMs === undefined ? undefined : retryAtMs - nowMs
  const needsDecision = reason === 'too-many-failures' && retryAtMs === undefined
  const mustWait = reason === 'too-many-failures' && waitMs !== undefined && waitMs > 0
  return (
    <Failure sentence={sentenceFor(sentences, reason, waitMs, link)}>
      {isInVain(reason) ? (
        <Button weight="primary" onClick={onBack}>
          {common.back}
        </Button>
      ) : (
        <Button weight="primary" onClick={() => send({ type: 'renew-code', afterWarning: needsDecision, link })}>
          {needsDecision ? showCode.connectAnyway : mustWait ? showCode.useLink : showCode.newCode}
        </Button>
      )}
    </Failure>
  )
}
