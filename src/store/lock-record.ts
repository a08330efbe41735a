// What stands on the disk of a lock, and how the master key is wrapped in it (docs/storage.md, The lock): values and pure steps.
// Who derives the keys that it is wrapped under, and who writes the record, is told elsewhere.

import { xChaCha20Poly1305 } from '../crypto/aead.ts'
import { ascii, asSecret, type Secret } from '../crypto/bytes.ts'
import { hkdfSha256 } from '../crypto/hash.ts'
import type { Random } from '../crypto/random.ts'
import type { Argon2Cost } from '../passphrase/cost.ts'
import { encodeRow } from './row-codec.ts'

/** 32 random bytes, from which the keys of rows are derived. It never changes for as long as a lock is set. */
export type MasterKey = Secret<'MasterKey'>
/** 32 bytes that a way in gives: from a passphrase or from a passkey. */
export type WrappingKey = Secret<string>

interface Wrapped {
  readonly version: 1
  /** 24 random bytes. */
  readonly nonce: Uint8Array
  /** XChaCha20-Poly1305 of the master key, 48 bytes. */
  readonly wrapped: Uint8Array
}

export interface PassphraseSlot extends Wrapped {
  /** 16 random bytes. */
  readonly salt: Uint8Array
  readonly cost: Argon2Cost
}

export interface PasskeySlot extends Wrapped {
  readonly credentialId: Uint8Array
  /** 32 random bytes that the authenticator is asked about. */
  readonly salt: Uint8Array
}

//  (no record) --set--> setting --all is moved--> locked --remove--> removing --all is moved--> removed (the same as no record)
//                          '--abandoned--> removed           ^--no room-----'
export type LockPhase = 'setting' | 'locked' | 'removing' | 'removed'

export interface LockRecord {
  readonly phase: LockPhase
  /** 16 bytes that only who has unlocked it can make: who writes to the disk could have a lock removed by unlocking it. */
  readonly phaseMac: Uint8Array
  readonly passphrase: PassphraseSlot
  readonly passkey: PasskeySlot | undefined
  /** Wrong proofs in a row, counted before they are looked at. */
  readonly failures: number
  readonly lastFailureAtMs: number
  /** Minutes without anybody acting; undefined: never. */
  readonly autoLockMinutes: number | undefined
  /** Named anew with each unlocking, and nobody's once it is locked: under it the tabs may hand the keys on to each other. */
  readonly unlockedAs: string | undefined
}

export const MASTER_KEY_LENGTH = 32
const PHASE_MAC_LENGTH = 16
const NONCE_LENGTH = 24

/** Everything about a slot that is plain; a slot of which any of it was changed does not open. */
const passphrasePlace = ({ cost: { lanes, memoryKiB, passes }, salt }: Pick<PassphraseSlot, 'cost' | 'salt'>): Uint8Array =>
  encodeRow(['parley lock', 1, 'passphrase', memoryKiB, passes, lanes, salt])
const passkeyPlace = ({ credentialId, salt }: Pick<PasskeySlot, 'credentialId' | 'salt'>): Uint8Array =>
  encodeRow(['parley lock', 1, 'passkey', credentialId, salt])

const wrap = (key: WrappingKey, master: MasterKey, place: Uint8Array, random: Random): Wrapped => {
  const nonce = random(NONCE_LENGTH)
  return { version: 1, nonce, wrapped: xChaCha20Poly1305.seal(key, nonce, master, place) }
}

const unwrap = (key: WrappingKey, { nonce, wrapped }: Wrapped, place: Uint8Array): MasterKey | undefined => {
  const master = xChaCha20Poly1305.open(key, nonce, wrapped, place)
  return master?.length === MASTER_KEY_LENGTH ? asSecret<'MasterKey'>(master) : undefined
}

export const wrapForPassphrase = (
  key: WrappingKey,
  master: MasterKey,
  plain: Pick<PassphraseSlot, 'cost' | 'salt'>,
  random: Random,
): PassphraseSlot => ({ ...plain, ...wrap(key, master, passphrasePlace(plain), random) })

export const unwrapByPassphrase = (key: WrappingKey, slot: PassphraseSlot): MasterKey | undefined =>
  unwrap(key, slot, passphrasePlace(slot))

/** @param output 32 bytes: what the authenticator says of the salt (WebAuthn Level 3 §10.1.4) */
export const passkeyKey = (output: Uint8Array): WrappingKey => hkdfSha256(output, new Uint8Array(0), ascii('parley lock passkey 1'), 32)

export const wrapForPasskey = (
  key: WrappingKey,
  master: MasterKey,
  plain: Pick<PasskeySlot, 'credentialId' | 'salt'>,
  random: Random,
): PasskeySlot => ({ ...plain, ...wrap(key, master, passkeyPlace(plain), random) })

export const unwrapByPasskey = (key: WrappingKey, slot: PasskeySlot): MasterKey | undefined => unwrap(key, slot, passkeyPlace(slot))

// ---- slowing down

/** So many mistakes are free. */
const FREE_FAILURES = 3
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 15 * 60_000

const waitAfterMs = (failures: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), LONGEST_WAIT_MS)

/**
 * When the next try is taken. A failure that is still to come was written by a clock that has been set back since: from
 * whenever it is looked at, the wait is whole, so whoever keeps the record has to put it in order first.
 */
export const nextTryAtMs = (
  { failures, lastFailureAtMs }: Pick<LockRecord, 'failures' | 'lastFailureAtMs'>,
  nowMs: number,
): number | undefined => {
  const waitMs = Math.min(lastFailureAtMs, nowMs) + waitAfterMs(failures) - nowMs
  return waitMs > 0 ? nowMs + waitMs : undefined
}

/** After a clock was set back the wait begins now: who could set it ahead would keep everybody out until it is that late. */
export const withPresentFailure = (record: LockRecord, nowMs: number): LockRecord =>
  record.lastFailureAtMs > nowMs ? { ...record, lastFailureAtMs: nowMs } : record

// ---- what is found on the disk

const isBytes = (value: unknown, length?: number): value is Uint8Array =>
  value instanceof Uint8Array && (length === undefined || value.length === length)
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const isWrapped = (slot: Readonly<Record<string, unknown>>): boolean =>
  slot['version'] === 1 && isBytes(slot['nonce'], NONCE_LENGTH) && isBytes(slot['wrapped'])
const isPassphraseSlot = (slot: unknown): boolean => {
  if (!isObject(slot) || !isWrapped(slot) || !isBytes(slot['salt']) || !isObject(slot['cost'])) return false
  const { lanes, memoryKiB, passes } = slot['cost']
  return isCount(lanes) && isCount(memoryKiB) && isCount(passes)
}
const isPasskeySlot = (slot: unknown): boolean =>
  isObject(slot) && isWrapped(slot) && isBytes(slot['salt'], 32) && isBytes(slot['credentialId'])

const phases: readonly unknown[] = ['setting', 'locked', 'removing', 'removed'] satisfies LockPhase[]

/** @param found anything. @returns undefined for what is no record of a lock of this version */
export const readLockRecord = (found: unknown): LockRecord | undefined => {
  if (!isObject(found) || !phases.includes(found['phase']) || !isPassphraseSlot(found['passphrase'])) return undefined
  if (!isBytes(found['phaseMac'], PHASE_MAC_LENGTH)) return undefined
  if (found['passkey'] !== undefined && !isPasskeySlot(found['passkey'])) return undefined
  if (!isCount(found['failures']) || typeof found['lastFailureAtMs'] !== 'number') return undefined
  if (found['autoLockMinutes'] !== undefined && !isCount(found['autoLockMinutes'])) return undefined
  if (found['unlockedAs'] !== undefined && typeof found['unlockedAs'] !== 'string') return undefined
  // Each of its fields was looked at.
  return found as unknown as LockRecord
}
