// Our one-time keys: which of them a relay gives away, which are kept for people whom we pair with, how many are left of
// each, and when more are made (docs/protocols/prekeys.md, One-time keys). Nothing is sent here.

import {
  BATCH_SIZE,
  generateKemBatch,
  generateOneTimeX25519,
  isInBatch,
  isRefillDue,
  oneTimeEndsAtMs,
  statementEndsAtMs,
} from '../protocol/prekeys/prekeys.ts'
import { MAX_ONE_TIME_X25519 } from '../wire/publication-frames.ts'
import type { KeptKemBatch, KeptOneTimeX25519, KeptStatement, Published } from './state.ts'
import { MAX_BATCHES, nameable } from './statement.ts'
import { selfOf, type Turn } from './turn.ts'

/** The last keys of each batch are never uploaded: they go into introductions made in person. */
const KEPT_FOR_PAIRINGS = 8
const FIRST_ID = 1
/** Batches of a kind whose private halves are kept, at the most: a relay that says that all are gone makes us make no more. */
const MAX_KEPT_BATCHES = 50

/** By the place in its batch. X25519 keys are made by the hundred too, from id 1 on. */
const isForRelay = (firstId: number, id: number): boolean => (id - firstId) % BATCH_SIZE < BATCH_SIZE - KEPT_FOR_PAIRINGS

const idsOf = ({ batch }: KeptKemBatch): readonly number[] =>
  batch.seeds.flatMap((seed, i) => (seed === undefined ? [] : [batch.firstId + i]))

const x25519Rows = (turn: Turn, isWanted: (row: KeptOneTimeX25519) => boolean): readonly KeptOneTimeX25519[] =>
  turn
    .all('oneTimeX25519')
    .map(([, row]) => row)
    .filter(isWanted)
    .sort((a, b) => a.id - b.id)

/** Undefined once it has opened its one message, or is too old. */
export const x25519Of = (turn: Turn, id: number): KeptOneTimeX25519 | undefined => turn.get('oneTimeX25519', String(id))

/** The batch with this key; undefined once the key has opened its one message, or is too old. */
export const kemBatchOf = (turn: Turn, id: number): KeptKemBatch | undefined => {
  const row = turn.all('kemBatches').find(([, { batch }]) => isInBatch(batch, id))?.[1]
  return row?.batch.seeds[id - row.batch.firstId] === undefined ? undefined : row
}

// ---- for people whom we pair with -------------------------------------------------------------------------------

const x25519ForPairings = (turn: Turn) => x25519Rows(turn, ({ given, id }) => !given && !isForRelay(FIRST_ID, id))

const kemIdsForPairings = (row: KeptKemBatch): readonly number[] =>
  idsOf(row).filter((id) => !isForRelay(row.batch.firstId, id) && !row.given.includes(id))

/** One that nobody else gets; undefined where none is left: an introduction may go without. */
export const takeX25519 = (turn: Turn): KeptOneTimeX25519 | undefined => {
  const [row] = x25519ForPairings(turn)
  if (row !== undefined) turn.put('oneTimeX25519', String(row.id), { ...row, given: true })
  return row
}

/** The same of the batches that a statement names. */
export const takeKem = (
  turn: Turn,
  statement: KeptStatement,
): { readonly batch: KeptKemBatch['batch']; readonly id: number } | undefined => {
  for (const row of namedBy(turn, statement)) {
    const [id] = kemIdsForPairings(row)
    if (id === undefined) continue
    turn.put('kemBatches', String(row.batch.firstId), { ...row, given: [...row.given, id] })
    return { batch: row.batch, id }
  }
  return undefined
}

// ---- for the relay ----------------------------------------------------------------------------------------------

const namedBy = (turn: Turn, { batchFirstIds }: KeptStatement): readonly KeptKemBatch[] =>
  nameable(turn).filter(({ batch }) => batchFirstIds.includes(batch.firstId))

/** What the relay can still take, lowest ids first. */
export const x25519ToUpload = (turn: Turn, { x25519Left, x25519UpTo }: Published): readonly KeptOneTimeX25519[] =>
  x25519Waiting(turn, x25519UpTo).slice(0, Math.max(0, MAX_ONE_TIME_X25519 - x25519Left.length))

const x25519Waiting = (turn: Turn, upTo: number) => x25519Rows(turn, ({ id }) => isForRelay(FIRST_ID, id) && id > upTo)

/** Ids by their batches, which the statement names; lowest first. There is room: a statement names four batches at most. */
export const kemToUpload = (
  turn: Turn,
  { kemUpTo }: Published,
  statement: KeptStatement,
): readonly { readonly row: KeptKemBatch; readonly id: number }[] =>
  namedBy(turn, statement).flatMap((row) => kemIdsWaiting(row, kemUpTo).map((id) => ({ row, id })))

const kemIdsWaiting = (row: KeptKemBatch, upTo: number): readonly number[] =>
  idsOf(row).filter((id) => isForRelay(row.batch.firstId, id) && id > upTo)

/** Nobody else gets them from now on, whatever becomes of the request that offers them. */
export const offerX25519 = (turn: Turn, rows: readonly KeptOneTimeX25519[]): void => {
  for (const row of rows) if (!row.given) turn.put('oneTimeX25519', String(row.id), { ...row, given: true })
}

export const offerKem = (turn: Turn, row: KeptKemBatch, ids: readonly number[]): void => {
  if (ids.some((id) => !row.given.includes(id)))
    turn.put('kemBatches', String(row.batch.firstId), { ...row, given: [...new Set([...row.given, ...ids])] })
}

/** Ids that may be at the relay: what was left when we looked, and what we offered since and do not know to have arrived. */
export const mayBeAtRelay = (
  turn: Turn,
  { kemLeft, kemUpTo, x25519Left, x25519UpTo }: Published,
): { readonly x25519: ReadonlySet<number>; readonly kem: ReadonlySet<number> } => ({
  x25519: new Set([...x25519Left, ...x25519Waiting(turn, x25519UpTo).flatMap(({ given, id }) => (given ? [id] : []))]),
  kem: new Set([
    ...kemLeft,
    ...turn.all('kemBatches').flatMap(([, row]) => kemIdsWaiting(row, kemUpTo).filter((id) => row.given.includes(id))),
  ]),
})

/** Ids that were ever offered to any relay, and whose keys are kept. */
export const everOffered = (turn: Turn): { readonly x25519: readonly number[]; readonly kem: readonly number[] } => ({
  x25519: x25519Rows(turn, ({ given, id }) => given && isForRelay(FIRST_ID, id)).map(({ id }) => id),
  kem: turn.all('kemBatches').flatMap(([, { batch, given }]) => given.filter((id) => isForRelay(batch.firstId, id))),
})

/** The highest ids that were ever offered to any relay: a store that is new gets none of these. */
export const highestOffered = (turn: Turn): { readonly x25519: number; readonly kem: number } => {
  const before = turn.get('published', 'published')
  const { kem, x25519 } = everOffered(turn)
  return { x25519: Math.max(before?.x25519UpTo ?? 0, ...x25519), kem: Math.max(before?.kemUpTo ?? 0, ...kem) }
}

/**
 * Notes that the relay has these to give away now. Nothing at the relay ends an X25519 key, so its private half must outlive
 * whatever statement it can be served with, however old it is.
 */
export const leftAtRelay = (turn: Turn, ids: readonly number[]): void => {
  for (const id of ids) {
    const row = x25519Of(turn, id)
    if (row !== undefined && x25519EndsAtMs(row) < statementEndsAtMs(turn.nowMs))
      turn.put('oneTimeX25519', String(id), { ...row, leftAtRelayMs: turn.nowMs })
  }
}

const x25519EndsAtMs = ({ createdAtMs, leftAtRelayMs }: KeptOneTimeX25519): number =>
  Math.max(oneTimeEndsAtMs(createdAtMs), leftAtRelayMs === undefined ? 0 : statementEndsAtMs(leftAtRelayMs))

/** A one-time key has opened its one message: a relay that still has it keeps what it gave away. */
export const noLongerLeft = (turn: Turn, x25519Id: number | undefined, kemId: number | undefined): void => {
  const published = turn.get('published', 'published')
  if (published === undefined) return
  const x25519Left = published.x25519Left.filter((id) => id !== x25519Id)
  const kemLeft = published.kemLeft.filter((id) => id !== kemId)
  if (x25519Left.length + kemLeft.length < published.x25519Left.length + published.kemLeft.length)
    turn.put('published', 'published', { ...published, x25519Left, kemLeft })
}

// ---- making and deleting them -----------------------------------------------------------------------------------

/** Makes a hundred of a kind where the relay has few left and none wait for it, or none are left for pairings. */
export const refill = (turn: Turn): void => {
  const published = turn.get('published', 'published')
  const upTo = published === undefined ? highestOffered(turn) : { x25519: published.x25519UpTo, kem: published.kemUpTo }
  const x25519 = (published?.x25519Left.length ?? 0) + x25519Waiting(turn, upTo.x25519).length
  const hasRoomForX25519 = turn.all('oneTimeX25519').length <= (MAX_KEPT_BATCHES - 1) * BATCH_SIZE
  if (hasRoomForX25519 && (isRefillDue(x25519) || x25519ForPairings(turn).length === 0)) makeX25519(turn)

  const rows = nameable(turn)
  const kemLeft = rows.reduce((sum, row) => {
    const left = idsOf(row).filter((id) => published?.kemLeft.includes(id))
    return sum + left.length + kemIdsWaiting(row, upTo.kem).length
  }, 0)
  const noneForPairings = rows.every((row) => kemIdsForPairings(row).length === 0)
  if (turn.all('kemBatches').length >= MAX_KEPT_BATCHES) return
  // A batch more than a statement can name would take a batch from the relay.
  if (isRefillDue(kemLeft) || (noneForPairings && rows.length < MAX_BATCHES)) makeKemBatch(turn)
}

const makeX25519 = (turn: Turn): void => {
  const self = selfOf(turn)
  const made = generateOneTimeX25519(self.nextOneTimeX25519Id, BATCH_SIZE, turn.nowMs, turn.random)
  for (const key of made) turn.put('oneTimeX25519', String(key.id), { ...key, given: false })
  turn.put('self', 'self', { ...self, nextOneTimeX25519Id: self.nextOneTimeX25519Id + BATCH_SIZE })
}

const makeKemBatch = (turn: Turn): void => {
  const self = selfOf(turn)
  const batch = generateKemBatch(self.nextOneTimeKemId, turn.nowMs, turn.random)
  turn.put('kemBatches', String(batch.firstId), { batch, createdAtMs: turn.nowMs, given: [] })
  turn.put('self', 'self', { ...self, nextOneTimeKemId: self.nextOneTimeKemId + BATCH_SIZE })
}

/** Deletes private halves that no message can name any more. */
export const deleteOldOneTimeKeys = (turn: Turn): void => {
  const published = turn.get('published', 'published')
  const kept = published && mayBeAtRelay(turn, published).x25519
  for (const [key, row] of turn.all('oneTimeX25519'))
    if (x25519EndsAtMs(row) <= turn.nowMs && kept?.has(row.id) !== true) turn.remove('oneTimeX25519', key)
  for (const [key, row] of turn.all('kemBatches')) if (oneTimeEndsAtMs(row.createdAtMs) <= turn.nowMs) turn.remove('kemBatches', key)
}
