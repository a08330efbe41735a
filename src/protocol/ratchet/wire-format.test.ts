import { describe, expect, it } from 'vitest'
import { xChaCha20Poly1305 } from '../../crypto/aead.ts'
import { asSecret, concat, join, toHex, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { type Header, openBody, openHeader, overhead, readMessage, sealMessage } from './wire-format.ts'

const filled = (value: number, length: number): Uint8Array => new Uint8Array(length).fill(value)
const long: Header = { ratchetKey: filled(1, 32), previousCount: 7, n: 260, encapsulationKey: filled(2, 1184), ciphertext: filled(3, 1088) }
const short: Header = { ...long, ciphertext: undefined }
const headerKey = asSecret<'HeaderKey'>(filled(4, 32))
const messageKey = asSecret<'MessageKey'>(filled(5, 32))
const nonce = filled(6, 24)
const route = { adHash: filled(7, 32), senderTag: 0x100, recipientTag: 0xfffffffe, envelopeId: filled(8, 16) }
const plaintext = Uint8Array.of(104, 105)
const seal = (header: Header): Uint8Array => sealMessage({ header, headerKey, messageKey, nonce, plaintext, route })

const read = (wire: Uint8Array) => {
  const message = readMessage(wire)
  if (!message.ok) throw new Error(message.reason)
  return message.value
}

describe('a message', () => {
  it('has the bytes that its page names', () => {
    const wire = seal(long)
    const header = concat(filled(1, 32), u32(7), u32(260), filled(2, 1184), Uint8Array.of(1), filled(3, 1088))
    const sealedHeader = xChaCha20Poly1305.seal(headerKey, nonce, header, concat(Uint8Array.of(1), route.adHash))
    const associated = join(Uint8Array.of(1), route.adHash, u32(0x100), u32(0xfffffffe), route.envelopeId, sealedHeader)
    const body = xChaCha20Poly1305.seal(messageKey, nonce, plaintext, associated)
    expect(sealedHeader.length).toBe(2329)
    expect(wire).toEqual(concat(Uint8Array.of(1), nonce, Uint8Array.of(2329 >> 8, 2329 & 255), sealedHeader, body))
  })

  it('without a ciphertext says so in one byte', () => {
    const header = concat(filled(1, 32), u32(7), u32(260), filled(2, 1184), Uint8Array.of(0))
    const opened = xChaCha20Poly1305.open(headerKey, nonce, seal(short).slice(27, 27 + 1241), concat(Uint8Array.of(1), route.adHash))
    expect(opened).toEqual(header)
  })

  it('is known by its hash, which another implementation (Python, OpenSSL) gives, too', () => {
    expect(toHex(sha256(seal(long)))).toBe('e92c3aa08345b4c4fe7f3d0ff0db863be3d11af38c2857eb227caaefed26a2d4')
    expect(toHex(sha256(seal(short)))).toBe('41d42bbae35d948ee1400037104f423915e0d399ca68f0aebe6d8c0358b08fd9')
  })

  it('is as much longer than its plaintext as is said', () => {
    expect(seal(long).length - plaintext.length).toBe(overhead(true))
    expect(seal(short).length - plaintext.length).toBe(overhead(false))
    expect([overhead(true), overhead(false)]).toEqual([2372, 1284])
  })

  it('opens to what was sealed', () => {
    for (const header of [long, short]) {
      const sealed = read(seal(header))
      expect(openHeader(headerKey, sealed, route.adHash)).toEqual({ ok: true, value: header })
      expect(openBody(messageKey, sealed, route)).toEqual(plaintext)
    }
  })
})

describe('what is no message', () => {
  const wire = seal(long)
  const altered = (at: number, value: number): Uint8Array => wire.with(at, value)

  it.each([
    ['nothing', new Uint8Array(0)],
    ['another version', altered(0, 2)],
    ['version 0', altered(0, 0)],
    ['a header one byte shorter', altered(26, 2328 & 255)],
    ['a header one byte longer', altered(26, 2330 & 255)],
    ['a header of no bytes', concat(wire.slice(0, 25), Uint8Array.of(0, 0), wire.slice(27))],
    ['no room for the tag of the body', wire.slice(0, 27 + 2329 + 15)],
    ['more than the largest frame', concat(wire, new Uint8Array(65_536 - wire.length + 1))],
  ])('%s is refused', (_, bytes) => {
    expect(readMessage(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('is every truncation down to an empty body', () => {
    for (let length = 0; length < 27 + 2329 + 16; length++) expect(readMessage(wire.subarray(0, length)).ok).toBe(false)
  })

  it('is a header that its key sealed but that is none', () => {
    for (const flag of [1, 2]) {
      // The flag says a ciphertext follows, or nothing that is known; neither is there.
      const header = concat(filled(1, 32), u32(7), u32(260), filled(2, 1184), Uint8Array.of(flag))
      const sealedHeader = xChaCha20Poly1305.seal(headerKey, nonce, header, concat(Uint8Array.of(1), route.adHash))
      const opened = openHeader(headerKey, { nonce, sealedHeader, body: filled(0, 16) }, route.adHash)
      expect(opened).toEqual({ ok: false, reason: 'malformed' })
    }
  })
})
