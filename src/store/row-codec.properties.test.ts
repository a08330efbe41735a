import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRow, encodeRow } from './row-codec.ts'

// `__proto__` as a name comes back as a property of its own, which no assertion library compares; no row has one.
const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__')

/** Whatever state may be made of: no functions, no classes, maps by text or number. Lone surrogates are no text. */
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(undefined, null, true, false, '', 0, -0),
    fc.double(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value')),
    fc.dictionary(name, tie('value'), { noNullPrototype: true }),
    fc.array(fc.tuple(fc.oneof(name, fc.maxSafeInteger()), tie('value'))).map((entries) => new Map(entries)),
  ),
})).value

describe('rows as bytes', () => {
  it('gives every plain value back as it was', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decodeRow(encodeRow([value]))).toStrictEqual([value])
      }),
    )
  })

  it('keeps the order of maps and of objects', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const row = { map: new Map(names.map((each, i) => [each, i])), object: Object.fromEntries(names.map((each, i) => [each, i])) }
        const back = decodeRow(encodeRow(row)) as typeof row
        expect([...back.map.keys()]).toEqual(names)
        expect(Object.keys(back.object)).toEqual(Object.keys(row.object))
      }),
    )
  })

  it('reads anything at all without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeRow(bytes)))
    fc.assert(
      fc.property(plain, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
        const bytes = encodeRow({ value })
        const i = place % bytes.length
        bytes[i] = (bytes[i] ?? 0) ^ change
        decodeRow(bytes)
        decodeRow(bytes.subarray(0, i))
      }),
    )
  })

  it('refuses what is not plain', () => {
    for (const value of [() => {}, Symbol('x'), new Set([1]), new Date(0)]) expect(() => encodeRow({ value })).toThrow()
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => encodeRow(circle)).toThrow()
  })
})
