import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { createConnections } from './connections.ts'
import { createGuard } from './guard.ts'
import { createMetrics } from './metrics.ts'
import { createRouter } from './router.ts'

const generous = { burst: 1e9, perSecond: 0 }
const metrics = createMetrics()
const { nowMs } = handClock()
const log = pino({ level: 'silent' })
const limits = { connections: 1, connectionsPerAddress: 1, waitingBytesPerConnection: 1, waitingBytes: 1 }
let isStoreHealthy = true
const router = createRouter(
  {
    trustedHops: 0,
    allowedOrigins: [],
    metricsFor: 'nobody',
    headers: {},
    requestsPerAddress: generous,
    upgradesPerAddress: generous,
    isStoreHealthy: () => isStoreHealthy,
  },
  nowMs,
  { isEmpty: true, answer: () => undefined },
  createConnections(limits, nowMs, createGuard(metrics, log), metrics, log),
  { relay: () => undefined, peer: () => undefined },
  metrics,
)
const server = createServer((request, response) => router.answer(request, response))
afterAll(() => server.close())

test('/healthz: well, without its store, well again, and about to stop', async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`)
    return `${response.status} ${await response.text()}`
  }
  const answers = [await ask()]
  isStoreHealthy = false
  answers.push(await ask())
  isStoreHealthy = true
  answers.push(await ask())
  router.drain()
  answers.push(await ask())
  expect(answers).toEqual(['200 ok', '503 the store does not answer', '200 ok', '503 shutting down'])
})
