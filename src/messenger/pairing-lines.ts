// What both sides of a pairing do with the world around their machine: the room at the relay, the direct line, the view.

import { concat, toHex } from '../crypto/bytes.ts'
import type { Carrier } from '../protocol/pairing/pairing.ts'
import type { ContactId, PairingFailure, PairingView, Report } from './api.ts'
import { changeDevice } from './contacts.ts'
import type { Linking, PairingRun } from './live.ts'
import { dropLink, linkProven, mayMeet, openPeer, setLink } from './meet.ts'
import { ownId } from './own-contact.ts'
import type { Turn } from './turn.ts'

/** How long the relay may take before it counts as out of reach, milliseconds. */
const REACH_MS = 10_000

/** Nothing is lost by a binding of none: it says that this carrier is the room. */
export const NO_BINDING = new Uint8Array(0)

export const setRun = (turn: Turn, pairing: PairingRun | undefined): void => {
  turn.live = { ...turn.live, pairing }
}

/** @param linking the linking in progress, where its run has just ended */
export const showPairing = (
  turn: Turn,
  phase: PairingView | undefined,
  linking: Linking | undefined = turn.live.pairing?.linking,
): void => {
  const view = phase === undefined || linking === undefined ? phase : { ...phase, link: linking.wish.role }
  if (JSON.stringify(view) === JSON.stringify(turn.live.pairingView)) return
  turn.live = { ...turn.live, pairingView: view }
  turn.tell({ type: 'pairing-changed', pairing: view })
}

/** Asks for the room's connection, and for an id that can be dialled where direct lines are possible. */
export const openLines = (turn: Turn): Pick<PairingRun, 'peerId' | 'peerReady' | 'link' | 'boundLinkId' | 'reachByMs'> => {
  const peerId = mayMeet(turn) ? toHex(turn.random(16)) : undefined
  if (peerId !== undefined) openPeer(turn, peerId)
  if (turn.live.relay.room === 'off') {
    turn.live = { ...turn.live, relay: { ...turn.live.relay, room: 'connecting' } }
    turn.order({ type: 'relay-connect', connection: 'room' })
  }
  return { peerId, peerReady: false, link: undefined, boundLinkId: undefined, reachByMs: turn.nowMs + REACH_MS }
}

/** Gives everything back that {@link openLines} asked for. A line that became a contact's stays open. */
const closeLines = (turn: Turn, run: PairingRun): void => {
  if (run.peerId !== undefined) turn.order({ type: 'peer-close', peerId: run.peerId })
  if (run.link !== undefined) closePairingLink(turn, run.link.linkId)
  if (turn.live.relay.room === 'open') turn.send('room', { type: 'leave-room' })
  turn.order({ type: 'relay-disconnect', connection: 'room' })
  turn.live = { ...turn.live, relay: { ...turn.live.relay, room: 'off' } }
}

export const closePairingLink = (turn: Turn, linkId: string): void => {
  if (turn.live.links.get(linkId)?.phase !== 'pairing') return
  turn.order({ type: 'link-close', linkId })
  dropLink(turn, linkId)
}

/** Ends the run, however it went. */
export const endRun = (turn: Turn): void => {
  const run = turn.live.pairing
  if (run === undefined) return
  closeLines(turn, run)
  setRun(turn, undefined)
}

export const failRun = (turn: Turn, side: 'host' | 'guest', reason: PairingFailure, retryAtMs?: number): void => {
  const linking = turn.live.pairing?.linking
  endRun(turn)
  // Whatever became of the last word, the list has the device: it is shown there, and can be taken off it.
  if (linking?.isListed) return showPairing(turn, { side, phase: 'linked' }, linking)
  showPairing(turn, { side, phase: 'failed', reason, retryAtMs }, linking)
}

/** The other device has had the last word, or this one has said it. */
export const linked = (turn: Turn, side: 'host' | 'guest'): void => {
  const linking = turn.live.pairing?.linking
  endRun(turn)
  if (linking?.listedTag !== undefined) changeDevice(turn, ownId(turn), linking.listedTag, { isUnfinished: undefined })
  showPairing(turn, { side, phase: 'linked' }, linking)
}

/** Why nothing is begun: told each time that it is asked for. @param linking that would have begun */
export const showUnfit = (turn: Turn, side: 'host' | 'guest', reason: PairingFailure, linking: Linking | undefined): undefined => {
  turn.live = { ...turn.live, pairingView: undefined }
  showPairing(turn, { side, phase: 'failed', reason, retryAtMs: undefined }, linking)
}

/** The line of the guess goes on as the line to the contact: both fingerprints were bound into its keys. Another could be anybody's. */
export const keepLink = (turn: Turn, run: PairingRun, contactId: ContactId): void => {
  if (run.link?.linkId !== run.boundLinkId) return
  // The contact's newest device is the one that paired.
  const tag = turn.get('contacts', contactId)?.devices[0]?.device.tag
  if (run.link?.path === undefined || tag === undefined || !turn.live.links.has(run.link.linkId)) return
  linkProven(turn, run.link.linkId, contactId, tag, run.link.path)
}

/** Both fingerprints, the guest's first. */
export const bindingOf = (
  side: 'host' | 'guest',
  { ourFingerprint, theirFingerprint }: Extract<Report, { type: 'link-opened' }>,
): Uint8Array => (side === 'guest' ? concat(ourFingerprint, theirFingerprint) : concat(theirFingerprint, ourFingerprint))

export const sendOn = (turn: Turn, run: PairingRun, carrier: Carrier, frame: Uint8Array): void => {
  if (carrier === 'room') turn.send('room', { type: 'room-message', body: frame })
  else if (run.link !== undefined) turn.order({ type: 'link-send', linkId: run.link.linkId, frame: { type: 'pairing', body: frame } })
}

export const addPairingLink = (turn: Turn, linkId: string): void => setLink(turn, linkId, { phase: 'pairing' })
