// Attacks on a pairing, each played by an attacker against the real machines, and each with its control.
//
// Every decision by which a pairing refuses is a function of ./checks.ts (two more are in SPAKE2's own checks.ts). Here both
// files are wrapped: `without({ isLive: () => true }, ...)` runs something with exactly that decision left out, and nothing
// else of the code is touched. An attack is a function that says whether it succeeded. It must fail as things are and succeed
// once its check is out; where several checks stop it, each must stop it alone while all the others are out. What rests on
// fresh randomness has as its control a side whose randomness repeats. The last test sees that no check was forgotten.

import { describe, expect, test, vi } from 'vitest'
import { leavingOut } from '../../../test/support/leaving-out.ts'
import {
  bindingOf,
  CODE,
  connect,
  fingerprintOf,
  type GuestSide,
  guestSide,
  type HostSide,
  hostSide,
  introductionOf,
  onlyFrame,
  opens,
  ROOM_ID,
  secretOf,
  sent,
  type Wire,
} from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { chaCha20Poly1305 } from '../../crypto/aead.ts'
import { asSecret, concat, equal } from '../../crypto/bytes.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import { agree } from './agreement.ts'
import type * as checks from './checks.ts'
import { readFlight1, readFlight2, readFlight3, writeFlight1, writeFlight2, writeFlight3 } from './frames.ts'
import { CODE_LIFE_MS, GUEST_SILENCE_MS, guest, type HostEffect, host, tries } from './pairing.ts'

// ---- leaving checks out -----------------------------------------------------------------------------------------

interface Spake2Checks {
  readonly isReflected: (ours: Uint8Array, theirs: Uint8Array) => boolean
  readonly confirmationKeyOf: (role: 'A' | 'B', keys: Uint8Array) => Uint8Array
}
type Checks = typeof checks & Spake2Checks

vi.mock('./checks.ts', async (load) => (await import('../../../test/support/leaving-out.ts')).wrap(await load()))
vi.mock('../spake2/checks.ts', async (load) => (await import('../../../test/support/leaving-out.ts')).wrap(await load()))

const { attacked, real, stoppedBy, stoppedByEachOf } = leavingOut<Checks>()

/** The fields of the AAD with some of them emptied. */
const unbound = (blank: Partial<checks.AgreedRun>): Pick<Checks, 'boundFields'> => ({
  boundFields: (run) => real('boundFields')({ ...run, ...blank }),
})

const NOTHING: Uint8Array = new Uint8Array(0)
const isPaired = (of: GuestSide): boolean => of.paired.some((verified) => opens(verified, of.who.account.publicKey))
const isSpent = (of: HostSide): boolean => of.state.burned
const counted = (effects: readonly HostEffect[]): number => effects.filter(({ type }) => type === 'count-failure').length

test('undisturbed, both carriers pair', () => {
  for (const carrier of ['room', 'direct'] as const) {
    const [alice, bob] = [hostSide('alice'), guestSide('bob')]
    connect(alice, bob, carrier)
    expect(isPaired(bob)).toBe(true)
    expect(alice.introduced.map(({ introduced }) => introduced.accountId)).toEqual([bob.who.accountId])
  }
})

// ---- the line ---------------------------------------------------------------------------------------------------

describe('somebody sits on the line', () => {
  const seen = (guestCertificate: string, hostCertificate: string) =>
    concat(fingerprintOf(guestCertificate), fingerprintOf(hostCertificate))
  /** Two DTLS lines that end at the attacker, who passes every frame on as it is. */
  const tapped = (atHost: Uint8Array, atGuest: Uint8Array) => () => {
    const [alice, bob] = [hostSide('alice'), guestSide('bob')]
    connect(alice, bob, 'direct', { hostBinding: atHost, guestBinding: atGuest })
    return isPaired(bob)
  }

  test('with certificates of his own towards both', () =>
    stoppedBy(unbound({ binding: NOTHING }), tapped(seen('mallory', 'host'), seen('guest', 'mallory'))))

  test('with a certificate of his own towards the host, and the host’s towards the guest', () =>
    stoppedBy(
      { boundFields: (run) => real('boundFields')({ ...run, binding: run.binding.subarray(32) }) },
      tapped(seen('mallory', 'host'), seen('guest', 'host')),
    ))

  test('with a certificate of his own towards the guest, and the guest’s towards the host', () =>
    stoppedBy(
      { boundFields: (run) => real('boundFields')({ ...run, binding: run.binding.subarray(0, 32) }) },
      tapped(seen('guest', 'host'), seen('guest', 'mallory')),
    ))

  test('and carries the room’s flights over a direct line, which he ends himself', () =>
    stoppedBy(unbound({ carrier: 'room', binding: NOTHING }), () => {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      bob.take({ type: 'carrier-opened', carrier: 'direct', binding: seen('guest', 'mallory') })
      const flight1 = onlyFrame(alice.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING }))
      const flight2 = onlyFrame(bob.take({ type: 'frame-received', carrier: 'direct', frame: flight1 }))
      for (const { frame } of sent(alice.take({ type: 'frame-received', carrier: 'room', frame: flight2 })))
        bob.take({ type: 'frame-received', carrier: 'direct', frame })
      return isPaired(bob)
    }))

  test('and puts a KEM key of his own into the offer, to know half of every key', () =>
    stoppedBy(unbound({ encapsulationKey: NOTHING, ciphertext: NOTHING }), () => {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      const mallory = mlKem768.keyPair(seededRandom('mallory'))
      let takenKey = NOTHING
      connect(alice, bob, 'room', {
        wire: (frame, from) => {
          const [flight1, flight2] = [readFlight1(frame), readFlight2(frame)]
          if (from === 'host' && flight1.ok) {
            takenKey = flight1.value.encapsulationKey
            return writeFlight1({ ...flight1.value, encapsulationKey: mallory.encapsulationKey })
          }
          const again = mlKem768.encapsulate(takenKey, seededRandom('mallory'))
          return flight2.ok && again ? writeFlight2({ ...flight2.value, ciphertext: again.ciphertext }) : frame
        },
      })
      // Success: the confirmation did not notice. (The seal would, later.)
      return alice.state.phase !== 'failed' || alice.state.reason !== 'codes-differ'
    }))
})

describe('downgrade', () => {
  const rewritten =
    (offset: number): Wire =>
    (frame, from) => {
      const other = frame.slice()
      if (from === 'host') other[offset] = 9
      return other
    }
  const downgraded = (offset: number) => () => {
    const [alice, bob] = [hostSide('alice'), guestSide('bob')]
    connect(alice, bob, 'room', { wire: rewritten(offset) })
    return isPaired(bob)
  }
  const anyVersion = { speaks: () => true }

  test('of the version', () => stoppedByEachOf({ ...anyVersion, ...unbound({ version: 0 }) }, downgraded(0)))
  test('of the suite', () => stoppedByEachOf({ ...anyVersion, ...unbound({ suite: 0 }) }, downgraded(1)))

  test('another version is named as such, and costs neither side its code', () => {
    for (const offset of [0, 1]) {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      connect(alice, bob, 'room', { wire: rewritten(offset) })
      expect(bob.state).toEqual({ phase: 'failed', burned: false, reason: 'other-version' })
      expect(isSpent(alice)).toBe(false)
    }
  })
})

// ---- guessing ---------------------------------------------------------------------------------------------------

/** Joins as a guest with a guess, on the room. @returns what the host did about it */
const guessAt = (
  victim: HostSide,
  code: string,
  frameOf: (flight2: Uint8Array) => Uint8Array = (frame) => frame,
): readonly HostEffect[] => {
  const opened = sent(victim.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING }))
  const [offered] = opened
  if (!offered) return []
  const mallory = person('mallory')
  const context = { roomId: ROOM_ID, carrier: 'room', binding: NOTHING } as const
  const made = guest.guess({
    secret: secretOf(code),
    context,
    flight1: offered.frame,
    introduction: introductionOf(mallory, 'mallory'),
    random: seededRandom(code),
  })
  if (!made.ok) return expect.fail(made.reason)
  const effects = victim.take({ type: 'frame-received', carrier: 'room', frame: frameOf(made.flight2) })
  victim.take({ type: 'carrier-closed', carrier: 'room' })
  return effects
}

describe('guessing', () => {
  const GUESSES = ['111111', '222222', CODE]

  test('one code after the other against one that is shown', () =>
    stoppedBy({ spendsCode: () => false }, () => {
      const alice = hostSide('alice')
      for (const code of GUESSES) guessAt(alice, code)
      return alice.introduced.length > 0
    }))

  test('one code after the other against one that was typed, by offering again', () =>
    stoppedBy({ mayGuess: () => true }, () => {
      const bob = guestSide('bob')
      bob.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
      return GUESSES.some((code) => {
        const context = { roomId: ROOM_ID, carrier: 'room', binding: NOTHING } as const
        const { state, flight1 } = host.offer({ secret: secretOf(code), context, random: seededRandom(`offer ${code}`) })
        const [answer] = sent(bob.take({ type: 'frame-received', carrier: 'room', frame: flight1 }))
        const read = answer && readFlight2(answer.frame)
        if (!read?.ok) return false
        // The attacker's own test of his guess: does cA fit?
        const { encapsulationKey } = state.kem
        const run = { version: 1, suite: 1, ...context, encapsulationKey, ciphertext: read.value.ciphertext }
        const agreed = agree(state.spake2, read.value.share, run)
        return agreed.ok && equal(agreed.outcome.theirConfirmation, read.value.confirmation)
      })
    }))

  test('without being counted, by a confirmation that nobody compares', () =>
    stoppedBy({ confirms: () => true }, () => counted(guessAt(hostSide('alice'), '111111')) === 0))

  test('at one code after the other that a patient person shows, all day long', () => {
    const dayMs = 86_400_000
    /** @returns guesses that the attacker had in a day, finding each room by its number; nobody confirms anything */
    const guessesInADay = (): number => {
      let [state, guesses] = [tries.none, 0]
      for (let nowMs = PEOPLE_NOW_MS; nowMs < PEOPLE_NOW_MS + dayMs; nowMs += 30_000) {
        if (tries.standing(state, nowMs).type !== 'free') continue
        guesses += 1
        state = tries.failed(state, nowMs)
      }
      return guesses
    }
    stoppedBy({ reaches: () => false }, () => guessesInADay() > 10)
    expect(guessesInADay()).toBe(10)
  })

  test('after the code’s time', () =>
    stoppedBy({ isLive: () => true }, () => {
      const alice = hostSide('alice')
      alice.nowMs += CODE_LIFE_MS
      guessAt(alice, CODE)
      return alice.introduced.length > 0
    }))

  test('after the code’s time, with an offer that was made within it', () =>
    stoppedBy({ isLive: () => true }, () => {
      const alice = hostSide('alice')
      guessAt(alice, CODE, (frame) => {
        alice.nowMs += CODE_LIFE_MS
        return frame
      })
      return alice.introduced.length > 0
    }))
})

// ---- places -----------------------------------------------------------------------------------------------------

describe('places', () => {
  test('somebody joins and says nothing, so that nobody else can', () =>
    stoppedBy({ isOverdue: () => false }, () => {
      const alice = hostSide('alice')
      alice.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
      for (; alice.nowMs < PEOPLE_NOW_MS + CODE_LIFE_MS - 1_000; alice.nowMs += 1_000) {
        const evicted = alice.take({ type: 'clock' }).some(({ type }) => type === 'evict-guest')
        if (!evicted) continue
        expect(alice.nowMs).toBe(PEOPLE_NOW_MS + GUEST_SILENCE_MS)
        expect(isSpent(alice)).toBe(false)
        const bob = guestSide('bob', { nowMs: alice.nowMs })
        connect(alice, bob, 'room')
        return !isPaired(bob)
      }
      return true
    }))

  test.each(['room', 'direct'] as const)('a third joins on the %s while two are at it', (carrier) =>
    stoppedBy({ isPlaceFree: () => true }, () => {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      connect(alice, bob, carrier, {
        wire: (frame, from) => {
          // Bob's guess is on its way when the third one comes.
          if (from === 'guest') alice.take({ type: 'carrier-opened', carrier, binding: bindingOf(carrier, 'third') })
          return frame
        },
      })
      return !isPaired(bob)
    }),
  )
})

// ---- echoes -----------------------------------------------------------------------------------------------------

describe('echoes', () => {
  test('the host’s own share comes back', () =>
    // M and N differ, so the echo never gets a key; the check keeps it from costing the code.
    stoppedBy({ isReflected: () => false }, () => {
      const alice = hostSide('alice')
      guessAt(alice, '111111', (frame) => {
        const [flight1, flight2] = [readFlight1(onlyFrame(alice.effects)), readFlight2(frame)]
        if (!flight1.ok || !flight2.ok) return expect.fail('not the flights')
        return writeFlight2({ ...flight2.value, share: flight1.value.share })
      })
      return isSpent(alice)
    }))

  test('the guest’s own confirmation and introduction come back', () =>
    stoppedByEachOf(
      {
        confirmationKeyOf: (_role, keys) => keys.subarray(0, 16),
        sealingContext: () => real('sealingContext')('pairing', 2),
        bearsMessage: () => true,
        isSomebodyElse: () => true,
      },
      () => {
        const bob = guestSide('bob')
        // He does not know the code: any offer will do.
        connect(hostSide('mallory', { code: '111111' }), bob, 'room', {
          wire: (frame, from) => {
            const flight2 = readFlight2(frame)
            if (from === 'guest' && flight2.ok) bob.take({ type: 'frame-received', carrier: 'room', frame: writeFlight3(flight2.value) })
            return from === 'guest' ? undefined : frame
          },
        })
        return bob.paired.length > 0
      },
    ))

  test('one pairs with oneself', () =>
    stoppedBy({ isSomebodyElse: () => true }, () => {
      const [alice, alsoAlice] = [hostSide('alice'), guestSide('alice')]
      connect(alice, alsoAlice, 'room')
      return alice.introduced.length > 0
    }))
})

// ---- strangers --------------------------------------------------------------------------------------------------

test('a stranger’s introduction is passed on as the attacker’s own', () =>
  stoppedBy({ pskOf: () => real('pskOf')(asSecret<'PairingShared'>(new Uint8Array(48))) }, () => {
    // Mallory met Steve, who introduced himself, and knows Victor's code. He gives Victor Steve's introduction ...
    const [victor, steve] = [hostSide('victor'), person('steve')]
    const asSteve = guestSide('mallory', { introduction: introductionOf(steve, 'steve') })
    let victorsAnswer: ReturnType<typeof guest.receiveAnswer> | undefined
    connect(victor, asSteve, 'room', {
      wire: (frame, from) => {
        if (from === 'host' && asSteve.state.phase === 'guessed')
          victorsAnswer = guest.receiveAnswer(asSteve.state.guessed, frame, {
            ourAccountKey: person('mallory').account.publicKey,
            nowMs: PEOPLE_NOW_MS,
          })
        return frame
      },
    })
    if (!victorsAnswer?.ok) return expect.fail('Victor must have answered')
    const { initialMessage } = victorsAnswer.verified
    // ... and Steve, with whom he pairs again as a host, Victor's introduction with Victor's first message to Steve.
    const context = { roomId: ROOM_ID, carrier: 'room', binding: NOTHING } as const
    const steveTypes = guestSide('steve')
    steveTypes.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
    const { state, flight1 } = host.offer({ secret: secretOf(CODE), context, random: seededRandom('mallory hosts') })
    const flight2 = onlyFrame(steveTypes.take({ type: 'frame-received', carrier: 'room', frame: flight1 }))
    const received = host.receiveGuess(state, flight2, { ourAccountKey: person('mallory').account.publicKey, nowMs: PEOPLE_NOW_MS })
    if (!received.ok) return expect.fail(received.reason)
    const { flight3 } = host.answer(received.state, { introduction: introductionOf(victor.who, 'victor'), initialMessage })
    steveTypes.take({ type: 'frame-received', carrier: 'room', frame: flight3 })
    expect(steveTypes.paired).toHaveLength(1)
    return isPaired(steveTypes)
  }))

// ---- order ------------------------------------------------------------------------------------------------------

describe('order', () => {
  test('both show: a relay gives each the other’s offer', () =>
    stoppedBy({ isAwaited: () => true }, () => {
      const [alice, bob] = [hostSide('alice'), hostSide('bob', { code: '777777', roomId: new Uint8Array(16).fill(7) })]
      const [fromAlice, fromBob] = [alice, bob].map((side) =>
        onlyFrame(side.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })),
      )
      alice.take({ type: 'frame-received', carrier: 'room', frame: fromBob ?? NOTHING })
      bob.take({ type: 'frame-received', carrier: 'room', frame: fromAlice ?? NOTHING })
      expect(isSpent(alice)).toBe(isSpent(bob))
      if (isSpent(alice)) return true
      // Nothing was lost: both codes are still good.
      const guests = [guestSide('carol'), guestSide('dave', { code: '777777', roomId: new Uint8Array(16).fill(7) })] as const
      connect(alice, guests[0], 'room')
      connect(bob, guests[1], 'room')
      expect(guests.map(isPaired)).toEqual([true, true])
      return false
    }))

  test('both type: a relay gives one the other’s guess, with a KEM key put in', () =>
    stoppedBy({ isAwaited: () => true }, () => {
      const [bob, carol] = [guestSide('bob'), guestSide('carol')]
      // Without a host nobody says anything, so the relay must offer to one of them first.
      let guessOfBob = NOTHING
      connect(hostSide('mallory', { code: '111111' }), bob, 'room', {
        wire: (frame, from) => {
          if (from === 'guest') guessOfBob = frame
          return from === 'guest' ? undefined : frame
        },
      })
      const flight2 = readFlight2(guessOfBob)
      if (!flight2.ok) return expect.fail('Bob must have guessed')
      const { encapsulationKey } = mlKem768.keyPair(seededRandom('relay'))
      carol.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
      carol.take({
        type: 'frame-received',
        carrier: 'room',
        frame: concat(guessOfBob.subarray(0, 3), flight2.value.share, encapsulationKey),
      })
      return carol.state.burned
    }))

  test('both type: the other’s share in an offer gives two guests no key, though both know the code', () => {
    const [bob, carol] = [guestSide('bob'), guestSide('carol')]
    let offerToCarol = NOTHING
    connect(hostSide('mallory', { code: '111111' }), bob, 'room', {
      wire: (frame, from) => {
        const flight2 = readFlight2(frame)
        const { encapsulationKey } = mlKem768.keyPair(seededRandom('relay'))
        if (from === 'guest' && flight2.ok) offerToCarol = writeFlight1({ share: flight2.value.share, encapsulationKey })
        return from === 'guest' ? undefined : frame
      },
    })
    carol.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
    const flight2 = readFlight2(onlyFrame(carol.take({ type: 'frame-received', carrier: 'room', frame: offerToCarol })))
    if (!flight2.ok) return expect.fail('Carol must have guessed')
    bob.take({ type: 'frame-received', carrier: 'room', frame: writeFlight3(flight2.value) })
    expect(bob.state).toMatchObject({ phase: 'failed', reason: 'codes-differ' })
    expect(carol.paired).toEqual([])
  })

  test('reordered: an answer comes where the guess belongs', () =>
    stoppedBy({ isAwaited: () => true }, () => {
      const alice = hostSide('alice')
      guessAt(alice, '111111', (frame) => {
        const flight3 = writeFlight3({ confirmation: new Uint8Array(32), sealed: NOTHING })
        return concat(flight3.subarray(0, 3), frame.subarray(3))
      })
      return isSpent(alice)
    }))

  test('duplicated: the offer comes twice, for a second guess', () =>
    stoppedBy({ mayGuess: () => true }, () => {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      bob.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
      const flight1 = onlyFrame(alice.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING }))
      const guesses = [flight1, flight1].flatMap((frame) => sent(bob.take({ type: 'frame-received', carrier: 'room', frame })))
      return guesses.length > 1
    }))

  test('duplicated: a good guess or answer that comes again does nothing', () => {
    const [alice, bob] = [hostSide('alice'), guestSide('bob')]
    const seen: [Uint8Array, 'host' | 'guest'][] = []
    connect(alice, bob, 'room', { wire: (frame, from) => (seen.push([frame, from]), frame) })
    const [hostState, guestState] = [alice.state, bob.state]
    for (const [frame, from] of seen) {
      const input = { type: 'frame-received', carrier: 'room', frame } as const
      expect(from === 'guest' ? alice.take(input) : bob.take(input)).toEqual([])
    }
    expect([alice.state, bob.state]).toEqual([hostState, guestState])
    expect([alice.introduced.length, bob.paired.length]).toEqual([1, 1])
  })
})

describe('a recorded run', () => {
  const recorded = (() => {
    const [alice, bob] = [hostSide('alice', { random: seededRandom('then') }), guestSide('bob', { random: seededRandom('then') })]
    const frames: Uint8Array[] = []
    connect(alice, bob, 'room', { wire: (frame) => (frames.push(frame), frame) })
    const [flight1 = NOTHING, flight2 = NOTHING, flight3 = NOTHING] = frames
    return { flight1, flight2, flight3 }
  })()

  const replayedToHost = (random: string): boolean => {
    const alice = hostSide('alice', { random: seededRandom(random) })
    alice.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
    alice.take({ type: 'frame-received', carrier: 'room', frame: recorded.flight2 })
    return alice.introduced.length > 0
  }
  const replayedToGuest = (random: string): boolean => {
    const bob = guestSide('bob', { random: seededRandom(random) })
    bob.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
    for (const frame of [recorded.flight1, recorded.flight3]) bob.take({ type: 'frame-received', carrier: 'room', frame })
    return isPaired(bob)
  }

  test('is played to a host who shows the same code again', () => {
    expect(replayedToHost('now')).toBe(false)
    expect(replayedToHost('then'), 'control: the scalar of the first run again').toBe(true)
  })
  test('is played to a guest who types the same code again', () => {
    expect(replayedToGuest('now')).toBe(false)
    expect(replayedToGuest('then'), 'control: the scalar of the first run again').toBe(true)
  })
})

// ---- lengths ----------------------------------------------------------------------------------------------------

describe('lengths', () => {
  test('truncated: the end of the host’s first message is cut off', () => {
    /** Deciphers without looking at the tag. */
    const untagged: Checks['opened'] = (key, sealedText, ad) => {
      const length = sealedText.length - 16
      const keystream = chaCha20Poly1305.seal(key, new Uint8Array(12), new Uint8Array(length), ad)
      return sealedText.slice(0, length).map((byte, i) => byte ^ (keystream[i] ?? 0))
    }
    stoppedBy({ opened: untagged }, () => {
      const [alice, bob] = [hostSide('alice'), guestSide('bob')]
      connect(alice, bob, 'room', { wire: (frame, from) => (from === 'host' && readFlight3(frame).ok ? frame.subarray(0, -10) : frame) })
      return bob.paired.some(({ initialMessage }) => initialMessage.length === 22)
    })
  })

  test('truncated: no beginning of a flight is taken for it', () => {
    const frames: Uint8Array[] = []
    connect(hostSide('alice'), guestSide('bob'), 'room', { wire: (frame) => (frames.push(frame), frame) })
    const [flight1 = NOTHING, flight2 = NOTHING, flight3 = NOTHING] = frames
    const cuts = (frame: Uint8Array, before: number) => Array.from({ length: Math.ceil(before / 13) }, (_, i) => frame.subarray(0, i * 13))

    for (const frame of [...cuts(flight1, flight1.length), flight1.subarray(0, -1), concat(flight1, Uint8Array.of(0))]) {
      const bob = guestSide('bob')
      bob.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
      expect(sent(bob.take({ type: 'frame-received', carrier: 'room', frame }))).toEqual([])
      expect(bob.state.burned).toBe(false)
    }
    const offering = hostSide('alice')
    offering.take({ type: 'carrier-opened', carrier: 'room', binding: NOTHING })
    for (const frame of cuts(flight2, 3 + 65 + 1088 + 32)) {
      const alice = hostSide('alice')
      alice.state = offering.state
      alice.take({ type: 'frame-received', carrier: 'room', frame })
      expect(alice.state).toMatchObject({ phase: 'offering', burned: false, lines: [] })
    }
    expect(flight3.length).toBeGreaterThan(3 + 32)
    for (const frame of cuts(flight3, 3 + 32)) expect(readFlight3(frame)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('oversized: a guess with a tail that no frame can have', () =>
    stoppedBy({ fits: () => true }, () => {
      const alice = hostSide('alice')
      guessAt(alice, '111111', (frame) => concat(frame, new Uint8Array(1 << 20)))
      return isSpent(alice)
    }))
})

test('every check has been attacked', async () => {
  const files = [await vi.importActual<object>('./checks.ts'), await vi.importActual<object>('../spake2/checks.ts')]
  const functions = files.flatMap((file) => Object.entries(file).filter(([, value]) => typeof value === 'function'))
  // `sealed` makes what `opened` reads; it decides nothing.
  // What tells one kind of code from another is attacked in link-attacks.test.ts.
  const names = functions.map(([name]) => name).filter((name) => name !== 'sealed' && name !== 'identitiesOf')
  expect([...attacked].sort()).toEqual(names.sort())
})
