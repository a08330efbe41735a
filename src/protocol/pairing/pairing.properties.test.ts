// Pairings over bad lines between sides that crash. Both machines run as an app runs them: each turn's changes are committed
// before its effects leave, only what was committed survives a crash, and the guest answers from an outbox. Frames on the
// room may be lost, doubled, swapped or changed (the relay is trusted for nothing); a direct line keeps order but may break
// or stall. Whatever happens: nobody stores a wrong key, nobody is shown a contact that did not answer, and once the lines
// hold both sides agree; where the code was not spent by then, on being paired.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bindingOf, CODE, initialMessage, introductionOf, opens, ROOM_ID, secretOf } from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { ascii, equal, join, type Secret } from '../../crypto/bytes.ts'
import { hmacSha256 } from '../../crypto/hash.ts'
import {
  type Carrier,
  CODE_LIFE_MS,
  type GuestEffect,
  type GuestInput,
  type GuestState,
  guest,
  type HostEffect,
  type HostInput,
  type HostState,
  startGuest,
  startHost,
  stepGuest,
  stepHost,
} from './pairing.ts'

type Who = 'host' | 'guest'
type Psk = Secret<'PairingPsk'>

/** When the next turn that has something to keep fails: nothing of it happened, or all of it but what should have left. */
type CrashPoint = 'before-commit' | 'after-commit'

type Fault =
  | { readonly type: 'deliver'; readonly to: Who; readonly carrier: Carrier }
  | { readonly type: 'lose' | 'double' | 'swap' | 'change'; readonly to: Who }
  | { readonly type: 'open' | 'break'; readonly carrier: Carrier }
  | { readonly type: 'crash'; readonly who: Who; readonly at: CrashPoint | 'now' }
  | { readonly type: 'start'; readonly who: Who }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'send-outbox' }
  | { readonly type: 'stranger-guesses' }

const [alice, bob, mallory] = [person('alice'), person('bob'), person('mallory')]
const answerUnder = (psk: Psk): Uint8Array => hmacSha256(psk, join(ascii('answer'), bob.accountId, alice.accountId))
const CARRIERS: readonly Carrier[] = ['room', 'direct']

/** What each side has on its disk. */
interface Disks {
  readonly host: {
    readonly burned: boolean
    /** Hidden until `shown`. */
    readonly contact: { readonly accountId: Uint8Array; readonly psk: Psk; readonly shown: boolean } | undefined
  }
  readonly guest: {
    readonly burned: boolean
    /** Shown: its first message was opened. */
    readonly contact: { readonly accountId: Uint8Array; readonly psk: Psk } | undefined
    readonly outbox: Uint8Array | undefined
  }
}

const makeWorld = (seed: string, { directPossible = true, releasesFirst = false } = {}) => {
  const random = seededRandom(seed)
  let nowMs = PEOPLE_NOW_MS
  let disks: Disks = { host: { burned: false, contact: undefined }, guest: { burned: false, contact: undefined, outbox: undefined } }
  let hostState: HostState | undefined
  let guestState: GuestState | undefined
  const crashNext: { host: CrashPoint | undefined; guest: CrashPoint | undefined } = { host: undefined, guest: undefined }
  const up: Record<Carrier, boolean> = { room: false, direct: false }
  /** What is on its way to each side: frames, and the news that the other end is gone. */
  type Way = Record<Who, (Uint8Array | 'closed')[]>
  const lines: Record<Carrier, Way> = { room: { host: [], guest: [] }, direct: { host: [], guest: [] } }

  const violations: string[] = []
  const watch = (): void => {
    const { host, guest: other } = disks
    if (host.contact && !equal(host.contact.accountId, bob.accountId)) violations.push('the host stored somebody else')
    if (other.contact && !equal(other.contact.accountId, alice.accountId)) violations.push('the guest stored somebody else')
    if (other.contact && !host.contact) violations.push('the guest is shown a host who knows nothing')
    if (host.contact && other.contact && !equal(host.contact.psk, other.contact.psk)) violations.push('two keys')
    if (host.contact?.shown && !other.contact) violations.push('the host is shown a guest who did not answer')
  }

  const crash = (who: Who): void => {
    if (who === 'host') hostState = undefined
    else guestState = undefined
    crashNext[who] = undefined
    const other = who === 'host' ? 'guest' : 'host'
    for (const carrier of CARRIERS) {
      lines[carrier][who] = []
      // What had left before still arrives.
      if (up[carrier]) lines[carrier][other].push('closed')
      up[carrier] = false
    }
  }

  /** Load, step, commit, release. @returns whether the turn came to its end */
  const commit = (who: Who, changes: Disks, release: () => void): void => {
    const keepsMore = changes[who].burned !== disks[who].burned || changes[who].contact !== disks[who].contact
    const at = keepsMore ? crashNext[who] : undefined
    if (releasesFirst) release()
    if (at === 'before-commit') return crash(who)
    disks = changes
    watch()
    if (at === 'after-commit') return crash(who)
    if (!releasesFirst) release()
  }

  const hostTurn = (input: HostInput): void => {
    if (!hostState) return
    let step = stepHost(hostState, input, { nowMs, random })
    let contact = disks.host.contact
    const effects: HostEffect[] = [...step.effects]
    for (const effect of step.effects) {
      if (effect.type !== 'introduce') continue
      const { introduced, psk } = effect.verified
      contact = { accountId: introduced.accountId, psk, shown: false }
      const message = initialMessage(psk, alice.account.publicKey, introduced.accountKey)
      step = stepHost(
        step.state,
        { type: 'answer-ready', introduction: introductionOf(alice, 'Alice'), initialMessage: message },
        { nowMs, random },
      )
      effects.push(...step.effects)
    }
    hostState = step.state
    commit('host', { ...disks, host: { burned: disks.host.burned || step.state.burned, contact } }, () => effects.forEach(releaseHost))
  }

  const releaseHost = (effect: HostEffect): void => {
    if (effect.type === 'send' && up[effect.carrier]) lines[effect.carrier].guest.push(effect.frame)
    if (effect.type === 'evict-guest') breakLine('room')
    if (effect.type === 'close-carrier') breakLine(effect.carrier)
  }

  const guestTurn = (input: GuestInput): void => {
    if (!guestState) return
    const step = stepGuest(guestState, input, { nowMs, random })
    let { contact, outbox } = disks.guest
    for (const effect of step.effects) {
      if (effect.type !== 'paired' || !opens(effect.verified, bob.account.publicKey)) continue
      const { introduced, psk } = effect.verified
      contact = { accountId: introduced.accountId, psk }
      outbox = answerUnder(psk)
    }
    guestState = step.state
    const burned = disks.guest.burned || step.state.burned
    commit('guest', { ...disks, guest: { burned, contact, outbox } }, () => step.effects.forEach(releaseGuest))
  }

  const releaseGuest = (effect: GuestEffect): void => {
    if (effect.type === 'send' && up[effect.carrier]) lines[effect.carrier].host.push(effect.frame)
    if (effect.type === 'close-carrier') breakLine(effect.carrier)
  }

  const breakLine = (carrier: Carrier): void => {
    if (!up[carrier]) return
    up[carrier] = false
    lines[carrier] = { host: ['closed'], guest: ['closed'] }
    settle(carrier)
  }

  /** Both sides learn what became of the line before; frames that were still on it are gone. */
  const settle = (carrier: Carrier): void => {
    const { host, guest: other } = lines[carrier]
    lines[carrier] = { host: [], guest: [] }
    if (host.includes('closed')) hostTurn({ type: 'carrier-closed', carrier })
    if (other.includes('closed')) guestTurn({ type: 'carrier-closed', carrier })
  }

  const openLine = (carrier: Carrier): void => {
    if (up[carrier]) return
    settle(carrier)
    if (!hostState || !guestState || (carrier === 'direct' && !directPossible)) return
    up[carrier] = true
    const binding = bindingOf(carrier)
    guestTurn({ type: 'carrier-opened', carrier, binding })
    if (up[carrier]) hostTurn({ type: 'carrier-opened', carrier, binding })
  }

  const deliver = (to: Who, carrier: Carrier): boolean => {
    const frame = lines[carrier][to].shift()
    if (!frame) return false
    const input =
      frame === 'closed' ? ({ type: 'carrier-closed', carrier } as const) : ({ type: 'frame-received', carrier, frame } as const)
    if (to === 'host') hostTurn(input)
    else guestTurn(input)
    return true
  }

  const start = (who: Who): void => {
    const secret = secretOf(CODE)
    // A spent code is not shown again, nor typed again.
    if (who === 'host' && !hostState && !disks.host.burned)
      hostState = startHost({ secret, roomId: ROOM_ID, ourAccountKey: alice.account.publicKey, expiresAtMs: PEOPLE_NOW_MS + CODE_LIFE_MS })
    const idle = guestState === undefined || (guestState.phase === 'failed' && !guestState.burned)
    if (who === 'guest' && idle && !disks.guest.burned)
      guestState = startGuest({
        secret,
        roomId: ROOM_ID,
        ourAccountKey: bob.account.publicKey,
        introduction: introductionOf(bob, 'Bob'),
        directPossible,
        nowMs,
      })
  }

  const wait = (ms: number): void => {
    nowMs += ms
    hostTurn({ type: 'clock' })
    guestTurn({ type: 'clock' })
  }

  /** The relay carries it, whether or not a pairing is going on; a session is all that the host needs. */
  const sendOutbox = (): void => {
    const { contact } = disks.host
    if (disks.guest.outbox && contact && equal(disks.guest.outbox, answerUnder(contact.psk))) {
      disks = { ...disks, host: { ...disks.host, contact: { ...contact, shown: true } } }
      watch()
    }
  }

  /** Takes the guest's place on the room and tries a code. */
  const strangerGuesses = (): void => {
    breakLine('room')
    settle('room')
    if (!hostState) return
    const context = { roomId: ROOM_ID, carrier: 'room', binding: bindingOf('room') } as const
    up.room = true
    hostTurn({ type: 'carrier-opened', ...context })
    const [flight1] = lines.room.guest
    const introduction = introductionOf(mallory, 'Mallory')
    const made = flight1 instanceof Uint8Array && guest.guess({ secret: secretOf('999999'), context, flight1, introduction, random })
    lines.room.guest = []
    if (made && made.ok) hostTurn({ type: 'frame-received', carrier: 'room', frame: made.flight2 })
    up.room = false
    lines.room = { host: ['closed'], guest: [] }
    settle('room')
  }

  /** The relay does something to the frames that it has not yet passed on. */
  const deliverable = (to: Who, meddle: (frames: readonly Uint8Array[]) => readonly Uint8Array[]): void => {
    const waiting = lines.room[to]
    const frames = waiting.filter((item) => item !== 'closed')
    lines.room[to] = [...meddle(frames), ...waiting.filter((item) => item === 'closed')]
  }

  const apply = (fault: Fault): void => {
    switch (fault.type) {
      case 'deliver':
        deliver(fault.to, fault.carrier)
        return
      case 'lose':
        deliverable(fault.to, (frames) => frames.slice(1))
        return
      case 'double':
        deliverable(fault.to, (frames) => [...frames.slice(0, 1), ...frames])
        return
      case 'swap':
        deliverable(fault.to, (frames) => frames.toReversed())
        return
      case 'change':
        deliverable(fault.to, ([first, ...more]) =>
          first ? [first.map((byte, at) => (at === first.length >> 1 ? byte ^ 1 : byte)), ...more] : [],
        )
        return
      case 'open':
        openLine(fault.carrier)
        return
      case 'break':
        breakLine(fault.carrier)
        return
      case 'crash':
        if (fault.at === 'now') crash(fault.who)
        else crashNext[fault.who] = fault.at
        return
      case 'start':
        start(fault.who)
        return
      case 'wait':
        wait(fault.ms)
        return
      case 'send-outbox':
        sendOutbox()
        return
      case 'stranger-guesses':
        strangerGuesses()
    }
  }

  /** From here on nothing fails, and both people do what there is left to do. */
  const heal = (): void => {
    crashNext.host = undefined
    crashNext.guest = undefined
    // New lines: what a faulty one still held does not come.
    for (const carrier of CARRIERS) breakLine(carrier)
    for (let second = 0; second < 40; second++) {
      start('host')
      start('guest')
      for (const carrier of CARRIERS) openLine(carrier)
      while ((['host', 'guest'] as const).some((to) => CARRIERS.some((carrier) => deliver(to, carrier)))) {
        // Each delivery may put more frames on the way.
      }
      sendOutbox()
      wait(1_000)
    }
  }

  /** A frame from nobody, before all others. */
  const inject = (to: Who, frame: Uint8Array): void => {
    lines.room[to].unshift(frame)
    deliver(to, 'room')
  }

  return { apply, inject, heal, violations, disks: () => disks, isLive: () => nowMs + 60_000 < PEOPLE_NOW_MS + CODE_LIFE_MS }
}

const who = fc.constantFrom<Who>('host', 'guest')
const carrier = fc.constantFrom<Carrier>('room', 'direct')
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('deliver' as const), to: who, carrier }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('open' as const), carrier }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('break' as const), carrier }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('lose' as const, 'double' as const, 'swap' as const, 'change' as const), to: who }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('crash' as const),
      who,
      at: fc.constantFrom('now' as const, 'before-commit' as const, 'after-commit' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('start' as const), who }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(10, 1_000, 5_000, 16_000) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'send-outbox' } as const) },
  { weight: 1, arbitrary: fc.constant({ type: 'stranger-guesses' } as const) },
)

const BEGIN: readonly Fault[] = [
  { type: 'start', who: 'host' },
  { type: 'start', who: 'guest' },
  { type: 'open', carrier: 'room' },
]

const shown = ({ host, guest: other }: Disks) => ({ host: host.contact?.shown ?? false, guest: other.contact !== undefined })

test('whatever the lines and the sides do', () => {
  fc.assert(
    fc.property(fc.array(fault, { minLength: 4, maxLength: 40 }), fc.nat(), fc.boolean(), (faults, seed, directPossible) => {
      const world = makeWorld(String(seed), { directPossible })
      for (const one of [...BEGIN, ...faults]) world.apply(one)
      const before = world.disks()
      const wasPossible = world.isLive() && !before.host.burned && !before.guest.burned
      world.heal()
      expect(world.violations).toEqual([])
      const after = shown(world.disks())
      expect(after.host).toBe(after.guest)
      if (wasPossible) expect(after).toEqual({ host: true, guest: true })
    }),
  )
})

/** Bytes that get as far as they can: a good header, then anything, of a length that may be right. */
const hostileFrame = fc
  .tuple(fc.nat({ max: 6 }), fc.constantFrom(0, 1, 31, 48, 64, 1249, 1185, 1249 + 200), fc.uint8Array({ maxLength: 90 }))
  .map(([type, length, start]) => {
    const frame = new Uint8Array(3 + Math.max(length, start.length)).fill(4)
    frame.set([1, 1, type])
    frame.set(start, 3)
    return frame
  })

test('no bytes make a machine throw, and none spend a code but a guess that was looked at', () => {
  fc.assert(
    fc.property(hostileFrame, fc.boolean(), (frame, headless) => {
      const world = makeWorld('hostile', { directPossible: false })
      for (const one of BEGIN) world.apply(one)
      world.inject('host', headless ? frame.subarray(3) : frame)
      world.inject('guest', headless ? frame.subarray(3) : frame)
      const { host, guest: other } = world.disks()
      expect([host.contact, other.contact, other.burned]).toEqual([undefined, undefined, false])
      world.heal()
      expect(shown(world.disks())).toEqual({ host: !host.burned, guest: !host.burned })
    }),
  )
})

describe('the harness itself', () => {
  const deliver = (to: Who): Fault => ({ type: 'deliver', to, carrier: 'room' })
  const wait: Fault = { type: 'wait', ms: 1_000 }
  /** Up to the host's turn that answers. */
  const UNTIL_GUESS: readonly Fault[] = [...BEGIN, deliver('guest'), wait]
  const after = (faults: readonly Fault[], releasesFirst = false) => {
    const world = makeWorld('harness', { directPossible: false, releasesFirst })
    for (const one of faults) world.apply(one)
    world.heal()
    return world
  }

  test('pairs where nothing fails', () => {
    expect(shown(after(BEGIN).disks())).toEqual({ host: true, guest: true })
  })

  test('a host that crashes before the commit has answered nobody, and its code is still good for others', () => {
    const world = after([...UNTIL_GUESS, { type: 'crash', who: 'host', at: 'before-commit' }, deliver('host')])
    expect(shown(world.disks())).toEqual({ host: false, guest: false })
    expect(world.disks().host).toEqual({ burned: false, contact: undefined })
    expect(world.disks().guest.burned).toBe(true)
  })

  test('a host that crashes after the commit keeps a contact that is never shown', () => {
    const world = after([...UNTIL_GUESS, { type: 'crash', who: 'host', at: 'after-commit' }, deliver('host')])
    expect(shown(world.disks())).toEqual({ host: false, guest: false })
    expect(world.disks().host.contact?.shown).toBe(false)
    expect(world.violations).toEqual([])
  })

  test('a guest that crashes after the commit still answers, from its outbox', () => {
    const world = after([...UNTIL_GUESS, deliver('host'), { type: 'crash', who: 'guest', at: 'after-commit' }, deliver('guest')])
    expect(shown(world.disks())).toEqual({ host: true, guest: true })
  })

  test('a wrong guess is spent before anybody learns that it was wrong', () => {
    // Before the commit nothing was told; after it the code is gone for good, whatever else the crash takes.
    const crashing = (at: CrashPoint) => after([...BEGIN, { type: 'crash', who: 'host', at }, { type: 'stranger-guesses' }]).disks()
    expect(crashing('after-commit').host).toEqual({ burned: true, contact: undefined })
    expect(shown(crashing('before-commit'))).toEqual({ host: true, guest: true })
  })

  test('control: a host that lets go before it has committed leaves a guest with a contact who knows nothing', () => {
    const world = after([...UNTIL_GUESS, { type: 'crash', who: 'host', at: 'before-commit' }, deliver('host'), deliver('guest')], true)
    expect(world.violations).toContain('the guest is shown a host who knows nothing')
    expect(shown(world.disks())).toEqual({ host: false, guest: true })
  })
})
