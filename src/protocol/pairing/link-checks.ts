// Every decision by which a linking refuses what the other side says, one function each (docs/protocols/linking.md, What is
// checked): beside those of checks.ts, which it shares with a pairing, and as there for the sake of the attacks' controls.

import { equal } from '../../crypto/bytes.ts'
import { type Device, type DeviceList, isCountersigned, isSameDevice, MAX_DEVICES } from '../identity/identity.ts'
import type { CodeKind } from './code-kinds.ts'

/** The main device signs its account's list; the new one wants to be on it. */
export type Role = 'main' | 'new'
/** What is said, in this order; `newcomer` only where the new device has to speak first. */
export type WordType = 'newcomer' | 'account' | 'entry' | 'listed' | 'done'

const ORDER: Readonly<Record<Exclude<CodeKind, 'pairing'>, readonly WordType[]>> = {
  'main-shows': ['newcomer', 'account', 'entry', 'listed', 'done'],
  'new-shows': ['account', 'entry', 'listed', 'done'],
}

/** Each flight, from the second on, bears one word and no other. */
export const isInOrder = (kind: CodeKind, flight: number, type: WordType): boolean => kind !== 'pairing' && ORDER[kind][flight - 2] === type

/** The flight of the last word. */
export const lastFlightOf = (kind: Exclude<CodeKind, 'pairing'>): number => ORDER[kind].length + 1

/** The device has said by its own key that it belongs to this account: nobody enters somebody else's device. */
export const speaksForItself = (device: Device, accountId: Uint8Array, countersignature: Uint8Array): boolean =>
  isCountersigned(device, accountId, countersignature)

/** There is room, and no device on the list bears its tag or one of its keys. */
export const mayEnter = ({ devices }: Pick<DeviceList, 'devices'>, { deviceKey, identityKey, tag }: Device): boolean =>
  devices.length < MAX_DEVICES &&
  !devices.some((listed) => listed.tag === tag || equal(listed.deviceKey, deviceKey) || equal(listed.identityKey, identityKey))

/** We are on the list with what we said of ourselves. */
export const namesUs = ({ devices }: Pick<DeviceList, 'devices'>, ours: Device): boolean =>
  devices.some((device) => isSameDevice(device, ours))

/** It comes after the one that the main device said to have. */
export const isLater = (version: number, knownVersion: number): boolean => version > knownVersion
