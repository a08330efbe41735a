import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Report } from '../messenger/api.ts'
import { decodeRelayRequest, encodeRelayReply, type RelayReply, type RelayRequest } from '../wire/relay-frames.ts'
import type { RelaySocket } from './relay-connection.ts'
import { createRelayPipe } from './relay-pipe.ts'
import { FULL_BYTES, MAX_WAITING_BYTES } from './send-queue.ts'
import { systemTimers } from './timers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const configuration = {
  iceServers: [],
  relayOnly: false,
  roomLifeMs: 300_000,
  storeId: new Uint8Array(16).fill(1),
  relayKey: new Uint8Array(32).fill(2),
}
const welcome: RelayReply = { type: 'welcome', configuration }

/** A WebSocket that is moved by hand. */
const createSocket = () => {
  const events = new EventTarget()
  const sent: Uint8Array[] = []
  const socket = Object.assign(events, {
    binaryType: 'blob' as BinaryType,
    bufferedAmount: 0,
    readyState: 0,
    isClosed: false,
    sent,
    send: (bytes: unknown) => {
      if (!(bytes instanceof Uint8Array)) throw new Error('binary frames only')
      sent.push(bytes)
    },
    close: () => {
      socket.isClosed = true
    },
    requests: (): RelayRequest[] =>
      sent.map((bytes) => {
        const decoded = decodeRelayRequest(bytes)
        if (!decoded.ok) throw new Error('not a request')
        return decoded.value
      }),
    says: (data: unknown) => events.dispatchEvent(new MessageEvent('message', { data })),
    replies: (reply: RelayReply) => socket.says(new Uint8Array(encodeRelayReply(reply)).buffer),
    opens: () => {
      socket.readyState = 1
      socket.replies(welcome)
    },
    breaks: () => events.dispatchEvent(new Event('close')),
  })
  return socket
}

const start = () => {
  const reports: Report[] = []
  const sockets: ReturnType<typeof createSocket>[] = []
  const counts = { malformed: 0, silent: 0 }
  const network = { refuses: false }
  const pipe = createRelayPipe({
    openSocket: () => {
      if (network.refuses) throw new Error('refused')
      const socket = createSocket()
      sockets.push(socket)
      // The listeners of a real one are typed by event; these take any event.
      return socket as unknown as RelaySocket
    },
    timers: systemTimers,
    random: (length) => new Uint8Array(length).fill(255),
    report: (report) => void reports.push(report),
    malformed: () => void counts.malformed++,
    silent: () => void counts.silent++,
  })
  return { pipe, reports, sockets, counts, network, socket: () => sockets.at(-1)! }
}
const connect = () => {
  const started = start()
  started.pipe.carryOut({ type: 'relay-connect', connection: 'listen' })
  return started
}
const message = (byte: number): RelayRequest => ({ type: 'room-message', body: Uint8Array.of(byte) })
const send = (request: RelayRequest) => ({ type: 'relay-send', connection: 'listen', request }) as const
const types = (reports: readonly Report[]) => reports.map(({ type }) => type)

test('is open once it was welcomed, not before', () => {
  const { pipe, reports, socket } = connect()
  expect(socket().binaryType).toBe('arraybuffer')
  socket().readyState = 1
  pipe.carryOut(send(message(1)))
  expect([reports, socket().sent]).toEqual([[], []])
  socket().opens()
  expect(reports).toEqual([{ type: 'relay-opened', connection: 'listen', configuration }])
  pipe.carryOut(send(message(2)))
  expect(socket().requests()).toEqual([message(2)])
})

test('each use has a socket of its own, and asking twice changes nothing', () => {
  const { pipe, sockets, reports } = start()
  for (const connection of ['room', 'listen', 'deposit', 'room'] as const) pipe.carryOut({ type: 'relay-connect', connection })
  expect(sockets).toHaveLength(3)
  sockets[2]?.opens()
  expect(reports).toMatchObject([{ type: 'relay-opened', connection: 'deposit' }])
})

test('passes replies on, except pongs', () => {
  const { reports, socket } = connect()
  socket().opens()
  socket().replies({ type: 'peer-joined' })
  socket().replies({ type: 'pong', nonce: 1 })
  expect(reports.slice(1)).toEqual([{ type: 'relay-received', connection: 'listen', reply: { type: 'peer-joined' } }])
})

test('comes back with ever longer delays, and says each time that it is closed', () => {
  const { reports, sockets, socket } = connect()
  for (const delayMs of [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    const before = sockets.length
    socket().breaks()
    vi.advanceTimersByTime(delayMs * 0.99)
    expect(sockets).toHaveLength(before)
    vi.advanceTimersByTime(delayMs * 0.01)
    expect(sockets).toHaveLength(before + 1)
  }
  expect(new Set(types(reports))).toEqual(new Set(['relay-closed']))
  expect(reports).toHaveLength(8)
})

test('a connection that held starts over with a short delay, one that did not goes on waiting longer', () => {
  const { sockets, socket } = connect()
  for (let i = 0; i < 4; i++) {
    socket().opens()
    socket().breaks()
    vi.advanceTimersByTime(250 * 2 ** i)
  }
  expect(sockets).toHaveLength(5)
  socket().opens()
  vi.advanceTimersByTime(10_000)
  socket().breaks()
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(6)
})

test('waking connects at once where it waits', () => {
  const { pipe, sockets, socket } = connect()
  for (let i = 0; i < 6; i++) {
    socket().breaks()
    pipe.wake()
  }
  expect(sockets).toHaveLength(7)
  pipe.wake()
  expect(sockets).toHaveLength(7)
})

test('a relay that does not say welcome within ten seconds is left', () => {
  const { reports, socket, sockets } = connect()
  vi.advanceTimersByTime(10_000)
  expect(types(reports)).toEqual(['relay-closed'])
  expect(socket().isClosed).toBe(true)
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(2)
})

test('asks every 20 seconds, and drops a relay that does not answer within 10', () => {
  const { reports, socket, counts } = connect()
  socket().opens()
  vi.advanceTimersByTime(20_000)
  expect(socket().requests()).toEqual([{ type: 'ping', nonce: 1 }])
  socket().replies({ type: 'pong', nonce: 1 })
  vi.advanceTimersByTime(29_999)
  expect(types(reports)).toEqual(['relay-opened'])
  vi.advanceTimersByTime(1)
  expect(types(reports)).toEqual(['relay-opened', 'relay-closed'])
  expect(counts.silent).toBe(1)
  expect(socket().isClosed).toBe(true)
})

test('waking asks at once and waits five seconds', () => {
  const { pipe, reports, socket } = connect()
  socket().opens()
  pipe.wake()
  expect(socket().requests()).toEqual([{ type: 'ping', nonce: 1 }])
  vi.advanceTimersByTime(5_000)
  expect(types(reports)).toEqual(['relay-opened', 'relay-closed'])
})

test.each([
  ['a text', 'hello'],
  ['an empty frame', new ArrayBuffer(0)],
  ['what is no frame', Uint8Array.of(1, 99).buffer],
  ['another version', Uint8Array.of(2, 4).buffer],
  ['a frame that is too large', new ArrayBuffer(65_537)],
  ['a second welcome', new Uint8Array(encodeRelayReply(welcome)).buffer],
])('%s closes the connection and is counted', (_, data) => {
  const { reports, socket, counts } = connect()
  socket().opens()
  const first = socket()
  first.says(data)
  expect(types(reports)).toEqual(['relay-opened', 'relay-closed'])
  expect(counts.malformed).toBe(1)
  expect(first.isClosed).toBe(true)
  first.replies({ type: 'peer-joined' })
  expect(reports).toHaveLength(2)
})

test('a reply before the welcome closes the connection', () => {
  const { reports, socket, counts } = connect()
  socket().replies({ type: 'peer-joined' })
  expect([types(reports), counts.malformed]).toEqual([['relay-closed'], 1])
})

test('while it reconnects nothing is sent, and what comes after is in order', () => {
  const { pipe, socket } = connect()
  socket().opens()
  pipe.carryOut(send(message(1)))
  socket().breaks()
  pipe.carryOut(send(message(2)))
  vi.advanceTimersByTime(250)
  pipe.carryOut(send(message(3)))
  socket().opens()
  pipe.carryOut(send(message(4)))
  expect(socket().requests()).toEqual([message(4)])
})

test('what the socket cannot take waits in order, and too much ends the connection', () => {
  const { pipe, socket, reports } = connect()
  socket().opens()
  socket().bufferedAmount = FULL_BYTES
  for (let byte = 1; byte <= 3; byte++) pipe.carryOut(send(message(byte)))
  expect(socket().sent).toHaveLength(0)
  socket().bufferedAmount = 0
  vi.advanceTimersByTime(50)
  expect(socket().requests()).toEqual([message(1), message(2), message(3)])
  socket().bufferedAmount = FULL_BYTES
  const body = new Uint8Array(65_000)
  for (let bytes = 0; bytes <= MAX_WAITING_BYTES; bytes += body.length) pipe.carryOut(send({ type: 'room-message', body }))
  expect(types(reports)).toEqual(['relay-opened', 'relay-closed'])
})

test('disconnected on purpose it stays so', () => {
  const { pipe, reports, sockets, socket } = connect()
  socket().opens()
  pipe.carryOut({ type: 'relay-disconnect', connection: 'listen' })
  expect(socket().isClosed).toBe(true)
  pipe.carryOut(send(message(1)))
  vi.advanceTimersByTime(600_000)
  expect(types(reports)).toEqual(['relay-opened', 'relay-closed'])
  expect(sockets).toHaveLength(1)
  pipe.carryOut({ type: 'relay-connect', connection: 'listen' })
  expect(sockets).toHaveLength(2)
})

test('a browser that makes no socket is a closed connection', () => {
  const { pipe, reports, network, sockets } = start()
  network.refuses = true
  pipe.carryOut({ type: 'relay-connect', connection: 'room' })
  expect(types(reports)).toEqual(['relay-closed'])
  network.refuses = false
  vi.advanceTimersByTime(250)
  expect(sockets).toHaveLength(1)
})
