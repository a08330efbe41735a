// What a transfer of a whole file has to do with while it runs, and what ends it early.

import type { Random } from '../crypto/random.ts'
import type { TransferFailure } from '../messenger/api.ts'
import type { DerivedKey } from '../passphrase/passphrase.ts'
import type { StretchingCost } from '../protocol/backup/backup.ts'
import { type Store, StoreTrouble } from '../store/store.ts'

/** A key from a passphrase, at a cost that whoever wrote the file has chosen. */
export type Stretch = (passphrase: string, salt: Uint8Array, cost: StretchingCost) => Promise<DerivedKey>

export interface Transfer {
  readonly nowMs: () => number
  readonly random: Random
  readonly stretch: Stretch
  /** Says how far it has come. Throws where nobody wants it any more. */
  readonly passed: (done: number, total: number) => void
}

/** A profile as it is read: its tables at one moment, and its messages. */
export type Readable = Pick<Store, 'held' | 'look'>

/** Ends a transfer, and has a sentence of its own. */
export class TransferRefused extends Error {
  readonly why: TransferFailure

  constructor(why: TransferFailure) {
    super(`transfer: ${why}`)
    this.name = 'TransferRefused'
    this.why = why
  }
}

/** What came is no backup of ours, whole and unaltered. */
export class StreamRefused extends Error {
  readonly reason: 'truncated' | 'altered'

  constructor(reason: 'truncated' | 'altered') {
    super(`backup: ${reason}`)
    this.name = 'StreamRefused'
    this.reason = reason
  }
}

/** What a person is told of whatever ended a transfer. */
export const reasonOf = (failure: unknown): TransferFailure => {
  if (failure instanceof TransferRefused) return failure.why
  if (failure instanceof StreamRefused) return failure.reason
  if (failure instanceof StoreTrouble) return failure.reason === 'storage-full' ? 'storage-full' : 'storage-failed'
  return 'unexpected'
}
