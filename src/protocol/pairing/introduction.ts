// An introduction: who somebody is, with all that is needed to write to him (docs/protocols/pairing.md, Introductions).
// Reading one verifies every signature in it; that it came from whoever knew the code is the flights' business.

import { bytes, type Codec, decode, encode, fixed, MAX_FRAME_LENGTH, rest, struct, text } from '../../wire/codec.ts'
import { accountIdOf, type Device, type DeviceList, readDeviceList, signingPublicKey } from '../identity/identity.ts'
import { type Bundle, readBundle } from '../prekeys/prekeys.ts'
import type { Ceremony } from './ceremony.ts'
import { bearsMessage, isSomebodyElse, type PairingRefusal, type Side } from './checks.ts'

export const ADDRESS_LENGTH = 32
/** In bytes of UTF-8. */
export const MAX_SUGGESTED_NAME_LENGTH = 64

/** What a side says of itself. */
export interface Introduction {
  /** 1,984 bytes. */
  readonly accountKey: Uint8Array
  /** As signed. */
  readonly deviceList: Uint8Array
  /** As served, of one device on that list: the one that speaks. */
  readonly bundle: Uint8Array
  /** 32 bytes: where the other side deposits for this device. */
  readonly address: Uint8Array
  /** At most 64 bytes of UTF-8; may be empty. */
  readonly suggestedName: string
}

/** An introduction that was believed. */
export interface Introduced {
  readonly accountKey: Uint8Array
  readonly accountId: Uint8Array
  readonly list: DeviceList
  /** By which the next version of the list names this one. */
  readonly listHash: Uint8Array
  /** As signed. */
  readonly deviceList: Uint8Array
  /** The device that speaks: its identity key is the only one under which its initial message may come. */
  readonly device: Device
  readonly bundle: Bundle
  readonly address: Uint8Array
  readonly suggestedName: string
}

/** What a side of a pairing has said. */
export interface SaidIntroduction {
  readonly introduced: Introduced
  /** The host's; opaque here. Nothing where the guest speaks. */
  readonly initialMessage: Uint8Array
}

interface Contents extends Introduction {
  /** Host to guest only. */
  readonly initialMessage: Uint8Array
}

const contents: Codec<Contents> = struct<Contents>({
  accountKey: signingPublicKey,
  deviceList: bytes(MAX_FRAME_LENGTH - 1),
  bundle: bytes(MAX_FRAME_LENGTH - 1),
  address: fixed(ADDRESS_LENGTH),
  suggestedName: text(MAX_SUGGESTED_NAME_LENGTH),
  initialMessage: rest,
})

const NO_MESSAGE = new Uint8Array(0)

/** What is sealed. @param initialMessage the host's; opaque here */
export const writeIntroduction = (introduction: Introduction, initialMessage: Uint8Array = NO_MESSAGE): Uint8Array =>
  encode(contents, { ...introduction, initialMessage })

/**
 * Reads what was opened: the form first, whether it is ourselves, then the account's list, then the bundle of one of its
 * devices.
 *
 * @returns `own-code` for an account of our own, `bad-introduction` for everything else that is not as it should be
 */
export const readIntroduction = (
  plaintext: Uint8Array,
  { from, ourAccountKey, nowMs }: { readonly from: Side; readonly ourAccountKey: Uint8Array; readonly nowMs: number },
):
  | { readonly ok: true; readonly introduced: Introduced; readonly initialMessage: Uint8Array }
  | { readonly ok: false; readonly reason: PairingRefusal } => {
  const decoded = decode(contents, plaintext)
  if (!decoded.ok || !bearsMessage(from, decoded.value.initialMessage)) return BAD
  const { accountKey, address, suggestedName, initialMessage } = decoded.value
  if (!isSomebodyElse(ourAccountKey, accountKey)) return { ok: false, reason: 'own-code' }

  const read = readDeviceList(decoded.value.deviceList, { accountKey, nowMs, known: undefined })
  if (!read.ok) return BAD
  const accountId = accountIdOf(accountKey)
  const speaking = bundleOfOne(decoded.value.bundle, { accountId, devices: read.list.devices, nowMs })
  if (!speaking) return BAD
  const { deviceList } = decoded.value
  const introduced: Introduced = {
    accountKey,
    accountId,
    list: read.list,
    listHash: read.hash,
    deviceList,
    ...speaking,
    address,
    suggestedName,
  }
  return { ok: true, introduced, initialMessage }
}

/** A pairing: each side introduces itself once. */
export const introductions = (ourAccountKey: Uint8Array): Ceremony<SaidIntroduction> => ({
  kind: 'pairing',
  lastFlight: 3,
  read: (plaintext, { flight, nowMs }) => {
    const read = readIntroduction(plaintext, { from: flight === 2 ? 'guest' : 'host', ourAccountKey, nowMs })
    return read.ok ? { ok: true, said: { introduced: read.introduced, initialMessage: read.initialMessage } } : read
  },
})

const BAD = { ok: false, reason: 'bad-introduction' } as const

/** The bundle names its device itself; asking each device of the list costs one signature at the most. */
const bundleOfOne = (
  served: Uint8Array,
  { accountId, devices, nowMs }: { readonly accountId: Uint8Array; readonly devices: readonly Device[]; readonly nowMs: number },
): { readonly device: Device; readonly bundle: Bundle } | undefined => {
  for (const device of devices) {
    const read = readBundle(served, { accountId, device, nowMs })
    if (read.ok) return { device, bundle: read.bundle }
    if (read.reason !== 'wrong-device') return undefined
  }
  return undefined
}
