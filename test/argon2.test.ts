import { argon2id } from '@noble/hashes/argon2.js'
import { argon2id as wasmArgon2id } from 'hash-wasm'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { argon2 } from '../src/passphrase/argon2.ts'

// hash-wasm takes no associated data, so the vector of RFC 9106 is put to noble, and hash-wasm to noble and to the vectors of
// the reference implementation.

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const noble = (password: Uint8Array, salt: Uint8Array, memoryKiB: number, passes: number, lanes: number): string =>
  toHex(argon2id(password, salt, { t: passes, m: memoryKiB, p: lanes, dkLen: 32 }))

describe('Argon2id', () => {
  it('is in noble what RFC 9106 §5.3 says', () => {
    const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
      t: 3,
      m: 32,
      p: 4,
      dkLen: 32,
      key: new Uint8Array(8).fill(3),
      personalization: new Uint8Array(12).fill(4),
    })
    expect(toHex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
  })

  it.each([
    { passes: 2, memoryKiB: 65_536, lanes: 1, tag: '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7' },
    { passes: 2, memoryKiB: 256, lanes: 1, tag: '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe' },
    { passes: 2, memoryKiB: 256, lanes: 2, tag: '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037' },
  ])('gives the tag of the reference implementation for $passes passes, $memoryKiB KiB, $lanes lanes', async ({ tag, ...cost }) => {
    // Their salts have eight bytes; ours have sixteen, which the door sees to.
    expect(toHex(await argon2(text('password'), text('somesalt'), cost))).toBe(tag)
  })

  it.each([
    ['a', '00', 64, 1, 1],
    ['correct horse battery staple', 'a5', 512, 3, 1],
    ['Ünïcödé 🔑 passphrase', 'ff', 1_000, 2, 2],
    ['x'.repeat(1_000), '7f', 128, 4, 4],
  ] as const)('agrees with noble: %#', async (password, salt, memoryKiB, passes, lanes) => {
    const saltBytes = fromHex(salt.repeat(16))
    expect(toHex(await argon2(text(password), saltBytes, { memoryKiB, passes, lanes }))).toBe(
      noble(text(password), saltBytes, memoryKiB, passes, lanes),
    )
  })

  it('agrees with noble at the cost of the product', async () => {
    const [password, salt] = [text('the cost of the product'), new Uint8Array(16).fill(9)]
    expect(toHex(await argon2(password, salt, { memoryKiB: 65_536, passes: 3, lanes: 1 }))).toBe(noble(password, salt, 65_536, 3, 1))
  })

  it('agrees with noble where a secret is mixed in, as the vector of the RFC does', async () => {
    const [password, salt, secret] = [new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), new Uint8Array(8).fill(3)]
    const ours = await wasmArgon2id({
      password,
      salt,
      secret,
      iterations: 3,
      memorySize: 32,
      parallelism: 4,
      hashLength: 32,
      outputType: 'hex',
    })
    expect(ours).toBe(toHex(argon2id(password, salt, { t: 3, m: 32, p: 4, dkLen: 32, key: secret })))
  })
})
