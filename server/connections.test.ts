import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { handClock } from '../test/support/hand-clock.ts'
import { type Connection, createConnections } from './connections.ts'
import { createGuard } from './guard.ts'
import { createMetrics } from './metrics.ts'

const LIMIT = 256 * 1024
/** Of a WebSocket's frame of that length (RFC 6455 §5.2), which the limit does not count. */
const HEADER_LENGTH = 10
const metrics = createMetrics()
const log = pino({ level: 'silent' })
const limits = { connections: 9, connectionsPerAddress: 9, waitingBytesPerConnection: LIMIT, waitingBytes: 9 * LIMIT }
const connections = createConnections(limits, handClock().nowMs, createGuard(metrics, log), metrics, log)
const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const server = createServer()

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  connections.terminate()
  server.close()
})

/** Both ends: what the relay has, and a socket that keeps what it reads. */
const connect = async () => {
  const accepted = new Promise<{ connection: Connection; waiting: () => number }>((done) =>
    server.once('upgrade', (request, wire, head) =>
      webSockets.handleUpgrade(request, wire, head, (socket) =>
        connections.accept(socket, wire, 'here', 'relay', (connection) => {
          done({ connection, waiting: () => socket.bufferedAmount })
          return { received: () => {}, closed: () => {} }
        }),
      ),
    ),
  )
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  const numbers: number[] = []
  socket.on('message', (message: Buffer) => numbers.push(message.readUInt32BE()))
  await once(socket, 'open')
  return { socket, numbers, ...(await accepted) }
}

const numbered = (n: number, length: number) => {
  const message = Buffer.alloc(length)
  message.writeUInt32BE(n)
  return message
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

test('what is sent in one turn arrives in order, messages of all lengths', async () => {
  const { socket, numbers, connection } = await connect()
  const lengths = [4, 65_536, 4, 4_096, 16_384, 4]
  for (const n of upTo(12)) expect(connection.trySend(numbered(n, lengths[n % lengths.length] ?? 4))).toBe(true)
  connection.close(1000, 'done')
  await once(socket, 'close')
  expect(numbers).toEqual(upTo(12))
})

test('one turn may bring a reader that keeps up more than may wait for it', async () => {
  const { numbers, connection, waiting } = await connect()
  const sent = upTo(80)
  for (const n of sent) expect(connection.trySend(numbered(n, 4_096))).toBe(true)
  await expect.poll(() => numbers).toEqual(sent)
  expect(waiting()).toBe(0)
})

test('for a reader that does not read no more waits than may, and what was taken arrives in order once it reads', async () => {
  const { socket, numbers, connection, waiting } = await connect()
  socket.pause()
  let taken = 0
  // More than any socket holds; a turn of the event loop in between, now and then, as the relay has.
  for (let n = 0; n < 500; n++) {
    if (connection.trySend(numbered(taken, 65_536))) taken += 1
    expect(waiting()).toBeLessThanOrEqual(LIMIT + 4 * HEADER_LENGTH)
    if (n % 100 === 0) await new Promise((turn) => setImmediate(turn))
  }
  expect(taken).toBeLessThan(500)
  expect(connection.trySend(numbered(0, 65_536))).toBe(false)
  socket.resume()
  await expect.poll(() => numbers.length).toBe(taken)
  expect(numbers).toEqual(upTo(taken))
  expect(waiting()).toBe(0)
})
