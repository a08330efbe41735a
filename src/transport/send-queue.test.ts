import { expect, test } from 'vitest'
import { createSendQueue, FULL_BYTES, LOW_BYTES, MAX_WAITING_BYTES } from './send-queue.ts'

const FRAME_LENGTH = 65_536
const frame = (number: number) => new Uint8Array(FRAME_LENGTH).fill(number)

/** A socket whose buffer falls only when it is told to. */
const createSocket = () => {
  const socket = { buffered: 0, sent: [] as number[], takes: true }
  const queue = createSendQueue({
    bufferedBytes: () => socket.buffered,
    send: (bytes) => {
      if (!socket.takes) return false
      socket.sent.push(bytes[0] ?? -1)
      socket.buffered += bytes.length
      return true
    },
  })
  return { socket, queue }
}

test('sends at once while the socket takes it', () => {
  const { socket, queue } = createSocket()
  for (let i = 0; i < 5; i++) expect(queue.push(frame(i))).toBe(true)
  expect(socket.sent).toEqual([0, 1, 2, 3, 4])
  expect(queue.isWaiting()).toBe(false)
  expect(queue.drain()).toBe('unchanged')
})

test('keeps the order when it must wait, and tells once that it drained', () => {
  const { socket, queue } = createSocket()
  const outcomes: string[] = []
  for (let i = 0; i < 60; i++) expect(queue.push(frame(i))).toBe(true)
  expect(socket.sent).toHaveLength(FULL_BYTES / FRAME_LENGTH)
  while (queue.isWaiting() || socket.buffered > 0) {
    socket.buffered = Math.max(0, socket.buffered - 3 * FRAME_LENGTH)
    outcomes.push(queue.drain())
    expect(socket.buffered).toBeLessThanOrEqual(FULL_BYTES)
  }
  expect(socket.sent).toEqual(Array.from({ length: 60 }, (_, i) => i))
  expect(outcomes.filter((outcome) => outcome === 'drained')).toHaveLength(1)
})

test('a later frame never overtakes one that waits', () => {
  const { socket, queue } = createSocket()
  for (let i = 0; i < 20; i++) queue.push(frame(i))
  socket.buffered = 0
  queue.push(frame(20))
  expect(socket.sent.at(-1)).toBe(15)
  queue.drain()
  expect(socket.sent).toEqual(Array.from({ length: 21 }, (_, i) => i))
})

test('has drained only at the low mark', () => {
  const { socket, queue } = createSocket()
  for (let i = 0; i < FULL_BYTES / FRAME_LENGTH; i++) queue.push(frame(i))
  socket.buffered = LOW_BYTES + 1
  expect(queue.drain()).toBe('unchanged')
  socket.buffered = LOW_BYTES
  expect(queue.drain()).toBe('drained')
})

test('refuses once too much waits', () => {
  const { socket, queue } = createSocket()
  socket.buffered = FULL_BYTES
  for (let i = 0; i < MAX_WAITING_BYTES / FRAME_LENGTH; i++) expect(queue.push(frame(i))).toBe(true)
  expect(queue.push(new Uint8Array(1))).toBe(false)
})

test('tells when the socket does not take it', () => {
  const { socket, queue } = createSocket()
  socket.buffered = FULL_BYTES
  queue.push(frame(0))
  socket.takes = false
  socket.buffered = 0
  expect(queue.drain()).toBe('broken')
  expect(createSendQueue({ bufferedBytes: () => 0, send: () => false }).push(frame(1))).toBe(false)
})
