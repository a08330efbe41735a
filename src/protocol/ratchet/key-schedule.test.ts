import { describe, expect, it } from 'vitest'
import { asSecret, toHex } from '../../crypto/bytes.ts'
import { hashPrologue, stepChain, stepRoot } from './key-schedule.ts'

// The expected bytes were computed from the page of the protocol with another HMAC and SHA-256 (OpenSSL's).

const filled = (value: number, length: number): Uint8Array => new Uint8Array(length).fill(value)
const input = {
  rootKey: asSecret<'RootKey'>(filled(1, 32)),
  agreement: asSecret<'X25519Shared'>(filled(2, 32)),
  kemShared: asSecret<'MlKemShared'>(filled(3, 32)),
  receiverKey: filled(5, 32),
  prologue: { ratchetKey: filled(4, 32), previousCount: 9, encapsulationKey: filled(6, 1184), ciphertext: filled(7, 1088) },
}
const first = { ...input, kemShared: undefined, prologue: { ...input.prologue, ciphertext: undefined } }
const hex = ({ rootKey, chainKey, nextHeaderKey }: ReturnType<typeof stepRoot>): readonly string[] =>
  [rootKey, chainKey, nextHeaderKey].map(toHex)

describe('known answers', () => {
  it('parley/ratchet/step/v1', () => {
    expect(hex(stepRoot(input))).toEqual([
      'd33b8a8f1ab62100a66b2d7a5a9164fd03f8c448afa6323bce3c1105697305d1',
      '1933fcff6ad955e3f31fb85288737f0604b7522be4e3d612aa3b438c92c24d4d',
      'f24bf537ead571887c01871bc70b40c62a841423fb475751279504395b384f46',
    ])
  })

  it('parley/ratchet/first-step/v1', () => {
    expect(hex(stepRoot(first))).toEqual([
      '28ab94008d845ef545ca06a65b33f19cbac97f3377aca593d6a80e3e0cfe7cbf',
      'd79d9197eb50670ef1f5a577692d9a796a80ac9b591eb1e7b718b0af470d8a8c',
      'f7707f7d2ef58bd0e18dcf8e8059a0518713bd8d15b0e447bb8ecda5299719a5',
    ])
  })

  it('message key and chain key', () => {
    const { messageKey, chainKey } = stepChain(asSecret<'ChainKey'>(filled(1, 32)))
    expect(toHex(messageKey)).toBe('cc6efb872c237f565ee82df42e4cab00098b13710395e3c6d29f2907d69e4f04')
    expect(toHex(chainKey)).toBe('c31d79abaf8f2150ee1cfe3dc732eed02a56f79647909bad055a831cb762e9a2')
  })

  it('parley/ratchet/prologue/v1', () => {
    expect(toHex(hashPrologue(input.prologue))).toBe('86d7a35027f0d3db52c2fc4b29ea470b613e514b367b0a1cbd1cf041b90f16f2')
    expect(toHex(hashPrologue(first.prologue))).toBe('48977d4b934f3a22ecc069983b57aae7162ea1fc54c32de1005ec4c246a73e1c')
  })
})

describe('stepRoot', () => {
  it('depends on every input', () => {
    const { prologue } = input
    const others = [
      { ...input, rootKey: asSecret<'RootKey'>(filled(9, 32)) },
      { ...input, agreement: asSecret<'X25519Shared'>(filled(9, 32)) },
      { ...input, kemShared: asSecret<'MlKemShared'>(filled(9, 32)) },
      { ...input, receiverKey: filled(9, 32) },
      { ...input, prologue: { ...prologue, ratchetKey: filled(9, 32) } },
      { ...input, prologue: { ...prologue, encapsulationKey: filled(9, 1184) } },
      { ...input, prologue: { ...prologue, ciphertext: filled(9, 1088) } },
      first,
    ]
    const results = [input, ...others].flatMap((one) => hex(stepRoot(one)))
    expect(new Set(results).size).toBe(3 * 9)
  })

  it('throws where a ciphertext comes without its secret, or a secret without a ciphertext', () => {
    expect(() => stepRoot({ ...input, kemShared: undefined })).toThrow('go together')
    expect(() => stepRoot({ ...first, kemShared: input.kemShared })).toThrow('go together')
  })
})
