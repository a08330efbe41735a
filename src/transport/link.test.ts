import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sdpWith, standIn } from '../../test/support/stand-in-connection.ts'
import type { Report } from '../messenger/api.ts'
import { encodeLinkFrame, type LinkFrame } from '../wire/link-frames.ts'
import { createLink, DIAL_TIMEOUT_MS, MAX_FRAMES_A_SECOND } from './link.ts'
import { FULL_BYTES, MAX_WAITING_BYTES } from './send-queue.ts'
import { systemTimers } from './timers.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const start = ({ dialled = true } = {}) => {
  const reports: Report[] = []
  const ended = vi.fn<() => void>()
  const report = (told: Report) => void reports.push(told)
  const link = createLink({ linkId: 'line', peerId: 'ours', dialled, timers: systemTimers, report, ended })
  return { link, reports, ended }
}
const open = async (options: { readonly dialled?: boolean } = {}) => {
  const started = start(options)
  const connection = standIn()
  started.link.attach(connection)
  connection.says.opened()
  await vi.advanceTimersByTimeAsync(0)
  return { ...started, connection }
}
const envelope: LinkFrame = { type: 'envelope', envelope: new Uint8Array(65_536 - 64) }
const types = (reports: readonly Report[]) => reports.map(({ type }) => type)
const closed = (why: string) => ({ type: 'link-closed', linkId: 'line', why })

test('opens with both fingerprints and the kinds of the way', async () => {
  const { reports } = await open()
  expect(reports).toEqual([
    {
      type: 'link-opened',
      linkId: 'line',
      peerId: 'ours',
      dialled: true,
      ourFingerprint: new Uint8Array(32).fill(1),
      theirFingerprint: new Uint8Array(32).fill(2),
      path: { ours: 'unknown', theirs: 'unknown', openedInMs: 0 },
    },
  ])
})

test.each([
  ['no fingerprint', { theirs: 'v=0\r\n' }],
  ['two fingerprints', { theirs: sdpWith(2) + sdpWith(3) }],
  ['no fingerprint of ours', { ours: '' }],
])('with %s it never opens', (_, sdps) => {
  const { link, reports, ended } = start()
  const connection = standIn(sdps)
  link.attach(connection)
  connection.says.opened()
  expect(reports).toEqual([closed('misbehaved')])
  expect(connection.closings).toEqual(['close'])
  expect(ended).toHaveBeenCalledTimes(1)
})

test('the channel may be open before its descriptions show: the opening waits for them, and frames for the opening', async () => {
  const { link, reports } = start()
  const connection = standIn()
  link.attach(connection)
  connection.pc.signalingState = 'have-local-offer'
  connection.says.opened()
  connection.sends({ type: 'pairing', body: Uint8Array.of(1) })
  await vi.advanceTimersByTimeAsync(0)
  expect(reports).toEqual([])
  connection.pc.signalingState = 'stable'
  connection.pc.dispatchEvent(new Event('signalingstatechange'))
  await vi.advanceTimersByTimeAsync(0)
  expect(types(reports)).toEqual(['link-opened', 'link-received'])
})

test('descriptions that never show end it', async () => {
  const { link, reports } = start()
  const connection = standIn()
  link.attach(connection)
  connection.pc.signalingState = 'have-remote-offer'
  connection.says.opened()
  await vi.advanceTimersByTimeAsync(DIAL_TIMEOUT_MS)
  expect(reports).toEqual([closed('failed')])
})

test('frames that come before the opening is reported come after it, in order', async () => {
  const { link, reports } = start()
  const connection = standIn()
  link.attach(connection)
  connection.says.opened()
  connection.sends({ type: 'pairing', body: Uint8Array.of(1) })
  connection.sends({ type: 'pairing', body: Uint8Array.of(2) })
  expect(reports).toEqual([])
  await vi.advanceTimersByTimeAsync(0)
  expect(
    reports.map((report) => (report.type === 'link-received' && report.frame.type === 'pairing' ? report.frame.body[0] : report.type)),
  ).toEqual(['link-opened', 1, 2])
})

test('answers pings itself, and keeps pongs to itself', async () => {
  const { connection, reports } = await open()
  connection.sends({ type: 'ping', nonce: 77 })
  connection.sends({ type: 'pong', nonce: 1 })
  expect(connection.frames()).toEqual([{ type: 'pong', nonce: 77 }])
  expect(types(reports)).toEqual(['link-opened'])
})

test('45 seconds of silence end it, any frame starts them anew', async () => {
  const { connection, reports } = await open()
  await vi.advanceTimersByTimeAsync(44_000)
  expect(connection.frames()).toEqual([{ type: 'ping', nonce: 1 }])
  connection.sends({ type: 'ack', envelopeId: new Uint8Array(16) })
  await vi.advanceTimersByTimeAsync(44_000)
  expect(types(reports)).toEqual(['link-opened', 'link-received'])
  await vi.advanceTimersByTimeAsync(1_001)
  expect(reports.at(-1)).toEqual(closed('silent'))
})

test('after waking, 5 seconds without an answer end it', async () => {
  const { connection, link, reports } = await open()
  link.wake()
  expect(connection.frames()).toEqual([{ type: 'ping', nonce: 1 }])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reports.at(-1)).toEqual(closed('silent'))
})

test('goodbye from there ends it as goodbye', async () => {
  const { connection, reports } = await open()
  connection.sends({ type: 'bye' })
  connection.says.closed()
  expect(types(reports)).toEqual(['link-opened', 'link-closed'])
  expect(reports.at(-1)).toEqual(closed('goodbye'))
})

test('closing says goodbye, lets it arrive, and then lets go', async () => {
  const { connection, link, reports } = await open()
  link.end('closed-here')
  expect(connection.frames()).toEqual([{ type: 'bye' }])
  expect(connection.closings).toEqual(['finish'])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(connection.closings).toEqual(['finish', 'close'])
  expect(reports.at(-1)).toEqual(closed('closed-here'))
  expect(types(reports)).toEqual(['link-opened', 'link-closed'])
})

test('a short disconnection heals, a failure ends it', async () => {
  const { connection, reports } = await open()
  connection.pc.connectionState = 'disconnected'
  connection.pc.dispatchEvent(new Event('connectionstatechange'))
  expect(types(reports)).toEqual(['link-opened'])
  connection.pc.connectionState = 'failed'
  connection.pc.dispatchEvent(new Event('connectionstatechange'))
  expect(reports.at(-1)).toEqual(closed('failed'))
})

test('nobody answers within 12 seconds: unavailable; somebody answers and nothing opens: failed', async () => {
  const unanswered = start()
  const silentConnection = standIn()
  silentConnection.pc.remoteDescription = null
  unanswered.link.attach(silentConnection)
  const answered = start()
  answered.link.attach(standIn())
  const waiting = start()
  await vi.advanceTimersByTimeAsync(DIAL_TIMEOUT_MS - 1)
  expect([unanswered.reports, answered.reports, waiting.reports]).toEqual([[], [], []])
  await vi.advanceTimersByTimeAsync(1)
  expect(unanswered.reports).toEqual([closed('peer-unavailable')])
  expect(answered.reports).toEqual([closed('failed')])
  expect(waiting.reports).toEqual([closed('failed')])
})

test('of a line that others dialled nothing is told before it is open', async () => {
  const { link, reports, ended } = start({ dialled: false })
  const connection = standIn()
  link.attach(connection)
  await vi.advanceTimersByTimeAsync(DIAL_TIMEOUT_MS)
  expect(reports).toEqual([])
  expect(connection.closings).toEqual(['close'])
  expect(ended).toHaveBeenCalledTimes(1)
})

test.each([
  ['what is no frame', Uint8Array.of(9, 9)],
  ['another version', Uint8Array.of(2, 5, 0, 0, 0, 1)],
  ['a frame with something behind it', Uint8Array.of(...encodeLinkFrame({ type: 'ping', nonce: 1 }), 0)],
])('%s ends it', async (_, bytes) => {
  const { connection, reports } = await open()
  connection.says.received(bytes)
  expect(reports.at(-1)).toEqual(closed('misbehaved'))
})

test('a flood of frames ends it, a busy line does not', async () => {
  const { connection, reports } = await open()
  const flood = (count: number) => {
    for (let i = 0; i < count; i++) connection.sends({ type: 'pong', nonce: i })
  }
  for (let second = 0; second < 3; second++) {
    flood(MAX_FRAMES_A_SECOND - 1)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(types(reports)).toEqual(['link-opened'])
  flood(MAX_FRAMES_A_SECOND + 1)
  expect(reports.at(-1)).toEqual(closed('misbehaved'))
})

test('too much before the opening is reported ends it', () => {
  const { link, reports } = start()
  const connection = standIn()
  link.attach(connection)
  connection.says.opened()
  for (let i = 0; i <= 128; i++) connection.sends(envelope)
  expect(reports).toEqual([closed('misbehaved')])
})

test('frames wait in order while the browser has enough, and draining is told', async () => {
  const { connection, link, reports } = await open()
  connection.buffered = FULL_BYTES
  link.send({ type: 'pairing', body: Uint8Array.of(1) })
  link.send({ type: 'pairing', body: Uint8Array.of(2) })
  expect(connection.sent).toHaveLength(0)
  connection.buffered = 0
  connection.says.lowered()
  expect(connection.frames()).toEqual([
    { type: 'pairing', body: Uint8Array.of(1) },
    { type: 'pairing', body: Uint8Array.of(2) },
  ])
  expect(reports.at(-1)).toEqual({ type: 'link-drained', linkId: 'line' })
})

test('a line into which too much was put, or that takes nothing, has failed', async () => {
  const full = await open()
  full.connection.buffered = FULL_BYTES
  for (let bytes = 0; bytes <= MAX_WAITING_BYTES; bytes += 65_536) full.link.send(envelope)
  expect(full.reports.at(-1)).toEqual(closed('failed'))
  const broken = await open()
  broken.connection.takes = false
  broken.link.send(envelope)
  expect(broken.reports.at(-1)).toEqual(closed('failed'))
})

test('after its end nothing is sent, told or taken', async () => {
  const { connection, link, reports } = await open()
  link.end('closed-here')
  const count = reports.length
  link.send(envelope)
  link.wake()
  connection.sends({ type: 'ping', nonce: 1 })
  connection.says.misbehaved()
  connection.says.lowered()
  link.end('failed')
  const late = standIn()
  link.attach(late)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(reports).toHaveLength(count)
  expect(connection.frames()).toEqual([{ type: 'bye' }])
  expect(late.closings).toEqual(['close'])
})
