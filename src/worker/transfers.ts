// Whole files, to and fro, one at a time: a backup, a restoration, an export (docs/protocols/backup.md). The messenger goes on
// while one is written; while one is restored there is nobody yet for whom it could. What is in the files is told elsewhere,
// in files that are fetched when somebody wants one.
//
//   idle --back-up, export--> running --the file is closed--> done
//   idle --restore--> running --one commit--> done
//   running --cancel--> idle;  running --a refusal, trouble--> failed

import type { Random } from '../crypto/random.ts'
import type { Event, PickedFile, TransferCommand, TransferKind, TransferView } from '../messenger/api.ts'
import type { Store } from '../store/store.ts'
import type { Timers } from './clock.ts'
import type { Sink, Source } from './row-stream.ts'
import { reasonOf, type Stretch, type Transfer, TransferRefused } from './transfer.ts'

/** Files as the browser lets them be written and read. */
export interface Files {
  /** Begins a file: the one that was picked, or one of ours that the window hands out under the name that is given back. */
  readonly create: (to: PickedFile | undefined, name: string) => Promise<{ readonly sink: Sink; readonly handedOut: string | undefined }>
  /** Undefined where it is no file. */
  readonly open: (from: PickedFile) => Source | undefined
  /** Whatever lies here to be handed out goes. */
  readonly forget: () => Promise<void>
}

export interface Transfers {
  readonly take: (command: TransferCommand, asker?: string) => void
  /** What runs, or has ended without that anybody has said that they read how. */
  readonly shown: () => TransferView | undefined
  /** The profile is another tab's now. */
  readonly stop: () => void
}

/** The person has cancelled it, or the tab has lost the profile. */
class Unwanted extends Error {}

type Begun = Exclude<TransferCommand, { readonly type: 'make-recovery-phrase' | 'cancel-transfer' }>

const kinds: Readonly<Record<Begun['type'], TransferKind>> = {
  'back-up': 'backup',
  'restore-backup': 'restore',
  'export-messages': 'export',
}

/**
 * @param store of the open profile, if it is open
 * @param exchange gives the profile to whoever makes another one of it, and opens what that one has made of it
 * @param backedUp a backup was made
 */
export const createTransfers = ({
  files,
  store,
  exchange,
  backedUp,
  stretch,
  random,
  timers,
  tell,
  bug,
}: {
  readonly files: Files
  readonly store: () => Store | undefined
  readonly exchange: (make: (store: Store) => Promise<void>) => Promise<void>
  readonly backedUp: (atMs: number) => void
  readonly stretch: Stretch
  readonly random: Random
  readonly timers: Timers
  readonly tell: (event: Event, asker?: string) => void
  readonly bug: (thrown: unknown) => void
}): Transfers => {
  let running: { isWanted: boolean } | undefined
  let shown: TransferView | undefined

  const show = (transfer: TransferView | undefined): void => {
    shown = transfer
    tell({ type: 'transfer-changed', transfer })
  }

  const opened = (): Store => {
    const held = store()
    if (held === undefined) throw new TransferRefused('nothing-here')
    return held
  }

  /** @returns bytes of the file, and the name under which the window finds it */
  const write = async (to: PickedFile | undefined, name: string, fill: (sink: Sink) => Promise<number>) => {
    const { handedOut, sink } = await files.create(to, name).catch(fileFailed)
    try {
      const bytes = await fill(trusted(sink))
      await sink.close().catch(fileFailed)
      return { bytes, handedOut }
    } catch (failure) {
      await sink.abort().catch(() => undefined)
      throw failure
    }
  }

  const perform = async (command: Begun, transfer: Transfer) => {
    const day = new Date(timers.nowMs()).toISOString().slice(0, 10)
    switch (command.type) {
      case 'back-up': {
        const { backUp } = await import('./written-backup.ts')
        const { held, look } = opened()
        const written = await write(command.to, `parley-${day}.parleybackup`, (sink) =>
          backUp({ held, look }, command.secret, sink, transfer),
        )
        backedUp(timers.nowMs())
        return written
      }
      case 'export-messages': {
        const { exportPages } = await import('./export-file.ts')
        const { held, look } = opened()
        return write(command.to, `parley-${day}.html`, (sink) => exportPages({ held, look }, command, sink, transfer))
      }
      case 'restore-backup': {
        const { openBackup, restoreInto } = await import('./restoration.ts')
        const source = files.open(command.from)
        if (source === undefined) throw new TransferRefused('file-failed')
        opened()
        const backup = await openBackup(trustedSource(source), command.secret, transfer)
        await exchange((into) => restoreInto(into, backup, transfer))
        return { bytes: source.size, handedOut: undefined }
      }
    }
  }

  const makePhrase = async (asker: string | undefined): Promise<void> => {
    try {
      const { newPhrase } = await import('./secrets.ts')
      tell({ type: 'recovery-phrase-made', phrase: newPhrase(random) }, asker)
    } catch (failure) {
      bug(failure)
      tell({ type: 'transfer-changed', transfer: { phase: 'failed', kind: 'backup', why: 'unexpected' } }, asker)
    }
  }

  const begin = async (command: Begun): Promise<void> => {
    const kind = kinds[command.type]
    const ours = { isWanted: true }
    running = ours
    let told = -1
    const passed = (done: number, total: number): void => {
      if (!ours.isWanted) throw new Unwanted()
      const percent = total === 0 ? 0 : Math.floor((100 * done) / total)
      if (percent === told) return
      told = percent
      show({ phase: 'running', kind, done, total })
    }
    try {
      passed(0, 1)
      const { bytes, handedOut } = await perform(command, { nowMs: timers.nowMs, random, stretch, passed })
      show({ phase: 'done', kind, bytes, atMs: timers.nowMs(), handedOut })
    } catch (failure) {
      // Where the profile was closed under it, whatever is read then fails in some way.
      if (failure instanceof Unwanted || !ours.isWanted) return show(undefined)
      show({ phase: 'failed', kind, why: reasonOf(failure) })
      if (reasonOf(failure) === 'unexpected') bug(failure)
    } finally {
      running = undefined
    }
  }

  return {
    take: (command, asker) => {
      if (command.type === 'make-recovery-phrase') return void makePhrase(asker)
      if (command.type === 'cancel-transfer') {
        if (running !== undefined) {
          running.isWanted = false
          return
        }
        // It has ended, and the person has read how. A file that was handed out may be being saved still.
        return show(undefined)
      }
      if (running === undefined) void begin(command)
    },
    shown: () => shown,
    stop: () => {
      if (running !== undefined) running.isWanted = false
    },
  }
}

const fileFailed = (failure: unknown): never => {
  throw new TransferRefused(failure instanceof DOMException && failure.name === 'QuotaExceededError' ? 'storage-full' : 'file-failed')
}

/** What goes wrong with a file is the file's trouble, and no bug. */
const trusted = (sink: Sink): Sink => ({ ...sink, write: (bytes) => sink.write(bytes).catch(fileFailed) })
const trustedSource = (source: Source): Source => ({ size: source.size, read: (start, end) => source.read(start, end).catch(fileFailed) })
