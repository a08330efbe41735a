// Pairing (docs/protocols/pairing.md): two people who share six spoken digits introduce their accounts to each other in
// three flights. The door of this folder. The steps by themselves are `host` and `guest`; what an app runs are the two
// machines, which know carriers, time and the burn rule. A person's own new device comes in by the same machines, in flights
// that bear other words and go on for longer (`linking`). It opens no session: the initial message that travels in flight 3
// is opaque bytes, and the psk that ties it to this pairing is handed out.

import { guess, receiveAnswer } from './guest.ts'
import { answer, offer, receiveGuess } from './host.ts'

export type { Ceremony } from './ceremony.ts'
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
  guestCeremony,
  guestWakeAtMs,
  startGuest,
  stepGuest,
} from './guest-machine.ts'
export type { HostVerified } from './host.ts'
export {
  type HostEffect,
  type HostInput,
  type HostState,
  hostCeremony,
  hostWakeAtMs,
  startHost,
  stepHost,
} from './host-machine.ts'
export type { Introduced, Introduction, SaidIntroduction } from './introduction.ts'
export {
  DONE,
  kindOf,
  linking,
  NEWCOMER,
  type SaidWord,
  writeAccount,
  writeEntry,
  writeListed,
} from './linking.ts'
export { type TriesState, tries } from './tries.ts'

/** B: shows the code, offers first, verifies first. */
export const host = { offer, receiveGuess, answer }
/** A: types the code and commits to one guess. */
export const guest = { guess, receiveAnswer }
