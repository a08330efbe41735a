// What time demands of our keys: renewals, rotation, refill, and the end of what has outlived its last use
// (docs/protocols/prekeys.md, Lifetimes).

import { isDeviceListRenewalDue, readDeviceList, renewDeviceList } from '../protocol/identity/identity.ts'
import {
  BATCH_SIZE,
  generateKemBatch,
  generateOneTimeX25519,
  isRefillDue,
  oneTimeEndsAtMs,
  statementEndsAtMs,
} from '../protocol/prekeys/prekeys.ts'
import { forget, type SessionRecord } from '../protocol/session/session.ts'
import { ensureSelf } from './account.ts'
import { giveUpOld } from './send.ts'
import type { KeptKemBatch } from './state.ts'
import { freshStatement, nameable, newestSigned } from './statement.ts'
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
  const { account, deviceList } = self
  const read = readDeviceList(deviceList, { accountKey: account.publicKey, nowMs: turn.nowMs, known: undefined })
  if (read.ok && !isDeviceListRenewalDue(read.list, turn.nowMs)) return
  turn.put('self', 'self', {
    ...self,
    deviceList: renewDeviceList({ account, current: deviceList, nowMs: turn.nowMs, random: turn.random }),
  })
}

const ungiven = ({ given }: KeptKemBatch): number => BATCH_SIZE - given.length

const refill = (turn: Turn): void => {
  if (isRefillDue(turn.all('oneTimeX25519').filter(([, { given }]) => !given).length)) {
    const self = selfOf(turn)
    const made = generateOneTimeX25519(self.nextOneTimeX25519Id, BATCH_SIZE, turn.nowMs, turn.random)
    for (const key of made) turn.put('oneTimeX25519', String(key.id), { ...key, given: false })
    turn.put('self', 'self', { ...self, nextOneTimeX25519Id: self.nextOneTimeX25519Id + BATCH_SIZE })
  }
  if (isRefillDue(nameable(turn).reduce((left, row) => left + ungiven(row), 0))) {
    const self = selfOf(turn)
    const batch = generateKemBatch(self.nextOneTimeKemId, turn.nowMs, turn.random)
    turn.put('kemBatches', String(batch.firstId), { batch, createdAtMs: turn.nowMs, given: [] })
    turn.put('self', 'self', { ...self, nextOneTimeKemId: self.nextOneTimeKemId + BATCH_SIZE })
  }
}

const deleteOld = (turn: Turn): void => {
  for (const [key, row] of turn.all('statements')) if (statementEndsAtMs(row.createdAtMs) <= turn.nowMs) turn.remove('statements', key)
  const named = new Set(turn.all('statements').map(([, { signedPrekeyId }]) => signedPrekeyId))
  const newest = newestSigned(turn).id
  for (const [key, { id }] of turn.all('signedPrekeys')) if (id !== newest && !named.has(id)) turn.remove('signedPrekeys', key)
  for (const [key, row] of turn.all('oneTimeX25519')) if (oneTimeEndsAtMs(row.createdAtMs) <= turn.nowMs) turn.remove('oneTimeX25519', key)
  for (const [key, row] of turn.all('kemBatches')) if (oneTimeEndsAtMs(row.createdAtMs) <= turn.nowMs) turn.remove('kemBatches', key)
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
