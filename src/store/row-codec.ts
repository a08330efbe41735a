// Rows as bytes: CBOR (RFC 8949) with tag 259 for maps, so that plain values come back as they were: nested maps in their
// order, byte strings, undefined. Maps are by text or number. For our own disk only; what peers send is read by wire/codec.

import { decode, encode } from 'cborg'
import { mapDecoder, mapEncoder, negativeZeroEncoder, TAG_MAP } from 'cborg/taglib'

const encoding = {
  typeEncoders: { Map: mapEncoder, number: negativeZeroEncoder },
  // Maps and objects keep the order they have; the sort is stable.
  mapSorter: () => 0,
}
const decoding = { tags: { [TAG_MAP]: mapDecoder }, allowBigInt: false, rejectDuplicateMapKeys: true }

/** Throws on what is not plain: functions, symbols, circles, sets, class instances. */
export const encodeRow = (row: unknown): Uint8Array => encode(row, encoding)

/** @returns undefined for bytes that {@link encodeRow} did not make. A row itself is never undefined. */
export const decodeRow = (bytes: Uint8Array): unknown => {
  try {
    return decode(bytes, decoding)
  } catch {
    return undefined
  }
}

/**
 * The type of a row that was read back.
 *
 * The one cast of the store: types and brands have no bytes. It holds because rows are authentic (nobody else can seal them),
 * each table's rows were written from this type, and a change of a type comes with a migration (docs/storage.md).
 */
export const authentic = <Row>(row: unknown): Row => row as Row
