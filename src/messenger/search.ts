// Searching what was said, and the index that makes it quick (docs/storage.md, Search). A conversation is in segments up to
// some place; what came since, less than one segment, is read from its messages when somebody searches. So receiving a message
// writes nothing here, and whatever messages are found to be in no segment (since a crash, from an older version, restored)
// get into one, a segment a turn.
//
// Segments are in memory only while somebody searches. What a word is, is told in words.ts.

import { type Command, type ContactId, type FoundMessage, MAX_QUERY_LENGTH } from './api.ts'
import { asleep } from './live.ts'
import { people } from './own-contact.ts'
import { type Hit, SEGMENT_LENGTH, searchSegments, segmentOf } from './segment.ts'
import type { Found, Indexed, Lookup, Message, Segment } from './state.ts'
import { type Pending, type Turn, withEntry } from './turn.ts'
import { snippetOf, termsOf } from './words.ts'

type Search = Extract<Command, { type: 'search-messages' }>

/** After a search segments stay in memory for so long, milliseconds. */
const KEPT_FOR_MS = 300_000
/** Of any conversation. */
const FIRST_PLACE = 1

/** An empty query finds nothing and gets the index ready. */
export const searchMessages = (turn: Turn, search: Search): Pending => {
  const contactIds = search.contactId === undefined ? people(turn).map(([contactId]) => contactId) : [search.contactId]
  const known = contactIds.filter((contactId) => turn.get('contacts', contactId) !== undefined)
  const { segmentsByContact } = turn.live.searching
  turn.live = { ...turn.live, searching: { segmentsByContact, untilMs: turn.nowMs + KEPT_FOR_MS } }
  const unloaded = known.filter((contactId) => !segmentsByContact.has(contactId))
  return {
    needs: unloaded.map((contactId): Lookup => ({ type: 'segments', contactId })),
    resume: (found) => {
      for (const [i, contactId] of unloaded.entries()) load(turn, contactId, found[i])
      return addNewest(turn, search, known)
    },
  }
}

const load = (turn: Turn, contactId: ContactId, found: Found | undefined): void => {
  const segments = found?.type === 'segments' ? found.rows : []
  const { from: first, to } = indexedOf(turn, contactId)
  const isWhole = segments.every(({ from }, i) => from === (segments[i - 1]?.to ?? first)) && (segments.at(-1)?.to ?? first) === to
  // Some of them did not open: all are made again.
  if (!isWhole) {
    turn.remove('indexed', contactId)
    turn.forgetSegments(contactId)
  }
  keep(turn, contactId, isWhole ? segments : [])
}

const indexedOf = (turn: Turn, contactId: ContactId): Indexed => turn.get('indexed', contactId) ?? { from: FIRST_PLACE, to: FIRST_PLACE }

const keep = (turn: Turn, contactId: ContactId, segments: readonly Segment[] | undefined): void => {
  const { searching } = turn.live
  const segmentsByContact = withEntry(searching.segmentsByContact, contactId, segments)
  turn.live = { ...turn.live, searching: { ...searching, segmentsByContact } }
}

const loadedOf = (turn: Turn, contactId: ContactId): readonly Segment[] => turn.live.searching.segmentsByContact.get(contactId) ?? []

/** Places that are in none of the segments in memory. */
const missingIn = (turn: Turn, contactId: ContactId): { readonly from: number; readonly to: number } => ({
  from: loadedOf(turn, contactId).at(-1)?.to ?? indexedOf(turn, contactId).from,
  to: turn.get('contacts', contactId)?.nextPlace ?? FIRST_PLACE,
})

const lengthOf = ({ from, to }: { readonly from: number; readonly to: number }): number => Math.max(0, to - from)

/** What is in no segment yet is read, unless it is so much that it has to get into one first. */
const addNewest = (turn: Turn, search: Search, contactIds: readonly ContactId[]): Pending | undefined => {
  const toAdd = contactIds.flatMap((contactId) => {
    const missing = missingIn(turn, contactId)
    const length = lengthOf(missing)
    return length > 0 && length < SEGMENT_LENGTH ? [{ contactId, ...missing }] : []
  })
  return {
    needs: toAdd.map(({ contactId, from }): Lookup => ({ type: 'messages-from', contactId, from, count: SEGMENT_LENGTH })),
    resume: (found) => {
      for (const [i, { contactId, from, to }] of toAdd.entries()) {
        const one = found[i]
        const newest = segmentOf(contactId, { from, to }, one?.type === 'messages-from' ? one.rows : [])
        keep(turn, contactId, [...loadedOf(turn, contactId), newest])
      }
      return answer(turn, search, contactIds)
    },
  }
}

const answer = (turn: Turn, { after, contactId, count, query }: Search, contactIds: readonly ContactId[]): Pending => {
  const sought = [...termsOf(query.slice(0, MAX_QUERY_LENGTH))]
  const segments = contactIds.flatMap((id) => loadedOf(turn, id))
  const { hits, total } = sought.length === 0 ? { hits: [], total: 0 } : searchSegments(segments, sought, after, count)
  const placesOf = (id: ContactId): readonly number[] => hits.flatMap((hit) => (hit.contactId === id ? [hit.place] : []))
  return {
    needs: [...new Set(hits.map((hit) => hit.contactId))].map(
      (id): Lookup => ({ type: 'messages-at', contactId: id, places: placesOf(id) }),
    ),
    resume: (found) => {
      const rows = found.flatMap((one) => (one.type === 'messages-at' ? one.rows : []))
      const behind = contactIds.reduce((sum, id) => sum + lengthOf(missingIn(turn, id)), 0)
      turn.tell({
        type: 'messages-found',
        contactId,
        query,
        after,
        messages: hits.flatMap((hit) => viewOf(hit, rows, sought)),
        total,
        next: hits.length < count ? undefined : hits.at(-1),
        behind,
      })
      return undefined
    },
  }
}

const viewOf = (hit: Hit, rows: Extract<Found, { type: 'messages-at' }>['rows'], sought: readonly string[]): readonly FoundMessage[] => {
  const row = rows.find(({ contactId, place }) => contactId === hit.contactId && place === hit.place)
  if (row === undefined) return []
  const { contactId, direction, messageId, place, sentAtMs, text } = row
  return [{ contactId, messageId, place, direction, sentAtMs, snippet: snippetOf(text, sought) }]
}

/** The conversation whose next segment is due, if any. */
const dueConversation = (turn: Turn): ContactId | undefined =>
  turn.live.leaving !== undefined
    ? undefined
    : turn.all('contacts').find(([contactId, { nextPlace }]) => nextPlace - indexedOf(turn, contactId).to >= SEGMENT_LENGTH)?.[0]

/** Writes the next segment that is due. */
export const indexMore = (turn: Turn): Pending | undefined => {
  const contactId = dueConversation(turn)
  if (contactId === undefined) return undefined
  const { from: first, to: from } = indexedOf(turn, contactId)
  return {
    needs: [{ type: 'messages-from', contactId, from, count: SEGMENT_LENGTH }],
    resume: ([found]) => {
      const contact = turn.get('contacts', contactId)
      if (contact === undefined || found?.type !== 'messages-from') return undefined
      const segment = segmentOf(contactId, { from, to: found.to ?? contact.nextPlace }, found.rows)
      turn.putSegment(segment)
      turn.put('indexed', contactId, { from: first, to: segment.to })
      // What was read of the same messages for a search that is going on makes room for it.
      if (turn.live.searching.segmentsByContact.has(contactId))
        keep(turn, contactId, [...loadedOf(turn, contactId).filter(({ to }) => to <= from), segment])
      return undefined
    },
  }
}

/**
 * For a conversation whose messages go: its segments on disk go with them.
 *
 * @param nextPlace from where on there may be messages again; undefined where the contact goes too
 */
export const forgetIndex = (turn: Turn, contactId: ContactId, nextPlace: number | undefined): void => {
  if (nextPlace !== undefined) turn.put('indexed', contactId, { from: nextPlace, to: nextPlace })
  else if (turn.get('indexed', contactId) !== undefined) turn.remove('indexed', contactId)
  if (turn.live.searching.segmentsByContact.has(contactId)) keep(turn, contactId, undefined)
}

/**
 * Messages have come to places before all that are covered: they are a segment of their own, next to the first one.
 *
 * @param messages all that there is of these places, ascending, at most {@link SEGMENT_LENGTH}
 */
export const coverEarlier = (
  turn: Turn,
  contactId: ContactId,
  { from, to }: { readonly from: number; readonly to: number },
  messages: readonly Message[],
): void => {
  const indexed = indexedOf(turn, contactId)
  const isBetween = messages.some(({ place }) => place >= indexed.from && place < indexed.to)
  if (from >= indexed.from && !isBetween) return
  if (turn.live.searching.segmentsByContact.has(contactId)) keep(turn, contactId, undefined)
  if (to === indexed.from && !isBetween) {
    turn.putSegment(segmentOf(contactId, { from, to }, messages))
    return turn.put('indexed', contactId, { from, to: indexed.to })
  }
  // Something between is missing, or has come between: all of it is covered anew.
  const first = Math.min(from, indexed.from)
  turn.forgetSegments(contactId)
  turn.put('indexed', contactId, { from: first, to: first })
}

/** Called at the end of each turn. */
export const searchDue = (turn: Turn): void => {
  if (turn.live.searching.untilMs <= turn.nowMs) turn.live = { ...turn.live, searching: asleep.searching }
}

export const searchWakeAtMs = (turn: Turn): number => (dueConversation(turn) === undefined ? turn.live.searching.untilMs : turn.nowMs)
