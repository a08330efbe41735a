import { describe, expect, it } from 'vitest'
import { judge, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { asSecret, fromHex, toHex } from './bytes.ts'
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from './ed25519.ts'

type EddsaCase = WycheproofCase<'msg' | 'sig'>

describe('Wycheproof', () => {
  it('Ed25519: 151 cases', () => {
    const cases: readonly EddsaCase[] = wycheproof('ed25519')
    const counts = judge(cases, (each) => {
      const publicKey = fromHex(each.group.publicKey?.pk ?? '')
      return ed25519Verify(publicKey, fromHex(each.msg), fromHex(each.sig)) ? 'accepted' : 'refused'
    })
    expect(counts).toEqual({ 'valid accepted': 88, 'invalid refused': 63 })
  })
})

it('signs as RFC 8032 §7.1, test 2', () => {
  const seed = asSecret<'Ed25519Seed'>(fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
  const publicKey = ed25519PublicKey(seed)
  const signature = ed25519Sign(seed, Uint8Array.of(0x72))
  expect(toHex(publicKey)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
  expect(toHex(signature)).toBe(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
  expect(ed25519Verify(publicKey, Uint8Array.of(0x72), signature)).toBe(true)
  expect(ed25519Verify(publicKey, Uint8Array.of(0x73), signature)).toBe(false)
})

it('refuses keys of small order, under which one signature fits every message', () => {
  // The identity as key, R = identity, S = 0 satisfies the equation for any message: only strictness refuses it.
  const identity = fromHex(`01${'00'.repeat(31)}`)
  const signature = fromHex(`01${'00'.repeat(63)}`)
  expect(ed25519Verify(identity, Uint8Array.of(1, 2, 3), signature)).toBe(false)
})

it('refuses other lengths', () => {
  expect(ed25519Verify(new Uint8Array(31), new Uint8Array(0), new Uint8Array(64))).toBe(false)
  expect(ed25519Verify(new Uint8Array(32), new Uint8Array(0), new Uint8Array(63))).toBe(false)
})
