// Telling a sender what is kept here, several contents in one envelope. A receipt that gets lost is not repeated by
// itself: the sender offers the envelope again, and the repeat is answered again, with the same bytes where it can be.
// A relay that plays old envelopes and swallows the answers would otherwise drive our chain beyond what the other side
// skips, and so end the session for good.

import { fromHex } from '../crypto/bytes.ts'
import { sentUnanswered } from '../protocol/session/session.ts'
import type { ContactId } from './api.ts'
import { CONTENT_ID_LENGTH, encodeContent, MAX_RECEIPT_IDS } from './content.ts'
import { sendOnce } from './routes.ts'
import { sealFor } from './send.ts'
import { deviceKey } from './state.ts'
import { type Turn, withEntry } from './turn.ts'

/** How long a receipt waits for others to travel with, milliseconds. */
const COALESCE_MS = 40
/** After so many messages without a sign of the other side, repeats get a new receipt once a minute: half of what a receiver skips at first. */
const MANY_UNANSWERED = 500
const SELDOM_MS = 60_000

/** @param isRepeat of a content that was kept before */
export const receiptDue = (turn: Turn, contactId: ContactId, contentId: string, isRepeat = false): void => {
  const before = turn.live.receiptsDue.get(contactId)
  const contentIds = [...(before?.contentIds ?? []).filter((id) => id !== contentId), contentId].slice(-MAX_RECEIPT_IDS)
  const onlyRepeats = isRepeat && (before?.onlyRepeats ?? true)
  const isFull = contentIds.length === MAX_RECEIPT_IDS && !onlyRepeats
  const soonMs = turn.nowMs + COALESCE_MS
  // What waited as a repeat goes with the next that is new.
  const dueAtMs = isFull ? turn.nowMs : onlyRepeats ? (before?.dueAtMs ?? soonMs) : Math.min(before?.dueAtMs ?? soonMs, soonMs)
  turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, contactId, { contentIds, dueAtMs, onlyRepeats }) }
}

export const sendReceipts = (turn: Turn): void => {
  for (const [contactId, due] of turn.live.receiptsDue) {
    if (due.dueAtMs > turn.nowMs) continue
    turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, contactId, undefined) }
    const tag = turn.get('contacts', contactId)?.devices[0]?.device.tag
    if (tag === undefined) continue
    const last = turn.live.lastReceipts.get(contactId)
    if (due.onlyRepeats && last !== undefined) {
      if (due.contentIds.every((id) => last.contentIds.includes(id))) {
        sendOnce(turn, 'receipt', contactId, last.envelope)
        continue
      }
      const dueAtMs = last.sealedAtMs + SELDOM_MS
      if (dueAtMs > turn.nowMs && last.sealedAtMs <= turn.nowMs && isMuchUnanswered(turn, contactId, tag)) {
        turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, contactId, { ...due, dueAtMs }) }
        continue
      }
    }
    seal(turn, contactId, tag, due.contentIds)
  }
}

const isMuchUnanswered = (turn: Turn, contactId: ContactId, tag: number): boolean => {
  const record = turn.get('sessions', deviceKey(contactId, tag))
  return record !== undefined && sentUnanswered(record) >= MANY_UNANSWERED
}

const seal = (turn: Turn, contactId: ContactId, tag: number, contentIds: readonly string[]): void => {
  const body = { type: 'receipt', contentIds: contentIds.map(fromHex) } as const
  const content = encodeContent({ contentId: turn.random(CONTENT_ID_LENGTH), sentAtMs: turn.nowMs, body })
  const envelope = sealFor(turn, contactId, tag, content)?.bytes
  if (envelope === undefined) return
  const last = { contentIds, envelope, sealedAtMs: turn.nowMs }
  turn.live = { ...turn.live, lastReceipts: withEntry(turn.live.lastReceipts, contactId, last) }
  sendOnce(turn, 'receipt', contactId, envelope)
}

export const receiptsWakeAtMs = (turn: Turn): number => Math.min(...[...turn.live.receiptsDue.values()].map(({ dueAtMs }) => dueAtMs))
