import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RelayRequest } from '../src/wire/relay-frames.ts'
import { callRelay } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

let relay: RelayProcess
let rooms = 0

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess()
})
afterAll(() => relay.remove())

const newRoom = (): Extract<RelayRequest, { type: 'open-room' }> => {
  rooms += 1
  return {
    type: 'open-room',
    requestId: 1,
    roomId: new Uint8Array(16).fill(rooms),
    ownerKey: new Uint8Array(16).fill(rooms),
    wantsNumber: true,
  }
}
const body = (text: string) => new TextEncoder().encode(text)

/** Host and guest in a room, who have heard of each other. */
const meet = async (port = relay.port) => {
  const room = newRoom()
  const [host, guest] = await Promise.all([callRelay(port), callRelay(port)])
  const opened = await host.call(room)
  if (opened.type !== 'room-opened') throw new Error(opened.type)
  const joined = await guest.call({ type: 'join-room', requestId: 2, room: { type: 'number', number: opened.number ?? '' } })
  expect(joined).toMatchObject({ type: 'room-joined', requestId: 2, roomId: room.roomId })
  expect(await host.next()).toEqual({ type: 'peer-joined' })
  expect(await guest.next()).toEqual({ type: 'peer-joined' })
  return { room, host, guest, number: opened.number ?? '' }
}

test('two meet by number and talk both ways', async () => {
  const { host, guest } = await meet()
  host.ask({ type: 'room-message', body: body('ping') })
  expect(await guest.next()).toEqual({ type: 'room-message', body: body('ping') })
  guest.ask({ type: 'room-message', body: body('pong') })
  expect(await host.next()).toEqual({ type: 'room-message', body: body('pong') })
  host.close()
  guest.close()
})

test('the largest message passes whole, a hundred small ones in order', async () => {
  const { host, guest } = await meet()
  const large = new Uint8Array(65_528).fill(7)
  host.ask({ type: 'room-message', body: large })
  const passed = await guest.next()
  expect(passed.type === 'room-message' && Buffer.from(large).equals(passed.body)).toBe(true)
  for (let i = 0; i < 100; i++) guest.ask({ type: 'room-message', body: Uint8Array.of(i) })
  for (let i = 0; i < 100; i++) expect(await host.next()).toEqual({ type: 'room-message', body: Uint8Array.of(i) })
  host.close()
  guest.close()
})

test('a third hears busy and disturbs nobody', async () => {
  const { room, host, guest, number } = await meet()
  const third = await callRelay(relay.port)
  for (const name of [{ type: 'number', number } as const, { type: 'id', roomId: room.roomId } as const]) {
    expect(await third.call({ type: 'join-room', requestId: 9, room: name })).toEqual({ type: 'refused', requestId: 9, cause: 'room-busy' })
  }
  expect(await third.call({ ...room, ownerKey: new Uint8Array(16) })).toEqual({ type: 'refused', requestId: 1, cause: 'not-allowed' })
  third.close()
  await third.closed
  host.ask({ type: 'room-message', body: body('still here') })
  expect(await guest.next()).toEqual({ type: 'room-message', body: body('still here') })
  expect(host.waiting()).toBe(0)
  host.close()
  guest.close()
})

test('a host whose connection breaks comes back to its room and its guest', async () => {
  const { room, host, guest, number } = await meet()
  host.socket.terminate()
  expect(await guest.next()).toEqual({ type: 'peer-left' })
  const again = await callRelay(relay.port)
  expect(await again.call(room)).toMatchObject({ type: 'room-opened', number })
  expect(await again.next()).toEqual({ type: 'peer-joined' })
  expect(await guest.next()).toEqual({ type: 'peer-joined' })
  guest.ask({ type: 'room-message', body: body('welcome back') })
  expect(await again.next()).toEqual({ type: 'room-message', body: body('welcome back') })
  again.close()
  guest.close()
})

test('a guest is evicted, another comes; the host leaves and the room ends', async () => {
  const { host, guest, number } = await meet()
  host.ask({ type: 'evict-guest' })
  expect(await guest.next()).toEqual({ type: 'room-closed', cause: 'evicted' })
  const other = await callRelay(relay.port)
  expect(await other.call({ type: 'join-room', requestId: 3, room: { type: 'number', number } })).toMatchObject({ type: 'room-joined' })
  host.ask({ type: 'leave-room' })
  expect([await other.next(), await other.next()]).toEqual([{ type: 'peer-joined' }, { type: 'room-closed', cause: 'closed-by-host' }])
  expect(await other.call({ type: 'join-room', requestId: 4, room: { type: 'number', number } })).toEqual({
    type: 'refused',
    requestId: 4,
    cause: 'no-such-room',
  })
  for (const caller of [host, guest, other]) caller.close()
})

test('a room ends with its life', async () => {
  const short = await startRelayProcess({ settings: { roomLifeMs: 1_000 } })
  try {
    const { host, guest } = await meet(short.port)
    expect(await host.next()).toEqual({ type: 'room-closed', cause: 'expired' })
    expect(await guest.next()).toEqual({ type: 'room-closed', cause: 'expired' })
  } finally {
    await short.remove()
  }
})

test('what browsers are told comes first, with credentials that end by themselves', async () => {
  const told = await startRelayProcess({
    settings: {
      roomLifeMs: 60_000,
      relayOnly: true,
      iceServers: [{ urls: ['stun:stun.example'] }],
      turn: { urls: ['turns:turn.example'], secret: 'a secret of the operator', credentialLifeSeconds: 600 },
    },
  })
  try {
    const { configuration, close } = await callRelay(told.port)
    close()
    const [stun, turn] = configuration.iceServers
    expect(configuration).toMatchObject({ relayOnly: true, roomLifeMs: 60_000 })
    expect(stun).toEqual({ urls: ['stun:stun.example'], username: undefined, credential: undefined })
    expect(turn).toMatchObject({ urls: ['turns:turn.example'], credential: expect.stringMatching(/^[\w+/]{27}=$/) })
    expect(Number(turn?.username) - Date.now() / 1000).toBeGreaterThan(590)
    expect(Number(turn?.username) - Date.now() / 1000).toBeLessThanOrEqual(600)
  } finally {
    await told.remove()
  }
})
