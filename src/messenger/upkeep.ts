// What time demands of our keys: renewals, rotation, refill, and the end of what has outlived its last use
// (docs/protocols/prekeys.md, Lifetimes).

import { isDeviceListRenewalDue, renewDeviceList, rereadDeviceList } from '../protocol/identity/identity.ts'
import { statementEndsAtMs } from '../protocol/prekeys/prekeys.ts'
import { forget, type SessionRecord } from '../protocol/session/session.ts'
import { accountSigner, ensureSelf } from './account.ts'
import { deleteOldOneTimeKeys, refill } from './one-time-keys.ts'
import { ownContact, ownId } from './own-contact.ts'
import { takeOwnList, tellListTo } from './own-list.ts'
import { isRemoved } from './routes.ts'
import { giveUpOld } from './send.ts'
import { freshStatement, newestSigned } from './statement.ts'
import { type Pending, selfOf, type Turn } from './turn.ts'

/** How often upkeep is looked at while Parley stays open, milliseconds. */
export const UPKEEP_EVERY_MS = 3_600_000

/**
 * Everything that time demands: renewals, rotation, refill, and what has outlived its last use.
 * Called when Parley opens and once an hour.
 */
export const upkeep = (turn: Turn): Pending | undefined => {
  ensureSelf(turn)
  renewList(turn)
  refill(turn)
  freshStatement(turn)
  deleteOld(turn)
  turn.forgetSeenBefore(turn.nowMs)
  return giveUpOld(turn)
}

const renewList = (turn: Turn): void => {
  const self = selfOf(turn)
  if (isRemoved(turn)) return
  const { deviceList } = self
  const account = accountSigner(turn)
  if (account === undefined) return
  if (!isDeviceListRenewalDue(rereadDeviceList(deviceList), turn.nowMs)) return
  takeOwnList(turn, renewDeviceList({ account, current: deviceList, nowMs: turn.nowMs, random: turn.random }))
  for (const { device } of ownContact(turn)?.devices ?? []) tellListTo(turn, ownId(turn), device.tag)
}

const deleteOld = (turn: Turn): void => {
  for (const [key, row] of turn.all('statements')) if (statementEndsAtMs(row.createdAtMs) <= turn.nowMs) turn.remove('statements', key)
  const named = new Set(turn.all('statements').map(([, { signedPrekeyId }]) => signedPrekeyId))
  const newest = newestSigned(turn).id
  for (const [key, { id }] of turn.all('signedPrekeys')) if (id !== newest && !named.has(id)) turn.remove('signedPrekeys', key)
  deleteOldOneTimeKeys(turn)
  const oldestSignedPrekeyId = Math.min(...turn.all('signedPrekeys').map(([, { id }]) => id))
  for (const [key, record] of turn.all('sessions')) {
    const forgotten = forget(record, { nowMs: turn.nowMs, oldestSignedPrekeyId })
    if (sizeOf(forgotten) !== sizeOf(record)) turn.put('sessions', key, forgotten)
  }
}

/** Forgetting only takes away, so what has as much of everything is the same. */
const sizeOf = ({ current, lastResortUses, previous, tombstones }: SessionRecord): string =>
  [previous.length, tombstones.length, lastResortUses.length]
    .concat(
      [current, ...previous.map(({ session }) => session)].flatMap((each) => [
        each?.ratchet.skipped.size ?? 0,
        each?.ratchet.oldChains.length ?? 0,
      ]),
    )
    .join()
