// The entrance /relay, docs/protocols/relay.md: reads frames, holds each connection to its limits, and asks rooms, mailboxes
// and prekeys to do what the frames say, in the order in which they came. Decides nothing about any of them itself.

import {
  decodeRelayRequest,
  encodeRelayReply,
  type RelayConfiguration,
  type RelayRefusal,
  type RelayReply,
  type RelayRequest,
} from '../src/wire/relay-frames.ts'
import type { Bundles } from './bundles.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import type { Connection, Listener } from './connections.ts'
import type { Guard } from './guard.ts'
import { hexOf } from './hex.ts'
import { type Buckets, type Clock, createBucket, createBuckets, type Rate } from './limits.ts'
import type { Mailboxes } from './mailboxes.ts'
import { StoreFailure } from './measured-store.ts'
import type { Metrics } from './metrics.ts'
import type { Publication } from './publication.ts'
import { createRequestQueues, type QueueLimits } from './request-queue.ts'
import type { Rooms } from './rooms.ts'

export interface FrameLimits extends QueueLimits {
  readonly framesPerConnection: Rate
  readonly bytesPerConnection: Rate
  readonly framesPerAddress: Rate
  readonly bytesPerAddress: Rate
}

/** What the relay's own answers may wait beyond the limit that holds for what others send. */
const REPLY_SLACK = 65_536
/** A connection that goes on after so many refusals for haste is closed. */
const PATIENCE: Rate = { burst: 100, perSecond: 5 }
/** Hashing so many listen keys costs about as much as any other frame. */
const LISTEN_KEYS_PER_FRAME = 20
/** In a refusal that answers no request. */
const NO_REQUEST = 0

export interface RelayEntrance {
  readonly listen: (connection: Connection) => Listener
  readonly sweep: () => void
  /** Takes no request any more. Resolves once those that are under way are answered. */
  readonly drain: () => Promise<void>
}

/** What the frames are for. */
export interface Offices {
  readonly rooms: Rooms
  readonly mailboxes: Mailboxes
  readonly publication: Publication
  readonly bundles: Bundles
}

/** At once, and waiting for nothing. */
type RoomRequest = Extract<RelayRequest, { type: 'open-room' | 'join-room' | 'room-message' | 'evict-guest' | 'leave-room' | 'ping' }>
/** In its turn: it may wait for the store. */
type StoreRequest = Exclude<RelayRequest, RoomRequest>

export const createRelayEntrance = (
  limits: FrameLimits,
  nowMs: Clock,
  configuration: () => RelayConfiguration,
  { rooms, mailboxes, publication, bundles }: Offices,
  metrics: Metrics,
  guard: Guard,
): RelayEntrance => {
  const framesByAddress = createBuckets(limits.framesPerAddress, nowMs)
  const bytesByAddress = createBuckets(limits.bytesPerAddress, nowMs)
  const queues = createRequestQueues(limits)
  let isDraining = false

  const performInRoom = (client: Client, request: RoomRequest): Outcome => {
    switch (request.type) {
      case 'open-room':
        return rooms.open(client, request)
      case 'join-room':
        return rooms.join(client, request)
      case 'room-message':
        return rooms.pass(client, request.body)
      case 'evict-guest':
        return rooms.evictGuest(client)
      case 'leave-room':
        rooms.leave(client)
        return DONE
      case 'ping':
        client.send({ type: 'pong', nonce: request.nonce })
        return DONE
    }
  }

  const performInStore = async (client: Client, request: StoreRequest): Promise<Outcome> => {
    switch (request.type) {
      case 'listen':
        return mailboxes.listen(client, request.requestId, request.listenKeys)
      case 'stop-listening':
        return mailboxes.stopListening(client, request.requestId, request.listenKeys)
      case 'deposit': {
        const outcome = await mailboxes.deposit(client, request)
        metrics.deposits.inc({ outcome: outcome.ok ? (request.liveOnly ? 'live' : 'kept') : outcome.reason })
        if (outcome.ok) metrics.depositedBytes.inc(request.envelope.length)
        return outcome
      }
      case 'acknowledge':
        return mailboxes.acknowledge(client, request.address, request.positions)
      case 'close-mailboxes':
        return mailboxes.close(client, request.requestId, request.listenKeys)
      case 'fetch-bundles':
        return bundles.fetch(client, request)
      case 'authenticate':
        return publication.authenticate(client, request)
      case 'authenticated':
        return publication.perform(client, request)
    }
  }

  const listen = (connection: Connection): Listener => {
    const frames = createBucket(limits.framesPerConnection, nowMs)
    const bytes = createBucket(limits.bytesPerConnection, nowMs)
    const patience = createBucket(PATIENCE, nowMs)
    const queue = queues.open()
    const client = clientOf(connection)

    const sayRefused = (requestId: number, cause: RelayRefusal) => {
      metrics.refusals.inc({ cause })
      client.send({ type: 'refused', requestId, cause })
    }

    const conclude = (request: RelayRequest, outcome: Outcome) => {
      if (!outcome.ok) sayRefused(requestIdOf(request), outcome.reason)
    }

    /** A bug of ours costs this connection and nobody else, like one that shows at once. */
    const abandon = (error: unknown) =>
      guard(
        () => {
          throw error
        },
        () => connection.close(1011, 'a bug of the relay'),
      )

    const perform = async (request: StoreRequest) => {
      try {
        conclude(request, await performInStore(client, request).catch(inDoubt))
      } catch (error) {
        abandon(error)
      }
    }

    client.send({ type: 'welcome', configuration: configuration() })
    return {
      received: (message) => {
        if (typeof message === 'string') return connection.close(1003, 'binary frames only')
        const decoded = decodeRelayRequest(message)
        if (!decoded.ok) {
          sayRefused(NO_REQUEST, decoded.reason)
          return connection.close(1008, 'malformed')
        }
        const request = decoded.value
        const cost = costOf(request)
        const isWithinLimits =
          frames.take(cost) &&
          bytes.take(message.length) &&
          framesByAddress.take(connection.networkAddress, cost) &&
          bytesByAddress.take(connection.networkAddress, message.length)
        if (!isWithinLimits) {
          sayRefused(requestIdOf(request), 'too-many-requests')
          return patience.take() ? undefined : connection.close(1008, 'too many requests')
        }
        metrics.frames.inc({ type: request.type })
        if (isDraining) return sayRefused(requestIdOf(request), 'shutting-down')
        if (isForRooms(request)) return conclude(request, performInRoom(client, request))
        if (queue.run(laneOf(request), message.length, () => perform(request))) return
        sayRefused(requestIdOf(request), 'too-many-requests')
      },
      closed: () => {
        rooms.lose(client)
        mailboxes.lose(client)
        publication.lose(client)
      },
      draining: () => sayRefused(NO_REQUEST, 'shutting-down'),
    }
  }

  const swept: readonly Buckets[] = [framesByAddress, bytesByAddress]
  return {
    listen,
    sweep: () => swept.forEach((buckets) => buckets.sweep()),
    drain: () => {
      isDraining = true
      return queues.settled()
    },
  }
}

const clientOf = (connection: Connection): Client => ({
  networkAddress: connection.networkAddress,
  send: (reply) => {
    if (!connection.trySend(encodeRelayReply(reply), REPLY_SLACK)) connection.close(1013, 'reads too slowly')
  },
  trySend: (reply: RelayReply) => connection.trySend(encodeRelayReply(reply)),
})

const ROOM_REQUESTS: readonly RelayRequest['type'][] = [
  'open-room',
  'join-room',
  'room-message',
  'evict-guest',
  'leave-room',
  'ping',
] satisfies RoomRequest['type'][]

const isForRooms = (request: RelayRequest): request is RoomRequest => ROOM_REQUESTS.includes(request.type)

/** A store that does not answer is trouble in the world, and no bug. */
const inDoubt = (error: unknown): Outcome => {
  if (error instanceof StoreFailure) return refuse('in-doubt')
  throw error
}

/** What concerns one address each need not wait for what concerns another. */
const laneOf = (request: StoreRequest): string | undefined =>
  request.type === 'deposit' || request.type === 'acknowledge' ? hexOf(request.address) : undefined

const costOf = (request: RelayRequest): number =>
  'listenKeys' in request ? 1 + Math.floor(request.listenKeys.length / LISTEN_KEYS_PER_FRAME) : 1

const requestIdOf = (request: RelayRequest): number => ('requestId' in request ? request.requestId : NO_REQUEST)
