// The guest's run from the typed code to the answer (docs/protocols/pairing.md, The guest): which offer is taken, when the
// one guess leaves, how long an answer is waited for. Pure like host-machine.ts, and run by the same rules.
//
//               flight 1 on the room: kept;
//               rendezvous: dial
//                   ┌──────┐
//                   │      ▼
//   start ──────▶ waiting ──flight 1 direct, or 1 s without──▶ guessed ──flight 3, verified──▶ paired
//                   │             flight 2 (burned)               │                           (burned)
//                   │                                             ├── where the ceremony goes on: talking (burned), see talk.ts
//                   │                                             └── refused, differs, silent ──▶ failed (burned)
//                   └── silent, another version or kind, cancelled ─────▶ failed

import type { Ceremony } from './ceremony.ts'
import { type Carrier, isAwaited, isOverdue, isPlaceFree, mayGuess, type PairingRefusal } from './checks.ts'
import { ANSWER_WAIT_MS, DIRECT_WAIT_MS, HOST_SILENCE_MS, type PairingSecret } from './code.ts'
import { type CodeKind, kindOfSuite } from './code-kinds.ts'
import { readHeader, readRefusal, readRendezvous } from './frames.ts'
import { type GuestGuessed, type GuestVerified, receiveSealedAnswer, sealGuess } from './guest.ts'
import type { Surroundings } from './host-machine.ts'
import { type Introduction, introductions, type SaidIntroduction, writeIntroduction } from './introduction.ts'
import { startTalk, stepTalk, type TalkEffect, type TalkFailure, type TalkState } from './talk.ts'

/** What the person typed and what goes into the guess. */
interface GuestEntry<Said> {
  readonly ceremony: Ceremony<Said>
  readonly secret: PairingSecret
  readonly roomId: Uint8Array
  /** Sealed in the guess. */
  readonly contents: Uint8Array
}

interface GuestLine {
  readonly carrier: Carrier
  readonly binding: Uint8Array
  /** The offer that came on it, not yet looked into. */
  readonly flight1: Uint8Array | undefined
}

/**
 * `nobody-there`: no sign of a host. `other-side-left`: there was one, and it went, fell silent or sent what no host sends.
 * Where the guess had left before, `burned` says so.
 */
export type GuestFailure =
  | 'nobody-there'
  | 'other-side-left'
  | 'other-version'
  /** The code is good for something else: which, is told by what the host offered. */
  | 'code-for-pairing'
  | 'code-for-linking'
  /** Both are the main device, or both are new. */
  | 'same-role'
  | 'codes-differ'
  | 'own-code'
  | TalkFailure

export type GuestState<Said = SaidIntroduction> =
  | {
      readonly phase: 'waiting'
      readonly burned: false
      readonly entry: GuestEntry<Said>
      readonly lines: readonly GuestLine[]
      /** Whether a direct line can still come: not asked for yet, asked for, or not any more. */
      readonly direct: 'hoped' | 'dialling' | 'given-up'
      /** When the room's offer is taken; undefined while there is none. */
      readonly chooseAtMs: number | undefined
      readonly endsAtMs: number
      readonly sawHost: boolean
    }
  | {
      readonly phase: 'guessed'
      readonly burned: true
      readonly entry: GuestEntry<Said>
      readonly lines: readonly GuestLine[]
      /** Where the guess went. */
      readonly carrier: Carrier
      readonly guessed: GuestGuessed
      readonly endsAtMs: number
    }
  | { readonly phase: 'paired'; readonly burned: true; readonly carrier: Carrier }
  | TalkState<Said>
  | { readonly phase: 'failed'; readonly burned: boolean; readonly reason: GuestFailure }

export type GuestInput =
  /** The host is in the room, or the line that was dialled is open. `binding` as in {@link PairingContext}. */
  | { readonly type: 'carrier-opened'; readonly carrier: Carrier; readonly binding: Uint8Array }
  /** Also: the line that was dialled will not open. */
  | { readonly type: 'carrier-closed'; readonly carrier: Carrier }
  /** The host left the room: the room's carrier closed. */
  | { readonly type: 'peer-left' }
  | { readonly type: 'frame-received'; readonly carrier: Carrier; readonly frame: Uint8Array }
  /** The answer to the effect `heard`. */
  | { readonly type: 'say'; readonly contents: Uint8Array }
  | { readonly type: 'clock' }
  | { readonly type: 'cancelled' }

export type GuestEffect<Said = SaidIntroduction> =
  | { readonly type: 'send'; readonly carrier: Carrier; readonly frame: Uint8Array }
  | { readonly type: 'dial'; readonly peerId: string }
  /** As in the host's machine. */
  | { readonly type: 'refuse-carrier'; readonly carrier: Carrier }
  | { readonly type: 'close-carrier'; readonly carrier: Carrier }
  /** Keep contact, session and the first reply in one commit. The contact may be shown once the initial message has opened. */
  | { readonly type: 'paired'; readonly verified: GuestVerified<Said>; readonly carrier: Carrier }
  | Exclude<TalkEffect<Said>, { type: 'failed' }>
  | { readonly type: 'failed'; readonly reason: GuestFailure }

type Step<Said> = { readonly state: GuestState<Said>; readonly effects: readonly GuestEffect<Said>[] }
type Waiting<Said> = Extract<GuestState<Said>, { phase: 'waiting' }>
type Guessed<Said> = Extract<GuestState<Said>, { phase: 'guessed' }>

/** @param input.directPossible false where no direct line will be tried: then the room's offer is taken at once */
export const startGuest = ({
  introduction,
  ourAccountKey,
  ...input
}: {
  readonly secret: PairingSecret
  readonly roomId: Uint8Array
  readonly ourAccountKey: Uint8Array
  readonly introduction: Introduction
  readonly directPossible: boolean
  readonly nowMs: number
}): GuestState => guestCeremony({ ceremony: introductions(ourAccountKey), contents: writeIntroduction(introduction), ...input })

/** The same for any kind of code. */
export const guestCeremony = <Said>(
  input: GuestEntry<Said> & { readonly directPossible: boolean; readonly nowMs: number },
): GuestState<Said> => {
  const { directPossible, nowMs, ...entry } = input
  return {
    phase: 'waiting',
    burned: false,
    entry,
    lines: [],
    direct: directPossible ? 'hoped' : 'given-up',
    chooseAtMs: undefined,
    endsAtMs: nowMs + HOST_SILENCE_MS,
    sawHost: false,
  }
}

/** When `clock` must come at the latest; undefined where time changes nothing any more. */
export const guestWakeAtMs = <Said>(state: GuestState<Said>): number | undefined => {
  if (state.phase === 'waiting') return Math.min(state.endsAtMs, state.chooseAtMs ?? state.endsAtMs)
  return state.phase === 'guessed' || state.phase === 'talking' ? state.endsAtMs : undefined
}

/** Takes one input. What a phase does not expect leaves it as it is. */
export const stepGuest = <Said = SaidIntroduction>(state: GuestState<Said>, input: GuestInput, surroundings: Surroundings): Step<Said> => {
  if (state.phase === 'talking') return stepTalk(state, input, surroundings.nowMs)
  if (state.phase !== 'waiting' && state.phase !== 'guessed') return same(state)
  switch (input.type) {
    case 'carrier-opened':
      return openLine(state, input, surroundings.nowMs)
    case 'carrier-closed':
      return closeLine(state, input.carrier, surroundings)
    case 'peer-left':
      return closeLine(state, 'room', surroundings)
    case 'frame-received':
      return receive(state, input, surroundings)
    case 'say':
      return same(state)
    case 'clock':
      return atTime(state, surroundings)
    case 'cancelled':
      return fail(state, 'cancelled')
  }
}

const same = <Said>(state: GuestState<Said>): Step<Said> => ({ state, effects: [] })

const fail = <Said>(state: Waiting<Said> | Guessed<Said>, reason: GuestFailure, burned: boolean = state.burned): Step<Said> => ({
  state: { phase: 'failed', burned, reason },
  effects: [
    ...state.lines.filter(({ carrier }) => carrier === 'direct').map(({ carrier }) => ({ type: 'close-carrier', carrier }) as const),
    { type: 'failed', reason },
  ],
})

// ---- carriers and time ------------------------------------------------------------------------------------------

const openLine = <Said>(
  state: Waiting<Said> | Guessed<Said>,
  { carrier, binding }: { readonly carrier: Carrier; readonly binding: Uint8Array },
  nowMs: number,
): Step<Said> => {
  const taken = state.lines.map((line) => line.carrier)
  if (!isPlaceFree(taken, carrier)) return { state, effects: [{ type: 'refuse-carrier', carrier }] }
  const lines = [...state.lines.filter((line) => line.carrier !== carrier), { carrier, binding, flight1: undefined }]
  if (state.phase === 'guessed') return same({ ...state, lines })
  return same({ ...state, lines, sawHost: true, endsAtMs: Math.max(state.endsAtMs, nowMs + HOST_SILENCE_MS) })
}

const without = (lines: readonly GuestLine[], carrier: Carrier): readonly GuestLine[] => lines.filter((line) => line.carrier !== carrier)

/** Before the guess a lost carrier costs nothing, after it the answer may still come on another one. */
const closeLine = <Said>(state: Waiting<Said> | Guessed<Said>, carrier: Carrier, surroundings: Surroundings): Step<Said> => {
  const lines = without(state.lines, carrier)
  if (state.phase === 'guessed') return same({ ...state, lines })
  if (carrier === 'direct') return takeRoom({ ...state, lines, direct: 'given-up' }, surroundings)
  return same({ ...state, lines, chooseAtMs: undefined })
}

const atTime = <Said>(state: Waiting<Said> | Guessed<Said>, surroundings: Surroundings): Step<Said> => {
  const { nowMs } = surroundings
  if (isOverdue(state.endsAtMs, nowMs)) {
    return fail(state, state.phase === 'waiting' && !state.sawHost ? 'nobody-there' : 'other-side-left')
  }
  if (state.phase === 'guessed' || state.chooseAtMs === undefined || nowMs < state.chooseAtMs) return same(state)
  return takeRoom({ ...state, direct: 'given-up' }, surroundings)
}

// ---- frames -----------------------------------------------------------------------------------------------------

const receive = <Said>(
  state: Waiting<Said> | Guessed<Said>,
  { carrier, frame }: { readonly carrier: Carrier; readonly frame: Uint8Array },
  surroundings: Surroundings,
): Step<Said> => {
  const line = state.lines.find((one) => one.carrier === carrier)
  if (!line) return same(state)
  const header = readHeader(frame, state.entry.ceremony.kind)
  if (!header.ok) return refuse(state, carrier, header.reason, frame[1])
  const { type } = header.value

  if (type === 'rendezvous' && carrier === 'room') return receiveRendezvous(state, frame)
  // Nothing says who sent a refusal: it ends no more than the carrier on which it came could.
  if (type === 'refusal' && state.phase === 'guessed' && carrier === state.carrier && readRefusal(frame, state.entry.ceremony.kind).ok)
    return fail(state, 'codes-differ')
  if (isAwaited('flight-1', type) && mayGuess(state.burned)) return receiveOffer(state, line, frame, surroundings)
  if (isAwaited('flight-3', type) && state.phase === 'guessed') return receiveFlight3(state, carrier, frame, surroundings.nowMs)
  return refuse(state, carrier, 'out-of-order')
}

/** A carrier on which came what no host sends. One that the guess did not go to is dropped and changes nothing else. */
const refuse = <Said>(state: Waiting<Said> | Guessed<Said>, carrier: Carrier, reason: PairingRefusal, suite?: number): Step<Said> => {
  if (reason === 'other-version' && state.phase === 'waiting') return fail(state, 'other-version')
  if (reason === 'other-kind' && state.phase === 'waiting') return fail(state, whichKind(state.entry.ceremony.kind, suite))
  if (state.phase === 'guessed') return carrier === state.carrier ? fail(state, 'other-side-left') : same(state)
  const lines = without(state.lines, carrier)
  const remaining: Waiting<Said> = { ...state, lines, chooseAtMs: carrier === 'room' ? undefined : state.chooseAtMs }
  if (lines.length === 0) return fail(state, 'other-side-left')
  return { state: remaining, effects: [{ type: 'close-carrier', carrier }] }
}

const whichKind = (ours: CodeKind, suite: number | undefined): GuestFailure => {
  const theirs = suite === undefined ? undefined : kindOfSuite(suite)
  if (theirs === 'pairing') return 'code-for-pairing'
  return ours === 'pairing' ? 'code-for-linking' : 'same-role'
}

const receiveRendezvous = <Said>(state: Waiting<Said> | Guessed<Said>, frame: Uint8Array): Step<Said> => {
  if (state.phase === 'guessed' || state.direct !== 'hoped') return same(state)
  const read = readRendezvous(frame, state.entry.ceremony.kind)
  if (!read.ok) return refuse(state, 'room', read.reason)
  return { state: { ...state, direct: 'dialling' }, effects: [{ type: 'dial', peerId: read.value.peerId }] }
}

/** A direct offer is taken at once, the room's only when no direct one can come or one second has passed. */
const receiveOffer = <Said>(
  state: Waiting<Said> | Guessed<Said>,
  line: GuestLine,
  flight1: Uint8Array,
  surroundings: Surroundings,
): Step<Said> => {
  if (line.flight1 !== undefined && state.phase === 'waiting') return refuse(state, line.carrier, 'out-of-order')
  const offered = { ...line, flight1 }
  const lines = [...without(state.lines, line.carrier), offered]
  if (state.phase === 'guessed' || line.carrier === 'direct') return takeOffer({ ...state, lines }, offered, surroundings)
  const chooseAtMs = surroundings.nowMs + DIRECT_WAIT_MS
  const kept: Waiting<Said> = { ...state, lines, chooseAtMs, endsAtMs: Math.max(state.endsAtMs, chooseAtMs + 1) }
  return state.direct === 'given-up' ? takeRoom(kept, surroundings) : same(kept)
}

const takeRoom = <Said>(state: Waiting<Said>, surroundings: Surroundings): Step<Said> => {
  const room = state.lines.find(({ carrier, flight1 }) => carrier === 'room' && flight1 !== undefined)
  return room ? takeOffer(state, room, surroundings) : same(state)
}

const takeOffer = <Said>(state: Waiting<Said> | Guessed<Said>, line: GuestLine, { nowMs, random }: Surroundings): Step<Said> => {
  const { carrier, binding, flight1 } = line
  if (flight1 === undefined) return same(state)
  const { ceremony, contents, roomId, secret } = state.entry
  const made = sealGuess({ kind: ceremony.kind, secret, context: { roomId, carrier, binding }, flight1, contents, random })
  if (!made.ok) return made.burns ? fail(state, 'codes-differ', true) : refuse(state, carrier, made.reason)
  const { entry, lines } = state
  return {
    state: { phase: 'guessed', burned: true, entry, lines, carrier, guessed: made.state, endsAtMs: nowMs + ANSWER_WAIT_MS },
    effects: [{ type: 'send', carrier, frame: made.flight2 }],
  }
}

const receiveFlight3 = <Said>(state: Guessed<Said>, carrier: Carrier, frame: Uint8Array, nowMs: number): Step<Said> => {
  const { ceremony, contents } = state.entry
  const received = receiveSealedAnswer(state.guessed, frame, { ceremony, nowMs, said: contents })
  if (received.ok && ceremony.lastFlight > 3) {
    const { keys } = state.guessed
    const open = state.lines.map((line) => line.carrier)
    const { carrier: chosen } = state
    return startTalk({
      ceremony,
      keys,
      confirmation: undefined,
      carrier: chosen,
      open,
      flight: 3,
      said: contents,
      heard: received.verified,
      nowMs,
    })
  }
  if (received.ok) {
    return {
      state: { phase: 'paired', burned: true, carrier: state.carrier },
      effects: [{ type: 'paired', verified: received.verified, carrier: state.carrier }],
    }
  }
  // A stranger on the other carrier cannot end what he has no part in.
  if (carrier !== state.carrier) return same(state)
  return fail(state, failureOf(received.reason))
}

const failureOf = (reason: PairingRefusal): GuestFailure =>
  reason === 'codes-differ' || reason === 'own-code' || reason === 'bad-introduction' ? reason : 'other-side-left'
