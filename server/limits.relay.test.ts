import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { callPeer, callRelay } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

beforeAll(buildRelay)

const started: RelayProcess[] = []
const relayWith = async (limits: object, settings: object = {}, environment: Readonly<Record<string, string>> = {}) => {
  const relay = await startRelayProcess({ settings: { ...settings, limits }, environment })
  started.push(relay)
  return relay
}
afterEach(async () => {
  for (const relay of started.splice(0)) await relay.remove()
})
const statusOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'open',
    (error: Error) => error.message,
  )

describe('before the upgrade', () => {
  test('WebSockets of one network address at one time', async () => {
    const { port } = await relayWith({ connectionsPerAddress: 2 })
    const first = await callRelay(port)
    await callPeer(port, 'a'.repeat(20), 'b'.repeat(20))
    expect(await statusOf(callRelay(port))).toBe('status 503')
    expect(await statusOf(callRelay(port, { localAddress: '127.0.0.2' }))).toBe('open')
    first.close()
    await first.closed
    await expect.poll(() => statusOf(callRelay(port))).toBe('open')
  })

  test('WebSockets in total', async () => {
    const { port } = await relayWith({ connections: 2 })
    const calls = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((localAddress) => () => statusOf(callRelay(port, { localAddress })))
    const outcomes = []
    for (const call of calls) outcomes.push(await call())
    expect(outcomes).toEqual(['open', 'open', 'status 503'])
  })

  test('tries of one network address, whatever came of them', async () => {
    const { port } = await relayWith({ upgradesPerAddress: { burst: 2, perSecond: 0.001 } })
    expect(await statusOf(callRelay(port, { origin: 'https://evil.example' }))).toBe('status 403')
    expect(await statusOf(callRelay(port))).toBe('open')
    expect(await statusOf(callRelay(port))).toBe('status 429')
    expect(await statusOf(callRelay(port, { localAddress: '127.0.0.2' }))).toBe('open')
  })

  test('behind a proxy, of the address that the proxy saw', async () => {
    const { port } = await relayWith({ upgradesPerAddress: { burst: 1, perSecond: 0.001 } }, {}, { TRUST_PROXY: '1' })
    const from = (forwarded: string) => statusOf(callRelay(port, { headers: { 'x-forwarded-for': forwarded } }))
    expect(await from('203.0.113.1')).toBe('open')
    expect(await from('9.9.9.9, 203.0.113.1')).toBe('status 429')
    expect(await from('203.0.113.2')).toBe('open')
    expect(await from('2001:db8::1')).toBe('open')
    expect(await from('2001:db8::2')).toBe('status 429')
    expect(await from('2001:db8:0:1::1')).toBe('open')
  })

  test('without TRUST_PROXY, what a client says of itself changes nothing', async () => {
    const { port } = await relayWith({ upgradesPerAddress: { burst: 1, perSecond: 0.001 } })
    const from = (forwarded: string) => statusOf(callRelay(port, { headers: { 'x-forwarded-for': forwarded } }))
    expect([await from('203.0.113.1'), await from('203.0.113.2')]).toEqual(['open', 'status 429'])
  })

  test('requests for the page', async () => {
    const { port } = await relayWith({ requestsPerAddress: { burst: 3, perSecond: 0.001 } })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await fetch(`http://127.0.0.1:${port}/healthz`)).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})

describe('a connection', () => {
  const ping = { type: 'ping', nonce: 1 } as const

  test('that sends too fast is refused by name, then closed if it goes on', async () => {
    const { port } = await relayWith({ framesPerConnection: { burst: 2, perSecond: 0.001 } })
    const caller = await callRelay(port)
    for (let i = 0; i < 3; i++) caller.ask(ping)
    expect([await caller.next(), await caller.next(), await caller.next()]).toEqual([
      { type: 'pong', nonce: 1 },
      { type: 'pong', nonce: 1 },
      { type: 'refused', requestId: 0, cause: 'too-many-requests' },
    ])
    for (let i = 0; i < 110; i++) caller.ask(ping)
    expect(await caller.closed).toBe(1008)
  })

  test('that sends what is no frame hears malformed, then is closed', async () => {
    const { port } = await relayWith({})
    const caller = await callRelay(port)
    caller.socket.send(Uint8Array.of(9, 9, 9))
    expect(await caller.next()).toEqual({ type: 'refused', requestId: 0, cause: 'malformed' })
    expect(await caller.closed).toBe(1008)
  })

  test('that sends text where frames belong, or bytes where text belongs, is closed', async () => {
    const { port } = await relayWith({})
    const caller = await callRelay(port)
    caller.socket.send('hello')
    expect(await caller.closed).toBe(1003)
    const peer = await callPeer(port, 'a'.repeat(20), 'b'.repeat(20))
    peer.socket.send(Uint8Array.of(1))
    expect(await peer.closed).toBe(1003)
  })

  test('that sends more than 64 KiB at once is closed', async () => {
    const { port } = await relayWith({})
    for (const caller of [await callRelay(port), await callPeer(port, 'a'.repeat(20), 'b'.repeat(20))]) {
      caller.socket.send(new Uint8Array(65_537))
      expect(await caller.closed).toBe(1009)
    }
  })

  test('that answers no ping is ended, one that does lives', async () => {
    const { port } = await relayWith({}, { keepAliveMs: 200 })
    const alive = await callRelay(port)
    const dead = await callRelay(port, { autoPong: false })
    expect(await dead.closed).toBe(1006)
    await wait(500)
    expect(await alive.call(ping)).toEqual({ type: 'pong', nonce: 1 })
    alive.close()
  })

  test('that sends and does not read is ended', async () => {
    const { port } = await relayWith({ waitingBytesPerConnection: 131_072 }, { keepAliveMs: 300 })
    const caller = await callRelay(port)
    const listenKey = new Uint8Array(32)
    await caller.call({ type: 'listen', requestId: 1, listenKeys: [listenKey] })
    caller.socket.pause()
    const toItself = {
      type: 'deposit',
      requestId: 2,
      liveOnly: true,
      address: addressOf(listenKey),
      envelope: new Uint8Array(65_472),
    } as const
    const sending = setInterval(() => caller.ask(toItself), 5)
    // A socket that does not read does not notice its end either: the relay's own count tells.
    const openSockets = async () =>
      /parley_connections\{entrance="relay"\} (\d+)/.exec(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())?.[1]
    await expect.poll(openSockets, { timeout: 5_000 }).toBe('0')
    clearInterval(sending)
    caller.socket.terminate()
  })
})
