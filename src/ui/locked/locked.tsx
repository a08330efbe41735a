// Parley is locked: nothing of the profile is here but the lock itself.

import { type FormEvent, useState } from 'react'
import type { LockedView, LockProof } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { ConfirmWipe } from '../components/confirm-wipe.tsx'
import { Field } from '../components/field.tsx'
import { Statement } from '../components/statement.tsx'
import { useNow } from '../components/use-now.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { countdown } from '../time.ts'
import { arePasskeysPossible, askPasskey } from '../window/passkey.ts'
import styles from './locked.module.css'

export const Locked = ({ lock }: { readonly lock: LockedView }) => {
  const { lock: words, settings } = useSentences()
  const { send } = useParley()
  const [passphrase, setPassphrase] = useState('')
  /** The lock as it was when the person tried, until it answers. */
  const [tried, setTried] = useState<LockedView>()
  const [hasPasskeyFailed, setPasskeyFailed] = useState(false)
  const [isForgotten, setForgotten] = useState(false)
  const [isWiping, setWiping] = useState(false)
  const nowMs = useNow(1_000)
  const isBusy = tried === lock
  const waitMs = lock.waitUntilMs === undefined ? 0 : lock.waitUntilMs - nowMs
  const isUnfinished = lock.phase === 'unfinished'

  const unlock = (proof: LockProof): void => {
    setPasskeyFailed(false)
    setPassphrase('')
    setTried(lock)
    send({ type: 'unlock', proof })
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isBusy && waitMs <= 0 && passphrase !== '') unlock({ type: 'passphrase', passphrase })
  }
  const { passkey } = lock
  const usePasskey = (): void => {
    if (!passkey) return
    void askPasskey(passkey.credentialId, passkey.salt).then((output) =>
      output ? unlock({ type: 'passkey', output }) : setPasskeyFailed(true),
    )
  }
  const wrong = (): string | undefined => {
    if (waitMs > 0) return words.wait(countdown(waitMs))
    if (hasPasskeyFailed) return words.passkeyFailed
    return lock.refusal === undefined || lock.refusal === 'wait' || isBusy ? undefined : words.refusals[lock.refusal]
  }
  return (
    <Statement
      title={isUnfinished ? words.unfinishedTitle : words.lockedTitle}
      text={isUnfinished ? words.unfinished : words.locked}
      closeness={3}
    >
      <form className={styles['form']} onSubmit={submit}>
        <Field
          label={words.passphrase}
          type="password"
          dir="auto"
          autoComplete="current-password"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the one thing that can be done here
          autoFocus
          value={passphrase}
          onChange={setPassphrase}
          wrong={wrong()}
        />
        <Button type="submit" weight="primary" disabled={isBusy || waitMs > 0}>
          {isBusy ? words.checking : isUnfinished ? words.finish : words.unlock}
        </Button>
        {passkey && arePasskeysPossible() && (
          <Button onClick={usePasskey} disabled={isBusy || waitMs > 0}>
            {words.unlockWithPasskey}
          </Button>
        )}
        {isUnfinished && <Button onClick={() => send({ type: 'abandon-lock' })}>{words.leaveUnlocked}</Button>}
      </form>
      {isUnfinished ? null : isForgotten ? (
        <div className={styles['forgotten']}>
          <p>{words.forgotten}</p>
          <Button weight="danger" onClick={() => setWiping(true)}>
            {settings.wipe}
          </Button>
        </div>
      ) : (
        <Button weight="quiet" onClick={() => setForgotten(true)}>
          {words.forgot}
        </Button>
      )}
      {isWiping && <ConfirmWipe onCancel={() => setWiping(false)} />}
    </Statement>
  )
}
