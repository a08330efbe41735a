// What publication (publication.ts, publishing.ts) and retrieval (bundles.ts) of prekeys have in common: the operator's
// limits, the names under which things are kept, and how one-time keys lie in the store. Decides nothing.

import { toHex } from '../src/crypto/bytes.ts'
import type { Device } from '../src/protocol/identity/identity.ts'
import { rereadDeviceList } from '../src/protocol/identity/identity.ts'
import type { OneTimeKemUpload } from '../src/wire/publication-frames.ts'
import type { Rate } from './limits.ts'
import type { DeviceName, OneTimeKey, StoredDeviceList } from './store.ts'

/** Everything is counted by network address or by what is asked for, never by who asks. */
export interface PrekeyLimits {
  /** Each costs the relay four agreements on X25519. */
  readonly authenticationsPerAddress: Rate
  /** In units of 4 KiB, begun ones counted: what a request costs to verify and to keep grows with its length. */
  readonly publicationsPerAddress: Rate
  /** Accounts and devices of which nothing was kept before. */
  readonly newcomersPerAddress: Rate
  readonly retrievalsPerAddress: Rate
  /** Retrievals from one network address that take one-time keys of one device with them. */
  readonly drainsPerAddressAndTarget: Rate
  /** The same, from everywhere. */
  readonly drainsPerTarget: Rate
}

export const deviceNameOf = (accountId: Uint8Array, tag: number): DeviceName => `${toHex(accountId)}/${tag}`

/** The devices that a kept list names; none if it has expired. */
export const devicesOf = (kept: StoredDeviceList | undefined, atMs: number): readonly Device[] =>
  kept !== undefined && kept.expiresAtMs > atMs ? rereadDeviceList(kept.deviceList).devices : []

const HASH_LENGTH = 32
const ML_KEM_1024_KEY_LENGTH = 1568

/** Encapsulation key || path: the key cannot be served without its path. */
export const storedKem = ({ id, encapsulationKey, path }: OneTimeKemUpload): OneTimeKey => {
  const key = new Uint8Array(ML_KEM_1024_KEY_LENGTH + path.length * HASH_LENGTH)
  key.set(encapsulationKey)
  for (const [i, hash] of path.entries()) key.set(hash, ML_KEM_1024_KEY_LENGTH + i * HASH_LENGTH)
  return { id, key }
}

/** The reverse of {@link storedKem}. */
export const servedKem = ({ id, key }: OneTimeKey): OneTimeKemUpload => {
  const path: Uint8Array[] = []
  for (let at = ML_KEM_1024_KEY_LENGTH; at < key.length; at += HASH_LENGTH) path.push(key.slice(at, at + HASH_LENGTH))
  return { id, encapsulationKey: key.slice(0, ML_KEM_1024_KEY_LENGTH), path }
}
