// The double ratchet, post-quantum at every step, with encrypted headers: one session between two devices, message by message
// (Double Ratchet rev. 4 §4, docs/protocols/ratchet.md). It agrees on no first key (pqxdh), keeps no second session (session)
// and stores nothing: every function takes a state and gives another one.

import { mlKem768 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import type { SessionKeys } from '../../crypto/session-keys.ts'
import { type X25519KeyPair, x25519Agree, x25519KeyPair } from '../../crypto/x25519.ts'
import { stepChain, stepRoot } from './key-schedule.ts'
import { type Decrypted, type DecryptInput, decryptInSlices } from './receiving.ts'
import { dropExpired } from './skipped-keys.ts'
import type { OurTurn, RatchetState, TheirTurn } from './state.ts'
import { overhead, sealMessage } from './wire-format.ts'

export { type Decrypted, type DecryptInput, type DecryptRefusal, decryptInSlices, MAX_JUMP } from './receiving.ts'
export type { RatchetState } from './state.ts'

const ENVELOPE_ID_LENGTH = 16

/** The side that ran PQXDH first; it can encrypt at once. @param theirSignedPrekey 32 bytes; pqxdh has agreed with it, so it is of no small order */
export const startAsInitiator = (input: {
  readonly keys: SessionKeys
  readonly theirSignedPrekey: Uint8Array
  readonly ourTag: number
  readonly theirTag: number
  readonly random: Random
}): RatchetState =>
  startChain(
    {
      phase: 'our-turn',
      adHash: input.keys.adHash,
      ourTag: input.ourTag,
      theirTag: input.theirTag,
      rootKey: input.keys.rootKey,
      nextSendingHeaderKey: input.keys.headerKeyA,
      nextReceivingHeaderKey: input.keys.headerKeyB,
      oldChains: [],
      skipped: new Map(),
      theirKey: input.theirSignedPrekey,
      theirEncapsulationKey: undefined,
      previousCount: 0,
      receiving: undefined,
    },
    input.random,
  )

/** The side whose bundle was used; it has to decrypt a message before it can encrypt one. */
export const startAsResponder = (input: {
  readonly keys: SessionKeys
  readonly ourSignedPrekey: X25519KeyPair
  readonly ourTag: number
  readonly theirTag: number
}): RatchetState => ({
  phase: 'awaiting-first',
  adHash: input.keys.adHash,
  ourTag: input.ourTag,
  theirTag: input.theirTag,
  rootKey: input.keys.rootKey,
  nextSendingHeaderKey: input.keys.headerKeyB,
  nextReceivingHeaderKey: input.keys.headerKeyA,
  oldChains: [],
  skipped: new Map(),
  ourKeyPair: input.ourSignedPrekey,
})

/** False only for a responder that has decrypted nothing yet. */
export const canEncrypt = (state: RatchetState): boolean => state.phase !== 'awaiting-first'

/** Messages in our chain, none of which they may have had: they have not answered it with a chain of theirs. 0 where we have no chain. */
export const sentUnanswered = (state: RatchetState): number => (state.phase === 'their-turn' ? state.sending.sentCount : 0)

/** Bytes by which the next message will be longer than its plaintext: 2,372, or 1,284 in an initiator's first chain. */
export const messageOverhead = (state: RatchetState): number =>
  overhead(state.phase !== 'their-turn' || state.sending.prologue.ciphertext !== undefined)

/**
 * Seals a message (§4.5). The new state must be kept before the message leaves: the old one would use its key again.
 * Throws where {@link canEncrypt} is false.
 *
 * @param input.envelopeId 16 bytes, of the envelope in which the message will travel; it opens in no other
 */
export const encrypt = (
  state: RatchetState,
  input: { readonly envelopeId: Uint8Array; readonly plaintext: Uint8Array; readonly random: Random },
): { readonly state: RatchetState; readonly message: Uint8Array } => {
  if (state.phase === 'awaiting-first') throw new Error('encrypt: a responder has no chain before it decrypted a message')
  if (input.envelopeId.length !== ENVELOPE_ID_LENGTH) throw new Error('encrypt: wrong length of envelope id')
  const { envelopeId, plaintext, random } = input
  const started = state.phase === 'our-turn' ? startChain(state, random) : state
  const { adHash, ourTag, theirTag, sending } = started
  const { chainKey, messageKey } = stepChain(sending.chainKey)
  const message = sealMessage({
    header: { ...sending.prologue, n: sending.sentCount },
    headerKey: sending.headerKey,
    messageKey,
    nonce: random(24),
    plaintext,
    route: { adHash, senderTag: ourTag, recipientTag: theirTag, envelopeId },
  })
  return { state: { ...started, sending: { ...sending, chainKey, sentCount: sending.sentCount + 1 } }, message }
}

/** Opens a message, or says why not; then nothing has changed. Runs {@link decryptInSlices} to its end. */
export const decrypt = (state: RatchetState, input: DecryptInput): Decrypted => {
  const slices = decryptInSlices(state, input)
  for (;;) {
    const slice = slices.next()
    if (slice.done) return slice.value
  }
}

/** Drops the keys of messages that did not come for 30 days. Gives back the same state where there are none. */
export const forgetOldSkipped = (state: RatchetState, nowMs: number): RatchetState => {
  const late = dropExpired(state, nowMs)
  return late === state ? state : { ...state, ...late }
}

/** Our half of a ratchet step (§4.6, DHRatchetHE), put off until we send (§8.5): new keys of ours, answering their newest. */
const startChain = (state: OurTurn, random: Random): TheirTurn => {
  const { phase: _, theirKey, theirEncapsulationKey, previousCount, nextSendingHeaderKey, ...kept } = state
  const ourKeyPair = x25519KeyPair(random)
  const kem = mlKem768.keyPair(random)
  const encapsulated = theirEncapsulationKey && mlKem768.encapsulate(theirEncapsulationKey, random)
  const agreement = x25519Agree(ourKeyPair.privateKey, theirKey)
  // Both keys were checked when they came: a clamped scalar sends no other point to zero, and the KEM key has passed FIPS 203 §7.2.
  if (agreement === undefined || (theirEncapsulationKey && !encapsulated)) throw new Error('startChain: a key that was checked is bad')
  const prologue = {
    ratchetKey: ourKeyPair.publicKey,
    previousCount,
    encapsulationKey: kem.encapsulationKey,
    ciphertext: encapsulated?.ciphertext,
  }
  const step = stepRoot({ rootKey: state.rootKey, agreement, kemShared: encapsulated?.shared, receiverKey: theirKey, prologue })
  return {
    ...kept,
    phase: 'their-turn',
    rootKey: step.rootKey,
    nextSendingHeaderKey: step.nextHeaderKey,
    ourKeyPair,
    ourKemSeed: kem.seed,
    sending: { headerKey: nextSendingHeaderKey, chainKey: step.chainKey, sentCount: 0, prologue },
  }
}
