import { expect, test } from 'vitest'
import { createSignallingGuard, type KnownConnection, MAX_CANDIDATES, MAX_EARLY_CONNECTIONS } from './signalling-guard.ts'

const passed = (...pass: readonly unknown[]) => ({ pass, unavailable: undefined })
const DROPPED = passed()
const known = (signalingState: RTCSignalingState): KnownConnection => ({ peerConnection: { signalingState } })
const guard = (connection: KnownConnection | null = null) => createSignallingGuard(() => connection)
const message = (type: string, payload: object) => ({ type, src: 'other-side', payload: { connectionId: 'abc', ...payload } })
const offered = { type: 'data', serialization: 'raw', label: 'parley', reliable: true, sdp: { type: 'offer', sdp: 'v=0' } }
const answer = message('ANSWER', { sdp: { type: 'answer', sdp: 'v=0' } })
const candidate = message('CANDIDATE', { candidate: { candidate: 'candidate:1 1 udp 1 host.local 9 typ host' } })

test('passes what two Parleys say to each other', () => {
  expect(guard()(message('OFFER', offered))).toEqual(passed(message('OFFER', offered)))
  expect(guard(known('have-local-offer'))(answer)).toEqual(passed(answer))
  expect(guard(known('stable'))(candidate)).toEqual(passed(candidate))
  expect(guard()({ type: 'OPEN' })).toEqual(passed({ type: 'OPEN' }))
  expect(guard()({ type: 'ID-TAKEN', payload: { msg: 'taken' } })).toEqual(passed({ type: 'ID-TAKEN', payload: { msg: 'taken' } }))
  expect(guard()({ type: 'EXPIRE', src: 'other-side', dst: 'us' })).toEqual({ pass: [], unavailable: 'other-side' })
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['a text', 'OPEN'],
  ['no type', {}],
  ['LEAVE, on which PeerJS would close open lines', { type: 'LEAVE', src: 'other-side' }],
  ['an unknown type', message('GOSSIP', {})],
  ['an error without a payload', { type: 'ERROR' }],
  ['an offer of nobody', { ...message('OFFER', offered), src: undefined }],
  ['an offer of a list', { ...message('OFFER', offered), src: ['other-side'] }],
  ['an offer without a connection', message('OFFER', { ...offered, connectionId: undefined })],
  ['an offer of a connection with an odd name', message('OFFER', { ...offered, connectionId: '__proto__' })],
  ['an offer of media', message('OFFER', { ...offered, type: 'media' })],
  ['another kind', message('OFFER', { ...offered, serialization: 'binary' })],
  ['a kind that every object has', message('OFFER', { ...offered, serialization: 'constructor' })],
  ['another label', message('OFFER', { ...offered, label: 'x' })],
  ['an unordered channel', message('OFFER', { ...offered, reliable: false })],
  ['metadata', message('OFFER', { ...offered, metadata: {} })],
  ['an answer instead of an offer', message('OFFER', { ...offered, sdp: { type: 'answer', sdp: 'v=0' } })],
  ['an endless description', message('OFFER', { ...offered, sdp: { type: 'offer', sdp: 'v'.repeat(16_385) } })],
  ['an answer for a connection that is not', answer],
])('drops %s', (_, hostile) => {
  expect(guard()(hostile)).toEqual(DROPPED)
})

test('a second offer for a connection does not replace the first', () => {
  expect(guard(known('stable'))(message('OFFER', offered))).toEqual(DROPPED)
})

test('a description is taken once: no answer after the first, and no offer disguised as one', () => {
  expect(guard(known('stable'))(answer)).toEqual(DROPPED)
  expect(guard(known('have-remote-offer'))(answer)).toEqual(DROPPED)
  for (const type of ['offer', 'pranswer', 'rollback']) {
    expect(guard(known('have-local-offer'))(message('ANSWER', { sdp: { type, sdp: 'v=0' } }))).toEqual(DROPPED)
  }
})

test('takes 64 candidates for a connection, none of them endless', () => {
  const admit = guard(known('stable'))
  const taken = Array.from({ length: 70 }, () => admit(candidate)).filter(({ pass }) => pass.length === 1)
  expect(taken).toHaveLength(MAX_CANDIDATES)
  expect(guard(known('stable'))(message('CANDIDATE', { candidate: { candidate: 'c'.repeat(1_025) } }))).toEqual(DROPPED)
  expect(guard(known('stable'))(message('CANDIDATE', { candidate: 'candidate:1' }))).toEqual(DROPPED)
})

test('candidates that outran the offer follow it', () => {
  const admit = guard()
  expect(admit(candidate)).toEqual(DROPPED)
  expect(admit(message('OFFER', offered))).toEqual(passed(message('OFFER', offered), candidate))
  expect(admit(message('OFFER', offered))).toEqual(passed(message('OFFER', offered)))
})

test('candidates that outran the answer follow it, and later ones pass although it is still being applied', () => {
  const admit = guard(known('have-local-offer'))
  expect(admit(candidate)).toEqual(DROPPED)
  expect(admit(answer)).toEqual(passed(answer, candidate))
  expect(admit(candidate)).toEqual(passed(candidate))
  expect(admit(answer)).toEqual(DROPPED)
})

test('what waits is bounded: 64 candidates for each of 16 connections', () => {
  const admit = guard()
  const early = (i: number) => message('CANDIDATE', { connectionId: `early-${i}`, candidate: { candidate: 'x' } })
  const late = (i: number) => message('OFFER', { ...offered, connectionId: `early-${i}` })
  for (let i = 0; i <= MAX_EARLY_CONNECTIONS; i++) for (let n = 0; n < 70; n++) admit(early(i))
  expect(admit(late(0)).pass).toHaveLength(1)
  expect(admit(late(1)).pass).toHaveLength(1 + MAX_CANDIDATES)
})
