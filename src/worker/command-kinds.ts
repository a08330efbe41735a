// Commands by what they mean to the profile as a whole: whom they are for, and whether a person has done something. What each
// of them does is told elsewhere.

import type { Command, FolderCommand, LockCommand, TransferCommand } from '../messenger/api.ts'

/** What screens ask for by themselves, without anybody having done anything. */
export const unbidden: readonly (Command | LockCommand)['type'][] = [
  'load-messages',
  'load-messages-from',
  'search-messages',
  'mark-read',
  'save-draft',
]

/** What is answered with something of the state that the window was told. */
export const answers: readonly (Command | LockCommand)['type'][] = ['load-messages', 'load-messages-from', 'search-messages']

const transferTypes: Readonly<Record<TransferCommand['type'], true>> = {
  'make-recovery-phrase': true,
  'back-up': true,
  'restore-backup': true,
  'export-messages': true,
  'cancel-transfer': true,
}

export const isTransfer = (command: Command | LockCommand): command is TransferCommand => Object.hasOwn(transferTypes, command.type)

const folderTypes: Readonly<Record<FolderCommand['type'], true>> = {
  'choose-backup-folder': true,
  'write-to-backup-folder': true,
  'leave-backup-folder': true,
}

export const isOfFolder = (command: Command | LockCommand): command is FolderCommand => Object.hasOwn(folderTypes, command.type)
