import { beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type Sent, type SessionDevice, sessionDevice, textOf } from '../../../test/support/session-device.ts'
import { concat } from '../../crypto/bytes.ts'
import { decrypt, emptyRecord, type SessionRecord } from './session.ts'

let alice: SessionDevice
let bob: SessionDevice

beforeEach(() => {
  alice = sessionDevice('alice')
  bob = sessionDevice('bob')
})

const flip = (bytes: Uint8Array, place: number): Uint8Array => bytes.map((byte, i) => (i === place ? byte ^ 1 : byte))

/** Both have heard from each other. */
const settle = (): void => {
  alice.begin(bob, 0)
  expect(textOf(bob.hear(alice, alice.say('hello')))).toBe('hello')
  expect(textOf(alice.hear(bob, bob.say('hello too')))).toBe('hello too')
}

describe('a message that is refused leaves the record as it was, byte for byte', () => {
  const refusesAll = (from: SessionDevice, to: SessionDevice, sent: Sent, places: readonly number[]) => {
    const before = to.record
    const copy: SessionRecord = structuredClone(before)
    for (const place of places) expect(to.hear(from, { ...sent, message: flip(sent.message, place) }).ok).toBe(false)
    for (const length of [0, 1, 2, 3, 100, sent.message.length - 17, sent.message.length - 1]) {
      expect(to.hear(from, { ...sent, message: sent.message.subarray(0, length) }).ok).toBe(false)
    }
    expect(to.hear(from, { ...sent, message: concat(sent.message, Uint8Array.of(0)) }).ok).toBe(false)
    expect(to.hear(from, { ...sent, envelopeId: flip(sent.envelopeId, 0) }).ok).toBe(false)
    expect(to.record).toBe(before)
    expect(to.record).toEqual(copy)
  }
  /** The heads one by one, then one byte in 97, and the last. */
  const placesIn = (message: Uint8Array) => [
    ...Array.from({ length: 90 }, (_, i) => i),
    ...Array.from({ length: Math.floor((message.length - 90) / 97) }, (_, i) => 97 * i + 90),
    message.length - 1,
  ]

  it('that would begin a session', () => {
    alice.begin(bob, 0)
    const sent = alice.say('hello')
    refusesAll(alice, bob, sent, placesIn(sent.message))
    expect(textOf(bob.hear(alice, sent))).toBe('hello')
  })

  it('that repeats the handshake of a session', () => {
    alice.begin(bob, 0)
    bob.hear(alice, alice.say('hello'))
    const sent = alice.say('again')
    refusesAll(alice, bob, sent, placesIn(sent.message))
    expect(textOf(bob.hear(alice, sent))).toBe('again')
  })

  it('of a session that goes on, and of a previous one', () => {
    settle()
    const [toAlice, toBob] = [bob.say('to alice'), alice.say('to bob')]
    refusesAll(bob, alice, toAlice, placesIn(toAlice.message))
    bob.begin(alice, 1)
    refusesAll(alice, bob, toBob, placesIn(toBob.message))
    expect(textOf(bob.hear(alice, toBob))).toBe('to bob')
    expect(textOf(alice.hear(bob, toAlice))).toBe('to alice')
  })

  it('that comes from somebody else', () => {
    const mallory = sessionDevice('carol')
    mallory.begin(bob, 0)
    const sent = mallory.say('I am alice')
    expect(textOf(bob.hear(alice, sent))).toBe('refused: not-for-us')
    expect(bob.record).toBe(emptyRecord)
    // Under her own name it opens: the party is what was refused.
    expect(textOf(bob.hear(mallory, sent))).toBe('I am alice')
  })

  it('that would skip more than allowed, until it is allowed', () => {
    settle()
    const sent = Array.from({ length: 12 }, (_, i) => alice.say(String(i)))
    const last = sent[11]
    if (last === undefined) throw new Error('twelve messages')
    const before = bob.record
    expect(textOf(bob.hear(alice, last, { maxSkip: 10 }))).toBe('refused: would-skip')
    expect(bob.record).toBe(before)
    expect(textOf(bob.hear(alice, last, { maxSkip: 11 }))).toBe('11')
  })
})

describe('an initial message whose keys are not there', () => {
  const heardWith = (prekeys: Parameters<typeof decrypt>[1]['prekeys'], sent: Sent): string =>
    textOf(
      decrypt(bob.record, {
        ...sent,
        ours: bob.person.party,
        ourIdentity: bob.person.identity,
        theirs: alice.person.party,
        prekeys,
        psk: undefined,
        nowMs: PEOPLE_NOW_MS,
        maxSkip: 0,
      }),
    )

  it.each(['signed-prekey-missing', 'one-time-key-missing'] as const)('is refused by what is missing: %s', (missing) => {
    alice.begin(bob, 0)
    const sent = alice.say('hello')
    const before = bob.record
    expect(heardWith(missing, sent)).toBe(`refused: ${missing}`)
    expect(bob.record).toBe(before)
    expect(heardWith(bob.prekeysFor(sent.message), sent)).toBe('hello')
  })

  it('is not for us where no session may begin', () => {
    alice.begin(bob, 0)
    expect(heardWith(undefined, alice.say('hello'))).toBe('refused: not-for-us')
  })

  it('needs none of them where its session is known', () => {
    alice.begin(bob, 0)
    bob.hear(alice, alice.say('hello'))
    expect(heardWith('one-time-key-missing', alice.say('and more'))).toBe('and more')
  })

  it('is known as a repeat first, where it came under the last-resort key', () => {
    alice.begin(bob, 'last-resort')
    const sent = alice.say('hello')
    bob.hear(alice, sent)
    bob.record = { ...bob.record, current: undefined }
    expect(heardWith('signed-prekey-missing', sent)).toBe('refused: replayed')
  })
})
