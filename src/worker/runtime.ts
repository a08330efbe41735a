// The one road that every input takes, one turn at a time:
//
//   input --> load --> step --> commit --> release
//               ^        |
//               +-needs--+
//
// Load: the tables in memory, what the messenger knows only while it runs, and rows that it asks for. Release: nothing
// leaves before the changes that it follows from are on disk (invariants 1 and 2). A turn that fails leaves no trace but
// what is told of it. What is in the values is not known here.

import type { Random } from '../crypto/random.ts'
import type { Event, Order, Trouble } from '../messenger/api.ts'
import { asleep, type Live } from '../messenger/live.ts'
import type { Input, Outcome } from '../messenger/messenger.ts'
import type { Changes, Held } from '../messenger/state.ts'
import { type Store, StoreTrouble } from '../store/store.ts'
import type { Timers } from './clock.ts'

export type Step = (held: Held, live: Live, input: Input, nowMs: number, random: Random) => Outcome

/** What leaves: for the pipes, or for whom it concerns among the windows. */
export type Release = { readonly type: 'event'; readonly event: Event } | { readonly type: 'order'; readonly order: Order }

export interface Runtime {
  /**
   * Takes an input after all that came before it. Settles with its turn, never rejects.
   *
   * @param asker whose input it is, where that is another tab; said with all that is posted because of it
   * @returns whether the turn is over, for good or bad; false: the runtime stopped, and nobody knows whether it was kept
   */
  readonly take: (input: Input, asker?: string) => Promise<boolean>
  /** Takes, releases and wakes nothing from now on. A commit that is under way may still complete, as in a crash. */
  readonly stop: () => void
}

/** After a turn that failed, the clock and a first turn are tried again so much later: room may have been made. */
export const RETRY_AFTER_MS = 10_000
/** Reports that were missed are asked for again after as long, doubled up to this while nothing can be kept. */
const MISSED_AT_MOST_MS = 160_000

/**
 * @param isUnsure whether a commit that failed may have been written all the same: then memory is behind the disk
 * @param post where events and orders go, in order
 * @param bug what a step threw: the turn is rolled back and the runtime goes on
 * @param ended called once where the runtime stops by itself: another tab has the profile, or it is wiped
 */
export const createRuntime = ({
  store,
  isUnsure = false,
  step,
  random,
  timers,
  post,
  bug,
  ended,
}: {
  readonly store: Store
  readonly isUnsure?: boolean
  readonly step: Step
  readonly random: Random
  readonly timers: Timers
  readonly post: (message: Release, asker?: string) => void
  readonly bug: (thrown: unknown) => void
  readonly ended: (why: 'not-owner' | 'wiped') => void
}): Runtime => {
  let live = asleep
  let running = true
  let lastTurn: Promise<unknown> = Promise.resolve()
  let stopTimer = (): void => {}
  let clockIsDue = false
  let isMissing = false
  let missedAgainMs = RETRY_AFTER_MS

  const stop = (): void => {
    running = false
    stopTimer()
  }
  const tell = (trouble: Trouble): void => post({ type: 'event', event: { type: 'trouble', trouble } })

  const wakeAt = (timeMs: number | undefined): void => {
    stopTimer()
    if (timeMs === undefined || clockIsDue) return
    stopTimer = timers.after(timeMs - timers.nowMs(), () => {
      clockIsDue = true
      void take({ type: 'clock' })
    })
  }

  const takeTurn = async (input: Input, asker: string | undefined): Promise<void> => {
    if (isUnsure) await store.check()
    isUnsure = false
    let outcome = step(store.held, live, input, timers.nowMs(), random)
    while ('needs' in outcome) outcome = outcome.resume(await store.look(outcome.needs))
    const { changes, effects, live: next, wakeAtMs } = outcome.done
    if (!running) return
    if (!isEmpty(changes)) {
      await store.commit(changes)
      missedAgainMs = RETRY_AFTER_MS
    }
    if (!running) return
    live = next
    wakeAt(wakeAtMs)
    for (const effect of effects) {
      if (effect.type === 'wipe') return wipe()
      post(effect, asker)
    }
  }

  const wipe = async (): Promise<void> => {
    await store.wipe()
    stop()
    post({ type: 'event', event: { type: 'wiped' } })
    ended('wiped')
  }

  const fail = (input: Input, failure: unknown, asker: string | undefined): void => {
    if (!running) return
    const reason = failure instanceof StoreTrouble ? failure.reason : 'unexpected'
    if (reason === 'not-owner') {
      stop()
      return ended('not-owner')
    }
    if (reason === 'unexpected') bug(failure)
    if (reason === 'storage-failed') isUnsure = true
    tell(reason)
    tellUnkept(input, asker)
    // Nobody would repeat these; what a report told is to be had again, and a command is given again by a person.
    if (input.type === 'clock') wakeAt(timers.nowMs() + RETRY_AFTER_MS)
    if ((input.type === 'report' || input.type === 'missed' || isUnsure) && reason !== 'unexpected') missed()
    if (input.type === 'opened' && reason !== 'unexpected') timers.after(RETRY_AFTER_MS, () => void take(input))
  }

  /** What a person wrote is not to be lost with the turn. */
  const tellUnkept = (input: Input, asker: string | undefined): void => {
    if (input.type !== 'command' || input.command.type !== 'send-message') return
    const { contactId, text } = input.command
    post({ type: 'event', event: { type: 'message-not-kept', contactId, text } }, asker)
  }

  /** One for all that are missed until then. */
  const missed = (): void => {
    if (isMissing) return
    isMissing = true
    timers.after(missedAgainMs, () => {
      isMissing = false
      void take({ type: 'missed' })
    })
    missedAgainMs = Math.min(missedAgainMs * 2, MISSED_AT_MOST_MS)
  }

  const take = (input: Input, asker?: string): Promise<boolean> => {
    const turn = lastTurn.then(async () => {
      if (input.type === 'clock') clockIsDue = false
      if (!running) return false
      try {
        await takeTurn(input, asker)
      } catch (failure) {
        fail(input, failure, asker)
      }
      return running
    })
    lastTurn = turn
    return turn
  }

  return { take, stop }
}

const isEmpty = ({ forgetSeenBeforeMs, ...lists }: Changes): boolean =>
  Object.values(lists).every(({ length }) => length === 0) && forgetSeenBeforeMs === undefined
