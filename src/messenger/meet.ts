// How two contacts come to a direct line without a code: each sends the other a presence through the ratchet, the device
// with the lower name dials, and the first frame each way proves that the line ends where the presence came from
// (docs/protocols/meeting.md).
//
//   (nothing) --wanted--> inviting --peer-ready--> invited --deposited--> delivered
//        ^                    their presence + ours ready, and we are the lower: dial
//        |                                                       |
//        +--- ended, after a growing pause <--- link-closed --- dialling / proving --proof--> open

import { asSecret, concat, toHex } from '../crypto/bytes.ts'
import { freshToken, isProof, prove } from '../protocol/meeting/meeting.ts'
import type { ContactId, LinkEnd, LinkId, LinkPath, Report } from './api.ts'
import { type Body, CONTENT_ID_LENGTH, encodeContent } from './content.ts'
import type { Link, Meeting } from './live.ts'
import { deposit, isAbsent, isStopped, openLinkOf, relayIsOpen } from './routes.ts'
import { sealFor } from './send.ts'
import { refuse, selfOf, type Turn, withEntry } from './turn.ts'
import { openConversations } from './windows.ts'

/** An invitation that brought no line by then is given up for a fresh one, milliseconds. */
const MEETING_LIFE_MS = 45_000
/** Two presences within this time may have crossed: then the other side has ours and dials. */
const CROSSING_MS = 3_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** Presences of one contact that follow each other faster are not news, milliseconds. */
const PRESENCE_EVERY_MS = 1_000
/** How many direct lines are sought or open at once. */
const MAX_MEETINGS = 16

/** Starts, repeats and ends invitations. Called at the end of each turn. */
export const meetDue = (turn: Turn): void => {
  for (const [contactId, meeting] of turn.live.meetings) {
    if (!mayMeet(turn) || meeting.endsAtMs <= turn.nowMs) giveUp(turn, contactId)
  }
  if (!mayMeet(turn) || !relayIsOpen(turn)) return
  for (const contactId of wanted(turn)) {
    const again = turn.live.meetAgain.get(contactId)
    if (turn.live.meetings.has(contactId) || turn.live.meetings.size >= MAX_MEETINGS) continue
    if (openLinkOf(turn, contactId) !== undefined || isAbsent(turn, contactId)) continue
    if (again === undefined || again.atMs <= turn.nowMs) invite(turn, contactId, declinedLately(turn, contactId))
  }
}

export const mayMeet = (turn: Turn): boolean => {
  const own = turn.get('settings', 'settings')?.relayOnly === true
  return turn.live.directLinesPossible && !own && turn.live.window.online
}

/** The open conversations, and everybody for whom something waits. */
const wanted = (turn: Turn): ReadonlySet<ContactId> => {
  const contactIds = new Set(turn.all('outbox').map(([, { contactId }]) => contactId))
  for (const contactId of openConversations(turn.live)) contactIds.add(contactId)
  return new Set([...contactIds].filter((contactId) => !isStopped(turn, contactId) && deviceToMeet(turn, contactId) !== undefined))
}

/** Of several devices the one that was listed first; those without an address cannot be told of a line. */
const deviceToMeet = (turn: Turn, contactId: ContactId) =>
  turn.get('contacts', contactId)?.devices.find(({ theirAddress }) => theirAddress !== undefined)?.device

/** What was declined a moment ago may still be accepted. */
const declinedLately = (turn: Turn, contactId: ContactId): Meeting['theirs'] => {
  const declined = turn.live.declined.get(contactId)
  turn.live = { ...turn.live, declined: withEntry(turn.live.declined, contactId, undefined) }
  return declined !== undefined && turn.nowMs - declined.atMs < MEETING_LIFE_MS / 2 ? declined : undefined
}

const invite = (turn: Turn, contactId: ContactId, theirs: Meeting['theirs'], device?: number): undefined => {
  const tag = device ?? deviceToMeet(turn, contactId)?.tag
  if (tag === undefined) return
  const unheard = turn.live.unheard.get(contactId)
  turn.live = { ...turn.live, unheard: withEntry(turn.live.unheard, contactId, undefined) }
  const meeting: Meeting = {
    ...(unheard?.tag === tag ? unheard : { tag, peerId: toHex(turn.random(16)), token: freshToken(turn.random), envelope: undefined }),
    ready: false,
    delivered: false,
    theirs,
    linkId: undefined,
    endsAtMs: turn.nowMs + MEETING_LIFE_MS,
  }
  setMeeting(turn, contactId, meeting)
  openPeer(turn, meeting.peerId)
}

/** Makes an id known to the signalling service, with the servers of the relay's configuration and of the settings. */
export const openPeer = (turn: Turn, peerId: string): void => {
  const iceServers = [...(turn.live.configuration?.iceServers ?? []), ...(turn.get('settings', 'settings')?.iceServers ?? [])]
  turn.order({ type: 'peer-open', peerId, iceServers, turnOnly: turn.live.configuration?.relayOnly === true })
}

export const peerReady = (turn: Turn, peerId: string): undefined => {
  const found = meetingOfPeer(turn, peerId)
  if (found === undefined) return
  const [contactId, meeting] = found
  const { tag } = meeting
  // Who can dial at once has nothing to say: a presence that came after the line would start another.
  if (meeting.theirs !== undefined && isLower(turn, contactId, tag)) {
    setMeeting(turn, contactId, { ...meeting, ready: true })
    return dialIfOurs(turn, contactId)
  }
  const body: Body = { type: 'presence', peerId, token: meeting.token }
  const content = encodeContent({ contentId: turn.random(CONTENT_ID_LENGTH), sentAtMs: turn.nowMs, body })
  const envelope = meeting.envelope ?? sealFor(turn, contactId, tag, content)?.bytes
  if (envelope === undefined) return giveUp(turn, contactId)
  setMeeting(turn, contactId, { ...meeting, ready: true, envelope })
  deposit(turn, { kind: 'presence', contactId, tag }, envelope)
  dialIfOurs(turn, contactId)
}

export const peerLost = (turn: Turn, peerId: string): undefined => {
  const found = meetingOfPeer(turn, peerId)
  if (found !== undefined) setMeeting(turn, found[0], { ...found[1], ready: false })
}

/** The relay said what became of a presence: undelivered ones go out again, as the same bytes, once somebody listens. */
export const presenceAnswered = (turn: Turn, contactId: ContactId, delivered: boolean): void => {
  const meeting = turn.live.meetings.get(contactId)
  if (meeting !== undefined) setMeeting(turn, contactId, { ...meeting, delivered })
}

export const contactIsBack = (turn: Turn, contactId: ContactId): void => {
  const meeting = turn.live.meetings.get(contactId)
  turn.live = { ...turn.live, meetAgain: withEntry(turn.live.meetAgain, contactId, undefined) }
  if (meeting?.envelope !== undefined && !meeting.delivered) {
    deposit(turn, { kind: 'presence', contactId, tag: meeting.tag }, meeting.envelope)
  }
}

export const presenceArrived = (
  turn: Turn,
  contactId: ContactId,
  tag: number,
  body: { readonly peerId: string; readonly token: Uint8Array },
): undefined => {
  const theirs = { peerId: body.peerId, token: asSecret<'MeetingToken'>(body.token) }
  if (!mayMeet(turn)) {
    turn.live = { ...turn.live, declined: withEntry(turn.live.declined, contactId, { ...theirs, atMs: turn.nowMs }) }
    return
  }
  // One line a contact: two devices that both want it would take it from each other again and again.
  if (hasLineToAnother(turn, contactId, tag)) return
  const meeting = turn.live.meetings.get(contactId)
  if (meeting !== undefined && meeting.tag !== tag) {
    if (meeting.theirs !== undefined) return
    // What the other one was told is for it alone: whoever comes by that is no other.
    endInvitation(turn, contactId)
    return invite(turn, contactId, theirs, tag)
  }
  if (meeting === undefined) return turn.live.meetings.size < MAX_MEETINGS ? invite(turn, contactId, theirs, tag) : undefined
  // The end of a meeting is set anew by each presence, so it tells when the last one came.
  if (meeting.theirs !== undefined && meeting.endsAtMs - MEETING_LIFE_MS + PRESENCE_EVERY_MS > turn.nowMs) return
  if (meeting.linkId !== undefined) {
    turn.order({ type: 'link-close', linkId: meeting.linkId })
    dropLink(turn, meeting.linkId)
  }
  // Ours was heard long before theirs came: by a page that has gone since, or that wanted no line then. Ask anew.
  const startedAtMs = meeting.endsAtMs - MEETING_LIFE_MS
  if (meeting.theirs === undefined && meeting.delivered && turn.nowMs - startedAtMs > CROSSING_MS && !isLower(turn, contactId, tag)) {
    endMeeting(turn, contactId)
    return invite(turn, contactId, theirs, tag)
  }
  // Ours did not arrive yet: it goes out again, as the same bytes.
  setMeeting(turn, contactId, { ...meeting, theirs, linkId: undefined, endsAtMs: turn.nowMs + MEETING_LIFE_MS })
  if (meeting.envelope !== undefined && !meeting.delivered) deposit(turn, { kind: 'presence', contactId, tag }, meeting.envelope)
  dialIfOurs(turn, contactId)
}

const hasLineToAnother = (turn: Turn, contactId: ContactId, tag: number): boolean =>
  openLinkOf(turn, contactId) !== undefined && openLinkOf(turn, contactId, tag) === undefined

const dialIfOurs = (turn: Turn, contactId: ContactId): undefined => {
  const meeting = turn.live.meetings.get(contactId)
  if (meeting?.theirs === undefined || !meeting.ready || meeting.linkId !== undefined || !isLower(turn, contactId, meeting.tag)) return
  const linkId = toHex(turn.random(16))
  setLink(turn, linkId, { phase: 'dialling', contactId, tag: meeting.tag, token: meeting.theirs.token })
  setMeeting(turn, contactId, { ...meeting, linkId })
  turn.order({ type: 'link-dial', linkId, peerId: meeting.peerId, theirPeerId: meeting.theirs.peerId })
}

/** The device with the lower (account id, tag) dials. */
const isLower = (turn: Turn, contactId: ContactId, tag: number): boolean => {
  const self = selfOf(turn)
  const ours = toHex(self.accountId)
  return ours === contactId ? self.tag < tag : ours < contactId
}

/** A line that we dialled or that came to one of our ids. @returns whether it is one of ours */
export const meetingLinkOpened = (turn: Turn, report: Extract<Report, { type: 'link-opened' }>): boolean => {
  const known = turn.live.links.get(report.linkId)
  const found = meetingOfPeer(turn, report.peerId)
  const answered =
    report.dialled || found === undefined ? undefined : ({ contactId: found[0], tag: found[1].tag, token: found[1].token } as const)
  const ends = known?.phase === 'dialling' && report.dialled ? known : answered
  if (ends === undefined) return false
  const { ourFingerprint, theirFingerprint, path, dialled, linkId } = report
  const fingerprints = dialled ? concat(ourFingerprint, theirFingerprint) : concat(theirFingerprint, ourFingerprint)
  setLink(turn, linkId, { phase: 'proving', contactId: ends.contactId, tag: ends.tag, dialled, token: ends.token, fingerprints, path })
  const mac = prove(ends.token, dialled ? 'dialler' : 'answerer', bindingOf(fingerprints))
  turn.order({ type: 'link-send', linkId, frame: { type: 'proof', mac } })
  return true
}

export const proofArrived = (turn: Turn, linkId: LinkId, link: Extract<Link, { phase: 'proving' }>, mac: Uint8Array): undefined => {
  if (!isProof(mac, link.token, link.dialled ? 'answerer' : 'dialler', bindingOf(link.fingerprints))) {
    refuse(turn, 'bad-proof')
    turn.order({ type: 'link-close', linkId })
    dropLink(turn, linkId)
    return
  }
  linkProven(turn, linkId, link.contactId, link.tag, link.path)
}

/** From now on envelopes travel on this line; an older one of the same contact goes. */
export const linkProven = (turn: Turn, linkId: LinkId, contactId: ContactId, tag: number, path: LinkPath): undefined => {
  for (const [otherId, other] of turn.live.links) {
    if (otherId === linkId || other.phase === 'pairing' || other.contactId !== contactId) continue
    turn.order({ type: 'link-close', linkId: otherId })
    dropLink(turn, otherId)
  }
  endMeeting(turn, contactId)
  turn.live = { ...turn.live, meetAgain: withEntry(turn.live.meetAgain, contactId, undefined) }
  setLink(turn, linkId, { phase: 'open', contactId, tag, path })
  turn.touch(contactId)
}

export const meetingLinkClosed = (turn: Turn, linkId: LinkId, link: Exclude<Link, { phase: 'pairing' }>, why: LinkEnd): undefined => {
  dropLink(turn, linkId)
  const { contactId } = link
  turn.touch(contactId)
  const meeting = turn.live.meetings.get(contactId)
  if (link.phase === 'open') return pause(turn, contactId, why === 'goodbye' ? FIRST_PAUSE_MS : 0)
  if (meeting?.linkId === linkId) giveUp(turn, contactId)
}

/** After a sleep or a change of network, everything is tried at once. */
export const meetNow = (turn: Turn): undefined => {
  turn.live = { ...turn.live, meetAgain: new Map() }
}

export const meetWakeAtMs = (turn: Turn): number =>
  Math.min(
    ...[...turn.live.meetings.values()].map(({ endsAtMs }) => endsAtMs),
    ...[...turn.live.meetAgain.values()].map(({ atMs }) => (atMs > turn.nowMs ? atMs : Number.POSITIVE_INFINITY)),
  )

const giveUp = (turn: Turn, contactId: ContactId): undefined => {
  const meeting = turn.live.meetings.get(contactId)
  // Nobody heard it, so it is still good: the ratchet does not run on while the other side is away.
  if (meeting?.envelope !== undefined && !meeting.delivered && meeting.theirs === undefined) {
    const { tag, peerId, token, envelope } = meeting
    turn.live = { ...turn.live, unheard: withEntry(turn.live.unheard, contactId, { tag, peerId, token, envelope }) }
  }
  endInvitation(turn, contactId)
  const failures = (turn.live.meetAgain.get(contactId)?.failures ?? 0) + 1
  const atMs = turn.nowMs + Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  turn.live = { ...turn.live, meetAgain: withEntry(turn.live.meetAgain, contactId, { atMs, failures }) }
}

const pause = (turn: Turn, contactId: ContactId, ms: number): undefined => {
  turn.live = { ...turn.live, meetAgain: withEntry(turn.live.meetAgain, contactId, { atMs: turn.nowMs + ms, failures: 0 }) }
}

/** Forgets an invitation; a line that came of it stays. */
const endMeeting = (turn: Turn, contactId: ContactId): void => {
  const meeting = turn.live.meetings.get(contactId)
  if (meeting === undefined) return
  turn.order({ type: 'peer-close', peerId: meeting.peerId })
  setMeeting(turn, contactId, undefined)
}

/** Forgets an invitation and every line of it that is not proven. */
export const endInvitation = (turn: Turn, contactId: ContactId): void => {
  endMeeting(turn, contactId)
  closeLinks(turn, contactId, ({ phase }) => phase !== 'open')
}

/** Everything about a contact who goes, or with whom no direct line is wanted any more. */
export const endAllMeetings = (turn: Turn, contactId: ContactId): void => {
  endMeeting(turn, contactId)
  closeLinks(turn, contactId, () => true)
  const { meetAgain, unheard } = turn.live
  turn.live = { ...turn.live, meetAgain: withEntry(meetAgain, contactId, undefined), unheard: withEntry(unheard, contactId, undefined) }
}

const closeLinks = (turn: Turn, contactId: ContactId, isOver: (link: Link) => boolean): void => {
  for (const [linkId, link] of turn.live.links) {
    if (link.phase === 'pairing' || link.contactId !== contactId || !isOver(link)) continue
    turn.order({ type: 'link-close', linkId })
    dropLink(turn, linkId)
  }
}

const bindingOf = (fingerprints: Uint8Array) => ({
  diallerFingerprint: fingerprints.subarray(0, 32),
  answererFingerprint: fingerprints.subarray(32),
})

const meetingOfPeer = (turn: Turn, peerId: string): readonly [ContactId, Meeting] | undefined =>
  [...turn.live.meetings].find(([, meeting]) => meeting.peerId === peerId)

const setMeeting = (turn: Turn, contactId: ContactId, meeting: Meeting | undefined): void => {
  turn.live = { ...turn.live, meetings: withEntry(turn.live.meetings, contactId, meeting) }
}

export const setLink = (turn: Turn, linkId: LinkId, link: Link): void => {
  turn.live = { ...turn.live, links: withEntry(turn.live.links, linkId, link) }
}

export const dropLink = (turn: Turn, linkId: LinkId): void => {
  turn.live = { ...turn.live, links: withEntry(turn.live.links, linkId, undefined) }
}
