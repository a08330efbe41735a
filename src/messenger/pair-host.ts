// The person who shows a code: from the button to the contact. The machine in protocol/pairing decides; this file gives it
// the room, the line and the session, and keeps what must survive.

import { toHex } from '../crypto/bytes.ts'
import {
  CODE_LIFE_MS,
  type HostEffect,
  type HostInput,
  hostCeremony,
  hostWakeAtMs,
  randomCode,
  startHost,
  stepHost,
  stretchCode,
  tries,
} from '../protocol/pairing/pairing.ts'
import { OWNER_KEY_LENGTH, type RelayReply, ROOM_ID_LENGTH } from '../wire/relay-frames.ts'
import type { ContactId, LinkId, LinkWish, PairingFailure, PairingView, Report, ShownCode } from './api.ts'
import type { AddressOwner } from './contacts.ts'
import { beginLinking, ceremonyOf, hear, whyNotLinked } from './linking.ts'
import type { PairingRun, Said } from './live.ts'
import { makeOffer } from './offers.ts'
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
import type { Hosting } from './state.ts'
import { selfOf, type Turn } from './turn.ts'
import { upkeep } from './upkeep.ts'

export type HostRun = Extract<PairingRun, { side: 'host' }>

interface ShowCodeWish {
  readonly again?: ContactId | undefined
  readonly afterWarning?: boolean
  readonly link?: LinkWish | undefined
}

const isSame = (a: LinkWish | undefined, b: LinkWish | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

/** After ten failures the person has to read a warning before the next code. */
export const showCode = (
  turn: Turn,
  { again, afterWarning = false, link, renew }: ShowCodeWish & { readonly renew: boolean },
): undefined => {
  const running = turn.live.pairing
  if (running?.side === 'host' && !renew && running.machine.phase === 'offering' && isSame(running.hosting.link, link)) return
  endRun(turn)
  if (turn.get('self', 'self') === undefined) upkeep(turn)
  const linking = link && beginLinking(link)
  const unfit = link && whyNotLinked(turn, link)
  if (unfit !== undefined) return showUnfit(turn, 'host', unfit, linking)
  if (afterWarning) turn.remove('tries', 'tries')
  const standing = tries.standing(turn.get('tries', 'tries') ?? tries.none, turn.nowMs)
  if (standing.type === 'needs-confirmation') return showUnfit(turn, 'host', 'too-many-failures', linking)
  const hosting: Hosting = {
    ...hostingToShow(turn, renew, standing.type === 'link-only', link),
    again: again ?? (renew && running?.side === 'host' ? running.hosting.again : undefined),
  }
  const secret = stretchCode(hosting.code, hosting.roomId)
  if (secret === undefined) throw new Error('showCode: a code that stretches to nothing')
  turn.put('hosting', 'hosting', hosting)
  const { roomId, expiresAtMs } = hosting
  setRun(turn, {
    side: 'host',
    hosting,
    number: undefined,
    inRoom: false,
    machine:
      link === undefined
        ? startHost({ secret, roomId, ourAccountKey: selfOf(turn).account.publicKey, expiresAtMs })
        : hostCeremony({ ceremony: ceremonyOf(turn, link, true), secret, roomId, expiresAtMs }),
    contactId: undefined,
    offerKey: undefined,
    linking,
    ...openLines(turn),
  })
  showHost(turn)
  if (turn.live.relay.room === 'open') hostRoomOpened(turn)
}

/** A code that is still good goes on after a reload. */
const hostingToShow = (turn: Turn, renew: boolean, linkOnly: boolean, link: LinkWish | undefined): Hosting => {
  const kept = turn.get('hosting', 'hosting')
  const isGood = kept !== undefined && kept.expiresAtMs > turn.nowMs && kept.createdAtMs <= turn.nowMs && isSame(kept.link, link)
  if (!renew && isGood && (kept.linkOnly || !linkOnly)) return kept
  return {
    link,
    roomId: turn.random(ROOM_ID_LENGTH),
    ownerKey: turn.random(OWNER_KEY_LENGTH),
    code: randomCode(turn.random),
    linkOnly,
    createdAtMs: turn.nowMs,
    expiresAtMs: turn.nowMs + CODE_LIFE_MS,
  }
}

const hostRun = (turn: Turn): HostRun | undefined => (turn.live.pairing?.side === 'host' ? turn.live.pairing : undefined)

export const hostRoomOpened = (turn: Turn): void => {
  const run = hostRun(turn)
  if (run === undefined) return
  const { roomId, ownerKey, linkOnly } = run.hosting
  turn.send('room', { type: 'open-room', requestId: 0, roomId, ownerKey, wantsNumber: !linkOnly })
}

export const hostRoomReplied = (turn: Turn, reply: RelayReply): void => {
  const run = hostRun(turn)
  if (run === undefined) return
  switch (reply.type) {
    case 'room-opened': {
      const expiresAtMs = Math.min(run.hosting.expiresAtMs, turn.nowMs + reply.expiresInMs)
      const hosting = { ...run.hosting, expiresAtMs }
      if (expiresAtMs !== run.hosting.expiresAtMs) turn.put('hosting', 'hosting', hosting)
      const machine = run.machine.phase === 'offering' ? { ...run.machine, expiresAtMs } : run.machine
      setRun(turn, { ...run, hosting, machine, inRoom: true, number: reply.number, reachByMs: undefined })
      return showHost(turn)
    }
    case 'peer-joined':
      return hostTakes(turn, { type: 'carrier-opened', carrier: 'room', binding: NO_BINDING })
    case 'peer-left':
      return hostTakes(turn, { type: 'peer-left' })
    case 'room-message':
      return hostTakes(turn, { type: 'frame-received', carrier: 'room', frame: reply.body })
    case 'room-closed':
      // Before we are in, it is about a room that we left.
      return isBeyondRoom(run) || !run.inRoom ? undefined : endHosting(turn, 'expired')
    case 'refused':
      if (!run.inRoom && !isBeyondRoom(run)) endHosting(turn, 'relay-unreachable')
      return
    default:
      return
  }
}

/** The guess was good: what is still to be said may go by the line. */
const isBeyondRoom = ({ machine }: HostRun): boolean => machine.phase === 'answered' || machine.phase === 'talking'

export const hostRoomClosed = (turn: Turn): void => {
  const run = hostRun(turn)
  if (run === undefined) return
  setRun(turn, { ...run, inRoom: false })
  hostTakes(turn, { type: 'peer-left' })
}

export const hostPeerReady = (turn: Turn, peerId: string): void => hostTakes(turn, { type: 'peer-ready', peerId })

export const hostLinkOpened = (turn: Turn, run: HostRun, report: Extract<Report, { type: 'link-opened' }>): void => {
  addPairingLink(turn, report.linkId)
  if (run.link !== undefined) return closePairingLink(turn, report.linkId)
  setRun(turn, { ...run, link: { linkId: report.linkId, path: report.path } })
  hostTakes(turn, { type: 'carrier-opened', carrier: 'direct', binding: bindingOf('host', report) })
}

/** One input through the machine, and what follows from it. */
export const hostTakes = (turn: Turn, input: HostInput): void => {
  const run = hostRun(turn)
  if (run === undefined) return
  const { state, effects } = stepHost<Said>(run.machine, input, turn)
  setRun(turn, { ...run, machine: state })
  // The row goes in the same commit as whatever spends the code, so before anything that was released by it.
  if (state.burned) turn.remove('hosting', 'hosting')
  for (const effect of effects) carryOut(turn, effect)
  if (hostRun(turn) !== undefined) showHost(turn)
}

const carryOut = (turn: Turn, effect: HostEffect<Said>): void => {
  const run = hostRun(turn)
  if (run === undefined) return
  switch (effect.type) {
    case 'send':
      return sendOn(turn, run, effect.carrier, effect.frame)
    case 'refuse-carrier':
      return
    case 'close-carrier':
      if (run.link !== undefined) closePairingLink(turn, run.link.linkId)
      return setRun(turn, { ...run, link: undefined })
    case 'evict-guest':
      return turn.send('room', { type: 'evict-guest' })
    case 'count-failure':
      return turn.put('tries', 'tries', tries.failed(turn.get('tries', 'tries') ?? tries.none, turn.nowMs))
    case 'introduce': {
      const offer = 'introduced' in effect.verified ? makeOffer(turn, effect.verified, run.hosting.again) : undefined
      if (offer === undefined) return endHosting(turn, 'other-side-left')
      const isDirect = run.machine.phase === 'introducing' && run.machine.carrier === 'direct'
      const boundLinkId = isDirect ? run.link?.linkId : undefined
      setRun(turn, { ...run, contactId: offer.contactId, offerKey: offer.offerKey, boundLinkId })
      return hostTakes(turn, { type: 'answer-ready', introduction: offer.introduction, initialMessage: offer.initialMessage })
    }
    case 'heard': {
      const contents = hear(turn, effect.said)
      return contents === undefined ? endHosting(turn, 'other-side-left') : hostTakes(turn, { type: 'say', contents })
    }
    case 'linked':
      return linked(turn, 'host')
    case 'failed':
      return endHosting(turn, FAILURES[effect.reason])
  }
}

const FAILURES: Readonly<Record<Extract<HostEffect, { type: 'failed' }>['reason'], PairingFailure | undefined>> = {
  'codes-differ': 'codes-differ',
  'own-code': 'own-code',
  'bad-introduction': 'other-side-left',
  'other-side-left': 'other-side-left',
  expired: 'expired',
  cancelled: undefined,
}

/**
 * Whose first word the pairing's line may bring. The line is nobody's before that: who guessed the code has introduced
 * somebody, and whether it was himself is shown by a message that only that somebody can write.
 */
export const awaitedOnLine = (turn: Turn, linkId: LinkId): AddressOwner | undefined => {
  const run = hostRun(turn)
  const offer = run?.offerKey === undefined ? undefined : turn.get('offers', run.offerKey)
  if (run?.link?.linkId !== linkId || offer === undefined) return undefined
  return { contactId: offer.contactId, device: offer.device, offerKey: run.offerKey }
}

/** The first word came on this line: if it is the line of the guess, it is the contact's from now on. */
export const answeredOnLine = (turn: Turn, linkId: LinkId): void => {
  const run = hostRun(turn)
  if (run?.contactId !== undefined && run.link?.linkId === linkId) keepLink(turn, run, run.contactId)
}

const endHosting = (turn: Turn, reason: PairingFailure | undefined): void => {
  turn.remove('hosting', 'hosting')
  if (reason !== undefined) return failRun(turn, 'host', reason)
  endRun(turn)
  showPairing(turn, undefined)
}

/** The other side has answered: the offer is a contact now. */
export const hostPaired = (turn: Turn, run: HostRun, direct: boolean): void => {
  endRun(turn)
  if (run.contactId !== undefined) showPairing(turn, { side: 'host', phase: 'ready', contactId: run.contactId, direct })
}

export const hostDue = (turn: Turn, run: HostRun): void => {
  if (run.reachByMs !== undefined && run.reachByMs <= turn.nowMs) return failRun(turn, 'host', 'relay-unreachable')
  if ((hostWakeAtMs(run.machine) ?? Number.POSITIVE_INFINITY) <= turn.nowMs) hostTakes(turn, { type: 'clock' })
}

export const hostRunWakeAtMs = (run: HostRun): number =>
  Math.min(run.reachByMs ?? Number.POSITIVE_INFINITY, hostWakeAtMs(run.machine) ?? Number.POSITIVE_INFINITY)

const showHost = (turn: Turn): void => {
  const run = hostRun(turn)
  if (run !== undefined) showPairing(turn, hostView(run))
}

const hostView = (run: HostRun): PairingView => {
  const { machine, hosting, number, inRoom } = run
  if (machine.phase === 'answered') return { side: 'host', phase: 'unconfirmed' }
  const shown: ShownCode = { number, code: hosting.code, roomId: toHex(hosting.roomId), expiresAtMs: hosting.expiresAtMs }
  if (machine.phase === 'introducing' || machine.phase === 'talking') return { side: 'host', phase: 'checking', shown }
  if (!inRoom) return { side: 'host', phase: 'reaching-relay' }
  const somebody = machine.phase === 'offering' && machine.lines.length > 0
  return { side: 'host', phase: somebody ? (run.link === undefined ? 'joined' : 'opening-line') : 'waiting', shown }
}
