import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { chaCha20Poly1305 } from '../../crypto/aead.ts'
import { ascii, asSecret, concat, join, toHex } from '../../crypto/bytes.ts'
import { hkdfSha256, sha256 } from '../../crypto/hash.ts'
import { xWingEncapsulate, xWingKeyPair } from '../../crypto/xwing.ts'
import { decodeFirstContact, encodeFirstContact, type FirstContact, open, SEALED_OVERHEAD, seal } from './sealed.ts'

const bob = xWingKeyPair(seededRandom('bob'))
const mallory = xWingKeyPair(seededRandom('mallory'))
const associated = ascii('envelope id')
const contents = ascii('who writes, and what')

const sealFor = (input: { readonly contents?: Uint8Array; readonly paddedLength?: number; readonly sealingKey?: Uint8Array }) =>
  seal({ sealingKey: bob.publicKey, contents, paddedLength: 4000, associated, random: seededRandom('sealing'), ...input })

const sealed = (input: Parameters<typeof sealFor>[0] = {}): Uint8Array => {
  const made = sealFor(input)
  if (!made.ok) throw new Error(made.reason)
  return made.sealed
}

describe('sealing', () => {
  it('opens to what was sealed, and has the length that was asked for', () => {
    for (const paddedLength of [SEALED_OVERHEAD + contents.length, 4014, 16_302, 65_454]) {
      const whole = sealed({ paddedLength })
      expect(whole).toHaveLength(paddedLength)
      expect(open({ seed: bob.seed, sealed: whole, associated })).toEqual({ ok: true, contents })
    }
  })

  it('looks the same for all contents that fit: only the length that was asked for shows', () => {
    expect(sealed({ contents: new Uint8Array(0) })).toHaveLength(4000)
    expect(sealed({ contents: new Uint8Array(4000 - SEALED_OVERHEAD) })).toHaveLength(4000)
  })

  it('refuses contents that do not fit, by a single byte', () => {
    expect(sealFor({ contents: new Uint8Array(4000 - SEALED_OVERHEAD + 1) })).toEqual({ ok: false, reason: 'too-long' })
    expect(sealFor({ paddedLength: 65_537 })).toEqual({ ok: false, reason: 'too-long' })
    expect(sealFor({ paddedLength: 65_536, contents: new Uint8Array(65_536 - SEALED_OVERHEAD) }).ok).toBe(true)
  })

  it('refuses a sealing key that is none', () => {
    expect(sealFor({ sealingKey: bob.publicKey.subarray(1) })).toEqual({ ok: false, reason: 'bad-key' })
    expect(sealFor({ sealingKey: new Uint8Array(1216).fill(0xff) })).toEqual({ ok: false, reason: 'bad-key' })
  })

  it('opens with no other key and no other associated bytes', () => {
    expect(open({ seed: mallory.seed, sealed: sealed(), associated })).toEqual({ ok: false, reason: 'bad-mac' })
    expect(open({ seed: bob.seed, sealed: sealed(), associated: ascii('another id') })).toEqual({ ok: false, reason: 'bad-mac' })
  })

  it('opens nothing that was altered, in any region', () => {
    const whole = sealed()
    const regions = { version: 0, 'ML-KEM ciphertext': 1, 'X25519 share': 1089, body: 1121, padding: 2500, tag: 3999 }
    for (const place of Object.values(regions)) {
      const altered = whole.map((byte, i) => (i === place ? byte ^ 1 : byte))
      expect(open({ seed: bob.seed, sealed: altered, associated }).ok).toBe(false)
    }
    for (const length of [0, 1, 1120, 1121, 1136, 3999]) {
      expect(open({ seed: bob.seed, sealed: whole.subarray(0, length), associated }).ok).toBe(false)
    }
  })

  it('is what the page says, made by hand', () => {
    const random = seededRandom('sealing')
    const encapsulated = xWingEncapsulate(bob.publicKey, random)
    if (encapsulated === undefined) throw new Error('the key is well formed')
    const derived = hkdfSha256<'Derived'>(encapsulated.shared, new Uint8Array(0), ascii('parley/sealed/key/v1'), 44)
    const plaintext = new Uint8Array(4000 - 1 - 1120 - 16)
    plaintext.set([0, contents.length])
    plaintext.set(contents, 2)
    const head = concat(Uint8Array.of(1), encapsulated.ciphertext)
    const key = asSecret<'Key'>(derived.subarray(0, 32))
    expect(sealed()).toEqual(concat(head, chaCha20Poly1305.seal(key, derived.subarray(32), plaintext, join(head, associated))))
  })

  it('is these bytes for this randomness', () => {
    expect(toHex(sha256(sealed()))).toBe('4757c3db27780f049dad9bc282d9cd47bee50d575b5b2287a3e133372a11c1a5')
  })

  it('refuses contents whose padding is not zeros, even under a good tag', () => {
    const encapsulated = xWingEncapsulate(bob.publicKey, seededRandom('sealing'))
    if (encapsulated === undefined) throw new Error('the key is well formed')
    const derived = hkdfSha256<'Derived'>(encapsulated.shared, new Uint8Array(0), ascii('parley/sealed/key/v1'), 44)
    const head = concat(Uint8Array.of(1), encapsulated.ciphertext)
    const key = asSecret<'Key'>(derived.subarray(0, 32))
    const sealing = (plaintext: Uint8Array) =>
      concat(head, chaCha20Poly1305.seal(key, derived.subarray(32), plaintext, join(head, associated)))
    expect(open({ seed: bob.seed, sealed: sealing(Uint8Array.of(0, 1, 7, 0, 0)), associated }).ok).toBe(true)
    for (const wrong of [Uint8Array.of(0, 1, 7, 0, 1), Uint8Array.of(0, 4, 7, 0, 0), Uint8Array.of(0)]) {
      expect(open({ seed: bob.seed, sealed: sealing(wrong), associated })).toEqual({ ok: false, reason: 'malformed' })
    }
  })
})

describe('first contact', () => {
  const base = {
    accountKey: new Uint8Array(1984).fill(1),
    tag: 0x01020304,
    replyAddress: new Uint8Array(32).fill(2),
    introductionId: new Uint8Array(16).fill(4),
    sessionMessage: ascii('session message'),
  }
  const whole: FirstContact = { ...base, devices: { type: 'whole', deviceList: ascii('a device list') } }
  const repeat: FirstContact = { ...base, devices: { type: 'hash', hash: new Uint8Array(32).fill(3) } }

  it('is read as it was written, with the list and with its hash', () => {
    for (const each of [whole, repeat]) expect(decodeFirstContact(encodeFirstContact(each))).toEqual({ ok: true, value: each })
  })

  it('refuses another version, another form and every shortened one', () => {
    const bytes = encodeFirstContact(repeat)
    expect(decodeFirstContact(Uint8Array.of(2, ...bytes.subarray(1)))).toEqual({ ok: false, reason: 'malformed' })
    expect(decodeFirstContact(bytes.map((byte, i) => (i === 1989 ? 3 : byte)))).toEqual({ ok: false, reason: 'malformed' })
    for (let length = 0; length < bytes.length - base.sessionMessage.length; length += 13) {
      expect(decodeFirstContact(bytes.subarray(0, length)).ok).toBe(false)
    }
  })

  it('is these bytes', () => {
    expect(toHex(encodeFirstContact(repeat))).toBe(
      `01${'01'.repeat(1984)}0102030402${'03'.repeat(32)}${'02'.repeat(32)}${'04'.repeat(16)}73657373696f6e206d657373616765`,
    )
  })
})
