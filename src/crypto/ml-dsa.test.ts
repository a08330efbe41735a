import { expect, it } from 'vitest'
import { ascii, asSecret } from './bytes.ts'
import { ML_DSA_PUBLIC_KEY_LENGTH, ML_DSA_SIGNATURE_LENGTH, mlDsaPublicKey, mlDsaSign, mlDsaVerify } from './ml-dsa.ts'
import type { Random } from './random.ts'

const seed = asSecret<'MlDsaSeed'>(new Uint8Array(32).fill(3))
const message = ascii('a statement')
const ones: Random = (length) => new Uint8Array(length).fill(1)
const twos: Random = (length) => new Uint8Array(length).fill(2)

it('signs with what is drawn, and both signatures verify', () => {
  const publicKey = mlDsaPublicKey(seed)
  const [first, second] = [mlDsaSign(seed, message, ones), mlDsaSign(seed, message, twos)]
  expect(publicKey).toHaveLength(ML_DSA_PUBLIC_KEY_LENGTH)
  expect(first).toHaveLength(ML_DSA_SIGNATURE_LENGTH)
  expect(second).not.toEqual(first)
  expect(mlDsaVerify(publicKey, message, first)).toBe(true)
  expect(mlDsaVerify(publicKey, message, second)).toBe(true)
})

it('refuses another message, an altered signature, another key and other lengths', () => {
  const publicKey = mlDsaPublicKey(seed)
  const signature = mlDsaSign(seed, message, ones)
  const flip = (bytes: Uint8Array, place: number) => bytes.map((byte, i) => (i === place ? byte ^ 1 : byte))
  expect(mlDsaVerify(publicKey, ascii('another one'), signature)).toBe(false)
  for (const place of [0, 100, ML_DSA_SIGNATURE_LENGTH - 1]) expect(mlDsaVerify(publicKey, message, flip(signature, place))).toBe(false)
  for (const place of [0, ML_DSA_PUBLIC_KEY_LENGTH - 1]) expect(mlDsaVerify(flip(publicKey, place), message, signature)).toBe(false)
  expect(mlDsaVerify(publicKey.subarray(1), message, signature)).toBe(false)
  expect(mlDsaVerify(publicKey, message, signature.subarray(1))).toBe(false)
})
