// Runs in a page of the relay's address on which Parley does not: fills the conversation of the only contact through the
// product's own store, as it lies on the disk before anything of it is indexed.

import type { Message } from '../../src/messenger/state.ts'
import { openStore } from '../../src/store/indexed-db.ts'

/** Texts at these places; the others are of words that are made up. */
export type Said = Readonly<Record<number, string>>

declare global {
  /** @returns how many messages there are then */
  var fillHistory: (count: number, said: Said) => Promise<number>
}

const MINUTE_MS = 60_000
const AT_ONCE = 1_000
const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'sto', 'ti', 've', 'zan'] as const

/** Short words often and long ones seldom, out of 11,110; the same for the same number. */
const word = (number: number): string => {
  const length = 1 + (number % 4)
  return Array.from({ length }, (_, i) => syllables[Math.floor(number / 7 ** (i + 1)) % syllables.length]).join('')
}

/** About ten words, 50 letters. */
export const madeUp = (place: number): string => {
  let state = Math.imul(place, 0x9e37_79b1) >>> 0
  return Array.from({ length: 6 + (place % 9) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return word(state >>> 8)
  }).join(' ')
}

globalThis.fillHistory = async (count, said) => {
  const opened = await openStore()
  if (!opened.ok) throw new Error(opened.reason)
  const { store } = opened
  const nothing = { held: [], messages: [], forgottenConversations: [], segments: [], forgottenSegments: [], seen: [] }
  const [contact] = store.held.contacts.values()
  if (contact === undefined) throw new Error('history: no contact')
  const { contactId } = contact
  const at = (place: number): Message => {
    const atMs = Date.now() - (count - place + 1) * MINUTE_MS
    const direction = place % 3 === 0 ? 'out' : 'in'
    return {
      contactId,
      place,
      messageId: place.toString(16).padStart(32, '0'),
      direction,
      text: said[place] ?? madeUp(place),
      sentAtMs: atMs,
      arrivedAtMs: atMs,
      state: direction === 'out' ? 'delivered' : 'received',
    }
  }
  for (let first = 1; first <= count; first += AT_ONCE) {
    const messages = Array.from({ length: Math.min(AT_ONCE, count - first + 1) }, (_, i) => at(first + i))
    await store.commit({ ...nothing, messages, forgetSeenBeforeMs: undefined })
  }
  const newest = { ...at(count), atMs: at(count).arrivedAtMs }
  const row = { ...contact, nextPlace: count + 1, readUpTo: count, unread: 0, newest }
  await store.commit({ ...nothing, held: [{ table: 'contacts', key: contactId, row }], forgetSeenBeforeMs: undefined })
  store.close()
  return count
}
