// A lock whose rows are never encrypted anew: for tests of what tabs do with one. Its passphrase is compared, its keys are
// WebCrypto's, and its record outlives the tabs that look at it.

import { generateRowKeys } from '../../src/store/at-rest.ts'
import { type LockRecord, nextTryAtMs } from '../../src/store/lock-record.ts'
import type { Lockbox, LockboxRefusal, Unlocked } from '../../src/store/lockbox.ts'

export interface MemoryLock {
  readonly box: () => Lockbox
  readonly record: () => LockRecord | undefined
  /** From now on no lock comes to be removed: a tab that sleeps holds it up. */
  readonly holdUp: () => void
}

const slot = { version: 1, nonce: new Uint8Array(24), wrapped: new Uint8Array(48), salt: new Uint8Array(16) } as const

/** Made beforehand: what tabs do follows at once, however busy the machine is. */
const rowKeys = await generateRowKeys()

export const createMemoryLock = (nowMs: () => number): MemoryLock => {
  let record: LockRecord | undefined
  let passphrase = ''
  let unlockings = 0
  let isHeldUp = false

  const prove = (given: string | undefined): LockboxRefusal | undefined => {
    if (record === undefined) return 'no-lock'
    if (nextTryAtMs(record, nowMs()) !== undefined) return 'wait'
    const isRight = given === passphrase
    record = { ...record, failures: isRight ? 0 : record.failures + 1, lastFailureAtMs: nowMs() }
    return isRight ? undefined : 'wrong'
  }
  const unlocked = async (phase?: LockRecord['phase']): Promise<Unlocked> => {
    if (record === undefined) return { ok: false, reason: 'no-lock' }
    unlockings += 1
    record = { ...record, phase: phase ?? record.phase, unlockedAs: unlockings.toString(16).padStart(32, '0') }
    return { ok: true, keys: rowKeys, record }
  }
  const given = (proof: Parameters<Lockbox['unlock']>[0]): string | undefined =>
    proof.type === 'passphrase' ? proof.passphrase : undefined

  return {
    record: () => record,
    holdUp: () => {
      isHeldUp = true
    },
    box: () => ({
      read: async () => record,
      unlock: async (proof) => {
        const refusal = prove(given(proof))
        return refusal === undefined ? unlocked() : { ok: false, reason: refusal }
      },
      relock: async () => {
        record = record && { ...record, unlockedAs: undefined }
      },
      begin: async (chosen) => {
        passphrase = chosen
        record = {
          phase: 'setting',
          phaseMac: new Uint8Array(16),
          passphrase: { ...slot, cost: { memoryKiB: 65_536, passes: 3, lanes: 1 } },
          passkey: undefined,
          failures: 0,
          lastFailureAtMs: 0,
          autoLockMinutes: 15,
          unlockedAs: undefined,
        }
        return unlocked()
      },
      abandon: async () => {
        record = undefined
      },
      beginRemoval: async (proof) => {
        if (isHeldUp) return new Promise<never>(() => {})
        const refusal = prove(given(proof))
        return refusal === undefined ? unlocked('removing') : { ok: false, reason: refusal }
      },
      move: async (moved, progressed) => {
        progressed({ done: 1, total: 1 })
        const isRemoval = record?.phase === 'removing'
        record = isRemoval || record === undefined ? undefined : { ...record, phase: 'locked' }
        return isRemoval ? undefined : moved
      },
      changePassphrase: async (proof, next) => {
        const refusal = prove(given(proof))
        if (refusal !== undefined) return { ok: false, reason: refusal }
        passphrase = next
        return { ok: true }
      },
      addPasskey: async (proof, { credentialId, salt }) => {
        const refusal = prove(given(proof))
        if (refusal !== undefined) return { ok: false, reason: refusal }
        record = record && { ...record, passkey: { ...slot, credentialId, salt } }
        return { ok: true }
      },
      removePasskey: async () => {
        record = record && { ...record, passkey: undefined }
      },
      setAutoLock: async (minutes) => {
        record = record && { ...record, autoLockMinutes: minutes }
      },
      close: () => {},
    }),
  }
}
