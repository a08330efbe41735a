// What protects against losing this browser: a backup, and an export to be read without Parley.

import { BackupFolder } from '../components/backup-folder.tsx'
import { ExportButton } from '../components/export-button.tsx'
import { useLanguage } from '../language.ts'
import { pathTo } from '../route.ts'
import { standingOf } from '../standing.ts'
import { dateAndTime } from '../time.ts'
import type { OpenView } from '../view.ts'
import { Part } from './part.tsx'
import styles from './settings.module.css'

export const BackupPart = ({ view }: { readonly view: OpenView }) => {
  const { locale, sentences } = useLanguage()
  const { backup, exporting, home } = sentences
  const { backupFolder, connection, contacts, settings, transfer } = view
  const { lastBackupAtMs } = settings
  const isMadeElsewhere = !connection.isRemoved && standingOf(view.ownDevices) === 'linked'
  return (
    <Part title={backup.part}>
      {isMadeElsewhere && <p>{backup.notMain}</p>}
      {(!isMadeElsewhere || lastBackupAtMs !== undefined) && (
        <p>{lastBackupAtMs === undefined ? backup.never : backup.last(dateAndTime(locale, lastBackupAtMs))}</p>
      )}
      <div className={styles['actions']}>
        {!connection.isRemoved && !isMadeElsewhere && <a href={`#${pathTo({ screen: 'back-up' })}`}>{backup.backUp}</a>}
        {contacts.length === 0 && <a href={`#${pathTo({ screen: 'restore' })}`}>{home.restore}</a>}
      </div>
      {backupFolder && <BackupFolder backupFolder={backupFolder} />}
      {contacts.length > 0 && <ExportButton label={exporting.all} contactId={undefined} transfer={transfer} />}
    </Part>
  )
}
