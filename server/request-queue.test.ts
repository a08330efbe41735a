import { expect, test } from 'vitest'
import { createRequestQueues, type QueueLimits, type RequestQueue } from './request-queue.ts'

const generous: QueueLimits = { pendingPerConnection: 100, pendingBytesPerConnection: 1_000, pendingBytes: 10_000 }

/** Tasks that end when told, and what happened to them in order. */
const house = (limits: Partial<QueueLimits> = {}) => {
  const queues = createRequestQueues({ ...generous, ...limits })
  const log: string[] = []
  const ends = new Map<string, () => void>()
  const run = (queue: RequestQueue, name: string, lane?: string, bytes = 1) =>
    queue.run(lane, bytes, () => {
      log.push(name)
      return new Promise<void>((end) => ends.set(name, end))
    })
  const end = async (name: string) => {
    ends.get(name)?.()
    // Longer than any chain of promises in here.
    await new Promise(setImmediate)
  }
  return { queues, log, run, end }
}

test('begins at once where nothing is in the way', () => {
  const { queues, log, run } = house()
  const queue = queues.open()
  expect(run(queue, 'first')).toBe(true)
  expect(log).toEqual(['first'])
})

test('one lane in order, other lanes at once, other connections too', async () => {
  const { queues, log, run, end } = house()
  const [queue, other] = [queues.open(), queues.open()]
  run(queue, 'a1', 'a')
  run(queue, 'a2', 'a')
  run(queue, 'b1', 'b')
  run(other, 'a3', 'a')
  expect(log).toEqual(['a1', 'b1', 'a3'])
  await end('a1')
  expect(log).toEqual(['a1', 'b1', 'a3', 'a2'])
})

test('what is in no lane waits for all before it, and all after it waits', async () => {
  const { queues, log, run, end } = house()
  const queue = queues.open()
  run(queue, 'a1', 'a')
  run(queue, 'b1', 'b')
  run(queue, 'all')
  run(queue, 'a2', 'a')
  run(queue, 'c1', 'c')
  run(queue, 'all again')
  run(queue, 'all at last')
  await end('a1')
  expect(log).toEqual(['a1', 'b1'])
  await end('b1')
  expect(log).toEqual(['a1', 'b1', 'all'])
  await end('all')
  expect(log.slice(3)).toEqual(['a2', 'c1'])
  await end('c1')
  expect(log.slice(5)).toEqual([])
  await end('a2')
  expect(log.slice(5)).toEqual(['all again'])
  await end('all again')
  expect(log.slice(6)).toEqual(['all at last'])
})

test('too many of one connection: not done; one that ends makes room', async () => {
  const { queues, log, run, end } = house({ pendingPerConnection: 2 })
  const queue = queues.open()
  expect([run(queue, 'a1', 'a'), run(queue, 'a2', 'a'), run(queue, 'a3', 'a')]).toEqual([true, true, false])
  expect(run(queues.open(), 'other')).toBe(true)
  await end('a1')
  expect(run(queue, 'a4', 'a')).toBe(true)
  await end('a2')
  expect(log).toEqual(['a1', 'other', 'a2', 'a4'])
})

test('too many bytes, of one connection and of all', async () => {
  const { queues, run, end } = house({ pendingBytesPerConnection: 10, pendingBytes: 15 })
  const [one, other] = [queues.open(), queues.open()]
  expect([run(one, 'a', 'a', 8), run(one, 'b', 'b', 3), run(one, 'c', 'c', 2)]).toEqual([true, false, true])
  expect([run(other, 'd', 'd', 6), run(other, 'e', 'e', 5)]).toEqual([false, true])
  await end('a')
  expect(run(other, 'f', 'f', 5)).toBe(true)
})

test('settled: once nothing is pending anywhere', async () => {
  const { queues, run, end } = house()
  await queues.settled()
  const queue = queues.open()
  run(queue, 'a1', 'a')
  run(queue, 'a2', 'a')
  let isSettled = false
  const settled = queues.settled().then(() => {
    isSettled = true
  })
  await end('a1')
  expect(isSettled).toBe(false)
  await end('a2')
  await settled
})
