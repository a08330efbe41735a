import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../crypto/bytes.ts'
import {
  behind,
  bytes,
  type Codec,
  constant,
  decode,
  encode,
  fixed,
  flag,
  list,
  oneOf,
  optional,
  rest,
  struct,
  text,
  u8,
  u16,
  u32,
  u48,
  union,
  validated,
  zeros,
} from './codec.ts'

const hexOf = <T>(codec: Codec<T>, value: T) => toHex(encode(codec, value))
const read = <T>(codec: Codec<T>, hex: string) => decode(codec, fromHex(hex))
const malformed = { ok: false, reason: 'malformed' }

describe('numbers', () => {
  test.each([
    ['u8', u8, 0xff, 'ff'],
    ['u16', u16, 0x0102, '0102'],
    ['u32', u32, 0xfffefdfc, 'fffefdfc'],
    ['u48', u48, 2 ** 48 - 1, 'ffffffffffff'],
    ['u48', u48, 1_700_000_000_000, '018bcfe56800'],
  ] as const)('%s is big-endian', (_, codec, value, hex) => {
    expect(hexOf(codec, value)).toBe(hex)
    expect(read(codec, hex)).toEqual({ ok: true, value })
    expect(read(codec, hex.slice(2))).toEqual(malformed)
    expect(read(codec, `${hex}00`)).toEqual(malformed)
  })

  test.each([
    ['u8', u8, 256],
    ['u16', u16, 65_536],
    ['u32', u32, 2 ** 32],
    ['u48', u48, 2 ** 48],
    ['u8', u8, -1],
    ['u16', u16, 1.5],
  ] as const)('%s cannot hold %d', (_, codec, value) => {
    expect(() => encode(codec, value)).toThrow()
  })

  test('a flag is 00 or 01', () => {
    expect([hexOf(flag, false), hexOf(flag, true)]).toEqual(['00', '01'])
    for (let byte = 2; byte < 256; byte++) expect(decode(flag, Uint8Array.of(byte))).toEqual(malformed)
  })
})

describe('byte strings', () => {
  test('fixed: exactly so many', () => {
    expect(hexOf(fixed(2), Uint8Array.of(1, 2))).toBe('0102')
    for (const hex of ['', '01', '010203']) expect(read(fixed(2), hex)).toEqual(malformed)
    expect(() => encode(fixed(2), Uint8Array.of(1))).toThrow()
  })

  test('bytes: behind a length of two bytes, between the bounds', () => {
    expect(hexOf(bytes(3, 1), Uint8Array.of(9, 8))).toBe('00020908')
    expect(read(bytes(3, 1), '00020908')).toEqual({ ok: true, value: Uint8Array.of(9, 8) })
    for (const hex of ['0000', '000401020304', '000209', '0002090807', '']) expect(read(bytes(3, 1), hex)).toEqual(malformed)
    expect(() => encode(bytes(3, 1), new Uint8Array(0))).toThrow()
    expect(() => encode(bytes(3, 1), new Uint8Array(4))).toThrow()
  })

  test('bytes: behind a length of four where more than 65,535 are allowed', () => {
    expect(hexOf(bytes(65_536), Uint8Array.of(9))).toBe('0000000109')
  })

  test('a length that promises more than there is allocates nothing', () => {
    expect(read(bytes(2 ** 31), '7fffffff')).toEqual(malformed)
    expect(read(list(fixed(32), 65_535), 'ffff')).toEqual(malformed)
  })

  test('rest: what is left', () => {
    expect(read(struct<{ a: number; b: Uint8Array }>({ a: u8, b: rest }), '010203')).toEqual({
      ok: true,
      value: { a: 1, b: Uint8Array.of(2, 3) },
    })
  })

  test('zeros: nothing but', () => {
    expect(hexOf(zeros(3), undefined)).toBe('000000')
    expect(read(zeros(3), '000001')).toEqual(malformed)
  })

  test('a value is a copy: bytes that change later do not change it', () => {
    const wire = fromHex('0102')
    const decoded = decode(fixed(2), wire)
    wire.fill(9)
    expect(decoded).toEqual({ ok: true, value: Uint8Array.of(1, 2) })
  })
})

describe('texts', () => {
  test('UTF-8 behind its length', () => {
    expect(hexOf(text(8), 'né')).toBe('00036ec3a9')
    expect(read(text(8), '00036ec3a9')).toEqual({ ok: true, value: 'né' })
    expect(hexOf(text(8), '')).toBe('0000')
  })

  test('limits count bytes, not letters', () => {
    expect(() => encode(text(8), 'ééééé')).toThrow()
    expect(hexOf(text(10), 'ééééé')).toBe(`000a${'c3a9'.repeat(5)}`)
  })

  test.each([
    ['an overlong form', 'c080'],
    ['a surrogate', 'eda080'],
    ['a stray continuation', '80'],
    ['a cut sequence', 'c3'],
    ['beyond U+10FFFF', 'f4908080'],
  ])('%s is refused', (_, hex) => {
    expect(read(text(8), `000${hex.length / 2}${hex}`)).toEqual(malformed)
  })

  test('a byte order mark is a letter like any other', () => {
    expect(read(text(8), '0004efbbbf61')).toEqual({ ok: true, value: '\uFEFFa' })
    expect(hexOf(text(8), '\uFEFFa')).toBe('0004efbbbf61')
  })

  test('a lone surrogate is not encoded', () => {
    expect(() => encode(text(8), '\uD800')).toThrow()
  })

  test('any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        expect(decode(text(400), encode(text(400), value))).toEqual({ ok: true, value })
      }),
    )
  })
})

describe('shapes', () => {
  const pair = struct<{ a: number; b: boolean }>({ a: u8, b: flag })
  const shapes = union<{ number: { value: number }; nothing: object }>({ number: [1, struct({ value: u8 })], nothing: [9, struct({})] })
  const names = oneOf(['red', 'green'])

  test('a struct is its fields in order', () => {
    expect(hexOf(pair, { a: 5, b: true })).toBe('0501')
    expect(read(pair, '0501')).toEqual({ ok: true, value: { a: 5, b: true } })
  })

  test('a list is a count and its items', () => {
    expect(hexOf(list(u16, 3), [1, 2])).toBe('0200010002')
    expect(hexOf(list(u8, 256), [7])).toBe('000107')
    for (const hex of ['04000100020003', '0200010002ff', '020001', '00']) expect(read(list(u16, 3, 1), hex)).toEqual(malformed)
    expect(() => encode(list(u8, 1), [1, 2])).toThrow()
    expect(() => encode(list(u8, 3, 1), [])).toThrow()
  })

  test('an optional value is 00, or 01 and the value', () => {
    expect([hexOf(optional(u8), undefined), hexOf(optional(u8), 7)]).toEqual(['00', '0107'])
    expect(read(optional(u8), '00')).toEqual({ ok: true, value: undefined })
    for (const hex of ['0007', '0207', '01']) expect(read(optional(u8), hex)).toEqual(malformed)
  })

  test('a union is a tag and its shape', () => {
    expect(hexOf(shapes, { type: 'number', value: 7 })).toBe('0107')
    expect(hexOf(shapes, { type: 'nothing' })).toBe('09')
    expect(read(shapes, '0107')).toEqual({ ok: true, value: { type: 'number', value: 7 } })
    for (const hex of ['', '00', '02', '01', '0900']) expect(read(shapes, hex)).toEqual(malformed)
  })

  test('a name is its place in the list, from 1', () => {
    expect([hexOf(names, 'red'), hexOf(names, 'green')]).toEqual(['01', '02'])
    for (const hex of ['00', '03', 'ff']) expect(read(names, hex)).toEqual(malformed)
  })

  test('a constant has one value', () => {
    expect(hexOf(behind(constant(3), u8), 7)).toBe('0307')
    expect(read(behind(constant(3), u8), '0307')).toEqual({ ok: true, value: 7 })
    expect(read(behind(constant(3), u8), '0407')).toEqual(malformed)
  })

  test('a validated value passes its test both ways', () => {
    const even = validated(u8, (value) => value % 2 === 0)
    expect(read(even, '04')).toEqual({ ok: true, value: 4 })
    expect(read(even, '05')).toEqual(malformed)
    expect(() => encode(even, 5)).toThrow()
  })
})

describe('any bytes', () => {
  const everything = struct<{
    a: number
    b: Uint8Array
    c: string
    d: (number | undefined)[]
    e: { readonly type: 'one'; x: boolean } | { readonly type: 'two'; y: 'p' | 'q' }
  }>({
    a: u48,
    b: bytes(9),
    c: text(9),
    d: list(optional(u16), 4),
    e: union<{ one: { x: boolean }; two: { y: 'p' | 'q' } }>({ one: [1, struct({ x: flag })], two: [2, struct({ y: oneOf(['p', 'q']) })] }),
  })
  const known = encode(everything, { a: 1, b: Uint8Array.of(1, 2), c: 'né', d: [undefined, 7], e: { type: 'two', y: 'q' } })

  const isCanonical = (wire: Uint8Array) => {
    const decoded = decode(everything, wire)
    if (decoded.ok) expect(toHex(encode(everything, decoded.value))).toBe(toHex(wire))
    else expect(decoded).toEqual(malformed)
  }

  test('are refused or canonical', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), isCanonical), { numRuns: 2_000 })
  })

  test('changed in any one byte are refused or canonical', () => {
    for (let at = 0; at < known.length; at++) for (let byte = 0; byte < 256; byte++) isCanonical(known.with(at, byte))
  })

  test('beyond the length that the caller allows are refused', () => {
    expect(decode(rest, new Uint8Array(10), 10).ok).toBe(true)
    expect(decode(rest, new Uint8Array(11), 10)).toEqual(malformed)
  })
})
