// Backups to a folder, again and again (docs/protocols/backup.md): a day after the last one, while Parley is open and something
// has changed. Two files take turns, so that the newest whole one is never written to. What is in the files, and how a folder is
// written into, is told elsewhere.
//
//   none --choose--> idle --due, or wanted now--> writing --closed, and kept as the last--> idle
//                     ^                              '--refused, trouble--> idle, with why
//                     '--leave--> none

import { equal, toHex } from '../crypto/bytes.ts'
import type { Random } from '../crypto/random.ts'
import type { BackupFolderView, Event, FolderCommand, FolderFailure, PickedFolder } from '../messenger/api.ts'
import type { FolderChange } from '../messenger/backup-folder.ts'
import type { BackupFolder, FolderBackup } from '../messenger/state.ts'
import type { Store } from '../store/store.ts'
import type { Timers } from './clock.ts'
import type { Sink } from './row-stream.ts'
import { reasonOf, type Stretch, TransferRefused } from './transfer.ts'

/** A folder as the browser lets it be kept and written into. */
export interface Folders {
  /** Beside any other: which one counts, the profile says. */
  readonly keep: (id: string, folder: PickedFolder) => Promise<void>
  /** The one of this id, if it is kept. All others are forgotten. */
  readonly keptOnly: (id: string) => Promise<PickedFolder | undefined>
  readonly forget: () => Promise<void>
  /** Whether it can be written into without that the person is asked. */
  readonly mayWrite: (folder: PickedFolder) => Promise<boolean>
  /** Begins a file. What has its name already stays as it is until the sink is closed, and then goes at once. */
  readonly create: (folder: PickedFolder, name: string) => Promise<Sink>
  /** Bytes of a file that is there. */
  readonly sizeOf: (folder: PickedFolder, name: string) => Promise<number>
}

export interface FolderBackups {
  /** The profile is open, for the first time or once more. */
  readonly begin: () => Promise<void>
  /** Resolves once it is kept what is wanted; what is written by then is another matter. */
  readonly take: (command: FolderCommand) => Promise<void>
  readonly shown: () => BackupFolderView | undefined
  /** The profile is closed, or becomes another one. */
  readonly stop: () => void
}

export const BACKUP_EVERY_MS = 24 * 60 * 60_000
/** After a failure; leave to write is looked for each time. */
const RETRY_AFTER_MS = 60 * 60_000
const LOOK_EVERY_MS = 10 * 60_000
/** Not while Parley is still opening. */
const FIRST_LOOK_AFTER_MS = 10_000
const ID_LENGTH = 4

/** It was left, or the profile is another tab's. */
class Unwanted extends Error {}

/** `parley-5f3a9c01-1.parleybackup`: of two profiles, or two browsers, that write into one folder none takes the other's. */
export const fileNameOf = (id: string, slot: 0 | 1): string => `parley-${id}-${slot + 1}.parleybackup`

/**
 * @param store of the open profile, if it is open
 * @param change has the messenger keep it
 */
export const createFolderBackups = ({
  folders,
  store,
  change,
  stretch,
  random,
  timers,
  tell,
  bug,
}: {
  readonly folders: Folders
  readonly store: () => Store | undefined
  readonly change: (change: FolderChange) => Promise<unknown>
  readonly stretch: Stretch
  readonly random: Random
  readonly timers: Timers
  readonly tell: (event: Event) => void
  readonly bug: (thrown: unknown) => void
}): FolderBackups => {
  let folder: PickedFolder | undefined
  let failure: BackupFolderView['failure']
  let writing: { isWanted: boolean } | undefined
  let stopTimer = (): void => {}
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time: the folder of one command is not to be forgotten for the sake of the one before. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }

  const row = (): BackupFolder | undefined => {
    const self = store()?.held.self.get('self')
    // A device that is off its account's list has nothing that another could be restored from.
    return self?.removedAtMs === undefined ? self?.backupFolder : undefined
  }
  const shown = (): BackupFolderView | undefined => {
    const kept = row()
    return kept && { name: kept.name, folder, isWriting: writing !== undefined, lastAtMs: kept.last?.atMs, failure }
  }
  const show = (): void => tell({ type: 'backup-folder-changed', backupFolder: shown() })
  const fail = (why: FolderFailure): void => {
    failure = { atMs: timers.nowMs(), why }
  }

  const stopWriting = (): void => {
    if (writing !== undefined) writing.isWanted = false
    writing = undefined
  }
  const stop = (): void => {
    stopTimer()
    stopWriting()
  }

  const lookIn = (delayMs: number): void => {
    stopTimer()
    stopTimer = timers.after(delayMs, () => void look().catch(bug))
  }

  const isDue = ({ last }: BackupFolder): boolean =>
    isPast(last?.atMs, BACKUP_EVERY_MS) && (failure?.why === 'not-permitted' || isPast(failure?.atMs, RETRY_AFTER_MS))

  /** Also where the clock was put back since. */
  const isPast = (sinceMs: number | undefined, forMs: number): boolean =>
    sinceMs === undefined || timers.nowMs() >= sinceMs + forMs || timers.nowMs() < sinceMs

  /** Leave to write is looked for before it is needed: the person may be asked while they are there. */
  const look = async (): Promise<void> => {
    lookIn(LOOK_EVERY_MS)
    const kept = row()
    if (kept === undefined && folder !== undefined) {
      // This device was taken off its list.
      folder = undefined
      show()
    }
    if (kept === undefined || writing !== undefined) return
    const into = folder
    const mayWrite = into !== undefined && (await folders.mayWrite(into).catch(() => false))
    if (row() !== kept || folder !== into || writing !== undefined) return
    const before = failure
    if (into === undefined) fail('folder-gone')
    else if (!mayWrite) fail('not-permitted')
    else if (failure?.why === 'not-permitted') failure = undefined
    if (before?.why !== failure?.why) show()
    if (into === undefined || failure?.why === 'not-permitted' || !isDue(kept)) return
    const [{ whyNothing }, { digestOf }] = await Promise.all([import('./written-backup.ts'), import('../messenger/backing-up.ts')])
    const held = store()?.held
    const digest = held && digestOf(held)
    if (row() !== kept || writing !== undefined || held === undefined) return
    if (digest === undefined) {
      fail(whyNothing(held))
      return show()
    }
    if (failure?.why === 'not-main') {
      // It is the main device again, and perhaps there is nothing new to write.
      failure = undefined
      show()
    }
    if (kept.last !== undefined && equal(kept.last.digest, digest) && (await isThere(into, kept.id, kept.last))) return
    if (row() === kept) await write()
  }

  /** Other programs, and people, delete files and cut them off. */
  const isThere = (into: PickedFolder, id: string, { bytes, slot }: FolderBackup): Promise<boolean> =>
    folders.sizeOf(into, fileNameOf(id, slot)).then(
      (found) => found === bytes,
      (thrown) => !(thrown instanceof DOMException && thrown.name === 'NotFoundError'),
    )

  const write = async (): Promise<void> => {
    const kept = row()
    if (kept === undefined || writing !== undefined) return
    const ours = { isWanted: true }
    writing = ours
    show()
    try {
      if (folder === undefined) throw new DOMException('no folder', 'NotFoundError')
      const last = await writeFile(kept, folder, () => {
        if (!ours.isWanted) throw new Unwanted()
      })
      await change({ type: 'written', id: kept.id, last })
      if (!ours.isWanted) return
      if (row()?.last?.atMs !== last.atMs) throw new TransferRefused('storage-failed')
      failure = undefined
    } catch (thrown) {
      // Where the profile was closed under it, whatever is read then fails in some way.
      if (!ours.isWanted) return
      const why = failureOf(thrown)
      fail(why)
      if (why === 'unexpected') bug(thrown)
    } finally {
      if (writing === ours) {
        writing = undefined
        show()
      }
    }
  }

  const writeFile = async ({ entropy, id, last }: BackupFolder, into: PickedFolder, passed: () => void) => {
    const [{ backUp, whyNothing }, { digestOf }] = await Promise.all([import('./written-backup.ts'), import('../messenger/backing-up.ts')])
    const opened = store()
    passed()
    const digest = opened && digestOf(opened.held)
    if (opened === undefined) throw new TransferRefused('nothing-here')
    if (digest === undefined) throw new TransferRefused(whyNothing(opened.held))
    const { held, look } = opened
    // The place of the last one only where nothing of it is left to lose.
    const other = last?.slot === 0 ? 1 : 0
    const slot = last === undefined || (await isThere(into, id, last)) ? other : last.slot
    passed()
    const name = fileNameOf(id, slot)
    const atMs = timers.nowMs()
    const sink = await folders.create(into, name)
    let bytes: number
    try {
      bytes = await backUp({ held, look }, entropy, sink, { nowMs: timers.nowMs, random, stretch, passed })
      passed()
      await sink.close()
    } catch (thrown) {
      await sink.abort().catch(() => undefined)
      throw thrown
    }
    if ((await folders.sizeOf(into, name)) !== bytes) throw new TransferRefused('file-failed')
    return { atMs, digest, slot, bytes } as const
  }

  const choose = async ({ folder: chosen, phrase }: Extract<FolderCommand, { type: 'choose-backup-folder' }>): Promise<void> => {
    const { fromWords } = await import('./secrets.ts')
    const entropy = fromWords(phrase)
    // Nobody would forget it after a wipe.
    if (store() === undefined) return
    const id = toHex(random(ID_LENGTH))
    await folders.keep(id, chosen)
    await change({ type: 'chosen', folder: { id, name: chosen.name, entropy, last: undefined } })
    // Whoever has the profile now, or opens it next, forgets it.
    if (store() === undefined) return
    const kept = row()
    if (kept?.id === id) {
      stopWriting()
      folder = chosen
      failure = undefined
      lookIn(LOOK_EVERY_MS)
      void write()
    }
    await forgetAllBut(kept)
  }

  const leave = async (): Promise<void> => {
    await change({ type: 'left' })
    // Where it could not be kept that it is left, it is not.
    if (store() === undefined || row() !== undefined) return
    stop()
    folder = undefined
    show()
    await folders.forget()
  }

  const forgetAllBut = async (kept: BackupFolder | undefined): Promise<PickedFolder | undefined> => {
    if (kept !== undefined) return folders.keptOnly(kept.id)
    await folders.forget()
    return undefined
  }

  const begin = async (): Promise<void> => {
    stop()
    failure = undefined
    folder = undefined
    if (store() === undefined) return
    const kept = row()
    // What a crash has left of a wipe, a restoration or a choice goes. A folder that cannot be read is one that is gone.
    const found = await forgetAllBut(kept).catch(() => undefined)
    if (kept === undefined || row()?.id !== kept.id) return
    folder = found
    show()
    lookIn(FIRST_LOOK_AFTER_MS)
  }

  return {
    begin: () => inTurn(begin),
    take: async (command) => {
      switch (command.type) {
        case 'choose-backup-folder':
          return inTurn(() => choose(command))
        case 'write-to-backup-folder':
          return void write()
        case 'leave-backup-folder':
          // At once; where it cannot be left, it is written later.
          stopWriting()
          show()
          return inTurn(leave)
      }
    },
    shown,
    stop,
  }
}

const reasonByName: Readonly<Record<string, FolderFailure>> = {
  NotFoundError: 'folder-gone',
  NotAllowedError: 'not-permitted',
  QuotaExceededError: 'storage-full',
}

/** What goes wrong with a file is the file's trouble, and no bug. */
const failureOf = (thrown: unknown): FolderFailure =>
  thrown instanceof DOMException ? (reasonByName[thrown.name] ?? 'file-failed') : reasonOf(thrown)
