// Every decision by which a pairing refuses, one function each (docs/protocols/pairing.md, What is checked). They stand
// apart so that each can be read alone, and so that the test of an attack can leave exactly one of them out and see the
// attack succeed. Nothing here sends, stores or counts anything.

import { chaCha20Poly1305, TAG_LENGTH } from '../../crypto/aead.ts'
import { ascii, equal, type Secret } from '../../crypto/bytes.ts'
import { hkdfSha256 } from '../../crypto/hash.ts'
import { MAX_FRAME_LENGTH } from '../../wire/codec.ts'
import type { Identities } from '../spake2/spake2.ts'
import { type CodeKind, NAMES } from './code-kinds.ts'

export const PAIRING_VERSION = 1
/** The longest frame of a pairing, in bytes: the link's and the room's own frames put up to eight in front. */
export const MAX_PAIRING_FRAME_LENGTH = MAX_FRAME_LENGTH - 8

export type Carrier = 'direct' | 'room'
export type Side = 'guest' | 'host'
export type FrameType = 'flight-1' | 'flight-2' | 'flight-3' | 'rendezvous' | 'refusal' | 'flight-4' | 'flight-5' | 'flight-6'

// ---- frames -----------------------------------------------------------------------------------------------------

/** We run one version, and each kind of code one suite. */
export const speaks = (version: number, suite: number, kind: CodeKind): boolean =>
  version === PAIRING_VERSION && suite === NAMES[kind].suite

/** Asked before anything is copied or decoded. */
export const fits = (frame: Uint8Array): boolean => frame.length <= MAX_PAIRING_FRAME_LENGTH

/** Flights come in their order, and each from the side that it is of. */
export const isAwaited = (awaited: FrameType, received: FrameType): boolean => awaited === received

// ---- keys -------------------------------------------------------------------------------------------------------

/** All that both sides must see alike beside the two shares. */
export interface AgreedRun {
  /** As flight 1 said: what the guest read and what the host wrote. The suite says what the code is for. */
  readonly version: number
  readonly suite: number
  /** 16 bytes. */
  readonly roomId: Uint8Array
  readonly carrier: Carrier
  /** Both DTLS fingerprints, the guest's first, 64 bytes; empty on the room. */
  readonly binding: Uint8Array
  readonly encapsulationKey: Uint8Array
  readonly ciphertext: Uint8Array
}

/** What the confirmations cover, field by field: SPAKE2's AAD. */
export const boundFields = (run: AgreedRun): readonly Uint8Array[] => [
  Uint8Array.of(run.version),
  Uint8Array.of(run.suite),
  run.roomId,
  ascii(run.carrier),
  run.binding,
  run.encapsulationKey,
  run.ciphertext,
]

/** Whom SPAKE2 takes the two sides for: others for each kind of code, so that no code is good for another kind. */
export const identitiesOf = (kind: CodeKind): Identities => NAMES[kind].identities

/** In constant time. @param received 32 bytes */
export const confirms = (expected: Uint8Array, received: Uint8Array): boolean => equal(expected, received)

/** Each flight is sealed under a key and a number of its own, so that nothing sealed can be sent back or again. */
export const sealingContext = (kind: CodeKind, flight: number): { readonly label: string; readonly flight: number } => {
  if (kind !== 'pairing') return { label: `parley/linking/flight-${flight}/v1`, flight }
  return { label: flight === 2 ? 'parley/pairing/guest-to-host/v1' : 'parley/pairing/host-to-guest/v1', flight }
}

// The key seals one text in its life, so the nonce may be constant.
const NONCE = new Uint8Array(12)

/** @returns undefined for a text that is not as the other side sealed it */
export const opened = (key: Secret<'PairingSealingKey'>, sealed: Uint8Array, ad: Uint8Array): Uint8Array | undefined =>
  sealed.length < TAG_LENGTH ? undefined : chaCha20Poly1305.open(key, NONCE, sealed, ad)

/** The reverse of {@link opened}. */
export const sealed = (key: Secret<'PairingSealingKey'>, contents: Uint8Array, ad: Uint8Array): Uint8Array =>
  chaCha20Poly1305.seal(key, NONCE, contents, ad)

/**
 * What goes into PQXDH besides its own secrets: somebody who was not in this run cannot take up the session, so nobody gains
 * by passing on a stranger's introduction as his own.
 *
 * @param shared Ke || ss, 48 bytes. @returns 32 bytes
 */
export const pskOf = (shared: Secret<'PairingShared'>): Secret<'PairingPsk'> =>
  hkdfSha256<'PairingPsk'>(shared, new Uint8Array(0), ascii('parley/pairing/psk/v1'), 32)

// ---- introductions ----------------------------------------------------------------------------------------------

/** Nobody pairs with an account of one's own. */
export const isSomebodyElse = (ourAccountKey: Uint8Array, theirAccountKey: Uint8Array): boolean => !equal(ourAccountKey, theirAccountKey)

/** The host's introduction brings an initial message, the guest's brings none. */
export const bearsMessage = (from: Side, initialMessage: Uint8Array): boolean => (from === 'host') === initialMessage.length > 0

// ---- codes and places -------------------------------------------------------------------------------------------

/** A code may be guessed at until it expires. */
export const isLive = (expiresAtMs: number, nowMs: number): boolean => nowMs < expiresAtMs

/** A joiner who has not sent a guess by then loses the place. */
export const isOverdue = (silentAtMs: number, nowMs: number): boolean => nowMs >= silentAtMs

/** One guest a carrier: who comes second changes nothing for the first. */
export const isPlaceFree = (taken: readonly Carrier[], carrier: Carrier): boolean => !taken.includes(carrier)

/** Why a run ended. */
export type PairingRefusal =
  | 'malformed'
  | 'other-version'
  | 'other-kind'
  | 'out-of-order'
  | 'bad-share'
  | 'reflected'
  | 'codes-differ'
  | 'own-code'
  | 'bad-introduction'

/** The burn rule: a code is spent by whatever could tell a good guess from a bad one, and by nothing else. */
export const spendsCode = (reason: PairingRefusal): boolean =>
  reason === 'codes-differ' || reason === 'own-code' || reason === 'bad-introduction'

/** A guest's guess leaves once: whoever gets it could test one code against it. */
export const mayGuess = (burned: boolean): boolean => !burned

/** How many failures are too many. */
export const reaches = (failures: number, limit: number): boolean => failures >= limit
