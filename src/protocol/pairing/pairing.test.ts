// The flights by themselves: that they fit, what each refuses and what that costs, and the bytes of everything.

import { describe, expect, test } from 'vitest'
import { bindingOf, CODE, fingerprintOf, initialMessage, introductionOf, ROOM_ID, secretOf } from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, concat, toHex } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { p256Multiply, p256PointBytes, p256PointFromCompressedHex } from '../../crypto/p256.ts'
import { type PairingContext, pairingPsk, seal, sealingKeys } from './agreement.ts'
import { boundFields, MAX_PAIRING_FRAME_LENGTH } from './checks.ts'
import {
  REFUSAL_FRAME,
  readFlight1,
  readFlight2,
  readHeader,
  readRendezvous,
  writeFlight1,
  writeFlight2,
  writeFlight3,
  writeRendezvous,
} from './frames.ts'
import type { Introduction } from './introduction.ts'
import { guest, host, type PairingRefusal, randomCode, stretchCode } from './pairing.ts'

const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')]
const ROOM: PairingContext = { roomId: ROOM_ID, carrier: 'room', binding: new Uint8Array(0) }
const DIRECT: PairingContext = { roomId: ROOM_ID, carrier: 'direct', binding: bindingOf('direct') }
const asHost = { ourAccountKey: alice.account.publicKey, nowMs: PEOPLE_NOW_MS }
const asGuest = { ourAccountKey: bob.account.publicKey, nowMs: PEOPLE_NOW_MS }

const offer = (context = ROOM, code = CODE) => host.offer({ secret: secretOf(code), context, random: seededRandom('offer') })
const guessOn = (flight1: Uint8Array, context = ROOM, introduction = introductionOf(bob, 'Bob')) => {
  const made = guest.guess({ secret: secretOf(CODE), context, flight1, introduction, random: seededRandom('guess') })
  return made.ok ? made : expect.fail(made.reason)
}
/** Both sides up to a guess that was believed. */
const believed = (context = ROOM) => {
  const { state, flight1 } = offer(context)
  const guessed = guessOn(flight1, context)
  const received = host.receiveGuess(state, guessed.flight2, asHost)
  return received.ok ? { guessed, verified: received.state } : expect.fail(received.reason)
}

describe('three flights', () => {
  test.each([ROOM, DIRECT])('on the $carrier: both learn who the other is, and share a psk', (context) => {
    const { guessed, verified } = believed(context)
    expect(verified.introduced).toMatchObject({ accountKey: bob.account.publicKey, accountId: bob.accountId, suggestedName: 'Bob' })
    expect(verified.introduced.device.tag).toBe(bob.device.tag)
    expect(verified.introduced.bundle.hash).toEqual(bob.bundle(0).bundleHash)
    expect(verified.introduced.address).toEqual(introductionOf(bob, '').address)

    const message = initialMessage(verified.psk, alice.account.publicKey, bob.account.publicKey)
    const { flight3 } = host.answer(verified, { introduction: introductionOf(alice, ''), initialMessage: message })
    const answered = guest.receiveAnswer(guessed.state, flight3, asGuest)
    if (!answered.ok) return expect.fail(answered.reason)
    expect(answered.verified.introduced).toMatchObject({ accountId: alice.accountId, suggestedName: '' })
    expect(answered.verified.initialMessage).toEqual(message)
    expect(answered.verified.psk).toEqual(verified.psk)
  })

  test('two runs of the same two with the same code share no key', () => {
    const { flight1, state } = host.offer({ secret: secretOf(CODE), context: ROOM, random: seededRandom('again') })
    const second = host.receiveGuess(state, guessOn(flight1).flight2, asHost)
    if (!second.ok) return expect.fail(second.reason)
    expect(second.state.psk).not.toEqual(believed().verified.psk)
  })

  test('a binding that is not of its carrier is a bug of ours', () => {
    expect(() => offer({ ...ROOM, binding: DIRECT.binding })).toThrow('binding')
    expect(() => offer({ ...DIRECT, binding: fingerprintOf('host') })).toThrow('binding')
  })

  test('a host’s answer without a first message is not believed', () => {
    const { guessed, verified } = believed()
    const { flight3 } = host.answer(verified, { introduction: introductionOf(alice, ''), initialMessage: new Uint8Array(0) })
    expect(guest.receiveAnswer(guessed.state, flight3, asGuest)).toEqual({ ok: false, reason: 'bad-introduction', burns: true })
  })
})

describe('what a host refuses, and what that costs', () => {
  const { state, flight1 } = offer()
  const good = guessOn(flight1).flight2
  const parts = () => {
    const read = readFlight2(good)
    return read.ok ? read.value : expect.fail('not a flight 2')
  }
  const flipped = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
  const mask = (constant: string) =>
    p256PointBytes(p256Multiply(p256PointFromCompressedHex(constant), secretOf(CODE))) ?? expect.fail('identity')
  const M = '02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f'

  const cases: readonly [string, PairingRefusal, boolean, () => Uint8Array][] = [
    ['nothing', 'malformed', false, () => new Uint8Array(0)],
    ['a header cut short', 'malformed', false, () => good.subarray(0, 2)],
    ['an unknown type', 'malformed', false, () => good.map((byte, i) => (i === 2 ? 9 : byte))],
    ['another version', 'other-version', false, () => good.map((byte, i) => (i === 0 ? 2 : byte))],
    ['another suite', 'other-version', false, () => good.map((byte, i) => (i === 1 ? 9 : byte))],
    ['a guess at a code that links a device', 'other-kind', false, () => good.map((byte, i) => (i === 1 ? 2 : byte))],
    ['a flight 1', 'out-of-order', false, () => flight1],
    ['a flight 3', 'out-of-order', false, () => writeFlight3({ confirmation: new Uint8Array(32), sealed: new Uint8Array(99) })],
    ['a refusal', 'out-of-order', false, () => REFUSAL_FRAME],
    ['a frame over the limit', 'malformed', false, () => concat(good, new Uint8Array(MAX_PAIRING_FRAME_LENGTH))],
    ['a share with another first byte', 'bad-share', false, () => writeFlight2({ ...parts(), share: flipped(parts().share, 0) })],
    ['a share off the curve', 'bad-share', false, () => writeFlight2({ ...parts(), share: flipped(parts().share, 64) })],
    ['its own share', 'reflected', false, () => writeFlight2({ ...parts(), share: state.spake2.share })],
    ['a share that makes K the identity', 'codes-differ', true, () => writeFlight2({ ...parts(), share: mask(M) })],
    ['another ciphertext', 'codes-differ', true, () => writeFlight2({ ...parts(), ciphertext: flipped(parts().ciphertext, 500) })],
    ['another confirmation', 'codes-differ', true, () => writeFlight2({ ...parts(), confirmation: flipped(parts().confirmation, 31) })],
    ['a sealed text that was changed', 'bad-introduction', true, () => writeFlight2({ ...parts(), sealed: flipped(parts().sealed, 7) })],
    ['a sealed text cut short', 'bad-introduction', true, () => writeFlight2({ ...parts(), sealed: parts().sealed.subarray(1) })],
    ['no sealed text', 'bad-introduction', true, () => writeFlight2({ ...parts(), sealed: new Uint8Array(0) })],
  ]
  test.each(cases)('%s: %s', (_, reason, burns, frame) => {
    expect(host.receiveGuess(state, frame(), asHost)).toEqual({ ok: false, reason, burns })
  })

  test('and the good one is still believed after all that', () => expect(host.receiveGuess(state, good, asHost).ok).toBe(true))

  test('another code', () => {
    const other = offer(ROOM, '543210')
    expect(host.receiveGuess(other.state, guessOn(other.flight1).flight2, asHost)).toEqual({
      ok: false,
      reason: 'codes-differ',
      burns: true,
    })
  })
})

describe('introductions that are not believed', () => {
  const told = (change: Partial<Introduction>, nowMs = PEOPLE_NOW_MS) => {
    const { state, flight1 } = offer()
    const { flight2 } = guessOn(flight1, ROOM, { ...introductionOf(bob, 'Bob'), ...change })
    const received = host.receiveGuess(state, flight2, { ...asHost, nowMs })
    return received.ok ? 'ok' : received.reason
  }
  const cut = (bytes: Uint8Array) => bytes.subarray(0, -1)
  const dayMs = 86_400_000

  test('the honest one is', () => expect(told({})).toBe('ok'))
  test('our own account', () => expect(told({ ...introductionOf(alice, '') })).toBe('own-code'))
  test.each([
    ['another account’s key', { accountKey: carol.account.publicKey }],
    ['another account’s device list', { deviceList: carol.deviceList }],
    ['another device’s bundle', { bundle: carol.bundle(0).served }],
    ['a device list cut short', { deviceList: cut(bob.deviceList) }],
    ['a bundle cut short', { bundle: cut(bob.bundle(0).served) }],
    ['no device list', { deviceList: new Uint8Array(0) }],
    ['no bundle', { bundle: new Uint8Array(0) }],
  ])('%s', (_, change) => expect(told(change)).toBe('bad-introduction'))
  test('a bundle whose statement has expired', () => expect(told({}, PEOPLE_NOW_MS + 8 * dayMs)).toBe('bad-introduction'))
  test('a list that has expired', () => expect(told({}, PEOPLE_NOW_MS + 91 * dayMs)).toBe('bad-introduction'))
  test('a name of 64 bytes fits, a longer one is a bug of ours', () => {
    expect(told({ suggestedName: 'é'.repeat(32) })).toBe('ok')
    expect(() => told({ suggestedName: `${'é'.repeat(32)}x` })).toThrow()
  })
})

describe('what a guest refuses, and what that costs', () => {
  const { flight1, state } = offer()
  const reasonFor = (frame: Uint8Array) => {
    const made = guest.guess({
      secret: secretOf(CODE),
      context: ROOM,
      flight1: frame,
      introduction: introductionOf(bob, ''),
      random: seededRandom(1),
    })
    return made.ok ? 'ok' : `${made.reason}${made.burns ? ', spent' : ''}`
  }
  const N = '03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49'
  const wN = p256PointBytes(p256Multiply(p256PointFromCompressedHex(N), secretOf(CODE))) ?? expect.fail('identity')
  const { encapsulationKey } = state.kem
  const { share } = state.spake2

  test.each([
    ['an honest offer', 'ok', flight1],
    ['one byte more', 'malformed', concat(flight1, Uint8Array.of(0))],
    ['one byte less', 'malformed', flight1.subarray(0, -1)],
    [
      'a KEM key with a coefficient of q and more',
      'malformed',
      writeFlight1({ share, encapsulationKey: encapsulationKey.slice().fill(0xff, 0, 3) }),
    ],
    ['a share off the curve', 'bad-share', writeFlight1({ share: share.map((byte, i) => (i === 64 ? byte ^ 1 : byte)), encapsulationKey })],
    // Whoever sees silence where he expected flight 2 has learned that his guess was right: so it counts as one.
    ['a share that makes K the identity', 'codes-differ, spent', writeFlight1({ share: wN, encapsulationKey })],
    ['a refusal', 'out-of-order', REFUSAL_FRAME],
  ])('%s: %s', (_, reason, frame) => expect(reasonFor(frame)).toBe(reason))

  test('an answer with another confirmation, another seal, or from ourselves', () => {
    const { guessed, verified } = believed()
    const answered = (introduction: Introduction) => host.answer(verified, { introduction, initialMessage: Uint8Array.of(1) }).flight3
    const good = answered(introductionOf(alice, ''))
    const changedAt = (at: number) => good.map((byte, i) => (i === at ? byte ^ 1 : byte))
    const reason = (flight3: Uint8Array) => {
      const received = guest.receiveAnswer(guessed.state, flight3, asGuest)
      return received.ok ? 'ok' : received.reason
    }
    expect(reason(changedAt(3))).toBe('codes-differ')
    expect(reason(changedAt(35))).toBe('bad-introduction')
    expect(reason(changedAt(good.length - 1))).toBe('bad-introduction')
    expect(reason(answered(introductionOf(bob, '')))).toBe('own-code')
    expect(reason(answered({ ...introductionOf(alice, ''), bundle: carol.bundle(0).served }))).toBe('bad-introduction')
    expect(reason(good)).toBe('ok')
  })
})

describe('codes', () => {
  test('are six digits with their leading zeros', () => {
    expect(randomCode((length) => new Uint8Array(length))).toBe('000000')
    const random = seededRandom('codes')
    for (let i = 0; i < 1_000; i++) expect(randomCode(random)).toMatch(/^[0-9]{6}$/)
  })
  test.each(['', '12345', '1234567', '12345a', '１２３４５６', ' 12345'])('"%s" is none', (code) => {
    expect(() => stretchCode(code, ROOM_ID)).toThrow('six digits')
  })
  test('are stretched with the room, so that a table made for one room helps in no other', () => {
    expect(stretchCode(CODE, ROOM_ID)).not.toEqual(stretchCode(CODE, new Uint8Array(16)))
    expect(() => stretchCode(CODE, new Uint8Array(15))).toThrow('16 bytes')
  })
})

// The stretched code, the fields, the seals and the psk were computed by independent code as well.
describe('known answers: a change of bytes fails here', () => {
  const digest = (bytes: Uint8Array) => toHex(sha256(bytes))
  const introduction: Introduction = {
    accountKey: new Uint8Array(1984).fill(1),
    deviceList: new Uint8Array(40).fill(2),
    bundle: new Uint8Array(30).fill(3),
    address: new Uint8Array(32).fill(4),
    suggestedName: 'Zoë',
  }

  test('the stretched code', () => {
    expect(toHex(secretOf(CODE))).toBe('6b6d42f1595b937f5bbcd21fa62d8cb75222e83d902f17151bbc82108b195d55')
  })

  test('what the confirmations cover', () => {
    const run = { version: 1, suite: 1, ...DIRECT, encapsulationKey: new Uint8Array(1184), ciphertext: new Uint8Array(1088) }
    expect(boundFields(run).map((field) => field.length)).toEqual([1, 1, 16, 6, 64, 1184, 1088])
    expect(digest(concat(...boundFields(run)))).toBe('90fc76ad4a2cf9217904041f93245d61de5fdd0389f4cf935c93fd95f7105e2b')
  })

  test('flight 1', () => {
    const { flight1 } = offer(DIRECT)
    expect(flight1).toHaveLength(3 + 65 + 1184)
    expect(toHex(flight1.subarray(0, 4))).toBe('01010104')
    expect(readFlight1(flight1)).toMatchObject({ ok: true, version: 1, suite: 1 })
    expect(digest(flight1)).toBe('5aadf1f87f56b4c5ba4b0d3992462ae005e1ca3543059cbec7036c66b17ddd53')
  })

  test('flight 2', () => {
    const { flight2 } = guessOn(offer(DIRECT).flight1, DIRECT, introduction)
    expect(flight2).toHaveLength(3 + 65 + 1088 + 32 + (1985 + 2 + 40 + 2 + 30 + 32 + 2 + 4) + 16)
    expect(toHex(flight2.subarray(0, 4))).toBe('01010204')
    expect(digest(flight2)).toBe('f7b35baa56140eee91dbfbe4056f9479933d3f58adfd992837523bca94367a6e')
  })

  test('the seals and the psk', () => {
    const keys = sealingKeys({
      kind: 'pairing',
      outcome: {
        sharedKey: asSecret<'Spake2Key'>(new Uint8Array(16).fill(1)),
        ourConfirmation: new Uint8Array(32),
        theirConfirmation: new Uint8Array(32),
      },
      kemShared: asSecret<'MlKemShared'>(new Uint8Array(32).fill(2)),
      aad: Uint8Array.of(3),
      shareA: Uint8Array.of(4),
      shareB: Uint8Array.of(5),
      confirmationA: Uint8Array.of(6),
    })
    expect(toHex(keys.transcriptHash)).toBe('deb14c26ff641e950c4ddff10d0f385e370fad94c484a614921aef6c512b2cc2')
    expect(toHex(seal(keys, 2, Uint8Array.of(7)))).toBe('a6aebe7a7c6ecc2c0c9acad87d9c8f4c07')
    expect(toHex(seal(keys, 3, Uint8Array.of(7)))).toBe('5fbd798ef3179dda5d97af8fc18e47d0fe')
    expect(toHex(pairingPsk(keys))).toBe('ea96ea96fec0710e038f6b2ee6a47198989653fec335f1296fcbced332bc8930')
  })

  test('flight 3, rendezvous, refusal', () => {
    expect(toHex(writeFlight3({ confirmation: new Uint8Array(32).fill(9), sealed: Uint8Array.of(8) }))).toBe(`010103${'09'.repeat(32)}08`)
    expect(toHex(writeRendezvous({ peerId: '0123456789abcdef' }))).toBe('010104001030313233343536373839616263646566')
    expect(toHex(REFUSAL_FRAME)).toBe('010105')
  })

  test('a rendezvous names an id that can be dialled and nothing else', () => {
    const frameOf = (peerId: string) =>
      concat(
        Uint8Array.of(1, 1, 4, 0, peerId.length),
        Uint8Array.from(peerId, (letter) => letter.charCodeAt(0)),
      )
    const read = (peerId: string) => readRendezvous(frameOf(peerId))
    expect(read('0123456789abcde-')).toMatchObject({ ok: true, value: { peerId: '0123456789abcde-' } })
    for (const peerId of ['', 'a'.repeat(15), 'a'.repeat(65), 'A'.repeat(16), 'constructor/////', `${'a'.repeat(16)}\n`])
      expect(read(peerId)).toEqual({ ok: false, reason: 'malformed' })
    expect(readHeader(Uint8Array.of(1, 1, 5, 0))).toMatchObject({ ok: true })
  })
})
