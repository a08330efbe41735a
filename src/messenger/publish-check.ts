// The self-check: what the relay says that it keeps of our prekeys, against what we left there (docs/protocols/prekeys.md,
// Self-check). It sees a relay that puts keys back, exchanges them or shows old statements to us; what a relay shows to
// others only, they must see.

import { equal, toHex } from '../crypto/bytes.ts'
import { digestOf, encapsulationKeyOf } from '../protocol/prekeys/prekeys.ts'
import type { PublicationReply } from '../wire/publication-frames.ts'
import { misbehaved } from './misbehaviour.ts'
import { kemBatchOf, leftAtRelay, mayBeAtRelay, x25519Of } from './one-time-keys.ts'
import { hashOfOurList } from './publish-requests.ts'
import type { Published } from './state.ts'
import type { Turn } from './turn.ts'

type Status = Extract<PublicationReply, { readonly type: 'status' }>

/**
 * Notes in the log what must not be so.
 *
 * @param then what the relay was known to keep when it was asked; keys may have opened a message since
 * @returns what the relay keeps, as far as it is ours
 */
export const afterStatus = (turn: Turn, published: Published, then: Published, status: Status): Published => {
  const deviceListHash = status.deviceListHash && toHex(status.deviceListHash)
  const statementHash = status.statementHash && toHex(status.statementHash)
  if (isOtherList(turn, published, deviceListHash)) turn.live = { ...turn.live, replacedList: hashOfOurList(turn) }
  if (isOlderStatement(turn, published, statementHash)) misbehaved(turn, 'older-statement')

  const may = mayBeAtRelay(turn, then)
  const x25519 = status.x25519.leftIds.filter((id) => may.x25519.has(id))
  const kem = status.kem.leftIds.filter((id) => may.kem.has(id))
  const isMore = x25519.length + kem.length < status.x25519.leftIds.length + status.kem.leftIds.length
  if (isMore) misbehaved(turn, 'key-came-back')
  else if (!isDigestOf(turn, x25519, kem, status.digest)) misbehaved(turn, 'key-changed')

  const x25519Left = x25519.filter((id) => x25519Of(turn, id) !== undefined)
  const kemLeft = kem.filter((id) => kemBatchOf(turn, id) !== undefined)
  leftAtRelay(turn, x25519Left)
  return { ...published, deviceListHash, statementHash, x25519Left, kemLeft, checkedAtMs: turn.nowMs }
}

/**
 * The relay had taken our newest list, and has another one now: a newer one, of which our main device has not told us yet, or an older
 * one. None at all is no sign: it may have expired there.
 */
const isOtherList = (turn: Turn, { deviceListHash }: Published, hash: string | undefined): boolean =>
  hash !== undefined && hash !== deviceListHash && deviceListHash === hashOfOurList(turn)

/** The relay took our list once more, or showed none that is newer: so the one that it had is older. */
export const wasOlderList = (turn: Turn): void => {
  if (turn.live.replacedList === hashOfOurList(turn)) misbehaved(turn, 'older-statement')
  turn.live = { ...turn.live, replacedList: undefined }
}

/** It had taken a statement, and has one now that we signed earlier, or one that we do not know (any more). */
const isOlderStatement = (turn: Turn, { statementHash }: Published, hash: string | undefined): boolean => {
  const taken = statementHash === undefined ? undefined : turn.get('statements', statementHash)
  if (taken === undefined || hash === undefined || hash === statementHash) return false
  const kept = turn.get('statements', hash)
  return kept === undefined || kept.createdAtMs < taken.createdAtMs
}

/** Keys whose private halves are gone cannot be compared: they are too old to be used, and go with the next statement. */
const isDigestOf = (turn: Turn, x25519Ids: readonly number[], kemIds: readonly number[], digest: Uint8Array): boolean => {
  const x25519 = x25519Ids.flatMap((id) => {
    const row = x25519Of(turn, id)
    return row === undefined ? [] : [{ id, key: row.keyPair.publicKey }]
  })
  const kem = kemIds.flatMap((id) => {
    const row = kemBatchOf(turn, id)
    const key = row && encapsulationKeyOf(row.batch, id)
    return key === undefined ? [] : [{ id, key }]
  })
  return x25519.length + kem.length < x25519Ids.length + kemIds.length || equal(digestOf({ x25519, kem }), digest)
}
