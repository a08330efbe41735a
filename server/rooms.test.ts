import { describe, expect, test } from 'vitest'
import { handClock } from '../test/support/hand-clock.ts'
import { type RecordingClient, recordingClient } from '../test/support/recording-client.ts'
import { createRooms, type RoomLimits } from './rooms.ts'

const LIFE_MS = 300_000
const generous = { burst: 1_000, perSecond: 0 }
const limits: RoomLimits = {
  rooms: 10,
  roomsPerAddress: 5,
  roomsOpenedPerAddress: generous,
  joinsPerRoom: 20,
  joinsPerAddress: generous,
  framesPerRoom: 100,
  bytesPerRoom: 1_000,
}
const id = (byte: number) => new Uint8Array(16).fill(byte)

const house = (changed: Partial<RoomLimits> = {}) => {
  const clock = handClock()
  let drawn = 26
  const rooms = createRooms({ ...limits, ...changed }, LIFE_MS, clock.nowMs, () => ++drawn)
  return {
    clock,
    rooms,
    open: (client: RecordingClient, room = 1, ownerKey = 1, wantsNumber = true) =>
      rooms.open(client, { type: 'open-room', requestId: 7, roomId: id(room), ownerKey: id(ownerKey), wantsNumber }),
    joinById: (client: RecordingClient, room = 1) =>
      rooms.join(client, { type: 'join-room', requestId: 8, room: { type: 'id', roomId: id(room) } }),
    joinByNumber: (client: RecordingClient, number: string) =>
      rooms.join(client, { type: 'join-room', requestId: 8, room: { type: 'number', number } }),
  }
}

/** A room with both sides in it, who have heard all so far. */
const fullRoom = (changed?: Partial<RoomLimits>) => {
  const there = house(changed)
  const host = recordingClient()
  const guest = recordingClient()
  there.open(host)
  there.joinById(guest)
  host.heard()
  guest.heard()
  return { ...there, host, guest }
}
const OK = { ok: true }
const refused = (reason: string) => ({ ok: false, reason })
const body = Uint8Array.of(1, 2, 3)

describe('two meet', () => {
  test('by number, and both hear that the other is there', () => {
    const { open, joinByNumber } = house()
    const host = recordingClient()
    const guest = recordingClient()
    expect(open(host)).toEqual(OK)
    expect(host.heard()).toEqual([{ type: 'room-opened', requestId: 7, number: '27', expiresInMs: LIFE_MS }])
    expect(joinByNumber(guest, '27')).toEqual(OK)
    expect(guest.heard()).toEqual([{ type: 'room-joined', requestId: 8, roomId: id(1), expiresInMs: LIFE_MS }, { type: 'peer-joined' }])
    expect(host.heard()).toEqual([{ type: 'peer-joined' }])
  })

  test('by id, in a room without a number', () => {
    const { open, joinById } = house()
    const host = recordingClient()
    expect(open(host, 1, 1, false)).toEqual(OK)
    expect(host.heard()).toMatchObject([{ number: undefined }])
    expect(joinById(recordingClient())).toEqual(OK)
  })

  test('messages pass both ways as they are', () => {
    const { rooms, host, guest } = fullRoom()
    expect(rooms.pass(host, body)).toEqual(OK)
    expect(rooms.pass(guest, Uint8Array.of(9))).toEqual(OK)
    expect(guest.heard()).toEqual([{ type: 'room-message', body }])
    expect(host.heard()).toEqual([{ type: 'room-message', body: Uint8Array.of(9) }])
  })

  test('time that has passed is told', () => {
    const { clock, open, joinById } = house()
    open(recordingClient())
    clock.advance(1_234)
    const guest = recordingClient()
    joinById(guest)
    expect(guest.heard()[0]).toMatchObject({ expiresInMs: LIFE_MS - 1_234 })
  })

  test('before the guest comes, what the host sends goes nowhere', () => {
    const { rooms, open } = house()
    const host = recordingClient()
    open(host)
    expect(rooms.pass(host, body)).toEqual(OK)
    expect(host.heard()).toHaveLength(1)
  })
})

describe('a third', () => {
  test('hears that the room is busy, and nobody else hears anything', () => {
    const { joinById, joinByNumber, host, guest } = fullRoom()
    const third = recordingClient('198.51.100.9')
    expect(joinById(third)).toEqual(refused('room-busy'))
    expect(joinByNumber(third, '27')).toEqual(refused('room-busy'))
    expect([...host.heard(), ...guest.heard(), ...third.heard()]).toEqual([])
  })

  test('with the room id but not the owner key takes nothing', () => {
    const { rooms, open, host, guest } = fullRoom()
    expect(open(recordingClient(), 1, 2)).toEqual(refused('not-allowed'))
    expect(rooms.pass(host, body)).toEqual(OK)
    expect(guest.heard()).toEqual([{ type: 'room-message', body }])
  })

  test('cannot speak, evict or close from outside', () => {
    const { rooms, host, guest } = fullRoom()
    const third = recordingClient()
    expect(rooms.pass(third, body)).toEqual(refused('not-in-a-room'))
    expect(rooms.evictGuest(third)).toEqual(refused('not-in-a-room'))
    rooms.leave(third)
    rooms.lose(third)
    expect([...host.heard(), ...guest.heard()]).toEqual([])
    expect(rooms.size()).toBe(1)
  })
})

describe("the guest's place", () => {
  test.each([
    ['leaves', 'leave'],
    ['is lost', 'lose'],
  ] as const)('is free when the guest %s, and the host hears it', (_, way) => {
    const { rooms, joinById, host, guest } = fullRoom()
    rooms[way](guest)
    expect(host.heard()).toEqual([{ type: 'peer-left' }])
    expect(rooms.pass(guest, body)).toEqual(refused('not-in-a-room'))
    expect(joinById(recordingClient())).toEqual(OK)
  })

  test('is free when the host evicts: the guest hears why, and may come again', () => {
    const { rooms, joinById, host, guest } = fullRoom()
    expect(rooms.evictGuest(host)).toEqual(OK)
    expect(guest.heard()).toEqual([{ type: 'room-closed', cause: 'evicted' }])
    expect(host.heard()).toEqual([])
    expect(joinById(guest)).toEqual(OK)
  })

  test('evicting nobody is no mistake, a guest who evicts makes one', () => {
    const { rooms, host, guest } = fullRoom()
    expect(rooms.evictGuest(guest)).toEqual(refused('not-allowed'))
    rooms.leave(guest)
    expect(rooms.evictGuest(host)).toEqual(OK)
  })
})

describe('the host', () => {
  test('who leaves ends the room', () => {
    const { rooms, joinByNumber, host, guest } = fullRoom()
    rooms.leave(host)
    expect(guest.heard()).toEqual([{ type: 'room-closed', cause: 'closed-by-host' }])
    expect(rooms.size()).toBe(0)
    expect(joinByNumber(recordingClient(), '27')).toEqual(refused('no-such-room'))
    expect(rooms.pass(guest, body)).toEqual(refused('not-in-a-room'))
  })

  test('who is lost keeps the room, and is back with the same number', () => {
    const { clock, rooms, open, host, guest } = fullRoom()
    rooms.lose(host)
    expect(guest.heard()).toEqual([{ type: 'peer-left' }])
    clock.advance(1_000)
    const again = recordingClient()
    expect(open(again)).toEqual(OK)
    expect(again.heard()).toEqual([
      { type: 'room-opened', requestId: 7, number: '27', expiresInMs: LIFE_MS - 1_000 },
      { type: 'peer-joined' },
    ])
    expect(guest.heard()).toEqual([{ type: 'peer-joined' }])
    expect(rooms.pass(guest, body)).toEqual(OK)
    expect(again.heard()).toEqual([{ type: 'room-message', body }])
  })

  test('who is away can be waited for', () => {
    const { rooms, open, joinById } = house()
    const host = recordingClient()
    open(host)
    rooms.lose(host)
    const guest = recordingClient()
    expect(joinById(guest)).toEqual(OK)
    expect(guest.heard()).toMatchObject([{ type: 'room-joined' }])
    const again = recordingClient()
    open(again)
    expect(again.heard()).toMatchObject([{ type: 'room-opened' }, { type: 'peer-joined' }])
    expect(guest.heard()).toEqual([{ type: 'peer-joined' }])
  })

  test('who comes on a new connection replaces the old one, and the guest hears that a message may be lost', () => {
    const { rooms, open, host, guest } = fullRoom()
    const again = recordingClient()
    expect(open(again)).toEqual(OK)
    expect(host.heard()).toEqual([{ type: 'room-closed', cause: 'evicted' }])
    expect(guest.heard()).toEqual([{ type: 'peer-left' }, { type: 'peer-joined' }])
    expect(rooms.pass(host, body)).toEqual(refused('not-in-a-room'))
    rooms.lose(host)
    expect(rooms.pass(again, body)).toEqual(OK)
    expect(guest.heard()).toEqual([{ type: 'room-message', body }])
  })

  test('who asks twice on one connection is answered twice and disturbs nobody', () => {
    const { open, host, guest } = fullRoom()
    expect(open(host)).toEqual(OK)
    expect(host.heard()).toMatchObject([{ type: 'room-opened', number: '27' }])
    expect(guest.heard()).toEqual([])
  })

  test('who wants a number later gets one', () => {
    const { open } = house()
    const host = recordingClient()
    open(host, 1, 1, false)
    open(host)
    expect(host.heard()).toMatchObject([{ number: undefined }, { number: '27' }])
  })
})

test('one connection is in one room', () => {
  const { open, joinById, host, guest } = fullRoom()
  for (const client of [host, guest]) {
    expect(open(client, 2)).toEqual(refused('already-in-a-room'))
    expect(joinById(client)).toEqual(refused('already-in-a-room'))
  }
  expect(open(guest)).toEqual(refused('already-in-a-room'))
})

describe('the life of a room', () => {
  test('ends for both, and the number with it', () => {
    const { clock, rooms, joinByNumber, host, guest } = fullRoom()
    clock.advance(LIFE_MS - 1)
    rooms.expire()
    expect([...host.heard(), ...guest.heard()]).toEqual([])
    clock.advance(1)
    rooms.expire()
    for (const client of [host, guest]) expect(client.heard()).toEqual([{ type: 'room-closed', cause: 'expired' }])
    expect(joinByNumber(recordingClient(), '27')).toEqual(refused('no-such-room'))
    expect(rooms.size()).toBe(0)
  })

  test('is not made longer by coming back', () => {
    const { clock, rooms, open, host } = fullRoom()
    clock.advance(LIFE_MS - 10)
    rooms.lose(host)
    const again = recordingClient()
    open(again)
    expect(again.heard()[0]).toMatchObject({ expiresInMs: 10 })
    clock.advance(10)
    rooms.expire()
    expect(again.heard()).toContainEqual({ type: 'room-closed', cause: 'expired' })
  })

  test('is over for whoever comes after it, even if nobody has looked', () => {
    const { clock, joinById, open } = house()
    open(recordingClient())
    clock.advance(LIFE_MS)
    expect(joinById(recordingClient())).toEqual(refused('no-such-room'))
  })
})

describe('limits', () => {
  test('rooms in total', () => {
    const { open } = house({ rooms: 2 })
    expect([1, 2, 3].map((room) => open(recordingClient(`192.0.2.${room}`), room))).toEqual([OK, OK, refused('too-many-rooms')])
  })

  test('rooms of one network address; a place is free again when one ends', () => {
    const { rooms, open } = house({ roomsPerAddress: 2 })
    const host = recordingClient()
    expect([open(host, 1), open(recordingClient(), 2), open(recordingClient(), 3)]).toEqual([OK, OK, refused('too-many-rooms')])
    expect(open(recordingClient('192.0.2.2'), 3)).toEqual(OK)
    rooms.leave(host)
    expect(open(recordingClient(), 4)).toEqual(OK)
  })

  test('rooms opened by one network address, one after another', () => {
    const { clock, rooms, open } = house({ roomsOpenedPerAddress: { burst: 2, perSecond: 1 } })
    const openAndLeave = (room: number) => {
      const host = recordingClient()
      const outcome = open(host, room)
      rooms.leave(host)
      return outcome
    }
    expect([1, 2, 3].map(openAndLeave)).toEqual([OK, OK, refused('too-many-requests')])
    clock.advance(1_000)
    expect(openAndLeave(4)).toEqual(OK)
  })

  test('guests of one room, one after another: guesses', () => {
    const { rooms, open, joinById } = house({ joinsPerRoom: 3 })
    open(recordingClient())
    const outcomes = Array.from({ length: 4 }, (_, i) => {
      const guest = recordingClient(`192.0.2.${i}`)
      const outcome = joinById(guest)
      rooms.leave(guest)
      return outcome
    })
    expect(outcomes).toEqual([OK, OK, OK, refused('too-many-requests')])
  })

  test('tries of one network address: numbers cannot be gone through', () => {
    const { clock, open, joinByNumber } = house({ joinsPerAddress: { burst: 3, perSecond: 0.5 } })
    open(recordingClient('192.0.2.200'))
    const scanner = recordingClient()
    expect(['10', '11', '12', '27'].map((number) => joinByNumber(scanner, number))).toEqual([
      refused('no-such-room'),
      refused('no-such-room'),
      refused('no-such-room'),
      refused('too-many-requests'),
    ])
    expect(joinByNumber(recordingClient('192.0.2.201'), '27')).toEqual(OK)
    clock.advance(2_000)
    expect(joinByNumber(scanner, '28')).toEqual(refused('no-such-room'))
  })

  test('messages of one room', () => {
    const { rooms, host } = fullRoom({ framesPerRoom: 2 })
    expect([rooms.pass(host, body), rooms.pass(host, body), rooms.pass(host, body)]).toEqual([OK, OK, refused('too-many-requests')])
  })

  test('bytes of one room, both ways together', () => {
    const { rooms, host, guest } = fullRoom({ bytesPerRoom: 10 })
    expect([rooms.pass(host, new Uint8Array(6)), rooms.pass(guest, new Uint8Array(5)), rooms.pass(guest, new Uint8Array(4))]).toEqual([
      OK,
      refused('too-large'),
      OK,
    ])
  })

  test('a side that reads too slowly: the sender hears it', () => {
    const { rooms, host, guest } = fullRoom()
    guest.clog()
    expect(rooms.pass(host, body)).toEqual(refused('too-many-requests'))
    expect(guest.heard()).toEqual([])
  })
})
