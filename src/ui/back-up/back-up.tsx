// Making a backup: what shall open it, words written down and asked back, and then the file.
//
//   choosing --words--> reading --written down--> confirming --> saving
//   choosing --passphrase--> typing --> saving
//   choosing --folder, words--> reading --written down--> confirming --> going-there
//
// Whoever leaves finds it in `saving` again while the file is written, and until they have seen how that ended.

import { useEffect, useRef, useState } from 'react'
import type { BackupSecretText, PickedFolder } from '../../messenger/api.ts'
import { BackupFolder } from '../components/backup-folder.tsx'
import { Button } from '../components/button.tsx'
import { ExportButton } from '../components/export-button.tsx'
import { Pane } from '../components/pane.tsx'
import { TransferStatus } from '../components/transfer-status.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { standingOf } from '../standing.ts'
import type { OpenView } from '../view.ts'
import { canPickFolder, pickFolder } from '../window/backup-folder.ts'
import { pickPlace, today } from '../window/saved-file.ts'
import styles from './back-up.module.css'
import { Passphrase } from './passphrase.tsx'
import { ConfirmWords, Words } from './words.tsx'

type Step = 'choosing' | 'reading' | 'confirming' | 'typing' | 'saving' | 'going-there'

export const BackUp = ({ view }: { readonly view: OpenView }) => {
  const { backup, exporting } = useSentences()
  const { send } = useParley()
  const { backupFolder, recoveryPhrase, transfer } = view
  const ours = transfer?.kind === 'backup' ? transfer : undefined
  const [chosen, setStep] = useState<Step>(ours === undefined ? 'choosing' : 'saving')
  /** Where backups shall go again and again; undefined: one file. */
  const [folder, setFolder] = useState<PickedFolder>()
  const words = recoveryPhrase?.split(' ') ?? []
  // They are on their way, or were another tab's and went with it.
  const step = words.length === 0 && (chosen === 'reading' || chosen === 'confirming') ? 'choosing' : chosen
  // Words are made for one backup and are not shown again, nor is how it ended; but it is not over because nobody looks on.
  const isOver = useRef(true)
  useEffect(() => {
    isOver.current = transfer?.phase !== 'running' && !(step === 'saving' && ours === undefined)
  }, [step, transfer, ours])
  useEffect(() => () => void (isOver.current && send({ type: 'cancel-transfer' })), [send])
  const save = async (secret: BackupSecretText): Promise<void> => {
    const kind = { description: backup.fileKind, mime: 'application/octet-stream', ending: '.parleybackup' }
    const to = await pickPlace(`parley-${today()}.parleybackup`, kind)
    if (to === 'no') return
    setStep('saving')
    send({ type: 'back-up', secret, to })
  }
  const saveWith = (kind: BackupSecretText['kind'], text: string): void => void save({ kind, text })
  const showWords = (forFolder: PickedFolder | undefined): void => {
    setFolder(forFolder)
    send({ type: 'make-recovery-phrase' })
    setStep('reading')
  }
  const chooseFolder = async (): Promise<void> => {
    const picked = await pickFolder()
    if (picked !== undefined) showWords(picked)
  }
  const goOnWith = (phrase: string): void => {
    if (folder === undefined) return saveWith('words', phrase)
    setStep('going-there')
    send({ type: 'choose-backup-folder', folder, phrase })
  }
  if (standingOf(view.ownDevices) === 'linked') {
    return (
      <Pane title={backup.title} backTo="#/settings" keepsBack>
        <p>{backup.notMain}</p>
        {view.contacts.length > 0 && <ExportButton label={exporting.all} contactId={undefined} transfer={transfer} />}
      </Pane>
    )
  }
  return (
    <Pane title={backup.title} backTo="#/settings" keepsBack>
      {step === 'choosing' && (
        <>
          <p>{backup.what}</p>
          <p>{backup.choose}</p>
          <div className={styles['actions']}>
            <Button weight="primary" onClick={() => showWords(undefined)}>
              {backup.withWords}
            </Button>
            <Button onClick={() => setStep('typing')}>{backup.withPassphrase}</Button>
          </div>
          {canPickFolder() && backupFolder === undefined && (
            <>
              <p>{backup.folderChoice}</p>
              <div className={styles['actions']}>
                <Button onClick={() => void chooseFolder()}>{backup.chooseFolder}</Button>
              </div>
            </>
          )}
        </>
      )}
      {step === 'reading' && (
        <Words words={words} only={folder ? backup.folderOnlyOnce : backup.onlyOnce} onWritten={() => setStep('confirming')} />
      )}
      {step === 'confirming' && (
        <ConfirmWords words={words} onBack={() => setStep('reading')} onConfirmed={() => goOnWith(words.join(' '))} />
      )}
      {step === 'typing' && <Passphrase onChosen={(text) => saveWith('passphrase', text)} />}
      {step === 'going-there' && (
        <>
          {backupFolder && <BackupFolder backupFolder={backupFolder} />}
          <a href="#/settings">{backup.toSettings}</a>
        </>
      )}
      <TransferStatus transfer={transfer} kind="backup" />
      {step === 'saving' && ours?.phase === 'done' && (
        <>
          <p>{backup.keepSafe}</p>
          <a href="#/settings">{backup.toSettings}</a>
        </>
      )}
      {step === 'saving' && (ours === undefined || ours.phase === 'failed') && (
        <div className={styles['actions']}>
          <Button onClick={() => setStep('choosing')}>{backup.again}</Button>
        </div>
      )}
    </Pane>
  )
}
