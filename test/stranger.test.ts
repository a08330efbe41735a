// A stranger's introduction, passed on. Mallory pairs with two people at once, each by a code of its own, and hands each the
// other's introduction as if it were hers: Alice shall believe that whoever read her the code is Carol. Played with the real
// pairing and the real sessions. What stops her is the psk that each run puts into the session's keys, so the controls play
// the same with sessions that know no psk (docs/protocols/pairing.md, Notes).

import { describe, expect, test } from 'vitest'
import { ascii } from '../src/crypto/bytes.ts'
import { guest, type HostVerified, host, type Introduction } from '../src/protocol/pairing/pairing.ts'
import { emptyRecord, encrypt, initiate, readInitial, decrypt as sessionDecrypt } from '../src/protocol/session/session.ts'
import { introductionOf, secretOf } from './support/pairing.ts'
import { type BundleWithKeys, PEOPLE_NOW_MS, type Person, person } from './support/people.ts'
import { seededRandom } from './support/seeded-random.ts'

const nowMs = PEOPLE_NOW_MS
const random = seededRandom('stranger')
const [alice, carol, mallory] = [person('alice'), person('carol'), person('mallory')]
const envelopeId = new Uint8Array(16).fill(7)

/** Whether the sessions take the psk of the pairing in which their bundle came, as they do, or none. */
type Binding = 'psk' | 'no psk'
const bound = <T>(psk: T, binding: Binding): T | undefined => (binding === 'psk' ? psk : undefined)

/** What a host does with a guess that verified: a session under the bundle it got, and a first message. */
const firstMessage = (us: Person, { introduced, psk }: HostVerified, binding: Binding): Uint8Array => {
  const theirs = { accountKey: introduced.accountKey, tag: introduced.device.tag, identityKey: introduced.device.identityKey }
  const agreement = { ours: us.party, ourIdentity: us.identity, theirs, bundle: introduced.bundle, psk: bound(psk, binding) }
  const begun = initiate(emptyRecord, { ...agreement, nowMs, random })
  if (!begun.ok) throw new Error(begun.reason)
  const said = encrypt(begun.record, { envelopeId, plaintext: ascii('hello'), nowMs, random })
  if (!said.ok) throw new Error(said.reason)
  return said.message
}

interface Verified {
  readonly introduced: HostVerified['introduced']
  readonly psk: HostVerified['psk']
  readonly initialMessage: Uint8Array
}

/** What a guest does with an answer that verified. @returns whom it is paired with, or why it is not */
const accepted = (us: Person, verified: Verified, ours: BundleWithKeys, binding: Binding): string => {
  const { introduced, initialMessage, psk } = verified
  if (readInitial(initialMessage) === undefined) return 'refused: no initial message'
  const heard = sessionDecrypt(emptyRecord, {
    envelopeId,
    message: initialMessage,
    ours: us.party,
    ourIdentity: us.identity,
    theirs: { accountKey: introduced.accountKey, tag: introduced.device.tag, identityKey: introduced.device.identityKey },
    prekeys: ours,
    psk: bound(psk, binding),
    nowMs,
    maxSkip: 0,
  })
  return heard.ok ? introduced.suggestedName : `refused: ${heard.reason}`
}

const context = (room: number) => ({ roomId: new Uint8Array(16).fill(room), carrier: 'room', binding: new Uint8Array(0) }) as const
const asWho = (who: Person) => ({ ourAccountKey: who.account.publicKey, nowMs })
const must = <T extends { readonly ok: boolean }>(step: T): Extract<T, { readonly ok: true }> => {
  if (!step.ok) throw new Error(`stranger: ${JSON.stringify(step)}`)
  // It is ok: narrowing a generic union is more than the compiler does.
  return step as Extract<T, { readonly ok: true }>
}

/** The host of a run up to a verified guess, and the guest up to its waiting for an answer. */
const run = (shows: Person, code: string, room: number, introduction: Introduction) => {
  const secret = secretOf(code, context(room).roomId)
  const offered = host.offer({ secret, context: context(room), random })
  const guessed = must(guest.guess({ secret, context: context(room), flight1: offered.flight1, introduction, random }))
  const received = must(host.receiveGuess(offered.state, guessed.flight2, asWho(shows)))
  return { verified: received.state, guessed: guessed.state }
}

/** The guest's bundle of these tests is number 0, which `introductionOf` shows. */
const alicesBundle = alice.bundle(0)

const honest = (binding: Binding): string => {
  const { verified, guessed } = run(carol, '111111', 1, introductionOf(alice, 'Alice'))
  const { flight3 } = host.answer(verified, {
    introduction: introductionOf(carol, 'Carol'),
    initialMessage: firstMessage(carol, verified, binding),
  })
  return accepted(alice, must(guest.receiveAnswer(guessed, flight3, asWho(alice))).verified, alicesBundle, binding)
}

/** Alice types Mallory's code, Mallory types Carol's. */
const forwarded = (binding: Binding): string => {
  // Alice commits to her guess in Mallory's room; Mallory, who knows that code, reads whom it is from ...
  const withAlice = run(mallory, '222222', 2, introductionOf(alice, 'Alice'))
  // ... and guesses in Carol's room with Alice's introduction in place of her own.
  const withCarol = run(carol, '333333', 3, introductionOf(alice, 'Alice'))
  expect(withCarol.verified.introduced.accountId).toEqual(alice.accountId)
  const carolsAnswer = host.answer(withCarol.verified, {
    introduction: introductionOf(carol, 'Carol'),
    initialMessage: firstMessage(carol, withCarol.verified, binding),
  })
  // Mallory opens Carol's answer, it is sealed for her, and hands all of it to Alice.
  const { verified } = must(guest.receiveAnswer(withCarol.guessed, carolsAnswer.flight3, asWho(mallory)))
  const { flight3 } = host.answer(withAlice.verified, {
    introduction: introductionOf(carol, 'Carol'),
    initialMessage: verified.initialMessage,
  })
  return accepted(alice, must(guest.receiveAnswer(withAlice.guessed, flight3, asWho(alice))).verified, alicesBundle, binding)
}

test('undisturbed, Alice is paired with Carol', () => {
  expect(honest('psk')).toBe('Carol')
  expect(honest('no psk')).toBe('Carol')
})

describe('Mallory passes Carol on to Alice', () => {
  test('who opens nothing, as the first message was made for another run', () => expect(forwarded('psk')).toBe('refused: not-for-us'))
  test('control: without the psk Alice is paired with somebody who never spoke to her', () => expect(forwarded('no psk')).toBe('Carol'))
})

describe('Mallory answers Alice herself', () => {
  /** As host towards Alice, with this introduction and a first message made by `from`. */
  const answered = (introduction: Introduction, from: Person): string => {
    const { verified, guessed } = run(mallory, '444444', 4, introductionOf(alice, 'Alice'))
    const { flight3 } = host.answer(verified, { introduction, initialMessage: firstMessage(from, verified, 'psk') })
    return accepted(alice, must(guest.receiveAnswer(guessed, flight3, asWho(alice))).verified, alicesBundle, 'psk')
  }

  test('as herself: she is welcome', () => expect(answered(introductionOf(mallory, 'Mallory'), mallory)).toBe('Mallory'))
  test('with Carol’s introduction and a message of her own: the identity is not the introduction’s', () =>
    expect(answered(introductionOf(carol, 'Carol'), mallory)).toBe('refused: not-for-us'))
  test('with her own introduction and a message in Carol’s name', () =>
    expect(answered(introductionOf(mallory, 'Mallory'), carol)).toBe('refused: not-for-us'))

  test('from another device of her account than the one she introduced', () => {
    const { verified, guessed } = run(mallory, '444444', 4, introductionOf(alice, 'Alice'))
    const other: Person = { ...mallory, party: { ...mallory.party, tag: mallory.party.tag ^ 1 } }
    const { flight3 } = host.answer(verified, {
      introduction: introductionOf(mallory, 'Mallory'),
      initialMessage: firstMessage(other, verified, 'psk'),
    })
    const heard = must(guest.receiveAnswer(guessed, flight3, asWho(alice))).verified
    expect(accepted(alice, heard, alicesBundle, 'psk')).toBe('refused: not-for-us')
  })

  test('under a bundle of Alice’s that was given to somebody else', () => {
    const { verified, guessed } = run(mallory, '444444', 4, introductionOf(alice, 'Alice'))
    const under: HostVerified = { ...verified, introduced: { ...verified.introduced, bundle: alice.bundle(1).bundle } }
    const { flight3 } = host.answer(verified, {
      introduction: introductionOf(mallory, 'Mallory'),
      initialMessage: firstMessage(mallory, under, 'psk'),
    })
    const heard = must(guest.receiveAnswer(guessed, flight3, asWho(alice))).verified
    expect(accepted(alice, heard, alicesBundle, 'psk')).toBe('refused: not-for-us')
  })
})

test('a recorded answer of Carol’s opens in no second run, though code, room and people are the same', () => {
  const first = run(carol, '555555', 5, introductionOf(alice, 'Alice'))
  const message = firstMessage(carol, first.verified, 'psk')
  const second = run(carol, '555555', 5, introductionOf(alice, 'Alice'))
  const { flight3 } = host.answer(first.verified, { introduction: introductionOf(carol, 'Carol'), initialMessage: message })
  expect(guest.receiveAnswer(second.guessed, flight3, asWho(alice))).toMatchObject({ ok: false, reason: 'codes-differ' })
  const again = host.answer(second.verified, { introduction: introductionOf(carol, 'Carol'), initialMessage: message })
  const heard = must(guest.receiveAnswer(second.guessed, again.flight3, asWho(alice))).verified
  expect(accepted(alice, heard, alicesBundle, 'psk')).toBe('refused: not-for-us')
})
