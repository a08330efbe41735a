// One tab's part in the profile: gets it, opens it, runs it, and lets go of it, for good or until its turn comes again; and
// while another tab has it, goes through that one. Between the window, the other tabs, the lock, the store and the runtime;
// what messages mean is not known here.
//
//   closed --start, take over, gained--> opening --opened--> running --wiped, locked--> gone
//     ^                                   ||  |                '--lock set or removed--> moving --all is moved--> opening
//     |                                   ||  '--a lock is set--> locked --unlocked--> opening
//     |                                   |'--cannot be opened--> shut --wipe--> gone
//     '--------taken, lost----------------+---------------------'
//
//                                     running --restore--> restoring --restored, refused--> running
//
// In `closed` either nothing was asked for yet or another tab has the profile. Where the browser lets tabs talk with each
// other, the latter is `following` instead, and what the person wants here is done there.

import { toHex } from '../crypto/bytes.ts'
import type { Random } from '../crypto/random.ts'
import type { Command, Event, LockCommand, Obstruction, Report, ToWindow, ToWorker, Trouble } from '../messenger/api.ts'
import type { WindowState } from '../messenger/live.ts'
import type { Input } from '../messenger/messenger.ts'
import type { RowKeys } from '../store/at-rest.ts'
import type { Lockbox } from '../store/lockbox.ts'
import { type Opened, type OpenOptions, type Store, StoreTrouble } from '../store/store.ts'
import type { Timers } from './clock.ts'
import { answers, isOfFolder, isTransfer, unbidden } from './command-kinds.ts'
import { createFolderBackups, type Folders } from './folder-backups.ts'
import { holdOwnLock } from './followers.ts'
import { createFollowing, type Following } from './following.ts'
import { createIdle } from './idle.ts'
import { createLockCommands } from './lock-commands.ts'
import { createLocking } from './locking.ts'
import { createOwnership, type Locks } from './ownership.ts'
import { createRuntime, type Release, type Runtime, type Step } from './runtime.ts'
import { createServing } from './serving.ts'
import { createStandingOrders } from './standing-orders.ts'
import { isLockCommand, readTabFrame, type TabFrame, writeTabFrame } from './tab-frames.ts'
import { type Stretch, TransferRefused } from './transfer.ts'
import { createTransfers, type Files } from './transfers.ts'

/** Asking for the lock, or reading the disk; with what came meanwhile. */
interface Opening {
  readonly name: 'opening'
  readonly inputs: Input[]
}

type Phase =
  | { readonly name: 'closed' | 'gone' | 'locked' }
  | Opening
  | { readonly name: 'moving'; readonly event: Event }
  | { readonly name: 'shut'; readonly why: Obstruction }
  | { readonly name: 'following'; readonly following: Following }
  | { readonly name: 'running'; readonly store: Store; readonly runtime: Runtime }
  /** Nobody is in it, and somebody is being brought back. */
  | { readonly name: 'restoring'; readonly store: Store }

export interface Profile {
  readonly receive: (message: ToWorker) => void
}

/** What all tabs of this profile hear but the one that speaks; in order. */
export interface TabChannel {
  readonly post: (message: unknown) => void
  readonly onMessage: (listener: (message: unknown) => void) => void
  readonly close: () => void
}

/** What a window says of itself, once and not again: said again to a messenger that opens later. */
const windowFacts: readonly Report['type'][] = ['window-changed', 'storage-measured', 'direct-lines-possible']

/** 32 lower-case hexadecimal digits. */
const ID_LENGTH = 16

/** @param channel undefined where the browser has none */
export const createProfile = ({
  locks,
  channel,
  openStore,
  wipeDatabase,
  lockbox,
  step,
  random,
  timers,
  files,
  folders,
  stretch,
  post,
  bug,
}: {
  readonly locks: Locks
  readonly channel: TabChannel | undefined
  readonly openStore: (options: OpenOptions) => Promise<Opened>
  /** Deletes a profile that cannot be opened. */
  readonly wipeDatabase: (heldUp: () => void) => Promise<void>
  readonly lockbox: Lockbox
  readonly step: Step
  readonly random: Random
  readonly timers: Timers
  readonly files: Files
  readonly folders: Folders
  readonly stretch: Stretch
  readonly post: (message: ToWindow) => void
  readonly bug: (thrown: unknown) => void
}): Profile => {
  const tab = toHex(random(ID_LENGTH))
  let phase: Phase = { name: 'closed' }
  /** Whether there has to be something on disk: if it is empty, the browser has deleted it. */
  let isExpected = false
  /** Whether this tab had the profile and has not been told yet by whom it goes on. */
  let hasLost = false
  /** Whether the window was told everything there is, and so has something to show. */
  let hasTold = false
  let isOutdated = false
  let shown: WindowState = { visible: true, openConversation: undefined }
  /** Commands of this tab's window, in order, of which it is not known that their turn is over. */
  const undone = new Map<string, Command | LockCommand>()
  /** Messages that this window has sent. */
  let sends = 0
  /** Whether the window bears our mark; not known to a tab that was not the first to have the profile. */
  let isMarked: boolean | undefined
  /** Whether nobody has spoken whom this tab waits for: it may be a page that is closing, this one before a reload. */
  let isUnspoken = false
  const factByType = new Map<Report['type'], Report>()
  const standing = createStandingOrders()
  const locking = createLocking(lockbox, timers.nowMs)

  const speak = (frame: TabFrame): void => {
    if (phase.name !== 'gone') channel?.post(writeTabFrame(frame))
  }
  const tellWindow = (event: Event): void => {
    if (event.type === 'opened') {
      hasTold = true
      idle.limit(undefined)
    }
    if (event.type === 'lock-changed') idle.limit(event.lock.autoLockMinutes)
    post({ type: 'event', event })
  }
  const release = (message: Release, asker?: string): void => {
    if (message.type === 'event') return serving.tell(message.event, asker)
    standing.ordered(message.order)
    post(message)
  }
  const tell = (trouble: Trouble): void => tellWindow({ type: 'trouble', trouble })
  const takeOrdersBack = (): void => {
    for (const order of standing.takeBack()) post({ type: 'order', order })
  }

  // ---- having the profile

  const beginOpening = (): Opening => {
    if (phase.name === 'following') phase.following.stop()
    const opening: Opening = phase.name === 'opening' ? phase : { name: 'opening', inputs: [] }
    phase = opening
    return opening
  }

  /** Whoever asked for what is waited for, in whichever tab, can do something about it. */
  const heldUp = (): void => serving.tell({ type: 'trouble', trouble: 'storage-held-up' })

  const open = async (): Promise<void> => {
    const opening = beginOpening()
    const found = await locking.find()
    if (phase !== opening) return
    if (found.type === 'damaged') return stayShut('record-damaged')
    return found.type === 'locked' ? stayLocked() : openWith(opening, found.keys)
  }

  const openWith = async (opening: Opening, keys: RowKeys | undefined): Promise<void> => {
    const opened = await openStore({ keys, damageFound: () => tell('record-damaged'), heldUp, isMarked })
    if (phase !== opening) {
      if (opened.ok) opened.store.close()
      return
    }
    if (opened.ok) {
      void files.forget()
      return run(opened, opening.inputs)
    }
    if (opened.reason !== 'not-owner') return stayShut(opened.reason)
    phase = { name: 'closed' }
    ownership.giveUp()
  }

  const run = ({ damaged, isMarkLost, isNew, store }: Extract<Opened, { ok: true }>, inputs: readonly Input[], isUnsure = false): void => {
    hasLost = false
    if (isNew && isExpected) tell('storage-evicted')
    if (isMarkLost) tell('settings-evicted')
    if (damaged.length > 0) tell('record-damaged')
    const runtime = createRuntime({ store, isUnsure, step, random, timers, post: release, bug, ended })
    phase = { name: 'running', store, runtime }
    const facts = [...factByType.values()].map((report): Input => ({ type: 'report', report }))
    void runtime
      .take({ type: 'opened' })
      .then(() => {
        tellApart()
        return folderBackups.begin()
      })
      .catch(failed)
    for (const input of [...facts, ...inputs]) void runtime.take(input)
    if (shown.openConversation !== undefined) openConversation(runtime)
    giveAll()
    serving.announce()
  }

  const stayShut = (why: Obstruction): void => {
    phase = { name: 'shut', why }
    serving.tell({ type: 'could-not-open', why })
    serving.announce()
  }

  /** Nothing else happens in the profile until it is another one, or the same as before. */
  const exchange = async (make: (store: Store) => Promise<void>): Promise<void> => {
    if (phase.name !== 'running') throw new TransferRefused('nothing-here')
    const { runtime, store } = phase
    // There is an account from the first turn on: without one, what a crash leaves would look like a damaged profile.
    await runtime.take({ type: 'clock' })
    if (phase.name !== 'running' || phase.runtime !== runtime) throw new TransferRefused('nothing-here')
    const restoring: Phase = { name: 'restoring', store }
    phase = restoring
    folderBackups.stop()
    runtime.stop()
    // The turn that is under way comes to its end.
    await runtime.take({ type: 'clock' })
    takeOrdersBack()
    let isMade = false
    try {
      await make(store)
      isMade = true
    } finally {
      // What failed may have been written all the same.
      if (phase === restoring) run({ ok: true, store, isNew: false, damaged: [], isMarkLost: false }, [], !isMade)
    }
  }

  const stayLocked = (): void => {
    phase = { name: 'locked' }
    // A readable export may lie there.
    void files.forget()
    serving.tell(locking.locked())
    serving.announce()
    giveAll()
  }

  /** What the messenger does not know, to those who have just been told all that it does. */
  const tellApart = (joined?: string): void => {
    tellLock(joined)
    const events: Event[] = []
    const transfer = transfers.shown()
    if (transfer !== undefined) events.push({ type: 'transfer-changed', transfer })
    const backupFolder = folderBackups.shown()
    // Whoever has just opened it looks for the folder first.
    if (backupFolder !== undefined && joined !== undefined) events.push({ type: 'backup-folder-changed', backupFolder })
    for (const event of events) {
      if (joined === undefined) serving.tell(event)
      else speak({ type: 'event', from: tab, to: joined, event })
    }
  }

  const tellLock = (joined?: string): void => {
    const lock = locking.view()
    if (lock === undefined || phase.name !== 'running') return
    const event: Event = { type: 'lock-changed', lock }
    if (joined === undefined) return serving.tell(event)
    speak({ type: 'event', from: tab, to: joined, event })
    const open = locking.hand()
    if (open !== undefined) hand(joined, open)
  }

  /** Some browsers may not take keys there: then the next owner finds the profile locked. */
  const hand = (to: string, open: { readonly keys: RowKeys; readonly unlockedAs: string }): void => {
    try {
      speak({ type: 'keys', from: tab, to, ...open })
    } catch (failure) {
      if (!(failure instanceof DOMException && failure.name === 'DataCloneError')) throw failure
    }
  }

  const ended = (why: 'not-owner' | 'wiped'): void => {
    if (why === 'wiped') void Promise.all([files.forget(), folders.forget()]).catch(failed)
    if (why === 'wiped') return leave()
    // Somebody opened it whom the lock did not stop, or it was deleted under us. If it is ours again and empty, it was that.
    ownership.giveUp()
    isExpected = true
  }

  const failed = (thrown: unknown): void => {
    if (!(thrown instanceof StoreTrouble)) bug(thrown)
    const why = thrown instanceof StoreTrouble && thrown.reason !== 'not-owner' ? thrown.reason : 'unexpected'
    if (phase.name === 'opening') stayShut(why)
    else tell(why)
  }

  const leave = (): void => {
    transfers.stop()
    folderBackups.stop()
    if (phase.name === 'following') phase.following.stop()
    phase = { name: 'gone' }
    abandon()
    takeOrdersBack()
    ownership.leave()
    serving.forget()
    channel?.close()
  }

  /** Another tab lives: it may wipe the profile, or mark the window, before it is ours again. */
  const expectNothing = (): void => {
    isUnspoken = false
    isExpected = false
    isMarked = undefined
  }

  /** The messenger ends as in a crash: a command whose turn is not over is given again. */
  const stopRunning = (): void => {
    transfers.stop()
    folderBackups.stop()
    if (phase.name === 'running') phase.runtime.stop()
    if (phase.name === 'running' || phase.name === 'restoring') phase.store.close()
    takeOrdersBack()
  }

  /** Another tab has the profile. */
  const close = (): void => {
    stopRunning()
    phase = { name: 'closed' }
    serving.forget()
    if (channel !== undefined) return follow()
    abandon()
    tellWindow({ type: 'opened-elsewhere' })
  }

  const wipeUnopened = async (): Promise<void> => {
    await wipeDatabase(heldUp)
    await Promise.all([files.forget(), folders.forget()])
    serving.tell({ type: 'wiped' })
    leave()
  }

  const ownership = createOwnership({
    locks,
    gained: () => void open().catch(failed),
    lost: () => {
      hasLost = true
      expectNothing()
      close()
    },
    taken: () => {
      if (channel === undefined) expectNothing()
      else isUnspoken = true
      close()
    },
  })

  /** @returns whether the turn is over */
  const perform = async (input: Input, asker?: string): Promise<boolean> => {
    if (input.type === 'command' && isTransfer(input.command)) {
      const isOpen = phase.name === 'running' || phase.name === 'restoring'
      if (isOpen) transfers.take(input.command, asker)
      return isOpen || phase.name === 'shut' || phase.name === 'gone'
    }
    if (input.type === 'command' && isOfFolder(input.command)) {
      if (phase.name === 'running') await folderBackups.take(input.command).catch(failed)
      // What is wanted while somebody is brought back waits for how that ends.
      return ['running', 'shut', 'gone'].includes(phase.name)
    }
    if (phase.name === 'running') return phase.runtime.take(input, asker)
    const isShut = phase.name === 'shut' || phase.name === 'locked'
    if (isShut && input.type === 'command' && input.command.type === 'wipe-device') await wipeUnopened().catch(failed)
    // While it is locked, what was wanted waits.
    return phase.name === 'shut' || phase.name === 'gone'
  }

  const transfers = createTransfers({
    files,
    store: () => (phase.name === 'running' ? phase.store : undefined),
    exchange,
    backedUp: (lastBackupAtMs) => void perform({ type: 'command', command: { type: 'change-settings', settings: { lastBackupAtMs } } }),
    stretch,
    random,
    timers,
    tell: (event, asker) => serving.tell(event, asker),
    bug,
  })

  const folderBackups = createFolderBackups({
    folders,
    store: () => (phase.name === 'running' ? phase.store : undefined),
    change: (change) => perform({ type: 'backup-folder', change }),
    stretch,
    random,
    timers,
    tell: (event) => serving.tell(event),
    bug,
  })

  // ---- the lock

  const lockCommands = createLockCommands({
    locking,
    timers,
    phase: () => phase.name,
    open,
    openWith: (keys) => openWith(beginOpening(), keys),
    move: (keys, why) => move(keys, why),
    lockNow: () => lockNow(),
    tellLock: () => tellLock(),
    tell: (event, asker) => serving.tell(event, asker),
    failed,
  })

  const performCommand = (command: Command | LockCommand, commandId: string, asker?: string): Promise<boolean> =>
    isLockCommand(command) ? lockCommands.perform(command, asker) : perform({ type: 'command', command, commandId }, asker)

  /** No messenger runs meanwhile: what is wanted waits. */
  const move = async (keys: RowKeys, why: LockCommand['type']): Promise<void> => {
    stopRunning()
    const progressed = ({ done, total }: { readonly done: number; readonly total: number }): void => {
      const event: Event = { type: 'moving', lockIsSet: why !== 'remove-lock', done, total }
      if (phase.name !== 'moving' && phase !== before) return
      phase = before = { name: 'moving', event }
      serving.tell(event)
    }
    let before: Phase = phase
    progressed({ done: 0, total: 0 })
    await locking.move(keys, progressed)
    if (phase === before) await open()
  }

  const lockNow = async (): Promise<void> => {
    if (phase.name !== 'running' || locking.view() === undefined) return
    // What was asked for before is kept first.
    await phase.runtime.take({ type: 'clock' })
    if (phase.name !== 'running') return
    stopRunning()
    // An export that was handed out is readable by anybody.
    await Promise.all([locking.lock(), files.forget()])
    serving.tell({ type: 'locking' })
    leave()
  }

  /** Nobody has acted for long. A tab that only follows lets go of what it shows, and finds it locked if its owner is awake. */
  const idle = createIdle(timers, () => {
    if (phase.name === 'running') return void performCommand({ type: 'lock-now' }, '')
    if (phase.name !== 'following') return
    tellWindow({ type: 'locking' })
    leave()
  })

  // ---- the other tabs

  const serving = createServing({
    tab,
    locks,
    post: speak,
    tellOwn: tellWindow,
    askOwn: (asker) => post({ type: 'ping', asker }),
    perform,
    performCommand,
    closed: () => {
      if (phase.name === 'shut') return { type: 'could-not-open', why: phase.why }
      if (phase.name === 'moving') return phase.event
      return phase.name === 'locked' ? locking.locked() : undefined
    },
    joined: tellApart,
  })

  const follow = (): void => {
    const following = createFollowing({
      tab,
      window: shown,
      timers,
      post: speak,
      told,
      joined: () => giveAll(),
      done: settle,
      silenceChanged: (silent) => {
        if (hasTold) tellWindow({ type: 'owner-silence-changed', silent })
        else if (silent) tellWindow({ type: 'opened-elsewhere' })
      },
      overdue: takeOver,
    })
    phase = { name: 'following', following }
  }

  const told = (event: Event): void => {
    // As the window's mark is set: if it is ours with nothing in it, and nobody has wiped it, it was deleted.
    if (event.type === 'contact-changed' || (event.type === 'opened' && event.contacts.length > 0)) isExpected = true
    // What is loaded begins anew: the screens ask again.
    if (event.type === 'opened') for (const [commandId, { type }] of undone) if (answers.includes(type)) undone.delete(commandId)
    tellWindow(event)
    if (event.type === 'opened' && hasLost) {
      hasLost = false
      tell('taken-over')
    }
    if (event.type === 'wiped' || event.type === 'locking') leave()
  }

  const hear = (posted: unknown): void => {
    if (isUnspoken && ownership.standing() === 'waiting') expectNothing()
    const read = readTabFrame(posted)
    if (read.ok && read.frame.type === 'active') return idle.acted()
    if (read.ok && read.frame.type === 'keys' && phase.name === 'following') {
      if (read.frame.to === tab) locking.take(read.frame)
      return
    }
    if (read.ok && phase.name === 'following') return phase.following.take(read.frame)
    if (read.ok && ownership.standing() === 'owner') return serving.take(read.frame)
    if (read.ok || read.reason !== 'newer' || isOutdated) return
    isOutdated = true
    tell('outdated')
  }
  channel?.onMessage(hear)

  // ---- this tab's window

  const takeOver = (): void => {
    if (ownership.standing() !== 'waiting' || (phase.name === 'following' && !phase.following.isSilent())) return
    beginOpening()
    ownership.takeOver()
  }

  const openConversation = (runtime: Runtime): void =>
    void runtime.take({ type: 'command', command: { type: 'open-conversation', contactId: shown.openConversation } })

  /** Not in `opening`, nor before another tab was joined: then all at once. */
  const give = (commandId: string, command: Command | LockCommand): void => {
    if (phase.name === 'following') return phase.following.give(commandId, command)
    if (phase.name !== 'running' && phase.name !== 'restoring' && phase.name !== 'shut' && phase.name !== 'locked') return
    void performCommand(command, commandId).then((isOver) => {
      if (isOver) settle(commandId)
    })
  }
  const giveAll = (): void => {
    for (const [commandId, command] of undone) give(commandId, command)
  }
  /** The turn of a command is over. */
  const settle = (commandId: string): void => {
    const command = undone.get(commandId)
    undone.delete(commandId)
    if (command?.type === 'send-message') tellSettled()
  }
  const abandon = (): void => {
    undone.clear()
    tellSettled()
  }
  const tellSettled = (): void => {
    const unsettled = [...undone.values()].filter(({ type }) => type === 'send-message').length
    post({ type: 'sends-settled', count: sends - unsettled })
  }

  const takeCommand = (command: Command | LockCommand): void => {
    if (command.type === 'open-conversation') {
      shown = { ...shown, openConversation: command.contactId }
      if (phase.name === 'following') phase.following.show(shown)
      if (phase.name === 'running') openConversation(phase.runtime)
      return
    }
    if (command.type === 'send-message') sends += 1
    if (phase.name === 'closed' || phase.name === 'gone') return tellSettled()
    const commandId = toHex(random(ID_LENGTH))
    undone.set(commandId, command)
    give(commandId, command)
    if (phase.name === 'following' && !unbidden.includes(command.type)) phase.following.act()
  }

  const takeReport = (report: Report): void => {
    if (report.type === 'window-woke' || report.type === 'window-changed') idle.look()
    standing.reported(report)
    // A line that opens when nobody wants lines any more.
    if (['closed', 'following', 'gone', 'locked', 'moving'].includes(phase.name)) takeOrdersBack()
    if (windowFacts.includes(report.type)) factByType.set(report.type, report)
    if (report.type === 'window-changed') shown = { ...shown, visible: report.visible }
    if (phase.name === 'running') void phase.runtime.take({ type: 'report', report })
    if (phase.name === 'opening' && !windowFacts.includes(report.type)) phase.inputs.push({ type: 'report', report })
    if (phase.name !== 'following') return
    if (report.type === 'window-changed') phase.following.show(shown)
    if (report.type === 'storage-measured' || report.type === 'window-woke') phase.following.report(report)
  }

  return {
    receive: (message) => {
      switch (message.type) {
        case 'start':
          if (phase.name !== 'closed' || ownership.standing() !== 'idle') return
          isExpected = message.markerPresent
          isMarked = message.markerPresent
          beginOpening()
          if (channel === undefined) return ownership.claim()
          return void holdOwnLock(locks, tab).then(ownership.claim)
        case 'take-over':
          return takeOver()
        case 'person-acted':
          idle.acted()
          return speak({ type: 'active', from: tab })
        case 'pong':
          if (ownership.standing() === 'owner') speak({ type: 'pong', from: tab, to: message.asker })
          return
        case 'command':
          return takeCommand(message.command)
        case 'report':
          return takeReport(message.report)
      }
    },
  }
}
