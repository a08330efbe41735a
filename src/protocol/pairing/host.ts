// The host's three steps (docs/protocols/pairing.md, Flights): RFC 9382's B, who verifies first. Plain functions: when they
// run, what is sent where and when a code ends is in host-machine.ts.

import type { Secret } from '../../crypto/bytes.ts'
import { type MlKemKeyPair, mlKem768 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import { type Spake2Started, start } from '../spake2/spake2.ts'
import { agree, checkContext, open, type PairingContext, pairingPsk, type SealingKeys, seal, sealingKeys } from './agreement.ts'
import type { Ceremony } from './ceremony.ts'
import { confirms, PAIRING_VERSION, type PairingRefusal, spendsCode } from './checks.ts'
import type { PairingSecret } from './code.ts'
import { type CodeKind, NAMES } from './code-kinds.ts'
import { readFlight2, writeFlight1, writeFlight3 } from './frames.ts'
import { type Introduction, introductions, type SaidIntroduction, writeIntroduction } from './introduction.ts'

/** After flight 1. In memory only; one for each carrier and each guest, with scalars of its own. */
export interface HostOffered {
  readonly kind: CodeKind
  readonly context: PairingContext
  readonly spake2: Spake2Started
  readonly kem: MlKemKeyPair
}

/** After a flight 2 that was verified to the last signature. */
export type HostVerified<Said = SaidIntroduction> = Said & {
  /** 32 bytes, for PQXDH. */
  readonly psk: Secret<'PairingPsk'>
  readonly keys: SealingKeys
  /** cB, 32 bytes: leaves with flight 3 and not before. */
  readonly confirmation: Uint8Array
}

/** A flight that was refused. `burns`: the code is spent by it. */
export interface Refused {
  readonly ok: false
  readonly reason: PairingRefusal
  readonly burns: boolean
}

export const refused = (reason: PairingRefusal): Refused => ({ ok: false, reason, burns: spendsCode(reason) })

/** Flight 1: pB and a fresh ML-KEM-768 key. 1,252 bytes. */
export const offer = (input: {
  readonly secret: PairingSecret
  readonly context: PairingContext
  readonly random: Random
  readonly kind?: CodeKind
}): { readonly state: HostOffered; readonly flight1: Uint8Array } => {
  checkContext(input.context)
  const { kind = 'pairing' } = input
  const spake2 = start('B', input.secret, input.random)
  const kem = mlKem768.keyPair(input.random)
  return {
    state: { kind, context: input.context, spake2, kem },
    flight1: writeFlight1({ share: spake2.share, encapsulationKey: kem.encapsulationKey }, kind),
  }
}

/**
 * Flight 2, in this order: form, share, cA, the seal, what was sealed. Nothing is opened before cA was compared.
 *
 * @returns refusals before cA leave the code as it was; from cA on they spend it
 */
export const receiveSealedGuess = <Said>(
  state: HostOffered,
  flight2: Uint8Array,
  { ceremony, nowMs }: { readonly ceremony: Ceremony<Said>; readonly nowMs: number },
): { readonly ok: true; readonly state: HostVerified<Said> } | Refused => {
  const { context, kind, spake2, kem } = state
  const read = readFlight2(flight2, kind)
  if (!read.ok) return refused(read.reason)
  const { share, ciphertext, confirmation, sealed } = read.value

  const { encapsulationKey } = kem
  const run = { version: PAIRING_VERSION, suite: NAMES[kind].suite, ...context, encapsulationKey, ciphertext }
  const agreed = agree(spake2, share, run, kind)
  if (!agreed.ok) return refused(agreed.reason)
  if (!confirms(agreed.outcome.theirConfirmation, confirmation)) return refused('codes-differ')

  const kemShared = mlKem768.decapsulate(kem.seed, ciphertext)
  if (!kemShared) throw new Error('pairing: the frame let a ciphertext of another length pass')
  const keys = sealingKeys({ ...agreed, kind, kemShared, shareA: share, shareB: spake2.share, confirmationA: confirmation })
  const plaintext = open(keys, 2, sealed)
  if (!plaintext) return refused('bad-introduction')
  const contents = ceremony.read(plaintext, { flight: 2, nowMs, heard: undefined, said: undefined })
  if (!contents.ok) return refused(contents.reason)
  return { ok: true, state: { ...contents.said, psk: pairingPsk(keys), keys, confirmation: agreed.outcome.ourConfirmation } }
}

/** {@link receiveSealedGuess} where two people pair. */
export const receiveGuess = (
  state: HostOffered,
  flight2: Uint8Array,
  { ourAccountKey, nowMs }: { readonly ourAccountKey: Uint8Array; readonly nowMs: number },
): { readonly ok: true; readonly state: HostVerified } | Refused =>
  receiveSealedGuess(state, flight2, { ceremony: introductions(ourAccountKey), nowMs })

/** Flight 3. @param input.initialMessage made under the guest's bundle with `psk`; at least one byte, opaque here */
export const answer = (
  verified: { readonly keys: SealingKeys; readonly confirmation: Uint8Array },
  input: { readonly introduction: Introduction; readonly initialMessage: Uint8Array },
): { readonly flight3: Uint8Array } => ({ flight3: sealAnswer(verified, writeIntroduction(input.introduction, input.initialMessage)) })

/** Flight 3 with whatever the kind of code has the host say. */
export const sealAnswer = (
  { keys, confirmation }: { readonly keys: SealingKeys; readonly confirmation: Uint8Array },
  contents: Uint8Array,
): Uint8Array => writeFlight3({ confirmation, sealed: seal(keys, 3, contents) }, keys.kind)
