import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callPeer } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess()
})
afterAll(() => relay.remove())

/** Connected as PeerJS is: it waits for OPEN. */
const open = async (id: string = randomUUID(), token: string = randomUUID()) => {
  const peer = await callPeer(relay.port, id, token)
  expect(await peer.next()).toEqual({ type: 'OPEN' })
  return { ...peer, id, token }
}

test('the sequence of a call: offer, answer, candidates both ways, heartbeats between', async () => {
  const [alice, bob] = [await open(), await open()]
  const connectionId = `dc_${randomUUID()}`
  const offer = {
    sdp: { type: 'offer', sdp: 'v=0\r\n' },
    type: 'data',
    connectionId,
    label: connectionId,
    reliable: true,
    serialization: 'raw',
  }
  alice.say({ type: 'HEARTBEAT' })
  alice.say({ type: 'OFFER', payload: offer, dst: bob.id })
  expect(await bob.next()).toEqual({ type: 'OFFER', src: alice.id, dst: bob.id, payload: offer })
  const answer = { sdp: { type: 'answer', sdp: 'v=0\r\n' }, type: 'data', connectionId }
  bob.say({ type: 'ANSWER', payload: answer, dst: alice.id })
  bob.say({ type: 'HEARTBEAT' })
  expect(await alice.next()).toEqual({ type: 'ANSWER', src: bob.id, dst: alice.id, payload: answer })
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const payload = {
      candidate: { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 },
      type: 'data',
      connectionId,
    }
    from.say({ type: 'CANDIDATE', payload, dst: to.id })
    expect(await to.next()).toEqual({ type: 'CANDIDATE', src: from.id, dst: to.id, payload })
  }
  expect([alice.waiting(), bob.waiting()]).toEqual([0, 0])
  alice.close()
  bob.close()
})

test('a call to nobody expires at once', async () => {
  const alice = await open()
  const nobody = randomUUID()
  alice.say({ type: 'OFFER', payload: { type: 'data' }, dst: nobody })
  expect(await alice.next()).toEqual({ type: 'EXPIRE', src: nobody, dst: alice.id })
  alice.close()
})

test('an id is one connection: taken for others, moved for its owner', async () => {
  const alice = await open()
  const thief = await callPeer(relay.port, alice.id, randomUUID())
  expect(await thief.next()).toMatchObject({ type: 'ID-TAKEN' })
  expect(await thief.closed).toBe(1008)
  const again = await open(alice.id, alice.token)
  expect(await alice.closed).toBe(1000)
  const bob = await open()
  bob.say({ type: 'OFFER', payload: { type: 'data' }, dst: alice.id })
  expect(await again.next()).toMatchObject({ type: 'OFFER', src: bob.id })
  again.close()
  bob.close()
})

test.each([
  ['no JSON', 'hello'],
  ['JSON as deep as it is long', '['.repeat(65_536)],
  [
    'objects as deep as they are long',
    `{"type":"OFFER","dst":"${'a'.repeat(20)}","payload":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`,
  ],
  ['a message of the server', '{"type":"EXPIRE","src":"x"}'],
])('%s costs its sender the connection, and nobody else anything', async (_, text) => {
  const [alice, bob, target] = [await open(), await open(), await open('a'.repeat(20))]
  alice.socket.send(text)
  alice.say({ type: 'HEARTBEAT' })
  const outcome = await Promise.race([alice.closed, target.next()])
  expect(outcome === 1008 || outcome === 1006 || typeof outcome === 'object').toBe(true)
  bob.say({ type: 'OFFER', payload: { type: 'data' }, dst: target.id })
  await expect.poll(async () => (await target.next())['src']).toBe(bob.id)
  for (const peer of [alice, bob, target]) peer.close()
})
