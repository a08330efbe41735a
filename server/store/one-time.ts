// What becomes of uploaded one-time keys: the rules of the high-water mark, without a disk. So that a key which was popped
// never comes back, an id at or below the mark is either still there or gone for ever.

import { equal } from '../../src/crypto/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Added, OneTimeKey } from '../store.ts'

export interface Kept {
  /** The highest id that was ever taken; 0 before the first. */
  readonly highestId: number
  readonly count: number
  readonly keyOf: (id: number) => Uint8Array | undefined
}

export type Upload = { readonly ok: true; readonly fresh: readonly OneTimeKey[]; readonly spentIds: readonly number[] }

export type IdRanges = readonly (readonly [firstId: number, endId: number])[]

/** Decides for all of `keys` or none. Throws where ids do not ascend from 1: that is a bug of the caller. */
export const planUpload = (keys: readonly OneTimeKey[], kept: Kept, max: number): Upload | Exclude<Added, { ok: true }> => {
  const fresh: OneTimeKey[] = []
  const spentIds: number[] = []
  const conflicts: number[] = []
  let storedHash: Uint8Array | undefined
  let before = 0
  for (const each of keys) {
    if (!Number.isSafeInteger(each.id) || each.id <= before) throw new Error('one-time keys: ids do not ascend')
    before = each.id
    if (each.id > kept.highestId) {
      fresh.push(each)
      continue
    }
    const stored = kept.keyOf(each.id)
    if (!stored) spentIds.push(each.id)
    else if (!equal(stored, each.key)) {
      conflicts.push(each.id)
      storedHash ??= sha256(stored)
    }
  }
  if (storedHash) return { ok: false, reason: 'conflict', ids: conflicts, storedHash }
  if (fresh.length > 0 && kept.count + fresh.length > max) return { ok: false, reason: 'too-many' }
  return { ok: true, fresh, spentIds }
}

export const isInRanges = (ranges: IdRanges, id: number): boolean => ranges.some(([firstId, endId]) => id >= firstId && id < endId)
