// The relay of a simulated world: all of the real one behind its sockets, on a store in memory. It can die and come back on
// the same disk, or on an empty one.

import { createBundles } from '../../server/bundles.ts'
import { createLocalBus } from '../../server/bus.ts'
import { createMailboxes } from '../../server/mailboxes.ts'
import { createMetrics } from '../../server/metrics.ts'
import { createPublication } from '../../server/publication.ts'
import { createRelayEntrance } from '../../server/relay-entrance.ts'
import { createRooms } from '../../server/rooms.ts'
import type { Store } from '../../server/store.ts'
import type { Random } from '../../src/crypto/random.ts'
import { relayKeyPair } from '../../src/protocol/relay-auth/relay-auth.ts'
import { createMemoryRelayDisk, type MemoryRelayDisk } from './memory-relay-store.ts'

export const ROOM_LIFE_MS = 300_000
const PLENTY = { burst: 1_000_000, perSecond: 1_000_000 }
const MANY = 2 ** 40

export const ampleLimits = {
  rooms: 1000,
  roomsPerAddress: 1000,
  roomsOpenedPerAddress: PLENTY,
  joinsPerRoom: 1000,
  joinsPerAddress: PLENTY,
  framesPerRoom: 1_000_000,
  bytesPerRoom: MANY,
  framesPerConnection: PLENTY,
  bytesPerConnection: { burst: MANY, perSecond: MANY },
  framesPerAddress: PLENTY,
  bytesPerAddress: { burst: MANY, perSecond: MANY },
  pendingPerConnection: 100_000,
  pendingBytesPerConnection: MANY,
  pendingBytes: MANY,
  listenedPerConnection: 1000,
  listened: 10_000,
  mailboxesOpenedPerAddress: PLENTY,
  depositsPerTarget: PLENTY,
  watchedPerConnection: 1000,
  devices: 10_000,
  envelopesPerMailbox: 10_000,
  bytesPerMailbox: MANY,
  storedBytes: MANY,
  authenticationsPerAddress: PLENTY,
  publicationsPerAddress: PLENTY,
  newcomersPerAddress: PLENTY,
  retrievalsPerAddress: PLENTY,
  drainsPerAddressAndTarget: { burst: 6, perSecond: 1 / 600 },
  drainsPerTarget: { burst: 60, perSecond: 1 / 60 },
}
export type SimulatedLimits = typeof ampleLimits

/** One for the process: it counts, and nobody reads it. */
let metrics: ReturnType<typeof createMetrics> | undefined

export interface SimulatedConnection {
  readonly received: (frame: Uint8Array) => void
  readonly closed: () => void
}

export interface SimulatedRelay {
  /** @param deliver a frame for the browser @param ended the relay closes the connection */
  readonly connect: (networkAddress: string, deliver: (frame: Uint8Array) => void, ended: () => void) => SimulatedConnection
  readonly store: Store
  /** Does what time demands. */
  readonly sweep: () => void
  /** Nothing of it answers any more. */
  readonly die: () => void
}

export const createRelayDisk = (random: Random): MemoryRelayDisk => createMemoryRelayDisk(random)

/** @param disguise what an adversary puts in front of the store */
export const startSimulatedRelay = (
  disk: MemoryRelayDisk,
  {
    nowMs,
    chance,
    random,
    limits = ampleLimits,
    disguise = (store) => store,
  }: {
    readonly nowMs: () => number
    readonly chance: (limit: number) => number
    readonly random: Random
    readonly limits?: SimulatedLimits
    readonly disguise?: (store: Store) => Store
  },
): SimulatedRelay => {
  metrics ??= createMetrics()
  const store = disguise(disk.open(limits))
  const relay = relayKeyPair(store.relaySeed)
  const rooms = createRooms(limits, ROOM_LIFE_MS, nowMs, chance)
  const mailboxes = createMailboxes(limits, nowMs, nowMs, store, createLocalBus())
  const publication = createPublication({ limits, store, nowMs, dateMs: nowMs, relay, random })
  const bundles = createBundles({ limits, store, nowMs, dateMs: nowMs })
  const told = () => ({ iceServers: [], relayOnly: false, roomLifeMs: ROOM_LIFE_MS, storeId: store.id, relayKey: relay.publicKey })
  const entrance = createRelayEntrance(limits, nowMs, told, { rooms, mailboxes, publication, bundles }, metrics, (act) => act())
  let isAlive = true
  return {
    store,
    connect: (networkAddress, deliver, ended) => {
      const listener = entrance.listen({
        networkAddress,
        trySend: (message) => {
          if (typeof message === 'string') throw new Error('simulated relay: a text')
          if (isAlive) deliver(message)
          return isAlive
        },
        close: ended,
      })
      return {
        received: (frame) => {
          if (isAlive) listener.received(frame)
        },
        closed: listener.closed,
      }
    },
    sweep: () => {
      rooms.expire()
      void mailboxes.sweep()
    },
    die: () => {
      isAlive = false
      void store.close()
    },
  }
}
