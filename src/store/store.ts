// What the worker keeps its state in, whatever keeps it (docs/storage.md): the door of this folder. Two adapters stand behind
// it: IndexedDB in the product, memory in tests; one suite holds both to what is said here. Nothing here knows what rows mean.

import type { Changes, Found, Held, HeldTables, Lookup } from '../messenger/state.ts'
import type { RowKeys } from './at-rest.ts'

export type HeldTable = keyof HeldTables

/**
 * Why a store cannot do what it was asked. The profile on disk is then as it was after the last commit that completed.
 *
 * - `not-owner`: another tab has opened the profile since, the database is gone, or a commit that was said to have failed is on
 *   disk: what this store knows is not what is there, and it writes nothing ever again;
 * - `storage-full`: the browser grants no more room;
 * - `storage-failed`: the database cannot be opened, read or written.
 */
export type StoreTroubleReason = 'not-owner' | 'storage-full' | 'storage-failed'

/** Thrown by every function of a store: trouble in the world, not a bug. */
export class StoreTrouble extends Error {
  readonly reason: StoreTroubleReason

  constructor(reason: StoreTroubleReason, cause?: unknown) {
    super(`store: ${reason}`, { cause })
    this.name = 'StoreTrouble'
    this.reason = reason
  }
}

export interface Store {
  /** The tables that are in memory whole, as of the last commit that completed. Replaced, never mutated. */
  readonly held: Held
  /** Reads rows that are not in memory; one answer a question, in order. A row that does not open is not there. */
  readonly look: (lookups: readonly Lookup[]) => Promise<readonly Found[]>
  /** Writes all or nothing (invariants 1 and 2). Resolves once it is on disk; `held` is the new one from then on. One at a time. */
  readonly commit: (changes: Changes) => Promise<void>
  /** Makes sure that the disk is what `held` says, after a commit that failed and may have been written; `not-owner` where it is not. */
  readonly check: () => Promise<void>
  /** Deletes everything, keys included, and waits until it is gone. The store is closed afterwards. */
  readonly wipe: () => Promise<void>
  /** Lets go of the database. What is under way may still complete; nothing can be asked afterwards. */
  readonly close: () => void
}

/** A row that could not be opened: left on disk as it is, and absent from then on. */
export interface Damage {
  readonly table: HeldTable | 'messages' | 'seen'
}

/**
 * What opening a profile gives. Opening it is claiming it: whoever had it open before can no longer write.
 * `record-damaged`: who we are cannot be read although something else is kept; nothing was written.
 */
export type Opened =
  | {
      readonly ok: true
      readonly store: Store
      /** Whether there was no profile: nothing was kept here before. */
      readonly isNew: boolean
      readonly damaged: readonly Damage[]
      /** Whether the window bore our mark when it opened this before, and does not any more: what it keeps was deleted. */
      readonly isMarkLost: boolean
    }
  | { readonly ok: false; readonly reason: 'record-damaged' | StoreTroubleReason }

export interface OpenOptions {
  /** The keys of a profile with a lock, which are kept nowhere; undefined: of the profile without one, which keeps its own. */
  readonly keys?: RowKeys | undefined
  /** A row that was looked up later and did not open; told once a row. */
  readonly damageFound?: (damage: Damage) => void
  /** Another tab holds the opening up, or the deletion: it goes on once that one has let go of the database. */
  readonly heldUp?: () => void
  /** Whether the window bears our mark; undefined where that is not known. */
  readonly isMarked?: boolean | undefined
}
