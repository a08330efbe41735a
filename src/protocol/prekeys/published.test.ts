import { describe, expect, test } from 'vitest'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { concat, toHex } from '../../crypto/bytes.ts'
import { DEVICE_LIST_LIFE_MS } from '../identity/identity.ts'
import { digestOf, readStatement, rereadStatement, STATEMENT_LIFE_MS } from './prekeys.ts'

const x25519 = [
  { id: 1, key: new Uint8Array(32).fill(0xa1) },
  { id: 258, key: new Uint8Array(32).fill(0xa2) },
]
const kem = [{ id: 7, key: new Uint8Array(1568).fill(0xee) }]

describe('the digest of published one-time keys', () => {
  // Made apart from this code, with another SHA-256.
  test('known bytes', () => {
    expect(toHex(digestOf({ x25519, kem }))).toBe('75d7c08cc76f79cf0d7523ab888577bdbc8136d7cee3c0ee6be181f52b5767af')
    expect(toHex(digestOf({ x25519: [], kem: [] }))).toBe('01cb37f868d56a5569f7e132ce86855ebd08ae7d328d1787699e6a941ac3eef7')
  })

  test('does not depend on the order', () => {
    expect(toHex(digestOf({ x25519: x25519.toReversed(), kem }))).toBe(toHex(digestOf({ x25519, kem })))
  })

  test('is another for another id, another key, one more and one less', () => {
    const [first, second] = x25519
    if (!first || !second) throw new Error('two keys')
    const others = [
      { x25519: [first], kem },
      { x25519, kem: [] },
      { x25519: [...x25519, { id: 259, key: first.key }], kem },
      { x25519: [first, { ...second, id: 259 }], kem },
      { x25519: [first, { ...second, key: first.key }], kem },
      { x25519, kem: [{ id: 8, key: new Uint8Array(1568).fill(0xee) }] },
    ]
    expect(new Set([{ x25519, kem }, ...others].map((each) => toHex(digestOf(each)))).size).toBe(7)
  })

  test('a key of another length is a bug of ours', () => {
    expect(() => digestOf({ x25519: kem, kem: [] })).toThrow()
    expect(() => digestOf({ x25519: [], kem: x25519 })).toThrow()
  })
})

describe('a statement by itself', () => {
  const alice = person('alice')
  const bob = person('bob')
  const reader = { accountId: alice.accountId, device: alice.device, nowMs: PEOPLE_NOW_MS }

  test('is read as it was signed', () => {
    const read = readStatement(alice.statement, reader)
    if (!read.ok) throw new Error(read.reason)
    expect(read.statement).toMatchObject({
      accountId: alice.accountId,
      tag: alice.device.tag,
      identityKey: alice.identity.publicKey,
      firstContactAddress: alice.firstContactAddress,
      createdAtMs: PEOPLE_NOW_MS,
      expiresAtMs: PEOPLE_NOW_MS + STATEMENT_LIFE_MS,
      batches: [{ firstId: 1, expiresAtMs: alice.batch.expiresAtMs }],
    })
    expect(rereadStatement(alice.statement)).toEqual(read.statement)
  })

  const flipped = (at: number) => alice.statement.with(at, (alice.statement.at(at) ?? 0) ^ 1)
  test.each([
    ['nothing', 'malformed', new Uint8Array(0), reader],
    ['a signature alone', 'malformed', alice.statement.slice(-3373), reader],
    ['something behind it', 'malformed', concat(alice.statement, Uint8Array.of(0)), reader],
    ['another account', 'wrong-device', alice.statement, { ...reader, accountId: bob.accountId }],
    ['another device', 'wrong-device', alice.statement, { ...reader, device: bob.device }],
    ['an altered sealing key', 'bad-signature', flipped(100), reader],
    ['an altered signature', 'bad-signature', flipped(alice.statement.length - 1), reader],
    ['its last moment', 'expired', alice.statement, { ...reader, nowMs: PEOPLE_NOW_MS + STATEMENT_LIFE_MS }],
    ['a clock far behind', 'expires-too-late', alice.statement, { ...reader, nowMs: PEOPLE_NOW_MS - DEVICE_LIST_LIFE_MS }],
  ] as const)('%s: %s', (_, reason, signed, by) => {
    expect(readStatement(signed, by)).toEqual({ ok: false, reason })
  })

  test('read again from what was kept, nothing is verified; what is no statement is a bug', () => {
    expect(rereadStatement(flipped(100)).tag).toBe(alice.device.tag)
    expect(() => rereadStatement(new Uint8Array(6000))).toThrow()
  })
})
