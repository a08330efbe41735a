import { describe, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { decodeRelayReply, encodeRelayRequest, type RelayReply, type RelayRequest } from '../src/wire/relay-frames.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { type RecordingConnection, recordingConnection } from '../test/support/recording-connection.ts'
import { createForwarding } from './forwarding.ts'
import { createMetrics } from './metrics.ts'
import { createRelayEntrance, type FrameLimits } from './relay-entrance.ts'
import { createRooms } from './rooms.ts'

const generous = { burst: 1e9, perSecond: 0 }
const frameLimits: FrameLimits = {
  framesPerConnection: generous,
  bytesPerConnection: generous,
  framesPerAddress: generous,
  bytesPerAddress: generous,
}
const roomLimits = {
  rooms: 10,
  roomsPerAddress: 10,
  roomsOpenedPerAddress: generous,
  joinsPerRoom: 10,
  joinsPerAddress: generous,
  framesPerRoom: 10,
  bytesPerRoom: 1e6,
}
const forwardingLimits = { listenedPerConnection: 2_000, listened: 2_000, depositsPerTarget: generous, watchedPerConnection: 10 }
const configuration = { iceServers: [], relayOnly: false, roomLifeMs: 300_000 }

const house = (changed: Partial<FrameLimits> = {}) => {
  const clock = handClock()
  const entrance = createRelayEntrance(
    { ...frameLimits, ...changed },
    clock.nowMs,
    () => configuration,
    createRooms(roomLimits, 300_000, clock.nowMs, () => 27),
    createForwarding(forwardingLimits, clock.nowMs),
    createMetrics(),
  )
  const enter = (networkAddress?: string) => {
    const connection = recordingConnection(networkAddress)
    const listener = entrance.listen(connection)
    return {
      connection,
      ...listener,
      ask: (request: RelayRequest) => listener.received(encodeRelayRequest(request)),
      heard: () => replies(connection),
    }
  }
  return { clock, enter }
}
const replies = (connection: RecordingConnection): RelayReply[] =>
  connection.sent().map((message) => {
    const decoded = typeof message === 'string' ? undefined : decodeRelayReply(message)
    if (!decoded?.ok) throw new Error('the relay sent what is no frame')
    return decoded.value
  })
const ping: RelayRequest = { type: 'ping', nonce: 9 }
const welcome = { type: 'welcome', configuration }

test('the first frame is the welcome', () => {
  expect(house().enter().heard()).toEqual([welcome])
})

test('a ping is answered', () => {
  const { ask, heard } = house().enter()
  ask(ping)
  expect(heard()).toEqual([welcome, { type: 'pong', nonce: 9 }])
})

test('every request is answered under its number, or does something', () => {
  const { enter } = house()
  const host = enter()
  const guest = enter()
  const roomId = new Uint8Array(16)
  host.ask({ type: 'open-room', requestId: 1, roomId, ownerKey: new Uint8Array(16), wantsNumber: true })
  guest.ask({ type: 'join-room', requestId: 2, room: { type: 'number', number: '27' } })
  guest.ask({ type: 'room-message', body: Uint8Array.of(1) })
  host.ask({ type: 'evict-guest' })
  host.ask({ type: 'leave-room' })
  guest.ask({ type: 'join-room', requestId: 3, room: { type: 'id', roomId } })
  expect(host.heard()).toMatchObject([welcome, { type: 'room-opened', requestId: 1 }, { type: 'peer-joined' }, { type: 'room-message' }])
  expect(guest.heard()).toMatchObject([
    welcome,
    { type: 'room-joined', requestId: 2 },
    { type: 'peer-joined' },
    { type: 'room-closed', cause: 'evicted' },
    { type: 'refused', requestId: 3, cause: 'no-such-room' },
  ])

  const listenKey = new Uint8Array(32)
  const address = addressOf(listenKey)
  const envelope = new Uint8Array(4032).fill(7)
  host.ask({ type: 'listen', requestId: 4, listenKeys: [listenKey] })
  guest.ask({ type: 'deposit', requestId: 5, liveOnly: true, address, envelope })
  host.ask({ type: 'stop-listening', requestId: 6, listenKeys: [listenKey] })
  guest.ask({ type: 'deposit', requestId: 7, liveOnly: false, address, envelope })
  expect(host.heard()).toEqual([
    { type: 'listening', requestId: 4 },
    { type: 'envelope', address, envelope },
    { type: 'listening', requestId: 6 },
  ])
  expect(guest.heard()).toEqual([
    { type: 'deposited', requestId: 5 },
    { type: 'refused', requestId: 7, cause: 'nobody-listening' },
  ])
})

test('a lost connection leaves its room and its addresses', () => {
  const { enter } = house()
  const host = enter()
  const guest = enter()
  const listenKey = new Uint8Array(32)
  host.ask({ type: 'open-room', requestId: 1, roomId: new Uint8Array(16), ownerKey: new Uint8Array(16), wantsNumber: true })
  host.ask({ type: 'listen', requestId: 2, listenKeys: [listenKey] })
  guest.ask({ type: 'join-room', requestId: 3, room: { type: 'number', number: '27' } })
  host.closed()
  guest.ask({ type: 'deposit', requestId: 4, liveOnly: true, address: addressOf(listenKey), envelope: new Uint8Array(4032) })
  expect(guest.heard().slice(-2)).toEqual([{ type: 'peer-left' }, { type: 'refused', requestId: 4, cause: 'nobody-listening' }])
})

describe('what is no frame', () => {
  test.each([
    ['nothing', Uint8Array.of()],
    ['another version', Uint8Array.of(2, 20, 0, 0, 0, 1)],
    ['an unknown type', Uint8Array.of(1, 99)],
    ['a reply', Uint8Array.of(1, 14, 0, 0, 0, 1, 1)],
    ['too short', Uint8Array.of(1, 20, 0)],
    ['too long', Uint8Array.of(1, 4, 0)],
  ])('%s: refused as malformed, then closed', (_, bytes) => {
    const { connection, received, heard } = house().enter()
    received(bytes)
    expect(heard()).toEqual([welcome, { type: 'refused', requestId: 0, cause: 'malformed' }])
    expect(connection.closedWith()).toBe(1008)
  })

  test('text: closed', () => {
    const { connection, received } = house().enter()
    received('hello')
    expect(connection.closedWith()).toBe(1003)
  })
})

describe('limits', () => {
  const tooMany = { type: 'refused', requestId: 0, cause: 'too-many-requests' }
  const pong = { type: 'pong', nonce: 9 }

  test('frames of one connection', () => {
    const { clock, enter } = house({ framesPerConnection: { burst: 2, perSecond: 1 } })
    const { ask, heard } = enter()
    for (let i = 0; i < 3; i++) ask(ping)
    expect(heard()).toEqual([welcome, pong, pong, tooMany])
    clock.advance(1_000)
    ask(ping)
    expect(heard()).toEqual([pong])
    expect(enter().heard()).toEqual([welcome])
  })

  test('bytes of one connection; the refusal bears the number of the request', () => {
    const { ask, heard } = house({ bytesPerConnection: { burst: 5_000, perSecond: 0 } }).enter()
    for (const requestId of [1, 2])
      ask({ type: 'deposit', requestId, liveOnly: true, address: new Uint8Array(32), envelope: new Uint8Array(4032) })
    expect(heard().slice(1)).toEqual([
      { type: 'refused', requestId: 1, cause: 'nobody-listening' },
      { type: 'refused', requestId: 2, cause: 'too-many-requests' },
    ])
  })

  test.each([
    ['frames', { framesPerAddress: { burst: 2, perSecond: 0 } }],
    ['bytes', { bytesPerAddress: { burst: 12, perSecond: 0 } }],
  ])('%s of one network address, over its connections', (_, changed) => {
    const { enter } = house(changed)
    const [one, two, other] = [enter(), enter(), enter('192.0.2.2')]
    for (const { ask } of [one, two, two, other]) ask(ping)
    expect(two.heard()).toEqual([welcome, pong, tooMany])
    expect(other.heard()).toEqual([welcome, pong])
  })

  test('many listen keys cost as much as many frames', () => {
    const { ask, heard } = house({ framesPerConnection: { burst: 60, perSecond: 0 } }).enter()
    const listen: RelayRequest = {
      type: 'listen',
      requestId: 1,
      listenKeys: Array.from({ length: 1_000 }, (_, i) => new Uint8Array(32).fill(i)),
    }
    ask(listen)
    ask(listen)
    expect(heard().slice(1)).toEqual([
      { type: 'listening', requestId: 1 },
      { type: 'refused', requestId: 1, cause: 'too-many-requests' },
    ])
  })

  test('who does not stop is closed', () => {
    const { connection, ask } = house({ framesPerConnection: { burst: 1, perSecond: 0 } }).enter()
    for (let i = 0; i < 101; i++) ask(ping)
    expect(connection.closedWith()).toBeUndefined()
    ask(ping)
    expect(connection.closedWith()).toBe(1008)
  })

  test('who does not read is closed', () => {
    const { connection, ask } = house().enter()
    connection.clog()
    ask(ping)
    expect(connection.closedWith()).toBe(1013)
  })
})

test('a relay that is about to stop says so', () => {
  const { draining, heard } = house().enter()
  draining?.()
  expect(heard()).toEqual([welcome, { type: 'refused', requestId: 0, cause: 'shutting-down' }])
})
