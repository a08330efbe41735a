// The two machines as an app runs them: carriers that open and close, time that passes, and what each phase lets happen.

import { describe, expect, test } from 'vitest'
import {
  bindingOf,
  connect,
  type GuestSide,
  guestSide,
  type HostSide,
  hostSide,
  introductionOf,
  onlyFrame,
  opens,
  sent,
} from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { concat } from '../../crypto/bytes.ts'
import type { Carrier } from './checks.ts'
import { REFUSAL_FRAME, readFlight1, readFlight2, readFlight3, readRendezvous, writeRendezvous } from './frames.ts'
import {
  ANSWER_WAIT_MS,
  CODE_LIFE_MS,
  DIRECT_WAIT_MS,
  GUEST_SILENCE_MS,
  guestWakeAtMs,
  HOST_SILENCE_MS,
  hostWakeAtMs,
  tries,
} from './pairing.ts'

const open = (side: HostSide | GuestSide, carrier: Carrier) => side.take({ type: 'carrier-opened', carrier, binding: bindingOf(carrier) })
const give = (side: HostSide | GuestSide, carrier: Carrier, frame: Uint8Array) => side.take({ type: 'frame-received', carrier, frame })
const types = (effects: readonly { readonly type: string }[]) => effects.map(({ type }) => type)
const isPaired = (bob: GuestSide) => bob.paired.length === 1 && bob.paired.every((verified) => opens(verified, bob.who.account.publicKey))
const PEER_ID = '0123456789abcdef'
/** Somebody with a wrong code. */
const stranger = () => guestSide('mallory', { code: '999999' })

describe('the host offers', () => {
  test('on each carrier as it opens, with a share and a KEM key of its own', () => {
    const alice = hostSide('alice')
    const [room, direct] = [readFlight1(onlyFrame(open(alice, 'room'))), readFlight1(onlyFrame(open(alice, 'direct')))]
    if (!room.ok || !direct.ok) return expect.fail('not flights 1')
    expect(room.value.share).not.toEqual(direct.value.share)
    expect(room.value.encapsulationKey).not.toEqual(direct.value.encapsulationKey)
  })

  test('afresh to whoever comes after somebody who left, for the same code', () => {
    const alice = hostSide('alice')
    const first = onlyFrame(open(alice, 'room'))
    alice.take({ type: 'peer-left' })
    const second = onlyFrame(open(alice, 'room'))
    expect(second).not.toEqual(first)
    alice.take({ type: 'carrier-closed', carrier: 'room' })
    const bob = guestSide('bob')
    connect(alice, bob, 'room')
    expect(isPaired(bob)).toBe(true)
  })

  test('and says on the room where it can be dialled, whichever comes first', () => {
    const early = hostSide('alice')
    expect(early.take({ type: 'peer-ready', peerId: PEER_ID })).toEqual([])
    const [rendezvous, flight1] = sent(open(early, 'room'))
    expect(rendezvous && readRendezvous(rendezvous.frame)).toMatchObject({ ok: true, value: { peerId: PEER_ID } })
    expect(flight1 && readFlight1(flight1.frame).ok).toBe(true)
    expect(sent(open(early, 'direct'))).toHaveLength(1)

    const late = hostSide('alice')
    open(late, 'room')
    expect(sent(late.take({ type: 'peer-ready', peerId: PEER_ID }))).toEqual([
      { carrier: 'room', frame: writeRendezvous({ peerId: PEER_ID }) },
    ])
    late.take({ type: 'peer-lost' })
    late.take({ type: 'peer-left' })
    expect(sent(open(late, 'room'))).toHaveLength(1)
  })

  test('and dismisses whoever sends what no guest sends, on that carrier only and with the code untouched', () => {
    const alice = hostSide('alice')
    open(alice, 'room')
    open(alice, 'direct')
    expect(give(alice, 'direct', Uint8Array.of(1, 2, 3))).toEqual([
      { type: 'send', carrier: 'direct', frame: REFUSAL_FRAME },
      { type: 'close-carrier', carrier: 'direct' },
    ])
    expect(give(alice, 'direct', Uint8Array.of(1, 2, 3))).toEqual([])
    expect(alice.state).toMatchObject({ phase: 'offering', burned: false, lines: [{ carrier: 'room' }] })
    expect(types(give(alice, 'room', Uint8Array.of(1, 2, 3)))).toEqual(['send', 'evict-guest'])
    const bob = guestSide('bob')
    connect(alice, bob, 'direct')
    expect(isPaired(bob)).toBe(true)
  })
})

describe('the host’s clock', () => {
  test('frees the place of a silent guest after 15 s and keeps the code', () => {
    const alice = hostSide('alice')
    open(alice, 'room')
    alice.nowMs += 5_000
    open(alice, 'direct')
    expect(hostWakeAtMs(alice.state)).toBe(PEOPLE_NOW_MS + GUEST_SILENCE_MS)
    alice.nowMs = PEOPLE_NOW_MS + GUEST_SILENCE_MS - 1
    expect(alice.take({ type: 'clock' })).toEqual([])
    alice.nowMs += 1
    expect(types(alice.take({ type: 'clock' }))).toEqual(['send', 'evict-guest'])
    expect(alice.state).toMatchObject({ phase: 'offering', burned: false, lines: [{ carrier: 'direct' }] })
    alice.nowMs += 5_000
    expect(types(alice.take({ type: 'clock' }))).toEqual(['send', 'close-carrier'])
    expect(hostWakeAtMs(alice.state)).toBe(PEOPLE_NOW_MS + CODE_LIFE_MS)
  })

  test('ends the code after five minutes, unspent', () => {
    const alice = hostSide('alice')
    alice.nowMs += CODE_LIFE_MS - 1
    expect(alice.take({ type: 'clock' })).toEqual([])
    open(alice, 'room')
    alice.nowMs += 1
    expect(types(alice.take({ type: 'clock' }))).toEqual(['send', 'evict-guest', 'failed'])
    expect(alice.state).toEqual({ phase: 'failed', burned: false, reason: 'expired' })
    expect(hostWakeAtMs(alice.state)).toBeUndefined()
    expect(open(alice, 'room')).toEqual([])
  })
})

describe('the host and a guess', () => {
  test('that differs: the code is gone on every carrier, and the failure is counted once', () => {
    const alice = hostSide('alice')
    const mallory = stranger()
    open(alice, 'direct')
    connect(alice, mallory, 'room')
    expect(alice.state).toEqual({ phase: 'failed', burned: true, reason: 'codes-differ' })
    expect(types(alice.effects.slice(-6))).toEqual(['send', 'close-carrier', 'send', 'evict-guest', 'count-failure', 'failed'])
    expect(mallory.state).toEqual({ phase: 'failed', burned: true, reason: 'codes-differ' })
    const bob = guestSide('bob')
    connect(alice, bob, 'room')
    expect(bob.paired).toEqual([])
  })

  test('that is ours or no introduction: the code is gone, but nobody guessed', () => {
    const alice = hostSide('alice')
    connect(alice, guestSide('alice'), 'room')
    expect(alice.state).toEqual({ phase: 'failed', burned: true, reason: 'own-code' })
    expect(types(alice.effects)).not.toContain('count-failure')

    const carol = hostSide('carol')
    const cut = (frame: Uint8Array) => (readFlight2(frame).ok ? frame.subarray(0, -1) : frame)
    connect(carol, guestSide('bob'), 'room', { wire: cut })
    expect(carol.state).toEqual({ phase: 'failed', burned: true, reason: 'bad-introduction' })
    expect(types(carol.effects)).not.toContain('count-failure')
  })

  test('that is good: no answer leaves before the session is there, and the mark stands from then on', () => {
    const alice = hostSide('alice')
    const bob = guestSide('bob')
    connect(alice, bob, 'room')
    const asked = alice.effects.findIndex(({ type }) => type === 'introduce')
    const answered = alice.effects.findIndex((effect) => effect.type === 'send' && readFlight3(effect.frame).ok)
    expect(asked).toBeGreaterThan(0)
    expect(answered).toBeGreaterThan(asked)
    expect(alice.state).toMatchObject({ phase: 'answered', burned: true })
  })

  test('that came on the room: a direct line is closed, it may be somebody else’s', () => {
    const alice = hostSide('alice')
    open(alice, 'direct')
    connect(alice, guestSide('bob'), 'room')
    expect(alice.effects).toContainEqual({ type: 'close-carrier', carrier: 'direct' })
    expect(alice.state).toMatchObject({ phase: 'answered', carrier: 'room', open: ['room'] })
  })

  test('what a phase does not expect changes nothing', () => {
    const alice = hostSide('alice')
    const before = alice.state
    const introduction = introductionOf(alice.who, '')
    expect(alice.take({ type: 'answer-ready', introduction, initialMessage: Uint8Array.of(1) })).toEqual([])
    expect(give(alice, 'room', REFUSAL_FRAME)).toEqual([])
    expect(alice.state).toEqual(before)
  })
})

describe('flight 3 after a lost line', () => {
  /** A guess that went out on `carrier`, with the answer still to come. */
  const guessed = (carrier: Carrier) => {
    const [alice, bob] = [hostSide('alice'), guestSide('bob', { directPossible: true })]
    open(alice, 'room')
    open(bob, 'room')
    open(bob, carrier)
    const flight1 = onlyFrame(carrier === 'room' ? alice.effects : open(alice, 'direct'))
    give(bob, carrier, flight1)
    if (carrier === 'room') {
      bob.nowMs += DIRECT_WAIT_MS
      bob.take({ type: 'clock' })
    }
    const [flight2] = sent(bob.effects)
    return { alice, bob, flight3: onlyFrame(give(alice, carrier, flight2?.frame ?? expect.fail('no guess'))) }
  }

  test('comes on the room when the direct line broke', () => {
    const { alice, bob, flight3 } = guessed('direct')
    bob.take({ type: 'carrier-closed', carrier: 'direct' })
    const again = sent(alice.take({ type: 'carrier-closed', carrier: 'direct' }))
    expect(again).toEqual([{ carrier: 'room', frame: flight3 }])
    give(bob, 'room', flight3)
    expect(isPaired(bob)).toBe(true)
  })

  test('comes again when the guest is back, the same bytes', () => {
    const { alice, bob, flight3 } = guessed('room')
    bob.take({ type: 'peer-left' })
    expect(alice.take({ type: 'peer-left' })).toEqual([])
    open(bob, 'room')
    expect(sent(open(alice, 'room'))).toEqual([{ carrier: 'room', frame: flight3 }])
    give(bob, 'room', flight3)
    expect(isPaired(bob)).toBe(true)
  })

  test('or never: the guest waits 30 s and its code is spent', () => {
    const { bob } = guessed('direct')
    expect(guestWakeAtMs(bob.state)).toBe(bob.nowMs + ANSWER_WAIT_MS)
    bob.nowMs += ANSWER_WAIT_MS
    bob.take({ type: 'clock' })
    expect(bob.state).toEqual({ phase: 'failed', burned: true, reason: 'other-side-left' })
  })

  test('a stranger on the other carrier can neither end nor answer it', () => {
    const { bob, flight3 } = guessed('direct')
    const before = bob.state
    const forged = flight3.map((byte, i) => (i === 5 ? byte ^ 1 : byte))
    for (const frame of [REFUSAL_FRAME, forged, Uint8Array.of(9, 9, 9), Uint8Array.of(1, 1, 99)])
      expect(give(bob, 'room', frame)).toEqual([])
    expect(bob.state).toEqual(before)
    give(bob, 'direct', flight3)
    expect(isPaired(bob)).toBe(true)
  })
})

describe('the guest chooses', () => {
  const offered = (directPossible = true) => {
    const [alice, bob] = [hostSide('alice'), guestSide('bob', { directPossible })]
    alice.take({ type: 'peer-ready', peerId: PEER_ID })
    open(bob, 'room')
    const [rendezvous, flight1] = sent(open(alice, 'room'))
    return { alice, bob, rendezvous: rendezvous?.frame ?? expect.fail(), flight1: flight1?.frame ?? expect.fail() }
  }

  test('the direct line, if its offer comes within a second of the room’s', () => {
    const { alice, bob, rendezvous, flight1 } = offered()
    expect(give(bob, 'room', rendezvous)).toEqual([{ type: 'dial', peerId: PEER_ID }])
    expect(give(bob, 'room', rendezvous)).toEqual([])
    expect(give(bob, 'room', flight1)).toEqual([])
    expect(guestWakeAtMs(bob.state)).toBe(bob.nowMs + DIRECT_WAIT_MS)
    bob.nowMs += DIRECT_WAIT_MS - 1
    expect(bob.take({ type: 'clock' })).toEqual([])
    open(bob, 'direct')
    const flight2 = sent(give(bob, 'direct', onlyFrame(open(alice, 'direct'))))
    expect(flight2.map(({ carrier }) => carrier)).toEqual(['direct'])
  })

  test('the room after a second, or at once when no direct line can come', () => {
    const late = offered()
    give(late.bob, 'room', late.flight1)
    late.bob.nowMs += DIRECT_WAIT_MS
    expect(sent(late.bob.take({ type: 'clock' })).map(({ carrier }) => carrier)).toEqual(['room'])

    const failed = offered()
    give(failed.bob, 'room', failed.rendezvous)
    give(failed.bob, 'room', failed.flight1)
    expect(sent(failed.bob.take({ type: 'carrier-closed', carrier: 'direct' })).map(({ carrier }) => carrier)).toEqual(['room'])

    const relayOnly = offered(false)
    expect(give(relayOnly.bob, 'room', relayOnly.rendezvous)).toEqual([])
    expect(sent(give(relayOnly.bob, 'room', relayOnly.flight1)).map(({ carrier }) => carrier)).toEqual(['room'])
  })

  test('once: an offer on the other carrier that comes later is left alone', () => {
    const { alice, bob, flight1 } = offered()
    open(bob, 'direct')
    const flight2 = onlyFrame(give(bob, 'direct', onlyFrame(open(alice, 'direct'))))
    const before = bob.state
    expect(give(bob, 'room', flight1)).toEqual([])
    expect(bob.state).toEqual(before)
    give(bob, 'direct', onlyFrame(give(alice, 'direct', flight2)))
    expect(isPaired(bob)).toBe(true)
  })

  test('not the offer of a host who left, but the one after', () => {
    const { alice, bob, flight1 } = offered()
    give(bob, 'room', flight1)
    bob.take({ type: 'peer-left' })
    bob.nowMs += DIRECT_WAIT_MS
    expect(bob.take({ type: 'clock' })).toEqual([])
    alice.take({ type: 'peer-left' })
    open(bob, 'room')
    give(bob, 'room', sent(open(alice, 'room'))[1]?.frame ?? expect.fail())
    bob.nowMs += DIRECT_WAIT_MS
    give(bob, 'room', onlyFrame(give(alice, 'room', onlyFrame(bob.take({ type: 'clock' })))))
    expect(isPaired(bob)).toBe(true)
  })
})

describe('a guest waits', () => {
  const failure = (bob: GuestSide) => (bob.state.phase === 'failed' ? [bob.state.reason, bob.state.burned] : bob.state.phase)
  const after = (bob: GuestSide, ms: number) => {
    bob.nowMs += ms
    bob.take({ type: 'clock' })
    return failure(bob)
  }

  test('15 s for a host', () => {
    const bob = guestSide('bob')
    expect(guestWakeAtMs(bob.state)).toBe(bob.nowMs + HOST_SILENCE_MS)
    expect(after(bob, HOST_SILENCE_MS - 1)).toBe('waiting')
    expect(after(bob, 1)).toEqual(['nobody-there', false])
    expect(guestWakeAtMs(bob.state)).toBeUndefined()
  })

  test('15 s for the offer of a host who is there, or who was', () => {
    const silent = guestSide('bob')
    expect(after(silent, 10_000)).toBe('waiting')
    open(silent, 'room')
    expect(after(silent, HOST_SILENCE_MS - 1)).toBe('waiting')
    silent.take({ type: 'peer-left' })
    expect(after(silent, 1)).toEqual(['other-side-left', false])
  })

  test('no longer when the person cancels, and does not wait for a host of another version', () => {
    const cancelled = guestSide('bob')
    cancelled.take({ type: 'cancelled' })
    expect(failure(cancelled)).toEqual(['cancelled', false])
    const other = guestSide('bob')
    open(other, 'room')
    give(other, 'room', Uint8Array.of(2, 1, 1))
    expect(failure(other)).toEqual(['other-version', false])
  })

  test('on the other carrier, when nonsense came on one', () => {
    const bob = guestSide('bob', { directPossible: true })
    const alice = hostSide('alice')
    open(bob, 'room')
    open(bob, 'direct')
    expect(give(bob, 'direct', Uint8Array.of(1, 1, 77))).toEqual([{ type: 'close-carrier', carrier: 'direct' }])
    expect(failure(bob)).toBe('waiting')
    give(bob, 'room', onlyFrame(open(alice, 'room')))
    bob.nowMs += DIRECT_WAIT_MS
    expect(sent(bob.take({ type: 'clock' }))).toHaveLength(1)
    const alone = guestSide('bob')
    open(alone, 'room')
    give(alone, 'room', REFUSAL_FRAME)
    expect(failure(alone)).toEqual(['other-side-left', false])
  })

  test('and what comes after the end changes nothing', () => {
    const bob = guestSide('bob')
    bob.take({ type: 'cancelled' })
    const before = bob.state
    open(bob, 'room')
    give(bob, 'room', onlyFrame(open(hostSide('alice'), 'room')))
    expect(after(bob, 1_000_000)).toEqual(['cancelled', false])
    expect(bob.state).toBe(before)
  })
})

test('the mark is in the state that comes with the effects, so that one commit holds it before they leave', () => {
  const marked: boolean[] = []
  const [alice, bob] = [hostSide('alice'), guestSide('bob')]
  connect(alice, bob, 'room', {
    wire: (frame, from) => {
      // Asked at the moment a frame is on its way.
      if (readFlight1(frame).ok) marked.push(alice.state.burned)
      else marked.push(from === 'host' ? alice.state.burned : bob.state.burned)
      return frame
    },
  })
  expect(marked).toEqual([false, true, true])
})

test('a step changes nothing of the state it was given', () => {
  const alice = hostSide('alice', { random: seededRandom('frozen') })
  const deepFreeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  const bob = guestSide('bob')
  const freeze = () => [alice.state, bob.state].forEach(deepFreeze)
  freeze()
  connect(alice, bob, 'room', {
    wire: (frame) => {
      freeze()
      return concat(frame)
    },
  })
  expect(isPaired(bob)).toBe(true)
})

describe('failures are counted', () => {
  const after = (times: number) =>
    Array.from({ length: times }).reduce<typeof tries.none>((state) => tries.failed(state, PEOPLE_NOW_MS), tries.none)

  test('two cost nothing', () => expect(tries.standing(after(2), PEOPLE_NOW_MS)).toEqual({ type: 'free' }))

  test('three leave the link only for ten minutes, and each one more for ten again', () => {
    const untilMs = PEOPLE_NOW_MS + 600_000
    expect(tries.standing(after(3), PEOPLE_NOW_MS)).toEqual({ type: 'link-only', untilMs })
    expect(tries.standing(after(9), untilMs - 1)).toEqual({ type: 'link-only', untilMs })
    expect(tries.standing(after(9), untilMs)).toEqual({ type: 'free' })
    expect(tries.standing(tries.failed(after(3), untilMs), untilMs)).toEqual({ type: 'link-only', untilMs: untilMs + 600_000 })
  })

  test('ten need the person, however long ago', () => {
    expect(tries.standing(after(10), PEOPLE_NOW_MS + 1e12)).toEqual({ type: 'needs-confirmation' })
    expect(tries.standing(tries.none, PEOPLE_NOW_MS)).toEqual({ type: 'free' })
  })

  test('a clock that was set back shortens nothing', () => {
    expect(tries.standing(after(3), PEOPLE_NOW_MS - 1e9).type).toBe('link-only')
  })
})
