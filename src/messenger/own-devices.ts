// The devices of one person, as the person changes them: another one is added on the main device, a browser in which nobody is
// becomes one, one is taken off the list (docs/protocols/devices.md). How the two meet and agree by a code is the pairing's business;
// what they tell each other from then on is own-sync.ts.
//
//   new device: nobody here --prepare--> candidate --become--> listed --a later list without it--> removed (own-list.ts)

import { toHex } from '../crypto/bytes.ts'
import {
  type AdditionRefusal,
  accountIdOf,
  addToDeviceList,
  countersign,
  type Device,
  generateIdentityKey,
  generateSigningKeys,
  randomDeviceTag,
  readDeviceList,
  removeFromDeviceList,
  rereadDeviceList,
} from '../protocol/identity/identity.ts'
import {
  assembleBundle,
  generateSignedPrekeys,
  hashOfStatement,
  readBundle,
  STATEMENT_LIFE_MS,
  signStatement,
} from '../protocol/prekeys/prekeys.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { fingerprintOf } from '../protocol/safety-number/safety-number.ts'
import { emptyRecord, initiate } from '../protocol/session/session.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import { accountSigner, ourParty } from './account.ts'
import type { Candidate } from './candidate.ts'
import { contactDevice, newContactDevice } from './contact-devices.ts'
import { shortName } from './contacts.ts'
import { CONTENT_ID_LENGTH, encodeContent } from './content.ts'
import { listenAt } from './mail.ts'
import { takeBackMain } from './main-device.ts'
import { ownContact, ownId, ownRow } from './own-contact.ts'
import { takeOwnList, tellOwnList } from './own-list.ts'
import { publishAtOnce } from './publish.ts'
import { setRegister } from './registers.ts'
import { hasWay, sendReceipt } from './routes.ts'
import { enqueueFor, notice, sealFor } from './send.ts'
import { applySettings } from './settings.ts'
import { deviceKey, type HeldTables } from './state.ts'
import { freshStatement } from './statement.ts'
import { selfOf, type Turn } from './turn.ts'

// ---- the new device ---------------------------------------------------------------------------------------------

/** Fresh keys of a device that another account may list. Nothing is kept. */
export const prepareOwnDevice = (turn: Turn, accountKey: Uint8Array, name: string): Candidate => {
  const { nowMs, random } = turn
  const device = generateSigningKeys(random)
  const identity = generateIdentityKey(random)
  const signed = generateSignedPrekeys(1, nowMs, random)
  const [listenKey, firstContactListenKey] = [random(LISTEN_KEY_LENGTH), random(LISTEN_KEY_LENGTH)]
  const accountId = accountIdOf(accountKey)
  const entry: Device = {
    tag: randomDeviceTag(random),
    deviceKey: device.publicKey,
    identityKey: identity.publicKey,
    createdAtMs: nowMs,
    name: shortName(name),
  }
  const bytes = signStatement({
    accountId,
    tag: entry.tag,
    device,
    identityKey: identity.publicKey,
    signed,
    firstContactAddress: addressOf(firstContactListenKey),
    batches: [],
    nowMs,
    random,
  })
  const statement = { bytes, signedPrekeyId: 1, batchFirstIds: [], createdAtMs: nowMs, expiresAtMs: nowMs + STATEMENT_LIFE_MS }
  return {
    entry,
    countersignature: countersign(entry, device, accountId, random),
    bundle: assembleBundle({ statement: bytes, oneTimeX25519: undefined, oneTimeKem: undefined }),
    address: addressOf(listenKey),
    accountKey,
    keys: { device, identity, signed, statement, listenKey, firstContactListenKey },
  }
}

export type BecomingRefusal = 'somebody-is-here' | 'bad-device-list' | 'not-listed' | 'bad-bundle'

/** What would be lost if this browser became a device of somebody. */
export const isSomebodyHere = (turn: Turn): boolean =>
  turn.all('contacts').length + turn.all('introductions').length + turn.all('offers').length > 0

/** Keys and marks of the account that was here, of which nobody knows. */
const formerTables: readonly (keyof HeldTables)[] = [
  'tries',
  'hosting',
  'signedPrekeys',
  'statements',
  'oneTimeX25519',
  'kemBatches',
  'sessions',
  'outbox',
  'deviceLists',
  'published',
  'seenStatements',
  'registers',
  'handovers',
]

/**
 * The browser becomes the candidate: a device of an account that has others. What it is to know arrives from the main device.
 *
 * @param told what the main device said after it had listed the candidate: its list, its bundle, and where to deposit for it
 */
export const becomeOwnDevice = (
  turn: Turn,
  candidate: Candidate,
  told: { readonly deviceList: Uint8Array; readonly name: string; readonly bundle: Uint8Array; readonly address: Uint8Array },
): { readonly ok: true } | { readonly ok: false; readonly reason: BecomingRefusal } => {
  const { accountKey, entry, keys } = candidate
  const { nowMs } = turn
  if (isSomebodyHere(turn)) return { ok: false, reason: 'somebody-is-here' }
  const read = readDeviceList(told.deviceList, { accountKey, nowMs, known: undefined })
  if (!read.ok) return { ok: false, reason: 'bad-device-list' }
  const listed = read.list.devices.find(({ tag }) => tag === entry.tag)
  if (listed === undefined || toHex(listed.deviceKey) !== toHex(entry.deviceKey)) return { ok: false, reason: 'not-listed' }
  const accountId = accountIdOf(accountKey)
  const others = read.list.devices.filter(({ tag }) => tag !== entry.tag)
  const main = others.find((device) => readBundle(told.bundle, { accountId, device, nowMs }).ok)
  if (main === undefined) return { ok: false, reason: 'bad-bundle' }

  for (const table of formerTables) for (const [key] of turn.all(table)) turn.remove(table, key)
  turn.put('self', 'self', {
    account: { publicKey: accountKey, seeds: undefined },
    accountId,
    fingerprint: fingerprintOf({ accountKey, accountId }),
    device: keys.device,
    identity: keys.identity,
    tag: entry.tag,
    deviceList: told.deviceList,
    firstContactListenKey: keys.firstContactListenKey,
    nextSignedPrekeyId: 2,
    nextOneTimeX25519Id: 1,
    nextOneTimeKemId: 1,
  })
  turn.put('signedPrekeys', '1', keys.signed)
  turn.put('statements', toHex(hashOfStatement(keys.statement.bytes)), keys.statement)
  listenAt(turn, [keys.listenKey, keys.firstContactListenKey])
  const devices = others.map((device) =>
    device === main ? contactDevice(device, keys.listenKey, told.address) : newContactDevice(turn, device),
  )
  turn.put('contacts', ownId(turn), ownRow(turn, devices))
  turn.put('deviceLists', ownId(turn), { bytes: told.deviceList })
  applySettings(turn, { displayName: told.name })
  return { ok: true }
}

// ---- the main device --------------------------------------------------------------------------------------------

export type AddingRefusal = AdditionRefusal | 'not-main' | 'bad-bundle'

/**
 * Lists a device, and begins a session with it. Everybody is told of it; what it is to know of the rest, `sendEverything` sends.
 *
 * @param added entry and countersignature, its bundle, and where it listens for us, from the device itself
 * @returns what it has to be told
 */
export const addOwnDevice = (
  turn: Turn,
  added: { readonly entry: Device; readonly countersignature: Uint8Array; readonly bundle: Uint8Array; readonly address: Uint8Array },
):
  | { readonly ok: true; readonly deviceList: Uint8Array; readonly bundle: Uint8Array; readonly address: Uint8Array }
  | { readonly ok: false; readonly reason: AddingRefusal } => {
  const { address, countersignature, entry } = added
  const { nowMs, random } = turn
  const self = selfOf(turn)
  const account = accountSigner(turn)
  if (account === undefined) return { ok: false, reason: 'not-main' }
  const bundle = readBundle(added.bundle, { accountId: self.accountId, device: entry, nowMs })
  if (!bundle.ok) return { ok: false, reason: 'bad-bundle' }
  const next = addToDeviceList({ account, current: self.deviceList, device: entry, countersignature, nowMs, random })
  if (!next.ok) return next
  const theirs = { accountKey: account.publicKey, tag: entry.tag, identityKey: entry.identityKey }
  const begun = initiate(emptyRecord, {
    ours: ourParty(turn),
    ourIdentity: self.identity,
    theirs,
    bundle: bundle.bundle,
    psk: undefined,
    nowMs,
    random,
  })
  if (!begun.ok) return { ok: false, reason: 'bad-bundle' }
  const device = { ...contactDevice(entry, random(LISTEN_KEY_LENGTH), address), isUnfinished: true }
  const before = ownContact(turn)
  const contact = before ?? ownRow(turn, [])
  turn.put('contacts', contact.contactId, { ...contact, devices: [...contact.devices, device] })
  turn.put('sessions', deviceKey(contact.contactId, entry.tag), begun.record)
  listenAt(turn, [device.ourListenKey])
  setRegister(turn, { type: 'main', device: self.tag })
  takeOwnList(turn, next.signed)
  enqueueFor(turn, contact.contactId, entry.tag, notice(turn, { type: 'hello' }))
  tellOwnList(turn)
  publishAtOnce(turn)
  const ours = assembleBundle({ statement: freshStatement(turn).bytes, oneTimeX25519: undefined, oneTimeKem: undefined })
  return { ok: true, deviceList: next.signed, bundle: ours, address: device.ourAddress }
}

/** Takes a device off the list: nobody writes to it any more who has learnt the list, and nothing of it is kept here. */
export const removeOwnDevice = (turn: Turn, tag: number): boolean => {
  const { deviceList: current, tag: ours } = selfOf(turn)
  const isListed = rereadDeviceList(current).devices.some((device) => device.tag === tag)
  if (tag === ours || !isListed) return false
  // Who never confirmed that it is the main device now may be lost, and may have signed: then it goes, and this one is the main device still.
  const isLeap = takeBackMain(turn, tag)
  const account = accountSigner(turn)
  if (account === undefined) return false
  const deviceList = removeFromDeviceList({ account, current, tag, isLeap, nowMs: turn.nowMs, random: turn.random })
  farewell(turn, tag, deviceList)
  takeOwnList(turn, deviceList)
  tellOwnList(turn)
  publishAtOnce(turn)
  return true
}

/** A last word, which may get lost: a device that does not get it finds the list at the relay. */
const farewell = (turn: Turn, tag: number, deviceList: Uint8Array): void => {
  const body = { type: 'devices', deviceList } as const
  const content = encodeContent({ contentId: turn.random(CONTENT_ID_LENGTH), sentAtMs: turn.nowMs, body })
  const envelope = hasWay(turn, ownId(turn), tag) ? sealFor(turn, ownId(turn), tag, content) : undefined
  if (envelope !== undefined) sendReceipt(turn, ownId(turn), tag, [], envelope.bytes)
}
