import { describe, expect, it } from 'vitest'
import { judge, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { chaCha20Poly1305, TAG_LENGTH, xChaCha20Poly1305 } from './aead.ts'
import { asSecret, concat, equal, fromHex } from './bytes.ts'

type AeadCase = WycheproofCase<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag'>

const verdict = (aead: typeof chaCha20Poly1305) => (each: AeadCase) => {
  const [key, nonce, ad] = [asSecret<'Key'>(fromHex(each.key)), fromHex(each.iv), fromHex(each.aad)]
  const [message, sealed] = [fromHex(each.msg), concat(fromHex(each.ct), fromHex(each.tag))]
  const opened = aead.open(key, nonce, sealed, ad)
  if (opened === undefined) return 'refused'
  if (!equal(opened, message)) return 'wrong: plaintext'
  return equal(aead.seal(key, nonce, message, ad), sealed) ? 'accepted' : 'wrong: ciphertext'
}

describe('Wycheproof', () => {
  it('ChaCha20-Poly1305: 325 cases, 9 of them with nonces of another length', () => {
    const cases: readonly AeadCase[] = wycheproof('chacha20_poly1305')
    expect(judge(cases, verdict(chaCha20Poly1305))).toEqual({ 'valid accepted': 256, 'invalid refused': 69 })
    expect(cases.filter((each) => each.group.ivSize !== 96)).toHaveLength(9)
  })

  it('XChaCha20-Poly1305: 315 cases, 9 of them with nonces of another length', () => {
    const cases: readonly AeadCase[] = wycheproof('xchacha20_poly1305')
    expect(judge(cases, verdict(xChaCha20Poly1305))).toEqual({ 'valid accepted': 246, 'invalid refused': 69 })
    expect(cases.filter((each) => each.group.ivSize !== 192)).toHaveLength(9)
  })
})

it('will not seal under a nonce of another length', () => {
  const key = asSecret<'Key'>(new Uint8Array(32))
  for (const length of [0, 8, 11, 13, 23, 24]) {
    expect(() => chaCha20Poly1305.seal(key, new Uint8Array(length), new Uint8Array(1), new Uint8Array(0))).toThrow('nonce')
  }
  expect(() => xChaCha20Poly1305.seal(key, new Uint8Array(12), new Uint8Array(1), new Uint8Array(0))).toThrow('nonce')
})

it('refuses what is shorter than a tag', () => {
  const key = asSecret<'Key'>(new Uint8Array(32))
  const empty = chaCha20Poly1305.seal(key, new Uint8Array(12), new Uint8Array(0), new Uint8Array(0))
  expect(empty).toHaveLength(TAG_LENGTH)
  expect(chaCha20Poly1305.open(key, new Uint8Array(12), empty, new Uint8Array(0))).toEqual(new Uint8Array(0))
  for (let length = 0; length < TAG_LENGTH; length++) {
    expect(chaCha20Poly1305.open(key, new Uint8Array(12), empty.subarray(0, length), new Uint8Array(0))).toBeUndefined()
  }
})
