import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, concat, fromHex, toHex } from '../../crypto/bytes.ts'
import {
  type BackupSecret,
  beginBackup,
  CHUNK_LENGTH,
  entropyOf,
  HEADER_LENGTH,
  openChunk,
  phraseOf,
  readHeader,
  SEALED_CHUNK_LENGTH,
  sealChunk,
  unlockBackup,
} from './backup.ts'

const random = seededRandom('backup')
const secret: BackupSecret = asSecret<'PhraseEntropy'>(fromHex('00112233445566778899aabbccddeeff'))
const salt = fromHex('000102030405060708090a0b0c0d0e0f')
const begun = beginBackup('words', secret, salt)
const whole = random(CHUNK_LENGTH)

describe('the header of a backup', () => {
  it('has 58 bytes, and these for this secret and salt', () => {
    expect(toHex(begun.header.subarray(0, 34))).toBe(`5041524c4559424b0101${'00'.repeat(8)}${toHex(salt)}`)
    expect(begun.header.length).toBe(HEADER_LENGTH)
    const read = readHeader(begun.header)
    expect(read.ok && [read.header.kind, unlockBackup(read.header, secret).ok]).toEqual(['words', true])
  })

  it('says what a passphrase costs', () => {
    const cost = { memoryKiB: 65_536, passes: 3, lanes: 1 }
    const read = readHeader(beginBackup('passphrase', secret, salt, cost).header)
    expect(read.ok && [read.header.kind, read.header.cost]).toEqual(['passphrase', cost])
  })

  it('opens with no other secret', () => {
    const read = readHeader(begun.header)
    const other = asSecret<'PhraseEntropy'>(random(16))
    expect(read.ok && unlockBackup(read.header, other)).toEqual({ ok: false, reason: 'wrong-secret' })
  })

  it('is refused with any byte altered, whichever it is', () => {
    for (let at = 0; at < HEADER_LENGTH; at++) {
      const altered = begun.header.slice()
      altered[at] = (altered[at] ?? 0) ^ 0x40
      const why = at < 8 ? 'not-a-backup' : at === 8 ? 'newer-version' : 'altered'
      expect(readHeader(altered), `byte ${at}`).toEqual({ ok: false, reason: why })
    }
  })

  it('is refused where it ends early', () => {
    for (let length = 0; length < HEADER_LENGTH; length++) {
      const why = length < 8 ? 'not-a-backup' : 'truncated'
      expect(readHeader(begun.header.subarray(0, length))).toEqual({ ok: false, reason: why })
    }
  })
})

describe('a chunk of a backup', () => {
  const first = sealChunk(begun.chunkKey, 0, false, whole)
  const last = sealChunk(begun.chunkKey, 1, true, whole.subarray(0, 100))

  it('opens in its place', () => {
    expect(openChunk(begun.chunkKey, 0, false, first)).toEqual({ ok: true, plaintext: whole })
    expect(openChunk(begun.chunkKey, 1, true, last)).toEqual({ ok: true, plaintext: whole.subarray(0, 100) })
    expect([first.length, last.length]).toEqual([SEALED_CHUNK_LENGTH, 116])
  })

  it('opens in no other place, and the file does not end with it', () => {
    expect(openChunk(begun.chunkKey, 1, false, first)).toEqual({ ok: false, reason: 'altered' })
    expect(openChunk(begun.chunkKey, 0, true, last)).toEqual({ ok: false, reason: 'altered' })
    expect(openChunk(begun.chunkKey, 0, true, first)).toEqual({ ok: false, reason: 'truncated' })
  })

  it('is refused with any byte altered', () => {
    for (let at = 0; at < last.length; at++) {
      const altered = last.slice()
      altered[at] = (altered[at] ?? 0) ^ 1
      expect(openChunk(begun.chunkKey, 1, true, altered), `byte ${at}`).toEqual({ ok: false, reason: 'altered' })
    }
  })

  it('is refused with anything behind it, or short of anything', () => {
    expect(openChunk(begun.chunkKey, 1, true, concat(last, new Uint8Array(1))).ok).toBe(false)
    expect(openChunk(begun.chunkKey, 0, false, first.subarray(1)).ok).toBe(false)
    for (let length = 0; length < last.length; length++) expect(openChunk(begun.chunkKey, 1, true, last.subarray(0, length)).ok).toBe(false)
  })

  it('of another length is never written', () => {
    expect(() => sealChunk(begun.chunkKey, 0, false, whole.subarray(1))).toThrow('another length')
    expect(() => sealChunk(begun.chunkKey, 0, true, new Uint8Array(0))).toThrow('another length')
    expect(() => sealChunk(begun.chunkKey, 2 ** 32, true, whole)).toThrow('too many')
  })
})

describe('twelve words', () => {
  it('stand for 16 bytes, as BIP-39 has it', () => {
    const entropy = asSecret<'PhraseEntropy'>(fromHex('7f'.repeat(16)))
    const phrase = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
    expect(phraseOf(entropy)).toBe(phrase)
    expect(entropyOf(phrase)).toEqual({ ok: true, entropy })
    expect(entropyOf(`  ${phrase.toUpperCase().replaceAll(' ', '\n ')} `)).toEqual({ ok: true, entropy })
  })

  it.each([
    ['not-twelve-words', ''],
    ['not-twelve-words', 'legal winner thank'],
    ['unknown-word', 'legal winner thank year wave sausage worth useful legal winner thank yellox'],
    ['mistyped', 'legal winner thank year wave sausage worth useful legal winner thank zoo'],
  ])('are refused: %s', (reason, phrase) => {
    expect(entropyOf(phrase)).toEqual({ ok: false, reason })
  })
})
