// Where connections listen, and how much may be under way to them: places, readers and the window. Plain values that
// delivery.ts changes; nothing here reads or sends.

import { ENVELOPE_LENGTHS } from '../src/wire/padding.ts'
import type { Client } from './client.ts'
import type { Address } from './store.ts'

/** What may be sent to one connection and not acknowledged. */
const WINDOW = { envelopes: 64, bytes: 1024 * 1024 } as const
/** The same of one address where a connection listens at several, so that one that is never acknowledged stops no other. */
const SHARE = { envelopes: 48, bytes: 768 * 1024 } as const
export const LONGEST_ENVELOPE = Math.max(...ENVELOPE_LENGTHS)

/** An address at which a connection listens. Half a million of them must fit: no functions, nothing that is not needed. */
export interface Place {
  readonly address: Address
  readonly reader: Reader
  /** Position of the last envelope that was sent. */
  cursor: number
  /** Of what was kept when the key was shown, so many are still to be sent. */
  keptUnsent: number
  /** Nothing kept is sent before the listener has its answer. */
  isHeld: boolean
  /** Length by position, of what was sent and is not acknowledged. */
  unacknowledged: Map<number, number> | undefined
  unacknowledgedBytes: number
}

/** A connection that listens. */
export interface Reader {
  readonly client: Client
  readonly places: Map<Address, Place>
  /** Where the store may have more than was sent; the one that waits longest first. */
  readonly due: Set<Place>
  /** The place for which the store is being read. */
  reading: Place | undefined
  envelopes: number
  bytes: number
  /** It reads too slowly: nothing until it acknowledges, or until it is time to look again. */
  isStalled: boolean
  lookedAtMs: number
}

export const newReader = (client: Client, nowMs: number): Reader => ({
  client,
  places: new Map(),
  due: new Set(),
  reading: undefined,
  envelopes: 0,
  bytes: 0,
  isStalled: false,
  lookedAtMs: nowMs,
})

export const newPlace = (address: Address, reader: Reader): Place => ({
  address,
  reader,
  cursor: 0,
  keptUnsent: 0,
  isHeld: true,
  unacknowledged: undefined,
  unacknowledgedBytes: 0,
})

/** Whether one more may be sent, however long it is. */
export const hasRoom = ({ reader, unacknowledged, unacknowledgedBytes }: Place): boolean => {
  if (reader.envelopes >= WINDOW.envelopes || reader.bytes + LONGEST_ENVELOPE > WINDOW.bytes) return false
  const isAlone = reader.places.size === 1
  return isAlone || ((unacknowledged?.size ?? 0) < SHARE.envelopes && unacknowledgedBytes + LONGEST_ENVELOPE <= SHARE.bytes)
}

/** What one of so many places may take of what is left. */
export const roomLeft = ({ envelopes, bytes }: Reader, shares: number) => ({
  count: Math.ceil((WINDOW.envelopes - envelopes) / shares),
  maxBytes: Math.max(LONGEST_ENVELOPE, Math.ceil((WINDOW.bytes - bytes) / shares)),
})

export const noteSent = (place: Place, position: number, length: number) => {
  place.cursor = position
  place.unacknowledged = (place.unacknowledged ?? new Map()).set(position, length)
  place.unacknowledgedBytes += length
  place.reader.envelopes += 1
  place.reader.bytes += length
}

/** Positions that are not under way are passed over. */
export const free = (place: Place, positions: readonly number[]) => {
  for (const position of positions) {
    const length = place.unacknowledged?.get(position)
    if (length === undefined) continue
    place.unacknowledged?.delete(position)
    place.unacknowledgedBytes -= length
    place.reader.envelopes -= 1
    place.reader.bytes -= length
  }
  if (place.unacknowledged?.size === 0) place.unacknowledged = undefined
}
