// The limits of healing (docs/protocols/session-healing.md), one by one. What comes of it between devices: test/simulation/healing*.test.ts.

import { describe, expect, it } from 'vitest'
import { person } from '../../test/support/people.ts'
import { contactIdOf, contactRow, outboxRow, ROWS_NOW_MS, selfRow, sessionRecord } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { MAX_UNOPENED, type Unopened } from './content.ts'
import { cannotOpen, denied, mayBeginAnew, RENEWAL_EVERY_MS, sessionMoved } from './healing.ts'
import { asleep } from './live.ts'
import { type Contact, deviceKey, type Healing, type Held, outboxKey } from './state.ts'
import { beginTurn, type Turn } from './turn.ts'

const bob = contactIdOf('bob')
const tag = contactRow('bob').devices[0]?.device.tag ?? 0
const key = deviceKey(bob, tag)

/** Every table is empty: what a test needs is put. */
const nothing: Held = new Proxy({} as Held, { get: () => new Map() })

const turnAt = (nowMs: number, healing?: Healing, changes: Partial<Contact> = {}): Turn => {
  const turn = beginTurn(nothing, asleep, nowMs, seededRandom('healing'))
  const contact = contactRow('bob', changes)
  turn.put('self', 'self', { ...selfRow(), deviceList: person('alice').deviceList })
  turn.put('contacts', bob, { ...contact, devices: contact.devices.map((each) => ({ ...each, healing })) })
  turn.put('sessions', key, sessionRecord('bob', 0))
  return turn
}

const envelope = (number: number): Unopened => ({ id: new Uint8Array(16).fill(number), hash: new Uint8Array(32).fill(number) })
const noticed = (turn: Turn): readonly number[] => turn.live.unopened.get(key)?.envelopes.map(({ id }) => id[0] ?? 0) ?? []
const waiting = (turn: Turn): number => turn.all('outbox').length

describe('a sign of a broken session', () => {
  it('is any lasting refusal, but neither what has no form of ours nor what waits for others', () => {
    const turn = turnAt(ROWS_NOW_MS)
    for (const reason of ['malformed', 'would-skip']) cannotOpen(turn, bob, tag, envelope(1), reason)
    expect(noticed(turn)).toEqual([])
    const lasting = ['not-for-us', 'duplicate', 'header-changed', 'bad-mac', 'session-gone', 'replayed', 'signed-prekey-missing']
    for (const [i, reason] of lasting.entries()) cannotOpen(turn, bob, tag, envelope(i), reason)
    expect(noticed(turn)).toEqual([6, 5, 4, 3, 2, 1, 0])
  })

  it('counts once, and only the newest are kept', () => {
    const turn = turnAt(ROWS_NOW_MS)
    for (const number of [1, 1, 1]) cannotOpen(turn, bob, tag, envelope(number), 'bad-mac')
    expect(noticed(turn)).toEqual([1])
    for (let number = 2; number <= 20; number++) cannotOpen(turn, bob, tag, envelope(number), 'bad-mac')
    expect(noticed(turn)).toHaveLength(MAX_UNOPENED)
    expect(noticed(turn)[0]).toBe(20)
  })

  it('is told apart by its hash: a copy under the id of another hides nothing', () => {
    const turn = turnAt(ROWS_NOW_MS)
    cannotOpen(turn, bob, tag, { ...envelope(1), hash: new Uint8Array(32) }, 'bad-mac')
    cannotOpen(turn, bob, tag, envelope(1), 'bad-mac')
    expect(noticed(turn)).toEqual([1, 1])
  })

  it('is none for an hour after a renewal, nor while they have not answered a session begun anew, nor of an unknown device', () => {
    for (const healing of [{ renewedAtMs: ROWS_NOW_MS - RENEWAL_EVERY_MS + 1 }, { isUnanswered: true }]) {
      const turn = turnAt(ROWS_NOW_MS, { askedAtMs: [], ...healing })
      cannotOpen(turn, bob, tag, envelope(1), 'bad-mac')
      expect(noticed(turn)).toEqual([])
    }
    const turn = turnAt(ROWS_NOW_MS, { askedAtMs: [], renewedAtMs: ROWS_NOW_MS - RENEWAL_EVERY_MS })
    cannotOpen(turn, bob, tag + 1, envelope(1), 'bad-mac')
    expect(turn.live.unopened.size).toBe(0)
    cannotOpen(turn, bob, tag, envelope(1), 'bad-mac')
    expect(noticed(turn)).toEqual([1])
  })

  it('is none where no session is left', () => {
    const turn = turnAt(ROWS_NOW_MS)
    turn.remove('sessions', key)
    cannotOpen(turn, bob, tag, envelope(1), 'not-for-us')
    expect(noticed(turn)).toEqual([])
  })
})

describe('a denied question', () => {
  it('is followed by something to find out, once an hour', () => {
    const turn = turnAt(ROWS_NOW_MS)
    denied(turn, bob, tag, '00'.repeat(16))
    expect(waiting(turn)).toBe(1)
    denied(turn, bob, tag, '11'.repeat(16))
    expect(waiting(turn)).toBe(1)
    expect(turn.live.receiptsDue.get(key)?.contentIds).toEqual(['00'.repeat(16), '11'.repeat(16)])
    const later = turnAt(ROWS_NOW_MS, { askedAtMs: [], probedAtMs: ROWS_NOW_MS - RENEWAL_EVERY_MS })
    denied(later, bob, tag, '00'.repeat(16))
    expect(waiting(later)).toBe(1)
  })

  it('is not where the sessions were renewed within the hour, nor where twenty notices wait', () => {
    const renewed = turnAt(ROWS_NOW_MS, { askedAtMs: [], renewedAtMs: ROWS_NOW_MS })
    denied(renewed, bob, tag, '00'.repeat(16))
    expect(waiting(renewed)).toBe(0)
    for (const [notices, expected] of [
      [19, 20],
      [20, 20],
    ] as const) {
      const turn = turnAt(ROWS_NOW_MS)
      for (let i = 0; i < notices; i++) {
        const entry = { ...outboxRow('bob', i), tag, isMessage: false }
        turn.put('outbox', outboxKey(entry.contentId, tag), entry)
      }
      denied(turn, bob, tag, '00'.repeat(16))
      expect(waiting(turn)).toBe(expected)
    }
  })
})

describe('a renewal', () => {
  it('after a loss begins once an hour, by a clock that was set back too, and not with who is stopped', () => {
    const begun = (atMs: number): Healing => ({ askedAtMs: [], begunAnewAtMs: atMs })
    const may = (atMs: number, changes: Partial<Contact> = {}) => mayBeginAnew(turnAt(ROWS_NOW_MS, begun(atMs), changes), bob, tag)
    expect(may(ROWS_NOW_MS - RENEWAL_EVERY_MS)).toBe(true)
    expect(may(ROWS_NOW_MS - RENEWAL_EVERY_MS + 1)).toBe(false)
    expect(may(ROWS_NOW_MS + 1)).toBe(true)
    expect(may(0, { replacedBy: contactIdOf('carol') })).toBe(false)
  })

  it('is said in one line for what happens within an hour, of which the last twenty are kept', () => {
    const renewals = Array.from({ length: 20 }, (_, i) => ({ place: i + 1, atMs: ROWS_NOW_MS - RENEWAL_EVERY_MS * (21 - i) }))
    const turn = turnAt(ROWS_NOW_MS, undefined, { renewals, nextPlace: 50 })
    const linesOf = () => turn.get('contacts', bob)?.renewals ?? []
    sessionMoved(turn, bob, tag, sessionRecord('another', 0))
    expect(linesOf()).toEqual([...renewals.slice(1), { place: 50, atMs: ROWS_NOW_MS }])
    sessionMoved(turn, bob, tag, sessionRecord('a third', 0))
    expect(linesOf()).toHaveLength(20)
    expect(linesOf().filter(({ atMs }) => atMs === ROWS_NOW_MS)).toHaveLength(1)
  })

  it('is none where the session stays the same', () => {
    const turn = turnAt(ROWS_NOW_MS)
    sessionMoved(turn, bob, tag, sessionRecord('bob', 0))
    expect(turn.get('contacts', bob)?.renewals).toBeUndefined()
  })
})
