// Pairing (docs/protocols/pairing.md): two people who share six spoken digits introduce their accounts to each other in
// three flights. The door of this folder. The steps by themselves are `host` and `guest`; what an app runs are the two
// machines, which know carriers, time and the burn rule. It opens no session: the initial message that travels in flight 3
// is opaque bytes, and the psk that ties it to this pairing is handed out.

import { guess, receiveAnswer } from './guest.ts'
import { answer, offer, receiveGuess } from './host.ts'

export type { Carrier, PairingRefusal } from './checks.ts'
export {
  ANSWER_WAIT_MS,
  CODE_LIFE_MS,
  DIRECT_WAIT_MS,
  GUEST_SILENCE_MS,
  HOST_SILENCE_MS,
  type PairingSecret,
  randomCode,
  stretchCode,
} from './code.ts'
export type { GuestVerified } from './guest.ts'
export {
  type GuestEffect,
  type GuestInput,
  type GuestState,
  guestWakeAtMs,
  startGuest,
  stepGuest,
} from './guest-machine.ts'
export type { HostVerified } from './host.ts'
export {
  type HostEffect,
  type HostInput,
  type HostState,
  hostWakeAtMs,
  startHost,
  stepHost,
} from './host-machine.ts'
export type { Introduced, Introduction } from './introduction.ts'
export { type TriesState, tries } from './tries.ts'

/** B: shows the code, offers first, verifies first. */
export const host = { offer, receiveGuess, answer }
/** A: types the code and commits to one guess. */
export const guest = { guess, receiveAnswer }
