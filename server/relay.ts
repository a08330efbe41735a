// The relay as one thing that starts and drains: one port, the page and two entrances. Only puts parts together.

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Configuration } from './configuration.ts'
import { createConnections } from './connections.ts'
import { createForwarding } from './forwarding.ts'
import { createGuard } from './guard.ts'
import { timeLimited } from './ice.ts'
import type { Metrics } from './metrics.ts'
import { loadPage } from './page.ts'
import { createRelayEntrance } from './relay-entrance.ts'
import { createRooms } from './rooms.ts'
import { createRouter } from './router.ts'
import { securityHeaders } from './security-headers.ts'
import { createSignalling } from './signalling.ts'
import { limitSockets } from './sockets.ts'

export interface Relay {
  readonly port: number
  /** Takes nothing new, says goodbye to everybody, and resolves when the last connection is closed. */
  readonly drain: () => Promise<void>
}

/** A request that has not told its headers by then is ended; none has a body. */
const HEADERS_MS = 10_000
/** A connection on which nothing moves for so long is ended; a WebSocket has its own signs of life. */
const IDLE_MS = 60_000
const SWEEP_MS = 1_000

const nowMs = () => Math.floor(performance.now())

/** Rejects where the port cannot be had, or TLS does not like the certificate. */
export const startRelay = async (
  { port, host, trustedHops, tls, pageFolder, settings }: Configuration,
  metrics: Metrics,
  log: Logger,
): Promise<Relay> => {
  const { limits, roomLifeMs, relayOnly, turn } = settings
  const page = await loadPage(pageFolder)
  if (page.isEmpty) log.warn('there is no page to serve: npm run build')

  const iceServers = settings.iceServers.map(({ urls, username, credential }) => ({ urls, username, credential }))
  const told = () => ({ iceServers: turn ? [...iceServers, timeLimited(turn, Date.now())] : iceServers, relayOnly, roomLifeMs })
  const rooms = createRooms(limits, roomLifeMs, nowMs, (limit) => randomInt(limit))
  const forwarding = createForwarding(limits, nowMs)
  const guard = createGuard(metrics, log)
  const connections = createConnections(limits, nowMs, guard, metrics, log)
  const entrance = createRelayEntrance(limits, nowMs, told, rooms, forwarding, metrics)
  const signalling = createSignalling(limits, nowMs, metrics)
  const router = createRouter(
    {
      trustedHops,
      allowedOrigins: settings.allowedOrigins,
      metricsFor: settings.metricsFor,
      headers: securityHeaders(tls !== undefined),
      requestsPerAddress: limits.requestsPerAddress,
      upgradesPerAddress: limits.upgradesPerAddress,
    },
    nowMs,
    page,
    connections,
    { relay: () => entrance.listen, peer: signalling.admit },
    metrics,
  )

  const times = {
    headersTimeout: HEADERS_MS,
    requestTimeout: HEADERS_MS,
    keepAliveTimeout: HEADERS_MS,
    connectionsCheckingInterval: SWEEP_MS,
  }
  const server = tls ? createHttpsServer({ ...times, ...tls }) : createHttpServer(times)
  // Connections that ask for pages, or for nothing, count beside those that are WebSockets.
  const total = 2 * limits.connections
  limitSockets(server, total, trustedHops === 0 ? 2 * limits.connectionsPerAddress : total)
  server.setTimeout(IDLE_MS)
  server.on('request', (request, response) =>
    guard(
      () => router.answer(request, response),
      () => response.destroy(),
    ),
  )
  server.on('upgrade', (request, socket, head) =>
    guard(
      () => router.upgrade(request, socket, head),
      () => socket.destroy(),
    ),
  )
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  server.listen({ port, host })
  await once(server, 'listening')

  const sweeping = setInterval(() => {
    for (const swept of [rooms.expire, entrance.sweep, router.sweep]) swept()
    metrics.rooms.set(rooms.size())
    metrics.listened.set(forwarding.size())
  }, SWEEP_MS)
  const checking = setInterval(connections.checkAlive, settings.keepAliveMs)

  return {
    port: (server.address() as AddressInfo).port, // a listening TCP server has one
    drain: async () => {
      const closed = once(server, 'close')
      clearInterval(checking)
      router.drain()
      server.close()
      connections.drain()
      await Promise.race([closed, wait(settings.drainMs, undefined, { ref: false })])
      connections.terminate()
      server.closeAllConnections()
      await closed
      clearInterval(sweeping)
    },
  }
}
