// Every request and every upgrade enters here: who may ask, what for, and who answers.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Connection, Connections, Entrance, Listener } from './connections.ts'
import { type Clock, createBuckets, type Rate } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { isFromThisMachine, networkAddressOf } from './network-address.ts'
import { isSameSite } from './origin.ts'
import type { Page } from './page.ts'

export interface RouterOptions {
  /** Reverse proxies in front of the relay. */
  readonly trustedHops: number
  /** Origins of other hosts whose pages may use this relay. */
  readonly allowedOrigins: readonly string[]
  readonly metricsFor: 'this-machine' | 'everybody' | 'nobody'
  readonly headers: Readonly<Record<string, string>>
  readonly requestsPerAddress: Rate
  readonly upgradesPerAddress: Rate
  /** Whether what is kept can be read and written. */
  readonly isStoreHealthy: () => boolean
}

/** The largest WebSocket message that is read, in bytes. */
const MAX_MESSAGE_LENGTH = 65_536

type Admission = (query: URLSearchParams) => ((connection: Connection) => Listener) | undefined

export interface Router {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly sweep: () => void
  /** No new WebSockets; `/healthz` says so. */
  readonly drain: () => void
}

export const createRouter = (
  options: RouterOptions,
  nowMs: Clock,
  page: Page,
  connections: Connections,
  admissions: Readonly<Record<Entrance, Admission>>,
  metrics: Metrics,
): Router => {
  const requests = createBuckets(options.requestsPerAddress, nowMs)
  const upgrades = createBuckets(options.upgradesPerAddress, nowMs)
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_LENGTH,
    maxFragments: 1_024,
  })
  let isDraining = false

  const send = (response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body?: Buffer | string) => {
    metrics.requests.inc({ status: String(status) })
    response.writeHead(status, { ...options.headers, ...headers })
    response.end(body)
  }

  const say = (request: IncomingMessage, response: ServerResponse, status: number, sentence: string, headers: OutgoingHttpHeaders = {}) => {
    const plain = {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(sentence),
    }
    send(response, status, { ...plain, ...headers }, request.method === 'HEAD' ? undefined : sentence)
  }

  const showMetrics = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await metrics.registry.metrics()
    say(request, response, 200, text, { 'content-type': metrics.registry.contentType })
  }

  const sayHealth = (request: IncomingMessage, response: ServerResponse) => {
    if (isDraining) return say(request, response, 503, 'shutting down')
    return options.isStoreHealthy() ? say(request, response, 200, 'ok') : say(request, response, 503, 'the store does not answer')
  }

  /**
   * Has the browser delete the files of everything that the page stored, which a page alone cannot: deleted rows stay in them.
   * Asked for by our own page only: anybody else's could empty a browser with it. Hosts alone are not enough: whoever has the
   * network of a person can be the page of this host over plain HTTP, and no browser takes that for the same origin.
   */
  const clearSiteData = (request: IncomingMessage, response: ServerResponse, end: OutgoingHttpHeaders) => {
    if (!isSameSite(request.headers, []) || request.headers['sec-fetch-site'] !== 'same-origin')
      return say(request, response, 403, 'Forbidden\n', end)
    return send(response, 204, { ...end, 'cache-control': 'no-store', 'clear-site-data': '"storage"' })
  }

  const mayReadMetrics = (request: IncomingMessage): boolean =>
    options.metricsFor === 'everybody' || (options.metricsFor === 'this-machine' && isFromThisMachine(request))

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // A body is never read: without this, one would be awaited before the next request on the connection.
    const end = { connection: 'close' }
    if (request.method === 'POST' && pathOf(request) === '/clear-site-data') return clearSiteData(request, response, end)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(request, response, 405, 'Method not allowed\n', { ...end, allow: 'GET, HEAD' })
    if (!requests.take(networkAddressOf(request, options.trustedHops))) return say(request, response, 429, 'Too many requests\n', end)
    const path = pathOf(request)
    if (path === '/healthz') return sayHealth(request, response)
    if (path === '/metrics' && mayReadMetrics(request)) return void showMetrics(request, response).catch(() => response.destroy())
    const found = path === undefined ? undefined : page.answer(path, request.headers)
    if (!found) return say(request, response, 404, path === '/' ? 'The page is not built: npm run build\n' : 'Not found\n')
    return send(response, found.status, found.headers, request.method === 'HEAD' ? undefined : found.body)
  }

  const refuse = (socket: Duplex, status: 400 | 403 | 404 | 429 | 503) => {
    metrics.upgradesRefused.inc({ status: String(status) })
    socket.once('finish', () => socket.destroy())
    socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const networkAddress = networkAddressOf(request, options.trustedHops)
    if (!upgrades.take(networkAddress)) return refuse(socket, 429)
    const entrance = entranceOf(pathOf(request))
    if (!entrance) return refuse(socket, 404)
    if (!isSameSite(request.headers, options.allowedOrigins)) return refuse(socket, 403)
    const listen = admissions[entrance](queryOf(request))
    if (!listen) return refuse(socket, 400)
    if (isDraining || !connections.hasPlaceFor(networkAddress)) return refuse(socket, 503)
    webSockets.handleUpgrade(request, socket, head, (webSocket) => connections.accept(webSocket, socket, networkAddress, entrance, listen))
  }

  return {
    answer,
    upgrade,
    sweep: () => {
      requests.sweep()
      upgrades.sweep()
    },
    drain: () => {
      isDraining = true
    },
  }
}

const REASONS = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests', 503: 'Service Unavailable' } as const

/** PeerJS puts `peerjs` behind the path that it is given. */
const entranceOf = (path: string | undefined): Entrance | undefined => {
  if (path === '/relay') return 'relay'
  return path === '/peer' || path === '/peer/peerjs' ? 'peer' : undefined
}

/** The path as it came, with nothing decoded or resolved: what is not written exactly like a file of ours is not one. */
const pathOf = ({ url }: IncomingMessage): string | undefined => (url?.startsWith('/') ? url.split('?', 1)[0] : undefined)

const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
