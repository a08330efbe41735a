import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { callPeer, callRelay } from '../test/support/relay-caller.ts'
import { buildRelay, spawnRelay, startRelayProcess } from '../test/support/relay-process.ts'

const tls = join(dirname(fileURLToPath(import.meta.url)), '../test/support/tls')
const withTls = { TLS_CERT: join(tls, 'cert.pem'), TLS_KEY: join(tls, 'key.pem') }
const ca = readFileSync(withTls.TLS_CERT)

beforeAll(buildRelay)

const started: { remove: () => Promise<void> }[] = []
const keep = <Relay extends { remove: () => Promise<void> }>(relay: Relay): Relay => {
  started.push(relay)
  return relay
}
afterEach(async () => {
  for (const relay of started.splice(0)) await relay.remove()
})

describe('the start', () => {
  test('says where Parley is, and what other devices need', async () => {
    const relay = keep(await startRelayProcess({ environment: { HOST: '' } }))
    expect(relay.output()).toContain(`Parley is at http://localhost:${relay.port}\n`)
    await expect.poll(relay.output).toMatch(/https.*TLS_CERT and TLS_KEY/)
  })

  test.each([
    ['a wrong port', { environment: { PORT: '99999' } }, 'PORT must be a whole number from 0 to 65535, and is "99999".'],
    ['a file that is no JSON', { settings: 'rooms: 7' }, 'relay.json is not JSON.'],
    ['a setting that does not exist', { settings: { limits: { room: 7 } } }, 'relay.json: limits.room: '],
    ['a data folder below a file', { environment: { DATA_DIR: join(withTls.TLS_CERT, 'data') } }, 'Parley did not start. '],
    ['half of what TLS needs', { environment: { TLS_CERT: withTls.TLS_CERT } }, 'TLS_CERT and TLS_KEY go together'],
  ])('with %s ends with one sentence', async (_, start, sentence) => {
    const relay = keep(spawnRelay(start))
    expect(await relay.ended).toBe(1)
    expect(relay.output()).toContain(sentence)
    expect(relay.output().trimEnd().split('\n')).toHaveLength(1)
  })

  test.each([
    ['that cannot be written', (folder: string) => mkdirSync(join(folder, 'relay.lock')), 'cannot be written (CANTOPEN); set DATA_DIR.'],
    [
      'with another file in the place of the store',
      (folder: string) => writeFileSync(join(folder, 'relay.sqlite'), 'x'.repeat(8_192)),
      'relay.sqlite is not a store of Parley.',
    ],
  ])('with a data folder %s ends with one sentence', async (_, spoil, sentence) => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-relay-'))
    spoil(folder)
    const relay = keep(spawnRelay({ folder }))
    expect(await relay.ended).toBe(1)
    expect(relay.output()).toContain(sentence)
    expect(relay.output().trimEnd().split('\n')).toHaveLength(1)
  })

  test('with a data folder that another relay uses ends with one sentence; that one goes on', async () => {
    const first = keep(await startRelayProcess())
    const second = keep(spawnRelay({ environment: { DATA_DIR: first.folder } }))
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`Parley did not start. Another relay uses ${first.folder}`)
    const caller = await callRelay(first.port)
    expect(await caller.call({ type: 'ping', nonce: 1 })).toEqual({ type: 'pong', nonce: 1 })
    caller.close()
  })

  test('with a port that is in use ends with one sentence', async () => {
    const first = keep(await startRelayProcess())
    const second = keep(spawnRelay({ environment: { PORT: String(first.port) } }))
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('Parley did not start. It cannot listen there (EADDRINUSE); set PORT or HOST.')
  })

  test('with a certificate that is none ends with one sentence', async () => {
    const relay = keep(spawnRelay({ environment: { TLS_CERT: withTls.TLS_KEY, TLS_KEY: withTls.TLS_KEY } }))
    expect(await relay.ended).toBe(1)
    expect(relay.output()).toMatch(/^Parley did not start\. .* are not a certificate and its key, as PEM files\.\n$/)
  })
})

test('with TLS: page and WebSockets over it, and browsers are told to stay with it', async () => {
  const relay = keep(await startRelayProcess({ environment: withTls, page: { 'index.html': 'hello' } }))
  expect(relay.output()).toContain(`Parley is at https://127.0.0.1:${relay.port}\n`)
  const headers = await new Promise<Record<string, unknown>>((done, fail) => {
    request({ host: 'localhost', port: relay.port, family: 4, ca }, (response) => {
      response.resume()
      done({ status: response.statusCode, ...response.headers })
    })
      .on('error', fail)
      .end()
  })
  expect(headers).toMatchObject({ status: 200, 'strict-transport-security': 'max-age=31536000' })
  const origin = `https://localhost:${relay.port}`
  const socket = new WebSocket(`wss://localhost:${relay.port}/relay`, { origin, ca, family: 4 })
  const welcome = await new Promise<Buffer>((done, fail) => socket.once('message', done).once('error', fail))
  expect(welcome.subarray(0, 2)).toEqual(Buffer.of(1, 1))
  socket.close()
})

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: everybody hears it, then the process ends with 0', async (signal) => {
    const relay = keep(await startRelayProcess())
    const caller = await callRelay(relay.port)
    const peer = await callPeer(relay.port, 'a'.repeat(20), 'b'.repeat(20))
    relay.kill(signal)
    expect(await caller.next()).toEqual({ type: 'refused', requestId: 0, cause: 'shutting-down' })
    expect([await caller.closed, await peer.closed]).toEqual([1001, 1001])
    expect(await relay.ended).toBe(0)
  })

  test('does not wait for who does not say goodbye, nor for half a request', async () => {
    const relay = keep(await startRelayProcess({ settings: { drainMs: 300 } }))
    const caller = await callRelay(relay.port)
    caller.socket.pause()
    const socket = connect(relay.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n'))
    socket.on('error', () => {})
    await new Promise((done) => socket.once('connect', done))
    const startedAtMs = performance.now()
    relay.kill('SIGTERM')
    expect(await relay.ended).toBe(0)
    expect(performance.now() - startedAtMs).toBeLessThan(3_000)
    caller.socket.terminate()
  })
})
