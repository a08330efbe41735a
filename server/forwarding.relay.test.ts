import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { ENVELOPE_LENGTHS } from '../src/wire/padding.ts'
import type { RelayReply, RelayRequest } from '../src/wire/relay-frames.ts'
import { callRelay } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

const WAITING_BYTES = 512 * 1024
let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess({ settings: { limits: { waitingBytesPerConnection: WAITING_BYTES } } })
})
afterAll(() => relay.remove())

/** Without showing where two differ: that takes long for so many bytes. */
const isEnvelope = (reply: RelayReply, address: Uint8Array, envelope: Uint8Array) =>
  reply.type === 'envelope' && Buffer.from(address).equals(reply.address) && Buffer.from(envelope).equals(reply.envelope)

let keys = 0
const newKey = () => new Uint8Array(32).fill(++keys)
const deposit = (requestId: number, address: Uint8Array, envelope = new Uint8Array(4032)): RelayRequest => ({
  type: 'deposit',
  requestId,
  liveOnly: false,
  address,
  envelope,
})

test('envelopes of every size arrive as they were, in order', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  expect(await bob.call({ type: 'listen', requestId: 1, listenKeys: [key] })).toEqual({ type: 'listening', requestId: 1 })
  for (const [i, length] of ENVELOPE_LENGTHS.entries()) {
    const envelope = new Uint8Array(length).fill(i + 1)
    expect(await alice.call(deposit(i, addressOf(key), envelope))).toEqual({ type: 'deposited', requestId: i })
    expect(isEnvelope(await bob.next(), addressOf(key), envelope)).toBe(true)
  }
  bob.close()
  alice.close()
})

test('200 envelopes each way at once arrive, all in order', async () => {
  const [aliceKey, bobKey] = [newKey(), newKey()]
  const side = async (listenKey: Uint8Array) => {
    const [listening, depositing] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
    await listening.call({ type: 'listen', requestId: 1, listenKeys: [listenKey] })
    return { listening, depositing, address: addressOf(listenKey) }
  }
  const [alice, bob] = await Promise.all([side(aliceKey), side(bobKey)])
  const numbers = Array.from({ length: 200 }, (_, i) => i)
  for (const i of numbers) {
    alice.depositing.ask(deposit(i, addressOf(bobKey), new Uint8Array(4032).fill(i)))
    bob.depositing.ask(deposit(i, addressOf(aliceKey), new Uint8Array(4032).fill(i)))
  }
  for (const { listening, depositing, address } of [alice, bob]) {
    for (const i of numbers) {
      expect(await depositing.next()).toEqual({ type: 'deposited', requestId: i })
      expect(isEnvelope(await listening.next(), address, new Uint8Array(4032).fill(i))).toBe(true)
    }
    listening.close()
    depositing.close()
  }
})

test('who deposits in vain hears when the device is back', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  await bob.call({ type: 'listen', requestId: 1, listenKeys: [key] })
  bob.socket.terminate()
  await bob.closed
  // The relay hears of it in its own time.
  await expect.poll(() => alice.call(deposit(1, addressOf(key)))).toEqual({ type: 'refused', requestId: 1, cause: 'nobody-listening' })
  const again = await callRelay(relay.port)
  await again.call({ type: 'listen', requestId: 2, listenKeys: [key] })
  expect(await alice.next()).toEqual({ type: 'address-live', address: addressOf(key) })
  expect(await alice.call(deposit(3, addressOf(key)))).toEqual({ type: 'deposited', requestId: 3 })
  again.close()
  alice.close()
})

test('a device that does not read fills its own bounded share: the sender hears it, and it goes on once read', async () => {
  const key = newKey()
  const [bob, alice] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  await bob.call({ type: 'listen', requestId: 1, listenKeys: [key] })
  bob.socket.pause()
  const envelope = new Uint8Array(65_472)
  const outcomes: string[] = []
  // What the two kernels hold comes on top of what the relay keeps.
  while (outcomes.at(-1) !== 'refused too-many-requests' && outcomes.length < 400) {
    const answer = await alice.call(deposit(outcomes.length, addressOf(key), envelope))
    outcomes.push(answer.type === 'refused' ? `refused ${answer.cause}` : answer.type)
    if (outcomes.length % 40 === 0) await wait(300)
  }
  expect(outcomes.at(-1)).toBe('refused too-many-requests')
  const deposited = outcomes.length - 1
  bob.socket.resume()
  for (let i = 0; i < deposited; i++) expect((await bob.next()).type).toBe('envelope')
  expect(await alice.call(deposit(999, addressOf(key), envelope))).toEqual({ type: 'deposited', requestId: 999 })
  bob.close()
  alice.close()
})
