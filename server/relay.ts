// The relay as one thing that starts and drains: one port, the page and two entrances. Only puts parts together.

import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import { relayKeyPair } from '../src/protocol/relay-auth/relay-auth.ts'
import { createBundles } from './bundles.ts'
import { createLocalBus } from './bus.ts'
import type { Configuration } from './configuration.ts'
import { createConnections } from './connections.ts'
import { createGuard } from './guard.ts'
import { timeLimited } from './ice.ts'
import { createMailboxes } from './mailboxes.ts'
import { measured } from './measured-store.ts'
import type { Metrics } from './metrics.ts'
import { loadPage } from './page.ts'
import { createPublication } from './publication.ts'
import { createRelayEntrance } from './relay-entrance.ts'
import { createRooms } from './rooms.ts'
import { createRouter } from './router.ts'
import { securityHeaders } from './security-headers.ts'
import { createSignalling } from './signalling.ts'
import { limitSockets } from './sockets.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { createStoreUpkeep } from './store-upkeep.ts'

export interface Relay {
  readonly port: number
  /** Takes nothing new, answers what is under way, says goodbye to everybody, and resolves when the store is closed. */
  readonly drain: () => Promise<void>
}

/** A request that has not told its headers by then is ended; none has a body. */
const HEADERS_MS = 10_000
/** A connection on which nothing moves for so long is ended; a WebSocket has its own signs of life. */
const IDLE_MS = 60_000
const SWEEP_MS = 1_000
const UPKEEP_MS = 5_000

/** For limits; only goes forward. */
const nowMs = () => Math.floor(performance.now())
/** For what is kept: milliseconds since 1970. */
const dateMs = () => Date.now()

/** Not in full: what an engine says of a failing disk may name what it was about to write. */
const troubleWith = (log: Logger) => (error: unknown) =>
  log.error(
    { code: error instanceof Error && 'errcode' in error ? error.errcode : 'unknown' },
    'the store failed; what it was doing is in doubt',
  )

/** Rejects where the port cannot be had, TLS does not like the certificate, or nothing can be kept in the data folder. */
export const startRelay = async (
  { port, host, trustedHops, tls, pageFolder, dataFolder, settings }: Configuration,
  metrics: Metrics,
  log: Logger,
): Promise<Relay> => {
  const { limits, roomLifeMs, relayOnly, turn } = settings
  const guard = createGuard(metrics, log)
  const store = measured(await openSqliteStore(dataFolder, limits, troubleWith(log)), metrics)
  const page = await loadPage(pageFolder)
  if (page.isEmpty) log.warn('there is no page to serve: npm run build')
  const upkeep = createStoreUpkeep(store, metrics, dateMs)
  const relay = relayKeyPair(store.relaySeed)

  const iceServers = settings.iceServers.map(({ urls, username, credential }) => ({ urls, username, credential }))
  const told = () => ({
    iceServers: turn ? [...iceServers, timeLimited(turn, dateMs())] : iceServers,
    relayOnly,
    roomLifeMs,
    storeId: store.id,
    relayKey: relay.publicKey,
  })
  const rooms = createRooms(limits, roomLifeMs, nowMs, (limit) => randomInt(limit))
  const mailboxes = createMailboxes(limits, nowMs, dateMs, store, createLocalBus())
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const publication = createPublication({ limits, store, nowMs, dateMs, relay, random })
  const bundles = createBundles({ limits, store, nowMs, dateMs })
  const connections = createConnections(limits, nowMs, guard, metrics, log)
  const entrance = createRelayEntrance(limits, nowMs, told, { rooms, mailboxes, publication, bundles }, metrics, guard)
  const signalling = createSignalling(limits, nowMs, metrics)
  const router = createRouter(
    {
      trustedHops,
      allowedOrigins: settings.allowedOrigins,
      metricsFor: settings.metricsFor,
      headers: securityHeaders(tls !== undefined),
      requestsPerAddress: limits.requestsPerAddress,
      upgradesPerAddress: limits.upgradesPerAddress,
      isStoreHealthy: upkeep.isHealthy,
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
    for (const swept of [rooms.expire, entrance.sweep, router.sweep, publication.sweep, bundles.sweep]) swept()
    void mailboxes.sweep()
    metrics.rooms.set(rooms.size())
    metrics.listened.set(mailboxes.size())
  }, SWEEP_MS)
  await upkeep.tick()
  const keeping = setInterval(() => void upkeep.tick(), UPKEEP_MS)
  const checking = setInterval(connections.checkAlive, settings.keepAliveMs)

  return {
    port: (server.address() as AddressInfo).port, // a listening TCP server has one
    drain: async () => {
      const closed = once(server, 'close')
      const patience = () => wait(settings.drainMs, undefined, { ref: false })
      for (const interval of [checking, keeping]) clearInterval(interval)
      router.drain()
      server.close()
      await Promise.race([entrance.drain(), patience()])
      connections.drain()
      await Promise.race([closed, patience()])
      connections.terminate()
      server.closeAllConnections()
      await closed
      clearInterval(sweeping)
      await store.close()
    },
  }
}
