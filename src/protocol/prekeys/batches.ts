// One-time ML-KEM-1024 prekeys in batches of 100 under a hash tree (docs/protocols/prekeys.md, Batches): one signature
// over the root vouches for all of them, and each is shown with the seven hashes beside its way up. RFC 6962 §2.1's two
// prefixes keep a leaf from being read as a node. Only seeds and leaf hashes are kept; a key is made again from its seed.

import { concat, equal, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { type MlKemSeed, mlKem1024 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import { encode } from '../../wire/codec.ts'
import { mlKem1024PublicKey } from '../identity/identity.ts'
import { BATCH_LIFE_MS } from './lifetimes.ts'

export const BATCH_SIZE = 100
/** Hashes in a path: the tree has 2^7 = 128 leaves. */
export const PATH_LENGTH = 7
const LEAF_COUNT = 2 ** PATH_LENGTH
const MAX_ID = 2 ** 32 - 1

export interface KemBatch {
  /** Ids are firstId to firstId + 99. */
  readonly firstId: number
  readonly expiresAtMs: number
  /** 100, by id - firstId; undefined once a key is spent. */
  readonly seeds: readonly (MlKemSeed | undefined)[]
  /** 100 x 32 bytes, by id - firstId. */
  readonly leafHashes: readonly Uint8Array[]
}

/** A one-time key with what shows that it belongs to a batch. */
export interface ProvenKem {
  readonly id: number
  /** 1,568 bytes. */
  readonly encapsulationKey: Uint8Array
  /** Seven hashes of 32 bytes, from the leaf's neighbour upward. */
  readonly path: readonly Uint8Array[]
}

const leafHash = (id: number, encapsulationKey: Uint8Array): Uint8Array =>
  sha256(concat(Uint8Array.of(0), u32(id), encode(mlKem1024PublicKey, encapsulationKey)))

const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(concat(Uint8Array.of(1), left, right))

/** The 28 leaves that stand for no key: 32 zeros, which is the hash of nothing that anybody knows. */
const PADDING = new Uint8Array(32)

type Levels = readonly (readonly Uint8Array[])[]

/** A whole batch is shown key by key, and its leaves stay the same. */
const levelsByLeaves = new WeakMap<KemBatch['leafHashes'], Levels>()

/** The tree's levels, leaves first; the last one holds the root alone. */
const levelsOf = ({ leafHashes }: KemBatch): Levels => {
  const levels = levelsByLeaves.get(leafHashes) ?? levelsAbove(leafHashes)
  levelsByLeaves.set(leafHashes, levels)
  return levels
}

const levelsAbove = (leafHashes: KemBatch['leafHashes']): Levels => {
  const levels: (readonly Uint8Array[])[] = [Array.from({ length: LEAF_COUNT }, (_, i) => leafHashes[i] ?? PADDING)]
  for (let below = levels[0] ?? []; below.length > 1; below = levels.at(-1) ?? []) {
    levels.push(Array.from({ length: below.length / 2 }, (_, i) => nodeHash(at(below, 2 * i), at(below, 2 * i + 1))))
  }
  return levels
}

/** @returns 32 bytes */
export const batchRoot = (batch: KemBatch): Uint8Array => at(levelsOf(batch).at(-1) ?? [], 0)

/** To make one takes a millisecond, and all that are left are compared with what the relay keeps, again and again. */
const keysBySeed = new WeakMap<MlKemSeed, Uint8Array>()

const keyOf = (seed: MlKemSeed): Uint8Array => {
  const key = keysBySeed.get(seed) ?? mlKem1024.keyPairFromSeed(seed).encapsulationKey
  keysBySeed.set(seed, key)
  return key
}

/**
 * Makes 100 key pairs; this takes a quarter of a second.
 *
 * @param firstId above every id of this kind that the device has ever used; at least 1
 */
export const generateKemBatch = (firstId: number, nowMs: number, random: Random): KemBatch => {
  if (!Number.isInteger(firstId) || firstId < 1 || firstId + BATCH_SIZE - 1 > MAX_ID) throw new Error('generateKemBatch: ids out of range')
  const pairs = Array.from({ length: BATCH_SIZE }, () => mlKem1024.keyPair(random))
  for (const { encapsulationKey, seed } of pairs) keysBySeed.set(seed, encapsulationKey)
  return {
    firstId,
    expiresAtMs: nowMs + BATCH_LIFE_MS,
    seeds: pairs.map(({ seed }) => seed),
    leafHashes: pairs.map(({ encapsulationKey }, i) => leafHash(firstId + i, encapsulationKey)),
  }
}

/** Whether an id is one of a batch's. */
export const isInBatch = (batch: { readonly firstId: number }, id: number): boolean =>
  id >= batch.firstId && id < batch.firstId + BATCH_SIZE

/** The key with its path. Throws on an id of another batch and on a spent one. */
export const proveKem = (batch: KemBatch, id: number): ProvenKem => {
  const seed = isInBatch(batch, id) ? batch.seeds[id - batch.firstId] : undefined
  if (seed === undefined) throw new Error('proveKem: no such key in this batch')
  const path = levelsOf(batch)
    .slice(0, PATH_LENGTH)
    .map((level, height) => at(level, ((id - batch.firstId) >> height) ^ 1))
  return { id, path, encapsulationKey: keyOf(seed) }
}

/** The key without its path, 1,568 bytes; undefined of another batch and of a spent one. */
export const encapsulationKeyOf = (batch: KemBatch, id: number): Uint8Array | undefined => {
  const seed = isInBatch(batch, id) ? batch.seeds[id - batch.firstId] : undefined
  return seed && keyOf(seed)
}

/** Whether a key with its path leads to the root of the batch that holds its id. */
export const isProven = (kem: ProvenKem, batch: { readonly firstId: number; readonly root: Uint8Array }): boolean => {
  if (!isInBatch(batch, kem.id) || kem.path.length !== PATH_LENGTH) return false
  const index = kem.id - batch.firstId
  const root = kem.path.reduce(
    (hash, sibling, height) => ((index >> height) & 1 ? nodeHash(sibling, hash) : nodeHash(hash, sibling)),
    leafHash(kem.id, kem.encapsulationKey),
  )
  return equal(root, batch.root)
}

/** The batch without one private key: in the same commit as the first message that it opened. */
export const spendKem = (batch: KemBatch, id: number): KemBatch => ({
  ...batch,
  seeds: batch.seeds.map((seed, i) => (batch.firstId + i === id ? undefined : seed)),
})

const at = (hashes: readonly Uint8Array[], i: number): Uint8Array => {
  const hash = hashes[i]
  if (hash === undefined) throw new Error('batches: no such hash')
  return hash
}
