// Transactions as a commit needs them (docs/storage.md): durable, fenced, all or nothing. What is written in one is not
// known here.

import type { IDBPTransaction, StoreNames } from 'idb'
import type { Database, Schema } from './schema.ts'
import { StoreTrouble } from './store.ts'

type Tables = StoreNames<Schema>
export type Writing = IDBPTransaction<Schema, Tables[], 'readwrite'>

/** Browsers call a commit complete before it is on disk unless they are asked not to. */
const strict = { durability: 'strict' } as const

/**
 * Writes in one transaction that is on disk when this resolves, or leaves everything as it was and throws.
 *
 * @param write awaits nothing but requests of this transaction; those that it does not await it hands to `request`
 */
export const transact = async <Result>(
  database: Database,
  tables: readonly Tables[],
  write: (transaction: Writing, request: (made: Promise<unknown>) => void) => Promise<Result>,
): Promise<Result> => {
  const transaction = database.transaction([...tables], 'readwrite', strict)
  const failures: unknown[] = []
  const requests: Promise<unknown>[] = []
  const request = (made: Promise<unknown>): void => void requests.push(made.catch((failure: unknown) => failures.push(failure)))
  request(transaction.done)
  const result = await write(transaction, request).catch((failure: unknown) => {
    abort(transaction)
    throw failure
  })
  // Else the browser would first tell of each request, and then commit.
  commit(transaction)
  await Promise.all(requests)
  // Every request that an aborted transaction takes along says `AbortError`; one may say why.
  if (failures.length > 0)
    throw failures.find((failure) => !(failure instanceof DOMException && failure.name === 'AbortError')) ?? failures[0]
  return result
}

/** What the fence is about: who opened the profile last, and the last commit that is on disk. Both numbers only grow. */
export interface Fence {
  readonly epoch: number
  readonly commits: number
}

/**
 * The fence (invariant 4): whoever opened the profile last wrote its number into `meta`, and each commit its own.
 *
 * @param transaction one that takes in `meta`
 * @param attempt the number of a commit that may have been written already, though its answer was lost
 * @returns whether it was
 */
export const checkOwner = async (
  transaction: Pick<IDBPTransaction<Schema, Tables[], IDBTransactionMode>, 'objectStore'>,
  { commits, epoch }: Fence,
  attempt?: number,
): Promise<boolean> => {
  const meta = transaction.objectStore('meta')
  const [owner, last = 0] = await Promise.all([meta.get('epoch'), meta.get('commits')])
  if (owner !== epoch || (last !== commits && last !== attempt)) throw new StoreTrouble('not-owner')
  return last === attempt
}

const commit = (transaction: Writing): void => {
  try {
    transaction.commit()
  } catch {
    // It has ended by itself.
  }
}

const abort = (transaction: Writing): void => {
  try {
    transaction.abort()
  } catch {
    // It has ended by itself.
  }
}
