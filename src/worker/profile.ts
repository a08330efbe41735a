// One tab's part in the profile: gets it, opens it, runs it, and lets go of it, for good or until its turn comes again.
// Between the window, the lock, the store and the runtime; what messages mean is not known here.
//
//   closed --start, take over, gained--> opening --opened--> running --wiped--> gone
//     ^                                   |  '--cannot be opened--> shut --wipe--> gone
//     '--------taken, lost----------------+---------------------'
//
// In `closed` either nothing was asked for yet or another tab has the profile.

import type { Random } from '../crypto/random.ts'
import type { Report, ToWindow, ToWorker, Trouble } from '../messenger/api.ts'
import type { Input } from '../messenger/messenger.ts'
import { type Opened, type OpenOptions, type Store, StoreTrouble } from '../store/store.ts'
import type { Timers } from './clock.ts'
import { createOwnership, type Locks } from './ownership.ts'
import { createRuntime, type Runtime, type Step } from './runtime.ts'
import { createStandingOrders } from './standing-orders.ts'

/** Asking for the lock, or reading the disk; with what came meanwhile. */
interface Opening {
  readonly name: 'opening'
  readonly inputs: Input[]
}

type Phase =
  | { readonly name: 'closed' | 'shut' | 'gone' }
  | Opening
  | { readonly name: 'running'; readonly store: Store; readonly runtime: Runtime }

export interface Profile {
  readonly receive: (message: ToWorker) => void
}

/** What a window says of itself, once and not again: said again to a messenger that opens later. */
const windowFacts: readonly Report['type'][] = ['window-changed', 'storage-measured', 'direct-lines-possible']

export const createProfile = ({
  locks,
  openStore,
  wipeDatabase,
  step,
  random,
  timers,
  post,
  bug,
}: {
  readonly locks: Locks
  readonly openStore: (options: OpenOptions) => Promise<Opened>
  /** Deletes a profile that cannot be opened. */
  readonly wipeDatabase: () => Promise<void>
  readonly step: Step
  readonly random: Random
  readonly timers: Timers
  readonly post: (message: ToWindow) => void
  readonly bug: (thrown: unknown) => void
}): Profile => {
  let phase: Phase = { name: 'closed' }
  /** Whether there has to be something on disk: if it is empty, the browser has deleted it. */
  let isExpected = false
  /** Whether the window bears our mark; not known to a tab that had to wait. */
  let isMarked: boolean | undefined
  const factByType = new Map<Report['type'], Report>()
  const standing = createStandingOrders()

  const release = (message: ToWindow): void => {
    if (message.type === 'order') standing.ordered(message.order)
    post(message)
  }
  const tell = (trouble: Trouble): void => post({ type: 'event', event: { type: 'trouble', trouble } })
  const staysShut = (why: Exclude<Trouble, 'storage-evicted'>): void => post({ type: 'event', event: { type: 'could-not-open', why } })
  const takeOrdersBack = (): void => {
    for (const order of standing.takeBack()) post({ type: 'order', order })
  }

  const beginOpening = (): Opening => {
    const opening: Opening = phase.name === 'opening' ? phase : { name: 'opening', inputs: [] }
    phase = opening
    return opening
  }

  const open = async (): Promise<void> => {
    const opening = beginOpening()
    const opened = await openStore({ damageFound: () => tell('record-damaged'), heldUp: () => tell('storage-held-up'), isMarked })
    if (phase !== opening) {
      if (opened.ok) opened.store.close()
      return
    }
    if (opened.ok) return run(opened, opening.inputs)
    phase = { name: 'shut' }
    if (opened.reason === 'not-owner') ownership.giveUp()
    else staysShut(opened.reason)
  }

  const run = ({ damaged, isMarkLost, isNew, store }: Extract<Opened, { ok: true }>, inputs: readonly Input[]): void => {
    if (isNew && isExpected) tell('storage-evicted')
    if (isMarkLost) tell('settings-evicted')
    if (damaged.length > 0) tell('record-damaged')
    const runtime = createRuntime({ store, step, random, timers, post: release, bug, ended })
    phase = { name: 'running', store, runtime }
    const facts = [...factByType.values()].map((report): Input => ({ type: 'report', report }))
    for (const input of [{ type: 'opened' } as const, ...facts, ...inputs]) void runtime.take(input)
  }

  const ended = (why: 'not-owner' | 'wiped'): void => {
    if (why === 'wiped') return leave()
    // Somebody opened it whom the lock did not stop, or it was deleted under us. If it is ours again and empty, it was that.
    ownership.giveUp()
    isExpected = true
  }

  const failed = (thrown: unknown): void => {
    if (!(thrown instanceof StoreTrouble)) bug(thrown)
    const why = thrown instanceof StoreTrouble && thrown.reason !== 'not-owner' ? thrown.reason : 'unexpected'
    if (phase.name !== 'opening') return tell(why)
    phase = { name: 'shut' }
    staysShut(why)
  }

  const leave = (): void => {
    phase = { name: 'gone' }
    takeOrdersBack()
    ownership.leave()
  }

  const close = (): void => {
    // Whoever has it now may wipe it before it is ours again.
    isExpected = false
    isMarked = undefined
    if (phase.name === 'running') {
      phase.runtime.stop()
      phase.store.close()
    }
    phase = { name: 'closed' }
    takeOrdersBack()
    post({ type: 'event', event: { type: 'opened-elsewhere' } })
  }

  const ownership = createOwnership({
    locks,
    gained: () => void open().catch(failed),
    lost: close,
    taken: close,
  })

  const take = (input: Input): void => {
    if (input.type === 'report') {
      const { report } = input
      standing.reported(report)
      // A line that opens when nobody wants lines any more.
      if (phase.name === 'closed' || phase.name === 'gone') takeOrdersBack()
      if (windowFacts.includes(report.type)) {
        factByType.set(report.type, report)
        if (phase.name !== 'running') return
      }
    }
    if (phase.name === 'running') void phase.runtime.take(input)
    if (phase.name === 'opening') phase.inputs.push(input)
    if (phase.name === 'shut' && input.type === 'command' && input.command.type === 'wipe-device') void wipeUnopened().catch(failed)
  }

  const wipeUnopened = async (): Promise<void> => {
    await wipeDatabase()
    post({ type: 'event', event: { type: 'wiped' } })
    leave()
  }

  return {
    receive: (message) => {
      switch (message.type) {
        case 'start':
          if (ownership.standing() !== 'idle') return
          isExpected = message.markerPresent
          isMarked = message.markerPresent
          beginOpening()
          return ownership.claim()
        case 'take-over':
          if (ownership.standing() !== 'waiting') return
          beginOpening()
          return ownership.takeOver()
        case 'command':
        case 'report':
          return take(message)
      }
    },
  }
}
