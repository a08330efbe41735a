// What to ask of the relay next about our prekeys, and what an answer changes in what we know of it (docs/protocols/prekeys.md,
// Publication). In this order, one at a time: device list, statement, one-time X25519 keys, one-time KEM keys. The connection
// is publish.ts.

import { toHex } from '../crypto/bytes.ts'
import { hashOfSignedList } from '../protocol/identity/identity.ts'
import { hashOfStatement, isInBatch, proveKem } from '../protocol/prekeys/prekeys.ts'
import { MAX_KEM_KEYS_IN_REQUEST, PUBLICATION_REQUEST_ID_LENGTH, type PublicationRequest } from '../wire/publication-frames.ts'
import {
  everOffered,
  highestOffered,
  kemBatchOf,
  kemToUpload,
  leftAtRelay,
  offerKem,
  offerX25519,
  x25519Of,
  x25519ToUpload,
} from './one-time-keys.ts'
import type { KeptKemBatch, KnownRelay, Published } from './state.ts'
import { freshStatement, newestStatement, newestStatementHash } from './statement.ts'
import { selfOf, type Turn } from './turn.ts'

/** What a store is known to keep that we have not met before: nothing. It gets no key that another one may have given away. */
export const nothingPublished = (turn: Turn, { storeId }: KnownRelay): Published => {
  const offered = highestOffered(turn)
  return {
    storeId,
    deviceListHash: undefined,
    statementHash: undefined,
    x25519UpTo: offered.x25519,
    kemUpTo: offered.kem,
    x25519Left: [],
    kemLeft: [],
    checkedAtMs: 0,
  }
}

/** What may be at a store of which the disk has lost what we know: anything. */
export const publishedUnknown = (turn: Turn, relay: KnownRelay): Published => {
  const { kem, x25519 } = everOffered(turn)
  return { ...nothingPublished(turn, relay), x25519Left: x25519, kemLeft: kem }
}

export const hashOfOurList = (turn: Turn): string => toHex(hashOfSignedList(selfOf(turn).deviceList))

/** Whether anything of this device is at the relay, as far as we know. */
export const isPublished = (turn: Turn): boolean => {
  const published = turn.get('published', 'published')
  return published?.statementHash !== undefined || published?.deviceListHash !== undefined
}

/** Whether there is anything that the relay does not have yet. Makes nothing. */
export const isAnythingNew = (turn: Turn, published: Published): boolean => {
  const statement = newestStatement(turn)
  return (
    statement === undefined ||
    published.statementHash !== newestStatementHash(turn) ||
    x25519ToUpload(turn, published).length > 0 ||
    kemToUpload(turn, published, statement).length > 0 ||
    published.deviceListHash !== hashOfOurList(turn)
  )
}

/** The next request, of which nothing may leave before this turn is kept; undefined where the relay has everything, or nothing any more. */
export const nextRequest = (turn: Turn, published: Published): PublicationRequest | undefined => {
  const { account, deviceList } = selfOf(turn)
  const requestId = turn.random(PUBLICATION_REQUEST_ID_LENGTH)
  if (turn.live.leaving !== undefined) return isPublished(turn) ? { type: 'delete-device', requestId } : undefined
  if (published.deviceListHash !== hashOfOurList(turn))
    return { type: 'put-device-list', requestId, accountKey: account.publicKey, deviceList }
  const statement = freshStatement(turn)
  if (published.statementHash !== toHex(hashOfStatement(statement.bytes)))
    return { type: 'put-statement', requestId, statement: statement.bytes }
  const x25519 = x25519ToUpload(turn, published)
  if (x25519.length > 0) {
    offerX25519(turn, x25519)
    return { type: 'add-one-time-x25519', requestId, keys: x25519.map(({ id, keyPair }) => ({ id, key: keyPair.publicKey })) }
  }
  const kem = kemToUpload(turn, published, statement).slice(0, MAX_KEM_KEYS_IN_REQUEST)
  if (kem.length === 0) return undefined
  for (const row of new Set(kem.map((each) => each.row))) offerKem(turn, row, idsIn(kem, row))
  const keys = kem.map(({ id, row }) => proveKem(row.batch, id)).map((proven) => ({ ...proven, path: [...proven.path] }))
  return { type: 'add-one-time-kem', requestId, keys }
}

const idsIn = (kem: ReturnType<typeof kemToUpload>, row: KeptKemBatch): readonly number[] =>
  kem.filter((each) => each.row === row).map(({ id }) => id)

/** What the relay keeps after it has done what was asked. @param spentIds ids of the request that it had and gave away */
export const afterDone = (turn: Turn, published: Published, request: PublicationRequest, spentIds: readonly number[]): Published => {
  switch (request.type) {
    case 'put-device-list':
      return { ...published, deviceListHash: toHex(hashOfSignedList(request.deviceList)) }
    case 'put-statement': {
      const statementHash = toHex(hashOfStatement(request.statement))
      // Keys of batches that a statement does not name (any more) go from the relay with it.
      const firstIds = turn.get('statements', statementHash)?.batchFirstIds ?? []
      const kemLeft = published.kemLeft.filter((id) => firstIds.some((firstId) => isInBatch({ firstId }, id)))
      return { ...published, statementHash, kemLeft }
    }
    case 'add-one-time-x25519': {
      const left = unspent(request, spentIds).filter((id) => x25519Of(turn, id) !== undefined)
      leftAtRelay(turn, left)
      return { ...published, x25519UpTo: highestOf(request, published.x25519UpTo), x25519Left: together(published.x25519Left, left) }
    }
    case 'add-one-time-kem':
      return {
        ...published,
        kemUpTo: highestOf(request, published.kemUpTo),
        kemLeft: together(
          published.kemLeft,
          unspent(request, spentIds).filter((id) => kemBatchOf(turn, id) !== undefined),
        ),
      }
    case 'delete-device':
      return { ...published, deviceListHash: undefined, statementHash: undefined, x25519Left: [], kemLeft: [] }
    case 'status':
      return published
  }
}

/** Among what was asked are ids under which the relay keeps other keys: they, and what lies before them, are not offered again. */
export const afterConflict = (published: Published, request: PublicationRequest, ids: readonly number[]): Published => {
  if (request.type === 'add-one-time-x25519') return { ...published, x25519UpTo: Math.max(published.x25519UpTo, ...idsTaken(request, ids)) }
  if (request.type === 'add-one-time-kem') return { ...published, kemUpTo: Math.max(published.kemUpTo, ...idsTaken(request, ids)) }
  return published
}

type Upload = Extract<PublicationRequest, { readonly keys: readonly { readonly id: number }[] }>

export const isUpload = (request: PublicationRequest): request is Upload => 'keys' in request

/** Of the ids that a relay names only those of the request count; where it names none of them, it means them all. */
const idsTaken = ({ keys }: Upload, ids: readonly number[]): readonly number[] => {
  const ours = keys.map(({ id }) => id)
  const named = ours.filter((id) => ids.includes(id))
  return named.length > 0 ? named : ours
}

const unspent = ({ keys }: Upload, spentIds: readonly number[]): readonly number[] =>
  keys.map(({ id }) => id).filter((id) => !spentIds.includes(id))

const highestOf = ({ keys }: Upload, before: number): number => Math.max(before, ...keys.map(({ id }) => id))

const together = (before: readonly number[], added: readonly number[]): readonly number[] =>
  [...new Set([...before, ...added])].sort((a, b) => a - b)
