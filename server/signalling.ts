// The entrance /peer, docs/protocols/signalling.md: passes PeerJS' offers, answers and candidates between two browsers
// that know each other's random ids. Ids prove nothing, and nothing is kept for who is away. Knows no socket.

import * as v from 'valibot'
import type { Connection, Listener } from './connections.ts'
import { type Clock, createBucket, type Rate } from './limits.ts'
import type { Metrics } from './metrics.ts'

export interface SignallingLimits {
  readonly signalsPerConnection: Rate
}

export interface Signalling {
  /** Reads what the URL asks for; undefined where PeerJS would not have asked so. */
  readonly admit: (query: URLSearchParams) => ((connection: Connection) => Listener) | undefined
}

/** PeerJS beats every 5 s, a background page about once a minute. */
const SILENCE_MS = 90_000

const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{16,64}$/))
const admission = v.object({ key: v.literal('peerjs'), id, token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/)) })
const passedOn = v.looseObject({ type: v.picklist(['OFFER', 'ANSWER', 'CANDIDATE']), dst: id, payload: v.looseObject({}) })
const notPassedOn = v.looseObject({ type: v.picklist(['HEARTBEAT', 'LEAVE']) })
const signal = v.variant('type', [passedOn, notPassedOn])

interface Peer {
  readonly id: string
  readonly token: string
  readonly connection: Connection
}

export const createSignalling = (limits: SignallingLimits, nowMs: Clock, metrics: Metrics): Signalling => {
  const peers = new Map<string, Peer>()

  const tell = (connection: Connection, message: object): boolean => connection.trySend(JSON.stringify(message))

  /** Takes the id; who held it with the same token loses it. */
  const enter = (peer: Peer): boolean => {
    const before = peers.get(peer.id)
    if (before && before.token !== peer.token) {
      tell(peer.connection, { type: 'ID-TAKEN', payload: { msg: 'ID is taken' } })
      peer.connection.close(1008, 'id taken')
      return false
    }
    peers.set(peer.id, peer)
    before?.connection.close(1000, 'replaced')
    tell(peer.connection, { type: 'OPEN' })
    return true
  }

  /** To `dst` under the sender's own id, or back to the sender that there is nobody. */
  const pass = (peer: Peer, { type, dst, payload }: v.InferOutput<typeof passedOn>) => {
    const other = peers.get(dst)
    const isPassed = other !== undefined && tell(other.connection, { type, src: peer.id, dst, payload })
    metrics.signals.inc({ outcome: isPassed ? 'passed' : 'expired' })
    if (!isPassed) tell(peer.connection, { type: 'EXPIRE', src: dst, dst: peer.id })
  }

  const listen = (peer: Peer): Listener => {
    const bucket = createBucket(limits.signalsPerConnection, nowMs)
    let heardAtMs = nowMs()
    enter(peer)

    const end = (reason: string) => {
      metrics.signals.inc({ outcome: 'refused' })
      peer.connection.close(1008, reason)
    }

    return {
      received: (message) => {
        if (typeof message !== 'string') return peer.connection.close(1003, 'text only')
        if (!bucket.take()) return end('too many requests')
        heardAtMs = nowMs()
        const parsed = v.safeParse(signal, parse(message))
        if (!parsed.success) return end('malformed')
        switch (parsed.output.type) {
          case 'HEARTBEAT':
            return
          case 'LEAVE':
            return peer.connection.close(1000, 'left')
          default:
            return pass(peer, parsed.output)
        }
      },
      closed: () => {
        if (peers.get(peer.id) === peer) peers.delete(peer.id)
      },
      isStale: () => nowMs() - heardAtMs > SILENCE_MS,
    }
  }

  return {
    admit: (query) => {
      const asked = v.safeParse(admission, Object.fromEntries(query))
      return asked.success ? (connection) => listen({ id: asked.output.id, token: asked.output.token, connection }) : undefined
    },
  }
}

const parse = (message: string): unknown => {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}
