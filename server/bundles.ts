// Retrieval of prekey bundles, docs/protocols/publication.md "Retrieval": for whoever asks, one bundle for every live device
// of an account, or for one. Who asks is not asked. One-time keys are taken at most once, and only so many of them; a bundle
// without is as good as any (it names the last-resort key). Knows no socket.

import { equal, toHex } from '../src/crypto/bytes.ts'
import type { Device } from '../src/protocol/identity/identity.ts'
import { assembleBundle, BATCH_SIZE, rereadStatement } from '../src/protocol/prekeys/prekeys.ts'
import type { RelayRequest } from '../src/wire/relay-frames.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import { type Clock, createBuckets } from './limits.ts'
import { deviceNameOf, devicesOf, type PrekeyLimits, servedKem } from './prekeys.ts'
import type { PrekeyStore } from './store.ts'

export interface Bundles {
  /** Answers `device-list`, a `bundle` for each live device, and `bundles-end`; of no live device, `bundles-end` alone. */
  readonly fetch: (client: Client, request: Extract<RelayRequest, { readonly type: 'fetch-bundles' }>) => Promise<Outcome>
  readonly sweep: () => void
}

export interface BundlesOptions {
  readonly limits: PrekeyLimits
  readonly store: PrekeyStore
  /** For limits; only goes forward. */
  readonly nowMs: Clock
  /** Milliseconds since 1970, for what is signed. */
  readonly dateMs: () => number
}

export const createBundles = ({ limits, store, nowMs, dateMs }: BundlesOptions): Bundles => {
  const retrievals = createBuckets(limits.retrievalsPerAddress, nowMs)
  const drainsHere = createBuckets(limits.drainsPerAddressAndTarget, nowMs)
  const drains = createBuckets(limits.drainsPerTarget, nowMs)

  /** @returns undefined where the device is not live: its statement is missing, over, or of another identity key */
  const bundleOf = async (accountId: Uint8Array, device: Device, networkAddress: string): Promise<Uint8Array | undefined> => {
    const name = deviceNameOf(accountId, device.tag)
    const kept = await store.getStatement(name)
    if (!kept || kept.expiresAtMs <= dateMs()) return undefined
    const { identityKey, batches } = rereadStatement(kept.statement)
    if (!equal(identityKey, device.identityKey)) return undefined
    const mayTake = drainsHere.take(`${networkAddress}/${name}`) && drains.take(name)
    if (!mayTake) return assembleBundle({ statement: kept.statement })
    const ranges = batches
      .filter(({ expiresAtMs }) => expiresAtMs > dateMs())
      .map(({ firstId }) => [firstId, firstId + BATCH_SIZE] as const)
    // Both in one durable write.
    const [x25519, kem] = await Promise.all([
      store.popOneTime(name, 'x25519'),
      ranges.length > 0 ? store.popOneTime(name, 'kem', ranges) : null,
    ])
    return assembleBundle({
      statement: kept.statement,
      oneTimeX25519: x25519 ? { id: x25519.id, publicKey: x25519.key } : undefined,
      oneTimeKem: kem ? servedKem(kem) : undefined,
    })
  }

  return {
    fetch: async (client, { requestId, accountId, tag }) => {
      if (!retrievals.take(client.networkAddress)) return refuse('too-many-requests')
      const list = await store.getDeviceList(toHex(accountId))
      const devices = devicesOf(list, dateMs()).filter((device) => tag === undefined || device.tag === tag)
      let isListSent = false
      for (const device of devices) {
        const bundle = await bundleOf(accountId, device, client.networkAddress)
        if (!list || !bundle) continue
        if (!isListSent) client.send({ type: 'device-list', requestId, accountKey: list.accountKey, deviceList: list.deviceList })
        isListSent = true
        client.send({ type: 'bundle', requestId, tag: device.tag, bundle })
      }
      client.send({ type: 'bundles-end', requestId })
      return DONE
    },

    sweep: () => {
      for (const buckets of [retrievals, drainsHere, drains]) buckets.sweep()
    },
  }
}
