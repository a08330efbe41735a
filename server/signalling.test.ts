import { describe, expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { type RecordingConnection, recordingConnection } from '../test/support/recording-connection.ts'
import { createMetrics } from './metrics.ts'
import { createSignalling } from './signalling.ts'

const ALICE = '0f8fad5b-d9cb-469f-a165-70867728950e'
const BOB = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
const TOKEN = 'a-token-of-16-or-more'

const house = (signalsPerConnection = { burst: 100, perSecond: 0 }) => {
  const clock = handClock()
  const { admit } = createSignalling({ signalsPerConnection }, clock.nowMs, createMetrics())
  const query = (changed: Readonly<Record<string, string>> = {}) =>
    new URLSearchParams({ key: 'peerjs', id: ALICE, token: TOKEN, version: '1.5.5', ...changed })
  const enter = (id: string, token = TOKEN) => {
    const connection = recordingConnection()
    const listen = admit(query({ id, token }))
    if (!listen) throw new Error('not admitted')
    const { received, closed, isStale } = listen(connection)
    return { connection, say: (message: unknown) => received(JSON.stringify(message)), received, closed, isStale }
  }
  return { clock, admit, query, enter }
}
const heard = (connection: RecordingConnection) => connection.sent().map((message) => JSON.parse(String(message)))
const payload = { sdp: { type: 'offer', sdp: 'v=0' }, type: 'data', connectionId: 'dc_1' }

describe('who is admitted', () => {
  test('what PeerJS 1.5.5 asks', () => {
    const { admit, query } = house()
    expect(admit(query())).toBeDefined()
  })

  test.each([
    ['another key', { key: 'other' }],
    ['a short id', { id: 'alice' }],
    ['a long id', { id: 'a'.repeat(65) }],
    ['capitals in an id', { id: ALICE.toUpperCase() }],
    ['a path in an id', { id: '../../../../etc/passwd' }],
    ['the name of a member of every object', { id: '__proto__' }],
    ['a short token', { token: 'abc' }],
    ['a token of strange letters', { token: 'aaaaaaaaaaaaaaaa"' }],
  ])('not %s', (_, changed) => {
    const { admit, query } = house()
    expect(admit(query(changed))).toBeUndefined()
  })

  test('not who says nothing', () => {
    expect(house().admit(new URLSearchParams())).toBeUndefined()
  })
})

describe('an id', () => {
  test('is opened at once', () => {
    const { connection } = house().enter(ALICE)
    expect(heard(connection)).toEqual([{ type: 'OPEN' }])
  })

  test('that somebody has is taken', () => {
    const { enter } = house()
    const first = enter(ALICE)
    const second = enter(ALICE, 'another-token-of-some-length')
    expect(heard(second.connection)).toEqual([{ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } }])
    expect(second.connection.closedWith()).toBe(1008)
    second.closed()
    enter(BOB).say({ type: 'OFFER', dst: ALICE, payload })
    expect(heard(first.connection)).toMatchObject([{ type: 'OPEN' }, { type: 'OFFER' }])
  })

  test('moves to a new connection with the same token, which hears OPEN', () => {
    const { enter } = house()
    const first = enter(ALICE)
    const second = enter(ALICE)
    expect(first.connection.closedWith()).toBe(1000)
    first.closed()
    enter(BOB).say({ type: 'OFFER', dst: ALICE, payload })
    expect(heard(second.connection)).toMatchObject([{ type: 'OPEN' }, { type: 'OFFER' }])
  })

  test('is free when its connection is gone', () => {
    const { enter } = house()
    enter(ALICE).closed()
    expect(heard(enter(ALICE, 'another-token-of-some-length').connection)).toEqual([{ type: 'OPEN' }])
  })

  test('that is silent for longer than 90 s is stale, one that beats is not', () => {
    const { clock, enter } = house()
    const { say, isStale } = enter(ALICE)
    clock.advance(90_000)
    expect(isStale?.()).toBe(false)
    say({ type: 'HEARTBEAT' })
    clock.advance(90_001)
    expect(isStale?.()).toBe(true)
  })
})

describe('a message', () => {
  test.each(['OFFER', 'ANSWER', 'CANDIDATE'])('%s is passed on under the id of its sender', (type) => {
    const { enter } = house()
    const alice = enter(ALICE)
    const bob = enter(BOB)
    heard(bob.connection)
    alice.say({ type, src: BOB, dst: BOB, payload, more: 1 })
    expect(heard(bob.connection)).toEqual([{ type, src: ALICE, dst: BOB, payload }])
  })

  test('for nobody expires at once: PeerJS says peer-unavailable', () => {
    const alice = house().enter(ALICE)
    heard(alice.connection)
    alice.say({ type: 'OFFER', dst: BOB, payload })
    expect(heard(alice.connection)).toEqual([{ type: 'EXPIRE', src: BOB, dst: ALICE }])
  })

  test('for somebody who reads too slowly expires', () => {
    const { enter } = house()
    const alice = enter(ALICE)
    enter(BOB).connection.clog()
    heard(alice.connection)
    alice.say({ type: 'OFFER', dst: BOB, payload })
    expect(heard(alice.connection)).toEqual([{ type: 'EXPIRE', src: BOB, dst: ALICE }])
  })

  test('LEAVE ends the connection', () => {
    const { connection, say } = house().enter(ALICE)
    say({ type: 'LEAVE' })
    expect(connection.closedWith()).toBe(1000)
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['nothing', 'null'],
    ['no type', '{}'],
    ['a type of the server', '{"type":"OPEN"}'],
    ['no destination', '{"type":"OFFER","payload":{}}'],
    ['a destination that is no id', '{"type":"OFFER","dst":["a"],"payload":{}}'],
    ['no payload', `{"type":"OFFER","dst":"${BOB}"}`],
    ['a payload that is no object', `{"type":"OFFER","dst":"${BOB}","payload":null}`],
  ])('with %s ends the connection', (_, text) => {
    const { connection, received } = house().enter(ALICE)
    received(text)
    expect(connection.closedWith()).toBe(1008)
  })

  test('of bytes ends the connection', () => {
    const { connection, received } = house().enter(ALICE)
    received(Uint8Array.of(1))
    expect(connection.closedWith()).toBe(1003)
  })

  test('beyond the limit ends the connection', () => {
    const { connection, say } = house({ burst: 2, perSecond: 0 }).enter(ALICE)
    say({ type: 'HEARTBEAT' })
    say({ type: 'HEARTBEAT' })
    expect(connection.closedWith()).toBeUndefined()
    say({ type: 'HEARTBEAT' })
    expect(connection.closedWith()).toBe(1008)
  })
})
