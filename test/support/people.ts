// Ready people for tests: an account with one device, its list, its prekeys and bundles, all from a seed and made once for
// each test file. The same seed gives the same bytes; whatever costs time is made when it is first asked for.

import type { MlKemSeed } from '../../src/crypto/ml-kem.ts'
import { type X25519KeyPair, x25519KeyPair } from '../../src/crypto/x25519.ts'
import {
  accountIdOf,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  generateSigningKeys,
  NO_PREVIOUS_LIST,
  randomDeviceTag,
  type SigningKeys,
  signDeviceList,
} from '../../src/protocol/identity/identity.ts'
import type { Party } from '../../src/protocol/pqxdh/pqxdh.ts'
import {
  assembleBundle,
  BATCH_SIZE,
  type Bundle,
  generateKemBatch,
  generateOneTimeX25519,
  generateSignedPrekeys,
  hashOfBundle,
  type KemBatch,
  type OneTimeX25519,
  proveKem,
  readBundle,
  type SignedPrekeys,
  signStatement,
} from '../../src/protocol/prekeys/prekeys.ts'
import { seededRandom } from './seeded-random.ts'

/** When everything was made: 15 June 2025, 15:06:40 UTC. */
export const PEOPLE_NOW_MS = 1_750_000_000_000

/** What a responder needs for a handshake under one of its bundles, and what an initiator gets to see. */
export interface BundleWithKeys {
  readonly served: Uint8Array
  /** As an initiator reads it. */
  readonly bundle: Bundle
  readonly signedPrekey: X25519KeyPair
  readonly oneTimeX25519: X25519KeyPair | undefined
  readonly kemSeed: MlKemSeed
  readonly bundleHash: Uint8Array
}

export interface Person {
  readonly account: SigningKeys
  readonly accountId: Uint8Array
  readonly deviceKeys: SigningKeys
  readonly identity: X25519KeyPair
  readonly device: Device
  readonly party: Party
  readonly firstContactAddress: Uint8Array
  /** Version 1, signed. */
  readonly deviceList: Uint8Array
  /** Ids 1 to 20. */
  readonly oneTimeX25519: readonly OneTimeX25519[]
  readonly signed: SignedPrekeys
  /** Ids 1 to 100. */
  readonly batch: KemBatch
  /** Names the batch. */
  readonly statement: Uint8Array
  /** Bundles 0 to 19 have one-time keys of their own; `last-resort` has none. */
  readonly bundle: (which: number | 'last-resort') => BundleWithKeys
}

const people = new Map<string, Person>()

/** The person of this name, always the same one. */
export const person = (name: string): Person => {
  const known = people.get(name) ?? makePerson(name)
  people.set(name, known)
  return known
}

const makePerson = (name: string): Person => {
  /** Each part draws from a stream of its own, so that the order in which parts are asked for does not matter. */
  const random = (part: string) => seededRandom(`person/${name}/${part}`)
  const account = generateSigningKeys(random('account'))
  const deviceKeys = generateSigningKeys(random('device'))
  const accountId = accountIdOf(account.publicKey)
  const identity = x25519KeyPair(random('identity'))
  const tag = randomDeviceTag(random('tag'))
  const device: Device = {
    tag,
    deviceKey: deviceKeys.publicKey,
    identityKey: identity.publicKey,
    createdAtMs: PEOPLE_NOW_MS,
    name: `${name}'s browser`,
  }
  const firstContactAddress = random('address')(32)
  const deviceList = once(() =>
    signDeviceList({
      account,
      list: { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs: PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS, devices: [device] },
      countersignatures: [countersign(device, deviceKeys, accountId, random('countersignature'))],
      random: random('device-list'),
    }),
  )
  const signed = once(() => generateSignedPrekeys(1, PEOPLE_NOW_MS, random('signed')))
  const batch = once(() => generateKemBatch(1, PEOPLE_NOW_MS, random('batch')))
  const oneTimeX25519 = once(() => generateOneTimeX25519(1, 20, PEOPLE_NOW_MS, random('one-time')))
  const statement = once(() =>
    signStatement({
      accountId,
      tag,
      device: deviceKeys,
      identityKey: identity.publicKey,
      signed: signed(),
      firstContactAddress,
      batches: [batch()],
      nowMs: PEOPLE_NOW_MS,
      random: random('statement'),
    }),
  )

  const bundle = (which: number | 'last-resort'): BundleWithKeys => {
    const oneTime = which === 'last-resort' ? undefined : given(oneTimeX25519()[which])
    // The other end of the batch, so that the two ids differ.
    const kemId = which === 'last-resort' ? undefined : BATCH_SIZE - which
    const served = assembleBundle({
      statement: statement(),
      oneTimeX25519: oneTime && { id: oneTime.id, publicKey: oneTime.keyPair.publicKey },
      oneTimeKem: kemId === undefined ? undefined : proveKem(batch(), kemId),
    })
    const read = readBundle(served, { accountId, device, nowMs: PEOPLE_NOW_MS })
    if (!read.ok) throw new Error(`people: a bundle of ours is refused: ${read.reason}`)
    return {
      served,
      bundle: read.bundle,
      signedPrekey: signed().x25519,
      oneTimeX25519: oneTime?.keyPair,
      kemSeed: kemId === undefined ? signed().lastResort.seed : given(batch().seeds[kemId - 1]),
      bundleHash: hashOfBundle(served),
    }
  }
  const bundles = new Map<number | 'last-resort', BundleWithKeys>()

  return {
    account,
    accountId,
    deviceKeys,
    identity,
    device,
    party: { accountKey: account.publicKey, tag, identityKey: identity.publicKey },
    firstContactAddress,
    get deviceList() {
      return deviceList()
    },
    get oneTimeX25519() {
      return oneTimeX25519()
    },
    get signed() {
      return signed()
    },
    get batch() {
      return batch()
    },
    get statement() {
      return statement()
    },
    bundle: (which) => {
      const made = bundles.get(which) ?? bundle(which)
      bundles.set(which, made)
      return made
    },
  }
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const given = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('people: there is no such key')
  return value
}
