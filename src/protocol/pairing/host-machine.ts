// The host's run from the shown code to the answer (docs/protocols/pairing.md, The host): which offer went where, who may
// guess, when the code is spent. Pure: carriers, clock and the session behind the answer are inputs. Whoever runs it keeps
// the state in memory, and commits what a turn changed (the burn mark above all) before its effects are released.
//
//               carrier opened: flight 1                                        carrier opened, or the chosen one
//               silent or bad:  closed                                          closed: flight 3 once more
//                   ┌──────┐                                                          ┌──────┐
//                   │      ▼                                                          │      ▼
//   start ──────▶ offering ──flight 2, verified──▶ introducing ──answer ready──▶ answered
//                   │                                   (burned)    flight 3        (burned)
//                   │            └── where the ceremony goes on: talking (burned), as drawn in talk.ts
//                   ├── expired, cancelled ─────────▶ failed
//                   └── a guess that differs ───────▶ failed (burned)

import type { Random } from '../../crypto/random.ts'
import type { Ceremony } from './ceremony.ts'
import { type Carrier, isLive, isOverdue, isPlaceFree } from './checks.ts'
import { GUEST_SILENCE_MS, type PairingSecret } from './code.ts'
import type { CodeKind } from './code-kinds.ts'
import { refusalFrame, writeRendezvous } from './frames.ts'
import { answer, type HostOffered, type HostVerified, offer, receiveSealedGuess } from './host.ts'
import { type Introduction, introductions, type SaidIntroduction } from './introduction.ts'
import { startTalk, stepTalk, type TalkEffect, type TalkFailure, type TalkState } from './talk.ts'

/** One carrier with somebody on it, and the offer that only he was sent. */
interface HostLine {
  readonly carrier: Carrier
  readonly offered: HostOffered
  /** When the place is lost without a guess. */
  readonly silentAtMs: number
}

export type HostFailure = 'codes-differ' | 'own-code' | 'bad-introduction' | 'expired' | 'cancelled' | TalkFailure

export type HostState<Said = SaidIntroduction> =
  | {
      readonly phase: 'offering'
      readonly burned: false
      readonly secret: PairingSecret
      readonly roomId: Uint8Array
      readonly ceremony: Ceremony<Said>
      readonly expiresAtMs: number
      /** Under which the host can be dialled, while it can. */
      readonly peerId: string | undefined
      readonly lines: readonly HostLine[]
    }
  | {
      readonly phase: 'introducing'
      readonly burned: true
      readonly carrier: Carrier
      readonly verified: HostVerified<Said>
      readonly open: readonly Carrier[]
    }
  | {
      readonly phase: 'answered'
      readonly burned: true
      /** On which flight 3 left last. */
      readonly carrier: Carrier
      /** The same bytes each time; only the guest of this run can open it. */
      readonly flight3: Uint8Array
      readonly open: readonly Carrier[]
    }
  | TalkState<Said>
  | { readonly phase: 'failed'; readonly burned: boolean; readonly reason: HostFailure }

export type HostInput =
  /** Somebody is there: the room's second place was taken, or a direct line opened. `binding` as in {@link PairingContext}. */
  | { readonly type: 'carrier-opened'; readonly carrier: Carrier; readonly binding: Uint8Array }
  | { readonly type: 'carrier-closed'; readonly carrier: Carrier }
  /** The other side left the room: the room's carrier closed. */
  | { readonly type: 'peer-left' }
  | { readonly type: 'frame-received'; readonly carrier: Carrier; readonly frame: Uint8Array }
  /** We can be dialled under this id now, or no longer. */
  | { readonly type: 'peer-ready'; readonly peerId: string }
  | { readonly type: 'peer-lost' }
  /** The answer to the effect `introduce`. */
  | { readonly type: 'answer-ready'; readonly introduction: Introduction; readonly initialMessage: Uint8Array }
  /** The answer to the effect `heard`. */
  | { readonly type: 'say'; readonly contents: Uint8Array }
  | { readonly type: 'clock' }
  | { readonly type: 'cancelled' }

export type HostEffect<Said = SaidIntroduction> =
  | { readonly type: 'send'; readonly carrier: Carrier; readonly frame: Uint8Array }
  /** The place is taken: close the carrier that just opened, keep the one before it. */
  | { readonly type: 'refuse-carrier'; readonly carrier: Carrier }
  | { readonly type: 'close-carrier'; readonly carrier: 'direct' }
  /** Frees the guest's place in the room. */
  | { readonly type: 'evict-guest' }
  | { readonly type: 'count-failure' }
  /** Make the session under the guest's bundle and give `answer-ready`, in one commit with the hidden contact and the burn mark. */
  | { readonly type: 'introduce'; readonly verified: HostVerified<Said> }
  | Exclude<TalkEffect<Said>, { type: 'failed' }>
  | { readonly type: 'failed'; readonly reason: HostFailure }

/** What a step needs of the world. */
export interface Surroundings {
  readonly nowMs: number
  readonly random: Random
}

type Step<Said> = { readonly state: HostState<Said>; readonly effects: readonly HostEffect<Said>[] }
type Offering<Said> = Extract<HostState<Said>, { phase: 'offering' }>
type Answered = Extract<HostState, { phase: 'answered' }>

/**
 * @param input.expiresAtMs when the code was first shown plus {@link CODE_LIFE_MS}, or the end of the relay's room, if earlier
 */
export const startHost = ({
  ourAccountKey,
  ...input
}: {
  readonly secret: PairingSecret
  readonly roomId: Uint8Array
  readonly ourAccountKey: Uint8Array
  readonly expiresAtMs: number
}): HostState => hostCeremony({ ceremony: introductions(ourAccountKey), ...input })

/** The same for any kind of code. */
export const hostCeremony = <Said>(input: {
  readonly ceremony: Ceremony<Said>
  readonly secret: PairingSecret
  readonly roomId: Uint8Array
  readonly expiresAtMs: number
}): HostState<Said> => ({ phase: 'offering', burned: false, peerId: undefined, lines: [], ...input })

/** When `clock` must come at the latest; undefined where time changes nothing any more. */
export const hostWakeAtMs = <Said>(state: HostState<Said>): number | undefined => {
  if (state.phase === 'talking') return state.endsAtMs
  return state.phase === 'offering' ? Math.min(state.expiresAtMs, ...state.lines.map(({ silentAtMs }) => silentAtMs)) : undefined
}

/** Takes one input. What a phase does not expect leaves it as it is. */
export const stepHost = <Said = SaidIntroduction>(state: HostState<Said>, input: HostInput, surroundings: Surroundings): Step<Said> => {
  switch (state.phase) {
    case 'offering':
      return stepOffering(state, input, surroundings)
    case 'introducing':
      if (input.type === 'answer-ready') return sendAnswer(state, input)
      return same({ ...state, open: openAfter(state.open, input) })
    case 'answered':
      return stepAnswered(state, input)
    case 'talking':
      if (input.type === 'peer-ready' || input.type === 'peer-lost' || input.type === 'answer-ready') return same(state)
      return stepTalk(state, input, surroundings.nowMs)
    case 'linked':
    case 'failed':
      return same(state)
  }
}

const same = <Said>(state: HostState<Said>): Step<Said> => ({ state, effects: [] })

const stepOffering = <Said>(state: Offering<Said>, input: HostInput, { nowMs, random }: Surroundings): Step<Said> => {
  switch (input.type) {
    case 'carrier-opened':
      return openLine(state, input, { nowMs, random })
    case 'carrier-closed':
      return same(withoutLine(state, input.carrier))
    case 'peer-left':
      return same(withoutLine(state, 'room'))
    case 'frame-received':
      return receive(state, input, nowMs)
    case 'peer-ready':
      return {
        state: { ...state, peerId: input.peerId },
        effects: isPlaceFree(carriersOf(state), 'room') ? [] : [rendezvous(state, input.peerId)],
      }
    case 'peer-lost':
      return same({ ...state, peerId: undefined })
    case 'clock': {
      if (!isLive(state.expiresAtMs, nowMs)) return fail(state, 'expired', false)
      const overdue = state.lines.filter(({ silentAtMs }) => isOverdue(silentAtMs, nowMs))
      return {
        state: { ...state, lines: state.lines.filter((line) => !overdue.includes(line)) },
        effects: overdue.flatMap(({ carrier }) => dismiss(state, carrier)),
      }
    }
    case 'cancelled':
      return fail(state, 'cancelled', false)
    case 'answer-ready':
    case 'say':
      return same(state)
  }
}

const carriersOf = ({ lines }: { readonly lines: readonly HostLine[] }): readonly Carrier[] => lines.map(({ carrier }) => carrier)

const withoutLine = <Said>(state: Offering<Said>, carrier: Carrier): Offering<Said> => ({
  ...state,
  lines: state.lines.filter((line) => line.carrier !== carrier),
})

type OfKind = { readonly ceremony: { readonly kind: CodeKind } }

const rendezvous = ({ ceremony }: OfKind, peerId: string): HostEffect<never> => ({
  type: 'send',
  carrier: 'room',
  frame: writeRendezvous({ peerId }, ceremony.kind),
})

/** Each guest on each carrier gets a flight 1 of its own, with scalars that nobody else was sent. */
const openLine = <Said>(
  state: Offering<Said>,
  { carrier, binding }: { readonly carrier: Carrier; readonly binding: Uint8Array },
  { nowMs, random }: Surroundings,
): Step<Said> => {
  if (!isLive(state.expiresAtMs, nowMs)) return fail(state, 'expired', false)
  if (!isPlaceFree(carriersOf(state), carrier)) return { state, effects: [{ type: 'refuse-carrier', carrier }] }
  const context = { roomId: state.roomId, carrier, binding }
  const { state: offered, flight1 } = offer({ secret: state.secret, context, random, kind: state.ceremony.kind })
  const line: HostLine = { carrier, offered, silentAtMs: nowMs + GUEST_SILENCE_MS }
  return {
    state: { ...state, lines: [...withoutLine(state, carrier).lines, line] },
    effects: [
      ...(carrier === 'room' && state.peerId !== undefined ? [rendezvous(state, state.peerId)] : []),
      { type: 'send', carrier, frame: flight1 },
    ],
  }
}

const receive = <Said>(
  state: Offering<Said>,
  { carrier, frame }: { readonly carrier: Carrier; readonly frame: Uint8Array },
  nowMs: number,
): Step<Said> => {
  const line = state.lines.find((one) => one.carrier === carrier)
  if (!line) return same(state)
  if (!isLive(state.expiresAtMs, nowMs)) return fail(state, 'expired', false)

  const received = receiveSealedGuess(line.offered, frame, { ceremony: state.ceremony, nowMs })
  if (received.ok) return believe(state, carrier, received.state, nowMs)
  if (received.burns) return fail(state, burning(received.reason), true)
  return { state: withoutLine(state, carrier), effects: dismiss(state, carrier) }
}

const believe = <Said>(state: Offering<Said>, carrier: Carrier, verified: HostVerified<Said>, nowMs: number): Step<Said> => {
  // A direct line that the guest did not choose may be somebody else's; the room stays, in case the chosen line breaks.
  const open = carriersOf(state).filter((one) => one === carrier || one === 'room')
  const dismissed = carriersOf(state)
    .filter((one) => !open.includes(one))
    .flatMap((one) => dismiss(state, one))
  const { ceremony } = state
  if (ceremony.lastFlight === 3) {
    const introducing: HostState<Said> = { phase: 'introducing', burned: true, carrier, verified, open }
    return { state: introducing, effects: [...dismissed, { type: 'introduce', verified }] }
  }
  const { keys, confirmation } = verified
  const talk = startTalk({ ceremony, keys, confirmation, carrier, open, flight: 2, said: undefined, heard: verified, nowMs })
  return { state: talk.state, effects: [...dismissed, ...talk.effects] }
}

const burning = (reason: string): HostFailure => (reason === 'own-code' || reason === 'bad-introduction' ? reason : 'codes-differ')

/** Ends a carrier: the same frame whatever the reason. */
const dismiss = ({ ceremony }: OfKind, carrier: Carrier): readonly HostEffect<never>[] => [
  { type: 'send', carrier, frame: refusalFrame(ceremony.kind) },
  carrier === 'room' ? { type: 'evict-guest' } : { type: 'close-carrier', carrier },
]

const fail = <Said>(state: Offering<Said>, reason: HostFailure, burned: boolean): Step<Said> => ({
  state: { phase: 'failed', burned, reason },
  effects: [
    ...carriersOf(state).flatMap((carrier) => dismiss(state, carrier)),
    // Only wrong codes are guesses; the other two came from somebody who knew the code.
    ...(reason === 'codes-differ' ? [{ type: 'count-failure' } as const] : []),
    { type: 'failed', reason },
  ],
})

// ---- after the guess --------------------------------------------------------------------------------------------

const openAfter = (open: readonly Carrier[], input: HostInput): readonly Carrier[] => {
  if (input.type === 'carrier-opened') return [...open.filter((one) => one !== input.carrier), input.carrier]
  if (input.type === 'carrier-closed') return open.filter((one) => one !== input.carrier)
  if (input.type === 'peer-left') return open.filter((one) => one !== 'room')
  return open
}

const sendAnswer = <Said>(
  { verified, carrier, open }: Extract<HostState<Said>, { phase: 'introducing' }>,
  input: { readonly introduction: Introduction; readonly initialMessage: Uint8Array },
): Step<Said> => resend({ phase: 'answered', burned: true, carrier, flight3: answer(verified, input).flight3, open }, carrier)

/** On the carrier that is wished for, or on any; where none is open, flight 3 waits for one. */
const resend = <Said>(state: Answered, wished: Carrier): Step<Said> => {
  const carrier = state.open.includes(wished) ? wished : state.open[0]
  if (carrier === undefined) return same(state)
  return { state: { ...state, carrier }, effects: [{ type: 'send', carrier, frame: state.flight3 }] }
}

/** The guest may have lost its line before flight 3 reached it. The same bytes again harm nobody and help only this guest. */
const stepAnswered = <Said>(state: Answered, input: HostInput): Step<Said> => {
  const after = { ...state, open: openAfter(state.open, input) }
  if (input.type === 'carrier-opened') return resend(after, input.carrier)
  return state.open.includes(state.carrier) && !after.open.includes(state.carrier) ? resend(after, state.carrier) : same(after)
}
