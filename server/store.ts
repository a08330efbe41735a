// What the relay keeps, in words: the semantics that any engine must have (held by test/support/relay-store-contract.ts).
// Knows no engine, no frame and no socket. Nothing here leans on a transaction that spans two devices or two addresses, so
// that a replicated engine can take the place of the embedded one.
//
// An operation resolves once its outcome is durable. `in-doubt` means that it may or may not have happened (a timeout, a
// failing disk): it is never reported as success. What is idempotent may be asked again with the same ids; a pop is never
// asked again for the same key, so a pop in doubt burns it.

/** 32 bytes as 64 lower-case hexadecimal digits: the hash of a listen key. */
export type Address = string
/** `<account id, 64 hexadecimal digits>/<tag, decimal>` */
export type DeviceName = string
export type OneTimeKind = 'x25519' | 'kem'

export interface StoredEnvelope {
  /** Grows within an address and is never used twice; at least 1. */
  readonly position: number
  readonly envelope: Uint8Array
}

export interface StoredDeviceList {
  readonly version: number
  /** 1,984 bytes. */
  readonly accountKey: Uint8Array
  readonly deviceList: Uint8Array
  readonly expiresAtMs: number
}

export interface StoredStatement {
  readonly statement: Uint8Array
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface OneTimeKey {
  readonly id: number
  /** As it is served: opaque here. */
  readonly key: Uint8Array
}

export type Appended =
  | {
      readonly ok: true
      readonly position: number /** The same envelope id was kept before: nothing changed. */
      readonly isRepeat: boolean
    }
  | { readonly ok: false; readonly reason: 'no-mailbox' | 'mailbox-full' | 'store-full' | 'in-doubt' }

export type Added =
  | { readonly ok: true /** Ids that were taken before and are gone since: they stay gone. */; readonly spentIds: readonly number[] }
  | {
      readonly ok: false
      readonly reason: 'conflict'
      readonly ids: readonly number[] /** SHA-256 of what is kept under the first. */
      readonly storedHash: Uint8Array
    }
  | { readonly ok: false; readonly reason: 'too-many' | 'in-doubt' }

export type Put =
  | { readonly ok: true }
  /** Another version is kept than the caller knew. */
  | { readonly ok: false; readonly reason: 'changed' | 'store-full' | 'in-doubt' }

export interface MailboxLimits {
  /** Envelopes in one mailbox, and their bytes. Nothing is evicted: beyond them an append is refused. */
  readonly envelopesPerMailbox: number
  readonly bytesPerMailbox: number
  /** Over all mailboxes. */
  readonly storedBytes: number
}

export interface StoreLimits extends MailboxLimits {
  /** Accounts with a device list, and devices with a statement: so many of each. */
  readonly devices: number
}

/** Mailboxes: durable, in order for each address, at least once. */
export interface MailboxStore {
  /** Makes it if there is none, and notes that it is used until `keepUntilMs` at least. Idempotent. */
  openMailboxes(addresses: readonly Address[], keepUntilMs: number): Promise<'ok' | 'in-doubt'>
  /** Ends it with all that is in it. Idempotent. A position of it is never used again, also if it is opened anew. */
  closeMailboxes(addresses: readonly Address[]): Promise<'ok' | 'in-doubt'>
  /** Idempotent by envelope id (hexadecimal) for as long as the envelope is kept. Linearizable for each address. */
  append(address: Address, envelopeId: string, envelope: Uint8Array, expiresAtMs: number): Promise<Appended>
  /** The oldest after a position, ascending; what has expired is not there. At most `count` envelopes and, beyond the first, `maxBytes`. */
  read(address: Address, after: number, count: number, maxBytes: number, nowMs: number): Promise<readonly StoredEnvelope[]>
  /** Forgets them. Idempotent; positions that are not there are passed over. */
  acknowledge(address: Address, positions: readonly number[]): Promise<'ok' | 'in-doubt'>
  /** Envelopes that are kept at these addresses together. */
  waiting(addresses: readonly Address[], nowMs: number): Promise<number>
}

/** The device directory and the prekeys. */
export interface PrekeyStore {
  getDeviceList(accountId: string): Promise<StoredDeviceList | undefined>
  /** Compare and set: `expectVersion` is the version that is kept, 0 for none. */
  putDeviceList(accountId: string, list: StoredDeviceList, expectVersion: number): Promise<Put>
  getStatement(device: DeviceName): Promise<StoredStatement | undefined>
  /** Compare and set by `createdAtMs`, 0 for none. */
  putStatement(device: DeviceName, statement: StoredStatement, expectCreatedAtMs: number): Promise<Put>
  /**
   * All or nothing; ids ascend. An id above the highest ever taken is kept and moves that mark in the same transaction. An
   * id at or below it is kept already with the same key (nothing happens), or with another (`conflict`), or is gone: then it
   * stays gone, whatever key comes with it. `too-many`: more than `max` of this kind would be kept.
   */
  addOneTime(device: DeviceName, kind: OneTimeKind, keys: readonly OneTimeKey[], max: number): Promise<Added>
  /**
   * Takes the lowest id within one of the ranges, if given. At most once over all time, callers, crashes and restarts: a key
   * that was returned, or whose return is in doubt, is never returned again. `null`: none is left, or it is in doubt.
   */
  popOneTime(
    device: DeviceName,
    kind: OneTimeKind,
    ranges?: readonly (readonly [firstId: number, endId: number])[],
  ): Promise<OneTimeKey | null>
  /** Ascending. */
  listOneTime(device: DeviceName, kind: OneTimeKind): Promise<{ readonly highestId: number; readonly keys: readonly OneTimeKey[] }>
  /** Forgets the keys outside of these ranges; the mark stays. */
  keepOneTime(
    device: DeviceName,
    kind: OneTimeKind,
    ranges: readonly (readonly [firstId: number, endId: number])[],
  ): Promise<'ok' | 'in-doubt'>
  /** Statement and one-time keys. The marks stay until the account goes, so that nothing that was popped comes back. */
  dropDevice(device: DeviceName): Promise<'ok' | 'in-doubt'>
}

export interface Store extends MailboxStore, PrekeyStore {
  /** 16 bytes, drawn when the store was made. */
  readonly id: Uint8Array
  /** Seed of the relay's X25519 key, 32 bytes, drawn when the store was made. */
  readonly relaySeed: Uint8Array
  /** Deletes up to `budget` rows that are past their time: envelopes, mailboxes, lists and statements. @returns how many went */
  sweep(nowMs: number, budget: number): Promise<number>
  health(): Promise<{
    readonly ok: boolean
    readonly envelopes: number
    readonly bytes: number
    readonly mailboxes: number
    readonly devices: number
  }>
  /** A consistent copy while running. */
  backup(path: string): Promise<void>
  /** What was asked before is done first; afterwards every operation is `in-doubt`. */
  close(): Promise<void>
}
