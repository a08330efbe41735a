import { describe, expect, it } from 'vitest'
import { judge, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { ascii, equal, fromHex, toHex } from './bytes.ts'
import { hkdfSha256, hkdfSha512, hmacSha256, scrypt, sha256, sha512 } from './hash.ts'

type HkdfCase = WycheproofCase<'ikm' | 'salt' | 'info' | 'okm'> & { readonly size: number }
type MacCase = WycheproofCase<'key' | 'msg' | 'tag'>

const hkdfVerdict = (hkdf: typeof hkdfSha256) => (each: HkdfCase) => {
  try {
    const okm = hkdf(fromHex(each.ikm), fromHex(each.salt), fromHex(each.info), each.size)
    return equal(okm, fromHex(each.okm)) ? 'accepted' : 'wrong: output'
  } catch {
    return 'refused'
  }
}

describe('Wycheproof', () => {
  // `size` is the one field of these files that is a number.
  const hkdfCases = (name: string) => wycheproof(name) as unknown as readonly HkdfCase[]

  it('HKDF-SHA256: 86 cases', () => {
    expect(judge(hkdfCases('hkdf_sha256'), hkdfVerdict(hkdfSha256))).toEqual({ 'valid accepted': 83, 'invalid refused': 3 })
  })

  it('HKDF-SHA512: 83 cases', () => {
    expect(judge(hkdfCases('hkdf_sha512'), hkdfVerdict(hkdfSha512))).toEqual({ 'valid accepted': 80, 'invalid refused': 3 })
  })

  it('HMAC-SHA256: 174 cases, 87 of them with tags cut to 128 bits, which we compare as such and never make', () => {
    const cases: readonly MacCase[] = wycheproof('hmac_sha256')
    const counts = judge(cases, (each) => {
      const tag = hmacSha256(fromHex(each.key), fromHex(each.msg)).subarray(0, (each.group.tagSize ?? 0) / 8)
      return equal(tag, fromHex(each.tag)) ? 'accepted' : 'refused'
    })
    expect(counts).toEqual({ 'valid accepted': 66, 'invalid refused': 108 })
    expect(cases.filter((each) => each.group.tagSize === 128)).toHaveLength(87)
  })
})

it('hashes as FIPS 180-4', () => {
  expect(toHex(sha256(ascii('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(toHex(sha512(ascii('abc')))).toBe(
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  )
})

it('stretches as RFC 7914 §12 with N = 16384, r = 8, p = 1', () => {
  expect(toHex(scrypt<'Test'>(ascii('pleaseletmein'), ascii('SodiumChloride'), 16_384, 64))).toBe(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
  )
})
