// How this device leaves: what the relay keeps of it goes first, as far as the relay can be reached, then everything here.
// Nothing of it is a row: a page that is closed meanwhile has not left, and has its mailboxes and prekeys made anew when it
// is opened again.

import { MAX_LISTEN_KEYS } from '../wire/relay-frames.ts'
import { ownListenKeys } from './contacts.ts'
import type { Leaving } from './live.ts'
import { publishAtOnce } from './publish.ts'
import { isPublished } from './publish-requests.ts'
import { nextRequestId } from './routes.ts'
import type { Turn } from './turn.ts'

/** So long the relay may take for it, milliseconds; then the device is wiped all the same. */
const WITHIN_MS = 8_000

export const leave = (turn: Turn): undefined => {
  turn.tell({ type: 'leaving' })
  turn.live = { ...turn.live, leaving: { untilMs: turn.nowMs + WITHIN_MS, closing: undefined } }
  publishAtOnce(turn)
}

/** Called at the end of each turn. */
export const leaveDue = (turn: Turn): void => {
  if (turn.live.leaving === undefined) return
  closeMailboxes(turn, turn.live.leaving)
  const { closing, untilMs } = turn.live.leaving
  const isForgotten = closing?.size === 0 && !isPublished(turn)
  const isUnknownThere = turn.get('relay', 'relay') === undefined
  // Also over where the clock was set back since.
  const isInTime = turn.nowMs < untilMs && turn.nowMs >= untilMs - WITHIN_MS
  if (!isForgotten && !isUnknownThere && turn.live.window.online && isInTime) return
  turn.wipe()
  // Should the disk refuse, it is tried again.
  turn.live = { ...turn.live, leaving: { closing, untilMs: turn.nowMs + WITHIN_MS } }
}

const closeMailboxes = (turn: Turn, leaving: Leaving): void => {
  if (leaving.closing !== undefined || turn.live.relay.listen !== 'open') return
  const keys = ownListenKeys(turn)
  const closing = new Set<number>()
  for (let i = 0; i < keys.length; i += MAX_LISTEN_KEYS) {
    const requestId = nextRequestId(turn)
    closing.add(requestId)
    turn.send('listen', { type: 'close-mailboxes', requestId, listenKeys: keys.slice(i, i + MAX_LISTEN_KEYS) })
  }
  turn.live = { ...turn.live, leaving: { ...leaving, closing } }
}

/** The relay has answered a request on the connection that listens, whatever it said: more cannot be done about it. */
export const leavingAnswered = (turn: Turn, requestId: number): void => {
  const { leaving } = turn.live
  if (leaving?.closing === undefined) return
  turn.live = { ...turn.live, leaving: { ...leaving, closing: new Set([...leaving.closing].filter((id) => id !== requestId)) } }
}

/** The connection that listens went: what it was asked is asked again on the next one. */
export const leavingLost = (turn: Turn): void => {
  if (turn.live.leaving !== undefined) turn.live = { ...turn.live, leaving: { ...turn.live.leaving, closing: undefined } }
}

export const leavingWakeAtMs = (turn: Turn): number => turn.live.leaving?.untilMs ?? Number.POSITIVE_INFINITY
