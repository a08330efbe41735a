// Telling a sender what is kept here, several contents in one envelope. A receipt that gets lost is not repeated by
// itself: the sender offers the envelope again, and the repeat is answered again, with the same bytes where it can be.
// A relay that plays envelopes again and swallows the answers would otherwise drive our chain beyond what the other side
// skips, and end the session for good.

import { fromHex } from '../crypto/bytes.ts'
import type { ContactId } from './api.ts'
import { sentUnanswered } from '../protocol/session/session.ts'
import { CONTENT_ID_LENGTH, encodeContent, MAX_RECEIPT_IDS } from './content.ts'
import { sendOnce } from './routes.ts'
import { sealFor } from './send.ts'
import { type Turn, withEntry } from './turn.ts'

/** How long a receipt waits for others to travel with, milliseconds. */
const COALESCE_MS = 40
/** From so many messages without any sign of the other side, a new receipt is made once a minute only: half of what a receiver skips at first. */
const MANY_UNANSWERED = 500
const SELDOM_MS = 60_000

export const receiptDue = (turn: Turn, contactId: ContactId, contentId: string): void => {
  const before = turn.live.receiptsDue.get(contactId)
  const contentIds = [...(before?.contentIds ?? []).filter((id) => id !== contentId), contentId]
  const dueAtMs = contentIds.length >= MAX_RECEIPT_IDS ? turn.nowMs : (before?.dueAtMs ?? turn.nowMs + COALESCE_MS)
  turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, contactId, { contentIds, dueAtMs }) }
}

export const sendReceipts = (turn: Turn): void => {
  for (const [contactId, { contentIds, dueAtMs }] of turn.live.receiptsDue) {
    if (dueAtMs > turn.nowMs) continue
    turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, contactId, undefined) }
    const device = turn.get('contacts', contactId)?.devices[0]
    if (device === undefined) continue
    const body = { type: 'receipt', contentIds: contentIds.slice(0, MAX_RECEIPT_IDS).map(fromHex) } as const
    const content = encodeContent({ contentId: turn.random(CONTENT_ID_LENGTH), sentAtMs: turn.nowMs, body })
    const envelope = sealFor(turn, contactId, device.device.tag, content)
    if (envelope !== undefined) sendOnce(turn, 'receipt', contactId, envelope.bytes)
  }
}

export const receiptsWakeAtMs = (turn: Turn): number => Math.min(...[...turn.live.receiptsDue.values()].map(({ dueAtMs }) => dueAtMs))
