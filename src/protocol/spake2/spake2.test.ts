// SPAKE2 against the RFC's vectors, field by field, and every input that ends a run.

import { describe, expect, test } from 'vitest'
import vectors from '../../../test/vectors/rfc9382.json' with { type: 'json' }
import { ascii, asSecret, concat, fromHex, toHex } from '../../crypto/bytes.ts'
import { hkdfSha256, sha256 } from '../../crypto/hash.ts'
import { p256Multiply, p256Point, p256PointBytes, p256PointFromCompressedHex, p256ScalarFrom } from '../../crypto/p256.ts'
import { confirmationKeyOf } from './checks.ts'
import { groupElementOf, shareOf } from './group.ts'
import { finish, type Identities, SHARE_LENGTH, type Spake2Started, start } from './spake2.ts'
import { keySchedule, transcript } from './transcript.ts'

const scalar = (hex: string) => asSecret<'P256Scalar'>(fromHex(hex))
const point = (hex: string) => p256Point(fromHex(hex)) ?? expect.fail('not a point')
const NO_AAD = new Uint8Array(0)

/** Randomness from which `start` draws exactly this scalar: 48 bytes, reduced and shifted into [1, n - 1]. */
const drawing = (hex: string) => () => {
  const value = (BigInt(`0x${hex}`) - 1n).toString(16).padStart(96, '0')
  return fromHex(value)
}

test('the RFC prints two vectors: both identities present, and one absent', () => {
  expect(vectors.vectors.map(({ idB }) => idB)).toEqual(['client', ''])
})

describe.each(vectors.vectors)('RFC 9382 Appendix B, A = "$idA", B = "$idB"', (vector) => {
  const w = scalar(vector.w)
  const identities: Identities = { a: ascii(vector.idA), b: ascii(vector.idB) }
  const parts = {
    identities,
    shareA: fromHex(vector.pA),
    shareB: fromHex(vector.pB),
    groupElement: fromHex(vector.K),
    w,
  }

  test('shares', () => {
    expect(toHex(shareOf('A', w, scalar(vector.x)) ?? NO_AAD)).toBe(vector.pA)
    expect(toHex(shareOf('B', w, scalar(vector.y)) ?? NO_AAD)).toBe(vector.pB)
  })

  test('group element, from either side', () => {
    expect(toHex(groupElementOf('A', w, scalar(vector.x), point(vector.pB)) ?? NO_AAD)).toBe(vector.K)
    expect(toHex(groupElementOf('B', w, scalar(vector.y), point(vector.pA)) ?? NO_AAD)).toBe(vector.K)
  })

  test('transcript and its hash', () => {
    expect(toHex(transcript(parts))).toBe(vector.TT)
    expect(toHex(sha256(transcript(parts)))).toBe(vector['Hash(TT)'])
  })

  test('key schedule', () => {
    const keys = keySchedule(transcript(parts), NO_AAD)
    expect(toHex(keys.sharedKey)).toBe(vector.Ke)
    expect(toHex(sha256(transcript(parts))).slice(32)).toBe(vector.Ka)
    const confirmationKeys = hkdfSha256(fromHex(vector.Ka), NO_AAD, ascii('ConfirmationKeys'), 32)
    expect(toHex(confirmationKeyOf('A', confirmationKeys))).toBe(vector.KcA)
    expect(toHex(confirmationKeyOf('B', confirmationKeys))).toBe(vector.KcB)
    expect(toHex(keys.confirmationA)).toBe(vector['A conf'])
    expect(toHex(keys.confirmationB)).toBe(vector['B conf'])
  })

  test('the two steps as a caller takes them', () => {
    const a = start('A', w, drawing(vector.x))
    const b = start('B', w, drawing(vector.y))
    expect([toHex(a.share), toHex(b.share)]).toEqual([vector.pA, vector.pB])
    const finishedA = finish(a, b.share, { identities, aad: NO_AAD })
    const finishedB = finish(b, a.share, { identities, aad: NO_AAD })
    if (!finishedA.ok || !finishedB.ok) return expect.fail('refused')
    expect([toHex(finishedA.sharedKey), toHex(finishedB.sharedKey)]).toEqual([vector.Ke, vector.Ke])
    expect(toHex(finishedA.ourConfirmation)).toBe(vector['A conf'])
    expect(toHex(finishedB.theirConfirmation)).toBe(vector['A conf'])
    expect(toHex(finishedB.ourConfirmation)).toBe(vector['B conf'])
    expect(toHex(finishedA.theirConfirmation)).toBe(vector['B conf'])
  })
})

test('the constants are those that the RFC prints', () => {
  // With x = 0 a share would be w * M; one as w leaves M itself, up to the base point that x = 1 adds.
  const one = scalar('1'.padStart(64, '0'))
  const { M, N } = vectors.constants['P-256']
  for (const [role, constant] of [
    ['A', M],
    ['B', N],
  ] as const) {
    const base = p256PointFromCompressedHex('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')
    const expected = p256PointBytes(p256PointFromCompressedHex(constant.compressed_hex).add(base))
    expect(shareOf(role, one, one)).toEqual(expected)
  }
})

describe('a run is between two who agree on everything', () => {
  const identities: Identities = { a: ascii('guest'), b: ascii('host') }
  const w = scalar('0'.repeat(62) + '2a')
  const otherW = scalar('0'.repeat(62) + '2b')
  const counter = (seed: number) => (length: number) => new Uint8Array(length).fill(seed++)
  const confirmed = (
    a: Spake2Started,
    b: Spake2Started,
    { of = identities, aadA = NO_AAD, aadB = NO_AAD }: { of?: Identities; aadA?: Uint8Array; aadB?: Uint8Array } = {},
  ): boolean => {
    const atA = finish(a, b.share, { identities, aad: aadA })
    const atB = finish(b, a.share, { identities: of, aad: aadB })
    if (!atA.ok || !atB.ok) return expect.fail('refused')
    return toHex(atA.ourConfirmation) === toHex(atB.theirConfirmation) && toHex(atA.theirConfirmation) === toHex(atB.ourConfirmation)
  }

  test('one secret, one view: both confirmations agree and differ from each other', () => {
    const [a, b] = [start('A', w, counter(1)), start('B', w, counter(2))]
    expect(confirmed(a, b)).toBe(true)
    const atA = finish(a, b.share, { identities, aad: NO_AAD })
    if (!atA.ok) return expect.fail('refused')
    expect(atA.ourConfirmation).not.toEqual(atA.theirConfirmation)
  })

  test('another secret, another AAD, other names: no confirmation agrees', () => {
    const [a, b] = [start('A', w, counter(1)), start('B', w, counter(2))]
    expect(confirmed(start('A', otherW, counter(1)), b)).toBe(false)
    expect(confirmed(a, b, { aadA: Uint8Array.of(1) })).toBe(false)
    expect(confirmed(a, b, { of: { a: ascii('host'), b: ascii('guest') } })).toBe(false)
    expect(confirmed(a, b, { of: { a: ascii('guesth'), b: ascii('ost') } })).toBe(false)
  })

  test('two in the same role never agree', () => {
    const [a, b] = [start('A', w, counter(1)), start('A', w, counter(2))]
    const [atA, atB] = [finish(a, b.share, { identities, aad: NO_AAD }), finish(b, a.share, { identities, aad: NO_AAD })]
    if (!atA.ok || !atB.ok) return expect.fail('refused')
    expect(atA.sharedKey).not.toEqual(atB.sharedKey)
  })

  test('AAD has at most 8,191 bytes', () => {
    const [a, b] = [start('A', w, counter(1)), start('B', w, counter(2))]
    expect(finish(a, b.share, { identities, aad: new Uint8Array(8191) }).ok).toBe(true)
    expect(() => finish(a, b.share, { identities, aad: new Uint8Array(8192) })).toThrow('AAD')
  })
})

describe('what ends a run', () => {
  const w = p256ScalarFrom(Uint8Array.of(9, 9)) ?? expect.fail('zero')
  const ours = start('B', w, (length) => new Uint8Array(length).fill(7))
  const theirs = start('A', w, (length) => new Uint8Array(length).fill(8)).share
  const reasonFor = (share: Uint8Array, as = ours) => {
    const outcome = finish(as, share, { identities: { a: NO_AAD, b: NO_AAD }, aad: NO_AAD })
    return outcome.ok ? 'ok' : outcome.reason
  }

  test('an honest share does not', () => expect(reasonFor(theirs)).toBe('ok'))

  test.each([0, 1, 33, 64, 66, 130])('a share of %i bytes', (length) => {
    const share = new Uint8Array(length)
    share.set(theirs.subarray(0, length))
    expect(share.length).not.toBe(SHARE_LENGTH)
    expect(reasonFor(share)).toBe('bad-share')
  })

  test('the compressed form of a good point', () => {
    expect(reasonFor(concat(Uint8Array.of(2 + ((theirs[64] ?? 0) & 1)), theirs.subarray(1, 33)))).toBe('bad-share')
  })

  test.each([0, 1, 2, 3, 5, 6, 7, 255])('first byte %i instead of 4', (first) => {
    expect(reasonFor(concat(Uint8Array.of(first), theirs.subarray(1)))).toBe('bad-share')
  })

  test('a point that is not on the curve', () => {
    const share = theirs.slice()
    share[64] = (share[64] ?? 0) ^ 1
    expect(reasonFor(share)).toBe('bad-share')
  })

  test('coordinates that are not reduced', () => {
    // p itself stands for the x of a point with x = 0, which exists; only its canonical form is a point.
    const p = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff')
    const yOfZero = fromHex('66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4')
    expect(reasonFor(concat(Uint8Array.of(4), new Uint8Array(32), yOfZero))).toBe('ok')
    expect(reasonFor(concat(Uint8Array.of(4), p, yOfZero))).toBe('bad-share')
  })

  test('the encoding of the identity', () => {
    expect(reasonFor(Uint8Array.of(0))).toBe('bad-share')
    expect(reasonFor(concat(Uint8Array.of(4), new Uint8Array(64)))).toBe('bad-share')
  })

  test('a share that makes K the identity, on either side', () => {
    const { M, N } = vectors.constants['P-256']
    const masked = (constant: string) => p256PointBytes(p256Multiply(p256PointFromCompressedHex(constant), w)) ?? NO_AAD
    expect(reasonFor(masked(M.compressed_hex))).toBe('identity')
    const asA = start('A', w, (length) => new Uint8Array(length).fill(7))
    expect(reasonFor(masked(N.compressed_hex), asA)).toBe('identity')
  })

  test('our own share', () => expect(reasonFor(ours.share)).toBe('reflected'))
})

test('scalars are fresh: two runs share nothing, however w repeats', () => {
  const w = p256ScalarFrom(Uint8Array.of(9, 9)) ?? expect.fail('zero')
  let drawn = 0
  const random = (length: number) => new Uint8Array(length).fill(++drawn)
  const [first, second] = [start('B', w, random), start('B', w, random)]
  expect(first.scalar).not.toEqual(second.scalar)
  expect(first.share).not.toEqual(second.share)
  expect(drawn).toBe(2)
})
