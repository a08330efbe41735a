import { describe, expect, test } from 'vitest'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { concat, toHex, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { mlKem1024 } from '../../crypto/ml-kem.ts'
import { x25519KeyPair } from '../../crypto/x25519.ts'
import { xWingKeyPair } from '../../crypto/xwing.ts'
import { SIGNATURE_LENGTH, sign } from '../identity/identity.ts'
import { batchRoot } from './batches.ts'
import {
  assembleBundle,
  BATCH_LIFE_MS,
  type Bundle,
  generateKemBatch,
  generateOneTimeX25519,
  generateSignedPrekeys,
  hashOfBundle,
  hashOfStatement,
  isBundleOf,
  type KemBatch,
  type ProvenKem,
  proveKem,
  readBundle,
  STATEMENT_LIFE_MS,
  signStatement,
} from './prekeys.ts'

const bob = person('bob')
const mallory = person('mallory')
const nowMs = PEOPLE_NOW_MS
const DAY_MS = 86_400_000

const oneTime = { id: 1, publicKey: bob.oneTimeX25519[0]?.keyPair.publicKey ?? new Uint8Array(0) }
const oneTimeKem = proveKem(bob.batch, 100)
const served = assembleBundle({ statement: bob.statement, oneTimeX25519: oneTime, oneTimeKem })

const stated = (changes: Partial<Parameters<typeof signStatement>[0]> = {}): Uint8Array =>
  signStatement({
    accountId: bob.accountId,
    tag: bob.device.tag,
    device: bob.deviceKeys,
    identityKey: bob.identity.publicKey,
    signed: bob.signed,
    firstContactAddress: bob.firstContactAddress,
    batches: [bob.batch],
    nowMs,
    random: seededRandom('person/bob/statement'),
    ...changes,
  })
/** A statement whose bytes were changed before the device signed it: what a dishonest device can do, an honest one never does. */
const resigned = (statement: Uint8Array, offset: number, ...values: number[]): Uint8Array => {
  const content = changed(statement.slice(0, -SIGNATURE_LENGTH), offset, ...values)
  return concat(content, sign(bob.deviceKeys, 'parley/prekeys/statement/v1', content, seededRandom(1)))
}

const read = (bytes: Uint8Array, at = nowMs, whose = bob) =>
  readBundle(bytes, { accountId: whose.accountId, device: whose.device, nowMs: at })
const believed = (bytes: Uint8Array): Bundle => {
  const result = read(bytes)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.bundle
}
const refusal = (reason: string) => ({ ok: false, reason })

const changed = (bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice()
  copy.set(values, offset)
  return copy
}
const flipped = (bytes: Uint8Array, i: number): Uint8Array => changed(bytes, i, (bytes[i] ?? 0) ^ 1)
/** A number of six bytes. */
const u48 = (value: number): Uint8Array => concat(u32(Math.floor(value / 2 ** 32)).slice(2), u32(value % 2 ** 32))

/** Where the parts of a statement stand (docs/protocols/prekeys.md, Statement). */
const AT = {
  tag: 33,
  identityKey: 37,
  sealingKey: 70,
  address: 1287,
  signedId: 1319,
  signedKey: 1323,
  lastResortId: 1356,
  lastResortKey: 1360,
}
const TIMES_AT = 2929
const BATCHES_AT = 2941
const BATCH_LENGTH = 42

describe('making prekeys', () => {
  test('draws X25519, then ML-KEM-1024, then X-Wing', () => {
    const random = seededRandom('person/bob/signed')
    expect(bob.signed).toEqual({
      id: 1,
      createdAtMs: nowMs,
      x25519: x25519KeyPair(random),
      lastResort: mlKem1024.keyPair(random),
      sealing: xWingKeyPair(random),
    })
  })

  test('numbers one-time keys upward from the first id', () => {
    const made = generateOneTimeX25519(41, 3, nowMs, seededRandom(1))
    expect(made.map(({ id }) => id)).toEqual([41, 42, 43])
    expect(new Set(made.map(({ keyPair }) => toHex(keyPair.publicKey))).size).toBe(3)
    expect(made[0]?.createdAtMs).toBe(nowMs)
  })

  test('has ids that fit in four bytes and begin at 1', () => {
    for (const id of [0, -1, 0.5, 2 ** 32]) {
      expect(() => generateSignedPrekeys(id, nowMs, seededRandom(1))).toThrow()
      expect(() => generateOneTimeX25519(id, 1, nowMs, seededRandom(1))).toThrow()
    }
    expect(() => generateOneTimeX25519(2 ** 32 - 1, 2, nowMs, seededRandom(1))).toThrow()
  })
})

describe('a statement', () => {
  const batchFields = concat(u32(1), batchRoot(bob.batch), u48(nowMs + BATCH_LIFE_MS))
  const content = concat(
    Uint8Array.of(1),
    bob.accountId,
    u32(bob.device.tag),
    Uint8Array.of(2),
    bob.identity.publicKey,
    Uint8Array.of(4),
    bob.signed.sealing.publicKey,
    bob.firstContactAddress,
    u32(1),
    Uint8Array.of(2),
    bob.signed.x25519.publicKey,
    u32(1),
    Uint8Array.of(3),
    bob.signed.lastResort.encapsulationKey,
    u48(nowMs),
    u48(nowMs + STATEMENT_LIFE_MS),
    Uint8Array.of(1),
    batchFields,
  )

  test('has the wire format of its page', () => {
    expect(content).toHaveLength(BATCHES_AT + 1 + BATCH_LENGTH)
    const signature = sign(bob.deviceKeys, 'parley/prekeys/statement/v1', content, seededRandom('person/bob/statement'))
    expect(stated()).toEqual(concat(content, signature))
    expect(stated()).toEqual(bob.statement)
  })

  test('gives known bytes from fixed randomness', () => {
    expect(toHex(sha256(bob.statement))).toBe('a2a07e3d1c12dab9874e0c6a06bca3014d3d59c53b080f9d1448615bd2d3ca51')
  })

  test('is named by its hash', () => {
    expect(hashOfStatement(bob.statement)).toEqual(sha256(bob.statement))
  })

  const empty = (firstId: number): KemBatch => ({ ...bob.batch, firstId })
  test('names up to four batches, ascending and apart', () => {
    expect(stated({ batches: [] })).toHaveLength(BATCHES_AT + 1 + SIGNATURE_LENGTH)
    expect(stated({ batches: [1, 101, 201, 301].map(empty) })).toHaveLength(BATCHES_AT + 1 + 4 * BATCH_LENGTH + SIGNATURE_LENGTH)
    for (const firstIds of [[1, 101, 201, 301, 401], [101, 1], [1, 1], [1, 100], [2 ** 32 - 99]]) {
      expect(() => stated({ batches: firstIds.map(empty) })).toThrow()
    }
  })
})

describe('a bundle', () => {
  test('has the wire format of its page', () => {
    const length = Uint8Array.of(bob.statement.length >> 8, bob.statement.length & 255)
    const x25519 = concat(Uint8Array.of(1), u32(1), Uint8Array.of(2), oneTime.publicKey)
    const kem = concat(Uint8Array.of(1), u32(100), Uint8Array.of(3), oneTimeKem.encapsulationKey, Uint8Array.of(7), ...oneTimeKem.path)
    expect(served).toEqual(concat(Uint8Array.of(1), length, bob.statement, x25519, kem))
    const bare = assembleBundle({ statement: bob.statement })
    expect(bare).toEqual(concat(Uint8Array.of(1), length, bob.statement, Uint8Array.of(0, 0)))
  })

  test('gives known bytes from fixed randomness', () => {
    expect(toHex(hashOfBundle(served))).toBe('476996d345b6f6e607664324fc028258d6d3cd52fefe7b1b4db7fec1e60340d8')
  })

  test('says what was put into it', () => {
    expect(believed(served)).toEqual({
      accountId: bob.accountId,
      tag: bob.device.tag,
      identityKey: bob.identity.publicKey,
      sealingKey: bob.signed.sealing.publicKey,
      firstContactAddress: bob.firstContactAddress,
      signedPrekey: { id: 1, key: bob.signed.x25519.publicKey },
      lastResort: { id: 1, key: bob.signed.lastResort.encapsulationKey },
      createdAtMs: nowMs,
      expiresAtMs: nowMs + STATEMENT_LIFE_MS,
      statementHash: sha256(bob.statement),
      oneTimeX25519: { id: 1, key: oneTime.publicKey },
      oneTimeKem: { id: 100, key: oneTimeKem.encapsulationKey },
      hash: sha256(served),
    })
  })

  test('may come without one-time keys, or with one of the two', () => {
    const absent = { oneTimeX25519: undefined, oneTimeKem: undefined }
    expect(believed(assembleBundle({ statement: bob.statement }))).toMatchObject(absent)
    expect(believed(assembleBundle({ statement: bob.statement, oneTimeX25519: oneTime }))).toMatchObject({ oneTimeKem: undefined })
    expect(believed(assembleBundle({ statement: bob.statement, oneTimeKem }))).toMatchObject({ oneTimeX25519: undefined })
  })

  test('can be made again from the ids in a handshake', () => {
    const again = assembleBundle({ statement: bob.statement, oneTimeX25519: oneTime, oneTimeKem: proveKem(bob.batch, 100) })
    expect(hashOfBundle(again)).toEqual(believed(served).hash)
  })

  test('is of one device of one account', () => {
    const bundle = believed(served)
    expect(isBundleOf(bundle, bob.party)).toBe(true)
    expect(isBundleOf(bundle, { ...bob.party, accountKey: mallory.party.accountKey })).toBe(false)
    expect(isBundleOf(bundle, { ...bob.party, tag: bob.party.tag ^ 1 })).toBe(false)
    expect(isBundleOf(bundle, { ...bob.party, identityKey: mallory.party.identityKey })).toBe(false)
  })
})

describe('a reader of a bundle refuses', () => {
  const STATEMENT_AT = 3
  const x25519At = STATEMENT_AT + bob.statement.length
  const kemAt = x25519At + 38
  const kemCountAt = kemAt + 5 + 1569

  test.each([
    ['nothing at all', new Uint8Array(0)],
    ['another version of the format', changed(served, 0, 2)],
    ['another version of the statement', changed(served, STATEMENT_AT, 2)],
    ['a statement that is only a signature', changed(served, 1, SIGNATURE_LENGTH >> 8, SIGNATURE_LENGTH & 255)],
    ['a statement longer than the rest', changed(served, 1, 0xff, 0xff)],
    ['an identity key of another kind', changed(served, STATEMENT_AT + AT.identityKey, 3)],
    ['a sealing key of another kind', changed(served, STATEMENT_AT + AT.sealingKey, 3)],
    ['a signed prekey without an id', changed(served, STATEMENT_AT + AT.signedId, 0, 0, 0, 0)],
    ['a signed prekey of another kind', changed(served, STATEMENT_AT + AT.signedKey, 3)],
    ['a last-resort key without an id', changed(served, STATEMENT_AT + AT.lastResortId, 0, 0, 0, 0)],
    ['a last-resort key of another kind', changed(served, STATEMENT_AT + AT.lastResortKey, 2)],
    ['five batches', changed(served, STATEMENT_AT + BATCHES_AT, 5)],
    ['a batch from id 0', changed(served, STATEMENT_AT + BATCHES_AT + 1, 0, 0, 0, 0)],
    ['neither yes nor no to a one-time key', changed(served, x25519At, 2)],
    ['a one-time key without an id', changed(served, x25519At + 1, 0, 0, 0, 0)],
    ['a one-time key of another kind', changed(served, x25519At + 5, 3)],
    ['a one-time KEM key of another kind', changed(served, kemAt + 5, 2)],
    ['a path of six', changed(served, kemCountAt, 6)],
    ['a path of eight', concat(changed(served, kemCountAt, 8), new Uint8Array(32))],
    ['one byte too few', served.slice(0, -1)],
    ['one byte too many', concat(served, Uint8Array.of(0))],
  ])('%s as malformed', (_, bytes) => {
    expect(read(bytes)).toEqual(refusal('malformed'))
  })

  test('every truncation', () => {
    for (let length = 0; length < served.length; length += 89) expect(read(served.slice(0, length))).toEqual(refusal('malformed'))
  })

  test('batches that overlap or go down, though the device signed them', () => {
    const two = stated({ batches: [bob.batch, { ...bob.batch, firstId: 101 }] })
    const second = BATCHES_AT + 1 + BATCH_LENGTH
    for (const firstId of [1, 100]) {
      expect(read(assembleBundle({ statement: resigned(two, second, ...u32(firstId)) }))).toEqual(refusal('malformed'))
    }
    expect(read(assembleBundle({ statement: resigned(two, second, ...u32(2 ** 32 - 99)) }))).toEqual(refusal('malformed'))
    expect(read(assembleBundle({ statement: resigned(two, second, ...u32(2 ** 32 - 100)) })).ok).toBe(true)
  })

  test('the bundle of another device', () => {
    expect(read(served, nowMs, mallory)).toEqual(refusal('wrong-device'))
    expect(read(assembleBundle({ statement: stated({ accountId: mallory.accountId }) }))).toEqual(refusal('wrong-device'))
    expect(read(assembleBundle({ statement: stated({ tag: bob.device.tag ^ 1 }) }))).toEqual(refusal('wrong-device'))
    expect(read(assembleBundle({ statement: stated({ identityKey: mallory.identity.publicKey }) }))).toEqual(refusal('wrong-device'))
  })

  test('a statement that another key signed, the account key included', () => {
    expect(read(assembleBundle({ statement: stated({ device: mallory.deviceKeys }) }))).toEqual(refusal('bad-signature'))
    expect(read(assembleBundle({ statement: stated({ device: bob.account }) }))).toEqual(refusal('bad-signature'))
  })

  test('a signature of the device that was made for something else', () => {
    const content = bob.statement.slice(0, -SIGNATURE_LENGTH)
    const statement = concat(content, sign(bob.deviceKeys, 'parley/identity/device-countersignature/v1', content, seededRandom(1)))
    expect(read(assembleBundle({ statement }))).toEqual(refusal('bad-signature'))
  })

  test.each([
    ['sealing key', AT.sealingKey + 700],
    ['first-contact address', AT.address + 31],
    ['id of the signed prekey', AT.signedId + 2],
    ['signed prekey', AT.signedKey + 1],
    ['id of the last-resort key', AT.lastResortId + 2],
    ['last-resort key', AT.lastResortKey + 1],
    ['creation', TIMES_AT + 5],
    ['expiry', TIMES_AT + 11],
    ['first id of a batch', BATCHES_AT + 3],
    ['root of a batch', BATCHES_AT + 5],
    ['expiry of a batch', BATCHES_AT + 42],
    ['signature, Ed25519', bob.statement.length - SIGNATURE_LENGTH],
    ['signature, ML-DSA', bob.statement.length - 1],
  ])('a changed bit in the %s', (_, offset) => {
    expect(read(flipped(served, STATEMENT_AT + offset))).toEqual(refusal('bad-signature'))
  })

  test('a one-time KEM key without a good path', () => {
    const beside = (kem: ProvenKem) => read(assembleBundle({ statement: bob.statement, oneTimeKem: kem }))
    for (let place = 0; place < 7; place++) expect(read(flipped(served, kemCountAt + 1 + 32 * place + 5))).toEqual(refusal('bad-path'))
    expect(read(flipped(served, kemAt + 6 + 1000))).toEqual(refusal('bad-path'))
    expect(beside({ ...oneTimeKem, id: 99 })).toEqual(refusal('bad-path'))
    expect(beside({ ...oneTimeKem, id: 101 })).toEqual(refusal('bad-path'))
    expect(beside(proveKem(mallory.batch, 100))).toEqual(refusal('bad-path'))
    const withoutBatches = stated({ batches: [] })
    expect(read(assembleBundle({ statement: withoutBatches, oneTimeKem }))).toEqual(refusal('bad-path'))
  })

  test('what is no ML-KEM-1024 key, though the device signed it', () => {
    // A coefficient of 4,095 is not below q = 3,329.
    const malformed = resigned(bob.statement, AT.lastResortKey + 1, 0xff, 0xff)
    expect(read(assembleBundle({ statement: malformed }))).toEqual(refusal('bad-key'))

    const encapsulationKey = new Uint8Array(1568).fill(0xff)
    const leaf = sha256(concat(Uint8Array.of(0), u32(100), Uint8Array.of(3), encapsulationKey))
    const dishonest = { ...bob.batch, leafHashes: bob.batch.leafHashes.map((hash, i) => (i === 99 ? leaf : hash)) }
    const kem = { ...proveKem(dishonest, 100), encapsulationKey }
    expect(read(assembleBundle({ statement: stated({ batches: [dishonest] }), oneTimeKem: kem }))).toEqual(refusal('bad-key'))
  })
})

describe('the clock and a bundle', () => {
  const expiresAtMs = nowMs + STATEMENT_LIFE_MS

  test('it is good for seven days', () => {
    expect(read(served, expiresAtMs - 1).ok).toBe(true)
    expect(read(served, expiresAtMs)).toEqual(refusal('expired'))
  })

  test('no statement promises more than seven days from its creation', () => {
    const longer = resigned(bob.statement, TIMES_AT + 6, ...u48(expiresAtMs + 1))
    expect(read(assembleBundle({ statement: longer }))).toEqual(refusal('expires-too-late'))
  })

  test('a clock may be a day ahead, not more', () => {
    const bare = assembleBundle({ statement: stated({ batches: [] }) })
    for (const bytes of [served, bare]) {
      expect(read(bytes, nowMs - DAY_MS).ok).toBe(true)
      expect(read(bytes, nowMs - DAY_MS - 1)).toEqual(refusal('expires-too-late'))
    }
  })

  test('no batch promises more than 45 days', () => {
    const until = (expires: number) => assembleBundle({ statement: stated({ batches: [{ ...bob.batch, expiresAtMs: expires }] }) })
    expect(read(until(nowMs + BATCH_LIFE_MS + DAY_MS)).ok).toBe(true)
    expect(read(until(nowMs + BATCH_LIFE_MS + DAY_MS + 1))).toEqual(refusal('expires-too-late'))
  })

  test('a one-time key is not used after its batch has expired, the rest of the bundle may be', () => {
    const statement = stated({ batches: [{ ...bob.batch, expiresAtMs: nowMs + 1 }] })
    const withKem = assembleBundle({ statement, oneTimeKem })
    expect(read(withKem).ok).toBe(true)
    expect(read(withKem, nowMs + 1)).toEqual(refusal('expired'))
    expect(read(assembleBundle({ statement }), nowMs + 1).ok).toBe(true)
  })
})

describe('a second batch', () => {
  const second = generateKemBatch(101, nowMs, seededRandom('second batch'))

  test('is proven beside the first, each key by its own', () => {
    const statement = stated({ batches: [bob.batch, second] })
    for (const kem of [proveKem(bob.batch, 1), proveKem(second, 101), proveKem(second, 200)]) {
      expect(believed(assembleBundle({ statement, oneTimeKem: kem })).oneTimeKem).toEqual({ id: kem.id, key: kem.encapsulationKey })
    }
  })
})
