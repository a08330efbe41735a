// The lock as the tab knows it that has the profile: what stands on the disk of it, the keys while it is open, and what the
// screens are told. Which phase the profile is in, and when it is opened or closed, is decided in profile.ts.

import type { Event, LockCommand, LockedView, LockRefusal, LockView } from '../messenger/api.ts'
import type { RowKeys } from '../store/at-rest.ts'
import { type LockRecord, nextTryAtMs } from '../store/lock-record.ts'
import type { Lockbox, Unlocked } from '../store/lockbox.ts'
import type { Progress } from '../store/moving.ts'
import { StoreTrouble } from '../store/store.ts'

/** Keys, and the unlocking that they belong to. */
export interface OpenLock {
  readonly keys: RowKeys
  readonly unlockedAs: string
}

/** `open`: with these keys, or with those that lie beside the rows. */
export type Found =
  | { readonly type: 'open'; readonly keys: RowKeys | undefined }
  | { readonly type: 'locked' }
  | { readonly type: 'damaged' }

/** Commands that change nothing but the lock itself. */
export type LockChange = Extract<LockCommand, { type: 'change-passphrase' | 'set-auto-lock' | 'add-passkey' | 'remove-passkey' }>

export interface Locking {
  readonly find: () => Promise<Found>
  /** What another tab has handed over, should this one come to have the profile. */
  readonly take: (handed: OpenLock) => void
  /** What others may be handed. */
  readonly hand: () => OpenLock | undefined
  readonly unlock: (
    command: Extract<LockCommand, { type: 'unlock' | 'set-lock' | 'remove-lock' }>,
  ) => Promise<Extract<Unlocked, { ok: true }> | LockRefusal>
  /** Moves all rows to where they belong now; what came of it, `find` says. */
  readonly move: (keys: RowKeys, progressed: (progress: Progress) => void) => Promise<void>
  /** Gives up a lock that was never set whole. */
  readonly abandon: () => Promise<void>
  readonly change: (command: LockChange) => Promise<LockRefusal | undefined>
  readonly locked: () => Event
  readonly view: () => LockView | undefined
  /** Forgets the keys, on the disk too: nobody can hand them on. */
  readonly lock: () => Promise<void>
}

export const createLocking = (lockbox: Lockbox, nowMs: () => number): Locking => {
  let record: LockRecord | undefined
  let open: OpenLock | undefined
  let refusal: LockRefusal | undefined

  const read = async (): Promise<'damaged' | undefined> => {
    const found = await lockbox.read()
    if (found === 'damaged') return found
    record = found
    return undefined
  }

  /** Trouble of the disk is an answer here, too. */
  const answered = async <Answer>(asked: Promise<Answer>): Promise<Answer | 'failed'> => {
    try {
      return await asked
    } catch (failure) {
      if (failure instanceof StoreTrouble) return 'failed'
      throw failure
    }
  }

  const view = (): LockView | undefined =>
    record && { isSet: true, hasPasskey: record.passkey !== undefined, autoLockMinutes: record.autoLockMinutes }

  const lockedView = ({ failures, lastFailureAtMs, passkey, phase }: LockRecord): LockedView => ({
    phase: phase === 'setting' ? 'unfinished' : 'locked',
    failures,
    waitUntilMs: nextTryAtMs({ failures, lastFailureAtMs }, nowMs()),
    refusal,
    passkey: passkey && { credentialId: passkey.credentialId, salt: passkey.salt },
  })

  const changing = async (command: LockChange): Promise<LockRefusal | undefined> => {
    switch (command.type) {
      case 'set-auto-lock':
        await lockbox.setAutoLock(command.minutes)
        return undefined
      case 'remove-passkey':
        await lockbox.removePasskey()
        return undefined
      case 'change-passphrase': {
        const answer = await lockbox.changePassphrase(command.proof, command.passphrase)
        return answer.ok ? undefined : refusalOf(answer.reason)
      }
      case 'add-passkey': {
        const answer = await lockbox.addPasskey(command.proof, command)
        return answer.ok ? undefined : refusalOf(answer.reason)
      }
    }
  }

  return {
    find: async () => {
      if ((await read()) === 'damaged') return { type: 'damaged' }
      if (record === undefined) return { type: 'open', keys: undefined }
      const isHanded = record.phase === 'locked' && open !== undefined && record.unlockedAs === open.unlockedAs
      if (!isHanded) open = undefined
      return isHanded && open !== undefined ? { type: 'open', keys: open.keys } : { type: 'locked' }
    },
    take: (handed) => {
      open = handed
    },
    hand: () => open,
    unlock: async (command) => {
      const asked =
        command.type === 'set-lock'
          ? lockbox.begin(command.passphrase)
          : command.type === 'remove-lock'
            ? lockbox.beginRemoval(command.proof)
            : lockbox.unlock(command.proof)
      const answer = await answered(asked)
      if (answer !== 'failed' && answer.ok) {
        record = answer.record
        refusal = undefined
        open = answer.record.unlockedAs === undefined ? undefined : { keys: answer.keys, unlockedAs: answer.record.unlockedAs }
        return answer
      }
      refusal = answer === 'failed' ? 'failed' : refusalOf(answer.reason)
      if (command.type === 'unlock') await answered(read())
      return refusal
    },
    move: async (keys, progressed) => {
      if ((await answered(lockbox.move(keys, progressed))) !== 'failed') return
      refusal = 'failed'
      open = undefined
    },
    abandon: async () => void (await answered(lockbox.abandon())),
    change: async (command) => {
      const refused = await answered(changing(command))
      await answered(read())
      return refused
    },
    locked: () => ({ type: 'locked', lock: record ? lockedView(record) : nothingKnown }),
    view,
    lock: async () => {
      open = undefined
      await answered(lockbox.relock())
      lockbox.close()
    },
  }
}

const nothingKnown: LockedView = { phase: 'locked', failures: 0, waitUntilMs: undefined, refusal: undefined, passkey: undefined }

const refusalOf = (reason: Extract<Unlocked, { ok: false }>['reason']): LockRefusal => (reason === 'no-lock' ? 'failed' : reason)
