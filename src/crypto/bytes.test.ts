import { describe, expect, it } from 'vitest'
import { ascii, concat, equal, fromHex, join, toHex, u32 } from './bytes.ts'
import { type Random, uniform } from './random.ts'

describe('bytes', () => {
  it('joins so that no two lists of parts give the same bytes', () => {
    const [a, ab, b, bc, c] = ['a', 'ab', 'b', 'bc', 'c'].map(ascii)
    if (!a || !ab || !b || !bc || !c) throw new Error('five parts')
    expect(toHex(join(a, bc))).toBe('0000000161000000026263')
    expect(join(a, bc)).not.toEqual(join(ab, c))
    expect(concat(a, bc)).toEqual(concat(ab, c))
    expect(join()).not.toEqual(join(new Uint8Array(0)))
  })

  it('writes four bytes big-endian', () => {
    expect(toHex(u32(0x01020304))).toBe('01020304')
    expect(toHex(u32(0xffffffff))).toBe('ffffffff')
  })

  it('compares', () => {
    expect(equal(ascii('same'), ascii('same'))).toBe(true)
    expect(equal(ascii('same'), ascii('sane'))).toBe(false)
    expect(equal(ascii('same'), ascii('samen'))).toBe(false)
    expect(equal(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })

  it('reads only its own hexadecimal', () => {
    expect(fromHex('00ff7a')).toEqual(Uint8Array.of(0, 255, 122))
    for (const wrong of ['0', 'FF', '0g', ' 00', '00 ']) expect(() => fromHex(wrong)).toThrow('hexadecimal')
  })

  it('knows only ASCII letters', () => {
    expect(() => ascii('ä')).toThrow('ASCII')
  })
})

describe('uniform', () => {
  const drawing = (...words: number[]): Random => {
    const left = words.map(u32)
    return () => left.shift() ?? u32(0)
  }

  it('draws again where a value would be likelier than the others', () => {
    // 2^32 = 6 x 715,827,882 + 4: the last four values are thrown away.
    expect(uniform(drawing(0xfffffffb), 6)).toBe(5)
    expect(uniform(drawing(0xfffffffc, 0xffffffff, 4), 6)).toBe(4)
  })

  it('takes every limit up to 2^32 and none beyond', () => {
    expect(uniform(drawing(0xffffffff), 2 ** 32)).toBe(0xffffffff)
    expect(uniform(drawing(0xffffffff), 1)).toBe(0)
    for (const limit of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) expect(() => uniform(drawing(0), limit)).toThrow('limit')
  })
})
