// The device publishes its prekeys at the relay and looks after them once a day (docs/protocols/prekeys.md, Publication):
// when the connection for it is opened, who we are to the relay, one request after another, and what follows from failure.
// What is asked is publish-requests.ts, the states are drawn in publish-state.ts.

import { equal, toHex } from '../crypto/bytes.ts'
import {
  type Authenticated,
  beginAuthentication,
  type Challenge,
  finishAuthentication,
  openReply,
  sealRequest,
} from '../protocol/relay-auth/relay-auth.ts'
import {
  decodePublicationReply,
  encodePublicationRequest,
  PUBLICATION_REQUEST_ID_LENGTH,
  type PublicationReply,
  type PublicationRequest,
} from '../wire/publication-frames.ts'
import type { RelayConfiguration, RelayReply } from '../wire/relay-frames.ts'
import { formerListArrived, formerListSought, isFormerListSought } from './former-list.ts'
import { misbehaved } from './misbehaviour.ts'
import { refill } from './one-time-keys.ts'
import { ownListShown } from './own-list.ts'
import { afterStatus, wasOlderList } from './publish-check.ts'
import {
  afterConflict,
  afterDone,
  hashOfOurList,
  isAnythingNew,
  isPublished,
  isUpload,
  nextRequest,
  nothingPublished,
  publishedUnknown,
} from './publish-requests.ts'
import type { Publishing, Unanswered } from './publish-state.ts'
import { isRemoved } from './routes.ts'
import type { KnownRelay, Published } from './state.ts'
import { refuse, selfOf, type Turn } from './turn.ts'

/** What the relay keeps is looked at so often. */
const CHECK_EVERY_MS = 86_400_000
/** Whoever is said to be behind looks at most so often. */
const LOOK_EVERY_MS = 300_000
/** Between two rounds at the least; doubled with each that fails. */
const REST_MS = 60_000
const LONGEST_REST_MS = 3_600_000
/** So long the relay may take for one answer. */
const ANSWER_WITHIN_MS = 60_000
/** The relay knows a request again for ten minutes; after that it is found out from the status what became of it. */
const REPEAT_WITHIN_MS = 9 * 60_000
/** Nothing else is asked on this connection outside of the authentication. */
const AUTHENTICATION_ID = 1
/** And one question after our own list. */
const OWN_LIST_ID = 2

type Authenticating = Extract<Publishing, { readonly phase: 'authenticating' }>
type Asking = Extract<Publishing, { readonly phase: 'asking' }>
type Refused = Extract<PublicationReply, { readonly type: 'refused' }>

// ---- the relay and its store ------------------------------------------------------------------------------------

/**
 * Notes whom we met at the other end of a connection that has just opened, and pins its key.
 *
 * @returns `new-store` where nothing is kept there of what an earlier one had, and for the first relay of all
 */
export const relayMet = (turn: Turn, { relayKey, storeId: id }: RelayConfiguration): 'same' | 'new-store' => {
  const storeId = toHex(id)
  const known = turn.get('relay', 'relay')
  const isSameStore = known?.storeId === storeId
  if (isSameStore && publishedOf(turn) === undefined) turn.put('published', 'published', publishedUnknown(turn, known))
  if (isSameStore && equal(known.relayKey, relayKey)) return 'same'
  if (isSameStore) misbehaved(turn, 'relay-key-changed')
  const relay: KnownRelay = { storeId, relayKey }
  turn.put('relay', 'relay', relay)
  if (isSameStore) return 'same'
  turn.put('published', 'published', nothingPublished(turn, relay))
  return 'new-store'
}

/** Undefined before the first relay was met. */
const publishedOf = (turn: Turn): Published | undefined => turn.get('published', 'published')

// ---- when -------------------------------------------------------------------------------------------------------

/** Nobody looks for our prekeys before somebody knows us, nor for those of a device that is off the list. */
const isWanted = (turn: Turn): boolean =>
  turn.get('self', 'self') !== undefined &&
  !isRemoved(turn) &&
  (turn.live.leaving === undefined ? turn.all('contacts').length + turn.all('offers').length > 0 : isPublished(turn))

const isDue = (turn: Turn): boolean => {
  if (turn.live.leaving !== undefined) return true
  const published = publishedOf(turn)
  // Another browser may have taken our place while this one was closed.
  if (!turn.live.isListSeen && published?.deviceListHash !== undefined) return true
  return published === undefined || Math.abs(turn.nowMs - published.checkedAtMs) >= CHECK_EVERY_MS || isAnythingNew(turn, published)
}

/** No rest before the next round. */
export const publishAtOnce = (turn: Turn): void => {
  const { publishing } = turn.live
  if (publishing.phase === 'resting') turn.live = { ...turn.live, publishing: { ...publishing, againAtMs: turn.nowMs } }
}

/** Somebody has named a later list of our account than ours, or another device of ours is gone: the relay may have a list that tells why. */
export const lookForOwnList = (turn: Turn): void => {
  const checkedAtMs = publishedOf(turn)?.checkedAtMs ?? 0
  if (checkedAtMs <= turn.nowMs && turn.nowMs < checkedAtMs + LOOK_EVERY_MS) return
  turn.live = { ...turn.live, isListSeen: false }
  publishAtOnce(turn)
}

/** Called at the end of each turn. */
export const publishDue = (turn: Turn): void => {
  const { publishing } = turn.live
  if (publishing.phase === 'resting') {
    if (isOver(turn, publishing.againAtMs, LONGEST_REST_MS) && isWanted(turn) && isDue(turn)) connect(turn)
  } else if (!isWanted(turn)) rest(turn, turn.nowMs)
  else if ('answerByMs' in publishing && isOver(turn, publishing.answerByMs, ANSWER_WITHIN_MS)) fail(turn)
}

/** Whether this time has come, or is further away than it ever was: then our clock went back. */
const isOver = ({ nowMs }: Turn, atMs: number, longestMs: number): boolean => atMs <= nowMs || atMs > nowMs + longestMs

/** After {@link publishDue}: what rests though it might go on has nothing to do but the next check. */
export const publishWakeAtMs = (turn: Turn): number => {
  const { publishing } = turn.live
  if (publishing.phase !== 'resting') return 'answerByMs' in publishing ? publishing.answerByMs : Number.POSITIVE_INFINITY
  if (!isWanted(turn)) return Number.POSITIVE_INFINITY
  return publishing.againAtMs > turn.nowMs ? publishing.againAtMs : (publishedOf(turn)?.checkedAtMs ?? 0) + CHECK_EVERY_MS
}

const connect = (turn: Turn): void => {
  const { failures, unanswered } = turn.live.publishing
  const relay = { ...turn.live.relay, publish: 'connecting' as const }
  turn.live = { ...turn.live, relay, publishing: { phase: 'connecting', failures, unanswered } }
  turn.order({ type: 'relay-connect', connection: 'publish' })
}

const rest = (turn: Turn, againAtMs: number, failures = 0, unanswered?: Publishing['unanswered']): void => {
  const relay = { ...turn.live.relay, publish: 'off' as const }
  turn.live = { ...turn.live, relay, publishing: { phase: 'resting', failures, unanswered, againAtMs } }
  turn.order({ type: 'relay-disconnect', connection: 'publish' })
}

/** The round is over. @param repeats whether what is unanswered is asked again, as it was, at the start of the next */
const fail = (turn: Turn, repeats = true): void => {
  const { failures, unanswered } = turn.live.publishing
  const restMs = Math.min(REST_MS * 2 ** failures, LONGEST_REST_MS)
  rest(turn, turn.nowMs + restMs, failures + 1, repeats ? unanswered : undefined)
}

// ---- the connection ---------------------------------------------------------------------------------------------

export const publishingOpened = (turn: Turn): void => {
  const { failures, phase, unanswered } = turn.live.publishing
  if (phase === 'resting') return
  const { accountId, identity, tag } = selfOf(turn)
  const awaiting = beginAuthentication({ accountId, tag, identity, random: turn.random })
  const answerByMs = turn.nowMs + ANSWER_WITHIN_MS
  turn.live = { ...turn.live, publishing: { phase: 'authenticating', failures, unanswered, awaiting, answerByMs } }
  turn.send('publish', { type: 'authenticate', requestId: AUTHENTICATION_ID, ...awaiting.claim })
}

/** While it opens, the pipe tries again by itself. */
export const publishingClosed = (turn: Turn): void => {
  if ('answerByMs' in turn.live.publishing) fail(turn)
}

export const publishingReceived = (turn: Turn, reply: RelayReply): undefined => {
  const { publishing } = turn.live
  if (!('answerByMs' in publishing)) return
  if (reply.type === 'challenge' && publishing.phase === 'authenticating') challenged(turn, publishing, reply)
  if (reply.type === 'authenticated' && publishing.phase === 'asking') answered(turn, publishing, reply)
  if (reply.type === 'device-list' && publishing.phase === 'asking' && reply.requestId === OWN_LIST_ID) {
    formerListArrived(turn, reply.deviceList)
    const read = ownListShown(turn, reply.deviceList)
    if (read === 'rolled-back' || read === 'known') wasOlderList(turn)
    if (read === 'news') rest(turn, turn.nowMs)
  }
  if (reply.type === 'bundles-end' && publishing.phase === 'asking' && reply.requestId === OWN_LIST_ID) {
    formerListSought(turn)
    askNext(turn, publishing)
  }
  if (reply.type === 'refused') {
    refuse(turn, `relay-${reply.cause}`)
    fail(turn)
  }
}

/** The relay keeps another list than ours, or one that we are not on: is it a later one? */
const askForOwnList = (turn: Turn, asking: Asking): void => {
  turn.live = { ...turn.live, publishing: { ...asking, isListSought: true, answerByMs: turn.nowMs + ANSWER_WITHIN_MS } }
  turn.send('publish', { type: 'fetch-bundles', requestId: OWN_LIST_ID, accountId: selfOf(turn).accountId, tag: undefined })
}

const challenged = (turn: Turn, { awaiting, ...publishing }: Authenticating, challenge: Challenge): void => {
  const relay = turn.get('relay', 'relay')
  if (relay === undefined) return fail(turn)
  const finished = finishAuthentication(awaiting, challenge, relay.relayKey)
  if (!finished.ok) return notAuthentic(turn)
  const asking: Asking = { ...publishing, phase: 'asking', channel: finished.channel, storeId: relay.storeId, checked: false }
  const { unanswered } = publishing
  const isKnownThere = unanswered?.published.storeId === relay.storeId && turn.nowMs - unanswered.askedAtMs < REPEAT_WITHIN_MS
  if (isKnownThere) ask(turn, asking, unanswered)
  else askNext(turn, asking)
}

const askNext = (turn: Turn, asking: Asking): void => {
  const published = publishedOf(turn)
  if (published === undefined) throw new Error('askNext: no relay was met')
  const request: PublicationRequest | undefined = asking.checked
    ? nextRequest(turn, published)
    : { type: 'status', requestId: turn.random(PUBLICATION_REQUEST_ID_LENGTH) }
  if (request === undefined) rest(turn, turn.nowMs + REST_MS)
  else ask(turn, asking, { request, published, askedAtMs: turn.nowMs })
}

/** What the turn made for it is kept before it leaves, as everything that a turn sends. */
const ask = (turn: Turn, asking: Asking, unanswered: Unanswered): void => {
  const { channel, sealed } = sealRequest(asking.channel, encodePublicationRequest(unanswered.request))
  turn.live = { ...turn.live, publishing: { ...asking, channel, unanswered, answerByMs: turn.nowMs + ANSWER_WITHIN_MS } }
  turn.send('publish', { type: 'authenticated', ...sealed })
}

const notAuthentic = (turn: Turn): void => {
  misbehaved(turn, 'not-authentic')
  fail(turn)
}

const answered = (turn: Turn, asking: Asking, frame: Authenticated): void => {
  const opened = openReply(asking.channel, frame)
  if (!opened.ok) return notAuthentic(turn)
  const { unanswered } = asking
  // Another connection has met another store in the meantime: what this one said is not about it.
  if (unanswered === undefined || turn.get('relay', 'relay')?.storeId !== asking.storeId) return fail(turn, false)
  const reply = decodePublicationReply(opened.body)
  if (!reply.ok || toHex(reply.value.requestId) !== toHex(unanswered.request.requestId)) {
    refuse(turn, 'publication-malformed')
    return fail(turn, false)
  }
  takeReply(turn, { ...asking, channel: opened.channel, unanswered: undefined }, unanswered, reply.value)
}

const takeReply = (turn: Turn, asking: Asking, { request, published: then }: Unanswered, reply: PublicationReply): void => {
  const published = publishedOf(turn)
  if (published === undefined) throw new Error('takeReply: no relay was met')
  if (reply.type === 'refused') return refused(turn, asking, published, request, reply)
  if ((reply.type === 'status') !== (request.type === 'status')) {
    refuse(turn, 'publication-malformed')
    return fail(turn, false)
  }
  if (reply.type === 'done') {
    turn.put('published', 'published', afterDone(turn, published, request, reply.spentIds))
    if (request.type === 'put-device-list') wasOlderList(turn)
    return askNext(turn, asking)
  }
  turn.put('published', 'published', afterStatus(turn, published, then, reply))
  turn.live = { ...turn.live, isListSeen: true }
  refill(turn)
  const next = { ...asking, checked: true }
  if (turn.live.replacedList === hashOfOurList(turn)) askForOwnList(turn, next)
  else askNext(turn, next)
}

const refused = (turn: Turn, asking: Asking, published: Published, request: PublicationRequest, { ids, reason }: Refused): void => {
  refuse(turn, `publication-${reason}`)
  if (reason === 'in-doubt') return fail(turn)
  if (reason === 'conflict' && isUpload(request)) {
    misbehaved(turn, 'key-changed')
    turn.put('published', 'published', afterConflict(published, request, ids))
    return askNext(turn, asking)
  }
  if (reason === 'unknown-device' && request.type === 'status') {
    // The list that is kept there does not name this device: ours does, unless there is a later one.
    turn.put('published', 'published', { ...published, deviceListHash: undefined })
    const next = { ...asking, checked: true }
    return published.deviceListHash === undefined && !isFormerListSought(turn) ? askNext(turn, next) : askForOwnList(turn, next)
  }
  if (reason === 'older' && request.type === 'put-device-list' && asking.isListSought !== true) return askForOwnList(turn, asking)
  fail(turn, false)
}
