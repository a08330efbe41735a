import { beforeEach, describe, expect, it } from 'vitest'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { type Sent, type SessionDevice, sessionDevice, textOf } from '../../../test/support/session-device.ts'
import { fromHex, toHex } from '../../crypto/bytes.ts'
import {
  forget,
  initiate,
  MAX_LAST_RESORT_USES,
  MAX_PREVIOUS_SESSIONS,
  PREVIOUS_SESSION_LIFE_MS,
  readInitial,
  type SessionRecord,
  TOMBSTONE_LIFE_MS,
} from './session.ts'

let alice: SessionDevice
let bob: SessionDevice

beforeEach(() => {
  alice = sessionDevice('alice')
  bob = sessionDevice('bob')
})

const names = (record: SessionRecord): readonly string[] => record.previous.map(({ session }) => toHex(session.baseKey))

/** Alice begins under Bob's bundle of this number, and he hears her first message. */
const beginAndHear = (bundle: number | 'last-resort', nowMs = PEOPLE_NOW_MS): Sent => {
  expect(alice.begin(bob, bundle, nowMs).ok).toBe(true)
  const sent = alice.say(`session ${bundle}`, nowMs)
  expect(textOf(bob.hear(alice, sent, { nowMs }))).toBe(`session ${bundle}`)
  return sent
}

describe('previous sessions', () => {
  it('are at most five: an older one leaves a tombstone, and its messages are refused as gone', () => {
    const first = beginAndHear(0)
    const secondOfFirst = alice.say('still the first')
    for (let bundle = 1; bundle <= MAX_PREVIOUS_SESSIONS; bundle++) beginAndHear(bundle)
    expect(bob.record.previous).toHaveLength(MAX_PREVIOUS_SESSIONS)
    expect(names(bob.record).at(-1)).toBe(toHex(readInitial(first.message)?.baseKey ?? new Uint8Array(0)))
    const kept = bob.record
    expect(textOf(bob.hear(alice, secondOfFirst))).toBe('still the first')
    bob.record = kept

    beginAndHear(MAX_PREVIOUS_SESSIONS + 1)
    expect(bob.record.previous).toHaveLength(MAX_PREVIOUS_SESSIONS)
    expect(bob.record.tombstones).toHaveLength(1)
    const before = bob.record
    expect(textOf(bob.hear(alice, secondOfFirst))).toBe('refused: session-gone')
    expect(textOf(bob.hear(alice, first))).toBe('refused: session-gone')
    expect(bob.record).toBe(before)
  })

  it('are newest first', () => {
    const begun = [0, 1, 2].map((bundle) => toHex(readInitial(beginAndHear(bundle).message)?.baseKey ?? new Uint8Array(0)))
    expect(names(bob.record)).toEqual([begun[1], begun[0]])
  })

  it('live for 30 days after they stopped being current, to the millisecond', () => {
    beginAndHear(0)
    const late = alice.say('late')
    beginAndHear(1)
    const at = (nowMs: number) => forget(bob.record, { nowMs, oldestSignedPrekeyId: 1 })
    const lastMs = PEOPLE_NOW_MS + PREVIOUS_SESSION_LIFE_MS
    expect(at(lastMs - 1).previous).toHaveLength(1)
    expect(at(lastMs)).toMatchObject({ previous: [], tombstones: [{ goneAtMs: lastMs }] })

    const alive = bob.record
    bob.record = at(lastMs - 1)
    expect(textOf(bob.hear(alice, late, { nowMs: lastMs - 1 }))).toBe('late')
    bob.record = forget(alive, { nowMs: lastMs, oldestSignedPrekeyId: 1 })
    expect(textOf(bob.hear(alice, late, { nowMs: lastMs }))).toBe('refused: session-gone')
  })
})

describe('tombstones', () => {
  it('go after 38 days: when the prekeys of the initial message are gone, too', () => {
    beginAndHear(0)
    beginAndHear(1)
    const goneAtMs = PEOPLE_NOW_MS + PREVIOUS_SESSION_LIFE_MS
    const buried = forget(bob.record, { nowMs: goneAtMs, oldestSignedPrekeyId: 1 })
    const at = (nowMs: number) => forget(buried, { nowMs, oldestSignedPrekeyId: 1 }).tombstones
    expect(at(goneAtMs + TOMBSTONE_LIFE_MS - 1)).toHaveLength(1)
    expect(at(goneAtMs + TOMBSTONE_LIFE_MS)).toEqual([])
  })
})

describe('the last-resort key', () => {
  /** Bob's record after a session under it has come and gone without leaving even a tombstone. */
  const replayable = (): Sent => {
    const sent = beginAndHear('last-resort')
    expect(bob.record.lastResortUses).toHaveLength(1)
    bob.record = { ...bob.record, current: undefined, previous: [], tombstones: [] }
    return sent
  }

  it('opens an initial message once, even when nothing else is left of its session', () => {
    const sent = replayable()
    const before = bob.record
    expect(textOf(bob.hear(alice, sent))).toBe('refused: replayed')
    expect(bob.record).toBe(before)
  })

  it('would open it again without that memory: the control', () => {
    const sent = replayable()
    bob.record = { ...bob.record, lastResortUses: [] }
    expect(textOf(bob.hear(alice, sent))).toBe('session last-resort')
  })

  it('is not fooled by a second encoding of the base key', () => {
    const sent = replayable()
    const withBaseKey = (change: (value: bigint) => bigint): Uint8Array => {
      const message = sent.message.slice()
      // Behind the session frame's head (4 bytes) and the handshake's version: 32 bytes, little-endian.
      const value = BigInt(`0x${toHex(message.slice(5, 37).reverse())}`)
      message.set(fromHex(change(value).toString(16).padStart(64, '0')).reverse(), 5)
      return message
    }
    const topBit = withBaseKey((value) => value + 2n ** 255n)
    expect(textOf(bob.hear(alice, { ...sent, message: topBit }))).toBe('refused: bad-base-key')
    // Plus p only fits where the key is below 19, so it is tried with a key that is: 9, whose second encoding is 9 + p.
    const [nine, ninePlusP] = [9n, 9n + 2n ** 255n - 19n].map((value) => withBaseKey(() => value))
    if (!nine || !ninePlusP) throw new Error('two encodings')
    expect(readInitial(nine)).toBeDefined()
    expect(readInitial(ninePlusP)).toBeUndefined()
    expect(textOf(bob.hear(alice, { ...sent, message: ninePlusP }))).toBe('refused: bad-base-key')
  })

  it('is forgotten with the keys themselves', () => {
    beginAndHear('last-resort')
    const at = (oldestSignedPrekeyId: number) => forget(bob.record, { nowMs: PEOPLE_NOW_MS, oldestSignedPrekeyId }).lastResortUses
    expect(at(1)).toHaveLength(1)
    expect(at(2)).toEqual([])
  })

  it('is not for wearing out: after 200 sessions a peer begins no more', () => {
    const use = (id: number) => ({ kemId: 1, signedPrekeyId: 1, baseKey: new Uint8Array(32).fill(id) })
    const worn = (count: number): SessionRecord => ({ ...bob.record, lastResortUses: Array.from({ length: count }, (_, i) => use(i)) })
    alice.begin(bob, 'last-resort')
    const sent = alice.say('one more')
    bob.record = worn(MAX_LAST_RESORT_USES)
    expect(textOf(bob.hear(alice, sent))).toBe('refused: too-many-sessions')
    bob.record = worn(MAX_LAST_RESORT_USES - 1)
    expect(textOf(bob.hear(alice, sent))).toBe('one more')
  })
})

describe('the turn', () => {
  it('stays at the end of its numbers, and the sessions go on', () => {
    const last = 0xffff_ffff
    alice.begin(bob, 0)
    alice.record = { ...alice.record, turn: last }
    expect(textOf(bob.hear(alice, alice.say('hello')))).toBe('hello')
    expect(bob.record.turn).toBe(last)
    bob.begin(alice, 0)
    expect(bob.record.turn).toBe(last)
    expect(textOf(alice.hear(bob, bob.say('from bob')))).toBe('from bob')
    expect(textOf(bob.hear(alice, alice.say('from alice')))).toBe('from alice')
    expect(bob.record.current?.baseKey).toEqual(alice.record.current?.baseKey)
  })
})

it('does not begin under an expired statement', () => {
  const { bundle } = bob.person.bundle(0)
  const { identity, party } = alice.person
  const at = (nowMs: number) =>
    initiate(alice.record, {
      ours: party,
      ourIdentity: identity,
      theirs: bob.person.party,
      bundle,
      psk: undefined,
      nowMs,
      random: alice.random,
    })
  expect(at(bundle.expiresAtMs)).toEqual({ ok: false, reason: 'statement-expired' })
  expect(at(bundle.expiresAtMs - 1).ok).toBe(true)
})
