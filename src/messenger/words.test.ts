import { describe, expect, it } from 'vitest'
import { fold, MAX_TERM_LENGTH, snippetOf, termsOf, wordsIn } from './words.ts'

const terms = (text: string): readonly string[] => [...termsOf(text)]
const marked = (text: string, ...sought: readonly string[]): string =>
  snippetOf(text, sought)
    .map(({ isFound, text: piece }) => (isFound ? `[${piece}]` : piece))
    .join('')

describe('folding', () => {
  it('drops case, marks and widths', () => {
    expect(fold('Éclair ÀÖÜ')).toBe('eclair aou')
    expect(fold('Straße STRASSE')).toBe('strasse strasse')
    expect(fold('ΟΔΟΣ οδός')).toBe('οδοσ οδοσ')
    expect(fold('İstanbul ı')).toBe('istanbul i')
    expect(fold('ﬁn Ｐａｒｌｅｙ')).toBe('fin parley')
  })

  it('is the same whether marks go before they are decomposed or after', () => {
    // Each character beside marks of other classes, which would be put in order around it.
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code === 0xd800) code = 0xe000
      if (code === 0x33480) code = 0xe0000
      if (code === 0xf0000) break
      const letter = String.fromCodePoint(code)
      if (letter.normalize('NFKD') === letter && !/\p{M}/u.test(letter)) continue
      const text = `a\u0301${letter}\u0301\u0323`
      const later = text.normalize('NFKD').replace(/\p{M}+/gu, '')
      const first = text
        .replace(/\p{M}+/gu, '')
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
      if (first !== later) expect.fail(`U+${code.toString(16)}`)
    }
  })

  it('takes composed and decomposed letters for the same', () => {
    expect(fold('caf\u00e9')).toBe(fold('cafe\u0301'))
    expect(fold('한국')).toBe(fold('한국'.normalize('NFD')))
  })
})

describe('words', () => {
  it('are letters and digits between anything else', () => {
    expect(terms('Half past six, don’t be late! (21:30) naïve@example.org')).toEqual([
      'half',
      'past',
      'six',
      'don',
      't',
      'be',
      'late',
      '21',
      '30',
      'naive',
      'example',
      'org',
    ])
    expect(terms('… 👍 — !')).toEqual([])
    expect(terms('')).toEqual([])
  })

  it('are found where they stand', () => {
    expect(wordsIn(' Zoë, ½')).toEqual([
      { start: 1, end: 4, terms: ['zoe'] },
      { start: 6, end: 7, terms: ['1', '2'] },
    ])
  })

  it('end after a bounded length, at a whole character', () => {
    expect(terms('x'.repeat(10_000))).toEqual(['x'.repeat(MAX_TERM_LENGTH)])
    for (const term of terms(`x${'𐐨'.repeat(40)}`)) expect(term.isWellFormed()).toBe(true)
  })

  it('are two characters each where a script has no spaces', () => {
    expect(terms('東京都')).toEqual(['東京', '京都', '都'])
    expect(terms('カード')).toEqual(['カー', 'ート', 'ト'])
    expect(terms('2024年に会う')).toEqual(['2024', '年に', 'に会', '会う', 'う'])
    expect(terms('สวัสดี').length).toBeGreaterThan(2)
  })

  it('of a query begin terms of a text that holds it, with spaces or without', () => {
    for (const [text, query] of [
      ['東京都に行く', '京都'],
      ['東京都に行く', '都'],
      ['Crème brûlée', 'BRULE'],
      ['一緒に食べよう', '食べよ'],
      ['ｶﾞｲﾄﾞ', 'ガイド'],
    ] as const) {
      const held = terms(text)
      for (const sought of terms(query))
        expect(
          held.some((term) => term.startsWith(sought)),
          `${query} in ${text}`,
        ).toBe(true)
    }
  })
})

describe('a snippet', () => {
  it('marks each word that is found, as it was written', () => {
    expect(marked('Crème brûlée or creme?', 'creme')).toBe('[Crème] brûlée or [creme]?')
    expect(marked('Meet me at the station', 'st', 'me')).toBe('[Meet] [me] at the [station]')
    expect(marked('東京都に行く', '京都')).toBe('東[京都]に行く')
    expect(marked('no such word', 'x')).toBe('no such word')
  })

  it('shows what is around the first word of a long text', () => {
    const text = `${'long ago '.repeat(100)}station ${'and so on '.repeat(100)}`
    const shown = snippetOf(text, ['station'])
    expect(shown.map(({ isFound }) => isFound)).toEqual([false, true, false])
    expect(shown[0]?.text).toMatch(/^…(long|ago) /)
    expect(shown.at(-1)?.text).toMatch(/…$/)
    expect(shown.map(({ text: piece }) => piece).join('').length).toBeLessThan(220)
  })

  it('never cuts a character in two', () => {
    const text = `${'😀'.repeat(100)}word${'😀'.repeat(200)}`
    for (const { text: piece } of snippetOf(text, ['word'])) expect(piece.isWellFormed()).toBe(true)
  })
})
