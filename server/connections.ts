// WebSockets as both of the relay's paths use them: counted, bounded in what waits to be sent, asked for a sign of life,
// and so wrapped that nothing a browser sends ends the process. Knows no frame.

import process from 'node:process'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import type { Guard } from './guard.ts'
import type { Clock } from './limits.ts'
import type { Metrics } from './metrics.ts'

export interface ConnectionLimits {
  /** WebSockets at one time. */
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Bytes that wait for a slow reader. */
  readonly waitingBytesPerConnection: number
  /** The same, over all connections. */
  readonly waitingBytes: number
}

/** Ways into the relay by WebSocket. */
export type Entrance = 'relay' | 'peer'

export interface Connection {
  readonly networkAddress: string
  /** @param slack bytes by which this message may pass the limit; @returns false where it does not fit: nothing was sent */
  readonly trySend: (message: Uint8Array | string, slack?: number) => boolean
  /** Nothing more is read; what waits is sent, then the socket closes. */
  readonly close: (code: CloseCode, reason: string) => void
}

/** RFC 6455 §7.4.1. */
export type CloseCode = 1000 | 1001 | 1003 | 1008 | 1011 | 1013

/** What an entrance does with a connection. */
export interface Listener {
  readonly received: (message: Uint8Array | string) => void
  readonly closed: () => void
  /** Asked now and then; a connection that is called stale is closed. */
  readonly isStale?: () => boolean
  /** The relay is about to stop. */
  readonly draining?: () => void
}

export interface Connections {
  readonly hasPlaceFor: (networkAddress: string) => boolean
  /** @param wire what the WebSocket writes to */
  readonly accept: (
    socket: WebSocket,
    wire: Duplex,
    networkAddress: string,
    entrance: Entrance,
    listen: (connection: Connection) => Listener,
  ) => void
  /** Ends sockets that have not answered since the last call. */
  readonly checkAlive: () => void
  /** Says goodbye to everybody. */
  readonly drain: () => void
  /** Ends what is left. */
  readonly terminate: () => void
  readonly size: () => number
}

interface Open {
  readonly socket: WebSocket
  readonly connection: Connection
  readonly listener: Listener
  isAlive: boolean
}

const GATHERED_BYTES = 65_536
/** How long a closing handshake may take. */
const CLOSE_TIMEOUT_MS = 2_000

export const createConnections = (limits: ConnectionLimits, nowMs: Clock, guard: Guard, metrics: Metrics, log: Logger): Connections => {
  const opened = new Set<Open>()
  const countByAddress = new Map<string, number>()
  let waitingBytes = 0

  const count = (networkAddress: string, change: number) => {
    const connections = (countByAddress.get(networkAddress) ?? 0) + change
    if (connections === 0) countByAddress.delete(networkAddress)
    else countByAddress.set(networkAddress, connections)
  }

  const guarded = (socket: WebSocket, act: () => void) => guard(act, () => socket.terminate())

  const connect = (socket: WebSocket, wire: Duplex, networkAddress: string): Connection => ({
    networkAddress,
    trySend: (message, slack = 0) => {
      if (socket.readyState !== socket.OPEN) return false
      const { length } = message
      if (socket.bufferedAmount + length > limits.waitingBytesPerConnection + slack) return false
      if (waitingBytes + length > limits.waitingBytes + slack) return false
      waitingBytes += length
      gather(wire)
      socket.send(message, () => {
        waitingBytes -= length
      })
      return true
    },
    close: (code, reason) => {
      if (socket.readyState !== socket.OPEN) return
      socket.close(code, reason)
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
    },
  })

  return {
    hasPlaceFor: (networkAddress) =>
      opened.size < limits.connections && (countByAddress.get(networkAddress) ?? 0) < limits.connectionsPerAddress,

    accept: (socket, wire, networkAddress, entrance, listen) => {
      const openedAtMs = nowMs()
      socket.on('error', () => socket.terminate())
      guarded(socket, () => {
        const connection = connect(socket, wire, networkAddress)
        const open: Open = { socket, connection, listener: listen(connection), isAlive: true }
        opened.add(open)
        count(networkAddress, 1)
        metrics.connections.inc({ entrance })
        socket.on('pong', () => {
          open.isAlive = true
        })
        socket.on('message', (message, isBinary) => {
          // Who sends but does not read has not answered.
          if (socket.bufferedAmount === 0) open.isAlive = true
          if (socket.readyState === socket.OPEN) guarded(socket, () => open.listener.received(contentOf(message, isBinary)))
        })
        socket.on('close', (code) => {
          opened.delete(open)
          count(networkAddress, -1)
          metrics.connections.dec({ entrance })
          log.debug({ entrance, code, durationMs: Math.round(nowMs() - openedAtMs) }, 'connection closed')
          guarded(socket, open.listener.closed)
        })
      })
    },

    checkAlive: () => {
      for (const open of opened) {
        if (!open.isAlive) open.socket.terminate()
        else if (open.listener.isStale?.()) open.connection.close(1008, 'silent')
        else {
          open.isAlive = false
          open.socket.ping()
        }
      }
    },

    drain: () => {
      for (const { connection, listener, socket } of opened) {
        guarded(socket, () => {
          listener.draining?.()
          connection.close(1001, 'shutting down')
        })
      }
    },

    terminate: () => {
      for (const { socket } of opened) socket.terminate()
    },

    size: () => opened.size,
  }
}

/**
 * What is sent within one turn of the event loop leaves together, as a transaction answers many requests at once and a write
 * costs more than what is in it. Not more than {@link GATHERED_BYTES}: the limits are for what a reader is too slow for.
 */
const gather = (wire: Duplex) => {
  if (wire.writableCorked === 0) {
    wire.cork()
    process.nextTick(() => wire.uncork())
  } else if (wire.writableLength >= GATHERED_BYTES) {
    wire.uncork()
    wire.cork()
  }
}

/** `ws` hands over one Buffer for each message unless told otherwise. */
const contentOf = (message: RawData, isBinary: boolean): Uint8Array | string => {
  if (!Buffer.isBuffer(message)) throw new Error('contentOf: not one Buffer')
  return isBinary ? new Uint8Array(message.buffer, message.byteOffset, message.length) : message.toString()
}
