// Which way an envelope goes to one device: over the open direct line, else into its mailbox at the relay, in the order of
// the outbox and on one way at a time. When the way changes to a line, everything unanswered leaves on it, in order: what
// arrived already is a duplicate there, and nothing overtakes. An envelope is never made twice, only sent twice.

import { toHex } from '../crypto/bytes.ts'
import type { RelayRefusal } from '../wire/relay-frames.ts'
import type { ContactId, LinkId } from './api.ts'
import { deviceOf } from './contacts.ts'
import type { Deposit, OfferAgain, Route } from './live.ts'
import { deviceKey, type OutboxEntry, outboxKey } from './state.ts'
import { type Pending, type Turn, withEntry } from './turn.ts'

/** Envelopes on a direct line that its other end has not taken yet, at the most. */
const LINK_WINDOW = 32
/** Into a mailbox the next envelope waits until the last was taken, so that a refusal in between reorders nothing. */
const RELAY_WINDOW = 1
/** Without an answer for this long, what left leaves again: doubled each round, milliseconds. */
const AGAIN_AFTER_MS = 5_000
const AGAIN_AT_MOST_AFTER_MS = 60_000
/** When a mailbox that was full, or was not there, is tried again unbidden, milliseconds. */
const FULL_AT_MOST_MS = 600_000
const NO_MAILBOX_MS = 30_000
/** Whoever is heard fetches its mail, and says so to the relay within this time, milliseconds. */
const ROOM_AFTER_MS = 1_000
/**
 * A relay may forget what it said to keep, and a receipt may get lost. So it is offered again once as much time again has
 * passed as between writing and the last offer, within these; and sooner where the device was heard without confirming it.
 */
const KEPT_AT_LEAST_MS = 600_000
const KEPT_AT_MOST_MS = 12 * 3_600_000
const HEARD_MS = 30_000
const HEARD_AT_MOST_MS = 3_600_000
/** How long a contact counts as absent before the relay is asked again unbidden. */
const ABSENT_MS = 30_000

/** @param tag the device that the line must lead to; undefined: any */
export const openLinkOf = (turn: Turn, contactId: ContactId, tag?: number): LinkId | undefined => {
  for (const [linkId, link] of turn.live.links) {
    if (link.phase === 'open' && link.contactId === contactId && (tag === undefined || link.tag === tag)) return linkId
  }
  return undefined
}

export const relayIsOpen = (turn: Turn): boolean => turn.live.relay.deposit === 'open' && turn.live.relay.listen === 'open'

/** Sends what may leave now, for every device with something in the outbox. Called at the end of each turn. */
export const flushAll = (turn: Turn): void => {
  const waiting = new Map<string, OutboxEntry[]>()
  for (const [, entry] of turn.all('outbox')) {
    const key = deviceKey(entry.contactId, entry.tag)
    const entries = waiting.get(key)
    if (entries === undefined) waiting.set(key, [entry])
    else entries.push(entry)
  }
  for (const key of turn.live.routes.keys()) if (!waiting.has(key)) setRoute(turn, key, undefined)
  for (const key of turn.live.offerAgain.keys()) if (!waiting.has(key)) setOfferAgain(turn, key, undefined)
  for (const [key, entries] of waiting) {
    flush(
      turn,
      key,
      entries.sort((a, b) => a.position - b.position),
    )
  }
}

const flush = (turn: Turn, key: string, entries: readonly OutboxEntry[]): void => {
  const [first] = entries
  const via = first && wayTo(turn, first.contactId, first.tag)
  if (via === undefined) {
    setRoute(turn, key, undefined)
    return
  }
  const again = turn.live.offerAgain.get(key)
  if (again?.atMs !== undefined && again.atMs <= turn.nowMs)
    setOfferAgain(turn, key, { ...again, atMs: undefined, olderThanMs: turn.nowMs })
  const open = entries.filter((entry) => (via === 'relay' ? !isKeptByRelay(turn, key, entry) : isForLines(entry)))
  const before = turn.live.routes.get(key)
  let route: Route = before?.via === via ? before : { via, inFlight: new Map(), ...NOT_DUE, rounds: 0 }
  const kept = new Set(open.map(({ contentId }) => contentId))
  const answered = [...route.inFlight.keys()].some((contentId) => !kept.has(contentId))
  const inFlight = new Map([...route.inFlight].filter(([contentId]) => kept.has(contentId)))
  if (answered) route = { ...route, rounds: 0, againAtMs: inFlight.size === 0 ? Number.POSITIVE_INFINITY : turn.nowMs + AGAIN_AFTER_MS }
  if (route.againAtMs <= turn.nowMs) {
    inFlight.clear()
    route = { ...route, rounds: route.rounds + 1, againAtMs: Number.POSITIVE_INFINITY }
  }
  let untaken = [...inFlight.values()].filter((state) => state === 'left').length
  const window = via === 'relay' ? RELAY_WINDOW : LINK_WINDOW
  for (const entry of open) {
    if (untaken >= window) break
    if (entry.envelope === undefined || inFlight.has(entry.contentId)) continue
    const { contactId, contentId, tag } = entry
    carry(turn, via, { kind: 'outbox', contactId, tag, contentId }, entry.envelope.bytes, entry.envelope.firstContactAddress)
    inFlight.set(entry.contentId, 'left')
    untaken++
  }
  if (inFlight.size > 0 && route.againAtMs === Number.POSITIVE_INFINITY) {
    route = { ...route, againAtMs: turn.nowMs + Math.min(AGAIN_AFTER_MS * 2 ** route.rounds, AGAIN_AT_MOST_AFTER_MS) }
  }
  const keptUntilMs =
    via === 'relay' ? Math.min(...entries.filter((entry) => !kept.has(entry.contentId)).map(keptUntil)) : NOT_DUE.keptUntilMs
  setRoute(turn, key, { ...route, inFlight, keptUntilMs })
}

const NOT_DUE = { againAtMs: Number.POSITIVE_INFINITY, keptUntilMs: Number.POSITIVE_INFINITY }

/** What was sealed for a first-contact address is nothing for a line: it is sealed anew once the contact has answered. */
const isForLines = ({ envelope }: OutboxEntry): boolean => envelope?.firstContactAddress === undefined

/** What was deposited in the future was so by a clock that was set back since: it would pass for kept until that time comes. */
const isKeptByRelay = (turn: Turn, key: string, entry: OutboxEntry): boolean =>
  entry.onRelayAtMs !== undefined &&
  entry.onRelayAtMs <= turn.nowMs &&
  keptUntil(entry) > turn.nowMs &&
  entry.onRelayAtMs >= (turn.live.offerAgain.get(key)?.olderThanMs ?? Number.NEGATIVE_INFINITY)

const keptUntil = ({ createdAtMs, onRelayAtMs }: OutboxEntry): number =>
  onRelayAtMs === undefined
    ? Number.NEGATIVE_INFINITY
    : onRelayAtMs + Math.min(Math.max(onRelayAtMs - createdAtMs, KEPT_AT_LEAST_MS), KEPT_AT_MOST_MS)

/** Whether nothing may be sent to a contact: its identity has changed, another has taken its place, or this device is off its account's list. */
export const isStopped = (turn: Turn, contactId: ContactId): boolean => {
  const contact = turn.get('contacts', contactId)
  return contact === undefined || contact.identityChange !== undefined || contact.replacedBy !== undefined || isRemoved(turn)
}

/** Whether the account has taken this device off its list: another one has its place. */
export const isRemoved = (turn: Turn): boolean => turn.get('self', 'self')?.removedAtMs !== undefined

const wayTo = (turn: Turn, contactId: ContactId, tag: number): LinkId | 'relay' | undefined => {
  if (isStopped(turn, contactId)) return undefined
  const link = openLinkOf(turn, contactId, tag)
  if (link !== undefined) return link
  const device = deviceOf(turn, contactId, tag)
  const isReached = device?.theirAddress !== undefined || device?.firstContact !== undefined
  return isReached && relayIsOpen(turn) ? 'relay' : undefined
}

/** Whether anything could leave for a device now. */
export const hasWay = (turn: Turn, contactId: ContactId, tag: number): boolean => wayTo(turn, contactId, tag) !== undefined

/** Whether the relay said not long ago that nobody listens there. */
export const isAbsent = (turn: Turn, contactId: ContactId): boolean => (turn.live.absent.get(contactId) ?? 0) > turn.nowMs

/** @param at the address at the relay; without it, the device's own */
const carry = (turn: Turn, via: LinkId | 'relay', what: Deposit, envelope: Uint8Array, at?: Uint8Array): void => {
  if (via === 'relay') deposit(turn, what, envelope, at)
  else turn.order({ type: 'link-send', linkId: via, frame: { type: 'envelope', envelope } })
}

/** Hands an envelope to the relay for a contact's device; the answer comes back under the request's id. */
export const deposit = (turn: Turn, what: Deposit, envelope: Uint8Array, at?: Uint8Array): void => {
  const address = at ?? deviceOf(turn, what.contactId, what.tag)?.theirAddress
  if (address === undefined) return
  const requestId = nextRequestId(turn)
  turn.live = { ...turn.live, deposits: withEntry(turn.live.deposits, requestId, what) }
  turn.send('deposit', { type: 'deposit', requestId, liveOnly: what.kind === 'presence', address, envelope })
}

export const nextRequestId = (turn: Turn): number => {
  const requestId = turn.live.nextRequestId
  turn.live = { ...turn.live, nextRequestId: requestId + 1 }
  return requestId
}

/** A receipt, which may get lost: by the direct line if there is one, else into the mailbox. */
export const sendReceipt = (turn: Turn, contactId: ContactId, tag: number, contentIds: readonly string[], envelope: Uint8Array): void => {
  const via = wayTo(turn, contactId, tag)
  if (via !== undefined) carry(turn, via, { kind: 'receipt', contactId, tag, contentIds }, envelope)
}

/** The far end of a direct line has kept an envelope. */
export const acknowledged = (turn: Turn, linkId: LinkId, envelopeId: string): undefined => {
  const link = turn.live.links.get(linkId)
  if (link?.phase !== 'open') return
  const key = deviceKey(link.contactId, link.tag)
  const route = turn.live.routes.get(key)
  if (route?.via !== linkId) return
  for (const contentId of route.inFlight.keys()) {
    if (turn.get('outbox', outboxKey(contentId, link.tag))?.envelope?.id !== envelopeId) continue
    setRoute(turn, key, { ...route, inFlight: withEntry(route.inFlight, contentId, 'taken') })
    return
  }
}

/** The relay keeps a deposit, or has handed a presence over to somebody of this contact. */
export const deposited = (turn: Turn, requestId: number, presenceTaken: (contactId: ContactId) => void): Pending | undefined => {
  const what = answeredDeposit(turn, requestId)
  if (what === undefined) return undefined
  const { contactId, tag } = what
  if (what.kind === 'presence') {
    turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, undefined) }
    presenceTaken(contactId)
  }
  if (what.kind !== 'outbox') return undefined
  notFull(turn, contactId)
  const entry = turn.get('outbox', outboxKey(what.contentId, tag))
  if (entry === undefined) return undefined
  turn.put('outbox', outboxKey(what.contentId, tag), { ...entry, onRelayAtMs: turn.nowMs })
  if (entry.isMessage) turn.touch(contactId)
  return entry.isMessage && entry.onRelayAtMs === undefined ? tellOnRelay(turn, contactId, what.contentId) : undefined
}

/** Another device of the contact may have confirmed it by now. */
const tellOnRelay = (turn: Turn, contactId: ContactId, messageId: string): Pending => ({
  needs: [{ type: 'message', contactId, messageId }],
  resume: ([found]) => {
    const isWaiting = found?.type === 'message' && found.row?.state === 'waiting'
    if (isWaiting) turn.tell({ type: 'message-state-changed', contactId, messageId, state: 'on-relay' })
    return undefined
  },
})

/** Whether the relay said that it keeps a message for one of the contact's devices at least. */
export const isOnRelay = (turn: Turn, contactId: ContactId, messageId: string): boolean =>
  turn
    .get('contacts', contactId)
    ?.devices.some(({ device }) => turn.get('outbox', outboxKey(messageId, device.tag))?.onRelayAtMs !== undefined) ?? false

/** The relay refused a deposit: nobody there, no room, or not now. */
export const depositRefused = (turn: Turn, requestId: number, cause: RelayRefusal): Deposit | undefined => {
  const what = answeredDeposit(turn, requestId)
  if (what === undefined) return undefined
  const { contactId, tag } = what
  if (cause === 'nobody-listening') {
    turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, turn.nowMs + ABSENT_MS) }
  }
  if (what.kind !== 'outbox') return what
  if (cause === 'mailbox-full') {
    turn.live = { ...turn.live, mailboxFull: new Set([...turn.live.mailboxFull, contactId]) }
    turn.touch(contactId)
  }
  const key = deviceKey(contactId, tag)
  const route = turn.live.routes.get(key)
  if (route?.via === 'relay') setRoute(turn, key, { ...route, againAtMs: turn.nowMs + pauseAfter(cause, route.rounds) })
  return what
}

const pauseAfter = (cause: RelayRefusal, rounds: number): number =>
  cause === 'no-mailbox'
    ? NO_MAILBOX_MS
    : Math.min(AGAIN_AFTER_MS * 2 ** rounds, cause === 'mailbox-full' ? FULL_AT_MOST_MS : AGAIN_AT_MOST_AFTER_MS)

const notFull = (turn: Turn, contactId: ContactId): void => {
  if (!turn.live.mailboxFull.has(contactId)) return
  turn.live = { ...turn.live, mailboxFull: new Set([...turn.live.mailboxFull].filter((full) => full !== contactId)) }
  turn.touch(contactId)
}

/** The relay connection went: nothing that was asked on it will be answered. */
export const depositsLost = (turn: Turn): readonly Deposit[] => {
  const lost = [...turn.live.deposits.values()]
  for (const contactId of turn.live.mailboxFull) turn.touch(contactId)
  turn.live = { ...turn.live, deposits: new Map(), absent: new Map(), mailboxFull: new Set() }
  for (const [key, route] of turn.live.routes) if (route.via === 'relay') setRoute(turn, key, undefined)
  return lost
}

/** Another store than before: nothing is kept there of what was. */
export const relayForgot = (turn: Turn): void => {
  for (const [key, entry] of turn.all('outbox')) {
    if (entry.onRelayAtMs === undefined) continue
    turn.put('outbox', key, { ...entry, onRelayAtMs: undefined })
    const { contactId, contentId } = entry
    turn.touch(contactId)
    if (entry.isMessage) turn.tell({ type: 'message-state-changed', contactId, messageId: contentId, state: 'waiting' })
  }
}

/**
 * A device was heard, so it fetches its mail. There will be room in a mailbox that was full; and should it not confirm what
 * the relay keeps for it, that is offered again.
 */
export const heardFrom = (turn: Turn, contactId: ContactId, tag: number): void => {
  const key = deviceKey(contactId, tag)
  const route = turn.live.routes.get(key)
  if (turn.live.mailboxFull.has(contactId) && route?.via === 'relay') {
    setRoute(turn, key, { ...route, rounds: 0, againAtMs: Math.min(route.againAtMs, turn.nowMs + ROOM_AFTER_MS) })
  }
  notFull(turn, contactId)
  const again = turn.live.offerAgain.get(key)
  if (again?.atMs !== undefined) return
  if (!turn.all('outbox').some(([, entry]) => entry.contactId === contactId && entry.tag === tag && entry.onRelayAtMs !== undefined)) return
  const rounds = again?.rounds ?? 0
  const atMs = turn.nowMs + Math.min(HEARD_MS * 2 ** rounds, HEARD_AT_MOST_MS)
  setOfferAgain(turn, key, { atMs, olderThanMs: again?.olderThanMs ?? Number.NEGATIVE_INFINITY, rounds: rounds + 1 })
}

/** Somebody listens again at an address of this contact, or has a mailbox there again. */
export const addressLive = (turn: Turn, address: Uint8Array): ContactId | undefined => {
  const key = toHex(address)
  for (const [contactId, contact] of turn.all('contacts')) {
    for (const { device, firstContact, theirAddress } of contact.devices) {
      if ((theirAddress && toHex(theirAddress)) !== key && (firstContact && toHex(firstContact.address)) !== key) continue
      turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, undefined) }
      const routeKey = deviceKey(contactId, device.tag)
      const route = turn.live.routes.get(routeKey)
      if (route?.via === 'relay') setRoute(turn, routeKey, { ...route, againAtMs: turn.nowMs })
      turn.touch(contactId)
      return contactId
    }
  }
  return undefined
}

/** Nothing that was tried so far counts: the contact has new addresses, or is none any more. */
export const forgetRoute = (turn: Turn, contactId: ContactId): void => {
  const without = <Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
    new Map([...map].filter(([key]) => !key.startsWith(`${contactId}/`)))
  const { absent, deposits, lastReceipts, mailboxFull, offerAgain, receiptsDue, routes, unheard, unopened } = turn.live
  turn.live = {
    ...turn.live,
    routes: without(routes),
    offerAgain: without(offerAgain),
    lastReceipts: without(lastReceipts),
    receiptsDue: without(receiptsDue),
    unopened: without(unopened),
    deposits: new Map([...deposits].filter(([, what]) => what.contactId !== contactId)),
    mailboxFull: new Set([...mailboxFull].filter((full) => full !== contactId)),
    absent: withEntry(absent, contactId, undefined),
    unheard: withEntry(unheard, contactId, undefined),
  }
}

/** What waits for a device was encrypted afresh: how far the former envelopes got counts no more, and no answer to them does. */
export const sendAnew = (turn: Turn, contactId: ContactId, tag: number): void => {
  const key = deviceKey(contactId, tag)
  const { deposits, lastReceipts, unheard } = turn.live
  const isFormer = (what: Deposit): boolean => what.kind === 'outbox' && what.contactId === contactId && what.tag === tag
  setRoute(turn, key, undefined)
  setOfferAgain(turn, key, undefined)
  turn.live = {
    ...turn.live,
    deposits: new Map([...deposits].filter(([, what]) => !isFormer(what))),
    lastReceipts: withEntry(lastReceipts, key, undefined),
    unheard: unheard.get(contactId)?.tag === tag ? withEntry(unheard, contactId, undefined) : unheard,
  }
}

export const routesWakeAtMs = (turn: Turn): number =>
  Math.min(
    ...[...turn.live.routes.values()].map(({ againAtMs, keptUntilMs }) => Math.min(againAtMs, keptUntilMs)),
    ...[...turn.live.offerAgain]
      .filter(([key]) => turn.live.routes.get(key)?.via === 'relay')
      .map(([, { atMs }]) => atMs ?? Number.POSITIVE_INFINITY),
    ...[...turn.live.absent]
      .filter(([contactId, atMs]) => atMs > turn.nowMs && turn.all('outbox').some(([, entry]) => entry.contactId === contactId))
      .map(([, atMs]) => atMs),
  )

const answeredDeposit = (turn: Turn, requestId: number): Deposit | undefined => {
  const what = turn.live.deposits.get(requestId)
  turn.live = { ...turn.live, deposits: withEntry(turn.live.deposits, requestId, undefined) }
  return what
}

const setRoute = (turn: Turn, key: string, route: Route | undefined): void => {
  turn.live = { ...turn.live, routes: withEntry(turn.live.routes, key, route) }
}

const setOfferAgain = (turn: Turn, key: string, again: OfferAgain | undefined): void => {
  turn.live = { ...turn.live, offerAgain: withEntry(turn.live.offerAgain, key, again) }
}
