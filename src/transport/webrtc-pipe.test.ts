import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type StandIn, sdpWith, standIn } from '../../test/support/stand-in-connection.ts'
import type { Report } from '../messenger/api.ts'
import type { SignallingListener } from './signalled-id.ts'
import { systemTimers } from './timers.ts'
import { createClosedPipe, createWebrtcPipe, MAX_DIALLED_BY_OTHERS } from './webrtc-pipe.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const start = async (peerId = 'ours') => {
  const reports: Report[] = []
  const opened: { readonly token: string; readonly hears: SignallingListener; isGone: boolean }[] = []
  const dialled: StandIn[] = []
  const browser = { refuses: false }
  let drawn = 0
  const pipe = createWebrtcPipe({
    openPeer: async (_, token, hears) => {
      const peer = { token, hears, isGone: false }
      opened.push(peer)
      return {
        dial: (theirPeerId) => {
          if (browser.refuses) throw new Error('too many connections')
          const connection = standIn({ theirPeerId })
          connection.pc.remoteDescription = null
          dialled.push(connection)
          return connection
        },
        reconnect: () => undefined,
        disconnect: () => {
          peer.isGone = true
        },
      }
    },
    timers: systemTimers,
    random: (length) => new Uint8Array(length).fill((drawn += 1)),
    report: (report) => void reports.push(report),
  })
  pipe.carryOut({ type: 'peer-open', peerId, iceServers: [], turnOnly: false })
  await vi.advanceTimersByTimeAsync(0)
  return { pipe, reports, opened, dialled, browser, service: () => opened.at(-1)!.hears }
}
const dial = (linkId: string, theirPeerId = 'theirs') => ({ type: 'link-dial', linkId, peerId: 'ours', theirPeerId }) as const
const ends = (reports: readonly Report[]) =>
  reports.flatMap((report) => (report.type === 'link-closed' ? [[report.linkId, report.why] as const] : []))

test('an id becomes known, is lost and becomes known again', async () => {
  const { reports, service } = await start()
  service().known()
  service().lost()
  await vi.advanceTimersByTimeAsync(250)
  service().known()
  expect(reports).toEqual([
    { type: 'peer-ready', peerId: 'ours' },
    { type: 'peer-lost', peerId: 'ours' },
    { type: 'peer-ready', peerId: 'ours' },
  ])
})

test('an id is opened once, and each id has a token of its own', async () => {
  const { pipe, opened } = await start()
  pipe.carryOut({ type: 'peer-open', peerId: 'ours', iceServers: [], turnOnly: false })
  pipe.carryOut({ type: 'peer-open', peerId: 'another', iceServers: [], turnOnly: false })
  await vi.advanceTimersByTimeAsync(0)
  expect(opened).toHaveLength(2)
  expect(opened[0]?.token).toMatch(/^[0-9a-f]{32}$/)
  expect(opened[0]?.token).not.toBe(opened[1]?.token)
})

test('a line is offered once the id is known', async () => {
  const { pipe, dialled, service } = await start()
  pipe.carryOut(dial('line'))
  expect(dialled).toHaveLength(0)
  service().known()
  expect(dialled.map(({ peer }) => peer)).toEqual(['theirs'])
})

test('nobody there, nothing possible, nobody answers: each has its end', async () => {
  const { pipe, reports, service, browser } = await start()
  pipe.carryOut(dial('early'))
  await vi.advanceTimersByTimeAsync(6_000)
  service().known()
  pipe.carryOut(dial('absent', 'absent'))
  pipe.carryOut(dial('present', 'present'))
  service().unavailable('absent')
  service().unavailable('a stranger')
  pipe.carryOut({ type: 'link-dial', linkId: 'no id', peerId: 'unknown', theirPeerId: 'theirs' })
  pipe.carryOut(dial('odd', '../peer?id=1'))
  browser.refuses = true
  pipe.carryOut(dial('refused'))
  expect(ends(reports)).toEqual([
    ['absent', 'peer-unavailable'],
    ['no id', 'failed'],
    ['odd', 'peer-unavailable'],
    ['refused', 'failed'],
  ])
  await vi.advanceTimersByTimeAsync(12_000)
  expect(ends(reports).slice(4)).toEqual([
    ['early', 'peer-unavailable'],
    ['present', 'peer-unavailable'],
  ])
})

test('an id that the service could not have is lost at once', async () => {
  const { reports, opened } = await start('not an id/')
  expect(reports).toEqual([{ type: 'peer-lost', peerId: 'not an id/' }])
  expect(opened).toHaveLength(0)
})

test('others may dial, but only so many at a time', async () => {
  const { reports, service } = await start()
  service().known()
  const strangers = Array.from({ length: MAX_DIALLED_BY_OTHERS + 2 }, (_, i) => standIn({ theirPeerId: `stranger-${i}` }))
  for (const stranger of strangers) service().dialled(stranger)
  expect(strangers.filter(({ closings }) => closings.length > 0)).toHaveLength(2)
  strangers[0]?.says.opened()
  await vi.advanceTimersByTimeAsync(0)
  expect(reports.at(-1)).toMatchObject({ type: 'link-opened', peerId: 'ours', dialled: false })
  await vi.advanceTimersByTimeAsync(12_000)
  // Those that never opened made room.
  const late = standIn()
  service().dialled(late)
  expect(late.closings).toEqual([])
})

test('closing an id ends what is not agreed on, and leaves open lines', async () => {
  const { pipe, reports, service, dialled, opened } = await start()
  service().known()
  pipe.carryOut(dial('open'))
  dialled[0]!.pc.remoteDescription = { sdp: sdpWith(2) }
  dialled[0]?.says.opened()
  await vi.advanceTimersByTimeAsync(0)
  pipe.carryOut(dial('pending'))
  pipe.carryOut({ type: 'peer-close', peerId: 'ours' })
  expect(opened[0]?.isGone).toBe(true)
  expect(ends(reports)).toEqual([['pending', 'failed']])
  pipe.carryOut({ type: 'link-send', linkId: 'open', frame: { type: 'proof', mac: new Uint8Array(32) } })
  expect(dialled[0]?.frames()).toEqual([{ type: 'proof', mac: new Uint8Array(32) }])
  pipe.carryOut({ type: 'link-close', linkId: 'open' })
  expect(ends(reports)).toEqual([
    ['pending', 'failed'],
    ['open', 'closed-here'],
  ])
})

test('orders about unknown lines and ids are nothing', async () => {
  const { pipe, reports } = await start()
  pipe.carryOut({ type: 'link-send', linkId: 'unknown', frame: { type: 'bye' } })
  pipe.carryOut({ type: 'link-close', linkId: 'unknown' })
  pipe.carryOut({ type: 'peer-close', peerId: 'unknown' })
  expect(reports).toEqual([])
})

test('a browser without direct lines answers every wish', () => {
  const reports: Report[] = []
  const pipe = createClosedPipe((report) => void reports.push(report))
  pipe.carryOut({ type: 'peer-open', peerId: 'ours', iceServers: [], turnOnly: false })
  pipe.carryOut(dial('line'))
  pipe.carryOut({ type: 'link-send', linkId: 'line', frame: { type: 'bye' } })
  expect(reports).toEqual([
    { type: 'peer-lost', peerId: 'ours' },
    { type: 'link-closed', linkId: 'line', why: 'failed' },
  ])
})
