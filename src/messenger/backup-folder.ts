// What is kept of the folder that backups go to by themselves (docs/protocols/backup.md, Again and again). When they are
// written, and how, is told in worker/folder-backups.ts.

import { changeSettings } from './settings.ts'
import type { BackupFolder, FolderBackup } from './state.ts'
import type { Turn } from './turn.ts'

/** `written`: into the folder of this id. */
export type FolderChange =
  | { readonly type: 'chosen'; readonly folder: BackupFolder }
  | { readonly type: 'written'; readonly id: string; readonly last: FolderBackup }
  | { readonly type: 'left' }

export const changeBackupFolder = (turn: Turn, change: FolderChange): undefined => {
  const self = turn.get('self', 'self')
  if (self === undefined) return
  if (change.type !== 'written') {
    turn.put('self', 'self', { ...self, backupFolder: change.type === 'chosen' ? change.folder : undefined })
    return
  }
  // It was left, or another was chosen, while that was written.
  if (self.backupFolder?.id !== change.id) return
  turn.put('self', 'self', { ...self, backupFolder: { ...self.backupFolder, last: change.last } })
  changeSettings(turn, { lastBackupAtMs: change.last.atMs })
}
