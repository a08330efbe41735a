// Accounts with one device or several, as they publish their prekeys: lists, statements and uploads, all from a seed and made
// once for each test file; and a device that speaks to the relay's publication, as far as protocol/relay-auth goes. What one
// person needs for a handshake is people.ts.

import { type Bundles, createBundles } from '../../server/bundles.ts'
import type { PrekeyLimits } from '../../server/prekeys.ts'
import { createPublication, type Publication } from '../../server/publication.ts'
import type { Store } from '../../server/store.ts'
import { type X25519KeyPair, x25519KeyPair } from '../../src/crypto/x25519.ts'
import {
  accountIdOf,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  generateSigningKeys,
  NO_PREVIOUS_LIST,
  type SigningKeys,
  signDeviceList,
} from '../../src/protocol/identity/identity.ts'
import {
  generateKemBatch,
  generateOneTimeX25519,
  generateSignedPrekeys,
  type KemBatch,
  type OneTimeX25519,
  proveKem,
  type SignedPrekeys,
  signStatement,
} from '../../src/protocol/prekeys/prekeys.ts'
import {
  type Authenticated,
  type Awaiting,
  beginAuthentication,
  type Channel,
  finishAuthentication,
  openReply,
  relayKeyPair,
  sealRequest,
} from '../../src/protocol/relay-auth/relay-auth.ts'
import {
  decodePublicationReply,
  encodePublicationRequest,
  type OneTimeKemUpload,
  type OneTimeX25519Upload,
  type PublicationReply,
  type PublicationRequest,
} from '../../src/wire/publication-frames.ts'
import { type HandClock, handClock } from './hand-clock.ts'
import { createMemoryRelayDisk } from './memory-relay-store.ts'
import { PEOPLE_NOW_MS } from './people.ts'
import { type RecordingClient, recordingClient } from './recording-client.ts'
import { seededRandom } from './seeded-random.ts'

const PLENTY = { burst: 1_000_000, perSecond: 0 }

export interface PrekeyRelay {
  readonly store: Store
  readonly publication: Publication
  readonly bundles: Bundles
  /** Both of the relay's clocks go forward: that of its limits and the date, which starts at PEOPLE_NOW_MS. */
  readonly advance: HandClock['advance']
}

/** A relay's prekeys over a store in memory. @param over what stands between them and the store */
export const prekeyRelay = (limits: Partial<PrekeyLimits> = {}, over: (store: Store) => Store = (store) => store): PrekeyRelay => {
  const clock = handClock()
  const startedAtMs = clock.nowMs()
  const disk = createMemoryRelayDisk(seededRandom('prekey-relay/disk'))
  const store = over(disk.open({ envelopesPerMailbox: 0, bytesPerMailbox: 0, storedBytes: 0, devices: 100 }))
  const options = {
    limits: {
      authenticationsPerAddress: PLENTY,
      publicationsPerAddress: PLENTY,
      newcomersPerAddress: PLENTY,
      retrievalsPerAddress: PLENTY,
      drainsPerAddressAndTarget: PLENTY,
      drainsPerTarget: PLENTY,
      ...limits,
    },
    store,
    nowMs: clock.nowMs,
    dateMs: () => PEOPLE_NOW_MS + clock.nowMs() - startedAtMs,
  }
  const publication = createPublication({ ...options, relay: TEST_RELAY, random: seededRandom('prekey-relay') })
  return { store, publication, bundles: createBundles(options), advance: clock.advance }
}

/** The relay of these tests. */
export const TEST_RELAY: X25519KeyPair = relayKeyPair(new Uint8Array(32).fill(0x33))

export interface PublishedDevice {
  readonly accountId: Uint8Array
  readonly device: Device
  readonly deviceKeys: SigningKeys
  readonly identity: X25519KeyPair
  readonly signed: SignedPrekeys
  /** Ids 1 to 100. */
  readonly batch: KemBatch
  /** Ids 1 to 200. */
  readonly oneTimeX25519: readonly OneTimeX25519[]
  /** Signed at PEOPLE_NOW_MS and with the batch named, unless it is said otherwise. */
  readonly statement: (said?: { readonly nowMs?: number; readonly batches?: readonly KemBatch[]; readonly tag?: number }) => Uint8Array
  readonly x25519Uploads: (ids: readonly number[]) => OneTimeX25519Upload[]
  readonly kemUploads: (ids: readonly number[]) => OneTimeKemUpload[]
}

export interface PublishedAccount {
  readonly account: SigningKeys
  readonly accountId: Uint8Array
  readonly devices: readonly PublishedDevice[]
  /** Version 1 with all devices, unless it is said otherwise. */
  readonly deviceList: (said?: {
    readonly version?: number
    readonly devices?: readonly PublishedDevice[]
    readonly expiresAtMs?: number
  }) => Uint8Array
}

const accounts = new Map<string, PublishedAccount>()

/** The account of this name with so many devices, always the same one. */
export const publishedAccount = (name: string, deviceCount = 1): PublishedAccount => {
  const key = `${name}/${deviceCount}`
  const known = accounts.get(key) ?? makeAccount(key, deviceCount)
  accounts.set(key, known)
  return known
}

/** Ids `first` to `last`. */
export const idsFrom = (first: number, last: number): readonly number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const makeAccount = (name: string, deviceCount: number): PublishedAccount => {
  const account = generateSigningKeys(seededRandom(`published/${name}/account`))
  const accountId = accountIdOf(account.publicKey)
  const devices = Array.from({ length: deviceCount }, (_, i) => makeDevice(`${name}/${i}`, accountId, 0x100 + i))
  const lists = new Map<string, Uint8Array>()
  return {
    account,
    accountId,
    devices,
    deviceList: (said = {}) => {
      const { version = 1, devices: listed = devices, expiresAtMs = PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS } = said
      const key = `${version}/${listed.map(({ device }) => device.tag).join()}/${expiresAtMs}`
      const random = seededRandom(`published/${name}/list/${key}`)
      const made =
        lists.get(key) ??
        signDeviceList({
          account,
          list: {
            version,
            previousHash: version === 1 ? NO_PREVIOUS_LIST : new Uint8Array(32).fill(version),
            expiresAtMs,
            devices: listed.map(({ device }) => device),
          },
          countersignatures: listed.map(({ device, deviceKeys }) => countersign(device, deviceKeys, accountId, random)),
          random,
        })
      lists.set(key, made)
      return made
    },
  }
}

const makeDevice = (name: string, accountId: Uint8Array, tag: number): PublishedDevice => {
  const random = (part: string) => seededRandom(`published/${name}/${part}`)
  const deviceKeys = generateSigningKeys(random('device'))
  const identity = x25519KeyPair(random('identity'))
  const device: Device = { tag, deviceKey: deviceKeys.publicKey, identityKey: identity.publicKey, createdAtMs: PEOPLE_NOW_MS, name: '' }
  const signed = once(() => generateSignedPrekeys(1, PEOPLE_NOW_MS, random('signed')))
  const batch = once(() => generateKemBatch(1, PEOPLE_NOW_MS, random('batch')))
  const oneTimeX25519 = once(() => generateOneTimeX25519(1, 200, PEOPLE_NOW_MS, random('one-time')))
  return {
    accountId,
    device,
    deviceKeys,
    identity,
    get signed() {
      return signed()
    },
    get batch() {
      return batch()
    },
    get oneTimeX25519() {
      return oneTimeX25519()
    },
    statement: ({ nowMs = PEOPLE_NOW_MS, batches = [batch()], tag: saidTag = tag } = {}) =>
      signStatement({
        accountId,
        tag: saidTag,
        device: deviceKeys,
        identityKey: identity.publicKey,
        signed: signed(),
        firstContactAddress: random('address')(32),
        batches,
        nowMs,
        random: random(`statement/${nowMs}/${batches.length}/${saidTag}`),
      }),
    x25519Uploads: (ids) =>
      oneTimeX25519()
        .filter(({ id }) => ids.includes(id))
        .map(({ id, keyPair }) => ({ id, key: keyPair.publicKey })),
    kemUploads: (ids) => ids.map((id) => proveKem(batch(), id)).map((proven) => ({ ...proven, path: [...proven.path] })),
  }
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** A request but for its id, which is drawn where none is given. */
type Asked = PublicationRequest extends infer Request
  ? Request extends PublicationRequest
    ? Omit<Request, 'requestId'> & { readonly requestId?: Uint8Array }
    : never
  : never

export interface Publisher {
  readonly client: RecordingClient
  /** Sends one request under the authentication and opens the reply; throws where the frame is refused or the reply not authentic. */
  readonly ask: (request: Asked) => Promise<PublicationReply>
  /** Sends a body as it is. */
  readonly askBody: (body: Uint8Array) => Promise<PublicationReply>
  /** The next request as it would be sent; nothing is sent. */
  readonly seal: (request: Asked) => Authenticated
}

export const aRequestId = (seed: string): Uint8Array => seededRandom(`request/${seed}`)(16)
let asked = 0

/** Who claims to be a device, as far as the challenge. */
export const authenticate = (
  publication: Publication,
  { accountId, device, identity }: Pick<PublishedDevice, 'accountId' | 'device' | 'identity'>,
  client: RecordingClient = recordingClient(),
): { readonly client: RecordingClient; readonly channel: Channel<'device'> } => {
  const awaiting: Awaiting = beginAuthentication({ accountId, tag: device.tag, identity, random: seededRandom(`ephemeral/${asked++}`) })
  const outcome = publication.authenticate(client, { type: 'authenticate', requestId: 9, ...awaiting.claim })
  if (!outcome.ok) throw new Error(`authenticate: ${outcome.reason}`)
  const [challenge] = client.heard()
  if (challenge?.type !== 'challenge') throw new Error('authenticate: no challenge')
  const finished = finishAuthentication(awaiting, challenge, TEST_RELAY.publicKey)
  if (!finished.ok) throw new Error(`authenticate: ${finished.reason}`)
  return { client, channel: finished.channel }
}

/** A device on a connection of its own, authenticated and ready to ask. */
export const publisherOf = (
  publication: Publication,
  device: Pick<PublishedDevice, 'accountId' | 'device' | 'identity'>,
  asClient?: RecordingClient,
): Publisher => {
  const authenticated = authenticate(publication, device, asClient)
  const { client } = authenticated
  let { channel } = authenticated
  const bodyOf = (request: Asked) =>
    // An id and a request without one make a request; the compiler cannot follow the union through the spread.
    encodePublicationRequest({ requestId: aRequestId(`${asked++}`), ...request } as PublicationRequest)

  const askBody = async (body: Uint8Array): Promise<PublicationReply> => {
    const request = sealRequest(channel, body)
    channel = request.channel
    const outcome = await publication.perform(client, { type: 'authenticated', ...request.sealed })
    if (!outcome.ok) throw new Error(`ask: ${outcome.reason}`)
    const [reply] = client.heard()
    if (reply?.type !== 'authenticated') throw new Error('ask: no reply')
    const opened = openReply(channel, reply)
    if (!opened.ok) throw new Error(`ask: ${opened.reason}`)
    channel = opened.channel
    const decoded = decodePublicationReply(opened.body)
    if (!decoded.ok) throw new Error('ask: a malformed reply')
    return decoded.value
  }

  return {
    client,
    ask: (request) => askBody(bodyOf(request)),
    askBody,
    seal: (request) => sealRequest(channel, bodyOf(request)).sealed,
  }
}
