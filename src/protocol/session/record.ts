// What one device remembers of its sessions with one other device, and which of them is current
// (docs/protocols/session.md). Bookkeeping only: nothing here encrypts, and nothing here is believed before a MAC held.
//
//                     initiate --> unanswered --they answer--> answered
//      their initial message --> accepted
//      current --another becomes current--> previous --too many, or 30 days--> tombstone
//      previous --they chose it later than we chose ours, and no pairing has replaced it--> current
//      initiateToAsk --> previous, unanswered --they agree--> current
//
// The two sides agree on the current session by a register with a logical clock: whoever chooses a session counts the
// `turn` up, every message carries the turn of its sender, the higher turn wins, and between equal turns (a glare) the
// lower base key. Whatever was lost, doubled or late, two sides that hear from each other end at the same session.
// A side that lost its record has forgotten turns and sessions: it shows in `bornAtMs`, and overrides the turns.

import { equal } from '../../crypto/bytes.ts'
import { forgetOldSkipped, type RatchetState } from '../ratchet/ratchet.ts'
import type { Standing } from './session-frame.ts'

interface Common {
  /** The initiator's ephemeral X25519 key: the session's name, 32 bytes. */
  readonly baseKey: Uint8Array
  readonly ratchet: RatchetState
}

/** We began it and have not decrypted anything on it: every message takes the handshake header along. */
export interface UnansweredSession extends Common {
  readonly phase: 'unanswered'
  readonly handshake: Uint8Array
  /** When the statement that it was begun under expires: from then on nothing more is encrypted. */
  readonly statementExpiresAtMs: number
}

/** We began it, they answered. */
export interface AnsweredSession extends Common {
  readonly phase: 'answered'
}

/** They began it. */
export interface AcceptedSession extends Common {
  readonly phase: 'accepted'
  /** SHA-256 of the one handshake header that its initial messages may bear. */
  readonly handshakeHash: Uint8Array
}

export type Session = UnansweredSession | AnsweredSession | AcceptedSession

/** Still readable, no longer written to. */
export interface PreviousSession {
  readonly session: Session
  readonly retiredAtMs: number
}

/** A session of theirs that was begun under our last-resort KEM key: the one key that an old initial message could use again. */
export interface LastResortUse {
  readonly kemId: number
  readonly signedPrekeyId: number
  readonly baseKey: Uint8Array
}

/** A session that is gone, so that its initial message is not taken for a new one. */
export interface Tombstone {
  readonly baseKey: Uint8Array
  readonly goneAtMs: number
}

/** Everything between our device and one other: plain values, replaced as a whole. */
export interface SessionRecord {
  readonly current: Session | undefined
  /** Newest first. */
  readonly previous: readonly PreviousSession[]
  /** Base keys of those among `previous` that a pairing has replaced: readable, never current again. */
  readonly superseded: readonly Uint8Array[]
  /** Base key of that one among `previous` in which we ask whether the current one is broken (docs/protocols/session-healing.md). */
  readonly asked?: Uint8Array | undefined
  /** How often, as far as we know, either side has chosen a session. */
  readonly turn: number
  /** When this record began; undefined while it is empty. */
  readonly bornAtMs: number | undefined
  /** When theirs began, by their clock; undefined before we heard from them. */
  readonly theirBornAtMs: number | undefined
  /** Newest first. */
  readonly tombstones: readonly Tombstone[]
  readonly lastResortUses: readonly LastResortUse[]
}

export const emptyRecord: SessionRecord = {
  current: undefined,
  previous: [],
  superseded: [],
  turn: 0,
  bornAtMs: undefined,
  theirBornAtMs: undefined,
  tombstones: [],
  lastResortUses: [],
}

/** Previous sessions kept beside the current one. */
export const MAX_PREVIOUS_SESSIONS = 5
const DAY_MS = 86_400_000
/** How long a previous session stays readable: as long as a mailbox keeps what was encrypted on it. */
export const PREVIOUS_SESSION_LIFE_MS = 30 * DAY_MS
/** How long the name of a session that is gone is kept: as long as the prekeys of its initial message. */
export const TOMBSTONE_LIFE_MS = 38 * DAY_MS
export const MAX_TOMBSTONES = 100
/** Sessions that one device may begin under our last-resort key before we forget those keys; it has no reason for more than a few. */
export const MAX_LAST_RESORT_USES = 200

const MAX_TURN = 0xffff_ffff

/** What every message of ours says about this record. */
export const standingOf = (record: SessionRecord): Standing => {
  if (record.bornAtMs === undefined) throw new Error('session: an empty record has no standing')
  return { turn: record.turn, bornAtMs: record.bornAtMs }
}

/** One more, and at the end of the numbers no more: a peer that claims the highest turn harms its own conversation only. */
const nextTurn = (turn: number): number => Math.min(turn + 1, MAX_TURN)

/** The current session first, then the previous ones. */
export const sessionsOf = (record: SessionRecord): readonly Session[] =>
  [record.current, ...record.previous.map(({ session }) => session)].filter((session) => session !== undefined)

export const sessionNamed = (record: SessionRecord, baseKey: Uint8Array): Session | undefined =>
  sessionsOf(record).find((session) => equal(session.baseKey, baseKey))

export const isTombstone = (record: SessionRecord, baseKey: Uint8Array): boolean =>
  record.tombstones.some((tombstone) => equal(tombstone.baseKey, baseKey))

export const isLastResortRepeat = (record: SessionRecord, use: LastResortUse): boolean =>
  record.lastResortUses.some(
    (known) => known.kemId === use.kemId && known.signedPrekeyId === use.signedPrekeyId && equal(known.baseKey, use.baseKey),
  )

/** A session that we begin is current at once, under the next turn. */
export const choose = (record: SessionRecord, session: Session, nowMs: number): SessionRecord =>
  makeCurrent(record, session, nextTurn(record.turn), nowMs)

/** A session that we begin only to ask in: readable, written to by {@link asIfAgreed} alone, and one at a time. */
export const keepAsked = (record: SessionRecord, session: UnansweredSession, nowMs: number): SessionRecord => {
  const others = record.previous.filter((old) => !isAsked(record, old.session))
  return bury({ ...record, previous: [{ session, retiredAtMs: nowMs }, ...others], asked: session.baseKey }, nowMs)
}

/** The session in which we ask, while they have not answered in it and its statement has not expired. */
export const askedSession = (record: SessionRecord, nowMs: number): UnansweredSession | undefined => {
  const session = record.previous.find((old) => isAsked(record, old.session))?.session
  return session?.phase === 'unanswered' && session.statementExpiresAtMs > nowMs ? session : undefined
}

const isAsked = ({ asked }: SessionRecord, session: Session): boolean => asked !== undefined && equal(asked, session.baseKey)

/** The record as it will be if they agree to the session in which we ask, to encrypt in it; undefined where there is none. */
export const asIfAgreed = (record: SessionRecord, nowMs: number): SessionRecord | undefined => {
  const session = askedSession(record, nowMs)
  return session && choose(record, session, nowMs)
}

/** Something was encrypted as if they had agreed: that session moved on, and everything else is as it was. */
export const keepWritten = (record: SessionRecord, agreed: SessionRecord): SessionRecord =>
  agreed.current === undefined ? record : replaceSession(record, agreed.current)

/** They asked and have proved it: their session becomes current, whatever the turns say. */
export const agreeOn = (record: SessionRecord, baseKey: Uint8Array, nowMs: number): SessionRecord => {
  const session = sessionNamed(record, baseKey)
  return session === undefined || session === record.current ? record : choose(record, session, nowMs)
}

/**
 * Two people who knew each other paired anew, each from an empty record: what came of it takes the place of what was
 * known, whose sessions stay readable and whose replays stay refused. None of them becomes current again: pairing is what
 * people do after a theft, and whoever holds a stolen session can say of its turn what he likes.
 */
export const adopt = (before: SessionRecord, paired: SessionRecord, nowMs: number): SessionRecord => {
  const retired = before.current === undefined ? [] : [{ session: before.current, retiredAtMs: nowMs }]
  const replaced = [...retired, ...before.previous]
  return bury(
    {
      ...paired,
      previous: [...paired.previous, ...replaced],
      superseded: [...paired.superseded, ...replaced.map(({ session }) => session.baseKey)],
      tombstones: [...paired.tombstones, ...before.tombstones],
      lastResortUses: [...paired.lastResortUses, ...before.lastResortUses],
    },
    nowMs,
  )
}

/**
 * A message of theirs decrypted on this session, which may be new here. Afterwards it is current if they chose it later
 * than we chose ours, or if it shows that they lost their record: then only what they use can be read over there.
 */
export const follow = (record: SessionRecord, session: Session, theirs: Standing, nowMs: number): SessionRecord => {
  if (record.superseded.some((baseKey) => equal(baseKey, session.baseKey))) return replaceSession(record, session)
  const isNew = sessionNamed(record, session.baseKey) === undefined
  const known = record.theirBornAtMs
  const kept = {
    ...(isNew ? keepAsPrevious(record, session, nowMs) : replaceSession(record, session)),
    theirBornAtMs: known ?? theirs.bornAtMs,
  }
  if (known !== undefined && theirs.bornAtMs !== known) {
    // A late message from before they lost their record changes nothing; a session that we never saw is no such message
    // but a sign that their clock was set back.
    if (theirs.bornAtMs < known && !isNew) return kept
    const turn = Math.max(theirs.turn, nextTurn(record.turn))
    return { ...makeCurrent(kept, session, turn, nowMs), theirBornAtMs: theirs.bornAtMs }
  }
  if (kept.current === session) return { ...kept, turn: Math.max(theirs.turn, record.turn) }
  return wins(session, theirs.turn, record) ? makeCurrent(kept, session, theirs.turn, nowMs) : kept
}

const wins = (session: Session, turn: number, { current, turn: ourTurn }: SessionRecord): boolean =>
  current === undefined || turn > ourTurn || (turn === ourTurn && isLower(session.baseKey, current.baseKey))

/** Compares as big-endian numbers; both have 32 bytes. */
const isLower = (a: Uint8Array, b: Uint8Array): boolean => {
  const i = a.findIndex((byte, place) => byte !== b[place])
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0)
}

const makeCurrent = (record: SessionRecord, session: Session, turn: number, nowMs: number): SessionRecord => {
  const { current } = record
  const others = record.previous.filter((old) => !isSame(old.session, session))
  const previous = current === undefined || isSame(current, session) ? others : [{ session: current, retiredAtMs: nowMs }, ...others]
  return bury({ ...record, bornAtMs: record.bornAtMs ?? nowMs, current: session, turn, previous }, nowMs)
}

/** Keeps a session that is new here readable without writing to it. */
const keepAsPrevious = (record: SessionRecord, session: Session, nowMs: number): SessionRecord =>
  bury({ ...record, previous: [{ session, retiredAtMs: nowMs }, ...record.previous] }, nowMs)

/** Puts a session that moved on in the place where it was. */
const replaceSession = (record: SessionRecord, session: Session): SessionRecord => ({
  ...record,
  current: record.current !== undefined && isSame(record.current, session) ? session : record.current,
  previous: record.previous.map((old) => (isSame(old.session, session) ? { ...old, session } : old)),
})

/**
 * What time takes away: previous sessions after 30 days, tombstones after 38, old skipped keys, and the record of
 * last-resort keys that no longer exist.
 *
 * @param input.oldestSignedPrekeyId the lowest id of a signed prekey whose private half we still hold (ids only grow)
 */
export const forget = (record: SessionRecord, input: { readonly nowMs: number; readonly oldestSignedPrekeyId: number }): SessionRecord => {
  const { nowMs, oldestSignedPrekeyId } = input
  const withoutOldKeys = (session: Session): Session => ({ ...session, ratchet: forgetOldSkipped(session.ratchet, nowMs) })
  const left = bury(record, nowMs)
  return {
    ...left,
    current: left.current && withoutOldKeys(left.current),
    previous: left.previous.map((old) => ({ ...old, session: withoutOldKeys(old.session) })),
    lastResortUses: left.lastResortUses.filter((use) => use.signedPrekeyId >= oldestSignedPrekeyId),
  }
}

const isSame = (a: Session, b: Session): boolean => equal(a.baseKey, b.baseKey)

/**
 * Previous sessions that are too old or too many leave a tombstone; tombstones that are too old or too many leave nothing.
 * The session in which we ask takes no place of another: anybody can make us ask.
 */
const bury = (record: SessionRecord, nowMs: number): SessionRecord => {
  const young = record.previous.filter((old) => old.retiredAtMs + PREVIOUS_SESSION_LIFE_MS > nowMs)
  const others = young.filter((old) => !isAsked(record, old.session)).slice(0, MAX_PREVIOUS_SESSIONS)
  const previous = young.filter((old) => isAsked(record, old.session) || others.includes(old))
  const asked = previous.some((old) => isAsked(record, old.session)) ? record.asked : undefined
  const gone = record.previous.filter((old) => !previous.includes(old))
  const tombstones = [...gone.map(({ session }) => ({ baseKey: session.baseKey, goneAtMs: nowMs })), ...record.tombstones]
    .filter((tombstone) => tombstone.goneAtMs + TOMBSTONE_LIFE_MS > nowMs)
    .slice(0, MAX_TOMBSTONES)
  const superseded = record.superseded.filter((baseKey) => previous.some(({ session }) => equal(session.baseKey, baseKey)))
  return { ...record, previous, superseded, asked, tombstones }
}
