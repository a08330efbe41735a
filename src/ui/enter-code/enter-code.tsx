// The guest's screen: one field for the code, or for its six digits where a link or QR code has led to the room.
// docs/protocols/pairing.md says what the phases are; here they are only sentences.

import { lazy, Suspense, useState } from 'react'
import { useLocation } from 'wouter'
import type { ContactView, PairingFailure, PairingView } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Failure } from '../components/failure.tsx'
import { CameraIcon } from '../components/icons.tsx'
import { isInVain, type Linking } from '../components/linking.ts'
import type { Closeness } from '../components/meeting.tsx'
import { Pane } from '../components/pane.tsx'
import { Progress } from '../components/progress.tsx'
import { usePairing } from '../components/use-pairing.ts'
import { type Sentences, useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { pathTo, readInvitation } from '../route.ts'
import { countdown } from '../time.ts'
import { parseSixDigits, parseWholeCode, roomIdBytes } from './code-field.ts'
import { CodeForm } from './code-form.tsx'
import styles from './enter-code.module.css'

const Scanner = lazy(() => import('./scanner.tsx').then(({ Scanner }) => ({ default: Scanner })))

type Wrong = keyof Sentences['codeField']

const closenessIn: Readonly<Record<'reaching-relay' | 'joined' | 'checking' | 'opening-line' | 'ready' | 'linked', Closeness>> = {
  'reaching-relay': 1,
  joined: 2,
  checking: 3,
  'opening-line': 4,
  ready: 5,
  linked: 5,
}

const sentenceFor = (
  { failures, linking }: Sentences,
  reason: PairingFailure,
  retryAtMs: number | undefined,
  link: Linking | undefined,
): string =>
  reason === 'too-many-failures'
    ? failures['too-many-failures'](countdown((retryAtMs ?? Date.now()) - Date.now()))
    : { ...failures, ...(link && linking.failures) }[reason]

interface EnterCodeProps {
  readonly pairing: PairingView | undefined
  readonly roomId: string | undefined
  /** Who is to be paired with once more. */
  readonly again: ContactView | undefined
  readonly link?: Linking | undefined
}

export const EnterCode = ({ pairing, roomId, again, link }: EnterCodeProps) => {
  const sentences = useSentences()
  const { codeField, common, enterCode, linking, progress } = sentences
  const [, navigate] = useLocation()
  const { send } = useParley()
  const againId = again?.contactId
  const ours = usePairing(pairing, 'guest', againId, link?.wish.role)
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<Wrong>()
  const [isScanning, setScanning] = useState(false)
  // The failure that `Enter another code` has answered.
  const [answered, setAnswered] = useState<PairingView>()
  const current = ours === answered ? undefined : ours
  // With somebody who is known the address stays: it says who, and then not where.
  const [ledTo, setLedTo] = useState(roomId)
  const byLink = ledTo !== undefined
  const wish = link?.wish
  const backTo = link?.backTo ?? pathTo(againId === undefined ? { screen: 'home' } : { screen: 'contact-details', contactId: againId })
  const wholeCode = pathTo({ screen: 'enter-code', roomId: undefined, again: againId })

  const follow = (text: string): boolean => {
    const invitation = readInvitation(text, location.origin)
    if (!invitation.ok) setWrong(invitation.reason)
    else if (again || link) setLedTo(invitation.roomId)
    else navigate(pathTo({ screen: 'enter-code', roomId: invitation.roomId, again: undefined }), { replace: true })
    return invitation.ok
  }
  const type = (text: string): void => {
    setWrong(undefined)
    if (/^\s*https?:/i.test(text)) follow(text)
    else setTyped(text)
  }
  const connect = (): void => {
    if (byLink) {
      const read = parseSixDigits(typed)
      if (!read.ok) return setWrong(read.reason)
      return send({ type: 'enter-code', room: { type: 'id', roomId: roomIdBytes(ledTo) }, code: read.code, again: againId, link: wish })
    }
    const read = parseWholeCode(typed)
    if (!read.ok) return setWrong(read.reason)
    send({ type: 'enter-code', room: { type: 'number', number: read.number }, code: read.code, again: againId, link: wish })
  }
  const toWholeCode = (): void => {
    setLedTo(undefined)
    if (!link) navigate(wholeCode, { replace: true })
  }
  const startAgain = (): void => {
    setAnswered(ours)
    setTyped('')
    if (byLink) toWholeCode()
  }

  if (current?.phase === 'linked' && link) return link.done
  if (current?.phase === 'failed') {
    return (
      <Pane title={link?.title ?? enterCode.title} backTo={`#${backTo}`} keepsBack>
        <Failure sentence={sentenceFor(sentences, current.reason, current.retryAtMs, link)}>
          <Button weight="primary" onClick={isInVain(current.reason) ? () => navigate(backTo) : startAgain}>
            {isInVain(current.reason) ? common.back : enterCode.anotherCode}
          </Button>
        </Failure>
        <Progress closeness={2} failed sentence="" />
      </Pane>
    )
  }
  return (
    <Pane title={link ? link.title : byLink ? enterCode.titleByLink : enterCode.title} backTo={`#${backTo}`} keepsBack takesFocus={false}>
      <CodeForm
        prompt={
          link
            ? byLink
              ? linking.promptByLink
              : linking.prompt
            : byLink
              ? enterCode.promptByLink
              : again
                ? enterCode.promptFrom(again.name || common.unnamed)
                : enterCode.prompt
        }
        typed={typed}
        onType={type}
        wrong={wrong && codeField[wrong]}
        isBusy={current !== undefined}
        onConnect={connect}
      />
      <div className={styles['below']}>
        <Progress closeness={current && closenessIn[current.phase]} sentence={current ? progress.guest[current.phase] : ''} />
        {current && (
          <Button weight="quiet" onClick={link?.onBack ?? (() => navigate(backTo))}>
            {enterCode.cancel}
          </Button>
        )}
        {!current && isScanning && (
          <Suspense fallback={null}>
            <Scanner
              onText={(text) => {
                setScanning(false)
                follow(text)
              }}
              onRefused={() => {
                setScanning(false)
                setWrong('no-camera')
              }}
            />
          </Suspense>
        )}
        {!current && !byLink && (
          <Button onClick={() => setScanning(!isScanning)}>
            <CameraIcon />
            {isScanning ? enterCode.stopScanning : enterCode.scan}
          </Button>
        )}
        {!current && byLink && (
          <Button weight="quiet" onClick={toWholeCode}>
            {enterCode.wholeCode}
          </Button>
        )}
      </div>
    </Pane>
  )
}
