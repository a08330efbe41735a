// The code itself: big, in groups, left to right in every script; how long it is good; and the two other ways to the
// room, neither of which says anything of the code.

import { lazy, Suspense } from 'react'
import type { LinkWish, ShownCode } from '../../messenger/api.ts'
import { useNow } from '../components/use-now.ts'
import { useSentences } from '../language.ts'
import { invitationLink } from '../route.ts'
import { countdown } from '../time.ts'
import styles from './code-card.module.css'
import { CopyLink } from './copy-link.tsx'

const QrCode = lazy(() => import('./qr-code.tsx').then(({ QrCode }) => ({ default: QrCode })))

/** The room's number, then the code in threes: as they are read aloud. */
const groupsOf = ({ number, code }: ShownCode): readonly string[] => [
  ...(number === undefined ? [] : [number]),
  code.slice(0, 3),
  code.slice(3),
]

const Groups = ({ shown }: { readonly shown: ShownCode }) =>
  groupsOf(shown).map((group, index) => (
    // The text between the groups is a space, for copying and for reading out.
    <span key={`${index}:${group}`}>
      {index > 0 && ' '}
      <span className={styles['digits']}>{group}</span>
    </span>
  ))

const Timer = ({ expiresAtMs }: { readonly expiresAtMs: number }) => {
  const { showCode } = useSentences()
  const nowMs = useNow(500)
  return <span role="timer">{showCode.expiresIn(countdown(expiresAtMs - nowMs))}</span>
}

/** `shown` is undefined until there is a code; everything keeps its place. */
interface ShownProps {
  readonly shown: ShownCode | undefined
}

interface CodeCardProps extends ShownProps {
  /** Whether it is for a device of the person's own. */
  readonly isForOwnDevice: boolean
  /** Whom the person means to pair with, where it is somebody they know. */
  readonly onlyFor: string | undefined
}

export const CodeCard = ({ shown, isForOwnDevice, onlyFor }: CodeCardProps) => {
  const { linking, showCode } = useSentences()
  const { linkOnly, readAloud } = isForOwnDevice ? linking : showCode
  const hasNumber = shown?.number !== undefined || shown === undefined
  return (
    <div className={styles['card']}>
      <div
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a name for digits; there is no form here
        role="group"
        aria-label={hasNumber ? showCode.yourCode : showCode.yourSixDigits}
        className={styles['code']}
        dir="ltr"
        translate="no"
      >
        {shown ? <Groups shown={shown} /> : <span className={styles['empty']}>{showCode.preparing}</span>}
      </div>
      <p className={styles['aloud']}>{hasNumber ? readAloud : linkOnly}</p>
      {onlyFor !== undefined && <p>{showCode.onlyFor(onlyFor)}</p>}
      <p className={styles['timer']}>{shown && <Timer expiresAtMs={shown.expiresAtMs} />}</p>
    </div>
  )
}

export const OtherWays = ({ shown, link: role }: ShownProps & { readonly link: LinkWish['role'] | undefined }) => {
  const { showCode } = useSentences()
  const link = shown && invitationLink(location.origin, shown.roomId, role)
  return (
    <div className={styles['other']}>
      <div className={styles['qr']}>
        {link !== undefined && (
          <Suspense fallback={null}>
            <QrCode text={link} label={showCode.qrCode} />
          </Suspense>
        )}
      </div>
      <div className={styles['link']}>
        <p>{showCode.qrHint}</p>
        <CopyLink link={link} isForOwnDevice={role !== undefined} />
      </div>
    </div>
  )
}
