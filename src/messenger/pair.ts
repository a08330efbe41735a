// A pairing in progress, whichever side: takes what the room and the lines report to the run that waits for it.

import type { RelayReply } from '../wire/relay-frames.ts'
import type { LinkId, Report } from './api.ts'
import { dropLink } from './meet.ts'
import {
  guestDue,
  guestLinkOpened,
  guestPeerReady,
  guestRoomClosed,
  guestRoomOpened,
  guestRoomReplied,
  guestRunWakeAtMs,
  guestTakes,
} from './pair-guest.ts'
import {
  hostDue,
  hostLinkOpened,
  hostPaired,
  hostPeerReady,
  hostRoomClosed,
  hostRoomOpened,
  hostRoomReplied,
  hostRunWakeAtMs,
  hostTakes,
} from './pair-host.ts'
import { endRun, setRun, showPairing } from './pairing-lines.ts'
import { isRemoved, openLinkOf } from './routes.ts'
import type { Turn } from './turn.ts'

/** The person calls it off. What was answered already may still become a contact. */
export const cancelPairing = (turn: Turn): undefined => {
  const run = turn.live.pairing
  if (run?.side === 'host' && run.machine.phase === 'offering') hostTakes(turn, { type: 'cancelled' })
  if (run?.side === 'guest') guestTakes(turn, { type: 'cancelled' })
  endRun(turn)
  // A device that is listed by now stays listed, and whoever calls it off is shown that.
  const isListed = run?.linking?.isListed === true && !isRemoved(turn)
  showPairing(turn, isListed ? { side: run.side, phase: 'linked' } : undefined, run?.linking)
}

export const roomOpened = (turn: Turn): void => {
  hostRoomOpened(turn)
  guestRoomOpened(turn)
}

export const roomClosed = (turn: Turn): void => {
  hostRoomClosed(turn)
  guestRoomClosed(turn)
}

export const roomReplied = (turn: Turn, reply: RelayReply): undefined => {
  if (turn.live.pairing?.side === 'host') hostRoomReplied(turn, reply)
  else guestRoomReplied(turn, reply)
}

export const pairingPeerReady = (turn: Turn, peerId: string): void => {
  const run = turn.live.pairing
  if (run?.peerId !== peerId) return
  if (run.side === 'host') hostPeerReady(turn, peerId)
  else guestPeerReady(turn, run)
}

export const pairingPeerLost = (turn: Turn, peerId: string): void => {
  const run = turn.live.pairing
  if (run?.peerId !== peerId) return
  if (run.side === 'host') hostTakes(turn, { type: 'peer-lost' })
  else setRun(turn, { ...run, peerReady: false })
}

/** @returns whether the line is of the pairing in progress */
export const pairingLinkOpened = (turn: Turn, report: Extract<Report, { type: 'link-opened' }>): boolean => {
  const run = turn.live.pairing
  if (run?.peerId !== report.peerId) return false
  if (run.side === 'host') hostLinkOpened(turn, run, report)
  else guestLinkOpened(turn, run, report)
  return true
}

export const pairingFrameArrived = (turn: Turn, linkId: LinkId, frame: Uint8Array): undefined => {
  const run = turn.live.pairing
  if (run?.link?.linkId !== linkId) return
  const input = { type: 'frame-received', carrier: 'direct', frame } as const
  if (run.side === 'host') hostTakes(turn, input)
  else guestTakes(turn, input)
}

/** The pairing's line went, whether it had become a contact's line or not. */
export const pairingLinkClosed = (turn: Turn, linkId: LinkId): undefined => {
  if (turn.live.links.get(linkId)?.phase === 'pairing') dropLink(turn, linkId)
  const run = turn.live.pairing
  if (run?.link?.linkId !== linkId) return
  const wasOpen = run.link.path !== undefined
  setRun(turn, { ...run, link: undefined })
  const input = { type: 'carrier-closed', carrier: 'direct' } as const
  if (run.side === 'guest') guestTakes(turn, input)
  else if (wasOpen) hostTakes(turn, input)
}

/** Deadlines, and the answer that makes an offer a contact. Called at the end of each turn. */
export const pairingDue = (turn: Turn): void => {
  const run = turn.live.pairing
  if (run === undefined) return
  // Its account has taken it off its list: it speaks for nobody.
  if (isRemoved(turn)) return cancelPairing(turn)
  if (run.side === 'guest') return guestDue(turn, run)
  const answered = run.offerKey !== undefined && turn.get('offers', run.offerKey) === undefined
  if (answered && run.contactId !== undefined) return hostPaired(turn, run, openLinkOf(turn, run.contactId) !== undefined)
  hostDue(turn, run)
}

export const pairingWakeAtMs = (turn: Turn): number => {
  const run = turn.live.pairing
  if (run === undefined) return Number.POSITIVE_INFINITY
  return run.side === 'host' ? hostRunWakeAtMs(run) : guestRunWakeAtMs(run)
}
