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
  await Promise.all(requests)
  // Every request that an aborted transaction takes along says `AbortError`; one may say why.
  if (failures.length > 0)
    throw failures.find((failure) => !(failure instanceof DOMException && failure.name === 'AbortError')) ?? failures[0]
  return result
}

/** The fence (invariant 4): whoever opened the profile last wrote its number here. @param transaction one that takes in `meta` */
export const checkOwner = async (transaction: Writing, epoch: number): Promise<void> => {
  if ((await transaction.objectStore('meta').get('epoch')) !== epoch) throw new StoreTrouble('not-owner')
}

const abort = (transaction: Writing): void => {
  try {
    transaction.abort()
  } catch {
    // It has ended by itself.
  }
}
