import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, equal, toHex } from '../../crypto/bytes.ts'
import { freshToken, isProof, type LineBinding, MEETING_TOKEN_LENGTH, type MeetingRole, prove } from './meeting.ts'

const token = asSecret<'MeetingToken'>(Uint8Array.from({ length: 32 }, (_, i) => i))
const line: LineBinding = { diallerFingerprint: new Uint8Array(32).fill(0xd1), answererFingerprint: new Uint8Array(32).fill(0xa2) }

describe('a proof', () => {
  it('has the bytes that another implementation (Python) gives for parley/meeting/proof/v1', () => {
    expect(toHex(prove(token, 'dialler', line))).toBe('f7093936e99782a93f3125898c381169f63fbbaec44e7a183d207ec8f21876e5')
    expect(toHex(prove(token, 'answerer', line))).toBe('247a4f80bccac23b7695759c78a85216ed1bfa89dec7524ce52387644874d76e')
  })

  it.each<MeetingRole>(['dialler', 'answerer'])('of the %s is one for its token, role and line', (role) => {
    expect(isProof(prove(token, role, line), token, role, line)).toBe(true)
  })

  it('sent back is none', () => {
    expect(isProof(prove(token, 'dialler', line), token, 'answerer', line)).toBe(false)
  })

  it('is none for another token, for another line, or for the same two ends with their roles exchanged', () => {
    const proof = prove(token, 'dialler', line)
    expect(isProof(proof, freshToken(seededRandom('meeting')), 'dialler', line)).toBe(false)
    const other = new Uint8Array(32).fill(0xee)
    expect(isProof(proof, token, 'dialler', { ...line, diallerFingerprint: other })).toBe(false)
    expect(isProof(proof, token, 'dialler', { ...line, answererFingerprint: other })).toBe(false)
    const exchanged = { diallerFingerprint: line.answererFingerprint, answererFingerprint: line.diallerFingerprint }
    expect(isProof(proof, token, 'dialler', exchanged)).toBe(false)
  })

  it('cut short, longer or with a changed bit is none', () => {
    const proof = prove(token, 'dialler', line)
    for (const length of [0, 31]) expect(isProof(proof.subarray(0, length), token, 'dialler', line)).toBe(false)
    expect(isProof(Uint8Array.from([...proof, 0]), token, 'dialler', line)).toBe(false)
    for (let i = 0; i < 32; i++)
      expect(
        isProof(
          proof.map((byte, place) => (place === i ? byte ^ 1 : byte)),
          token,
          'dialler',
          line,
        ),
      ).toBe(false)
  })
})

it('a token is 32 bytes, and never the same', () => {
  const random = seededRandom('tokens')
  const [one, other] = [freshToken(random), freshToken(random)]
  expect(one).toHaveLength(MEETING_TOKEN_LENGTH)
  expect(equal(one, other)).toBe(false)
})
