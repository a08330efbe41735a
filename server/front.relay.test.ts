import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callPeer, callRelay } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

const markup = '<!doctype html><title>Parley</title>'
let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess({ page: { 'index.html': markup }, settings: { allowedOrigins: ['https://other.example'] } })
})
afterAll(() => relay.remove())

const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${relay.port}${path}`, init)

/** What the relay answers to these very bytes, until it closes. */
const answerTo = (request: string): Promise<string> =>
  new Promise((done, fail) => {
    const socket = connect(relay.port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', fail)
    socket.on('close', () => done(answer))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no end')))
  })
const statusOf = async (request: string) => (await answerTo(request)).split('\r\n')[0]

const upgrade = (path: string, origin = `http://127.0.0.1:${relay.port}`) =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${relay.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(origin === '' ? [] : [`Origin: ${origin}`]),
    '\r\n',
  ].join('\r\n')
const peerQuery = `key=peerjs&id=${'a'.repeat(20)}&token=${'b'.repeat(20)}&version=1.5.5`

describe('WebSockets', () => {
  test('/relay and /peer open on one port', async () => {
    const [caller, peer] = await Promise.all([callRelay(relay.port), callPeer(relay.port, 'c'.repeat(20), 'b'.repeat(20))])
    expect(await peer.next()).toEqual({ type: 'OPEN' })
    expect(await caller.call({ type: 'ping', nonce: 1 })).toEqual({ type: 'pong', nonce: 1 })
    caller.close()
    peer.close()
  })

  test.each(['/', '/unknown', '/relay/', '/relayed', '/peer/other', '/healthz', '/metrics', '/..%2frelay'])('%s does not', async (path) => {
    expect(await statusOf(upgrade(path))).toBe('HTTP/1.1 404 Not Found')
  })

  test('a query that PeerJS would not send is refused', async () => {
    expect(await statusOf(upgrade('/peer'))).toBe('HTTP/1.1 400 Bad Request')
    expect(await statusOf(upgrade(`/peer/peerjs?${peerQuery.replace('aaaa', 'A/../')}`))).toBe('HTTP/1.1 400 Bad Request')
  })

  test.each(['/relay', `/peer?${peerQuery}`])('%s: pages of other sites are refused, and who does not say', async (path) => {
    for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null', '']) {
      expect(await statusOf(upgrade(path, origin))).toBe('HTTP/1.1 403 Forbidden')
    }
  })

  test('an origin that is allowed by name is let in', async () => {
    const caller = await callRelay(relay.port, { origin: 'https://other.example' })
    caller.close()
  })

  test.each([
    ['no key', (request: string) => request.replace(/Sec-WebSocket-Key: .*\r\n/, '')],
    ['a key that is none', (request: string) => request.replace('dGhlIHNhbXBsZSBub25jZQ==', 'abc')],
    ['another version', (request: string) => request.replace('Version: 13', 'Version: 7')],
    ['another protocol', (request: string) => request.replace('Upgrade: websocket', 'Upgrade: h2c')],
  ])('an upgrade with %s is refused', async (_, spoil) => {
    expect(await statusOf(spoil(upgrade('/relay')))).toMatch(/^HTTP\/1\.1 (400|426)/)
  })
})

describe('the page', () => {
  test('comes with what browsers must know', async () => {
    const response = await get('/')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(markup)
    const headers = Object.fromEntries(response.headers)
    const policy = new Map((headers['content-security-policy'] ?? '').split('; ').map((directive) => [directive.split(' ')[0], directive]))
    expect(policy.get('default-src')).toBe("default-src 'none'")
    expect(policy.get('script-src')).toBe("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy.get('connect-src')).toBe("connect-src 'self'")
    expect(policy.get('frame-ancestors')).toBe("frame-ancestors 'none'")
    expect(policy.get('base-uri')).toBe("base-uri 'none'")
    expect(policy.get('form-action')).toBe("form-action 'none'")
    expect(policy.get('require-trusted-types-for')).toBe("require-trusted-types-for 'script'")
    expect(policy.get('trusted-types')).toBe('trusted-types parley')
    expect(headers['content-security-policy']?.replace("'wasm-unsafe-eval'", '')).not.toContain('unsafe')
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    })
    expect(headers['permissions-policy']).toMatch(/camera=\(self\).*geolocation=\(\).*microphone=\(\)/)
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  test.each(['/', '/nowhere', '/healthz'])('%s: the same headers with every answer', async (path) => {
    expect((await get(path)).headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('HEAD says the length and no more; a known version is not sent again', async () => {
    const head = await get('/', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, String(markup.length), ''])
    const again = await get('/', { headers: { 'if-none-match': head.headers.get('etag') ?? '' } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('its own page can have the files of what it stored deleted; nobody else can', async () => {
    const clear = (headers: Record<string, string>, method = 'POST') => get('/clear-site-data', { method, headers })
    const ours = await clear({ origin: `http://127.0.0.1:${relay.port}` })
    expect([ours.status, ours.headers.get('clear-site-data')]).toEqual([204, '"storage"'])
    for (const other of [
      await clear({}),
      await clear({ origin: 'null' }),
      await clear({ origin: 'https://evil.example' }),
      // May talk to this relay, and has no say over its page.
      await clear({ origin: 'https://other.example' }),
      await clear({ origin: `http://127.0.0.1:${relay.port}` }, 'GET'),
    ]) {
      expect(other.status).toBeGreaterThanOrEqual(400)
      expect(other.headers.get('clear-site-data')).toBeNull()
    }
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not a way to ask', async (method) => {
    const response = await get('/', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  test.each([
    '/relay.json',
    '/../relay.json',
    '/..%2frelay.json',
    '/%2e%2e/relay.json',
    '/./index.html',
    '//index.html',
    '/index.html/',
    '/index.html%00',
    '/C:/x',
  ])('%s leads nowhere', async (path) => {
    expect(await statusOf(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toBe('HTTP/1.1 404 Not Found')
  })

  test('a question mark and what follows do not matter', async () => {
    expect((await get('/?utm_source=x')).status).toBe(200)
  })
})

describe('the operator', () => {
  test('/healthz', async () => {
    const response = await get('/healthz')
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
  })

  test('/metrics counts, and names nobody', async () => {
    const caller = await callRelay(relay.port)
    const response = await get('/metrics')
    const text = await response.text()
    caller.close()
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(text).toMatch(/^parley_connections\{entrance="relay"\} \d+$/m)
    expect(text).toMatch(/^parley_errors_total 0$/m)
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m)
    expect(text).not.toContain('127.0.0.1')
  })

  test('/metrics is not for others: not through a proxy on this machine', async () => {
    expect((await get('/metrics', { headers: { 'x-forwarded-for': '203.0.113.1' } })).status).toBe(404)
  })

  test('logs say what happens, not to whom', async () => {
    const id = 'd'.repeat(20)
    const peer = await callPeer(relay.port, id, 'b'.repeat(20))
    peer.close()
    await peer.closed
    expect(relay.output()).not.toContain(id)
    expect(relay.output()).not.toMatch(/127\.0\.0\.1(?!:\d+$)/m)
  })
})
