// The guest's two steps (docs/protocols/pairing.md, Flights): RFC 9382's A, who commits to one guess first. Plain functions:
// when they run and on which carrier is in guest-machine.ts.

import type { Secret } from '../../crypto/bytes.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import { start } from '../spake2/spake2.ts'
import { agree, checkContext, open, type PairingContext, pairingPsk, type SealingKeys, seal, sealingKeys } from './agreement.ts'
import type { Ceremony } from './ceremony.ts'
import { confirms } from './checks.ts'
import type { PairingSecret } from './code.ts'
import type { CodeKind } from './code-kinds.ts'
import { readFlight1, readFlight3, writeFlight2 } from './frames.ts'
import { type Refused, refused } from './host.ts'
import { type Introduction, introductions, type SaidIntroduction, writeIntroduction } from './introduction.ts'

/** After flight 2. In memory only. */
export interface GuestGuessed {
  readonly keys: SealingKeys
  /** cB as it must come, 32 bytes. */
  readonly theirConfirmation: Uint8Array
}

/** After a flight 3 that was verified to the last signature. */
export type GuestVerified<Said = SaidIntroduction> = Said & {
  /** 32 bytes, for PQXDH. */
  readonly psk: Secret<'PairingPsk'>
}

/**
 * Flight 2: pA, the KEM's ciphertext, cA and what we say, sealed. The code is spent when it leaves.
 *
 * @returns refusals leave the code as it was, but for one: an offer that makes K the identity is a guess by itself
 */
export const sealGuess = (input: {
  readonly kind: CodeKind
  readonly secret: PairingSecret
  readonly context: PairingContext
  readonly flight1: Uint8Array
  readonly contents: Uint8Array
  readonly random: Random
}): { readonly ok: true; readonly state: GuestGuessed; readonly flight2: Uint8Array } | Refused => {
  const { secret, context, flight1, contents, kind, random } = input
  checkContext(context)
  const read = readFlight1(flight1, kind)
  if (!read.ok) return refused(read.reason)
  const { share, encapsulationKey } = read.value
  const kem = mlKem768.isEncapsulationKey(encapsulationKey) ? mlKem768.encapsulate(encapsulationKey, random) : undefined
  if (!kem) return refused('malformed')

  const spake2 = start('A', secret, random)
  const { version, suite } = read
  const { ciphertext } = kem
  const agreed = agree(spake2, share, { version, suite, ...context, encapsulationKey, ciphertext }, kind)
  if (!agreed.ok) return refused(agreed.reason)

  const confirmation = agreed.outcome.ourConfirmation
  const keys = sealingKeys({ ...agreed, kind, kemShared: kem.shared, shareA: spake2.share, shareB: share, confirmationA: confirmation })
  const sealed = seal(keys, 2, contents)
  return {
    ok: true,
    state: { keys, theirConfirmation: agreed.outcome.theirConfirmation },
    flight2: writeFlight2({ share: spake2.share, ciphertext, confirmation, sealed }, kind),
  }
}

/** {@link sealGuess} where two people pair. */
export const guess = ({
  introduction,
  ...input
}: {
  readonly secret: PairingSecret
  readonly context: PairingContext
  readonly flight1: Uint8Array
  readonly introduction: Introduction
  readonly random: Random
}) => sealGuess({ ...input, kind: 'pairing', contents: writeIntroduction(introduction) })

/** Flight 3, in this order: form, cB, the seal, what was sealed. Nothing is opened before cB was compared. */
export const receiveSealedAnswer = <Said>(
  { keys, theirConfirmation }: GuestGuessed,
  flight3: Uint8Array,
  { ceremony, nowMs, said }: { readonly ceremony: Ceremony<Said>; readonly nowMs: number; readonly said: Uint8Array | undefined },
): { readonly ok: true; readonly verified: GuestVerified<Said> } | Refused => {
  const read = readFlight3(flight3, keys.kind)
  if (!read.ok) return refused(read.reason)
  if (!confirms(theirConfirmation, read.value.confirmation)) return refused('codes-differ')
  const plaintext = open(keys, 3, read.value.sealed)
  if (!plaintext) return refused('bad-introduction')
  const contents = ceremony.read(plaintext, { flight: 3, nowMs, heard: undefined, said })
  if (!contents.ok) return refused(contents.reason)
  return { ok: true, verified: { ...contents.said, psk: pairingPsk(keys) } }
}

/** {@link receiveSealedAnswer} where two people pair. */
export const receiveAnswer = (
  guessed: GuestGuessed,
  flight3: Uint8Array,
  { ourAccountKey, nowMs }: { readonly ourAccountKey: Uint8Array; readonly nowMs: number },
): { readonly ok: true; readonly verified: GuestVerified } | Refused =>
  receiveSealedAnswer(guessed, flight3, { ceremony: introductions(ourAccountKey), nowMs, said: undefined })
