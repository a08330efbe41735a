// Who we are: made at the first start, without asking anything, and kept fresh from then on (upkeep.ts).

import {
  accountIdOf,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  generateIdentityKey,
  generateSigningKeys,
  NO_PREVIOUS_LIST,
  randomDeviceTag,
  replaceInDeviceList,
  type SigningKeys,
  signDeviceList,
} from '../protocol/identity/identity.ts'
import type { Party } from '../protocol/pqxdh/pqxdh.ts'
import { generateSignedPrekeys } from '../protocol/prekeys/prekeys.ts'
import { fingerprintOf } from '../protocol/safety-number/safety-number.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import type { Self } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

/** Makes the account and this device, if there are none yet; about half a second. */
export const ensureSelf = (turn: Turn): void => {
  if (turn.get('self', 'self') !== undefined) return
  const { nowMs, random } = turn
  const account = generateSigningKeys(random)
  becomeDevice(turn, account, (entry, countersignature) => {
    const list = { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs: nowMs + DEVICE_LIST_LIFE_MS, devices: [entry] }
    return signDeviceList({ account, list, countersignatures: [countersignature], random })
  })
}

/**
 * Makes this a new device of an account that is there already, in the place of one that is lost: new keys, another tag.
 *
 * @param deviceList the newest that is known of the account, as it was signed
 * @param formerTag the lost device
 */
export const succeedDevice = (turn: Turn, account: SigningKeys, deviceList: Uint8Array, formerTag: number): void => {
  const { nowMs, random } = turn
  becomeDevice(turn, account, (device, countersignature) =>
    replaceInDeviceList({ account, current: deviceList, formerTag, device, countersignature, nowMs, random }),
  )
  turn.put('self', 'self', { ...selfOf(turn), restoredFrom: { tag: formerTag, deviceList } })
}

/** @param signList the account's list with this device on it */
const becomeDevice = (turn: Turn, account: SigningKeys, signList: (entry: Device, countersignature: Uint8Array) => Uint8Array): void => {
  const { nowMs, random } = turn
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
  const self: Self = {
    account,
    accountId,
    fingerprint: fingerprintOf({ accountKey: account.publicKey, accountId }),
    device,
    identity,
    tag: entry.tag,
    deviceList: signList(entry, countersign(entry, device, accountId, random)),
    firstContactListenKey: random(LISTEN_KEY_LENGTH),
    nextSignedPrekeyId: 2,
    nextOneTimeX25519Id: 1,
    nextOneTimeKemId: 1,
  }
  turn.put('self', 'self', self)
  turn.put('signedPrekeys', '1', signed)
}

/** The account's secret key; undefined where this is not the main device, or may be no more. */
export const accountSigner = (turn: Turn): SigningKeys | undefined => {
  const { account, mainMove } = selfOf(turn)
  const { publicKey, seeds } = account
  const isHeldBack = mainMove?.phase === 'given' || mainMove?.phase === 'outdone'
  return seeds === undefined || isHeldBack ? undefined : { publicKey, seeds }
}

export const ourParty = (turn: Turn): Party => {
  const { account, identity, tag } = selfOf(turn)
  return { accountKey: account.publicKey, tag, identityKey: identity.publicKey }
}
