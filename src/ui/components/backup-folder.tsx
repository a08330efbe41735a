// The folder that backups go to by themselves: how that went last, and what can be done about it.

import type { BackupFolderView } from '../../messenger/api.ts'
import { useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { dateAndTime } from '../time.ts'
import { mayWriteTo } from '../window/backup-folder.ts'
import styles from './backup-folder.module.css'
import { Button } from './button.tsx'

export const BackupFolder = ({ backupFolder }: { readonly backupFolder: BackupFolderView }) => {
  const { locale, sentences } = useLanguage()
  const { backup, transfers } = sentences
  const { send } = useParley()
  const { failure, folder, isWriting, lastAtMs, name } = backupFolder
  const writeNow = async (): Promise<void> => {
    if (folder === undefined || (await mayWriteTo(folder))) send({ type: 'write-to-backup-folder' })
  }
  const whyNot = failure && { ...transfers.whyNot, ...backup.folderWhyNot }[failure.why]
  return (
    <div className={styles['folder']}>
      <p className={styles['text']}>{backup.folderGoes(name)}</p>
      <output>{isWriting ? transfers.running.backup : lastAtMs !== undefined && backup.folderLast(dateAndTime(locale, lastAtMs))}</output>
      {failure && !isWriting && (
        <p role="alert" className={styles['failed']}>
          {backup.folderFailed(dateAndTime(locale, failure.atMs))} {whyNot}
        </p>
      )}
      <div className={styles['actions']}>
        {folder !== undefined && !isWriting && (
          <Button onClick={() => void writeNow()}>{failure?.why === 'not-permitted' ? backup.folderAllow : backup.folderNow}</Button>
        )}
        <Button onClick={() => send({ type: 'leave-backup-folder' })}>{backup.folderLeave}</Button>
      </div>
    </div>
  )
}
