// Two people who knew each other pair anew: each begins from an empty record, and what comes of it is adopted beside what was
// known (docs/protocols/session.md, "Which session is current").

import { beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type SessionDevice, sessionDevice, textOf } from '../../../test/support/session-device.ts'
import { asSecret, toHex } from '../../crypto/bytes.ts'
import { adopt, emptyRecord, MAX_PREVIOUS_SESSIONS, PREVIOUS_SESSION_LIFE_MS, type SessionRecord, sentUnanswered } from './session.ts'

const psk = asSecret<'PairingPsk'>(new Uint8Array(32).fill(0x5c))

let host: SessionDevice
let guest: SessionDevice

beforeEach(() => {
  host = sessionDevice('alice')
  guest = sessionDevice('bob')
})

const currentName = (device: SessionDevice): string => toHex(device.record.current?.baseKey ?? new Uint8Array(0))
const namesOf = (record: SessionRecord): readonly string[] => record.previous.map(({ session }) => toHex(session.baseKey))

/** As the messenger does it: the guest adopts with the first message, the host with the first answer. @returns what the host keeps until then */
const pairAnew = (bundle: number, nowMs = PEOPLE_NOW_MS, heard: 'heard' | 'not heard' = 'heard') => {
  const known = { host: host.record, guest: guest.record }
  host.loseRecord()
  guest.loseRecord()
  expect(host.begin(guest, bundle, nowMs, psk).ok).toBe(true)
  expect(textOf(guest.hear(host, host.say('hello', nowMs), { nowMs, psk }))).toBe('hello')
  guest.record = adopt(known.guest, guest.record, nowMs)
  if (heard === 'heard') {
    expect(textOf(host.hear(guest, guest.say('hello too', nowMs), { nowMs }))).toBe('hello too')
    host.record = adopt(known.host, host.record, nowMs)
  }
  const offered = host.record
  if (heard === 'not heard') host.record = known.host
  return { offered, known }
}

describe('pairing anew', () => {
  it('over and over keeps five sessions readable, and the names of those before', () => {
    const names: string[] = []
    for (let i = 0; i < 8; i++) {
      pairAnew(i, PEOPLE_NOW_MS + i)
      names.unshift(currentName(host))
    }
    for (const { record } of [host, guest]) {
      expect(namesOf(record)).toEqual(names.slice(1, 1 + MAX_PREVIOUS_SESSIONS))
      expect(record.tombstones.map(({ baseKey }) => toHex(baseKey))).toEqual(names.slice(1 + MAX_PREVIOUS_SESSIONS))
      expect(record.superseded.map(toHex)).toEqual(namesOf(record))
    }
    expect(textOf(guest.hear(host, host.say('still')))).toBe('still')
  })

  it('with an answer that never came: the host goes on as before, and is still read', () => {
    pairAnew(0)
    const { offered, known } = pairAnew(1, PEOPLE_NOW_MS + 1, 'not heard')
    expect(textOf(guest.hear(host, host.say('as before')))).toBe('as before')
    const late = guest.say('in the new session')
    expect(textOf(host.hear(guest, late))).toBe('refused: not-for-us')
    host.record = offered
    expect(textOf(host.hear(guest, late))).toBe('in the new session')
    host.record = adopt(known.host, host.record, PEOPLE_NOW_MS + 2)
    expect(currentName(host)).toBe(currentName(guest))
  })

  it.each([
    ['a later one', 1],
    ['one that was set back', -86_400_000],
  ])('leaves the session of before for good, whatever whoever still has it says: the clock is %s', (_, step) => {
    pairAnew(0)
    // A thief who took the host's whole record, and says of himself what he likes.
    const thief = sessionDevice('alice', 'thief')
    pairAnew(1, PEOPLE_NOW_MS + step, 'heard')
    const stolen = host.record.previous[0]?.session
    if (stolen === undefined) throw new Error('nothing to steal')
    const current = currentName(guest)
    for (const lie of [{ turn: 0xffff_ffff }, { bornAtMs: 2 ** 48 - 1 }, { bornAtMs: 0 }]) {
      thief.record = { ...emptyRecord, bornAtMs: guest.record.theirBornAtMs, turn: 1, current: stolen, ...lie }
      const before = guest.record
      expect(textOf(guest.hear(thief, thief.say('write to me')))).toBe('write to me')
      expect(currentName(guest)).toBe(current)
      expect([guest.record.turn, guest.record.theirBornAtMs]).toEqual([before.turn, before.theirBornAtMs])
      guest.record = before
    }
    expect(textOf(host.hear(guest, guest.say('for the host only')))).toBe('for the host only')
  })

  it('control: were the session of before like any other, the thief would be written to', () => {
    pairAnew(0)
    pairAnew(1, PEOPLE_NOW_MS + 1)
    const stolen = host.record.previous[0]?.session
    if (stolen === undefined) throw new Error('nothing to steal')
    const thief = sessionDevice('alice', 'thief')
    thief.record = { ...emptyRecord, bornAtMs: guest.record.theirBornAtMs, turn: 0xffff_ffff, current: stolen }
    guest.record = { ...guest.record, superseded: [] }
    guest.hear(thief, thief.say('write to me'))
    expect(textOf(thief.hear(guest, guest.say('for the host only')))).toBe('for the host only')
  })

  it('forgets what it left with the session itself, after 30 days', () => {
    pairAnew(0)
    pairAnew(1, PEOPLE_NOW_MS)
    expect(guest.record.superseded).toHaveLength(1)
    const later = PEOPLE_NOW_MS + PREVIOUS_SESSION_LIFE_MS
    guest.record = adopt(guest.record, guest.record, later)
    expect(guest.record.previous.every(({ retiredAtMs }) => retiredAtMs === later)).toBe(true)
    expect(guest.record.superseded.map(toHex)).toEqual(namesOf(guest.record))
  })
})

it('counts what left since the other side last began a chain', () => {
  expect(sentUnanswered(emptyRecord)).toBe(0)
  pairAnew(0)
  expect(sentUnanswered(host.record)).toBe(0)
  const first = host.say('one')
  host.say('two')
  expect(sentUnanswered(host.record)).toBe(2)
  // In a chain that they have begun before they heard that.
  host.hear(guest, guest.say('crossed'))
  expect(sentUnanswered(host.record)).toBe(2)
  guest.hear(host, first)
  host.hear(guest, guest.say('heard'))
  expect(sentUnanswered(host.record)).toBe(0)
})
