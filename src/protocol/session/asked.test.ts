// A session that is begun to ask in: it changes nothing until the other side agrees (docs/protocols/session-healing.md).

import { beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type SessionDevice, sessionDevice, textOf } from '../../../test/support/session-device.ts'
import { toHex } from '../../crypto/bytes.ts'
import { agreeOn, asIfAgreed, askedSession, MAX_PREVIOUS_SESSIONS, PREVIOUS_SESSION_LIFE_MS, type SessionRecord } from './session.ts'

let alice: SessionDevice
let bob: SessionDevice

const currentOf = ({ record }: SessionDevice): string => toHex(record.current?.baseKey ?? new Uint8Array(0))
const namesOf = (record: SessionRecord): readonly string[] => record.previous.map(({ session }) => toHex(session.baseKey))
const nameOfAsked = ({ record }: SessionDevice): string => toHex(askedSession(record, PEOPLE_NOW_MS)?.baseKey ?? new Uint8Array(0))

const talk = (): void => {
  expect(textOf(bob.hear(alice, alice.say('one')))).toBe('one')
  expect(textOf(alice.hear(bob, bob.say('two')))).toBe('two')
}

beforeEach(() => {
  alice = sessionDevice('alice')
  bob = sessionDevice('bob')
  expect(alice.begin(bob, 0).ok).toBe(true)
  talk()
})

describe('a session to ask in', () => {
  it('is not written in, and takes nothing from the current one', () => {
    const current = currentOf(alice)
    expect(alice.beginToAsk(bob, 1).ok).toBe(true)
    alice.ask('is it broken?')
    expect(currentOf(alice)).toBe(current)
    talk()
    expect(currentOf(alice)).toBe(current)
  })

  it('becomes the current one of both once they agree, though its turn and base key may say otherwise', () => {
    for (let bundle = 1; bundle < 6; bundle++) {
      expect(alice.beginToAsk(bob, bundle).ok).toBe(true)
      const asked = nameOfAsked(alice)
      const heard = bob.hear(alice, alice.ask('is it broken?'))
      expect(textOf(heard)).toBe('is it broken?')
      if (heard.ok) bob.record = agreeOn(heard.record, heard.started?.baseKey ?? new Uint8Array(0), PEOPLE_NOW_MS)
      expect(currentOf(bob)).toBe(asked)
      expect(textOf(alice.hear(bob, bob.say('it is')))).toBe('it is')
      expect(currentOf(alice)).toBe(asked)
      expect(askedSession(alice.record, PEOPLE_NOW_MS)).toBeUndefined()
      expect(bob.record.turn).toBe(alice.record.turn)
      talk()
    }
  })

  it('is agreed on by a side whose turns are ahead: it has an older record than the other', () => {
    const old = alice.record
    for (let bundle = 1; bundle < 4; bundle++) {
      expect(bob.begin(alice, bundle).ok).toBe(true)
      expect(textOf(alice.hear(bob, bob.say('anew')))).toBe('anew')
      talk()
    }
    alice.record = old
    expect(alice.beginToAsk(bob, 5).ok).toBe(true)
    const heard = bob.hear(alice, alice.ask('is it broken?'))
    if (!heard.ok || heard.started === undefined) throw new Error(textOf(heard))
    expect(currentOf(bob), 'not before it is agreed on').not.toBe(nameOfAsked(alice))
    bob.record = agreeOn(bob.record, heard.started.baseKey, PEOPLE_NOW_MS)
    expect(textOf(alice.hear(bob, bob.say('it is')))).toBe('it is')
    expect(currentOf(alice)).toBe(currentOf(bob))
  })

  it('is refused without a trace: the same question opens again, and later ones without it', () => {
    expect(alice.beginToAsk(bob, 1).ok).toBe(true)
    const before = bob.record
    const first = alice.ask('first')
    const second = alice.ask('second')
    for (const question of [first, first, second]) {
      // Who does not agree keeps neither the record nor the loss of the prekeys.
      const refusing = sessionDevice('bob')
      refusing.record = before
      expect(textOf(refusing.hear(alice, question))).toBe(question.text)
    }
  })

  it('takes the place of the one before it and of no other session', () => {
    for (let bundle = 1; bundle <= MAX_PREVIOUS_SESSIONS; bundle++) {
      expect(alice.begin(bob, bundle).ok).toBe(true)
      talk()
    }
    const previous = namesOf(alice.record)
    expect(previous).toHaveLength(MAX_PREVIOUS_SESSIONS)
    for (let bundle = 6; bundle < 12; bundle++) {
      expect(alice.beginToAsk(bob, bundle).ok).toBe(true)
      expect(namesOf(alice.record)).toEqual([nameOfAsked(alice), ...previous])
    }
    expect(alice.record.tombstones).toEqual([])
  })

  it('ends with its statement, and is forgotten after thirty days', () => {
    const { expiresAtMs } = alice.person.bundle(0).bundle
    expect(alice.beginToAsk(bob, 1, expiresAtMs)).toEqual({ ok: false, reason: 'statement-expired' })
    expect(alice.beginToAsk(bob, 1).ok).toBe(true)
    expect(asIfAgreed(alice.record, expiresAtMs - 1)).toBeDefined()
    expect(asIfAgreed(alice.record, expiresAtMs)).toBeUndefined()
    const muchLater = PEOPLE_NOW_MS + PREVIOUS_SESSION_LIFE_MS
    expect(bob.begin(alice, 2).ok).toBe(true)
    expect(textOf(alice.hear(bob, bob.say('anew'), { nowMs: muchLater }))).toBe('anew')
    expect(alice.record.asked).toBeUndefined()
  })
})
