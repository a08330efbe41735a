// A segment of the search index: which words stand in which of up to 256 messages of one conversation that follow each other.
// It is written once, for places that are complete, and never changed; it goes with its conversation. Values only.

import type { Message, Segment } from './state.ts'
import { termsOf } from './words.ts'

/** Messages of one segment, at most. */
export const SEGMENT_LENGTH = 256

/** Begins a line, ends a term: neither is a letter or a digit, so neither is in a term. */
const LINE = '\n'
const TAB = '\t'
/** A message is written as one character: its position in the segment beyond this. */
const FIRST_POSITION = 0x100

/**
 * @param covered places from `from` and below `to`: all that there is of them is in `messages`
 * @param messages by place, at most {@link SEGMENT_LENGTH}
 */
export const segmentOf = (
  contactId: string,
  covered: { readonly from: number; readonly to: number },
  messages: readonly Message[],
): Segment => {
  const positionsByTerm = new Map<string, string>()
  for (const [position, { text }] of messages.entries()) {
    const letter = String.fromCharCode(FIRST_POSITION + position)
    for (const term of termsOf(text)) positionsByTerm.set(term, (positionsByTerm.get(term) ?? '') + letter)
  }
  const terms = [...positionsByTerm.keys()].sort()
  return {
    contactId,
    from: covered.from,
    to: covered.to,
    places: messages.map(({ place }) => place),
    atMs: messages.map(({ arrivedAtMs }) => arrivedAtMs),
    lines: `${terms.map((term) => `${LINE}${term}${TAB}${positionsByTerm.get(term)}`).join('')}${LINE}`,
  }
}

/** @returns positions of the messages in which some word begins with each of `sought`, ascending */
export const positionsWith = ({ lines, places }: Segment, sought: readonly string[]): readonly number[] => {
  /** How many of the words that were looked for so far each message has. */
  const has = new Uint16Array(places.length)
  for (const [nth, word] of sought.entries()) {
    let isAnywhere = false
    // Terms are sorted, so those that begin alike stand together.
    for (let at = lines.indexOf(LINE + word); at >= 0 && lines.startsWith(word, at + 1); at = lines.indexOf(LINE, at + 1)) {
      const end = lines.indexOf(LINE, at + 1)
      for (let i = lines.indexOf(TAB, at) + 1; i < end; i++) {
        const position = lines.charCodeAt(i) - FIRST_POSITION
        if (has[position] !== nth) continue
        has[position] = nth + 1
        isAnywhere = true
      }
    }
    if (!isAnywhere) return []
  }
  return [...has.keys()].filter((position) => has[position] === sought.length)
}

/** A message in which everything that was sought stands. */
export interface Hit {
  readonly contactId: string
  readonly place: number
  readonly atMs: number
}

/** Newest first, by this device's clock. */
const inOrder = (a: Hit, b: Hit): number =>
  b.atMs - a.atMs || (a.contactId === b.contactId ? b.place - a.place : a.contactId < b.contactId ? -1 : 1)

/**
 * @param sought folded words, at least one
 * @param after the last hit of the page before
 * @returns the next `count` hits, and how many there are in all
 */
export const searchSegments = (
  segments: readonly Segment[],
  sought: readonly string[],
  after: Hit | undefined,
  count: number,
): { readonly hits: readonly Hit[]; readonly total: number } => {
  let hits: readonly Hit[] = []
  let total = 0
  const newestMs = new Map(segments.map((segment) => [segment, segment.atMs.reduce((a, b) => Math.max(a, b), 0)]))
  for (const segment of [...segments].sort((a, b) => (newestMs.get(b) ?? 0) - (newestMs.get(a) ?? 0))) {
    const positions = positionsWith(segment, sought)
    total += positions.length
    const last = hits.length < count ? undefined : hits.at(-1)
    if (positions.length === 0 || (last !== undefined && last.atMs > (newestMs.get(segment) ?? 0))) continue
    const more = positions.map((position): Hit => {
      return { contactId: segment.contactId, place: segment.places[position] ?? 0, atMs: segment.atMs[position] ?? 0 }
    })
    hits = [...hits, ...more.filter((hit) => after === undefined || inOrder(after, hit) < 0)].sort(inOrder).slice(0, count)
  }
  return { hits, total }
}
