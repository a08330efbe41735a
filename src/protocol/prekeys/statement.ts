// The bytes of a prekey statement and of a bundle as served (docs/protocols/prekeys.md, Statement and Bundle). What the
// device key signs is the statement; beside it stand one-time keys, of which the KEM's is proven by a path to a signed root
// and the X25519 one by nothing. Whether a bundle may be used is decided in prekeys.ts.

import {
  behind,
  bytes,
  type Codec,
  constant,
  type Decoded,
  decode,
  encode,
  fixed,
  list,
  optional,
  struct,
  u32,
  u48,
  validated,
} from '../../wire/codec.ts'
import { mlKem1024PublicKey, SIGNATURE_LENGTH, x25519PublicKey, xWingPublicKey } from '../identity/identity.ts'
import { BATCH_SIZE, PATH_LENGTH, type ProvenKem } from './batches.ts'

/** Under this the device key signs. */
export const STATEMENT_LABEL = 'parley/prekeys/statement/v1'
const STATEMENT_VERSION = 1
const BUNDLE_VERSION = 1
const HASH_LENGTH = 32
const MAX_ID = 2 ** 32 - 1
/** Batches that one statement can name. */
export const MAX_BATCHES = 4

/** A public key under its id. */
export interface IdentifiedKey {
  readonly id: number
  readonly key: Uint8Array
}

/** What a statement says of a batch. */
export interface BatchRoot {
  readonly firstId: number
  readonly root: Uint8Array
  readonly expiresAtMs: number
}

export interface Statement {
  readonly accountId: Uint8Array
  readonly tag: number
  readonly identityKey: Uint8Array
  readonly sealingKey: Uint8Array
  readonly firstContactAddress: Uint8Array
  readonly signedPrekey: IdentifiedKey
  readonly lastResort: IdentifiedKey
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly batches: BatchRoot[]
}

const id = validated(u32, (value) => value > 0)

/** Ascending and apart, so that an id belongs to one batch. */
const areApart = (batches: readonly BatchRoot[]): boolean =>
  batches.every(
    ({ firstId }, i) => firstId <= MAX_ID - (BATCH_SIZE - 1) && (i === 0 || firstId >= (batches[i - 1]?.firstId ?? 0) + BATCH_SIZE),
  )

const batchFields: Codec<BatchRoot> = struct({ firstId: id, root: fixed(HASH_LENGTH), expiresAtMs: u48 })

const statementFields: Codec<Statement> = behind(
  constant(STATEMENT_VERSION),
  struct<Statement>({
    accountId: fixed(HASH_LENGTH),
    tag: u32,
    identityKey: x25519PublicKey,
    sealingKey: xWingPublicKey,
    firstContactAddress: fixed(32),
    signedPrekey: struct<IdentifiedKey>({ id, key: x25519PublicKey }),
    lastResort: struct<IdentifiedKey>({ id, key: mlKem1024PublicKey }),
    createdAtMs: u48,
    expiresAtMs: u48,
    batches: validated(list(batchFields, MAX_BATCHES), areApart),
  }),
)

/** Throws on a statement that the format cannot hold. */
export const encodeStatement = (statement: Statement): Uint8Array => encode(statementFields, statement)

/** A signed statement taken apart; nothing is verified yet. */
export interface SignedStatement {
  readonly statement: Statement
  readonly statementBytes: Uint8Array
  readonly signature: Uint8Array
}

/** Refuses what is not exactly one statement with a signature behind it. */
export const decodeSignedStatement = (signed: Uint8Array): Decoded<SignedStatement> => {
  const end = signed.length - SIGNATURE_LENGTH
  if (end <= 0) return { ok: false, reason: 'malformed' }
  const statementBytes = signed.slice(0, end)
  const statement = decode(statementFields, statementBytes)
  return statement.ok ? { ok: true, value: { statement: statement.value, statementBytes, signature: signed.slice(end) } } : statement
}

interface ServedKem extends ProvenKem {
  readonly path: Uint8Array[]
}

/** A bundle as served. */
interface BundleFrame {
  /** Statement || signature. */
  readonly statement: Uint8Array
  readonly oneTimeX25519: IdentifiedKey | undefined
  readonly oneTimeKem: ServedKem | undefined
}

const bundleFields: Codec<BundleFrame> = behind(
  constant(BUNDLE_VERSION),
  struct<BundleFrame>({
    statement: bytes(8192, SIGNATURE_LENGTH),
    oneTimeX25519: optional(struct<IdentifiedKey>({ id, key: x25519PublicKey })),
    oneTimeKem: optional(
      struct<ServedKem>({ id, encapsulationKey: mlKem1024PublicKey, path: list(fixed(HASH_LENGTH), PATH_LENGTH, PATH_LENGTH) }),
    ),
  }),
)

export const encodeBundle = (bundle: BundleFrame): Uint8Array => encode(bundleFields, bundle)

export const decodeBundle = (served: Uint8Array): Decoded<BundleFrame & { readonly signed: SignedStatement }> => {
  const bundle = decode(bundleFields, served)
  if (!bundle.ok) return bundle
  const signed = decodeSignedStatement(bundle.value.statement)
  return signed.ok ? { ok: true, value: { ...bundle.value, signed: signed.value } } : signed
}
