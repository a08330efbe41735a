// The guest's two steps (docs/protocols/pairing.md, Flights): RFC 9382's A, who commits to one guess first. Plain functions:
// when they run and on which carrier is in guest-machine.ts.

import type { Secret } from '../../crypto/bytes.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import { start } from '../spake2/spake2.ts'
import { agree, checkContext, open, type PairingContext, pairingPsk, type SealingKeys, seal, sealingKeys } from './agreement.ts'
import { confirms } from './checks.ts'
import type { PairingSecret } from './code.ts'
import { readFlight1, readFlight3, writeFlight2 } from './frames.ts'
import { type Refused, refused } from './host.ts'
import { type Introduced, type Introduction, readIntroduction, writeIntroduction } from './introduction.ts'

/** After flight 2. In memory only. */
export interface GuestGuessed {
  readonly keys: SealingKeys
  /** cB as it must come, 32 bytes. */
  readonly theirConfirmation: Uint8Array
}

/** After a flight 3 that was verified to the last signature. */
export interface GuestVerified {
  readonly introduced: Introduced
  /** Opaque here; must open under `introduced.device` and `psk`. */
  readonly initialMessage: Uint8Array
  /** 32 bytes, for PQXDH. */
  readonly psk: Secret<'PairingPsk'>
}

/**
 * Flight 2: pA, the KEM's ciphertext, cA and our introduction, sealed. The code is spent when it leaves.
 *
 * @returns refusals leave the code as it was, but for one: an offer that makes K the identity is a guess by itself
 */
export const guess = (input: {
  readonly secret: PairingSecret
  readonly context: PairingContext
  readonly flight1: Uint8Array
  readonly introduction: Introduction
  readonly random: Random
}): { readonly ok: true; readonly state: GuestGuessed; readonly flight2: Uint8Array } | Refused => {
  const { secret, context, flight1, introduction, random } = input
  checkContext(context)
  const read = readFlight1(flight1)
  if (!read.ok) return refused(read.reason)
  const { share, encapsulationKey } = read.value
  const kem = mlKem768.isEncapsulationKey(encapsulationKey) ? mlKem768.encapsulate(encapsulationKey, random) : undefined
  if (!kem) return refused('malformed')

  const spake2 = start('A', secret, random)
  const { version, suite } = read
  const { ciphertext } = kem
  const agreed = agree(spake2, share, { version, suite, ...context, encapsulationKey, ciphertext })
  if (!agreed.ok) return refused(agreed.reason)

  const confirmation = agreed.outcome.ourConfirmation
  const keys = sealingKeys({ ...agreed, kemShared: kem.shared, shareA: spake2.share, shareB: share, confirmationA: confirmation })
  const sealed = seal(keys, 'guest', writeIntroduction(introduction))
  return {
    ok: true,
    state: { keys, theirConfirmation: agreed.outcome.theirConfirmation },
    flight2: writeFlight2({ share: spake2.share, ciphertext, confirmation, sealed }),
  }
}

/** Flight 3, in this order: form, cB, the seal, the introduction. Nothing is opened before cB was compared. */
export const receiveAnswer = (
  { keys, theirConfirmation }: GuestGuessed,
  flight3: Uint8Array,
  { ourAccountKey, nowMs }: { readonly ourAccountKey: Uint8Array; readonly nowMs: number },
): { readonly ok: true; readonly verified: GuestVerified } | Refused => {
  const read = readFlight3(flight3)
  if (!read.ok) return refused(read.reason)
  if (!confirms(theirConfirmation, read.value.confirmation)) return refused('codes-differ')
  const plaintext = open(keys, 'host', read.value.sealed)
  if (!plaintext) return refused('bad-introduction')
  const introduction = readIntroduction(plaintext, { from: 'host', ourAccountKey, nowMs })
  if (!introduction.ok) return refused(introduction.reason)
  const { introduced, initialMessage } = introduction
  return { ok: true, verified: { introduced, initialMessage, psk: pairingPsk(keys) } }
}
