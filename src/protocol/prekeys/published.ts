// What a device has published, as the relay that keeps it and the device that checks on it look at it
// (docs/protocols/publication.md): a statement by itself, and the digest of the one-time keys that are left. Neither trusts
// the other; a bundle that somebody fetches is read in prekeys.ts.

import { ascii, concat, equal, join, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { encode } from '../../wire/codec.ts'
import { CLOCK_TOLERANCE_MS, type Device, mlKem1024PublicKey, verify, x25519PublicKey } from '../identity/identity.ts'
import { BATCH_LIFE_MS, STATEMENT_LIFE_MS } from './lifetimes.ts'
import { decodeSignedStatement, type IdentifiedKey, type SignedStatement, STATEMENT_LABEL, type Statement } from './statement.ts'

const DIGEST_LABEL = 'parley/prekeys/digest/v1'

export type StatementRefusal = 'malformed' | 'wrong-device' | 'bad-signature' | 'expired' | 'expires-too-late'

/** Whose statement it must be: an account, and the device from its verified list. */
export interface StatementReader {
  readonly accountId: Uint8Array
  readonly device: Device
  readonly nowMs: number
}

/** Reads a signed statement (statement || signature) that came from outside. */
export const readStatement = (
  signed: Uint8Array,
  reader: StatementReader,
): { readonly ok: true; readonly statement: Statement } | { readonly ok: false; readonly reason: StatementRefusal } => {
  const decoded = decodeSignedStatement(signed)
  if (!decoded.ok) return decoded
  const reason = whyNotBelieved(decoded.value, reader)
  return reason === undefined ? { ok: true, statement: decoded.value.statement } : { ok: false, reason }
}

/** Why a statement is not believed, in the order of docs/protocols/prekeys.md; undefined where it is. */
export const whyNotBelieved = (
  { statement, statementBytes, signature }: SignedStatement,
  { accountId, device, nowMs }: StatementReader,
): Exclude<StatementRefusal, 'malformed'> | undefined => {
  const isOfDevice =
    equal(statement.accountId, accountId) && statement.tag === device.tag && equal(statement.identityKey, device.identityKey)
  if (!isOfDevice) return 'wrong-device'
  if (!verify(device.deviceKey, STATEMENT_LABEL, statementBytes, signature)) return 'bad-signature'
  if (statement.expiresAtMs <= nowMs) return 'expired'
  const promisesTooMuch = (expiresAtMs: number, lifeMs: number) => expiresAtMs > nowMs + lifeMs + CLOCK_TOLERANCE_MS
  if (statement.expiresAtMs - statement.createdAtMs > STATEMENT_LIFE_MS) return 'expires-too-late'
  if (promisesTooMuch(statement.expiresAtMs, STATEMENT_LIFE_MS)) return 'expires-too-late'
  return statement.batches.some(({ expiresAtMs }) => promisesTooMuch(expiresAtMs, BATCH_LIFE_MS)) ? 'expires-too-late' : undefined
}

/** What a signed statement says that was read before and kept since; nothing is verified. Throws on what is none. */
export const rereadStatement = (signed: Uint8Array): Statement => {
  const decoded = decodeSignedStatement(signed)
  if (!decoded.ok) throw new Error('rereadStatement: what was kept is no statement')
  return decoded.value.statement
}

/**
 * The digest of published one-time keys, by which a device sees that exactly its own keys are there.
 *
 * @param published.x25519 32 bytes each; the order does not matter
 * @param published.kem ML-KEM-1024 encapsulation keys, 1,568 bytes each; the order does not matter
 * @returns 32 bytes
 */
export const digestOf = (published: { readonly x25519: readonly IdentifiedKey[]; readonly kem: readonly IdentifiedKey[] }): Uint8Array =>
  sha256(join(ascii(DIGEST_LABEL), listed(published.x25519, x25519PublicKey), listed(published.kem, mlKem1024PublicKey)))

const listed = (keys: readonly IdentifiedKey[], codec: typeof x25519PublicKey): Uint8Array =>
  concat(...[...keys].sort((a, b) => a.id - b.id).flatMap(({ id, key }) => [u32(id), encode(codec, key)]))
