import { describe, expect, it } from 'vitest'
import { fingerprint, startPair, talkingPair } from '../../../test/support/ratchet-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, toHex } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import { canEncrypt, decrypt, encrypt, messageOverhead, type RatchetState } from './ratchet.ts'

const ID = new Uint8Array(16).fill(7)
const PLAINTEXT = Uint8Array.of(1, 2, 3)
const random = seededRandom('ratchet')
const seal = (state: RatchetState) => encrypt(state, { envelopeId: ID, plaintext: PLAINTEXT, random })
const open = (state: RatchetState, message: Uint8Array, envelopeId: Uint8Array = ID) =>
  decrypt(state, { envelopeId, message, nowMs: 0, maxSkip: 1_000 })

/** Asserts a refusal that leaves every byte of the state as it was. */
const expectRefused = (state: RatchetState, message: Uint8Array, reason: string, envelopeId: Uint8Array = ID): void => {
  const before = fingerprint(state)
  const opened = open(state, message, envelopeId)
  expect(opened.ok ? 'opened' : opened.reason).toBe(reason)
  expect(fingerprint(state)).toBe(before)
}

describe('a conversation', () => {
  it('goes there and back, in one chain and over many', () => {
    const { send, receive, roundTrip } = talkingPair('there and back')
    roundTrip()
    for (const message of [send('alice'), send('alice'), send('alice')]) expect(receive('bob', message)).toEqual(message.plaintext)
    for (let i = 0; i < 3; i++) roundTrip()
  })

  it('goes on when both speak at once', () => {
    const { send, receive, roundTrip } = talkingPair('both at once')
    roundTrip()
    const crossing = [send('alice'), send('bob')] as const
    expect(receive('bob', crossing[0])).toEqual(crossing[0].plaintext)
    expect(receive('alice', crossing[1])).toEqual(crossing[1].plaintext)
    roundTrip()
  })

  it('has the bytes that it always had', () => {
    const { random: seeded, ...pair } = { random: seededRandom('known answer'), ...startPair(seededRandom('known answer pair')) }
    let { alice, bob } = pair
    const hashes: string[] = []
    for (let i = 0; i < 2; i++) {
      const there = encrypt(alice, { envelopeId: ID, plaintext: PLAINTEXT, random: seeded })
      const opened = open(bob, there.message)
      if (!opened.ok) throw new Error(opened.reason)
      const back = encrypt(opened.state, { envelopeId: ID, plaintext: PLAINTEXT, random: seeded })
      const answered = open(there.state, back.message)
      if (!answered.ok) throw new Error(answered.reason)
      alice = answered.state
      bob = back.state
      hashes.push(toHex(sha256(there.message)), toHex(sha256(back.message)))
    }
    expect(hashes).toEqual([
      '46981770f1e1b577322749c3d4da26994c963e9d1f531c8257e603b706ef42f2',
      '36dda3ac79f735f13906c1850535fdd2c0be84d40595d2e59193efcc8dee7bee',
      'dbf770d456db98ce0107428772f1e11ffecd81885f3c1b1d7a74ca728bed5696',
      '562fa99131b2d747505e74a982b9c0e7a4f3c314cdd83b3aa87f3101360cf922',
    ])
  })

  it('says exactly how much longer a message will be', () => {
    const { states, roundTrip, send } = talkingPair('overhead')
    const check = (name: 'alice' | 'bob', expected: number): void => {
      const said = messageOverhead(states[name])
      const { message, plaintext } = send(name)
      expect([said, message.length - plaintext.length]).toEqual([expected, expected])
    }
    check('alice', 1284)
    check('alice', 1284)
    expect(messageOverhead(states.bob)).toBe(2372)
    roundTrip()
    check('bob', 2372)
    check('alice', 2372)
    check('alice', 2372)
  })

  it('starts with the initiator', () => {
    const { states, roundTrip } = talkingPair('who starts')
    expect([canEncrypt(states.alice), canEncrypt(states.bob)]).toEqual([true, false])
    expect(() => seal(states.bob)).toThrow('no chain')
    roundTrip()
    expect([canEncrypt(states.alice), canEncrypt(states.bob)]).toEqual([true, true])
  })

  it('keeps no private key between a message and its answer', () => {
    const { states, send, receive } = talkingPair('no private key')
    receive('bob', send('alice'))
    expect(Object.keys(states.bob)).not.toEqual(expect.arrayContaining(['ourKeyPair']))
    expect(Object.keys(states.bob)).not.toEqual(expect.arrayContaining(['ourKemSeed']))
  })
})

describe('a message that is not the one that was sent', () => {
  const { states, send, roundTrip } = talkingPair('tampered')
  roundTrip()
  const { envelopeId, message } = send('alice')
  const refusal = (bob: RatchetState, bytes: Uint8Array, id = envelopeId) => {
    const opened = open(bob, bytes, id)
    return opened.ok ? 'opened' : opened.reason
  }

  it('is refused whichever byte differs', () => {
    const before = fingerprint(states.bob)
    const reasons = message.map((byte, at) => {
      const reason = refusal(states.bob, message.with(at, byte ^ (1 << (at % 8))))
      return ['malformed', 'not-for-us', 'bad-mac'].indexOf(reason)
    })
    const regions = {
      version: [0, 1],
      nonce: [1, 25],
      length: [25, 27],
      header: [27, 27 + 2329],
      body: [27 + 2329, message.length],
    } as const
    const reasonsOf = (region: keyof typeof regions) => new Set(reasons.slice(...regions[region]))
    expect(reasonsOf('version')).toEqual(new Set([0]))
    expect(reasonsOf('nonce')).toEqual(new Set([1]))
    expect(reasonsOf('length')).toEqual(new Set([0]))
    expect(reasonsOf('header')).toEqual(new Set([1]))
    expect(reasonsOf('body')).toEqual(new Set([2]))
    expect(fingerprint(states.bob)).toBe(before)
  })

  it('is refused in another envelope, from or for another device, and under another agreement', () => {
    for (let at = 0; at < 16; at++) expect(refusal(states.bob, message, envelopeId.with(at, (envelopeId[at] ?? 0) ^ 1))).toBe('bad-mac')
    expect(refusal(states.bob, message, envelopeId.slice(1))).toBe('bad-mac')
    expect(refusal({ ...states.bob, theirTag: states.bob.theirTag + 1 }, message)).toBe('bad-mac')
    expect(refusal({ ...states.bob, ourTag: states.bob.ourTag + 1 }, message)).toBe('bad-mac')
    for (let at = 0; at < 32; at++) {
      const adHash = states.bob.adHash.with(at, (states.bob.adHash[at] ?? 0) ^ 1)
      expect(refusal({ ...states.bob, adHash }, message)).toBe('not-for-us')
    }
    expect(refusal(states.bob, message)).toBe('opened')
  })

  it('is refused by the one who sent it', () => {
    expectRefused(states.alice, message, 'not-for-us', envelopeId)
  })

  it('is refused a second time, also where it began a chain', () => {
    const pair = talkingPair('twice')
    const first = pair.send('alice')
    const second = pair.send('alice')
    pair.receive('bob', second)
    pair.receive('bob', first)
    for (const sent of [first, second]) expectRefused(pair.states.bob, sent.message, 'duplicate', sent.envelopeId)
    pair.receive('alice', pair.send('bob'))
    const last = pair.send('alice')
    pair.receive('bob', last)
    expectRefused(pair.states.bob, last.message, 'duplicate', last.envelopeId)
    // No key of the first chain was left, so its header key is gone, too.
    expectRefused(pair.states.bob, first.message, 'not-for-us', first.envelopeId)
  })
})

describe('known attacks', () => {
  it('a header of zeros equals no key that is unset', () => {
    const { alice, bob } = startPair(seededRandom('unset'))
    const unset = new Uint8Array(32)
    if (alice.phase !== 'their-turn') throw new Error('an initiator starts with a chain')
    const { sending } = alice
    const underZeros = { ...alice, sending: { ...sending, headerKey: asSecret<'HeaderKey'>(unset), chainKey: asSecret<'ChainKey'>(unset) } }
    const withZeros = { ...alice, sending: { ...sending, prologue: { ...sending.prologue, ratchetKey: unset } } }
    // Nobody's header key, then the right header key with the peer's key unset: no receiving chain compares as equal to either.
    expectRefused(bob, seal(underZeros).message, 'not-for-us')
    expectRefused(bob, seal(withZeros).message, 'bad-key')
    expectRefused({ ...alice, ourTag: bob.ourTag, theirTag: alice.ourTag }, seal(underZeros).message, 'not-for-us')
  })

  it('a forged body on a true header does not move the ratchet', () => {
    const { states, send, receive } = talkingPair('forged')
    const sent = send('alice')
    // The first message of a session, of a chain, and one inside a chain.
    expectRefused(states.bob, sent.message.with(-1, (sent.message.at(-1) ?? 0) ^ 1), 'bad-mac', sent.envelopeId)
    receive('bob', sent)
    const answer = send('bob')
    expectRefused(states.alice, answer.message.with(-1, (answer.message.at(-1) ?? 0) ^ 1), 'bad-mac', answer.envelopeId)
    receive('alice', answer)
    const next = send('bob')
    expectRefused(states.alice, next.message.with(-1, (next.message.at(-1) ?? 0) ^ 1), 'bad-mac', next.envelopeId)
    receive('alice', next)
  })

  it('a forged late message does not take the key of the true one', () => {
    const { states, send, receive, roundTrip } = talkingPair('popped')
    roundTrip()
    const [inOldChain, second] = [send('alice'), send('alice')]
    receive('bob', second)
    const forged = inOldChain.message.with(-1, (inOldChain.message.at(-1) ?? 0) ^ 1)
    expectRefused(states.bob, forged, 'bad-mac', inOldChain.envelopeId)
    receive('alice', send('bob'))
    receive('bob', send('alice'))
    expectRefused(states.bob, forged, 'bad-mac', inOldChain.envelopeId)
    expect(receive('bob', inOldChain)).toEqual(inOldChain.plaintext)
  })

  it('a chain without its ciphertext is no chain', () => {
    const { states, send, receive } = talkingPair('downgrade')
    receive('bob', send('alice'))
    receive('alice', send('bob'))
    if (states.alice.phase !== 'our-turn') throw new Error('it is her turn')
    const classical = seal({ ...states.alice, theirEncapsulationKey: undefined })
    expectRefused(states.bob, classical.message, 'no-kem')
    receive('bob', send('alice'))
  })

  it('a first chain with a ciphertext is none, either', () => {
    const { alice, bob } = startPair(seededRandom('first with ciphertext'))
    if (alice.phase !== 'their-turn') throw new Error('an initiator starts with a chain')
    const prologue = { ...alice.sending.prologue, ciphertext: new Uint8Array(1088) }
    expectRefused(bob, seal({ ...alice, sending: { ...alice.sending, prologue } }).message, 'no-kem')
  })

  it('a malformed KEM key is refused when it arrives', () => {
    const { states, send, receive } = talkingPair('bad ek')
    receive('bob', send('alice'))
    const started = seal(states.bob).state
    if (started.phase !== 'their-turn') throw new Error('encrypt starts a chain')
    const { sending } = started
    for (const encapsulationKey of [new Uint8Array(1184).fill(255), sending.prologue.encapsulationKey.with(1, 0xff).with(0, 0xff)]) {
      expect(mlKem768.isEncapsulationKey(encapsulationKey)).toBe(false)
      const bad = seal({ ...started, sending: { ...sending, prologue: { ...sending.prologue, encapsulationKey } } })
      expectRefused(states.alice, bad.message, 'bad-key')
    }
  })

  it('a header that changes within its chain is refused, in the chain, late, and late in an old chain', () => {
    const { states, send, receive, roundTrip } = talkingPair('changing')
    roundTrip()
    const [late, newest] = [send('alice'), send('alice')]
    const { alice } = states
    if (alice.phase !== 'their-turn') throw new Error('she has a chain')
    const { sending } = alice
    const flip = (bytes: Uint8Array): Uint8Array => bytes.with(0, (bytes[0] ?? 0) ^ 1)
    const changed = [
      { ...sending.prologue, ratchetKey: flip(sending.prologue.ratchetKey) },
      { ...sending.prologue, encapsulationKey: flip(sending.prologue.encapsulationKey) },
      { ...sending.prologue, ciphertext: flip(sending.prologue.ciphertext ?? PLAINTEXT) },
      { ...sending.prologue, ciphertext: undefined },
      { ...sending.prologue, previousCount: sending.prologue.previousCount + 1 },
    ]
    const next = changed.map((prologue) => seal({ ...alice, sending: { ...sending, prologue } }).message)
    const again = changed.map((prologue) => seal({ ...alice, sending: { ...sending, prologue, sentCount: 0 } }).message)
    receive('bob', newest)
    for (const message of [...next, ...again]) expectRefused(states.bob, message, 'header-changed')
    receive('alice', send('bob'))
    receive('bob', send('alice'))
    for (const message of again) expectRefused(states.bob, message, 'header-changed')
    expect(receive('bob', late)).toEqual(late.plaintext)
  })

  it('a new chain that shortens the one before it, or invents one, is refused', () => {
    const { states, send, receive } = talkingPair('previous count')
    const { alice } = states
    if (alice.phase !== 'their-turn') throw new Error('an initiator starts with a chain')
    const invented = { ...alice.sending, prologue: { ...alice.sending.prologue, previousCount: 1 } }
    expectRefused(states.bob, seal({ ...alice, sending: invented }).message, 'header-changed')
    receive('bob', send('alice'))
    receive('bob', send('alice'))
    if (states.bob.phase !== 'our-turn') throw new Error('it is his turn')
    expectRefused(states.alice, seal({ ...states.bob, previousCount: 1 }).message, 'header-changed')
    receive('alice', send('bob'))
    if (states.alice.phase !== 'our-turn') throw new Error('it is her turn')
    expect(states.alice.previousCount).toBe(2)
    expectRefused(states.bob, seal({ ...states.alice, previousCount: 1 }).message, 'header-changed')
  })

  it('a second new chain needs an answer to the first', () => {
    const { states, send, receive } = talkingPair('no answer')
    receive('bob', send('alice'))
    // Bob has not answered: Alice, and whoever knows her next header key, can not begin another chain.
    if (states.alice.phase !== 'their-turn') throw new Error('she has a chain')
    const { sending, nextSendingHeaderKey } = states.alice
    const eager = seal({ ...states.alice, sending: { ...sending, headerKey: nextSendingHeaderKey, sentCount: 0 } })
    expectRefused(states.bob, eager.message, 'not-for-us')
  })
})
