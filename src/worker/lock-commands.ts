// The commands of the lock, one at a time: what each is answered with, and what the profile does then. What stands on the disk of
// the lock is told in locking.ts; phases change in profile.ts alone.

import type { Event, LockCommand } from '../messenger/api.ts'
import type { RowKeys } from '../store/at-rest.ts'
import type { Timers } from './clock.ts'
import type { Locking } from './locking.ts'

/** What was wanted of the lock before it is locked has so long to come to its end: a passphrase takes a second or a few. */
const LOCKS_AFTER_MS = 10_000

export interface LockCommands {
  /** @returns true: its turn is over, for good or bad */
  readonly perform: (command: LockCommand, asker: string | undefined) => Promise<boolean>
}

/**
 * @param phase its name, as it is at the moment: it may be another one after each wait
 * @param openWith opens the profile that was locked
 */
export const createLockCommands = ({
  locking,
  timers,
  phase,
  open,
  openWith,
  move,
  lockNow,
  tellLock,
  tell,
  failed,
}: {
  readonly locking: Locking
  readonly timers: Timers
  readonly phase: () => string
  readonly open: () => Promise<void>
  readonly openWith: (keys: RowKeys) => Promise<void>
  readonly move: (keys: RowKeys, why: LockCommand['type']) => Promise<void>
  readonly lockNow: () => Promise<void>
  readonly tellLock: () => void
  readonly tell: (event: Event, asker: string | undefined) => void
  readonly failed: (thrown: unknown) => void
}): LockCommands => {
  let last: Promise<unknown> = Promise.resolve()

  /** Another tab that sleeps may hold up what is wanted of the lock, but never the locking. */
  const soonAfter = (work: Promise<unknown>): Promise<unknown> =>
    Promise.race([work, new Promise<void>((resolve) => timers.after(LOCKS_AFTER_MS, resolve))])

  const act = async (command: LockCommand, asker: string | undefined): Promise<void> => {
    const answer = (refusal: Extract<Event, { type: 'lock-answered' }>['refusal']): void =>
      tell({ type: 'lock-answered', command: command.type, refusal }, asker)
    switch (command.type) {
      case 'unlock': {
        if (phase() !== 'locked') return
        const unlocked = await locking.unlock(command)
        if (phase() !== 'locked') return
        if (typeof unlocked === 'string') return tell(locking.locked(), undefined)
        return unlocked.record.phase === 'locked' ? openWith(unlocked.keys) : move(unlocked.keys, command.type)
      }
      case 'abandon-lock':
        if (phase() !== 'locked') return
        await locking.abandon()
        return open()
      case 'set-lock':
      case 'remove-lock': {
        if (phase() !== 'running' || (command.type === 'set-lock') !== (locking.view() === undefined)) return answer('failed')
        const unlocked = await locking.unlock(command)
        if (typeof unlocked === 'string') return answer(unlocked)
        // Another tab has taken the profile meanwhile, and finds it as it lies on the disk.
        if (phase() !== 'running') return
        return move(unlocked.keys, command.type)
      }
      case 'lock-now':
        return lockNow()
      case 'change-passphrase':
      case 'set-auto-lock':
      case 'add-passkey':
      case 'remove-passkey': {
        if (phase() !== 'running' || locking.view() === undefined) return answer('failed')
        answer(await locking.change(command))
        return tellLock()
      }
    }
  }

  return {
    perform: (command, asker) => {
      const done = (command.type === 'lock-now' ? soonAfter(last) : last)
        .then(() => act(command, asker))
        .then(
          () => true,
          (thrown: unknown) => {
            failed(thrown)
            return true
          },
        )
      last = done
      return done
    },
  }
}
