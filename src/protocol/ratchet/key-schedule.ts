// The two KDF chains of the ratchet: root steps and message steps (Double Ratchet rev. 4 §2.2, §4.2). No state, no limits.

import { ascii, asSecret, concat, join, type Secret, u32 } from '../../crypto/bytes.ts'
import { hkdfSha256, hmacSha256, sha256 } from '../../crypto/hash.ts'
import type { MlKemShared } from '../../crypto/ml-kem.ts'
import type { HeaderKey, RootKey } from '../../crypto/session-keys.ts'
import type { ChainKey, MessageKey, Prologue } from './state.ts'

const STEP = ascii('parley/ratchet/step/v1')
const FIRST_STEP = ascii('parley/ratchet/first-step/v1')
const PROLOGUE = ascii('parley/ratchet/prologue/v1')
const NONE = new Uint8Array(0)

/**
 * Mixes a new agreement into the root: RK, CK, NHK = HKDF(salt RK, ikm DH || ss, info label || sender dh || receiver dh || ek || ct).
 *
 * @param kemShared ss; undefined only with a prologue that has no ciphertext, which goes under a label of its own
 * @returns three keys of 32 bytes: the next root, the chain's first key, the header key of the sender's chain after this one
 */
export const stepRoot = (input: {
  readonly rootKey: RootKey
  readonly agreement: Secret<'X25519Shared'>
  readonly kemShared: MlKemShared | undefined
  readonly receiverKey: Uint8Array
  readonly prologue: Prologue
}): { readonly rootKey: RootKey; readonly chainKey: ChainKey; readonly nextHeaderKey: HeaderKey } => {
  const { ratchetKey, encapsulationKey, ciphertext } = input.prologue
  if ((ciphertext === undefined) !== (input.kemShared === undefined)) throw new Error('stepRoot: ciphertext and secret go together')
  const ikm = concat(input.agreement, input.kemShared ?? NONE)
  const info =
    ciphertext === undefined
      ? join(FIRST_STEP, ratchetKey, input.receiverKey, encapsulationKey)
      : join(STEP, ratchetKey, input.receiverKey, encapsulationKey, ciphertext)
  const keys = hkdfSha256<'RatchetStep'>(ikm, input.rootKey, info, 96)
  return {
    rootKey: asSecret<'RootKey'>(keys.slice(0, 32)),
    chainKey: asSecret<'ChainKey'>(keys.slice(32, 64)),
    nextHeaderKey: asSecret<'HeaderKey'>(keys.slice(64)),
  }
}

const MESSAGE = Uint8Array.of(1)
const CHAIN = Uint8Array.of(2)

/** The next chain key and the message key beside it, 32 bytes each (§7.2: HMAC-SHA-256 over 01 and 02). */
export const stepChain = (chainKey: ChainKey): { readonly chainKey: ChainKey; readonly messageKey: MessageKey } => ({
  messageKey: asSecret<'MessageKey'>(hmacSha256(chainKey, MESSAGE)),
  chainKey: asSecret<'ChainKey'>(hmacSha256(chainKey, CHAIN)),
})

/** 32 bytes by which a later header of a chain is held against its first one. */
export const hashPrologue = ({ ratchetKey, previousCount, encapsulationKey, ciphertext }: Prologue): Uint8Array => {
  return sha256(join(PROLOGUE, ratchetKey, u32(previousCount), encapsulationKey, ciphertext ?? NONE))
}
