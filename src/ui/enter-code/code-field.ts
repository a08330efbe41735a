// Reads what a person typed or pasted as a code: digits of any script, with whatever people put between them.

/** A code that was read: where the other side waits (unless a link says that), and the six secret digits. */
export type TypedCode =
  | { readonly ok: true; readonly number: string; readonly code: string }
  | { readonly ok: false; readonly reason: 'empty' | 'not-digits' | 'too-short' | 'too-long' }

export type TypedDigits =
  | { readonly ok: true; readonly code: string }
  | { readonly ok: false; readonly reason: 'empty' | 'not-digits' | 'six-digits' }

const CODE_LENGTH = 6
const SHORTEST_NUMBER = 2
const LONGEST_NUMBER = 4

/** Spaces, dashes, dots, commas and the invisible marks of writing direction. */
const BETWEEN = /[\s\p{Pd}\p{Cf}.,·_/]/gu

const isDigit = (codePoint: number): boolean => /^\p{Nd}$/u.test(String.fromCodePoint(codePoint))

/** Every script has its ten digits in a row, from zero (Unicode, chapter 4.6); some rows follow each other. */
const digitValue = (codePoint: number): number => {
  let first = codePoint
  while (isDigit(first - 1)) first -= 1
  return (codePoint - first) % 10
}

/** The digits as ASCII, or undefined where something else is among them. */
export const digitsOf = (typed: string): string | undefined => {
  const characters = Array.from(typed.replace(BETWEEN, ''), (character) => character.codePointAt(0) ?? 0)
  return characters.every(isDigit) ? characters.map(digitValue).join('') : undefined
}

/** The whole spoken code: two to four digits of the room's number, then the six. */
export const parseWholeCode = (typed: string): TypedCode => {
  const digits = digitsOf(typed)
  if (digits === undefined) return { ok: false, reason: 'not-digits' }
  if (digits === '') return { ok: false, reason: 'empty' }
  if (digits.length < SHORTEST_NUMBER + CODE_LENGTH) return { ok: false, reason: 'too-short' }
  if (digits.length > LONGEST_NUMBER + CODE_LENGTH) return { ok: false, reason: 'too-long' }
  return { ok: true, number: digits.slice(0, -CODE_LENGTH), code: digits.slice(-CODE_LENGTH) }
}

/** The six digits alone, where a link has led to the room. */
export const parseSixDigits = (typed: string): TypedDigits => {
  const digits = digitsOf(typed)
  if (digits === undefined) return { ok: false, reason: 'not-digits' }
  if (digits === '') return { ok: false, reason: 'empty' }
  return digits.length === CODE_LENGTH ? { ok: true, code: digits } : { ok: false, reason: 'six-digits' }
}

/** @param roomId 32 hexadecimal digits */
export const roomIdBytes = (roomId: string): Uint8Array => Uint8Array.from(roomId.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
