// What follows where a ceremony goes on after both sides are sure of each other (docs/protocols/linking.md): sealed flights
// to and fro, one at a time, each but the last repeated where a carrier breaks. Pure, and the same for whoever showed the
// code and whoever typed it. Who the other one is was decided before (host-machine.ts, guest-machine.ts); what is said is the
// ceremony's.
//
//   our turn ──say──▶ their turn ──their flight, opened and read──▶ our turn        the last flight, said or heard ──▶ linked
//      │                  │
//      └── cancelled ─────┴── refused, silent ──▶ failed

import { open, type SealingKeys, seal } from './agreement.ts'
import type { Ceremony } from './ceremony.ts'
import { type Carrier, isOverdue } from './checks.ts'
import { ANSWER_WAIT_MS } from './code.ts'
import { readSealedFlight, writeSealedFlight } from './frames.ts'
import { sealAnswer } from './host.ts'

export type TalkFailure = 'other-side-left' | 'bad-introduction' | 'cancelled'

export interface Talk<Said> {
  readonly phase: 'talking'
  readonly burned: true
  readonly ceremony: Ceremony<Said>
  readonly keys: SealingKeys
  /** The host's cB, which leads its first flight. */
  readonly confirmation: Uint8Array | undefined
  /** On which a frame left or came last. */
  readonly carrier: Carrier
  readonly open: readonly Carrier[]
  /** Of the newest that was said or heard. */
  readonly flight: number
  readonly isOurTurn: boolean
  readonly heard: Said | undefined
  /** What we said last, and the frame that it left in. */
  readonly said: Uint8Array | undefined
  readonly frame: Uint8Array | undefined
  readonly endsAtMs: number
}

export type TalkState<Said> =
  | Talk<Said>
  | { readonly phase: 'linked'; readonly burned: true; readonly carrier: Carrier }
  | { readonly phase: 'failed'; readonly burned: true; readonly reason: TalkFailure }

export type TalkInput =
  | { readonly type: 'carrier-opened'; readonly carrier: Carrier }
  | { readonly type: 'carrier-closed'; readonly carrier: Carrier }
  | { readonly type: 'peer-left' }
  | { readonly type: 'frame-received'; readonly carrier: Carrier; readonly frame: Uint8Array }
  /** The answer to the effect `heard`. */
  | { readonly type: 'say'; readonly contents: Uint8Array }
  | { readonly type: 'clock' }
  | { readonly type: 'cancelled' }

export type TalkEffect<Said> =
  | { readonly type: 'send'; readonly carrier: Carrier; readonly frame: Uint8Array }
  /** Commit what follows from it, and `say` what comes next in the same turn. */
  | { readonly type: 'heard'; readonly said: Said }
  | { readonly type: 'linked' }
  | { readonly type: 'failed'; readonly reason: TalkFailure }

export interface TalkStep<Said> {
  readonly state: TalkState<Said>
  readonly effects: readonly TalkEffect<Said>[]
}

/** After flight 2 (the host) or 3 (the guest) was read. */
export const startTalk = <Said>(
  input: Pick<Talk<Said>, 'ceremony' | 'keys' | 'confirmation' | 'carrier' | 'open' | 'flight' | 'said'> & {
    readonly heard: Said
    readonly nowMs: number
  },
): TalkStep<Said> => {
  const { nowMs, ...rest } = input
  return {
    state: { phase: 'talking', burned: true, ...rest, isOurTurn: true, frame: undefined, endsAtMs: nowMs + ANSWER_WAIT_MS },
    effects: [{ type: 'heard', said: input.heard }],
  }
}

export const stepTalk = <Said>(state: Talk<Said>, input: TalkInput, nowMs: number): TalkStep<Said> => {
  switch (input.type) {
    case 'carrier-opened':
      return repeat({ ...state, open: [...without(state, input.carrier), input.carrier] }, input.carrier)
    case 'carrier-closed':
      return lose(state, input.carrier)
    case 'peer-left':
      return lose(state, 'room')
    case 'frame-received':
      return receive(state, input, nowMs)
    case 'say':
      return state.isOurTurn ? say(state, input.contents, nowMs) : same(state)
    case 'clock':
      return isOverdue(state.endsAtMs, nowMs) ? fail('other-side-left') : same(state)
    case 'cancelled':
      return fail('cancelled')
  }
}

const same = <Said>(state: TalkState<Said>): TalkStep<Said> => ({ state, effects: [] })

const fail = <Said>(reason: TalkFailure): TalkStep<Said> => ({
  state: { phase: 'failed', burned: true, reason },
  effects: [{ type: 'failed', reason }],
})

const without = ({ open }: { readonly open: readonly Carrier[] }, carrier: Carrier): readonly Carrier[] =>
  open.filter((one) => one !== carrier)

const lose = <Said>(state: Talk<Said>, carrier: Carrier): TalkStep<Said> => {
  const after = { ...state, open: without(state, carrier) }
  return state.open.includes(carrier) && state.carrier === carrier ? repeat(after, carrier) : same(after)
}

/** The same bytes again: only the other side of this run can open them. Where nothing is open, they wait. */
const repeat = <Said>(state: Talk<Said>, wished: Carrier): TalkStep<Said> => {
  const carrier = state.open.includes(wished) ? wished : state.open[0]
  if (carrier === undefined || state.frame === undefined || state.isOurTurn) return same(state)
  return { state: { ...state, carrier }, effects: [{ type: 'send', carrier, frame: state.frame }] }
}

const say = <Said>(state: Talk<Said>, contents: Uint8Array, nowMs: number): TalkStep<Said> => {
  const { ceremony, confirmation, keys } = state
  const flight = state.flight + 1
  const frame =
    flight === 3 && confirmation !== undefined
      ? sealAnswer({ keys, confirmation }, contents)
      : writeSealedFlight(flight, seal(keys, flight, contents), keys.kind)
  const spoken = repeat({ ...state, flight, isOurTurn: false, said: contents, frame, endsAtMs: nowMs + ANSWER_WAIT_MS }, state.carrier)
  return flight < ceremony.lastFlight ? spoken : end(spoken.effects, state.carrier)
}

const end = <Said>(effects: readonly TalkEffect<Said>[], carrier: Carrier): TalkStep<Said> => ({
  state: { phase: 'linked', burned: true, carrier },
  effects: [...effects, { type: 'linked' }],
})

/** What is not sealed for this place may be anybody's, and changes nothing; what is, and is not as it should be, ends the run. */
const receive = <Said>(
  state: Talk<Said>,
  { carrier, frame }: { readonly carrier: Carrier; readonly frame: Uint8Array },
  nowMs: number,
): TalkStep<Said> => {
  const { ceremony, heard, keys, said } = state
  const flight = state.flight + 1
  if (state.isOurTurn || !state.open.includes(carrier) || flight < 4) return same(state)
  const read = readSealedFlight(flight, frame, keys.kind)
  const plaintext = read.ok ? open(keys, flight, read.value.sealed) : undefined
  if (plaintext === undefined) return same(state)
  const contents = ceremony.read(plaintext, { flight, nowMs, heard, said })
  if (!contents.ok) return fail('bad-introduction')
  const after: Talk<Said> = { ...state, carrier, flight, isOurTurn: true, heard: contents.said, endsAtMs: nowMs + ANSWER_WAIT_MS }
  if (flight === ceremony.lastFlight) return end([], carrier)
  return { state: after, effects: [{ type: 'heard', said: contents.said }] }
}
