// The person who types a code: from `Connect` to the contact.

import { equal, toHex } from '../crypto/bytes.ts'
import {
  type GuestEffect,
  type GuestInput,
  type GuestState,
  guestCeremony,
  guestWakeAtMs,
  startGuest,
  stepGuest,
  stretchCode,
} from '../protocol/pairing/pairing.ts'
import { LISTEN_KEY_LENGTH, type RelayRefusal, type RelayReply, type RoomName } from '../wire/relay-frames.ts'
import type { ContactId, LinkWish, PairingFailure, PairingView, Report } from './api.ts'
import { beginLinking, ceremonyOf, firstWord, hear, whyNotLinked } from './linking.ts'
import type { PairingRun, Said } from './live.ts'
import { acceptAnswer } from './offers.ts'
import { introduce } from './own-prekeys.ts'
import {
  addPairingLink,
  bindingOf,
  closePairingLink,
  endRun,
  failRun,
  keepLink,
  linked,
  NO_BINDING,
  openLines,
  sendOn,
  setRun,
  showPairing,
  showUnfit,
} from './pairing-lines.ts'
import { openLinkOf } from './routes.ts'
import { selfOf, type Turn } from './turn.ts'
import { upkeep } from './upkeep.ts'

export type GuestRun = Extract<PairingRun, { side: 'guest' }>

/** How long to wait when the relay says that there were too many tries. */
const TOO_MANY_PAUSE_MS = 60_000

export const enterCode = (
  turn: Turn,
  room: RoomName,
  code: string,
  { again, link }: { readonly again?: ContactId | undefined; readonly link?: LinkWish | undefined },
): undefined => {
  if (!/^[0-9]{6}$/.test(code)) throw new Error('enterCode: not six digits')
  const isOwn = isOwnCode(turn, room)
  const linking = link && beginLinking(link)
  endRun(turn)
  if (isOwn) return showUnfit(turn, 'guest', 'own-code', linking)
  if (turn.get('self', 'self') === undefined) upkeep(turn)
  const unfit = link && whyNotLinked(turn, link)
  if (unfit !== undefined) return showUnfit(turn, 'guest', unfit, linking)
  setRun(turn, { side: 'guest', room, code, again, running: undefined, theirPeerId: undefined, linking, ...openLines(turn) })
  showPairing(turn, { side: 'guest', phase: 'reaching-relay' })
  if (turn.live.relay.room === 'open') guestRoomOpened(turn)
}

/** The code that this device shows itself. Elsewhere the account keys tell. */
const isOwnCode = (turn: Turn, room: RoomName): boolean => {
  if (room.type === 'number') return turn.live.pairing?.side === 'host' && turn.live.pairing.number === room.number
  const hosting = turn.get('hosting', 'hosting')
  return hosting !== undefined && equal(hosting.roomId, room.roomId)
}

const guestRun = (turn: Turn): GuestRun | undefined => (turn.live.pairing?.side === 'guest' ? turn.live.pairing : undefined)

export const guestRoomOpened = (turn: Turn): void => {
  const run = guestRun(turn)
  if (run === undefined) return
  const room: RoomName = run.running === undefined ? run.room : { type: 'id', roomId: run.running.roomId }
  turn.send('room', { type: 'join-room', requestId: 0, room })
}

export const guestRoomReplied = (turn: Turn, reply: RelayReply): void => {
  const run = guestRun(turn)
  if (run === undefined) return
  switch (reply.type) {
    case 'room-joined':
      setRun(turn, { ...run, reachByMs: undefined })
      if (isOurRoom(turn, reply.roomId)) return failRun(turn, 'guest', 'own-code')
      return run.running === undefined ? begin(turn, reply.roomId) : undefined
    case 'peer-joined':
      return guestTakes(turn, { type: 'carrier-opened', carrier: 'room', binding: NO_BINDING })
    case 'peer-left':
      return guestTakes(turn, { type: 'peer-left' })
    case 'room-message':
      return guestTakes(turn, { type: 'frame-received', carrier: 'room', frame: reply.body })
    case 'room-closed':
      // Before we are in, it is about a room that we left.
      if (run.running === undefined) return
      // Where a guess is on its way, the answer may still come on the direct line.
      if (isBeyondRoom(run.running.machine) && run.link !== undefined) return guestTakes(turn, { type: 'peer-left' })
      return failRun(turn, 'guest', isBeyondRoom(run.running.machine) || reply.cause !== 'expired' ? 'other-side-left' : 'nobody-there')
    case 'refused':
      return run.running === undefined ? refused(turn, reply.cause) : undefined
    default:
      return
  }
}

const isBeyondRoom = ({ phase }: GuestState<Said>): boolean => phase === 'guessed' || phase === 'talking'

/** The code that this very device shows, in a tab that has lost the profile since or before a reload: nobody is there. */
const isOurRoom = (turn: Turn, roomId: Uint8Array): boolean => {
  const hosting = turn.get('hosting', 'hosting')
  return hosting !== undefined && equal(hosting.roomId, roomId)
}

const refused = (turn: Turn, cause: RelayRefusal): void => {
  if (cause === 'no-such-room') return failRun(turn, 'guest', 'nobody-there')
  if (cause === 'room-busy') return failRun(turn, 'guest', 'room-busy')
  if (cause === 'too-many-requests') return failRun(turn, 'guest', 'too-many-failures', turn.nowMs + TOO_MANY_PAUSE_MS)
  return failRun(turn, 'guest', 'relay-unreachable')
}

/** The relay let us in, so the room's id is known, which the code is stretched with. */
const begin = (turn: Turn, roomId: Uint8Array): void => {
  const run = guestRun(turn)
  const secret = run && stretchCode(run.code, roomId)
  if (run === undefined || secret === undefined) return failRun(turn, 'guest', 'codes-differ')
  const listenKey = turn.random(LISTEN_KEY_LENGTH)
  const entry = { secret, roomId, directPossible: run.peerId !== undefined, nowMs: turn.nowMs }
  const wish = run.linking?.wish
  const machine: GuestState<Said> =
    wish === undefined
      ? startGuest({ ourAccountKey: selfOf(turn).account.publicKey, introduction: introduce(turn, listenKey), ...entry })
      : guestCeremony({ ceremony: ceremonyOf(turn, wish, false), contents: firstWord(turn, wish), ...entry })
  setRun(turn, { ...run, running: { machine, roomId, listenKey } })
  showGuest(turn)
}

export const guestRoomClosed = (turn: Turn): void => guestTakes(turn, { type: 'peer-left' })

export const guestPeerReady = (turn: Turn, run: GuestRun): void => {
  setRun(turn, { ...run, peerReady: true })
  dialIfReady(turn)
}

const dialIfReady = (turn: Turn): void => {
  const run = guestRun(turn)
  if (run?.peerId === undefined || !run.peerReady || run.theirPeerId === undefined || run.link !== undefined) return
  const linkId = toHex(turn.random(16))
  addPairingLink(turn, linkId)
  setRun(turn, { ...run, link: { linkId, path: undefined } })
  turn.order({ type: 'link-dial', linkId, peerId: run.peerId, theirPeerId: run.theirPeerId })
}

export const guestLinkOpened = (turn: Turn, run: GuestRun, report: Extract<Report, { type: 'link-opened' }>): void => {
  if (!report.dialled || run.link?.linkId !== report.linkId) {
    addPairingLink(turn, report.linkId)
    return closePairingLink(turn, report.linkId)
  }
  setRun(turn, { ...run, link: { linkId: report.linkId, path: report.path } })
  guestTakes(turn, { type: 'carrier-opened', carrier: 'direct', binding: bindingOf('guest', report) })
}

/** One input through the machine, and what follows from it. */
export const guestTakes = (turn: Turn, input: GuestInput): void => {
  const run = guestRun(turn)
  if (run?.running === undefined) return
  const { state, effects } = stepGuest<Said>(run.running.machine, input, turn)
  setRun(turn, { ...run, running: { ...run.running, machine: state } })
  for (const effect of effects) carryOut(turn, effect)
  if (guestRun(turn) !== undefined) showGuest(turn)
}

const carryOut = (turn: Turn, effect: GuestEffect<Said>): void => {
  const run = guestRun(turn)
  if (run?.running === undefined) return
  switch (effect.type) {
    case 'send':
      // In a pairing a guest sends nothing but its guess, and what a linking's guest sends after it needs no line of its own.
      if (effect.carrier === 'direct' && run.linking === undefined) setRun(turn, { ...run, boundLinkId: run.link?.linkId })
      return sendOn(turn, run, effect.carrier, effect.frame)
    case 'dial':
      setRun(turn, { ...run, theirPeerId: effect.peerId })
      return dialIfReady(turn)
    case 'refuse-carrier':
      return
    case 'close-carrier':
      if (effect.carrier === 'direct' && run.link !== undefined) closePairingLink(turn, run.link.linkId)
      return
    case 'paired': {
      if (!('introduced' in effect.verified)) return
      const contact = acceptAnswer(turn, effect.verified, run.running.listenKey, run.again)
      if (contact === undefined) return failRun(turn, 'guest', 'other-side-left')
      keepLink(turn, run, contact.contactId)
      endRun(turn)
      const direct = openLinkOf(turn, contact.contactId) !== undefined
      return showPairing(turn, { side: 'guest', phase: 'ready', contactId: contact.contactId, direct })
    }
    case 'heard': {
      const contents = hear(turn, effect.said)
      return contents === undefined ? failRun(turn, 'guest', 'other-side-left') : guestTakes(turn, { type: 'say', contents })
    }
    case 'linked':
      return linked(turn, 'guest')
    case 'failed': {
      const reason = FAILURES[effect.reason]
      if (reason !== undefined) return failRun(turn, 'guest', reason)
      endRun(turn)
      return showPairing(turn, undefined)
    }
  }
}

const FAILURES: Readonly<Record<Extract<GuestEffect, { type: 'failed' }>['reason'], PairingFailure | undefined>> = {
  'nobody-there': 'nobody-there',
  'other-side-left': 'other-side-left',
  'other-version': 'other-version',
  'code-for-pairing': 'code-for-pairing',
  'code-for-linking': 'code-for-linking',
  'same-role': 'same-role',
  'codes-differ': 'codes-differ',
  'own-code': 'own-code',
  'bad-introduction': 'other-side-left',
  cancelled: undefined,
}

export const guestDue = (turn: Turn, run: GuestRun): void => {
  if (run.reachByMs !== undefined && run.reachByMs <= turn.nowMs) return failRun(turn, 'guest', 'relay-unreachable')
  if (guestRunWakeAtMs(run) <= turn.nowMs) guestTakes(turn, { type: 'clock' })
}

export const guestRunWakeAtMs = (run: GuestRun): number =>
  Math.min(run.reachByMs ?? Number.POSITIVE_INFINITY, (run.running && guestWakeAtMs(run.running.machine)) ?? Number.POSITIVE_INFINITY)

const showGuest = (turn: Turn): void => {
  const run = guestRun(turn)
  if (run !== undefined) showPairing(turn, guestView(run))
}

const guestView = ({ running }: GuestRun): PairingView => {
  if (running === undefined) return { side: 'guest', phase: 'reaching-relay' }
  const { machine } = running
  if (isBeyondRoom(machine)) return { side: 'guest', phase: 'checking' }
  return { side: 'guest', phase: machine.phase === 'waiting' && machine.direct === 'dialling' ? 'opening-line' : 'joined' }
}
