// Prekeys: what a device publishes so that others can start a session while it is away (docs/protocols/prekeys.md;
// PQXDH revision 3 §3.2). The door of this folder: making the keys, signing the statement, putting a bundle together and
// reading somebody else's. It agrees on no secret (that is pqxdh) and stores nothing.

import { concat, equal } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { type MlKemKeyPair, mlKem1024 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import { type X25519KeyPair, x25519KeyPair } from '../../crypto/x25519.ts'
import { type XWingKeyPair, xWingKeyPair } from '../../crypto/xwing.ts'
import { accountIdOf, type Device, type SigningKeys, sign } from '../identity/identity.ts'
import { batchRoot, isInBatch, isProven, type KemBatch, type ProvenKem } from './batches.ts'
import { STATEMENT_LIFE_MS } from './lifetimes.ts'
import { type StatementRefusal, whyNotBelieved } from './published.ts'
import { decodeBundle, encodeBundle, encodeStatement, type IdentifiedKey, STATEMENT_LABEL, type Statement } from './statement.ts'

export { signingPublicKey, x25519PublicKey } from '../identity/identity.ts'
export {
  BATCH_SIZE,
  encapsulationKeyOf,
  generateKemBatch,
  isInBatch,
  isProven,
  type KemBatch,
  type ProvenKem,
  proveKem,
  spendKem,
} from './batches.ts'
export {
  BATCH_LIFE_MS,
  canBeNamed,
  isRefillDue,
  isRotationDue,
  oneTimeEndsAtMs,
  STATEMENT_LIFE_MS,
  statementEndsAtMs,
} from './lifetimes.ts'
export { digestOf, readStatement, rereadStatement, type StatementRefusal } from './published.ts'
export type { IdentifiedKey } from './statement.ts'

const MAX_ID = 2 ** 32 - 1

/** The keys that one statement signs and that rotate together. */
export interface SignedPrekeys {
  /** One id for the set; only grows. */
  readonly id: number
  readonly createdAtMs: number
  readonly x25519: X25519KeyPair
  /** ML-KEM-1024: used where no one-time key was to be had. */
  readonly lastResort: MlKemKeyPair
  /** X-Wing: first messages of people who were introduced are sealed to it. */
  readonly sealing: XWingKeyPair
}

/** @param id above every id of this kind that the device has ever used; at least 1 */
export const generateSignedPrekeys = (id: number, nowMs: number, random: Random): SignedPrekeys => ({
  id: checkedId(id),
  createdAtMs: nowMs,
  x25519: x25519KeyPair(random),
  lastResort: mlKem1024.keyPair(random),
  sealing: xWingKeyPair(random),
})

export interface OneTimeX25519 {
  readonly id: number
  readonly createdAtMs: number
  readonly keyPair: X25519KeyPair
}

/** @param firstId above every id of this kind that the device has ever used; at least 1 */
export const generateOneTimeX25519 = (firstId: number, count: number, nowMs: number, random: Random): readonly OneTimeX25519[] =>
  Array.from({ length: count }, (_, i) => ({ id: checkedId(firstId + i), createdAtMs: nowMs, keyPair: x25519KeyPair(random) }))

const checkedId = (id: number): number => {
  if (!Number.isInteger(id) || id < 1 || id > MAX_ID) throw new Error('prekeys: id out of range')
  return id
}

/**
 * Signs what a device publishes, for seven days from now.
 *
 * @param input.firstContactAddress 32 bytes: where people who were introduced deposit a first message
 * @param input.batches at most four, ascending
 * @returns statement || signature
 */
export const signStatement = (input: {
  readonly accountId: Uint8Array
  readonly tag: number
  readonly device: SigningKeys
  readonly identityKey: Uint8Array
  readonly signed: SignedPrekeys
  readonly firstContactAddress: Uint8Array
  readonly batches: readonly KemBatch[]
  readonly nowMs: number
  readonly random: Random
}): Uint8Array => {
  const { accountId, tag, device, identityKey, signed, firstContactAddress, batches, nowMs, random } = input
  const statement = encodeStatement({
    accountId,
    tag,
    identityKey,
    sealingKey: signed.sealing.publicKey,
    firstContactAddress,
    signedPrekey: { id: signed.id, key: signed.x25519.publicKey },
    lastResort: { id: signed.id, key: signed.lastResort.encapsulationKey },
    createdAtMs: nowMs,
    expiresAtMs: nowMs + STATEMENT_LIFE_MS,
    batches: batches.map((batch) => ({ firstId: batch.firstId, root: batchRoot(batch), expiresAtMs: batch.expiresAtMs })),
  })
  return concat(statement, sign(device, STATEMENT_LABEL, statement, random))
}

/** @returns 32 bytes: by this a handshake names the statement that it used */
export const hashOfStatement = (statement: Uint8Array): Uint8Array => sha256(statement)

/** @returns 32 bytes, part of what PQXDH binds */
export const hashOfBundle = (served: Uint8Array): Uint8Array => sha256(served)

/** A bundle as served: the same parts give the same bytes, so that a responder can make again what it once gave away. */
export const assembleBundle = (input: {
  readonly statement: Uint8Array
  readonly oneTimeX25519?: { readonly id: number; readonly publicKey: Uint8Array } | undefined
  readonly oneTimeKem?: ProvenKem | undefined
}): Uint8Array => {
  const { statement, oneTimeX25519, oneTimeKem } = input
  return encodeBundle({
    statement,
    oneTimeX25519: oneTimeX25519 && { id: oneTimeX25519.id, key: oneTimeX25519.publicKey },
    oneTimeKem: oneTimeKem && { ...oneTimeKem, path: [...oneTimeKem.path] },
  })
}

/** Somebody's bundle after {@link readBundle} believed it. */
export interface Bundle extends Omit<Statement, 'batches'> {
  readonly statementHash: Uint8Array
  readonly oneTimeX25519: IdentifiedKey | undefined
  readonly oneTimeKem: IdentifiedKey | undefined
  /** SHA-256 of the bundle as served. */
  readonly hash: Uint8Array
}

export type BundleRefusal = StatementRefusal | 'bad-path' | 'bad-key'

/**
 * Reads a bundle that came from outside.
 *
 * @param input.accountId 32 bytes, and `input.device` from that account's verified list: whose bundle it must be
 */
export const readBundle = (
  served: Uint8Array,
  input: { readonly accountId: Uint8Array; readonly device: Device; readonly nowMs: number },
): { readonly ok: true; readonly bundle: Bundle } | { readonly ok: false; readonly reason: BundleRefusal } => {
  const { accountId, device, nowMs } = input
  const decoded = decodeBundle(served)
  if (!decoded.ok) return decoded
  const { signed, oneTimeX25519, oneTimeKem } = decoded.value
  const { batches, ...statement } = signed.statement

  const unfit = whyNotBelieved(signed, { accountId, device, nowMs })
  if (unfit !== undefined) return refuse(unfit)

  if (oneTimeKem !== undefined) {
    const batch = batches.find((one) => isInBatch(one, oneTimeKem.id))
    if (batch === undefined || !isProven(oneTimeKem, batch)) return refuse('bad-path')
    if (batch.expiresAtMs <= nowMs) return refuse('expired')
  }
  const encapsulationKeys = [statement.lastResort.key, ...(oneTimeKem ? [oneTimeKem.encapsulationKey] : [])]
  if (!encapsulationKeys.every(mlKem1024.isEncapsulationKey)) return refuse('bad-key')

  return {
    ok: true,
    bundle: {
      ...statement,
      statementHash: hashOfStatement(decoded.value.statement),
      oneTimeX25519,
      oneTimeKem: oneTimeKem && { id: oneTimeKem.id, key: oneTimeKem.encapsulationKey },
      hash: hashOfBundle(served),
    },
  }
}

/** Whether a bundle is this device's: asked again by whoever is handed both. */
export const isBundleOf = (
  bundle: Bundle,
  device: { readonly accountKey: Uint8Array; readonly tag: number; readonly identityKey: Uint8Array },
): boolean =>
  equal(bundle.accountId, accountIdOf(device.accountKey)) && bundle.tag === device.tag && equal(bundle.identityKey, device.identityKey)

const refuse = <Reason extends BundleRefusal>(reason: Reason) => ({ ok: false, reason }) as const
