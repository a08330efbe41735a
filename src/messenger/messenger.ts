// The messenger: what happens with one input. The door of this folder, and the only thing that the worker calls. Pure:
// rows, live state, time and randomness come in, one transition goes out; what does not wait is done here and now.
//
//   input --> dispatch --> what is due now (receipts, routes, meetings, pairing) --> views --> transition
//                 |
//                 +--> needs rows that are not in memory --> resume --> ...

import { toHex } from '../crypto/bytes.ts'
import type { Random } from '../crypto/random.ts'
import type { RelayReply } from '../wire/relay-frames.ts'
import type { Command, RelayConnection, Report } from './api.ts'
import { changeBackupFolder, type FolderChange } from './backup-folder.ts'
import { bundlesDue, bundlesReplied, bundlesWakeAtMs, fetchingLost } from './bundles.ts'
import { isFirstContactAddress, ownerOfAddress, ownersOfLine, renameContact, saveDraft } from './contacts.ts'
import { firstContactArrived } from './first-arrival.ts'
import { handOverMore, handoverWakeAtMs } from './handover.ts'
import { healDue, healWakeAtMs } from './healing.ts'
import { loadMessages, loadMessagesFrom } from './history.ts'
import { decideIdentity } from './identity-change.ts'
import { acceptIntroduction, introduceContacts, refuseIntroduction, removeOldIntroductions } from './introductions.ts'
import { leave, leaveDue, leavingAnswered, leavingLost, leavingWakeAtMs } from './leaving.ts'
import type { Live, WindowState } from './live.ts'
import { type Arrival, dismissed, drained, listening, listenLost, listenOpened, listenRefused, mailDue, mailWakeAtMs } from './mail.ts'
import { askToBeMain, giveMain, keepMain } from './main-device.ts'
import {
  contactIsBack,
  meetDue,
  meetingLinkClosed,
  meetingLinkOpened,
  meetNow,
  meetWakeAtMs,
  peerLost,
  peerReady,
  presenceAnswered,
  proofArrived,
} from './meet.ts'
import { clearMisbehaviour } from './misbehaviour.ts'
import { removeOldOffers } from './offers.ts'
import { isOwn } from './own-contact.ts'
import { removeOwnDevice } from './own-devices.ts'
import { markRead } from './own-messages.ts'
import { settingsDue } from './own-sync.ts'
import {
  cancelPairing,
  pairingDue,
  pairingFrameArrived,
  pairingLinkClosed,
  pairingLinkOpened,
  pairingPeerLost,
  pairingPeerReady,
  pairingWakeAtMs,
  roomClosed,
  roomOpened,
  roomReplied,
} from './pair.ts'
import { enterCode } from './pair-guest.ts'
import { awaitedOnLine, showCode } from './pair-host.ts'
import { lookForOwnList, publishDue, publishingClosed, publishingOpened, publishingReceived, publishWakeAtMs, relayMet } from './publish.ts'
import { receiptsLost, receiptsWakeAtMs, sendReceipts } from './receipts.ts'
import { envelopeArrived } from './receive.ts'
import { clearConversation, removeContact } from './removal.ts'
import {
  acknowledged,
  addressLive,
  deposited,
  depositRefused,
  depositsLost,
  flushAll,
  isRemoved,
  relayForgot,
  routesWakeAtMs,
} from './routes.ts'
import { indexMore, searchDue, searchMessages, searchWakeAtMs } from './search.ts'
import { resendMessage, sendMessage } from './send.ts'
import { changeSettings } from './settings.ts'
import { type Found, type Held, type Lookup, outboxKey } from './state.ts'
import { beginTurn, type Pending, refuse, type Transition, type Turn, withEntry } from './turn.ts'
import { UPKEEP_EVERY_MS, upkeep } from './upkeep.ts'
import { tellAll, tellChanges, tellJoined } from './views.ts'

export type Input =
  /** First of all: this tab has the profile. */
  | { readonly type: 'opened' }
  /** `commandId`: 32 lower-case hexadecimal digits, the same where a command is given once more as nobody knows what became of it. */
  | { readonly type: 'command'; readonly command: Command; readonly commandId?: string | undefined }
  /** A window of another tab wants to be told everything. */
  | { readonly type: 'window-joined' }
  /** What a window of another tab shows; undefined: it is gone. */
  | { readonly type: 'other-window-changed'; readonly windowId: string; readonly state: WindowState | undefined }
  | { readonly type: 'report'; readonly report: Report }
  /** Of the folder that backups go to by themselves. */
  | { readonly type: 'backup-folder'; readonly change: FolderChange }
  /** The time that was asked for has come. */
  | { readonly type: 'clock' }
  /** A report could not be kept, so it was not taken: it is to be had once more where there is a way. */
  | { readonly type: 'missed' }

export type Outcome =
  | { readonly done: Transition }
  | { readonly needs: readonly Lookup[]; readonly resume: (found: readonly Found[]) => Outcome }

export const step = (held: Held, live: Live, input: Input, nowMs: number, random: Random): Outcome => {
  const turn = beginTurn(held, live, nowMs, random)
  return settle(turn, dispatch(turn, input))
}

const settle = (turn: Turn, pending: Pending | undefined): Outcome =>
  pending === undefined ? { done: conclude(turn) } : { needs: pending.needs, resume: (found) => settle(turn, pending.resume(found)) }

const dispatch = (turn: Turn, input: Input): Pending | undefined => {
  switch (input.type) {
    case 'opened':
      nameOutboxByDevice(turn)
      tellAll(turn)
      return undefined
    case 'command':
      return command(turn, input.command, input.commandId)
    case 'window-joined':
      return tellJoined(turn)
    case 'other-window-changed':
      return otherWindowChanged(turn, input.windowId, input.state)
    case 'backup-folder':
      return changeBackupFolder(turn, input.change)
    case 'report':
      return report(turn, input.report)
    case 'clock':
      return followedBy(
        followedBy(isUpkeepDue(turn) ? hourly(turn) : undefined, () => handOverMore(turn)),
        () => indexMore(turn),
      )
    case 'missed':
      return reconnect(turn)
  }
}

const followedBy = (first: Pending | undefined, next: () => Pending | undefined): Pending | undefined =>
  first === undefined ? next() : { needs: first.needs, resume: (found) => followedBy(first.resume(found), next) }

/** The relay says on a new connection all that is kept for us, and takes everything that it may not have answered. */
const reconnect = (turn: Turn): undefined => {
  for (const connection of ['listen', 'deposit'] as const) {
    if (turn.live.relay[connection] === 'off') continue
    turn.order({ type: 'relay-disconnect', connection })
    relayClosed(turn, connection)
    turn.order({ type: 'relay-connect', connection })
  }
}

/** Also where the clock was put back since it was set. */
const isUpkeepDue = ({ live, nowMs }: Turn): boolean => live.upkeepAtMs <= nowMs || live.upkeepAtMs > nowMs + UPKEEP_EVERY_MS

/** In version 1 of the database an entry was named by its content alone. */
const nameOutboxByDevice = (turn: Turn): void => {
  for (const [key, entry] of turn.all('outbox')) {
    if (key === outboxKey(entry.contentId, entry.tag)) continue
    turn.remove('outbox', key)
    turn.put('outbox', outboxKey(entry.contentId, entry.tag), entry)
  }
}

const hourly = (turn: Turn): Pending | undefined => {
  turn.live = { ...turn.live, upkeepAtMs: turn.nowMs + UPKEEP_EVERY_MS }
  removeOldOffers(turn)
  removeOldIntroductions(turn)
  return upkeep(turn)
}

const otherWindowChanged = (turn: Turn, windowId: string, state: WindowState | undefined): undefined => {
  const before = turn.live.otherWindows.get(windowId)
  turn.live = { ...turn.live, otherWindows: withEntry(turn.live.otherWindows, windowId, state) }
  // Somebody looks at it again.
  if (state?.visible === true && before?.visible !== true) meetNow(turn)
}

const command = (turn: Turn, command: Command, commandId: string | undefined): Pending | undefined => {
  if (turn.live.leaving !== undefined || (isRemoved(turn) && reachesOut(command)) || isToOurselves(turn, command)) return undefined
  switch (command.type) {
    case 'show-code':
      return showCode(turn, { ...command, renew: false })
    case 'renew-code':
      return showCode(turn, { ...command, renew: true })
    case 'enter-code':
      return enterCode(turn, command.room, command.code, command)
    case 'cancel-pairing':
      return cancelPairing(turn)
    case 'send-message':
      return sendMessage(turn, command.contactId, command.text, commandId)
    case 'resend-message':
      return resendMessage(turn, command.contactId, command.messageId)
    case 'save-draft':
      return saveDraft(turn, command.contactId, command.text)
    case 'open-conversation':
      turn.live = { ...turn.live, openConversation: command.contactId }
      return undefined
    case 'load-messages':
      return loadMessages(turn, command)
    case 'load-messages-from':
      return loadMessagesFrom(turn, command)
    case 'search-messages':
      return searchMessages(turn, command)
    case 'mark-read':
      return markRead(turn, command.contactId, command.upTo)
    case 'rename-contact':
      return renameContact(turn, command.contactId, command.name)
    case 'remove-own-device':
      removeOwnDevice(turn, command.tag)
      return undefined
    case 'ask-to-be-main':
      askToBeMain(turn)
      return undefined
    case 'give-main':
      giveMain(turn, command.tag)
      return undefined
    case 'keep-main':
      keepMain(turn)
      return undefined
    case 'remove-contact':
      return removeContact(turn, command.contactId)
    case 'introduce-contacts':
      return introduceContacts(turn, command.contactIds, commandId)
    case 'accept-introduction':
      return acceptIntroduction(turn, command.introductionId)
    case 'refuse-introduction':
      return refuseIntroduction(turn, command.introductionId)
    case 'decide-identity':
      return decideIdentity(turn, command.contactId, command.accept)
    case 'clear-misbehaviour':
      return clearMisbehaviour(turn)
    case 'change-settings':
      return changeSettings(turn, command.settings)
    case 'wipe-device':
      return leave(turn)
    case 'clear-conversation':
      return clearConversation(turn, command.contactId)
    // Whole files are the worker's business (worker/transfers.ts, worker/folder-backups.ts), and never come here.
    case 'make-recovery-phrase':
    case 'back-up':
    case 'restore-backup':
    case 'export-messages':
    case 'cancel-transfer':
    case 'choose-backup-folder':
    case 'write-to-backup-folder':
    case 'leave-backup-folder':
      return undefined
  }
}

/** Our other devices are nobody whom a person writes to, renames or removes. */
const isToOurselves = (turn: Turn, command: Command): boolean =>
  'contactId' in command && command.contactId !== undefined && isOwn(turn, command.contactId)

/** What a device that is off its account's list does not do any more: whatever wants an answer from somebody. */
const reachesOut = ({ type }: Command): boolean =>
  [
    'show-code',
    'renew-code',
    'enter-code',
    'introduce-contacts',
    'accept-introduction',
    'decide-identity',
    'resend-message',
    'remove-own-device',
    'ask-to-be-main',
    'give-main',
    'keep-main',
  ].includes(type)

const report = (turn: Turn, report: Report): Pending | undefined => {
  switch (report.type) {
    case 'window-changed':
      if (report.online && !turn.live.window.online) meetNow(turn)
      turn.live = { ...turn.live, window: { visible: report.visible, online: report.online } }
      return undefined
    case 'window-woke':
      return meetNow(turn)
    case 'storage-measured':
      turn.live = { ...turn.live, storage: { persistent: report.persistent, usedBytes: report.usedBytes, quotaBytes: report.quotaBytes } }
      return undefined
    case 'direct-lines-possible':
      turn.live = { ...turn.live, directLinesPossible: report.possible }
      return undefined
    case 'relay-opened':
      return relayOpened(turn, report)
    case 'relay-received':
      return relayReceived(turn, report)
    case 'relay-closed':
      return relayClosed(turn, report.connection)
    case 'peer-ready':
      pairingPeerReady(turn, report.peerId)
      return peerReady(turn, report.peerId)
    case 'peer-lost':
      pairingPeerLost(turn, report.peerId)
      return peerLost(turn, report.peerId)
    case 'link-opened':
      if (!pairingLinkOpened(turn, report) && !meetingLinkOpened(turn, report)) turn.order({ type: 'link-close', linkId: report.linkId })
      return undefined
    case 'link-received':
      return linkReceived(turn, report)
    case 'link-drained':
      return undefined
    case 'link-closed': {
      const link = turn.live.links.get(report.linkId)
      pairingLinkClosed(turn, report.linkId)
      return link === undefined || link.phase === 'pairing' ? undefined : meetingLinkClosed(turn, report.linkId, link, report.why)
    }
  }
}

const relayOpened = (turn: Turn, { connection, configuration }: Extract<Report, { type: 'relay-opened' }>): undefined => {
  // It was given back while it opened; should it be wanted again by now, the next one is reported too.
  if (turn.live.relay[connection] === 'off') return
  turn.live = { ...turn.live, configuration, relay: { ...turn.live.relay, [connection]: 'open' } }
  if (relayMet(turn, configuration) === 'new-store') relayForgot(turn)
  if (connection === 'room') roomOpened(turn)
  if (connection === 'publish') publishingOpened(turn)
  if (connection === 'listen') listenOpened(turn)
  if (connection === 'listen' || connection === 'deposit') meetNow(turn)
  touchAll(turn)
}

const relayClosed = (turn: Turn, connection: RelayConnection): undefined => {
  turn.live = { ...turn.live, relay: { ...turn.live.relay, [connection]: turn.live.relay[connection] === 'off' ? 'off' : 'connecting' } }
  if (connection === 'room') roomClosed(turn)
  if (connection === 'publish') publishingClosed(turn)
  if (connection === 'listen') listenLost(turn)
  if (connection === 'listen') leavingLost(turn)
  if (connection === 'deposit') {
    receiptsLost(turn, depositsLost(turn))
    fetchingLost(turn)
  }
  touchAll(turn)
}

const relayReceived = (turn: Turn, { connection, reply }: Extract<Report, { type: 'relay-received' }>): Pending | undefined => {
  switch (connection) {
    case 'room':
      return roomReplied(turn, reply)
    case 'publish':
      return publishingReceived(turn, reply)
    case 'listen':
      return listenReceived(turn, reply)
    case 'deposit':
      return depositReceived(turn, reply)
  }
}

const listenReceived = (turn: Turn, reply: RelayReply): Pending | undefined => {
  switch (reply.type) {
    case 'envelope': {
      const arrival: Arrival = { via: 'relay', address: toHex(reply.address), position: reply.position }
      if (isFirstContactAddress(turn, reply.address)) return firstContactArrived(turn, reply.address, reply.envelope, arrival)
      const owner = ownerOfAddress(turn, reply.address)
      if (owner !== undefined) return envelopeArrived(turn, [owner], reply.envelope, arrival)
      dismissed(turn, arrival)
      return refuse(turn, 'unknown-address')
    }
    case 'drained':
      return drained(turn, toHex(reply.address))
    case 'listening':
      leavingAnswered(turn, reply.requestId)
      return listening(turn, reply.requestId, reply.waiting)
    case 'refused':
      leavingAnswered(turn, reply.requestId)
      listenRefused(turn, reply.requestId)
      return refuse(turn, `relay-${reply.cause}`)
    default:
      return undefined
  }
}

const depositReceived = (turn: Turn, reply: RelayReply): Pending | undefined => {
  if (bundlesReplied(turn, reply)) return reply.type === 'refused' ? refuse(turn, `relay-${reply.cause}`) : undefined
  switch (reply.type) {
    case 'deposited':
      return deposited(turn, reply.requestId, (contactId) => presenceAnswered(turn, contactId, true))
    case 'refused': {
      const what = depositRefused(turn, reply.requestId, reply.cause)
      if (what?.kind === 'presence') presenceAnswered(turn, what.contactId, false)
      if (what !== undefined && reply.cause === 'no-mailbox' && isOwn(turn, what.contactId)) lookForOwnList(turn)
      return refuse(turn, `relay-${reply.cause}`)
    }
    case 'address-live': {
      const contactId = addressLive(turn, reply.address)
      if (contactId !== undefined) contactIsBack(turn, contactId)
      return undefined
    }
    default:
      return undefined
  }
}

const linkReceived = (turn: Turn, { linkId, frame }: Extract<Report, { type: 'link-received' }>): Pending | undefined => {
  const link = turn.live.links.get(linkId)
  if (link === undefined) return undefined
  if (link.phase === 'pairing') {
    if (frame.type === 'pairing') return pairingFrameArrived(turn, linkId, frame.body)
    const awaited = frame.type === 'envelope' ? awaitedOnLine(turn, linkId) : undefined
    return awaited === undefined || frame.type !== 'envelope'
      ? refuse(turn, 'unexpected-frame')
      : envelopeArrived(turn, [awaited], frame.envelope, { via: 'line', linkId })
  }
  if (link.phase === 'proving' && frame.type === 'proof') return proofArrived(turn, linkId, link, frame.mac)
  if (link.phase !== 'open') return refuse(turn, 'unexpected-frame')
  if (frame.type === 'ack') return acknowledged(turn, linkId, toHex(frame.envelopeId))
  // The host may still send its answer twice on a line that is a contact's by now.
  if (frame.type === 'pairing') return pairingFrameArrived(turn, linkId, frame.body)
  if (frame.type !== 'envelope') return refuse(turn, 'unexpected-frame')
  return envelopeArrived(turn, ownersOfLine(turn, link.contactId, link.tag), frame.envelope, { via: 'line', linkId })
}

const touchAll = (turn: Turn): void => {
  for (const [contactId] of turn.all('contacts')) turn.touch(contactId)
}

const conclude = (turn: Turn): Transition => {
  pairingDue(turn)
  settingsDue(turn)
  connectAsNeeded(turn)
  sendReceipts(turn)
  healDue(turn)
  // Others' keys are asked for once ours are there, or cannot be put there.
  publishDue(turn)
  bundlesDue(turn)
  meetDue(turn)
  flushAll(turn)
  mailDue(turn)
  leaveDue(turn)
  searchDue(turn)
  tellChanges(turn)
  const wakes = [
    pairingWakeAtMs,
    receiptsWakeAtMs,
    bundlesWakeAtMs,
    healWakeAtMs,
    meetWakeAtMs,
    routesWakeAtMs,
    mailWakeAtMs,
    publishWakeAtMs,
    leavingWakeAtMs,
    searchWakeAtMs,
    handoverWakeAtMs,
  ]
  const wakeAtMs = Math.min(turn.live.upkeepAtMs, ...wakes.map((wakeAt) => wakeAt(turn)))
  return { changes: turn.changes(), live: turn.live, effects: turn.effects, wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined }
}

/** The two connections for contacts are wanted as long as there is a contact, somebody who may become one, or a mailbox to close. */
const connectAsNeeded = (turn: Turn): void => {
  const leaves = turn.live.leaving !== undefined && turn.get('relay', 'relay') !== undefined
  const isKnown = !isRemoved(turn)
  const wanted = leaves || (isKnown && turn.all('contacts').length + turn.all('offers').length + turn.all('revocations').length > 0)
  for (const connection of ['listen', 'deposit'] as const) {
    const isOn = turn.live.relay[connection] !== 'off'
    if (wanted === isOn) continue
    turn.live = { ...turn.live, relay: { ...turn.live.relay, [connection]: wanted ? 'connecting' : 'off' } }
    turn.order({ type: wanted ? 'relay-connect' : 'relay-disconnect', connection })
  }
}
