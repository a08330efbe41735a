import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { addressOf, relayKeyPair } from '../src/protocol/relay-auth/relay-auth.ts'
import { decodeRelayReply, encodeRelayRequest, type RelayReply, type RelayRequest } from '../src/wire/relay-frames.ts'
import { handClock } from '../test/support/hand-clock.ts'
import { createMemoryRelayDisk } from '../test/support/memory-relay-store.ts'
import { type RecordingConnection, recordingConnection } from '../test/support/recording-connection.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { createBundles } from './bundles.ts'
import { createLocalBus } from './bus.ts'
import { createGuard } from './guard.ts'
import { createMailboxes } from './mailboxes.ts'
import { measured } from './measured-store.ts'
import { createMetrics } from './metrics.ts'
import { createPublication } from './publication.ts'
import { createRelayEntrance, type FrameLimits } from './relay-entrance.ts'
import { createRooms } from './rooms.ts'
import type { Store } from './store.ts'

const generous = { burst: 1e9, perSecond: 0 }
const frameLimits: FrameLimits = {
  framesPerConnection: generous,
  bytesPerConnection: generous,
  framesPerAddress: generous,
  bytesPerAddress: generous,
  pendingPerConnection: 100,
  pendingBytesPerConnection: 1e6,
  pendingBytes: 1e7,
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
const mailboxRates = {
  listenedPerConnection: 2_000,
  listened: 2_000,
  mailboxesOpenedPerAddress: generous,
  depositsPerTarget: generous,
  watchedPerConnection: 10,
}
const prekeyLimits = {
  authenticationsPerAddress: generous,
  publicationsPerAddress: generous,
  newcomersPerAddress: generous,
  retrievalsPerAddress: generous,
  drainsPerAddressAndTarget: generous,
  drainsPerTarget: generous,
}
const storeLimits = { devices: 10, envelopesPerMailbox: 2_000, bytesPerMailbox: 1e9, storedBytes: 1e9 }
const START_MS = 1_750_000_000_000
const configuration = {
  iceServers: [],
  relayOnly: false,
  roomLifeMs: 300_000,
  storeId: new Uint8Array(16).fill(1),
  relayKey: new Uint8Array(32).fill(2),
}

const house = (changed: Partial<FrameLimits> = {}, wrap: (store: Store) => Store = (store) => store) => {
  const clock = handClock()
  const { nowMs } = clock
  const dateMs = () => START_MS + nowMs()
  const metrics = createMetrics()
  const random = seededRandom('entrance')
  const store = measured(wrap(createMemoryRelayDisk(random).open(storeLimits)), metrics)
  const entrance = createRelayEntrance(
    { ...frameLimits, ...changed },
    nowMs,
    () => configuration,
    {
      rooms: createRooms(roomLimits, 300_000, nowMs, () => 27),
      mailboxes: createMailboxes(mailboxRates, nowMs, dateMs, store, createLocalBus()),
      publication: createPublication({ limits: prekeyLimits, store, nowMs, dateMs, relay: relayKeyPair(store.relaySeed), random }),
      bundles: createBundles({ limits: prekeyLimits, store, nowMs, dateMs }),
    },
    metrics,
    createGuard(metrics, pino({ level: 'silent' })),
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
  return { clock, enter, entrance, metrics }
}
const replies = (connection: RecordingConnection): RelayReply[] =>
  connection.sent().map((message) => {
    const decoded = typeof message === 'string' ? undefined : decodeRelayReply(message)
    if (!decoded?.ok) throw new Error('the relay sent what is no frame')
    return decoded.value
  })
/** Longer than any chain of promises in here. */
const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}
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

test('every request is answered under its number, or does something', async () => {
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
  await settled()
  guest.ask({ type: 'deposit', requestId: 5, liveOnly: true, address, envelope })
  guest.ask({ type: 'deposit', requestId: 6, liveOnly: false, address, envelope })
  await settled()
  expect(guest.heard()).toEqual([
    { type: 'deposited', requestId: 5 },
    { type: 'deposited', requestId: 6 },
  ])
  expect(host.heard()).toEqual([
    { type: 'listening', requestId: 4, waiting: 0 },
    { type: 'envelope', address, position: 0, envelope },
    { type: 'envelope', address, position: 1, envelope },
  ])
  host.ask({ type: 'acknowledge', address, positions: [1] })
  host.ask({ type: 'listen', requestId: 7, listenKeys: [listenKey] })
  host.ask({ type: 'stop-listening', requestId: 8, listenKeys: [listenKey] })
  host.ask({ type: 'close-mailboxes', requestId: 9, listenKeys: [listenKey] })
  await settled()
  expect(host.heard()).toEqual([7, 8, 9].map((requestId) => ({ type: 'listening', requestId, waiting: 0 })))
  guest.ask({ type: 'deposit', requestId: 10, liveOnly: true, address, envelope })
  guest.ask({ type: 'deposit', requestId: 11, liveOnly: false, address, envelope })
  guest.ask({ type: 'fetch-bundles', requestId: 12, accountId: new Uint8Array(32), tag: undefined })
  await settled()
  expect(guest.heard()).toEqual([
    { type: 'refused', requestId: 10, cause: 'nobody-listening' },
    { type: 'refused', requestId: 11, cause: 'no-mailbox' },
    { type: 'bundles-end', requestId: 12 },
  ])
})

test('a device authenticates, and what it says under no authentication is refused', async () => {
  const device = house().enter()
  const { publicKey } = relayKeyPair(new Uint8Array(32).fill(9))
  device.ask({ type: 'authenticated', sequence: 1, mac: new Uint8Array(32), body: Uint8Array.of(1, 5) })
  device.ask({
    type: 'authenticate',
    requestId: 3,
    accountId: new Uint8Array(32),
    tag: 256,
    identityKey: publicKey,
    ephemeralKey: publicKey,
  })
  await settled()
  expect(device.heard()).toMatchObject([
    welcome,
    { type: 'refused', requestId: 0, cause: 'not-allowed' },
    { type: 'challenge', requestId: 3 },
  ])
})

test('a lost connection leaves its room and its addresses', async () => {
  const { enter } = house()
  const host = enter()
  const guest = enter()
  const listenKey = new Uint8Array(32)
  host.ask({ type: 'open-room', requestId: 1, roomId: new Uint8Array(16), ownerKey: new Uint8Array(16), wantsNumber: true })
  host.ask({ type: 'listen', requestId: 2, listenKeys: [listenKey] })
  guest.ask({ type: 'join-room', requestId: 3, room: { type: 'number', number: '27' } })
  await settled()
  host.closed()
  guest.ask({ type: 'deposit', requestId: 4, liveOnly: true, address: addressOf(listenKey), envelope: new Uint8Array(4032) })
  await settled()
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

  test('bytes of one connection; the refusal bears the number of the request', async () => {
    const { ask, heard } = house({ bytesPerConnection: { burst: 5_000, perSecond: 0 } }).enter()
    for (const requestId of [1, 2])
      ask({ type: 'deposit', requestId, liveOnly: true, address: new Uint8Array(32), envelope: new Uint8Array(4032) })
    await settled()
    const refusals = heard().slice(1)
    expect(refusals).toContainEqual({ type: 'refused', requestId: 1, cause: 'nobody-listening' })
    expect(refusals).toContainEqual({ type: 'refused', requestId: 2, cause: 'too-many-requests' })
    expect(refusals).toHaveLength(2)
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

  test('many listen keys cost as much as many frames', async () => {
    const { ask, heard } = house({ framesPerConnection: { burst: 60, perSecond: 0 } }).enter()
    const listen: RelayRequest = {
      type: 'listen',
      requestId: 1,
      listenKeys: Array.from({ length: 1_000 }, (_, i) => new Uint8Array(32).fill(i)),
    }
    ask(listen)
    await settled()
    ask(listen)
    expect(heard().slice(1)).toEqual([
      { type: 'listening', requestId: 1, waiting: 0 },
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

describe('requests that wait for the store', () => {
  const listenKey = new Uint8Array(32)
  const address = addressOf(listenKey)
  const deposit = (requestId: number, length = 4032): RelayRequest => ({
    type: 'deposit',
    requestId,
    liveOnly: false,
    address,
    envelope: new Uint8Array(length).fill(requestId),
  })
  /** The store answers when it is let go. */
  const slow = (operation: 'append' | 'openMailboxes') => {
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const wrap = (store: Store): Store => ({
      ...store,
      [operation]: async (...args: readonly unknown[]) => {
        await held
        return (store[operation] as (...all: readonly unknown[]) => unknown)(...args)
      },
    })
    return { wrap, letGo: () => letGo() }
  }

  test('are done in the order in which they came', async () => {
    const { wrap, letGo } = slow('openMailboxes')
    const { ask, heard } = house({}, wrap).enter()
    ask({ type: 'listen', requestId: 1, listenKeys: [listenKey] })
    ask(deposit(2))
    ask(deposit(3))
    ask({ type: 'acknowledge', address, positions: [1] })
    ask({ type: 'listen', requestId: 4, listenKeys: [listenKey] })
    ask(ping)
    await settled()
    expect(heard()).toEqual([welcome, { type: 'pong', nonce: 9 }])
    letGo()
    await settled()
    const answers = heard()
    expect(answers.filter(({ type }) => type !== 'envelope' && type !== 'drained')).toEqual([
      { type: 'listening', requestId: 1, waiting: 0 },
      { type: 'deposited', requestId: 2 },
      { type: 'deposited', requestId: 3 },
      { type: 'listening', requestId: 4, waiting: 1 },
    ])
    expect(answers.filter(({ type }) => type === 'envelope')).toMatchObject([{ position: 1 }, { position: 2 }, { position: 2 }])
  })

  test.each([
    ['number', { pendingPerConnection: 2 }],
    ['bytes', { pendingBytesPerConnection: 2 * 4096 }],
    ['bytes of all', { pendingBytes: 2 * 4096 }],
  ])('are refused beyond their %s, and taken again later', async (_, limits) => {
    const { wrap, letGo } = slow('append')
    const { ask, heard, connection } = house(limits, wrap).enter()
    ask({ type: 'listen', requestId: 1, listenKeys: [listenKey] })
    await settled()
    heard()
    for (const requestId of [2, 3, 4]) ask(deposit(requestId))
    expect(heard()).toEqual([{ type: 'refused', requestId: 4, cause: 'too-many-requests' }])
    letGo()
    await settled()
    ask(deposit(4))
    await settled()
    expect(heard().flatMap((reply) => (reply.type === 'deposited' ? [reply.requestId] : []))).toEqual([2, 3, 4])
    expect(connection.closedWith()).toBeUndefined()
  })

  test('a relay that is about to stop takes no more, and answers those', async () => {
    const { wrap, letGo } = slow('append')
    const { enter, entrance } = house({}, wrap)
    const { ask, heard } = enter()
    ask({ type: 'listen', requestId: 1, listenKeys: [listenKey] })
    await settled()
    heard()
    ask(deposit(2))
    let isDrained = false
    const drained = entrance.drain().then(() => {
      isDrained = true
    })
    ask(deposit(3))
    await settled()
    expect(heard()).toEqual([{ type: 'refused', requestId: 3, cause: 'shutting-down' }])
    expect(isDrained).toBe(false)
    letGo()
    await drained
    expect(heard()).toMatchObject([{ type: 'envelope' }, { type: 'deposited', requestId: 2 }])
  })

  test('a store that does not answer: in doubt, and no bug', async () => {
    const { enter, metrics } = house({}, (store) => ({ ...store, getDeviceList: () => Promise.reject(new Error('no disk')) }))
    const { ask, heard, connection } = enter()
    ask({ type: 'fetch-bundles', requestId: 1, accountId: new Uint8Array(32), tag: undefined })
    await settled()
    expect(heard()).toEqual([welcome, { type: 'refused', requestId: 1, cause: 'in-doubt' }])
    expect(connection.closedWith()).toBeUndefined()
    expect((await metrics.errors.get()).values[0]?.value).toBe(0)
    expect((await metrics.storeFailures.get()).values).toMatchObject([{ labels: { operation: 'getDeviceList' }, value: 1 }])
  })

  test('a bug of ours costs the connection that found it', async () => {
    const broken = { ok: false, reason: undefined } as never
    const { enter, metrics } = house({}, (store) => ({ ...store, append: () => Promise.resolve(broken) }))
    const [one, other] = [enter(), enter()]
    one.ask(deposit(1))
    await settled()
    expect(one.connection.closedWith()).toBe(1011)
    expect((await metrics.errors.get()).values[0]?.value).toBe(1)
    other.ask(ping)
    expect(other.heard().at(-1)).toEqual({ type: 'pong', nonce: 9 })
  })
})
