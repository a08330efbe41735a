import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { ENVELOPE_LENGTHS } from '../src/wire/padding.ts'
import type { RelayReply, RelayRequest } from '../src/wire/relay-frames.ts'
import { callRelay, type RelayCaller, takeEnvelopes } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess({ settings: { limits: { envelopesPerMailbox: 400 } } })
})
afterAll(() => relay.remove())

let keys = 0
const newKey = () => new Uint8Array(32).fill(++keys)
/** Version, kind, a number as the id, and that number throughout. */
const envelope = (n: number, length = 4032) => {
  const bytes = new Uint8Array(length).fill(n)
  new DataView(bytes.buffer).setUint32(2, n)
  return bytes
}
const numberOf = (reply: RelayReply) =>
  reply.type === 'envelope' ? new DataView(reply.envelope.buffer, reply.envelope.byteOffset).getUint32(2) : reply.type
/** Without showing where two differ: that takes long for so many bytes. */
const isEnvelope = (reply: RelayReply, address: Uint8Array, bytes: Uint8Array) =>
  reply.type === 'envelope' && Buffer.from(address).equals(reply.address) && Buffer.from(bytes).equals(reply.envelope)
const deposit = (requestId: number, key: Uint8Array, bytes = envelope(requestId), liveOnly = false): RelayRequest => ({
  type: 'deposit',
  requestId,
  liveOnly,
  address: addressOf(key),
  envelope: bytes,
})
const listen = (...listenKeys: Uint8Array[]): RelayRequest => ({ type: 'listen', requestId: 1, listenKeys })
const listening = async (...listenKeys: Uint8Array[]): Promise<RelayCaller> => {
  const caller = await callRelay(relay.port)
  expect(await caller.call(listen(...listenKeys))).toEqual({ type: 'listening', requestId: 1, waiting: 0 })
  return caller
}
const depositAll = async (caller: RelayCaller, key: Uint8Array, numbers: readonly number[], length?: number) => {
  for (const n of numbers) expect(await caller.call(deposit(n, key, envelope(n, length)))).toEqual({ type: 'deposited', requestId: n })
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

test('envelopes of every size arrive as they were, in order', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([listening(key), callRelay(relay.port)])
  for (const [i, length] of ENVELOPE_LENGTHS.entries()) {
    const bytes = new Uint8Array(randomBytes(length))
    expect(await alice.call(deposit(i, key, bytes))).toEqual({ type: 'deposited', requestId: i })
    const reply = await bob.next()
    expect(isEnvelope(reply, addressOf(key), bytes)).toBe(true)
    expect(reply).toMatchObject({ position: i + 1 })
  }
  bob.close()
  alice.close()
})

test('200 envelopes each way at once arrive, all in order', async () => {
  const [aliceKey, bobKey] = [newKey(), newKey()]
  const side = async (key: Uint8Array) => ({ listens: await listening(key), deposits: await callRelay(relay.port), key })
  const [alice, bob] = await Promise.all([side(aliceKey), side(bobKey)])
  for (const n of upTo(200)) {
    alice.deposits.ask(deposit(n, bobKey))
    bob.deposits.ask(deposit(n, aliceKey))
  }
  for (const { listens, deposits } of [alice, bob]) {
    expect((await takeEnvelopes(listens, 200)).map(numberOf)).toEqual(upTo(200))
    for (const n of upTo(200)) expect(await deposits.next()).toEqual({ type: 'deposited', requestId: n })
    listens.close()
    deposits.close()
  }
})

test('who is away gets everything when it is back, in order, and once', async () => {
  const [one, two] = [newKey(), newKey()]
  const bob = await listening(one, two)
  bob.close()
  await bob.closed
  const alice = await callRelay(relay.port)
  await depositAll(alice, one, upTo(150))
  await depositAll(alice, two, [500, 501])
  const again = await callRelay(relay.port)
  expect(await again.call(listen(one, two))).toEqual({ type: 'listening', requestId: 1, waiting: 152 })
  const taken = (await takeEnvelopes(again, 152)).map(numberOf)
  expect(taken.filter((n) => Number(n) < 500)).toEqual(upTo(150))
  expect(taken.filter((n) => Number(n) >= 500)).toEqual([500, 501])
  // What was acknowledged is gone; what is done on one connection is done in order.
  expect((await again.next()).type).toBe('drained')
  expect(await again.call(listen(one, two))).toEqual({ type: 'listening', requestId: 1, waiting: 0 })
  alice.close()
  again.close()
})

test('a device that does not read: everything is kept, its share of the memory is bounded, and it goes on once read', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([listening(key), callRelay(relay.port)])
  bob.socket.pause()
  await depositAll(alice, key, upTo(120), 65_472)
  expect(await alice.call({ type: 'ping', nonce: 1 })).toEqual({ type: 'pong', nonce: 1 })
  bob.socket.resume()
  expect((await takeEnvelopes(bob, 120)).map(numberOf)).toEqual(upTo(120))
  await depositAll(alice, key, [999])
  expect((await takeEnvelopes(bob, 1)).map(numberOf)).toEqual([999])
  bob.close()
  alice.close()
})

describe('what cannot be kept is refused by name', () => {
  test('no mailbox, until the key is shown; then it is told', async () => {
    const key = newKey()
    const alice = await callRelay(relay.port)
    expect(await alice.call(deposit(1, key))).toEqual({ type: 'refused', requestId: 1, cause: 'no-mailbox' })
    const bob = await listening(key)
    expect(await alice.next()).toEqual({ type: 'address-live', address: addressOf(key) })
    await depositAll(alice, key, [2])
    bob.ask({ type: 'close-mailboxes', requestId: 5, listenKeys: [key] })
    expect((await bob.next()).type).toBe('envelope')
    expect(await bob.next()).toEqual({ type: 'listening', requestId: 5, waiting: 0 })
    expect(await alice.call(deposit(3, key))).toEqual({ type: 'refused', requestId: 3, cause: 'no-mailbox' })
    alice.close()
    bob.close()
  })

  test('a full mailbox; what is kept stays', async () => {
    const key = newKey()
    const [bob, alice] = await Promise.all([listening(key), callRelay(relay.port)])
    bob.close()
    await bob.closed
    await depositAll(alice, key, upTo(400))
    expect(await alice.call(deposit(400, key))).toEqual({ type: 'refused', requestId: 400, cause: 'mailbox-full' })
    // Known there already, so it is kept.
    expect(await alice.call(deposit(399, key))).toEqual({ type: 'deposited', requestId: 399 })
    const again = await callRelay(relay.port)
    expect(await again.call(listen(key))).toMatchObject({ waiting: 400 })
    expect((await takeEnvelopes(again, 400)).map(numberOf)).toEqual(upTo(400))
    expect(await again.next()).toEqual({ type: 'drained', address: addressOf(key) })
    expect(await again.call(listen(key))).toMatchObject({ waiting: 0 })
    await depositAll(alice, key, [400])
    alice.close()
    again.close()
  })

  test('a full relay, and too many new mailboxes', async () => {
    const small = await startRelayProcess({
      settings: { limits: { storedBytes: 9_000, mailboxesOpenedPerAddress: { burst: 2, perSecond: 0.001 } } },
    })
    try {
      const [bob, alice] = await Promise.all([callRelay(small.port), callRelay(small.port)])
      const [one, two] = [newKey(), newKey()]
      await bob.call(listen(one, two))
      await alice.call(deposit(1, one))
      await alice.call(deposit(2, two))
      expect(await alice.call(deposit(3, two))).toEqual({ type: 'refused', requestId: 3, cause: 'relay-full' })
      await takeEnvelopes(bob, 2)
      expect(await bob.call(listen(newKey()))).toEqual({ type: 'refused', requestId: 1, cause: 'too-many-mailboxes' })
      expect(await alice.call(deposit(4, two))).toEqual({ type: 'deposited', requestId: 4 })
    } finally {
      await small.remove()
    }
  })
})

test('a live envelope reaches who listens now, and is kept for nobody', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([listening(key), callRelay(relay.port)])
  expect(await alice.call(deposit(1, key, envelope(7), true))).toEqual({ type: 'deposited', requestId: 1 })
  expect(await bob.next()).toMatchObject({ type: 'envelope', position: 0 })
  bob.socket.terminate()
  await bob.closed
  // The relay hears of it in its own time.
  await expect
    .poll(() => alice.call(deposit(2, key, envelope(8), true)))
    .toEqual({ type: 'refused', requestId: 2, cause: 'nobody-listening' })
  const again = await listening(key)
  expect(await alice.next()).toEqual({ type: 'address-live', address: addressOf(key) })
  again.close()
  alice.close()
})

test('a key that is shown on another connection moves there', async () => {
  const key = newKey()
  const [old, alice] = await Promise.all([listening(key), callRelay(relay.port)])
  await depositAll(alice, key, [1])
  expect(numberOf(await old.next())).toBe(1)
  const current = await callRelay(relay.port)
  expect(await current.call(listen(key))).toMatchObject({ waiting: 1 })
  expect((await takeEnvelopes(current, 1)).map(numberOf)).toEqual([1])
  await depositAll(alice, key, [2])
  expect((await takeEnvelopes(current, 1)).map(numberOf)).toEqual([2])
  expect(old.waiting()).toBe(0)
  for (const caller of [old, alice, current]) caller.close()
})

test('health and metrics tell of the store', async () => {
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${relay.port}${path}`)).text()
  expect(await get('/healthz')).toBe('ok')
  await expect.poll(() => get('/metrics'), { timeout: 10_000 }).toMatch(/^parley_mailboxes [1-9]/m)
  const metrics = await get('/metrics')
  for (const line of [
    /^parley_deposits_total\{outcome="kept"\} [1-9]/m,
    /^parley_deposits_total\{outcome="live"\} [1-9]/m,
    /^parley_deposits_total\{outcome="mailbox-full"\} 1$/m,
    /^parley_store_seconds_count\{operation="append"\} [1-9]/m,
    /^parley_kept_envelopes \d+$/m,
    /^parley_kept_bytes \d+$/m,
    /^parley_store_healthy 1$/m,
    /^parley_errors_total 0$/m,
  ]) {
    expect(metrics).toMatch(line)
  }
})
