// Who we are to others: made at the first start, without asking anything, and kept fresh from then on. Private halves are
// rows before anything public about them leaves (docs/protocols/prekeys.md).

import { toHex } from '../crypto/bytes.ts'
import {
  accountIdOf,
  CLOCK_TOLERANCE_MS,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  generateIdentityKey,
  generateSigningKeys,
  isDeviceListRenewalDue,
  NO_PREVIOUS_LIST,
  randomDeviceTag,
  readDeviceList,
  renewDeviceList,
  signDeviceList,
} from '../protocol/identity/identity.ts'
import type { Introduction } from '../protocol/pairing/pairing.ts'
import type { Handshake, Party } from '../protocol/pqxdh/pqxdh.ts'
import {
  assembleBundle,
  BATCH_SIZE,
  canBeNamed,
  generateKemBatch,
  generateOneTimeX25519,
  generateSignedPrekeys,
  hashOfBundle,
  hashOfStatement,
  isRefillDue,
  isRotationDue,
  oneTimeEndsAtMs,
  proveKem,
  STATEMENT_LIFE_MS,
  signStatement,
  spendKem,
  statementEndsAtMs,
} from '../protocol/prekeys/prekeys.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { fingerprintOf } from '../protocol/safety-number/safety-number.ts'
import { forget, type NamedPrekeys, type SessionRecord } from '../protocol/session/session.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import { giveUpOld } from './send.ts'
import type { KeptKemBatch, KeptStatement, Self } from './state.ts'
import { type Pending, selfOf, type Turn } from './turn.ts'

const DAY_MS = 86_400_000
/** A statement is signed afresh when less than this is left of it: an introduction must outlast a slow answer. */
const STATEMENT_LEFT_MS = 4 * DAY_MS
/** How often upkeep is looked at while Parley stays open, milliseconds. */
export const UPKEEP_EVERY_MS = 3_600_000
/** Batches that a statement can name. */
const MAX_BATCHES = 4

/** Makes the account and this device, if there are none yet; about half a second. */
export const ensureSelf = (turn: Turn): void => {
  if (turn.get('self', 'self') !== undefined) return
  const { nowMs, random } = turn
  const account = generateSigningKeys(random)
  const device = generateSigningKeys(random)
  const accountId = accountIdOf(account.publicKey)
  const signed = generateSignedPrekeys(1, nowMs, random)
  const identity = generateIdentityKey(random)
  const entry: Device = {
    tag: randomDeviceTag(random),
    deviceKey: device.publicKey,
    identityKey: identity.publicKey,
    createdAtMs: nowMs,
    name: '',
  }
  const list = { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs: nowMs + DEVICE_LIST_LIFE_MS, devices: [entry] }
  const countersignatures = [countersign(entry, device, accountId, random)]
  const self: Self = {
    account,
    accountId,
    fingerprint: fingerprintOf({ accountKey: account.publicKey, accountId }),
    device,
    identity,
    tag: entry.tag,
    deviceList: signDeviceList({ account, list, countersignatures, random }),
    firstContactListenKey: random(LISTEN_KEY_LENGTH),
    nextSignedPrekeyId: 2,
    nextOneTimeX25519Id: 1,
    nextOneTimeKemId: 1,
  }
  turn.put('self', 'self', self)
  turn.put('signedPrekeys', '1', signed)
}

export const ourParty = (turn: Turn): Party => {
  const { account, identity, tag } = selfOf(turn)
  return { accountKey: account.publicKey, tag, identityKey: identity.publicKey }
}

/**
 * Everything that time demands: renewals, rotation, refill, and what has outlived its last use.
 * Called when Parley opens and once an hour.
 */
export const upkeep = (turn: Turn): Pending | undefined => {
  ensureSelf(turn)
  renewList(turn)
  rotate(turn)
  refill(turn)
  renewStatement(turn)
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

const newestSigned = (turn: Turn) =>
  turn.all('signedPrekeys').reduce((newest, [, row]) => (row.id > newest.id ? row : newest), firstSigned(turn))

const firstSigned = (turn: Turn) => {
  const [first] = turn.all('signedPrekeys')
  if (first === undefined) throw new Error('account: no signed prekeys')
  return first[1]
}

const rotate = (turn: Turn): void => {
  if (!isRotationDue(newestSigned(turn), turn.nowMs)) return
  const self = selfOf(turn)
  turn.put('signedPrekeys', String(self.nextSignedPrekeyId), generateSignedPrekeys(self.nextSignedPrekeyId, turn.nowMs, turn.random))
  turn.put('self', 'self', { ...self, nextSignedPrekeyId: self.nextSignedPrekeyId + 1 })
}

const ungiven = ({ given }: KeptKemBatch): number => BATCH_SIZE - given.length

const nameable = (turn: Turn): readonly KeptKemBatch[] =>
  turn
    .all('kemBatches')
    .map(([, row]) => row)
    .filter(({ batch }) => canBeNamed(batch, turn.nowMs))
    .sort((a, b) => a.batch.firstId - b.batch.firstId)
    .slice(-MAX_BATCHES)

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

/** One from a future that our clock has left is believed by nobody, and counts as none. */
const newestStatement = (turn: Turn): KeptStatement | undefined =>
  turn
    .all('statements')
    .map(([, row]) => row)
    .filter(({ createdAtMs }) => createdAtMs <= turn.nowMs + CLOCK_TOLERANCE_MS)
    .reduce<KeptStatement | undefined>(
      (newest, row) => (newest === undefined || row.createdAtMs > newest.createdAtMs ? row : newest),
      undefined,
    )

const renewStatement = (turn: Turn): void => {
  const self = selfOf(turn)
  const signed = newestSigned(turn)
  const batches = nameable(turn).map(({ batch }) => batch)
  const firstIds = batches.map(({ firstId }) => firstId)
  const newest = newestStatement(turn)
  const isFresh =
    newest !== undefined &&
    newest.signedPrekeyId === signed.id &&
    newest.expiresAtMs - turn.nowMs >= STATEMENT_LEFT_MS &&
    firstIds.every((firstId) => newest.batchFirstIds.includes(firstId))
  if (isFresh) return
  const bytes = signStatement({
    accountId: self.accountId,
    tag: self.tag,
    device: self.device,
    identityKey: self.identity.publicKey,
    signed,
    firstContactAddress: addressOf(self.firstContactListenKey),
    batches,
    nowMs: turn.nowMs,
    random: turn.random,
  })
  turn.put('statements', toHex(hashOfStatement(bytes)), {
    bytes,
    signedPrekeyId: signed.id,
    batchFirstIds: firstIds,
    createdAtMs: turn.nowMs,
    expiresAtMs: turn.nowMs + STATEMENT_LIFE_MS,
  })
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

/**
 * What we hand to one person in a pairing: with one-time keys that nobody else gets, and an address of its own.
 *
 * @param listenKey 32 fresh bytes, kept with the contact: its address goes into the introduction
 */
export const introduce = (turn: Turn, listenKey: Uint8Array): Introduction => {
  // The page may have slept since the last upkeep, and nobody believes what has expired.
  rotate(turn)
  renewStatement(turn)
  const self = selfOf(turn)
  const statement = newestStatement(turn)
  if (statement === undefined) throw new Error('introduce: no statement')
  const x25519 = turn.all('oneTimeX25519').find(([, { given }]) => !given)
  if (x25519 !== undefined) turn.put('oneTimeX25519', x25519[0], { ...x25519[1], given: true })
  const kem = takeOneTimeKem(turn, statement)
  return {
    accountKey: self.account.publicKey,
    deviceList: self.deviceList,
    bundle: assembleBundle({
      statement: statement.bytes,
      oneTimeX25519: x25519 && { id: x25519[1].id, publicKey: x25519[1].keyPair.publicKey },
      oneTimeKem: kem,
    }),
    address: addressOf(listenKey),
    suggestedName: turn.get('settings', 'settings')?.displayName ?? '',
  }
}

const takeOneTimeKem = (turn: Turn, statement: KeptStatement) => {
  for (const row of nameable(turn)) {
    const { batch, given } = row
    if (!statement.batchFirstIds.includes(batch.firstId)) continue
    for (let id = batch.firstId; id < batch.firstId + BATCH_SIZE; id++) {
      if (given.includes(id) || batch.seeds[id - batch.firstId] === undefined) continue
      turn.put('kemBatches', String(batch.firstId), { ...row, given: [...given, id] })
      return proveKem(batch, id)
    }
  }
  return undefined
}

/** The private halves that an initial message names, and the bundle as it was served; undefined where one is missing. */
export const prekeysNamedBy = (turn: Turn, handshake: Handshake): NamedPrekeys | undefined => {
  const { signedPrekeyId, statementHash, oneTimeX25519Id, kem } = handshake
  const statement = turn.get('statements', toHex(statementHash))
  const signed = turn.get('signedPrekeys', String(signedPrekeyId))
  if (statement === undefined || statement.signedPrekeyId !== signedPrekeyId || signed === undefined) return undefined
  const x25519 = oneTimeX25519Id === undefined ? undefined : turn.get('oneTimeX25519', String(oneTimeX25519Id))
  if (oneTimeX25519Id !== undefined && x25519 === undefined) return undefined
  const batch = kem.kind === 'one-time' ? batchOf(turn, kem.id)?.batch : undefined
  const kemSeed =
    kem.kind === 'last-resort' ? (kem.id === signed.id ? signed.lastResort.seed : undefined) : batch?.seeds[kem.id - batch.firstId]
  if (kemSeed === undefined) return undefined
  const served = assembleBundle({
    statement: statement.bytes,
    oneTimeX25519: x25519 && { id: x25519.id, publicKey: x25519.keyPair.publicKey },
    oneTimeKem: batch && proveKem(batch, kem.id),
  })
  return { signedPrekey: signed.x25519, oneTimeX25519: x25519?.keyPair, kemSeed, bundleHash: hashOfBundle(served) }
}

/** Deletes the one-time halves that opened a first message, in the commit that keeps this message. */
export const spendPrekeys = (turn: Turn, { oneTimeX25519Id, kem }: Handshake): void => {
  if (oneTimeX25519Id !== undefined) turn.remove('oneTimeX25519', String(oneTimeX25519Id))
  if (kem.kind === 'last-resort') return
  const row = batchOf(turn, kem.id)
  if (row !== undefined) turn.put('kemBatches', String(row.batch.firstId), { ...row, batch: spendKem(row.batch, kem.id) })
}

const batchOf = (turn: Turn, id: number): KeptKemBatch | undefined =>
  turn.all('kemBatches').find(([, { batch }]) => id >= batch.firstId && id < batch.firstId + BATCH_SIZE)?.[1]
