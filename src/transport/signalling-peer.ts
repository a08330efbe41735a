// One id at the signalling service through PeerJS: the only file that makes a `Peer`, with none of the library's own
// defaults (its token is Math.random, its servers are somebody's). What the service says passes the guard first.

import type * as peerJsModule from 'peerjs'
import type { DataConnection, Peer, PeerOptions } from 'peerjs'
import type { IceServer } from '../wire/relay-frames.ts'
import { type Random, randomName } from './chance.ts'
import { CHANNEL_LABEL, type RawConnection, rawConnectionOf, SERIALIZATION, serializersOf } from './raw-connection.ts'
import type { SignallingListener, SignallingPeer } from './signalled-id.ts'
import { createSignallingGuard } from './signalling-guard.ts'

/** PeerJS as a module. */
export type PeerJs = Pick<typeof peerJsModule, 'Peer' | 'BufferedConnection'>

/** Where the signalling service is; with path `/peer` PeerJS connects to `/peer/peerjs?key=peerjs&id=..&token=..`. */
export interface SignallingAddress {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly path: string
}

/** How often PeerJS tells the service that it is alive. */
const PING_INTERVAL_MS = 15_000

/** What the browser is to know about finding a way: the given servers and nothing else. */
export const rtcConfigurationOf = (iceServers: readonly IceServer[], turnOnly: boolean): RTCConfiguration => ({
  iceServers: iceServers.map(({ urls, username, credential }) => ({
    urls: [...urls],
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  })),
  iceTransportPolicy: turnOnly ? 'relay' : 'all',
})

export const openSignallingPeer = (
  peerJs: PeerJs,
  {
    peerId,
    token,
    signalling,
    configuration,
    random,
    listener,
  }: {
    readonly peerId: string
    /** Proves to the service that we are the same when we come back. */
    readonly token: string
    readonly signalling: SignallingAddress
    readonly configuration: RTCConfiguration
    readonly random: Random
    readonly listener: SignallingListener
  },
): SignallingPeer => {
  const RawConnection = rawConnectionOf(peerJs.BufferedConnection)
  const peer = new peerJs.Peer(peerId, {
    ...signalling,
    token,
    config: configuration,
    serializers: serializersOf(RawConnection),
    debug: 0,
    pingInterval: PING_INTERVAL_MS,
    referrerPolicy: 'no-referrer',
  } satisfies PeerOptions)
  guardMessages(peer, listener)

  // PeerJS declares only its base class; whatever it made came out of our table.
  const rawOf = (connection: DataConnection): (DataConnection & RawConnection) | undefined =>
    connection instanceof RawConnection ? connection : undefined

  peer.on('open', () => listener.known())
  peer.on('disconnected', () => listener.lost())
  peer.on('close', () => listener.lost())
  peer.on('connection', (connection) => {
    const raw = rawOf(connection)
    if (raw) listener.dialled(raw)
    else connection.close()
  })
  // The guard refuses media before PeerJS sees it.
  peer.on('call', (call) => call.close())

  return {
    dial: (theirPeerId) => {
      const options = { serialization: SERIALIZATION, label: CHANNEL_LABEL, reliable: true, connectionId: randomName(random) }
      return rawOf(peer.connect(theirPeerId, options))
    },
    reconnect: () => peer.reconnect(),
    disconnect: () => peer.disconnect(),
  }
}

/** Puts the guard between the service's socket and PeerJS, and catches what PeerJS throws at hostile input all the same. */
const guardMessages = (peer: Peer, listener: SignallingListener): void => {
  const guard = createSignallingGuard((theirPeerId, connectionId) => peer.getConnection(theirPeerId, connectionId))
  const handlers = peer.socket.listeners('message')
  peer.socket.removeAllListeners('message')
  peer.socket.on('message', (message: unknown) => {
    const { pass, unavailable } = guard(message)
    if (unavailable !== undefined) listener.unavailable(unavailable)
    try {
      for (const admitted of pass) for (const deliver of handlers) deliver(admitted)
    } catch {
      // A message that PeerJS cannot digest is a message that nobody sent.
    }
  })
}
