// What both sides derive once they have each other's share (docs/protocols/pairing.md, Keys): AAD, sealing keys, their
// associated data and the psk for PQXDH. It compares no confirmation and reads no introduction.

import { ascii, asSecret, concat, join, type Secret } from '../../crypto/bytes.ts'
import { hkdfSha256, sha256 } from '../../crypto/hash.ts'
import type { MlKemShared } from '../../crypto/ml-kem.ts'
import { finish, type Spake2Outcome, type Spake2Started } from '../spake2/spake2.ts'
import {
  type AgreedRun,
  boundFields,
  type Carrier,
  identitiesOf,
  opened,
  type PairingRefusal,
  pskOf,
  sealed,
  sealingContext,
} from './checks.ts'
import { type CodeKind, NAMES } from './code-kinds.ts'

const FINGERPRINTS_LENGTH = 64

/** Where a run happens. */
export interface PairingContext {
  /** 16 bytes. */
  readonly roomId: Uint8Array
  readonly carrier: Carrier
  /** Direct: SHA-256 of the guest's DTLS certificate, then of the host's, 64 bytes. Room: empty. */
  readonly binding: Uint8Array
}

/** Throws on a binding that is not of its carrier: whoever calls must not forget it. */
export const checkContext = ({ carrier, binding }: PairingContext): void => {
  if (binding.length !== (carrier === 'direct' ? FINGERPRINTS_LENGTH : 0)) throw new Error('pairing: not the binding of this carrier')
}

export type AgreedSpake2 =
  | { readonly ok: true; readonly outcome: Spake2Outcome; readonly aad: Uint8Array }
  | { readonly ok: false; readonly reason: PairingRefusal }

/** SPAKE2's second step with everything bound that both sides must see alike. */
export const agree = (ours: Spake2Started, theirShare: Uint8Array, run: AgreedRun, kind: CodeKind = 'pairing'): AgreedSpake2 => {
  const aad = join(...boundFields(run))
  const outcome = finish(ours, theirShare, { identities: identitiesOf(kind), aad })
  if (outcome.ok) return { ok: true, outcome, aad }
  // K is the identity only for somebody who guessed w: seen from outside it is a wrong confirmation and spends the code.
  return { ok: false, reason: outcome.reason === 'identity' ? 'codes-differ' : outcome.reason }
}

/** What seals the introductions, or the words of a linking. */
export interface SealingKeys {
  readonly kind: CodeKind
  /** Ke || ss, 48 bytes. */
  readonly shared: Secret<'PairingShared'>
  /** SHA-256(label || AAD || pA || pB || cA). */
  readonly transcriptHash: Uint8Array
}

export const sealingKeys = (input: {
  readonly kind: CodeKind
  readonly outcome: Spake2Outcome
  readonly kemShared: MlKemShared
  readonly aad: Uint8Array
  readonly shareA: Uint8Array
  readonly shareB: Uint8Array
  readonly confirmationA: Uint8Array
}): SealingKeys => ({
  kind: input.kind,
  shared: asSecret<'PairingShared'>(concat(input.outcome.sharedKey, input.kemShared)),
  transcriptHash: sha256(join(ascii(NAMES[input.kind].transcriptLabel), input.aad, input.shareA, input.shareB, input.confirmationA)),
})

const keyAndAd = (keys: SealingKeys, ofFlight: number) => {
  const { label, flight } = sealingContext(keys.kind, ofFlight)
  return {
    key: hkdfSha256<'PairingSealingKey'>(keys.shared, new Uint8Array(0), ascii(label), 32),
    ad: concat(keys.transcriptHash, Uint8Array.of(flight)),
  }
}

/** @returns 16 bytes more than the contents */
export const seal = (keys: SealingKeys, flight: number, contents: Uint8Array): Uint8Array => {
  const { key, ad } = keyAndAd(keys, flight)
  return sealed(key, contents, ad)
}

/** @returns undefined for a text that is not what was sealed as this flight in this very run */
export const open = (keys: SealingKeys, flight: number, sealedText: Uint8Array): Uint8Array | undefined => {
  const { key, ad } = keyAndAd(keys, flight)
  return opened(key, sealedText, ad)
}

/** @returns 32 bytes, the last input of PQXDH's key derivation */
export const pairingPsk = (keys: SealingKeys): Secret<'PairingPsk'> => pskOf(keys.shared)
