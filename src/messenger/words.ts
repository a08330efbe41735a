// The words of a text, as a search compares them: without case, marks and widths. What is indexed and what is sought go
// through the same function, so that both are cut alike. It knows no language: nothing is stemmed, nothing left out.
//
// Where a script puts no spaces between words (Chinese, Japanese, Thai and their neighbours), every two characters that stand
// together are a term, and the last one alone: a dictionary would cut differently from one browser to the next.

/** A stretch of a text that counts as one word. */
export interface Word {
  /** UTF-16 units from the start of the text. */
  readonly start: number
  readonly end: number
  /** Folded: letters and digits only, at most {@link MAX_TERM_LENGTH} UTF-16 units each. */
  readonly terms: readonly string[]
}

/** What is longer is no word that anybody types. */
export const MAX_TERM_LENGTH = 32

const candidates = /[\p{L}\p{N}\p{M}]+/gu
const letters = /[\p{L}\p{N}]+/gu
const marks = /\p{M}+/gu
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u
const spacing = /^\p{M}+$/u

/**
 * NFKD without marks, then both ways through case: ß becomes ss, and both kinds of small sigma one. Marks go first: to put a
 * heap of them in order takes a browser the square of its length.
 */
export const fold = (text: string): string =>
  text
    .replace(marks, '')
    .normalize('NFKD')
    .replace(marks, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(marks, '')
    .replaceAll('ς', 'σ')

/** In the order of the text. */
export const wordsIn = (text: string): readonly Word[] =>
  [...text.matchAll(candidates)].flatMap(({ index, 0: found }) =>
    unspaced.test(found) ? stretches(found, index) : spaced(found, index, index + found.length),
  )

const spaced = (found: string, start: number, end: number): readonly Word[] => {
  const terms = (fold(found).match(letters) ?? []).map((term) => term.slice(0, MAX_TERM_LENGTH).toWellFormed())
  return terms.length === 0 ? [] : [{ start, end, terms }]
}

/** A run of letters in which some are of a script without spaces. */
const stretches = (found: string, at: number): readonly Word[] => {
  const words: Word[] = []
  let open: { readonly isUnspaced: boolean; readonly start: number; text: string } | undefined
  const close = (): void => {
    if (open === undefined) return
    const { isUnspaced, start, text } = open
    words.push(...(isUnspaced ? pairs(text, start) : spaced(text, start, start + text.length)))
  }
  let start = at
  for (const letter of found) {
    const isUnspaced = unspaced.test(letter)
    if (open !== undefined && (open.isUnspaced === isUnspaced || spacing.test(letter))) open.text += letter
    else {
      close()
      open = { isUnspaced, start, text: letter }
    }
    start += letter.length
  }
  close()
  return words
}

const pairs = (text: string, at: number): readonly Word[] => {
  const letterAt: { readonly folded: string; readonly start: number; readonly end: number }[] = []
  let start = at
  for (const letter of text) {
    const end = start + letter.length
    const folded = (fold(letter).match(letters) ?? []).join('')
    if (folded !== '') letterAt.push({ folded, start, end })
    start = end
  }
  return letterAt.map(({ folded, ...first }, i) => {
    const next = letterAt[i + 1]
    return { start: first.start, end: next?.end ?? first.end, terms: [`${folded}${next?.folded ?? ''}`] }
  })
}

/** Each once. */
export const termsOf = (text: string): ReadonlySet<string> => new Set(wordsIn(text).flatMap(({ terms }) => terms))

/** A piece of a text; `isFound`: it is a word that was sought. */
export interface Piece {
  readonly text: string
  readonly isFound: boolean
}

/** So much stands before the first word that is found, and so much after it, in UTF-16 units. */
const BEFORE = 40
const AFTER = 160

/**
 * What to show of a text in which words were found: about {@link BEFORE} and {@link AFTER} units around the first of them,
 * cut between words where there are any; an ellipsis stands where something was left out.
 *
 * @param sought folded
 */
export const snippetOf = (text: string, sought: readonly string[]): readonly Piece[] => {
  const found = wordsIn(text).filter(({ terms }) => terms.some((term) => sought.some((word) => term.startsWith(word))))
  const first = found[0]?.start ?? 0
  const from = first <= BEFORE ? 0 : boundary(text, first - BEFORE, first)
  const to = text.length <= first + AFTER ? text.length : boundary(text, first + AFTER - BEFORE, first + AFTER)
  const pieces: Piece[] = []
  const add = (piece: string, isFound: boolean): void => {
    const last = pieces.at(-1)
    if (piece === '') return
    if (last?.isFound === isFound) pieces[pieces.length - 1] = { text: last.text + piece, isFound }
    else pieces.push({ text: piece, isFound })
  }
  let at = from
  if (from > 0) add('…', false)
  for (const { end, start } of found) {
    if (start >= to) break
    add(text.slice(at, Math.max(at, start)), false)
    add(text.slice(Math.max(at, start), Math.min(end, to)), true)
    at = Math.max(at, Math.min(end, to))
  }
  add(text.slice(at, to), false)
  if (to < text.length) add('…', false)
  return pieces.map((piece) => ({ ...piece, text: piece.text.toWellFormed() }))
}

/** Behind the first space between two places, else the second of them. */
const boundary = (text: string, from: number, to: number): number => {
  const space = text.slice(from, to).search(/\s/u)
  return space < 0 ? to : from + space + 1
}
