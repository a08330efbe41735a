import { beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type Sent, type SessionDevice, sessionDevice, textOf } from '../../../test/support/session-device.ts'
import { ascii, asSecret, toHex } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { adopt, emptyRecord, encrypt, envelopeDigest, overhead, readInitial, type SessionRecord } from './session.ts'

let alice: SessionDevice
let bob: SessionDevice

beforeEach(() => {
  alice = sessionDevice('alice')
  bob = sessionDevice('bob')
})

const currentName = (device: SessionDevice): string => toHex(device.record.current?.baseKey ?? new Uint8Array(0))
const isInitial = (sent: Sent): boolean => readInitial(sent.message) !== undefined
const flip = (bytes: Uint8Array, place: number): Uint8Array => bytes.map((byte, i) => (i === place ? byte ^ 1 : byte))

/** Both have heard from each other. */
const settle = (): void => {
  alice.begin(bob, 0)
  expect(textOf(bob.hear(alice, alice.say('hello')))).toBe('hello')
  expect(textOf(alice.hear(bob, bob.say('hello too')))).toBe('hello too')
}

describe('beginning', () => {
  it('starts with the first message that is read, and names the prekeys it consumed', () => {
    expect(alice.begin(bob, 0).ok).toBe(true)
    const heard = bob.hear(alice, alice.say('hello'))
    expect(textOf(heard)).toBe('hello')
    expect(heard.ok && heard.started).toMatchObject({ signedPrekeyId: 1, oneTimeX25519Id: 1, kem: { kind: 'one-time', id: 100 } })
    expect(currentName(bob)).toBe(currentName(alice))
    expect(bob.record.current?.phase).toBe('accepted')
  })

  it('repeats the handshake header until a reply is decrypted, and no longer', () => {
    alice.begin(bob, 0)
    const [first, second] = [alice.say('1'), alice.say('2')]
    expect([first, second].map(isInitial)).toEqual([true, true])
    bob.hear(alice, first)
    const reply = bob.say('got 1')
    expect(isInitial(reply)).toBe(false)
    expect(isInitial(alice.say('3'))).toBe(true)
    expect(textOf(alice.hear(bob, reply))).toBe('got 1')
    expect(alice.record.current?.phase).toBe('answered')
    expect(isInitial(alice.say('4'))).toBe(false)
  })

  it('knows the length of the next message in every phase', () => {
    const check = (device: SessionDevice) => {
      const expected = overhead(device.record) + 'text'.length
      const sent = device.say('text')
      expect(sent.message).toHaveLength(expected)
      return sent
    }
    alice.begin(bob, 0)
    check(alice)
    bob.hear(alice, check(alice))
    check(bob)
    alice.hear(bob, check(bob))
    check(alice)
    bob.hear(alice, check(alice))
    check(bob)
    expect(() => overhead(emptyRecord)).toThrow('no session')
  })

  it('agrees only where both have the same psk from a pairing, or both none', () => {
    const psk = asSecret<'PairingPsk'>(new Uint8Array(32).fill(5))
    alice.begin(bob, 0, PEOPLE_NOW_MS, psk)
    const sent = alice.say('by code')
    expect(textOf(bob.hear(alice, sent))).toBe('refused: not-for-us')
    expect(textOf(bob.hear(alice, sent, { psk: asSecret<'PairingPsk'>(new Uint8Array(32).fill(6)) }))).toBe('refused: not-for-us')
    expect(bob.record).toBe(emptyRecord)
    expect(textOf(bob.hear(alice, sent, { psk }))).toBe('by code')
    // From then on the session exists, and repeats need no psk.
    expect(textOf(bob.hear(alice, alice.say('again')))).toBe('again')
  })

  it('encrypts nothing without a session', () => {
    const random = () => new Uint8Array(0)
    const input = { envelopeId: new Uint8Array(16), plaintext: ascii('x'), nowMs: PEOPLE_NOW_MS, random }
    expect(encrypt(emptyRecord, input)).toEqual({ ok: false, reason: 'no-session' })
  })

  it('refuses the bundle of another device', () => {
    const carol = sessionDevice('carol')
    const mixed: SessionDevice = { ...carol, person: { ...carol.person, bundle: bob.person.bundle } }
    expect(alice.begin(mixed, 0)).toEqual({ ok: false, reason: 'wrong-device' })
    expect(alice.record).toBe(emptyRecord)
  })
})

describe('the initial message again', () => {
  it('is one session, whether the same bytes or the next message come', () => {
    alice.begin(bob, 0)
    const sent = ['1', '2', '3'].map((text) => alice.say(text))
    const [one, two, three] = sent
    if (!one || !two || !three) throw new Error('three messages')
    expect(textOf(bob.hear(alice, two))).toBe('2')
    expect(textOf(bob.hear(alice, two))).toBe('refused: duplicate')
    const again = bob.hear(alice, three)
    expect(textOf(again)).toBe('3')
    expect(again.ok && again.started).toBeUndefined()
    expect(textOf(bob.hear(alice, one))).toBe('1')
    expect(bob.record.previous).toEqual([])
  })

  it('with another handshake header under the same base key is refused', () => {
    alice.begin(bob, 0)
    bob.hear(alice, alice.say('1'))
    const sent = alice.say('2')
    const before = bob.record
    // The KEM ciphertext is the last part of the header; version, type and length take four bytes.
    const ciphertextPlace = 4 + 1000
    expect(textOf(bob.hear(alice, { ...sent, message: flip(sent.message, ciphertextPlace) }))).toBe('refused: handshake-changed')
    expect(bob.record).toBe(before)
    expect(textOf(bob.hear(alice, sent))).toBe('2')
  })

  it('come back to its sender is not for them', () => {
    alice.begin(bob, 0)
    const sent = alice.say('hello')
    expect(textOf(alice.hear(alice, sent))).toBe('refused: not-for-us')
    settle()
    expect(textOf(alice.hear(bob, alice.say('regular')))).toBe('refused: not-for-us')
  })

  it('needs its prekeys: once they are deleted, whatever names them is refused', () => {
    alice.begin(bob, 0)
    const sent = alice.say('hello')
    bob.hear(alice, sent)
    bob.loseRecord()
    expect(textOf(bob.hear(alice, sent))).toBe('refused: one-time-key-missing')
  })
})

describe('glare', () => {
  /** Both begin, and each has sent one message that the other has not heard. */
  const cross = (aliceBegins: number, bobBegins: number) => {
    alice = sessionDevice('alice', aliceBegins)
    bob = sessionDevice('bob', bobBegins)
    alice.begin(bob, 0)
    bob.begin(alice, 0)
    const names = [currentName(alice), currentName(bob)].sort()
    return {
      lower: names[0],
      aliceIsLower: names[0] === currentName(alice),
      fromAlice: alice.say('from alice'),
      fromBob: bob.say('from bob'),
    }
  }

  it('ends at the lower base key on both sides, whoever has it, and everything stays readable', () => {
    const seen = new Set<boolean>()
    for (let seed = 0; seed < 6; seed++) {
      const { aliceIsLower, fromAlice, fromBob, lower } = cross(seed, seed + 100)
      seen.add(aliceIsLower)
      expect(textOf(alice.hear(bob, fromBob))).toBe('from bob')
      expect(textOf(bob.hear(alice, fromAlice))).toBe('from alice')
      expect([currentName(alice), currentName(bob)]).toEqual([lower, lower])
      expect(textOf(bob.hear(alice, alice.say('go on')))).toBe('go on')
      expect(textOf(alice.hear(bob, bob.say('and on')))).toBe('and on')
      expect([currentName(alice), currentName(bob)]).toEqual([lower, lower])
    }
    expect(seen).toEqual(new Set([true, false]))
  })

  it('ends there too where more messages cross before either is heard', () => {
    const { fromAlice, fromBob, lower } = cross(1, 2)
    const moreFromAlice = [alice.say('a2'), alice.say('a3')]
    const moreFromBob = [bob.say('b2'), bob.say('b3')]
    for (const sent of [fromBob, ...moreFromBob]) expect(textOf(alice.hear(bob, sent))).toBe(sent.text)
    for (const sent of [...moreFromAlice, fromAlice]) expect(textOf(bob.hear(alice, sent))).toBe(sent.text)
    expect([currentName(alice), currentName(bob)]).toEqual([lower, lower])
  })

  it('ends there too where one side hears of the other only after its own was answered', () => {
    for (let seed = 0; seed < 6; seed++) {
      const { fromAlice, fromBob, lower } = cross(seed, seed + 200)
      expect(textOf(alice.hear(bob, fromBob))).toBe('from bob')
      expect(textOf(bob.hear(alice, alice.say('answer')))).toBe('answer')
      expect(textOf(bob.hear(alice, fromAlice))).toBe('from alice')
      expect(textOf(alice.hear(bob, bob.say('to you')))).toBe('to you')
      expect(textOf(bob.hear(alice, alice.say('back')))).toBe('back')
      expect([currentName(alice), currentName(bob)]).toEqual([lower, lower])
      expect(alice.record.turn).toBe(bob.record.turn)
    }
  })
})

describe('a peer that lost its record', () => {
  const laterMs = PEOPLE_NOW_MS + 1
  const at = { nowMs: laterMs }

  it('is followed to its new session, even if that has the higher base key and the lower turn', () => {
    for (let seed = 0; seed < 6; seed++) {
      alice = sessionDevice('alice', seed)
      bob = sessionDevice('bob', seed)
      settle()
      alice.loseRecord()
      expect(textOf(alice.hear(bob, bob.say('lost')))).toBe('refused: not-for-us')
      alice.begin(bob, 1, laterMs)
      expect(textOf(bob.hear(alice, alice.say('it is me'), at))).toBe('it is me')
      expect(textOf(alice.hear(bob, bob.say('welcome back'), at))).toBe('welcome back')
      expect(currentName(alice)).toBe(currentName(bob))
      expect(alice.record.turn).toBe(bob.record.turn)
    }
  })

  it('and late messages of the old session do not lead back to it', () => {
    settle()
    const late = alice.say('late')
    alice.loseRecord()
    alice.begin(bob, 1, laterMs)
    bob.hear(alice, alice.say('new'), at)
    expect(textOf(bob.hear(alice, late, at))).toBe('late')
    expect(textOf(alice.hear(bob, bob.say('to the new one'), at))).toBe('to the new one')
  })

  it('is followed even if its clock was set back', () => {
    settle()
    alice.loseRecord()
    alice.begin(bob, 1, PEOPLE_NOW_MS - 1000)
    bob.hear(alice, alice.say('yesterday?'))
    expect(textOf(alice.hear(bob, bob.say('never mind')))).toBe('never mind')
  })

  it('is followed where it answers a session that only it still knows', () => {
    // Alice hears of a session from before the loss, under a higher turn than the one that Bob has now.
    bob.begin(alice, 0)
    bob.begin(alice, 1)
    const before = bob.say('before')
    bob.loseRecord()
    alice.begin(bob, 0)
    const fromAlice = alice.say('hello')
    alice.hear(bob, before)
    expect(textOf(bob.hear(alice, fromAlice, at))).toBe('hello')
    expect(textOf(alice.hear(bob, bob.say('after'), at))).toBe('after')
    expect(textOf(bob.hear(alice, alice.say('understood'), at))).toBe('understood')
  })
})

describe('pairing anew', () => {
  it('starts from the new session on both sides; what was said before stays readable and leads nowhere', () => {
    settle()
    const [lateFromAlice, lateFromBob] = [alice.say('late from alice'), bob.say('late from bob')]
    const known = { alice: alice.record, bob: bob.record }
    const laterMs = PEOPLE_NOW_MS + 1
    alice.loseRecord()
    bob.loseRecord()
    alice.begin(bob, 1, laterMs)
    bob.hear(alice, alice.say('hello again'), { nowMs: laterMs })
    alice.record = adopt(known.alice, alice.record, laterMs)
    bob.record = adopt(known.bob, bob.record, laterMs)
    const name = currentName(alice)
    expect(textOf(alice.hear(bob, lateFromBob))).toBe('late from bob')
    expect(textOf(bob.hear(alice, lateFromAlice))).toBe('late from alice')
    expect(textOf(alice.hear(bob, bob.say('hello too')))).toBe('hello too')
    expect(textOf(bob.hear(alice, alice.say('and on')))).toBe('and on')
    expect([currentName(alice), currentName(bob)]).toEqual([name, name])
  })

  it('forgets no session that is gone and no use of the last-resort key', () => {
    const baseKey = new Uint8Array(32).fill(9)
    const before: SessionRecord = {
      ...emptyRecord,
      tombstones: [{ baseKey, goneAtMs: PEOPLE_NOW_MS }],
      lastResortUses: [{ kemId: 1, signedPrekeyId: 1, baseKey }],
    }
    expect(adopt(before, emptyRecord, PEOPLE_NOW_MS)).toEqual(before)
  })
})

describe('a previous session', () => {
  it('stays readable, and becomes current again only if its sender chose it later', () => {
    settle()
    const onFirst = bob.say('on the first')
    const first = currentName(alice)
    alice.begin(bob, 1)
    expect(alice.record.turn).toBe(2)
    expect(textOf(alice.hear(bob, onFirst))).toBe('on the first')
    expect(currentName(alice)).not.toBe(first)
    expect(alice.record.previous.map(({ session }) => toHex(session.baseKey))).toEqual([first])
    // Bob hears of the second session and follows.
    bob.hear(alice, alice.say('on the second'))
    expect(currentName(bob)).toBe(currentName(alice))
  })
})

describe('when nobody answers', () => {
  const expiresAtMs = () => bob.person.bundle(0).bundle.expiresAtMs

  it('stops at the moment the statement expires, and begins afresh under the same content', () => {
    alice.begin(bob, 0)
    const early = alice.say('pending', expiresAtMs() - 1)
    expect(() => alice.say('pending', expiresAtMs())).toThrow('statement-expired')
    const before = alice.record
    expect(alice.begin(bob, 1, expiresAtMs())).toEqual({ ok: false, reason: 'statement-expired' })
    expect(alice.record).toBe(before)
    // A newer bundle of the same device.
    const { bundle } = bob.person.bundle(1)
    const renewed: SessionDevice = {
      ...bob,
      person: {
        ...bob.person,
        bundle: (which) => ({ ...bob.person.bundle(which), bundle: { ...bundle, expiresAtMs: expiresAtMs() + 1 } }),
      },
    }
    expect(alice.begin(renewed, 1, expiresAtMs()).ok).toBe(true)
    const fresh = alice.say('pending', expiresAtMs())
    expect(textOf(bob.hear(alice, fresh))).toBe('pending')
    // What was sent before is readable as well, and does not lead back.
    expect(textOf(bob.hear(alice, early))).toBe('pending')
    expect(textOf(alice.hear(bob, bob.say('both came')))).toBe('both came')
    expect(currentName(alice)).toBe(currentName(bob))
  })

  it('goes on without limit once answered', () => {
    settle()
    expect(alice.say('years later', expiresAtMs() + 1e12).text).toBe('years later')
    expect(bob.say('here too', expiresAtMs() + 1e12).text).toBe('here too')
  })

  it('reads an answer that comes after the statement expired', () => {
    alice.begin(bob, 0)
    bob.hear(alice, alice.say('hello'))
    const reply = bob.say('late answer')
    expect(() => alice.say('more', expiresAtMs())).toThrow('statement-expired')
    expect(textOf(alice.hear(bob, reply, { nowMs: expiresAtMs() }))).toBe('late answer')
    expect(alice.say('more', expiresAtMs()).text).toBe('more')
  })
})

describe('known answers', () => {
  it('are these bytes for this randomness', () => {
    alice.begin(bob, 0)
    const initial = alice.say('hello')
    bob.hear(alice, initial)
    const regular = bob.say('hello too')
    expect([initial.message.length, regular.message.length]).toEqual([2950, 2393])
    expect(toHex(initial.message.subarray(0, 4))).toBe('0101066f')
    expect(toHex(regular.message.subarray(0, 2))).toBe('0102')
    expect(toHex(sha256(initial.message))).toBe('6f74e97f2587cdffc28a387905d4baaba80b9fd91fbf13206b5222dfef797f78')
    expect(envelopeDigest(initial.message)).toEqual(sha256(initial.message))
    expect(toHex(sha256(regular.message))).toBe('b3a6c0e5f8fbca684a9b0eb6f139f17ba4eab4ded9c2c9774def78d1ccafe696')
  })
})
