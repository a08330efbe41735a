// The entrance /relay, docs/protocols/relay.md: reads frames, holds each connection to its limits, and asks rooms and
// forwarding to do what the frames say. Decides nothing about rooms or addresses itself.

import {
  decodeRelayRequest,
  encodeRelayReply,
  type RelayConfiguration,
  type RelayRefusal,
  type RelayReply,
  type RelayRequest,
} from '../src/wire/relay-frames.ts'
import { type Client, DONE, type Outcome } from './client.ts'
import type { Connection, Listener } from './connections.ts'
import type { Forwarding } from './forwarding.ts'
import { type Buckets, type Clock, createBucket, createBuckets, type Rate } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Rooms } from './rooms.ts'

export interface FrameLimits {
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
}

export const createRelayEntrance = (
  limits: FrameLimits,
  nowMs: Clock,
  configuration: () => RelayConfiguration,
  rooms: Rooms,
  forwarding: Forwarding,
  metrics: Metrics,
): RelayEntrance => {
  const framesByAddress = createBuckets(limits.framesPerAddress, nowMs)
  const bytesByAddress = createBuckets(limits.bytesPerAddress, nowMs)

  const perform = (client: Client, request: RelayRequest): Outcome => {
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
      case 'listen':
        return forwarding.listen(client, request.requestId, request.listenKeys)
      case 'stop-listening':
        return forwarding.stopListening(client, request.requestId, request.listenKeys)
      case 'deposit': {
        const outcome = forwarding.deposit(client, request.requestId, request.address, request.envelope)
        if (outcome.ok) metrics.forwardedBytes.inc(request.envelope.length)
        return outcome
      }
      case 'ping':
        client.send({ type: 'pong', nonce: request.nonce })
        return DONE
    }
  }

  const listen = (connection: Connection): Listener => {
    const frames = createBucket(limits.framesPerConnection, nowMs)
    const bytes = createBucket(limits.bytesPerConnection, nowMs)
    const patience = createBucket(PATIENCE, nowMs)
    const client = clientOf(connection)

    const refuse = (requestId: number, cause: RelayRefusal) => {
      metrics.refusals.inc({ cause })
      client.send({ type: 'refused', requestId, cause })
    }

    client.send({ type: 'welcome', configuration: configuration() })
    return {
      received: (message) => {
        if (typeof message === 'string') return connection.close(1003, 'binary frames only')
        const decoded = decodeRelayRequest(message)
        if (!decoded.ok) {
          refuse(NO_REQUEST, decoded.reason)
          return connection.close(1008, 'malformed')
        }
        const request = decoded.value
        const cost = costOf(request)
        const takes: readonly (() => boolean)[] = [
          () => frames.take(cost),
          () => bytes.take(message.length),
          () => framesByAddress.take(connection.networkAddress, cost),
          () => bytesByAddress.take(connection.networkAddress, message.length),
        ]
        if (!takes.every((take) => take())) {
          refuse(requestIdOf(request), 'too-many-requests')
          return patience.take() ? undefined : connection.close(1008, 'too many requests')
        }
        metrics.frames.inc({ type: request.type })
        const outcome = perform(client, request)
        if (!outcome.ok) refuse(requestIdOf(request), outcome.reason)
      },
      closed: () => {
        rooms.lose(client)
        forwarding.lose(client)
      },
      draining: () => refuse(NO_REQUEST, 'shutting-down'),
    }
  }

  const swept: readonly Buckets[] = [framesByAddress, bytesByAddress]
  return { listen, sweep: () => swept.forEach((buckets) => buckets.sweep()) }
}

const clientOf = (connection: Connection): Client => ({
  networkAddress: connection.networkAddress,
  send: (reply) => {
    if (!connection.trySend(encodeRelayReply(reply), REPLY_SLACK)) connection.close(1013, 'reads too slowly')
  },
  trySend: (reply: RelayReply) => connection.trySend(encodeRelayReply(reply)),
})

const costOf = (request: RelayRequest): number =>
  'listenKeys' in request ? 1 + Math.floor(request.listenKeys.length / LISTEN_KEYS_PER_FRAME) : 1

const requestIdOf = (request: RelayRequest): number => ('requestId' in request ? request.requestId : NO_REQUEST)
