// Telling a sender what is kept here, several contents in one envelope. A receipt that gets lost is not repeated by
// itself: the sender offers the envelope again, and the repeat is answered again, with the same bytes where it can be.
// A relay that plays old envelopes and swallows the answers would otherwise drive our chain beyond what the other side
// skips, and so end the session for good.

import { fromHex } from '../crypto/bytes.ts'
import { sentUnanswered } from '../protocol/session/session.ts'
import type { ContactId } from './api.ts'
import { CONTENT_ID_LENGTH, encodeContent, MAX_RECEIPT_IDS } from './content.ts'
import type { Deposit } from './live.ts'
import { hasWay, sendReceipt } from './routes.ts'
import { sealFor } from './send.ts'
import { deviceKey } from './state.ts'
import { type Turn, withEntry } from './turn.ts'

/** How long a receipt waits for others to travel with, milliseconds. */
const COALESCE_MS = 40
/** After so many messages without a sign of the other side, repeats get a new receipt once a minute: half of what a receiver skips at first. */
const MANY_UNANSWERED = 500
const SELDOM_MS = 60_000
/** So long a repeat gets the same bytes. Who was behind our list did not take that receipt (gossip.ts), and would not take its bytes again. */
const SAME_BYTES_MS = 3_600_000

/** Contents of one device that wait for a way back; of more the oldest are offered again by their sender. */
const MAX_DUE = 10_000

/** @param isRepeat of a content that was kept before */
export const receiptDue = (turn: Turn, contactId: ContactId, tag: number, contentId: string, isRepeat = false): void => {
  const key = deviceKey(contactId, tag)
  const before = turn.live.receiptsDue.get(key)
  const contentIds = [...(before?.contentIds ?? []).filter((id) => id !== contentId), contentId].slice(-MAX_DUE)
  const onlyRepeats = isRepeat && (before?.onlyRepeats ?? true)
  const isFull = contentIds.length >= MAX_RECEIPT_IDS && !onlyRepeats
  const soonMs = turn.nowMs + COALESCE_MS
  // What waited as a repeat goes with the next that is new.
  const dueAtMs = isFull ? turn.nowMs : onlyRepeats ? (before?.dueAtMs ?? soonMs) : Math.min(before?.dueAtMs ?? soonMs, soonMs)
  turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, key, { contactId, tag, contentIds, dueAtMs, onlyRepeats }) }
}

/** What is fetched before there is a way back is confirmed once there is one. */
export const sendReceipts = (turn: Turn): void => {
  for (const [key, due] of turn.live.receiptsDue) {
    if (due.dueAtMs > turn.nowMs || !hasWay(turn, due.contactId, due.tag)) continue
    turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, key, undefined) }
    const { contactId, tag } = due
    const last = turn.live.lastReceipts.get(key)
    if (due.onlyRepeats && last !== undefined) {
      const isRecent = last.sealedAtMs <= turn.nowMs && turn.nowMs < last.sealedAtMs + SAME_BYTES_MS
      const isSame = isRecent || isMuchUnanswered(turn, contactId, tag)
      if (isSame && due.contentIds.every((id) => last.contentIds.includes(id))) {
        sendReceipt(turn, contactId, tag, last.contentIds, last.envelope)
        continue
      }
      const dueAtMs = last.sealedAtMs + SELDOM_MS
      if (dueAtMs > turn.nowMs && last.sealedAtMs <= turn.nowMs && isMuchUnanswered(turn, contactId, tag)) {
        turn.live = { ...turn.live, receiptsDue: withEntry(turn.live.receiptsDue, key, { ...due, dueAtMs }) }
        continue
      }
    }
    for (let i = 0; i < due.contentIds.length; i += MAX_RECEIPT_IDS) {
      seal(turn, contactId, tag, due.contentIds.slice(i, i + MAX_RECEIPT_IDS))
    }
  }
}

/** Receipts that the relay did not answer leave once more, as the same bytes where it can be. */
export const receiptsLost = (turn: Turn, deposits: readonly Deposit[]): void => {
  for (const what of deposits) {
    if (what.kind === 'receipt') for (const contentId of what.contentIds) receiptDue(turn, what.contactId, what.tag, contentId, true)
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
  turn.live = { ...turn.live, lastReceipts: withEntry(turn.live.lastReceipts, deviceKey(contactId, tag), last) }
  sendReceipt(turn, contactId, tag, contentIds, envelope)
}

export const receiptsWakeAtMs = (turn: Turn): number =>
  Math.min(
    ...[...turn.live.receiptsDue.values()].filter(({ contactId, tag }) => hasWay(turn, contactId, tag)).map(({ dueAtMs }) => dueAtMs),
  )
