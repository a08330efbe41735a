// Reads a backup into a profile where nobody is: messages page by page, before their conversations exist, and all else in one
// commit at the end, after the last chunk was found whole. Whatever ends it before leaves a profile in which nobody is; the
// messages that were written by then go at once, or with the next opening (store/indexed-db.ts).

import type { BackupRow } from '../messenger/backup-rows.ts'
import { type HeldRow, isInPlace, isNobodyHere, restored } from '../messenger/restoring.ts'
import { type Message, noChanges } from '../messenger/state.ts'
import { HEADER_LENGTH, readHeader } from '../protocol/backup/backup.ts'
import type { Store } from '../store/store.ts'
import { readRows, type Source } from './row-stream.ts'
import { unlock } from './secrets.ts'
import { StreamRefused, type Transfer, TransferRefused } from './transfer.ts'

/** Messages that are written together. */
const PAGE = 200

/** A file whose secret is right; nothing of it but its header has been read. */
export interface OpenedBackup {
  readonly rows: (passed: (bytes: number) => void) => AsyncGenerator<BackupRow>
  readonly size: number
}

export const openBackup = async (source: Source, secret: string, { stretch }: Transfer): Promise<OpenedBackup> => {
  const read = readHeader(await source.read(0, Math.min(source.size, HEADER_LENGTH)))
  if (!read.ok) throw new TransferRefused(read.reason)
  const chunkKey = await unlock(read.header, secret, stretch)
  return { rows: (passed) => readRows(source, chunkKey, passed), size: source.size }
}

/** The commit at the end is the profile; without it there is none. */
export const restoreInto = async (store: Store, backup: OpenedBackup, transfer: Transfer): Promise<void> => {
  if (!isNobodyHere(store.held)) throw new TransferRefused('not-empty')
  const rows: HeldRow[] = []
  try {
    await takeRows(store, backup, transfer, rows)
    const changes = restored(store.held, rows, transfer.nowMs(), transfer.random)
    if (changes === undefined) throw new StreamRefused('altered')
    await store.commit(changes)
  } catch (failure) {
    await forget(store, rows).catch(() => undefined)
    throw failure
  }
}

/** @param rows where all that is no message is put */
const takeRows = async (store: Store, backup: OpenedBackup, transfer: Transfer, rows: HeldRow[]): Promise<void> => {
  const nextPlaceByContact = new Map<string, number>()
  let page: Message[] = []
  let isFirst = true
  const writePage = async (): Promise<void> => {
    // An earlier attempt may have left messages that a full disk would not even forget.
    const forgottenConversations = isFirst ? [...nextPlaceByContact.keys()] : []
    if (page.length + forgottenConversations.length > 0) await store.commit({ ...noChanges, forgottenConversations, messages: page })
    isFirst = false
    page = []
  }
  for await (const row of backup.rows((bytes) => transfer.passed(bytes, backup.size))) {
    if (!isInPlace(row, rows, nextPlaceByContact)) throw new StreamRefused('altered')
    if (row.type !== 'message') {
      rows.push(row)
      if (row.type === 'contact') nextPlaceByContact.set(row.contact.contactId, row.contact.nextPlace)
      continue
    }
    page.push(isWaitingForNothing(row.message, rows) ? { ...row.message, state: 'failed' } : row.message)
    if (page.length >= PAGE) await writePage()
  }
  await writePage()
}

/** Sent again while the backup was being written: what would send it is not in there, so the person may once more. */
const isWaitingForNothing = ({ contactId, messageId, state }: Message, rows: readonly HeldRow[]): boolean =>
  state === 'waiting' &&
  !rows.some((row) => row.type === 'unconfirmed' && row.entry.contentId === messageId && row.entry.contactId === contactId)

const forget = (store: Store, rows: readonly HeldRow[]): Promise<void> => {
  const forgottenConversations = rows.flatMap((row) => (row.type === 'contact' ? [row.contact.contactId] : []))
  return store.commit({ ...noChanges, forgottenConversations })
}
