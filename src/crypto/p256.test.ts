import { describe, expect, it } from 'vitest'
import { judge, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { equal, fromHex, toHex } from './bytes.ts'
import { p256Multiply, p256MultiplyBase, p256Point, p256PointBytes, p256Scalar, p256ScalarFrom } from './p256.ts'

type EcdhCase = WycheproofCase<'public' | 'private' | 'shared'>

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const wide = (value: bigint, length = 48): Uint8Array => fromHex(value.toString(16).padStart(2 * length, '0'))

describe('Wycheproof', () => {
  it('points of P-256 and their multiples: 355 cases, with the compressed one refused by our choice', () => {
    const cases: readonly EcdhCase[] = wycheproof('ecdh_secp256r1_ecpoint')
    const counts = judge(cases, (each) => {
      const point = p256Point(fromHex(each.public))
      const scalar = p256ScalarFrom(fromHex(each.private))
      if (point === undefined || scalar === undefined) return 'refused'
      const x = p256PointBytes(p256Multiply(point, scalar))?.subarray(1, 33)
      return x !== undefined && equal(x, fromHex(each.shared)) ? 'accepted' : 'wrong: shared secret'
    })
    expect(counts).toEqual({ 'valid accepted': 330, 'acceptable refused': 1, 'invalid refused': 24 })
  })
})

describe('scalars', () => {
  it('lie in [1, n - 1], at both ends of what is drawn', () => {
    const drawn = (bytes: Uint8Array) => toHex(p256Scalar(() => bytes))
    expect(drawn(wide(0n))).toBe(toHex(wide(1n, 32)))
    expect(drawn(wide(ORDER - 2n))).toBe(toHex(wide(ORDER - 1n, 32)))
    expect(drawn(wide(ORDER - 1n))).toBe(toHex(wide(1n, 32)))
  })

  it('reduced to zero are none', () => {
    expect(p256ScalarFrom(wide(0n))).toBeUndefined()
    expect(p256ScalarFrom(wide(ORDER))).toBeUndefined()
    expect(p256ScalarFrom(wide(ORDER * 5n))).toBeUndefined()
    expect(p256ScalarFrom(wide(ORDER + 1n))).toEqual(wide(1n, 32))
  })
})

it('reads only 65 bytes that start with 4 and lie on the curve', () => {
  const one = p256ScalarFrom(wide(1n))
  if (one === undefined) throw new Error('one is a scalar')
  const generator = p256PointBytes(p256MultiplyBase(one)) ?? new Uint8Array(0)
  expect(p256Point(generator)).toBeDefined()
  const compressed = Uint8Array.of(2 + ((generator[64] ?? 0) & 1), ...generator.subarray(1, 33))
  expect(p256Point(compressed)).toBeUndefined()
  for (const prefix of [0, 2, 3, 5, 6, 7]) expect(p256Point(Uint8Array.of(prefix, ...generator.subarray(1)))).toBeUndefined()
  expect(p256Point(generator.map((byte, i) => (i === 64 ? byte ^ 1 : byte)))).toBeUndefined()
  expect(p256Point(new Uint8Array(65))).toBeUndefined()
  expect(p256Point(Uint8Array.of(4, ...new Uint8Array(64)))).toBeUndefined()
  expect(p256Point(Uint8Array.of(0))).toBeUndefined()
})

it('has no bytes for the identity', () => {
  const one = p256ScalarFrom(wide(1n))
  const minusOne = p256ScalarFrom(wide(ORDER - 1n))
  if (one === undefined || minusOne === undefined) throw new Error('both are scalars')
  expect(p256PointBytes(p256MultiplyBase(one).add(p256MultiplyBase(minusOne)))).toBeUndefined()
})
