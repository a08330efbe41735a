// PQXDH (Signal, revision 3; docs/protocols/pqxdh.md): two devices agree on a session's first keys while one of them is
// away. The door of this folder. It decides nothing about which session is whose, keeps no replay record (session does) and
// encrypts nothing (ratchet does).

import { ascii, asSecret, concat, equal, join, type Secret, u32 } from '../../crypto/bytes.ts'
import { hkdfSha512, sha256 } from '../../crypto/hash.ts'
import { type MlKemSeed, type MlKemShared, mlKem1024 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import type { SessionKeys } from '../../crypto/session-keys.ts'
import { type X25519KeyPair, x25519Agree, x25519KeyPair } from '../../crypto/x25519.ts'
import { encode } from '../../wire/codec.ts'
import { type Bundle, isBundleOf, signingPublicKey, x25519PublicKey } from '../prekeys/prekeys.ts'
import { encodeHandshake, type Handshake } from './handshake.ts'

export type { SessionKeys } from '../../crypto/session-keys.ts'
export { type Handshake, readHandshake } from './handshake.ts'

// PQXDH §2.2: the application's info, then the parameters curve, hash and pqkem, joined by underscores.
const KEYS_LABEL = 'parley/pqxdh/keys/v1_CURVE25519_SHA-512_ML-KEM-1024'
const AD_LABEL = 'parley/pqxdh/associated-data/v1'
const KEY_LENGTH = 32
/** PQXDH §2.2: what comes first is never the encoding of a scalar or a point, which keeps this apart from XEdDSA. */
const F = new Uint8Array(KEY_LENGTH).fill(0xff)
const NO_PSK = new Uint8Array(KEY_LENGTH)

/** One side as the other knows it. */
export interface Party {
  /** 1,984 bytes. */
  readonly accountKey: Uint8Array
  readonly tag: number
  /** X25519, 32 bytes. */
  readonly identityKey: Uint8Array
}

/** 32 bytes from a pairing: only whoever knew the code gets the same session keys. */
export type PairingPsk = Secret<'PairingPsk'>

const encodeParty = ({ accountKey, tag, identityKey }: Party): Uint8Array =>
  concat(encode(signingPublicKey, accountKey), u32(tag), encode(x25519PublicKey, identityKey))

/** SHA-256 of AD = initiator || responder || SHA-256(bundle as served), PQXDH §3.3. */
const adHashOf = (initiator: Party, responder: Party, bundleHash: Uint8Array): Uint8Array =>
  sha256(join(ascii(AD_LABEL), encodeParty(initiator), encodeParty(responder), bundleHash))

/** KDF(DH1 || DH2 || DH3 [|| DH4] || SS || psk), PQXDH §2.2 and §3.3, drawn out to three keys. */
const deriveKeys = (
  agreements: readonly Secret<'X25519Shared'>[],
  shared: MlKemShared,
  psk: PairingPsk | undefined,
): Pick<SessionKeys, 'rootKey' | 'headerKeyA' | 'headerKeyB'> => {
  if (psk !== undefined && psk.length !== KEY_LENGTH) throw new Error('pqxdh: a pairing psk has 32 bytes')
  const keyMaterial = concat(F, ...agreements, shared, psk ?? NO_PSK)
  // An empty salt is 64 zeros, as §2.2 wants it.
  const keys = hkdfSha512<'PqxdhKeys'>(keyMaterial, new Uint8Array(0), ascii(KEYS_LABEL), 3 * KEY_LENGTH)
  return {
    rootKey: asSecret<'RootKey'>(keys.slice(0, KEY_LENGTH)),
    headerKeyA: asSecret<'HeaderKey'>(keys.slice(KEY_LENGTH, 2 * KEY_LENGTH)),
    headerKeyB: asSecret<'HeaderKey'>(keys.slice(2 * KEY_LENGTH)),
  }
}

/** All agreements, or undefined where one of the peer's keys was of small order. */
const allOf = <T>(agreements: readonly (T | undefined)[]): readonly T[] | undefined => {
  const made = agreements.filter((agreement) => agreement !== undefined)
  return made.length === agreements.length ? made : undefined
}

const assertOwn = (ours: Party, ourIdentity: X25519KeyPair): void => {
  if (!equal(ours.identityKey, ourIdentity.publicKey)) throw new Error('pqxdh: the identity key pair is not ours')
}

export type InitiateRefusal = 'wrong-device' | 'bad-key'

/**
 * The initiator's side (PQXDH §3.3): draws a base key and encapsulates to the bundle's one-time KEM key, or to its
 * last-resort key where it has none.
 *
 * @param input.bundle as {@link readBundle} believed it; one of another device than `theirs` is refused
 * @returns keys, the handshake header to send with every message until a reply came, and the base key (32 bytes)
 */
export const initiate = (input: {
  readonly ours: Party
  readonly ourIdentity: X25519KeyPair
  readonly theirs: Party
  readonly bundle: Bundle
  readonly psk: PairingPsk | undefined
  readonly random: Random
}):
  | { readonly ok: true; readonly keys: SessionKeys; readonly handshake: Uint8Array; readonly baseKey: Uint8Array }
  | { readonly ok: false; readonly reason: InitiateRefusal } => {
  const { ours, ourIdentity, theirs, bundle, psk, random } = input
  assertOwn(ours, ourIdentity)
  if (!isBundleOf(bundle, theirs)) return { ok: false, reason: 'wrong-device' }

  const base = x25519KeyPair(random)
  const signedPrekey = bundle.signedPrekey.key
  const agreements = allOf([
    x25519Agree(ourIdentity.privateKey, signedPrekey),
    x25519Agree(base.privateKey, theirs.identityKey),
    x25519Agree(base.privateKey, signedPrekey),
    ...(bundle.oneTimeX25519 ? [x25519Agree(base.privateKey, bundle.oneTimeX25519.key)] : []),
  ])
  const kemKey = bundle.oneTimeKem ?? bundle.lastResort
  const encapsulated = mlKem1024.encapsulate(kemKey.key, random)
  if (agreements === undefined || encapsulated === undefined) return { ok: false, reason: 'bad-key' }

  const handshake = encodeHandshake({
    baseKey: base.publicKey,
    statementHash: bundle.statementHash,
    signedPrekeyId: bundle.signedPrekey.id,
    oneTimeX25519Id: bundle.oneTimeX25519?.id,
    kem: { kind: bundle.oneTimeKem ? 'one-time' : 'last-resort', id: kemKey.id },
    kemCiphertext: encapsulated.ciphertext,
  })
  const keys = { ...deriveKeys(agreements, encapsulated.shared, psk), adHash: adHashOf(ours, theirs, bundle.hash) }
  return { ok: true, keys, handshake, baseKey: base.publicKey }
}

export type AcceptRefusal = 'missing-prekey' | 'bad-key'

/**
 * The responder's side (PQXDH §3.4). Keys that come out of a forged or changed handshake are keys that nobody else has:
 * the first message under them is what shows it.
 *
 * @param input.handshake from {@link readHandshake}; the private keys are the ones that its ids name
 * @param input.bundleHash of the bundle as it was served, made again from the ids
 */
export const accept = (input: {
  readonly ours: Party
  readonly ourIdentity: X25519KeyPair
  readonly theirs: Party
  readonly handshake: Handshake
  readonly signedPrekey: X25519KeyPair
  readonly oneTimeX25519: X25519KeyPair | undefined
  readonly kemSeed: MlKemSeed
  readonly bundleHash: Uint8Array
  readonly psk: PairingPsk | undefined
}): { readonly ok: true; readonly keys: SessionKeys } | { readonly ok: false; readonly reason: AcceptRefusal } => {
  const { ours, ourIdentity, theirs, handshake, signedPrekey, oneTimeX25519, kemSeed, bundleHash, psk } = input
  assertOwn(ours, ourIdentity)
  if ((handshake.oneTimeX25519Id === undefined) !== (oneTimeX25519 === undefined)) return { ok: false, reason: 'missing-prekey' }

  const agreements = allOf([
    x25519Agree(signedPrekey.privateKey, theirs.identityKey),
    x25519Agree(ourIdentity.privateKey, handshake.baseKey),
    x25519Agree(signedPrekey.privateKey, handshake.baseKey),
    ...(oneTimeX25519 ? [x25519Agree(oneTimeX25519.privateKey, handshake.baseKey)] : []),
  ])
  const shared = mlKem1024.decapsulate(kemSeed, handshake.kemCiphertext)
  if (agreements === undefined || shared === undefined) return { ok: false, reason: 'bad-key' }
  return { ok: true, keys: { ...deriveKeys(agreements, shared, psk), adHash: adHashOf(theirs, ours, bundleHash) } }
}
