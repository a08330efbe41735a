// The statement that our device signs about its prekeys, and the signed keys in it: always fresh enough for whoever gets it
// now (docs/protocols/prekeys.md, Statement and Lifetimes).

import { toHex } from '../crypto/bytes.ts'
import { CLOCK_TOLERANCE_MS } from '../protocol/identity/identity.ts'
import {
  canBeNamed,
  generateSignedPrekeys,
  hashOfStatement,
  isRotationDue,
  type SignedPrekeys,
  STATEMENT_LIFE_MS,
  signStatement,
} from '../protocol/prekeys/prekeys.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import type { KeptKemBatch, KeptStatement } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

const DAY_MS = 86_400_000
/** A statement is signed afresh when less than this is left of it: an introduction must outlast a slow answer. */
const STATEMENT_LEFT_MS = 4 * DAY_MS
/** Batches that a statement can name. */
export const MAX_BATCHES = 4

/** The newest statement, after keys were rotated and it was signed anew where that is due: the page may have slept. */
export const freshStatement = (turn: Turn): KeptStatement => {
  rotate(turn)
  renewStatement(turn)
  const statement = newestStatement(turn)
  if (statement === undefined) throw new Error('freshStatement: none was signed')
  return statement
}

export const newestSigned = (turn: Turn): SignedPrekeys => {
  const newest = findNewestSigned(turn)
  if (newest === undefined) throw new Error('account: no signed prekeys')
  return newest
}

/** @returns undefined where the disk has lost them */
const findNewestSigned = (turn: Turn): SignedPrekeys | undefined =>
  turn
    .all('signedPrekeys')
    .reduce<SignedPrekeys | undefined>((newest, [, row]) => (newest === undefined || row.id > newest.id ? row : newest), undefined)

const rotate = (turn: Turn): void => {
  const newest = findNewestSigned(turn)
  if (newest !== undefined && !isRotationDue(newest, turn.nowMs)) return
  const self = selfOf(turn)
  turn.put('signedPrekeys', String(self.nextSignedPrekeyId), generateSignedPrekeys(self.nextSignedPrekeyId, turn.nowMs, turn.random))
  turn.put('self', 'self', { ...self, nextSignedPrekeyId: self.nextSignedPrekeyId + 1 })
}

/** Batches that a statement signed now could name, ascending. */
export const nameable = (turn: Turn): readonly KeptKemBatch[] =>
  turn
    .all('kemBatches')
    .map(([, row]) => row)
    .filter(({ batch }) => canBeNamed(batch, turn.nowMs))
    .sort((a, b) => a.batch.firstId - b.batch.firstId)
    .slice(-MAX_BATCHES)

/** As it was signed last, by its hash. One from a future that our clock has left is believed by nobody, and counts as none. */
const newest = (turn: Turn): readonly [string, KeptStatement] | undefined =>
  turn
    .all('statements')
    .filter(([, { createdAtMs }]) => createdAtMs <= turn.nowMs + CLOCK_TOLERANCE_MS)
    .reduce<readonly [string, KeptStatement] | undefined>(
      (newer, row) => (newer === undefined || row[1].createdAtMs > newer[1].createdAtMs ? row : newer),
      undefined,
    )

export const newestStatement = (turn: Turn): KeptStatement | undefined => newest(turn)?.[1]

/** Hexadecimal. */
export const newestStatementHash = (turn: Turn): string | undefined => newest(turn)?.[0]

const renewStatement = (turn: Turn): void => {
  const self = selfOf(turn)
  const signed = newestSigned(turn)
  const batches = nameable(turn).map(({ batch }) => batch)
  const firstIds = batches.map(({ firstId }) => firstId)
  const before = newestStatement(turn)
  const isFresh =
    before !== undefined &&
    before.signedPrekeyId === signed.id &&
    before.expiresAtMs - turn.nowMs >= STATEMENT_LEFT_MS &&
    firstIds.every((firstId) => before.batchFirstIds.includes(firstId))
  if (isFresh) return
  // Whoever keeps statements takes only a later one in the place of another, though our clock may have gone back a little.
  const createdAtMs = Math.max(turn.nowMs, (before?.createdAtMs ?? 0) + 1)
  const bytes = signStatement({
    accountId: self.accountId,
    tag: self.tag,
    device: self.device,
    identityKey: self.identity.publicKey,
    signed,
    firstContactAddress: addressOf(self.firstContactListenKey),
    batches,
    nowMs: createdAtMs,
    random: turn.random,
  })
  turn.put('statements', toHex(hashOfStatement(bytes)), {
    bytes,
    signedPrekeyId: signed.id,
    batchFirstIds: firstIds,
    createdAtMs,
    expiresAtMs: createdAtMs + STATEMENT_LIFE_MS,
  })
}
