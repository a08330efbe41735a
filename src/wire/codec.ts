// How bytes are read and written: fixed order, fixed widths, big-endian, nothing optional that is not said. One strict
// decoder for each frame: short, long, unknown or non-canonical input is refused as a whole. Knows no frame by itself.

import * as P from 'micro-packed'

/** A schema: both the encoder and the decoder of one type. */
export type Codec<T> = P.CoderType<T>

/** What a decoder answers: the value, or that the bytes are not one. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: 'malformed' }

/** Throws on a value that the schema cannot hold: that is a bug of ours, never the peer's. */
export const encode = <T>(codec: Codec<T>, value: T): Uint8Array => codec.encode(value)

/** Refuses anything that is not exactly one encoded value, without reading past `maxLength` bytes. */
export const decode = <T>(codec: Codec<T>, bytes: Uint8Array, maxLength = MAX_FRAME_LENGTH): Decoded<T> => {
  if (bytes.length > maxLength) return MALFORMED
  try {
    return { ok: true, value: codec.decode(bytes.slice()) }
  } catch {
    return MALFORMED
  }
}

/** The largest frame there is, in bytes. */
export const MAX_FRAME_LENGTH = 65_536
const MALFORMED = { ok: false, reason: 'malformed' } as const

export const u8: Codec<number> = P.U8
export const u16: Codec<number> = P.U16BE
export const u32: Codec<number> = P.U32BE
/** Milliseconds since 1970 in six bytes; also any other integer below 2^48. */
export const u48: Codec<number> = P.int(6)
/** 00 or 01; every other byte is refused. */
export const flag: Codec<boolean> = P.bool

/** Exactly `length` bytes. */
export const fixed = (length: number): Codec<Uint8Array> => P.bytes(length)

/** Up to `maxLength` bytes behind a length of two bytes (four where more than 65,535 are allowed). */
export const bytes = (maxLength: number, minLength = 0): Codec<Uint8Array> =>
  P.validate(P.bytes(maxLength > 0xffff ? P.U32BE : P.U16BE), (value) => within(value, value.length, minLength, maxLength))

/** UTF-8 of at most `maxLength` bytes behind a length of two bytes; lone surrogates and bad UTF-8 are refused. */
export const text = (maxLength: number): Codec<string> =>
  P.apply(bytes(maxLength), { encode: (raw: Uint8Array) => utf8.decode(raw), decode: (value: string) => utf8.encode(value) })

/** Up to `maxCount` items behind a count of one byte (two where more than 255 are allowed). */
export const list = <T>(item: Codec<T>, maxCount: number, minCount = 0): Codec<T[]> =>
  P.validate(P.array(maxCount > 0xff ? P.U16BE : P.U8, item), (value) => within(value, value.length, minCount, maxCount))

/** 00, or 01 and the value. */
export const optional = <T>(item: Codec<T>): Codec<T | undefined> => P.optional(P.bool, item)

/** Fields one after another, in the order in which they are written here. */
export const struct = <T extends object>(fields: { readonly [K in keyof T]: Codec<T[K]> }): Codec<T> =>
  // micro-packed types a field that may be undefined as one that may be absent; every field of ours is present.
  P.struct(fields as Record<string, Codec<unknown>>) as unknown as Codec<T>

/** A byte that must have this value: versions. */
export const constant = (value: number): Codec<undefined> => P.magic(P.U8, value)

/** One of a closed list of names; each is the byte of its place in the list, counted from 1. */
export const oneOf = <Name extends string>(names: readonly Name[]): Codec<Name> =>
  P.apply(P.map(P.U8, Object.fromEntries(names.map((name, i) => [name, i + 1]))), {
    encode: (name) => names.find((known) => known === name) ?? unknown(),
    decode: (name: Name): string => name,
  })

/** Everything that is left: only as the last field of a frame. */
export const rest: Codec<Uint8Array> = P.bytes(null)

/** `length` bytes that must all be zero. */
export const zeros = (length: number): Codec<undefined> => P.magic(P.bytes(length), new Uint8Array(length))

/** The shapes of {@link union}, each with its name as `type`. */
export type Union<T> = { [K in keyof T & string]: { readonly type: K } & T[K] }[keyof T & string]

/** One of several shapes, told apart by a byte in front; the value bears the shape's name as `type`. */
export const union = <T extends { [K in keyof T]: object }>(
  shapes: {
    readonly [K in keyof T]: readonly [tag: number, shape: Codec<T[K]>]
  },
): Codec<Union<T>> => {
  const tagged = P.mappedTag(P.U8, shapes as Record<string, [number, Codec<unknown>]>)
  return P.apply(tagged, {
    // The tag chose the shape, so the fields are of the type that the tag names; the compiler cannot follow that.
    encode: ({ TAG, data }): Union<T> => ({ type: TAG, ...(data as object) }) as Union<T>,
    decode: ({ type, ...data }: Union<T>) => ({ TAG: type, data }) as never,
  })
}

/** A value behind bytes that are always the same: a version, reserved zeros. */
export const behind = <T>(prefix: Codec<undefined>, codec: Codec<T>): Codec<T> =>
  P.apply(P.tuple([prefix, codec]), {
    // A tuple of a constant and a value: only the second carries anything.
    encode: (parts): T => parts[1] as T,
    decode: (value: T) => [undefined, value] as never,
  })

/** A value that must also pass a test; one that does not is refused like any malformed input. */
export const validated = <T>(codec: Codec<T>, isValid: (value: T) => boolean): Codec<T> =>
  P.validate(codec, (value) => (isValid(value) ? value : refuse()))

const refuse = (): never => {
  throw new Error('codec: value refused')
}

const unknown = (): never => {
  throw new Error('codec: unknown name')
}

const within = <T>(value: T, size: number, min: number, max: number): T => {
  if (size < min || size > max) throw new Error('codec: size out of range')
  return value
}

// Strict in both directions: a text has one encoding, and only well-formed bytes are a text.
const utf8 = P.string(null)

/** Bytes of a text in UTF-8; lone surrogates count as the replacement that a screen would show. */
export const utf8Length = (value: string): number => utf8.encode(value.toWellFormed()).length
