// The lock: what it is good for, and everything that a person does with it.

import { useState } from 'react'
import type { LockCommand } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Choice } from '../components/choice.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import type { LockAnswers, OpenView } from '../view.ts'
import { arePasskeysPossible, createPasskey } from '../window/passkey.ts'
import { NewPassphrase } from './new-passphrase.tsx'
import { Part } from './part.tsx'
import { PresentPassphrase } from './present-passphrase.tsx'
import styles from './settings.module.css'

/** Minutes. */
const autoLocks = [1, 5, 15, 60] as const

type Asked = Extract<LockCommand['type'], 'set-lock' | 'change-passphrase' | 'remove-lock' | 'add-passkey'>

export const LockPart = ({ lock, answers }: { readonly lock: OpenView['lock']; readonly answers: LockAnswers }) => {
  const { common, lock: words } = useSentences()
  const { send } = useParley()
  const [asked, setAsked] = useState<Asked>()
  /** What is wanted, and how the same was answered before; undefined: nothing is. */
  const [sent, setSent] = useState<{ readonly what: LockCommand['type']; readonly before: LockAnswers[LockCommand['type']] }>()
  const [hasPasskeyFailed, setPasskeyFailed] = useState(false)
  const answer = sent && answers[sent.what] !== sent.before ? answers[sent.what] : undefined
  const isBusy = sent !== undefined && answer === undefined
  const isDone = answer !== undefined && answer.refusal === undefined
  const refusal = answer?.refusal && words.refusals[answer.refusal]
  const shown = isDone ? undefined : asked

  const ask = (what: Asked | undefined): void => {
    setAsked(what)
    setSent(undefined)
    setPasskeyFailed(false)
  }
  const give = (command: LockCommand): void => {
    setSent({ what: command.type, before: answers[command.type] })
    send(command)
  }
  const addPasskey = (passphrase: string): void => {
    setPasskeyFailed(false)
    void createPasskey(common.parley).then((passkey) =>
      passkey ? give({ type: 'add-passkey', proof: { type: 'passphrase', passphrase }, ...passkey }) : setPasskeyFailed(true),
    )
  }

  if (!lock.isSet) {
    return (
      <Part title={words.title}>
        <p>{words.none}</p>
        {shown === 'set-lock' ? (
          <NewPassphrase
            asksPresent={false}
            submitLabel={words.set}
            isBusy={isBusy}
            refusal={refusal}
            onSubmit={(passphrase) => give({ type: 'set-lock', passphrase })}
            onCancel={() => ask(undefined)}
          />
        ) : (
          <div className={styles['actions']}>
            <Button onClick={() => ask('set-lock')}>{words.set}</Button>
          </div>
        )}
        <p className={styles['soft']}>{words.limits}</p>
      </Part>
    )
  }
  return (
    <Part title={words.title}>
      <p>{words.isSet}</p>
      <div className={styles['actions']}>
        <Button onClick={() => send({ type: 'lock-now' })}>{words.lockNow}</Button>
      </div>
      <Choice
        label={words.autoLock}
        answers={[...autoLocks.map((value) => ({ value, name: words.afterMinutes(value) })), { value: undefined, name: words.never }]}
        chosen={lock.autoLockMinutes}
        onChoose={(minutes) => send({ type: 'set-auto-lock', minutes })}
      />
      {shown === undefined && (
        <div className={styles['actions']}>
          <Button onClick={() => ask('change-passphrase')}>{words.change}</Button>
          {lock.hasPasskey && <Button onClick={() => send({ type: 'remove-passkey' })}>{words.removePasskey}</Button>}
          {!lock.hasPasskey && arePasskeysPossible() && <Button onClick={() => ask('add-passkey')}>{words.addPasskey}</Button>}
          <Button weight="danger" onClick={() => ask('remove-lock')}>
            {words.remove}
          </Button>
          <output>{isDone && common.saved}</output>
        </div>
      )}
      {shown === 'change-passphrase' && (
        <NewPassphrase
          asksPresent
          submitLabel={words.change}
          isBusy={isBusy}
          refusal={refusal}
          onSubmit={(passphrase, present) =>
            give({ type: 'change-passphrase', proof: { type: 'passphrase', passphrase: present }, passphrase })
          }
          onCancel={() => ask(undefined)}
        />
      )}
      {shown === 'add-passkey' && (
        <PresentPassphrase
          submitLabel={words.addPasskey}
          isBusy={isBusy}
          refusal={hasPasskeyFailed ? words.passkeyFailed : refusal}
          onSubmit={addPasskey}
          onCancel={() => ask(undefined)}
        />
      )}
      {shown === 'remove-lock' && (
        <PresentPassphrase
          submitLabel={words.remove}
          isBusy={isBusy}
          refusal={refusal}
          onSubmit={(passphrase) => give({ type: 'remove-lock', proof: { type: 'passphrase', passphrase } })}
          onCancel={() => ask(undefined)}
        />
      )}
      <p className={styles['soft']}>{words.limits}</p>
    </Part>
  )
}
