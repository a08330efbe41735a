import { describe, expect, it } from 'vitest'
import { fingerprint, type Name, type Sent, startPair, talkingPair } from '../../../test/support/ratchet-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { stepChain } from './key-schedule.ts'
import { decrypt, decryptInSlices, encrypt, forgetOldSkipped, MAX_JUMP, type RatchetState } from './ratchet.ts'
import { skippedKeyId } from './skipped-keys.ts'

const ID = new Uint8Array(16)
const DAY_MS = 24 * 60 * 60 * 1000
const random = seededRandom('limits')
const seal = (state: RatchetState) => encrypt(state, { envelopeId: ID, plaintext: ID, random })
const inputOf = (message: Uint8Array, maxSkip: number) => ({ envelopeId: ID, message, nowMs: 0, maxSkip })

/** A sender that has sent `count` messages more, without the work of sealing them. */
const skipAhead = (state: RatchetState, count: number): RatchetState => {
  if (state.phase !== 'their-turn') throw new Error('no chain to move on in')
  let { chainKey } = state.sending
  for (let i = 0; i < count; i++) chainKey = stepChain(chainKey).chainKey
  return { ...state, sending: { ...state.sending, chainKey, sentCount: state.sending.sentCount + count } }
}

const reasonOf = (result: ReturnType<typeof decrypt>): string => (result.ok ? 'opened' : result.reason)
const opened = (result: ReturnType<typeof decrypt>): RatchetState => {
  if (!result.ok) throw new Error(result.reason)
  return result.state
}

describe('a jump', () => {
  const { alice, bob } = startPair(seededRandom('jump'))
  const ahead = (count: number): Uint8Array => seal(skipAhead(alice, count)).message

  it('of 25,000 is taken, of 25,001 is not, whatever the caller allows', () => {
    const before = fingerprint(bob)
    expect(reasonOf(decrypt(bob, inputOf(ahead(MAX_JUMP + 1), 1_000_000)))).toBe('skips-too-many')
    expect(fingerprint(bob)).toBe(before)
    const { skipped } = opened(decrypt(bob, inputOf(ahead(MAX_JUMP), 1_000_000)))
    expect(fingerprint(bob)).toBe(before)
    expect([...skipped.values()].map(({ n }) => n)).toEqual(Array.from({ length: 2_000 }, (_, i) => 23_000 + i))
  })

  it('over what the caller allows waits, and is taken later', () => {
    const before = fingerprint(bob)
    expect(reasonOf(decrypt(bob, inputOf(ahead(1_001), 1_000)))).toBe('would-skip')
    expect(fingerprint(bob)).toBe(before)
    expect(reasonOf(decrypt(bob, inputOf(ahead(1_000), 1_000)))).toBe('opened')
    expect(reasonOf(decrypt(bob, inputOf(ahead(1_001), MAX_JUMP)))).toBe('opened')
  })

  it('counts what is left of the chain before and what is skipped in the new one together', () => {
    const answer = seal(opened(decrypt(bob, inputOf(ahead(0), 0))))
    const answered = opened(decrypt(skipAhead(alice, 601), inputOf(answer.message, 0)))
    // 600 of the first chain are missing; with 400 of the second that is the limit.
    const next = (count: number): Uint8Array => seal(skipAhead(seal(answered).state, count - 1)).message
    expect(reasonOf(decrypt(answer.state, inputOf(next(401), 1_000)))).toBe('would-skip')
    const state = opened(decrypt(answer.state, inputOf(next(400), 1_000)))
    expect(state.skipped.size).toBe(1_000)
    expect([...state.skipped.keys()]).toEqual([...state.skipped.keys()].toSorted())
    expect([...state.skipped.keys()].slice(599, 601)).toEqual([skippedKeyId(0, 600), skippedKeyId(1, 0)])
  })

  it('that is long is cut into slices of at most 1,000 steps, and gives the same in the end', () => {
    const input = inputOf(ahead(4_500), MAX_JUMP)
    const slices = decryptInSlices(bob, input)
    let count = 0
    let slice = slices.next()
    for (; !slice.done; slice = slices.next()) count++
    expect(count).toBe(4)
    expect(fingerprint(slice.value)).toBe(fingerprint(decrypt(bob, input)))
  })
})

describe('skipped keys', () => {
  const missed = (count: number): { before: readonly Sent[]; states: Record<Name, RatchetState>; receive: (sent: Sent) => string } => {
    const { states, send, receive } = talkingPair(`missed ${count}`)
    const before = Array.from({ length: count }, () => send('alice'))
    receive('bob', send('alice'))
    const tryReceive = ({ envelopeId, message }: Sent): string =>
      reasonOf(decrypt(states.bob, { envelopeId, message, nowMs: 0, maxSkip: MAX_JUMP }))
    return { before, states, receive: tryReceive }
  }

  it('are kept for 2,000 messages; of 2,001 the oldest is dropped', () => {
    const { before, states, receive } = missed(2_001)
    expect(states.bob.skipped.size).toBe(2_000)
    const results = [0, 1, 2, 2_000].map((at) => before[at]).map((sent) => sent && receive(sent))
    expect(results).toEqual(['duplicate', 'opened', 'opened', 'opened'])
  })

  it('are all kept where they are exactly 2,000', () => {
    const { before, states, receive } = missed(2_000)
    expect(states.bob.skipped.size).toBe(2_000)
    expect([before[0], before[1_999]].map((sent) => sent && receive(sent))).toEqual(['opened', 'opened'])
  })

  it('are counted over all chains of a session', () => {
    const { states, send, receive } = talkingPair('over all chains')
    const first = [send('alice'), send('alice')] as const
    receive('bob', send('alice'))
    receive('alice', send('bob'))
    const second = seal(skipAhead(seal(states.alice).state, 1_998))
    states.bob = opened(decrypt(states.bob, { ...inputOf(second.message, MAX_JUMP), nowMs: 0 }))
    expect(states.bob.skipped.size).toBe(2_000)
    expect(() => receive('bob', first[0])).toThrow('duplicate')
    expect(receive('bob', first[1])).toEqual(first[1].plaintext)
    // The last key of the first chain is used, so its header key goes.
    expect(states.bob.oldChains).toEqual([])
  })

  it('are kept for 30 days and not a millisecond longer', () => {
    const { states, send, receive } = talkingPair('thirty days')
    const late = send('alice')
    receive('bob', send('alice'), 1_000)
    const bob = states.bob
    const at = (nowMs: number) => decrypt(bob, { envelopeId: late.envelopeId, message: late.message, nowMs, maxSkip: 0 })
    expect(reasonOf(at(1_000 + 30 * DAY_MS))).toBe('opened')
    const before = fingerprint(bob)
    expect(reasonOf(at(1_001 + 30 * DAY_MS))).toBe('duplicate')
    expect(fingerprint(bob)).toBe(before)

    expect(forgetOldSkipped(bob, 1_000 + 30 * DAY_MS)).toBe(bob)
    expect(forgetOldSkipped(bob, 1_001 + 30 * DAY_MS).skipped.size).toBe(0)
    // A clock that was set back makes no key older.
    expect(forgetOldSkipped(bob, 0)).toBe(bob)
  })

  it('of an old chain take its header key with them', () => {
    const { states, send, receive } = talkingPair('old header key')
    const late = send('alice')
    receive('bob', send('alice'), 5)
    receive('alice', send('bob'))
    receive('bob', send('alice'), 6)
    expect(states.bob.oldChains.length).toBe(1)
    expect(forgetOldSkipped(states.bob, 6 + 30 * DAY_MS).oldChains).toEqual([])
    expect(() => receive('bob', late, 6 + 30 * DAY_MS)).toThrow('not-for-us')
    expect(receive('bob', late, 5 + 30 * DAY_MS)).toEqual(late.plaintext)
  })
})

describe('old header keys', () => {
  /** Each round leaves one message of Alice's undelivered in a chain of its own. */
  const rounds = (count: number) => {
    const { states, send, receive } = talkingPair(`rounds ${count}`)
    const late = Array.from({ length: count }, () => {
      const left = send('alice')
      receive('bob', send('alice'))
      receive('alice', send('bob'))
      return left
    })
    receive('bob', send('alice'))
    return { states, receive, late }
  }

  it('are kept for 32 chains', () => {
    const { states, receive, late } = rounds(32)
    expect(states.bob.oldChains.length).toBe(32)
    for (const sent of late) expect(receive('bob', sent)).toEqual(sent.plaintext)
    expect(states.bob.oldChains).toEqual([])
  })

  it('are dropped with their skipped keys where there are 33', () => {
    const { states, receive, late } = rounds(33)
    expect([states.bob.oldChains.length, states.bob.skipped.size]).toEqual([32, 32])
    const [oldest, ...others] = late
    expect(() => oldest && receive('bob', oldest)).toThrow('not-for-us')
    for (const sent of others) expect(receive('bob', sent)).toEqual(sent.plaintext)
  })
})
