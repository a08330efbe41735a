import { describe, expect, test } from 'vitest'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { concat, toHex, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { mlKem1024 } from '../../crypto/ml-kem.ts'
import { BATCH_SIZE, batchRoot, generateKemBatch, isInBatch, isProven, PATH_LENGTH, type ProvenKem, proveKem, spendKem } from './batches.ts'
import { BATCH_LIFE_MS } from './lifetimes.ts'

const { batch } = person('bob')
const other = person('mallory').batch
const root = batchRoot(batch)
const named = { firstId: batch.firstId, root }
const proven = proveKem(batch, 37)

const flipped = (bytes: Uint8Array, i: number): Uint8Array => bytes.map((byte, at) => (at === i ? byte ^ 1 : byte))
const withHash = (kem: ProvenKem, place: number, hash: Uint8Array): ProvenKem => ({
  ...kem,
  path: kem.path.map((sibling, at) => (at === place ? hash : sibling)),
})

describe('a batch of one-time KEM keys', () => {
  test('has 100 keys, drawn one after the other', () => {
    const random = seededRandom('person/bob/batch')
    expect(batch.seeds).toHaveLength(BATCH_SIZE)
    expect(batch.seeds.every((seed) => toHex(seed ?? new Uint8Array(0)) === toHex(random(64)))).toBe(true)
    expect(batch).toMatchObject({ firstId: 1, expiresAtMs: PEOPLE_NOW_MS + BATCH_LIFE_MS })
  })

  test('has the root that its page describes, and known bytes from fixed randomness', () => {
    const leaf = (index: number): Uint8Array => {
      const seed = batch.seeds[index]
      if (seed === undefined) return new Uint8Array(32)
      const { encapsulationKey } = mlKem1024.keyPairFromSeed(seed)
      return sha256(concat(Uint8Array.of(0), u32(1 + index), Uint8Array.of(3), encapsulationKey))
    }
    const node = (from: number, count: number): Uint8Array =>
      count === 1 ? leaf(from) : sha256(concat(Uint8Array.of(1), node(from, count / 2), node(from + count / 2, count / 2)))
    expect(root).toEqual(node(0, 128))
    expect(toHex(root)).toBe('d8d2d93354addc57aba7b0139bfaa07968658ea69c9ecf0f34656d7b9ba72fd7')
  })

  test('has ids that fit in four bytes and begin at 1', () => {
    for (const firstId of [0, -1, 1.5, Number.NaN, 2 ** 32 - 99, 2 ** 32]) {
      expect(() => generateKemBatch(firstId, PEOPLE_NOW_MS, seededRandom(1))).toThrow()
    }
    expect(isInBatch({ firstId: 101 }, 100)).toBe(false)
    expect(isInBatch({ firstId: 101 }, 101)).toBe(true)
    expect(isInBatch({ firstId: 101 }, 200)).toBe(true)
    expect(isInBatch({ firstId: 101 }, 201)).toBe(false)
  })
})

describe('a path', () => {
  test('proves each of the 100 keys under its own id and under no other', () => {
    for (let id = 1; id <= BATCH_SIZE; id++) {
      const kem = proveKem(batch, id)
      expect(kem.path).toHaveLength(PATH_LENGTH)
      expect(isProven(kem, named)).toBe(true)
      expect(isProven({ ...kem, id: id === BATCH_SIZE ? 1 : id + 1 }, named)).toBe(false)
    }
  })

  test('is spoilt by a changed bit in any of its hashes', () => {
    for (let place = 0; place < PATH_LENGTH; place++) {
      const sibling = proven.path[place] ?? new Uint8Array(0)
      for (let i = 0; i < sibling.length; i++) expect(isProven(withHash(proven, place, flipped(sibling, i)), named)).toBe(false)
      expect(isProven(withHash(proven, place, new Uint8Array(32)), named)).toBe(false)
    }
  })

  test('is spoilt by any two hashes in the wrong order', () => {
    const [first = new Uint8Array(0)] = proven.path
    for (let place = 1; place < PATH_LENGTH; place++) {
      const swapped = withHash(withHash(proven, 0, proven.path[place] ?? first), place, first)
      expect(isProven(swapped, named)).toBe(false)
    }
  })

  test('has seven hashes, no fewer and no more', () => {
    expect(isProven({ ...proven, path: proven.path.slice(1) }, named)).toBe(false)
    expect(isProven({ ...proven, path: [...proven.path, new Uint8Array(32)] }, named)).toBe(false)
    expect(isProven({ ...proven, path: [] }, named)).toBe(false)
  })

  test('proves no other key', () => {
    expect(isProven({ ...proven, encapsulationKey: proveKem(batch, 38).encapsulationKey }, named)).toBe(false)
    expect(isProven({ ...proven, encapsulationKey: flipped(proven.encapsulationKey, 1567) }, named)).toBe(false)
  })

  test('proves nothing under another root or another numbering', () => {
    expect(isProven(proven, { firstId: 1, root: batchRoot(other) })).toBe(false)
    expect(isProven(proven, { firstId: 2, root })).toBe(false)
    expect(isProven({ ...proven, id: 137 }, { firstId: 101, root })).toBe(false)
  })

  test('proves no key in the places that stand for none', () => {
    const last = proveKem(batch, 100)
    for (const id of [0, 101, 128, 129, 4_294_967_295]) expect(isProven({ ...last, id }, named)).toBe(false)
  })
})

describe('a spent key', () => {
  const spent = spendKem(batch, 37)

  test('is gone, and only it', () => {
    expect(spent.seeds[36]).toBeUndefined()
    expect(spent.seeds.filter((seed) => seed === undefined)).toHaveLength(1)
    expect(batch.seeds[36]).toBeDefined()
    expect(() => proveKem(spent, 37)).toThrow()
  })

  test('leaves the root and the other paths as they were', () => {
    expect(batchRoot(spent)).toEqual(root)
    expect(proveKem(spent, 38)).toEqual(proveKem(batch, 38))
  })

  test('of another batch is none of ours', () => {
    expect(spendKem(batch, 101)).toEqual(batch)
    expect(() => proveKem(batch, 101)).toThrow()
    expect(() => proveKem(batch, 0)).toThrow()
  })
})
