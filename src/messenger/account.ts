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
