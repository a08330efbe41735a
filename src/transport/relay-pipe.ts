// The pipe through the relay: up to three WebSockets, each for one use and never shared, so that the relay cannot join
// what they show (docs/protocols/relay.md). Knows which connections are wanted and nothing of what they carry.

import type { Order, RelayConnection, Report } from '../messenger/api.ts'
import { createBackOff } from './back-off.ts'
import type { Random } from './chance.ts'
import { keepConnected, type RelayLine, type RelaySocket } from './relay-connection.ts'
import type { Timers } from './timers.ts'

export type RelayOrder = Extract<Order, { readonly type: `relay-${string}` }>

export interface RelayPipe {
  readonly carryOut: (order: RelayOrder) => void
  readonly wake: () => void
  readonly close: () => void
}

export const createRelayPipe = ({
  openSocket,
  timers,
  random,
  report,
  malformed,
  silent,
}: {
  readonly openSocket: () => RelaySocket
  readonly timers: Timers
  readonly random: Random
  readonly report: (report: Report) => void
  readonly malformed: () => void
  readonly silent: () => void
}): RelayPipe => {
  const lines = new Map<RelayConnection, RelayLine>()

  const connect = (connection: RelayConnection): void => {
    if (lines.has(connection)) return
    lines.set(connection, keepConnected({ connection, openSocket, timers, backOff: createBackOff(random), report, malformed, silent }))
  }
  const disconnect = (connection: RelayConnection): void => {
    const line = lines.get(connection)
    lines.delete(connection)
    line?.close()
  }

  return {
    carryOut: (order) => {
      switch (order.type) {
        case 'relay-connect':
          return connect(order.connection)
        case 'relay-disconnect':
          return disconnect(order.connection)
        case 'relay-send':
          return lines.get(order.connection)?.send(order.request)
      }
    },
    wake: () => {
      for (const line of lines.values()) line.wake()
    },
    close: () => {
      for (const connection of lines.keys()) disconnect(connection)
    },
  }
}
