// Rooms: the public meeting places of pairings, docs/protocols/relay.md "Rooms". Two places, one life, nothing kept
// beyond it. What people send each other in them means nothing here. Knows no socket.
//
//   (none) --open--> waiting --join--> full --guest leaves, is evicted or lost--> waiting
//   waiting, full --host lost--> the same without a host --open, same owner key--> back
//   any --host leaves, or the life ends--> (none)

import { equal, toHex } from '../src/crypto/bytes.ts'
import type { RelayReply, RelayRequest, RoomName } from '../src/wire/relay-frames.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import { type Clock, createBuckets, type Rate } from './limits.ts'
import { createRoomNumbers, type RandomInteger } from './room-numbers.ts'

export interface RoomLimits {
  /** Rooms at one time. */
  readonly rooms: number
  readonly roomsPerAddress: number
  readonly roomsOpenedPerAddress: Rate
  /** Guests that one room lets in, one after another. */
  readonly joinsPerRoom: number
  readonly joinsPerAddress: Rate
  /** What may pass through one room in its life. */
  readonly framesPerRoom: number
  readonly bytesPerRoom: number
}

interface Room {
  readonly roomId: Uint8Array
  readonly ownerKey: Uint8Array
  readonly openedFrom: string
  readonly expiresAtMs: number
  number: string | undefined
  host: Client | undefined
  guest: Client | undefined
  joins: number
  frames: number
  bytes: number
}

type Request<Type extends RelayRequest['type']> = Extract<RelayRequest, { readonly type: Type }>
type ClosingCause = Extract<RelayReply, { readonly type: 'room-closed' }>['cause']

export interface Rooms {
  /** Makes a room, or takes one's own back. Answers `room-opened`. */
  readonly open: (client: Client, request: Request<'open-room'>) => Outcome
  /** Takes the guest's place. Answers `room-joined`. */
  readonly join: (client: Client, request: Request<'join-room'>) => Outcome
  /** To the other side; into the void where it is away, which the sender has been told or is about to be. */
  readonly pass: (client: Client, body: Uint8Array) => Outcome
  readonly evictGuest: (client: Client) => Outcome
  /** Ends a host's room, frees a guest's place, does nothing to others. */
  readonly leave: (client: Client) => void
  /** The connection is gone: a guest's place is free, a host may come back. */
  readonly lose: (client: Client) => void
  /** Ends the rooms whose time is over. Called often; no room is met after its time in any case. */
  readonly expire: () => void
  readonly size: () => number
}

export const createRooms = (limits: RoomLimits, roomLifeMs: number, nowMs: Clock, randomInteger: RandomInteger): Rooms => {
  /** By id; in the order in which they expire, as all live equally long. */
  const rooms = new Map<string, Room>()
  const roomByNumber = new Map<string, Room>()
  const roomOf = new Map<Client, Room>()
  const openByAddress = new Map<string, number>()
  const numbers = createRoomNumbers(roomLifeMs, nowMs, randomInteger)
  const openings = createBuckets(limits.roomsOpenedPerAddress, nowMs)
  const joinings = createBuckets(limits.joinsPerAddress, nowMs)

  const count = (networkAddress: string, change: number) => {
    const open = (openByAddress.get(networkAddress) ?? 0) + change
    if (open === 0) openByAddress.delete(networkAddress)
    else openByAddress.set(networkAddress, open)
  }

  const close = (room: Room, cause: ClosingCause, ...told: readonly (Client | undefined)[]) => {
    rooms.delete(toHex(room.roomId))
    count(room.openedFrom, -1)
    if (room.number !== undefined) {
      roomByNumber.delete(room.number)
      numbers.release(room.number)
    }
    for (const client of [room.host, room.guest]) if (client) roomOf.delete(client)
    for (const client of told) client?.send({ type: 'room-closed', cause })
  }

  const expire = () => {
    for (const room of rooms.values()) {
      if (room.expiresAtMs > nowMs()) break
      close(room, 'expired', room.host, room.guest)
    }
    openings.sweep()
    joinings.sweep()
  }

  const giveNumber = (room: Room): boolean => {
    room.number ??= numbers.draw()
    if (room.number === undefined) return false
    roomByNumber.set(room.number, room)
    return true
  }

  const tellBothThere = ({ host, guest }: Room) => {
    if (host && guest) for (const client of [host, guest]) client.send({ type: 'peer-joined' })
  }

  const seatHost = (room: Room, client: Client, requestId: number) => {
    const before = room.host
    if (before && before !== client) {
      roomOf.delete(before)
      before.send({ type: 'room-closed', cause: 'evicted' })
      room.guest?.send({ type: 'peer-left' })
    }
    room.host = client
    roomOf.set(client, room)
    client.send({ type: 'room-opened', requestId, number: room.number, expiresInMs: room.expiresAtMs - nowMs() })
    if (before !== client) tellBothThere(room)
  }

  const find = (name: RoomName): Room | undefined =>
    name.type === 'number' ? roomByNumber.get(name.number) : rooms.get(toHex(name.roomId))

  return {
    open: (client, { requestId, roomId, ownerKey, wantsNumber }) => {
      expire()
      const own = roomOf.get(client)
      const known = rooms.get(toHex(roomId))
      if (own && (own !== known || own.guest === client)) return refuse('already-in-a-room')
      if (known) {
        if (!equal(known.ownerKey, ownerKey)) return refuse('not-allowed')
        if (wantsNumber && !giveNumber(known)) return refuse('too-many-rooms')
        seatHost(known, client, requestId)
        return DONE
      }
      if (rooms.size >= limits.rooms) return refuse('too-many-rooms')
      if ((openByAddress.get(client.networkAddress) ?? 0) >= limits.roomsPerAddress) return refuse('too-many-rooms')
      if (!openings.take(client.networkAddress)) return refuse('too-many-requests')
      const room: Room = {
        roomId,
        ownerKey,
        openedFrom: client.networkAddress,
        expiresAtMs: nowMs() + roomLifeMs,
        number: undefined,
        host: undefined,
        guest: undefined,
        joins: 0,
        frames: 0,
        bytes: 0,
      }
      if (wantsNumber && !giveNumber(room)) return refuse('too-many-rooms')
      rooms.set(toHex(roomId), room)
      count(room.openedFrom, 1)
      seatHost(room, client, requestId)
      return DONE
    },

    join: (client, { requestId, room: name }) => {
      expire()
      if (roomOf.has(client)) return refuse('already-in-a-room')
      // Before anything is looked up: whoever tries numbers in turn learns little.
      if (!joinings.take(client.networkAddress)) return refuse('too-many-requests')
      const room = find(name)
      if (!room) return refuse('no-such-room')
      if (room.guest) return refuse('room-busy')
      if (room.joins >= limits.joinsPerRoom) return refuse('too-many-requests')
      room.joins += 1
      room.guest = client
      roomOf.set(client, room)
      client.send({ type: 'room-joined', requestId, roomId: room.roomId, expiresInMs: room.expiresAtMs - nowMs() })
      tellBothThere(room)
      return DONE
    },

    pass: (client, body) => {
      const room = roomOf.get(client)
      if (!room) return refuse('not-in-a-room')
      if (room.frames >= limits.framesPerRoom) return refuse('too-many-requests')
      if (room.bytes + body.length > limits.bytesPerRoom) return refuse('too-large')
      const other = room.host === client ? room.guest : room.host
      if (other && !other.trySend({ type: 'room-message', body })) return refuse('too-many-requests')
      room.frames += 1
      room.bytes += body.length
      return DONE
    },

    evictGuest: (client) => {
      const room = roomOf.get(client)
      if (!room) return refuse('not-in-a-room')
      if (room.host !== client) return refuse('not-allowed')
      const { guest } = room
      if (!guest) return DONE
      room.guest = undefined
      roomOf.delete(guest)
      guest.send({ type: 'room-closed', cause: 'evicted' })
      return DONE
    },

    leave: (client) => {
      const room = roomOf.get(client)
      if (!room) return
      if (room.host === client) return close(room, 'closed-by-host', room.guest)
      room.guest = undefined
      roomOf.delete(client)
      room.host?.send({ type: 'peer-left' })
    },

    lose: (client) => {
      const room = roomOf.get(client)
      if (!room) return
      roomOf.delete(client)
      const wasHost = room.host === client
      if (wasHost) room.host = undefined
      else room.guest = undefined
      const other = wasHost ? room.guest : room.host
      other?.send({ type: 'peer-left' })
    },

    expire,
    size: () => rooms.size,
  }
}
