// Which way an envelope goes: over the open direct line, else through the relay, in the order of the outbox and on one
// way at a time. When the way changes, everything unanswered leaves again on the new one, in order: what arrived already
// is a duplicate there, and nothing overtakes. An envelope is never made twice, only sent twice.

import { toHex } from '../crypto/bytes.ts'
import type { ContactId, LinkId } from './api.ts'
import type { Deposit, Route } from './live.ts'
import type { OutboxEntry } from './state.ts'
import { type Turn, withEntry } from './turn.ts'

/** Envelopes on a direct line that its other end has not taken yet, at the most. */
const LINK_WINDOW = 32
/** On the relay the next envelope waits until the last was taken, so that a refusal in between reorders nothing. */
const RELAY_WINDOW = 1
/** Without an answer for this long, what left leaves again: doubled each round, milliseconds. */
const AGAIN_AFTER_MS = 5_000
const AGAIN_AT_MOST_AFTER_MS = 60_000
/** How long a contact counts as absent before the relay is asked again unbidden. */
const ABSENT_MS = 30_000

export const openLinkOf = (turn: Turn, contactId: ContactId): LinkId | undefined => {
  for (const [linkId, link] of turn.live.links) if (link.phase === 'open' && link.contactId === contactId) return linkId
  return undefined
}

export const relayIsOpen = (turn: Turn): boolean => turn.live.relay.deposit === 'open' && turn.live.relay.listen === 'open'

/** Sends what may leave now, for every contact with something in the outbox. Called at the end of each turn. */
export const flushAll = (turn: Turn): void => {
  const waiting = new Map<ContactId, OutboxEntry[]>()
  for (const [, entry] of turn.all('outbox')) {
    const entries = waiting.get(entry.contactId)
    if (entries === undefined) waiting.set(entry.contactId, [entry])
    else entries.push(entry)
  }
  for (const contactId of turn.live.routes.keys()) if (!waiting.has(contactId)) setRoute(turn, contactId, undefined)
  for (const [contactId, entries] of waiting)
    flush(
      turn,
      contactId,
      entries.sort((a, b) => a.position - b.position),
    )
}

const flush = (turn: Turn, contactId: ContactId, entries: readonly OutboxEntry[]): void => {
  const via = wayTo(turn, contactId)
  if (via === undefined) {
    setRoute(turn, contactId, undefined)
    return
  }
  const before = turn.live.routes.get(contactId)
  let route: Route = before?.via === via ? before : { via, inFlight: new Map(), againAtMs: Number.POSITIVE_INFINITY, rounds: 0 }
  const kept = new Set(entries.map(({ contentId }) => contentId))
  const answered = [...route.inFlight.keys()].some((contentId) => !kept.has(contentId))
  const inFlight = new Map([...route.inFlight].filter(([contentId]) => kept.has(contentId)))
  if (answered) route = { ...route, rounds: 0, againAtMs: inFlight.size === 0 ? Number.POSITIVE_INFINITY : turn.nowMs + AGAIN_AFTER_MS }
  if (route.againAtMs <= turn.nowMs) {
    inFlight.clear()
    route = { ...route, rounds: route.rounds + 1, againAtMs: Number.POSITIVE_INFINITY }
  }
  let untaken = [...inFlight.values()].filter((state) => state === 'left').length
  const window = via === 'relay' ? RELAY_WINDOW : LINK_WINDOW
  for (const entry of entries) {
    if (untaken >= window) break
    if (entry.envelope === undefined || inFlight.has(entry.contentId)) continue
    leave(turn, via, entry, entry.envelope.bytes)
    inFlight.set(entry.contentId, 'left')
    untaken++
  }
  if (inFlight.size > 0 && route.againAtMs === Number.POSITIVE_INFINITY) {
    route = { ...route, againAtMs: turn.nowMs + Math.min(AGAIN_AFTER_MS * 2 ** route.rounds, AGAIN_AT_MOST_AFTER_MS) }
  }
  setRoute(turn, contactId, { ...route, inFlight })
}

const wayTo = (turn: Turn, contactId: ContactId): LinkId | 'relay' | undefined =>
  openLinkOf(turn, contactId) ?? (relayIsOpen(turn) && !isAbsent(turn, contactId) ? 'relay' : undefined)

/** Whether the relay said not long ago that nobody listens there. */
export const isAbsent = (turn: Turn, contactId: ContactId): boolean => (turn.live.absent.get(contactId) ?? 0) > turn.nowMs

const leave = (turn: Turn, via: LinkId | 'relay', { contactId, contentId }: OutboxEntry, envelope: Uint8Array): void => {
  if (via === 'relay') deposit(turn, { kind: 'outbox', contactId, contentId }, envelope)
  else turn.order({ type: 'link-send', linkId: via, frame: { type: 'envelope', envelope } })
}

/** Hands an envelope to the relay for a contact's device; the answer comes back under the request's id. */
export const deposit = (turn: Turn, what: Deposit, envelope: Uint8Array): void => {
  const device = turn.get('contacts', what.contactId)?.devices[0]
  if (device === undefined) return
  const requestId = turn.live.nextRequestId
  turn.live = { ...turn.live, nextRequestId: requestId + 1, deposits: withEntry(turn.live.deposits, requestId, what) }
  turn.send('deposit', { type: 'deposit', requestId, liveOnly: what.kind !== 'outbox', address: device.theirAddress, envelope })
}

/** Something that may get lost: by the direct line if there is one, else through the relay if the contact is there. */
export const sendOnce = (turn: Turn, kind: 'presence' | 'receipt', contactId: ContactId, envelope: Uint8Array): void => {
  const via = wayTo(turn, contactId)
  if (via === 'relay') deposit(turn, { kind, contactId }, envelope)
  else if (via !== undefined) turn.order({ type: 'link-send', linkId: via, frame: { type: 'envelope', envelope } })
}

/** The far end of a direct line has kept an envelope. */
export const acknowledged = (turn: Turn, linkId: LinkId, envelopeId: string): undefined => {
  for (const [contactId, route] of turn.live.routes) {
    if (route.via !== linkId) continue
    for (const contentId of route.inFlight.keys()) {
      if (turn.get('outbox', contentId)?.envelope?.id === envelopeId) take(turn, contactId, route, contentId)
    }
  }
}

/** The relay has handed a deposit over. */
export const deposited = (turn: Turn, requestId: number): Deposit | undefined => {
  const what = answeredDeposit(turn, requestId)
  if (what === undefined) return undefined
  turn.live = { ...turn.live, absent: withEntry(turn.live.absent, what.contactId, undefined) }
  turn.touch(what.contactId)
  const route = turn.live.routes.get(what.contactId)
  if (what.kind === 'outbox' && route?.via === 'relay') take(turn, what.contactId, route, what.contentId)
  return what
}

/** The relay refused a deposit: nobody there, or not now. */
export const depositRefused = (turn: Turn, requestId: number, nobodyThere: boolean): Deposit | undefined => {
  const what = answeredDeposit(turn, requestId)
  if (what === undefined) return undefined
  if (nobodyThere) {
    turn.live = { ...turn.live, absent: withEntry(turn.live.absent, what.contactId, turn.nowMs + ABSENT_MS) }
    turn.touch(what.contactId)
  }
  const route = turn.live.routes.get(what.contactId)
  if (what.kind === 'outbox' && route?.via === 'relay') {
    setRoute(turn, what.contactId, { ...route, againAtMs: Math.min(route.againAtMs, turn.nowMs + AGAIN_AFTER_MS) })
  }
  return what
}

/** The relay connection went: nothing that was asked on it will be answered. */
export const depositsLost = (turn: Turn): void => {
  turn.live = { ...turn.live, deposits: new Map(), absent: new Map() }
  for (const [contactId, route] of turn.live.routes) if (route.via === 'relay') setRoute(turn, contactId, undefined)
}

/** Somebody listens again at an address of this contact. */
export const addressLive = (turn: Turn, address: Uint8Array): ContactId | undefined => {
  const key = toHex(address)
  const found = turn.all('contacts').find(([, contact]) => contact.devices.some((device) => toHex(device.theirAddress) === key))
  if (found === undefined) return undefined
  const [contactId] = found
  turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, undefined) }
  turn.touch(contactId)
  return contactId
}

/** Nothing that was tried so far counts: the contact has new addresses, or is none any more. */
export const forgetRoute = (turn: Turn, contactId: ContactId): void => {
  setRoute(turn, contactId, undefined)
  const deposits = new Map([...turn.live.deposits].filter(([, what]) => what.contactId !== contactId))
  const { absent, lastReceipts, unheard } = turn.live
  turn.live = {
    ...turn.live,
    deposits,
    absent: withEntry(absent, contactId, undefined),
    unheard: withEntry(unheard, contactId, undefined),
    lastReceipts: withEntry(lastReceipts, contactId, undefined),
  }
}

export const routesWakeAtMs = (turn: Turn): number =>
  Math.min(
    ...[...turn.live.routes.values()].map(({ againAtMs }) => againAtMs),
    ...[...turn.live.absent]
      .filter(([contactId, atMs]) => atMs > turn.nowMs && turn.all('outbox').some(([, entry]) => entry.contactId === contactId))
      .map(([, atMs]) => atMs),
  )

const answeredDeposit = (turn: Turn, requestId: number): Deposit | undefined => {
  const what = turn.live.deposits.get(requestId)
  turn.live = { ...turn.live, deposits: withEntry(turn.live.deposits, requestId, undefined) }
  return what
}

const take = (turn: Turn, contactId: ContactId, route: Route, contentId: string): void => {
  if (route.inFlight.has(contentId)) setRoute(turn, contactId, { ...route, inFlight: withEntry(route.inFlight, contentId, 'taken') })
}

const setRoute = (turn: Turn, contactId: ContactId, route: Route | undefined): void => {
  turn.live = { ...turn.live, routes: withEntry(turn.live.routes, contactId, route) }
}
