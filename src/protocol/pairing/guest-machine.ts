// The guest's run from the typed code to the answer (docs/protocols/pairing.md, The guest): which offer is taken, when the
// one guess leaves, how long an answer is waited for. Pure like host-machine.ts, and run by the same rules.
//
//               flight 1 on the room: kept;
//               rendezvous: dial
//                   ┌──────┐
//                   │      ▼
//   start ──────▶ waiting ──flight 1 direct, or 1 s without──▶ guessed ──flight 3, verified──▶ paired
//                   │             flight 2 (burned)               │                           (burned)
//                   │                                             └── refused, differs, silent ──▶ failed (burned)
//                   └── silent, other version, cancelled ─────▶ failed

import { type Carrier, isAwaited, isOverdue, isPlaceFree, mayGuess, type PairingRefusal } from './checks.ts'
import { ANSWER_WAIT_MS, DIRECT_WAIT_MS, HOST_SILENCE_MS, type PairingSecret } from './code.ts'
import { readHeader, readRefusal, readRendezvous } from './frames.ts'
import { type GuestGuessed, type GuestVerified, guess, receiveAnswer } from './guest.ts'
import type { Surroundings } from './host-machine.ts'
import type { Introduction } from './introduction.ts'

/** What the person typed and what goes into the guess. */
interface GuestEntry {
  readonly secret: PairingSecret
  readonly roomId: Uint8Array
  readonly ourAccountKey: Uint8Array
  readonly introduction: Introduction
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
  | 'codes-differ'
  | 'own-code'
  | 'bad-introduction'
  | 'cancelled'

export type GuestState =
  | {
      readonly phase: 'waiting'
      readonly burned: false
      readonly entry: GuestEntry
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
      readonly entry: GuestEntry
      readonly lines: readonly GuestLine[]
      /** Where the guess went. */
      readonly carrier: Carrier
      readonly guessed: GuestGuessed
      readonly endsAtMs: number
    }
  | { readonly phase: 'paired'; readonly burned: true; readonly carrier: Carrier }
  | { readonly phase: 'failed'; readonly burned: boolean; readonly reason: GuestFailure }

export type GuestInput =
  /** The host is in the room, or the line that was dialled is open. `binding` as in {@link PairingContext}. */
  | { readonly type: 'carrier-opened'; readonly carrier: Carrier; readonly binding: Uint8Array }
  /** Also: the line that was dialled will not open. */
  | { readonly type: 'carrier-closed'; readonly carrier: Carrier }
  /** The host left the room: the room's carrier closed. */
  | { readonly type: 'peer-left' }
  | { readonly type: 'frame-received'; readonly carrier: Carrier; readonly frame: Uint8Array }
  | { readonly type: 'clock' }
  | { readonly type: 'cancelled' }

export type GuestEffect =
  | { readonly type: 'send'; readonly carrier: Carrier; readonly frame: Uint8Array }
  | { readonly type: 'dial'; readonly peerId: string }
  /** As in the host's machine. */
  | { readonly type: 'refuse-carrier'; readonly carrier: Carrier }
  | { readonly type: 'close-carrier'; readonly carrier: Carrier }
  /** Keep contact, session and the first reply in one commit. The contact may be shown once the initial message has opened. */
  | { readonly type: 'paired'; readonly verified: GuestVerified; readonly carrier: Carrier }
  | { readonly type: 'failed'; readonly reason: GuestFailure }

type Step = { readonly state: GuestState; readonly effects: readonly GuestEffect[] }
type Waiting = Extract<GuestState, { phase: 'waiting' }>
type Guessed = Extract<GuestState, { phase: 'guessed' }>

/** @param input.directPossible false where no direct line will be tried: then the room's offer is taken at once */
export const startGuest = (input: GuestEntry & { readonly directPossible: boolean; readonly nowMs: number }): GuestState => {
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
export const guestWakeAtMs = (state: GuestState): number | undefined => {
  if (state.phase === 'waiting') return Math.min(state.endsAtMs, state.chooseAtMs ?? state.endsAtMs)
  return state.phase === 'guessed' ? state.endsAtMs : undefined
}

/** Takes one input. What a phase does not expect leaves it as it is. */
export const stepGuest = (state: GuestState, input: GuestInput, surroundings: Surroundings): Step => {
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
    case 'clock':
      return atTime(state, surroundings)
    case 'cancelled':
      return fail(state, 'cancelled')
  }
}

const same = (state: GuestState): Step => ({ state, effects: [] })

const fail = (state: Waiting | Guessed, reason: GuestFailure, burned: boolean = state.burned): Step => ({
  state: { phase: 'failed', burned, reason },
  effects: [
    ...state.lines.filter(({ carrier }) => carrier === 'direct').map(({ carrier }) => ({ type: 'close-carrier', carrier }) as const),
    { type: 'failed', reason },
  ],
})

// ---- carriers and time ------------------------------------------------------------------------------------------

const openLine = (
  state: Waiting | Guessed,
  { carrier, binding }: { readonly carrier: Carrier; readonly binding: Uint8Array },
  nowMs: number,
): Step => {
  const taken = state.lines.map((line) => line.carrier)
  if (!isPlaceFree(taken, carrier)) return { state, effects: [{ type: 'refuse-carrier', carrier }] }
  const lines = [...state.lines.filter((line) => line.carrier !== carrier), { carrier, binding, flight1: undefined }]
  if (state.phase === 'guessed') return same({ ...state, lines })
  return same({ ...state, lines, sawHost: true, endsAtMs: Math.max(state.endsAtMs, nowMs + HOST_SILENCE_MS) })
}

const without = (lines: readonly GuestLine[], carrier: Carrier): readonly GuestLine[] => lines.filter((line) => line.carrier !== carrier)

/** Before the guess a lost carrier costs nothing, after it the answer may still come on another one. */
const closeLine = (state: Waiting | Guessed, carrier: Carrier, surroundings: Surroundings): Step => {
  const lines = without(state.lines, carrier)
  if (state.phase === 'guessed') return same({ ...state, lines })
  if (carrier === 'direct') return takeRoom({ ...state, lines, direct: 'given-up' }, surroundings)
  return same({ ...state, lines, chooseAtMs: undefined })
}

const atTime = (state: Waiting | Guessed, surroundings: Surroundings): Step => {
  const { nowMs } = surroundings
  if (isOverdue(state.endsAtMs, nowMs)) {
    return fail(state, state.phase === 'waiting' && !state.sawHost ? 'nobody-there' : 'other-side-left')
  }
  if (state.phase === 'guessed' || state.chooseAtMs === undefined || nowMs < state.chooseAtMs) return same(state)
  return takeRoom({ ...state, direct: 'given-up' }, surroundings)
}

// ---- frames -----------------------------------------------------------------------------------------------------

const receive = (
  state: Waiting | Guessed,
  { carrier, frame }: { readonly carrier: Carrier; readonly frame: Uint8Array },
  surroundings: Surroundings,
): Step => {
  const line = state.lines.find((one) => one.carrier === carrier)
  if (!line) return same(state)
  const header = readHeader(frame)
  if (!header.ok) return refuse(state, carrier, header.reason)
  const { type } = header.value

  if (type === 'rendezvous' && carrier === 'room') return receiveRendezvous(state, frame)
  // Nothing says who sent a refusal: it ends no more than the carrier on which it came could.
  if (type === 'refusal' && state.phase === 'guessed' && carrier === state.carrier && readRefusal(frame).ok)
    return fail(state, 'codes-differ')
  if (isAwaited('flight-1', type) && mayGuess(state.burned)) return receiveOffer(state, line, frame, surroundings)
  if (isAwaited('flight-3', type) && state.phase === 'guessed') return receiveFlight3(state, carrier, frame, surroundings.nowMs)
  return refuse(state, carrier, 'out-of-order')
}

/** A carrier on which came what no host sends. One that the guess did not go to is dropped and changes nothing else. */
const refuse = (state: Waiting | Guessed, carrier: Carrier, reason: PairingRefusal): Step => {
  if (reason === 'other-version' && state.phase === 'waiting') return fail(state, 'other-version')
  if (state.phase === 'guessed') return carrier === state.carrier ? fail(state, 'other-side-left') : same(state)
  const lines = without(state.lines, carrier)
  const remaining: Waiting = { ...state, lines, chooseAtMs: carrier === 'room' ? undefined : state.chooseAtMs }
  if (lines.length === 0) return fail(state, 'other-side-left')
  return { state: remaining, effects: [{ type: 'close-carrier', carrier }] }
}

const receiveRendezvous = (state: Waiting | Guessed, frame: Uint8Array): Step => {
  if (state.phase === 'guessed' || state.direct !== 'hoped') return same(state)
  const read = readRendezvous(frame)
  if (!read.ok) return refuse(state, 'room', read.reason)
  return { state: { ...state, direct: 'dialling' }, effects: [{ type: 'dial', peerId: read.value.peerId }] }
}

/** A direct offer is taken at once, the room's only when no direct one can come or one second has passed. */
const receiveOffer = (state: Waiting | Guessed, line: GuestLine, flight1: Uint8Array, surroundings: Surroundings): Step => {
  if (line.flight1 !== undefined && state.phase === 'waiting') return refuse(state, line.carrier, 'out-of-order')
  const offered = { ...line, flight1 }
  const lines = [...without(state.lines, line.carrier), offered]
  if (state.phase === 'guessed' || line.carrier === 'direct') return takeOffer({ ...state, lines }, offered, surroundings)
  const chooseAtMs = surroundings.nowMs + DIRECT_WAIT_MS
  const kept: Waiting = { ...state, lines, chooseAtMs, endsAtMs: Math.max(state.endsAtMs, chooseAtMs + 1) }
  return state.direct === 'given-up' ? takeRoom(kept, surroundings) : same(kept)
}

const takeRoom = (state: Waiting, surroundings: Surroundings): Step => {
  const room = state.lines.find(({ carrier, flight1 }) => carrier === 'room' && flight1 !== undefined)
  return room ? takeOffer(state, room, surroundings) : same(state)
}

const takeOffer = (state: Waiting | Guessed, line: GuestLine, { nowMs, random }: Surroundings): Step => {
  const { carrier, binding, flight1 } = line
  if (flight1 === undefined) return same(state)
  const { secret, roomId, introduction } = state.entry
  const made = guess({ secret, context: { roomId, carrier, binding }, flight1, introduction, random })
  if (!made.ok) return made.burns ? fail(state, 'codes-differ', true) : refuse(state, carrier, made.reason)
  const { entry, lines } = state
  return {
    state: { phase: 'guessed', burned: true, entry, lines, carrier, guessed: made.state, endsAtMs: nowMs + ANSWER_WAIT_MS },
    effects: [{ type: 'send', carrier, frame: made.flight2 }],
  }
}

const receiveFlight3 = (state: Guessed, carrier: Carrier, frame: Uint8Array, nowMs: number): Step => {
  const received = receiveAnswer(state.guessed, frame, { ourAccountKey: state.entry.ourAccountKey, nowMs })
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
