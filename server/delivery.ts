// How what is kept gets to the connection that listens: in order for each address, no more under way than a window, fair
// between addresses, and nothing in memory but positions. Subscribes first, then reads from the store, then sends. Decides
// nothing about who may listen or deposit; knows no socket.
//
//   held --begin--> idle --wake-up that does not continue, or something kept--> due --its turn--> reading
//   reading --nothing more--> idle    reading --more, or no room--> due    idle --wake-up that continues--> sent at once

import { decodeArrival, MOVED } from './arrivals.ts'
import type { Bus, Take } from './bus.ts'
import type { Client } from './client.ts'
import { bytesOf } from './hex.ts'
import type { Clock } from './limits.ts'
import { free, hasRoom, LONGEST_ENVELOPE, newPlace, newReader, noteSent, type Place, type Reader, roomLeft } from './places.ts'
import type { Address, MailboxStore, StoredEnvelope } from './store.ts'

/** A wake-up may get lost: after so long the store is asked. Half a minute at the most, with all that is in the way. */
const LOOK_AGAIN_MS = 20_000
/** Addresses in one question to the store. */
const ASKED_AT_ONCE = 1_000

export interface Delivery {
  /** From now on these addresses are this connection's, from their oldest envelope; live envelopes reach it at once. */
  readonly claim: (client: Client, addresses: readonly Address[]) => readonly Place[]
  /** Asks the store what is kept there. @returns how many envelopes */
  readonly count: (places: readonly Place[]) => Promise<number>
  /** Sends what was counted, and what comes. */
  readonly begin: (places: readonly Place[]) => void
  readonly release: (client: Client, addresses: readonly Address[]) => void
  /** Like {@link release} for whoever listens there at this moment, in whichever process. */
  readonly end: (addresses: readonly Address[]) => void
  /** Frees their part of the window. @returns false where another connection listens, or none */
  readonly acknowledge: (client: Client, address: Address, positions: readonly number[]) => boolean
  /** The connection is gone. */
  readonly lose: (client: Client) => void
  /** Looks again, for the connections whose turn it is. Called often. */
  readonly lookAgain: () => Promise<void>
  readonly isListenedAt: (address: Address) => boolean
  readonly addressesOf: (client: Client) => ReadonlyMap<Address, Place>
  readonly addresses: () => readonly Address[]
  readonly size: () => number
}

const NOWHERE: ReadonlyMap<Address, Place> = new Map()

export const createDelivery = (store: MailboxStore, bus: Bus, nowMs: Clock, dateMs: Clock): Delivery => {
  const places = new Map<Address, Place>()
  /** The one that looked longest ago first. */
  const readers = new Map<Client, Reader>()
  let isLooking = false

  const isCurrent = (place: Place) => places.get(place.address) === place

  const drop = (place: Place) => {
    const { reader, address } = place
    if (!isCurrent(place)) return
    places.delete(address)
    bus.unsubscribe(address, take)
    reader.places.delete(address)
    reader.due.delete(place)
    free(place, [...(place.unacknowledged?.keys() ?? [])])
    if (reader.places.size === 0 && readers.get(reader.client) === reader) readers.delete(reader.client)
  }

  const sayDrained = (place: Place) => {
    place.keptUnsent = 0
    place.reader.client.send({ type: 'drained', address: bytesOf(place.address) })
  }

  /** @returns whether it is on its way; if not, the connection reads too slowly and the place is due */
  const send = (place: Place, { position, envelope }: StoredEnvelope): boolean => {
    const { reader } = place
    if (!reader.client.trySend({ type: 'envelope', address: bytesOf(place.address), position, envelope })) {
      reader.isStalled = true
      reader.due.add(place)
      return false
    }
    noteSent(place, position, envelope.length)
    if (place.keptUnsent === 1) sayDrained(place)
    else if (place.keptUnsent > 0) place.keptUnsent -= 1
    return true
  }

  const nextDue = (reader: Reader): Place | undefined => {
    if (reader.isStalled) return undefined
    for (const place of reader.due) if (!place.isHeld && hasRoom(place)) return place
    return undefined
  }

  const readInto = async (place: Place) => {
    const { reader } = place
    const shares = reader.due.size
    reader.due.delete(place)
    const { count, maxBytes } = roomLeft(reader, shares)
    const envelopes = await store.read(place.address, place.cursor, count, maxBytes, dateMs()).catch(() => undefined)
    // Another connection has the address by now, or this one showed the key again.
    if (!isCurrent(place)) return
    if (!envelopes) {
      // The store does not answer: health and metrics tell the operator. It is asked again when it is time to look.
      reader.isStalled = true
      return void reader.due.add(place)
    }
    let bytes = 0
    for (const kept of envelopes) {
      if (!hasRoom(place)) return void reader.due.add(place)
      if (!send(place, kept)) return
      bytes += kept.envelope.length
    }
    const isAll = envelopes.length < count && bytes + LONGEST_ENVELOPE <= maxBytes
    if (!isAll) reader.due.add(place)
    // Less was there than was counted: some expired meanwhile, or were acknowledged.
    else if (place.keptUnsent > 0 && !reader.due.has(place)) sayDrained(place)
  }

  /** One at a time for each connection, until the window is full or nothing is due. */
  const pump = async (reader: Reader) => {
    if (reader.reading) return
    for (let place = nextDue(reader); place; place = nextDue(reader)) {
      reader.reading = place
      try {
        await readInto(place)
      } finally {
        reader.reading = undefined
      }
    }
  }

  const take: Take = (address, message) => {
    const place = places.get(address)
    if (!place) return false
    const { reader } = place
    const arrival = decodeArrival(message)
    if (!arrival) {
      drop(place)
      void pump(reader)
      return true
    }
    if (arrival.position === 0) return reader.client.trySend({ type: 'envelope', address: bytesOf(address), ...arrival })
    if (arrival.position <= place.cursor) return true
    const continues = arrival.position === place.cursor + 1 && arrival.envelope.length > 0
    const isIdle = !place.isHeld && reader.reading !== place
    // Nobody overtakes a place that is due, not even another one.
    if (continues && isIdle && reader.due.size === 0 && hasRoom(place)) send(place, arrival)
    else reader.due.add(place)
    void pump(reader)
    return true
  }

  /** Finds out where something is kept, by halves: mostly it is nowhere, and one question tells. */
  const countEach = async (asked: readonly Place[], found: (place: Place, count: number) => void): Promise<number> => {
    const [first] = asked
    const count = await store.waiting(
      asked.map(({ address }) => address),
      dateMs(),
    )
    if (!first || count === 0) return 0
    if (asked.length === 1) {
      found(first, count)
      return count
    }
    const middle = Math.ceil(asked.length / 2)
    return (await countEach(asked.slice(0, middle), found)) + (await countEach(asked.slice(middle), found))
  }

  const look = async (reader: Reader) => {
    readers.delete(reader.client)
    readers.set(reader.client, reader)
    reader.lookedAtMs = nowMs()
    reader.isStalled = false
    const all = [...reader.places.values()]
    for (let i = 0; i < all.length; i += ASKED_AT_ONCE) {
      await countEach(all.slice(i, i + ASKED_AT_ONCE), (place) => void (isCurrent(place) && reader.due.add(place)))
    }
    void pump(reader)
  }

  return {
    claim: (client, addresses) => {
      for (const address of addresses) take(address, MOVED)
      for (const address of addresses) bus.publish(address, () => MOVED)
      const reader = readers.get(client) ?? newReader(client, nowMs())
      readers.set(client, reader)
      return addresses.map((address) => {
        const place = newPlace(address, reader)
        places.set(address, place)
        reader.places.set(address, place)
        bus.subscribe(address, take)
        return place
      })
    },

    count: (claimed) =>
      countEach(claimed, (place, count) => {
        place.keptUnsent = count
        if (isCurrent(place)) place.reader.due.add(place)
      }),

    begin: (claimed) => {
      for (const place of claimed) place.isHeld = false
      const [first] = claimed
      if (first) void pump(first.reader)
    },

    release: (client, addresses) => {
      const reader = readers.get(client)
      for (const address of addresses) {
        const place = reader?.places.get(address)
        if (place) drop(place)
      }
      if (reader) void pump(reader)
    },

    end: (addresses) => {
      for (const address of addresses) take(address, MOVED)
      for (const address of addresses) bus.publish(address, () => MOVED)
    },

    acknowledge: (client, address, positions) => {
      const place = places.get(address)
      if (place?.reader.client !== client) return false
      const { reader } = place
      free(place, positions)
      reader.isStalled = false
      void pump(reader)
      return true
    },

    lose: (client) => {
      for (const place of readers.get(client)?.places.values() ?? []) drop(place)
    },

    lookAgain: async () => {
      if (isLooking) return
      isLooking = true
      try {
        for (const reader of readers.values()) {
          if (reader.lookedAtMs + LOOK_AGAIN_MS > nowMs()) break
          await look(reader)
        }
      } catch {
        // Only questions to the store reject in there: it does not answer, and the next look asks again.
      } finally {
        isLooking = false
      }
    },

    isListenedAt: (address) => places.has(address),
    addressesOf: (client) => readers.get(client)?.places ?? NOWHERE,
    addresses: () => [...places.keys()],
    size: () => places.size,
  }
}
