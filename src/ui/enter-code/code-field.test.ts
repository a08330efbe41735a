import { describe, expect, test } from 'vitest'
import { digitsOf, parseSixDigits, parseWholeCode, roomIdBytes } from './code-field.ts'

describe('digits', () => {
  test.each([
    ['27 482 913', '27482913'],
    ['27-482-913', '27482913'],
    ['27–482—913', '27482913'],
    ['  27.482,913\n', '27482913'],
    ['00 000 001', '00000001'],
    ['٢٧ ٤٨٢ ٩١٣', '27482913'],
    ['۲۷۴۸۲۹۱۳', '27482913'],
    ['२७४८२९१३', '27482913'],
    ['２７４８２９１３', '27482913'],
    ['𝟐𝟕 𝟒𝟖𝟐 𝟗𝟏𝟑', '27482913'],
    ['𝟮𝟳 𝟺𝟾𝟸 𝟡𝟙𝟛', '27482913'],
    ['\u200e27\u00a0482\u202f913\u2069', '27482913'],
    ['', ''],
  ])('%j is %s', (typed, digits) => expect(digitsOf(typed)).toBe(digits))

  test.each(['27 482 91x', 'twenty', '½', '²', 'Ⅳ', '27+482'])('%j has something else in it', (typed) =>
    expect(digitsOf(typed)).toBeUndefined(),
  )
})

describe('the whole code', () => {
  test.each([
    ['27 482 913', '27', '482913'],
    ['407 482 913', '407', '482913'],
    ['4071 482 913', '4071', '482913'],
    ['00000000', '00', '000000'],
  ])('%s: two to four digits of the number, then the six', (typed, number, code) => {
    expect(parseWholeCode(typed)).toEqual({ ok: true, number, code })
  })

  test.each([
    ['', 'empty'],
    [' - ', 'empty'],
    ['482913', 'too-short'],
    ['7482913', 'too-short'],
    ['12345678901', 'too-long'],
    ['27 482 91o', 'not-digits'],
  ])('%j is refused: %s', (typed, reason) => expect(parseWholeCode(typed)).toEqual({ ok: false, reason }))
})

describe('the six digits after a link', () => {
  test('exactly six', () => {
    expect(parseSixDigits('482 913')).toEqual({ ok: true, code: '482913' })
    expect(parseSixDigits('000001')).toEqual({ ok: true, code: '000001' })
    expect(parseSixDigits('27 482 913')).toEqual({ ok: false, reason: 'six-digits' })
    expect(parseSixDigits('48291')).toEqual({ ok: false, reason: 'six-digits' })
    expect(parseSixDigits('')).toEqual({ ok: false, reason: 'empty' })
    expect(parseSixDigits('abcdef')).toEqual({ ok: false, reason: 'not-digits' })
  })
})

test('a room id from a link becomes its 16 bytes', () => {
  expect(roomIdBytes('000102030405060708090a0b0c0d0eff')).toEqual(Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]))
})
