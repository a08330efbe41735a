import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { judge, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { asSecret, equal, fromHex } from './bytes.ts'
import { isPrimeOrderX25519, x25519Agree, x25519KeyPair, x25519PublicKey } from './x25519.ts'

type XdhCase = WycheproofCase<'public' | 'private' | 'shared'>

const cases: readonly XdhCase[] = wycheproof('x25519')
const isZero = (hex: string): boolean => /^0+$/.test(hex)

describe('Wycheproof', () => {
  it('X25519: 518 cases; of the acceptable ones we refuse those that agree on zeros', () => {
    const counts = judge(cases, (each) => {
      const shared = x25519Agree(asSecret<'X25519PrivateKey'>(fromHex(each.private)), fromHex(each.public))
      if (shared === undefined) return isZero(each.shared) ? 'refused' : 'wrong: refused'
      return equal(shared, fromHex(each.shared)) ? 'accepted' : 'wrong: shared secret'
    })
    expect(counts).toEqual({ 'valid accepted': 264, 'acceptable accepted': 223, 'acceptable refused': 31 })
    expect(cases.filter((each) => each.flags.includes('ZeroSharedSecret'))).toHaveLength(31)
  })

  it('a base key is never one of the 254 acceptable public keys: those are twisted, of low order or not canonical', () => {
    const suspicious = cases.filter((each) => each.result === 'acceptable')
    const passed = suspicious.filter((each) => isPrimeOrderX25519(fromHex(each.public)))
    expect(suspicious).toHaveLength(254)
    expect(passed).toEqual([])
  })
})

describe('prime-order keys', () => {
  const bytesOf = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0')).reverse()
  const p = 2n ** 255n - 19n

  it('passes every key that a key pair has', () => {
    let seed = 1
    const random = (length: number) => Uint8Array.from({ length }, () => (seed = (seed * 75 + 74) % 65_537) & 255)
    for (let i = 0; i < 20; i++) expect(isPrimeOrderX25519(x25519KeyPair(random).publicKey)).toBe(true)
  })

  it('refuses the second encoding of the base point, and the top bit', () => {
    const base = bytesOf(9n)
    expect(isPrimeOrderX25519(base)).toBe(true)
    expect(isPrimeOrderX25519(bytesOf(9n + p))).toBe(false)
    expect(isPrimeOrderX25519(bytesOf(9n + 2n ** 255n))).toBe(false)
    // Both second encodings agree like the first: this is why they are refused.
    const privateKey = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
    expect(x25519Agree(privateKey, bytesOf(9n + p))).toEqual(x25519Agree(privateKey, base))
    expect(x25519Agree(privateKey, bytesOf(9n + 2n ** 255n))).toEqual(x25519Agree(privateKey, base))
  })

  it('refuses a point of prime order with a small-order part added, which agrees like the point itself', () => {
    const { Point, utils } = ed25519
    const point = Point.BASE.multiply(5n)
    // An encoding of a point of order 8 (RFC 8032 has none of these among its keys).
    const torsion = Point.fromBytes(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'))
    const [clean, shifted] = [point, point.add(torsion)].map((each) => utils.toMontgomery(each.toBytes()))
    if (clean === undefined || shifted === undefined) throw new Error('two points')
    expect(isPrimeOrderX25519(clean)).toBe(true)
    expect(isPrimeOrderX25519(shifted)).toBe(false)
    // Private keys are multiples of 8: the small-order part vanishes.
    const privateKey = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
    expect(x25519Agree(privateKey, shifted)).toEqual(x25519Agree(privateKey, clean))
  })

  it('refuses the identity, the low-order points and other lengths', () => {
    const lowOrder = [
      0n,
      1n,
      p - 1n,
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    ]
    for (const value of lowOrder) expect(isPrimeOrderX25519(bytesOf(value))).toBe(false)
    for (const length of [0, 31, 33]) expect(isPrimeOrderX25519(new Uint8Array(length).fill(9))).toBe(false)
  })
})

it('refuses keys of another length', () => {
  const privateKey = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
  for (const length of [0, 31, 33]) expect(x25519Agree(privateKey, new Uint8Array(length).fill(9))).toBeUndefined()
})

it('makes the public key that belongs to a private one: the multiple of 9 (RFC 7748 §6.1)', () => {
  const privateKey = asSecret<'X25519PrivateKey'>(new Uint8Array(32).fill(7))
  const nine = Uint8Array.of(9, ...new Uint8Array(31))
  expect(x25519Agree(privateKey, nine)).toEqual(x25519PublicKey(privateKey))
  expect(x25519KeyPair(() => privateKey).publicKey).toEqual(x25519PublicKey(privateKey))
})
