// What becomes of a content whose envelope opened: a message in the conversation, a receipt that empties the outbox, and so on.
// How it was opened and in which order it is kept is told in receive.ts.

import { toHex } from '../crypto/bytes.ts'
import type { ContactId } from './api.ts'
import { addressTold, deviceListTold } from './contact-devices.ts'
import { changeDevice, deviceOf } from './contacts.ts'
import type { Body, Content } from './content.ts'
import { isBehind, listsNamed } from './gossip.ts'
import { historyArrived, introducedArrived } from './handover.ts'
import { introductionArrived } from './introductions.ts'
import { mainAccepted, mainGiven, mainKept, mainOffered, mainSaid, mainWanted } from './main-device.ts'
import { presenceArrived } from './meet.ts'
import { ownListArrived } from './own-list.ts'
import { isAboutOurselves, outcomeArrived, readArrived, readAsItCame, sentArrived } from './own-messages.ts'
import { settingArrived, tellEverything } from './own-sync.ts'
import { receiptDue } from './receipts.ts'
import { heardFrom } from './routes.ts'
import { changeState, newestOf, OWN_LIFE_MS, offeredForMs, tellOutcome } from './send.ts'
import { type Contact, type Found, type Message, outboxKey, type Seen, seenContent } from './state.ts'
import { type Pending, refuse, type Turn, withEntry } from './turn.ts'
import { isAnyVisible, isOnScreen } from './windows.ts'

/** Ids are remembered for longer than their envelopes are offered. */
export const rememberedUntilMs = (turn: Turn, contactId: ContactId): number => turn.nowMs + offeredForMs(turn, contactId) + 8 * 86_400_000

const HOUR_MS = 3_600_000

/** What stands in an envelope that opened, and whose session is part of this turn. */
export const contentArrived = (
  turn: Turn,
  contact: Contact,
  tag: number,
  content: Content | undefined,
  envelopeKey: string,
  hash: Uint8Array,
): Pending | undefined => {
  const { contactId } = contact
  const keptUntilMs = rememberedUntilMs(turn, contactId)
  if (content === undefined) {
    turn.putSeen(envelopeKey, { hash, contentId: '', keptUntilMs })
    return refuse(turn, 'bad-content')
  }
  const contentId = toHex(content.contentId)
  const isReceipted = content.body.type !== 'presence' && content.body.type !== 'receipt'
  const seen: Seen = { hash, contentId: isReceipted ? contentId : '', keptUntilMs }
  turn.putSeen(envelopeKey, seen)
  turn.live = { ...turn.live, absent: withEntry(turn.live.absent, contactId, undefined) }
  turn.touch(contactId)
  heardFrom(turn, contactId, tag)
  if (contact.kind === 'own') heardOwn(turn, contactId, tag)
  if (content.lists !== undefined) listsNamed(turn, contact, tag, content.lists)
  if (isReceipted) receiptDue(turn, contactId, tag, contentId)
  const by = saidBy[content.body.type]
  const isNotForUs = by !== 'anybody' && by !== (contact.kind === 'own' ? 'our devices' : 'contacts')
  if (isNotForUs || isAboutOurselves(turn, content.body)) return refuse(turn, 'not-for-us')
  switch (content.body.type) {
    // An ask has done its work where it began a session.
    case 'hello':
    case 'cannot-open':
      return undefined
    case 'presence':
      presenceArrived(turn, contactId, tag, content.body)
      return undefined
    case 'receipt':
      // What is confirmed has not reached every device that there is: it is offered again once we know them.
      if (content.lists !== undefined && isBehind(turn, contact, content.lists)) return refuse(turn, 'behind')
      return receiptArrived(turn, contactId, tag, content.body.contentIds.map(toHex))
    case 'address':
      addressTold(turn, contactId, tag, content.body.address)
      return undefined
    case 'devices':
      return devicesArrived(turn, contact, content.body.deviceList)
    case 'set':
      settingArrived(turn, content.body)
      mainSaid(turn, tag, content.body.setting)
      return undefined
    case 'sent':
      return sentArrived(turn, content, content.body)
    case 'outcome':
      return outcomeArrived(turn, content.body)
    case 'history':
      return historyArrived(turn, tag, content.body)
    case 'introduced':
      return introducedArrived(turn, content.body)
    case 'main-wanted':
      return mainWanted(turn, tag)
    case 'main-offered':
      return mainOffered(turn, tag, content.body.offerId)
    case 'main-accepted':
      return mainAccepted(turn, tag, content.body.offerId)
    case 'main-given':
      return mainGiven(turn, tag, content.body)
    case 'main-kept':
      return mainKept(turn, tag)
    case 'read':
      return readArrived(turn, content.body)
    case 'introduction':
      return introductionArrived(turn, contactId, content.body)
    case 'message': {
      const { text } = content.body
      return {
        needs: [
          { type: 'seen', key: seenContent(contactId, contentId) },
          { type: 'message', contactId, messageId: contentId },
        ],
        resume: ([found, present]: readonly Found[]) => {
          if (found?.type === 'seen' && found.row !== undefined) return undefined
          // The sender chooses the id: one that stands in the conversation already, as ours or as theirs, replaces nothing.
          if (present?.type === 'message' && present.row !== undefined) return refuse(turn, 'reused-id')
          // The same row: the store makes one record of both.
          turn.putSeen(seenContent(contactId, contentId), seen)
          messageArrived(turn, contactId, contentId, text, content.sentAtMs)
          return undefined
        },
      }
    }
  }
}

/** When an own device was heard, to the hour. What waited for one that was away for longer than anything waits is told anew, as far as it stands. */
const heardOwn = (turn: Turn, contactId: ContactId, tag: number): void => {
  const heardAtMs = deviceOf(turn, contactId, tag)?.heardAtMs
  if (heardAtMs !== undefined && turn.nowMs - heardAtMs >= OWN_LIFE_MS) tellEverything(turn, tag)
  if (heardAtMs === undefined || Math.abs(turn.nowMs - heardAtMs) >= HOUR_MS)
    changeDevice(turn, contactId, tag, { heardAtMs: turn.nowMs, isUnfinished: undefined })
}

/** By whom a content is heeded. Sessions, addresses and lines there are with any device. */
const saidBy: Readonly<Record<Body['type'], 'anybody' | 'contacts' | 'our devices'>> = {
  hello: 'anybody',
  'cannot-open': 'anybody',
  presence: 'anybody',
  receipt: 'anybody',
  address: 'anybody',
  devices: 'anybody',
  message: 'contacts',
  introduction: 'contacts',
  sent: 'our devices',
  set: 'our devices',
  read: 'our devices',
  outcome: 'our devices',
  history: 'our devices',
  introduced: 'our devices',
  'main-wanted': 'our devices',
  'main-offered': 'our devices',
  'main-accepted': 'our devices',
  'main-given': 'our devices',
  'main-kept': 'our devices',
}

/** Somebody shows the list of devices that their account has now; it may be our own account. */
const devicesArrived = (turn: Turn, contact: Contact, bytes: Uint8Array): undefined => {
  if (contact.kind === 'own') {
    ownListArrived(turn, bytes)
    return
  }
  if (!deviceListTold(turn, contact.contactId, bytes)) return refuse(turn, 'bad-device-list')
}

const messageArrived = (turn: Turn, contactId: ContactId, messageId: string, text: string, theirClockMs: number): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const message: Message = {
    contactId,
    place: contact.nextPlace,
    messageId,
    direction: 'in',
    text,
    sentAtMs: Math.min(theirClockMs, turn.nowMs),
    arrivedAtMs: turn.nowMs,
    state: 'received',
  }
  turn.putMessage(message)
  turn.put('contacts', contactId, {
    ...readAsItCame(turn, contact, messageId, message.place, isOnScreen(turn.live, contactId)),
    nextPlace: message.place + 1,
    newest: newestOf(message),
  })
  turn.tell({ type: 'message-changed', message, isNew: true })
  if (!isAnyVisible(turn.live)) turn.tell({ type: 'message-missed', contactId })
}

/** The other device has kept these: only now do they leave the outbox. */
const receiptArrived = (turn: Turn, contactId: ContactId, tag: number, contentIds: readonly string[]): Pending | undefined => {
  const entries = contentIds.map((id) => turn.get('outbox', outboxKey(id, tag))).filter((entry) => entry?.contactId === contactId)
  const messages = entries.filter((entry) => entry?.isMessage === true)
  for (const entry of entries) if (entry !== undefined) turn.remove('outbox', outboxKey(entry.contentId, tag))
  if (messages.length === 0) return undefined
  return {
    needs: messages.map((entry) => ({ type: 'message', contactId, messageId: entry?.contentId ?? '' })),
    resume: (found) => {
      const news = found.flatMap((each) =>
        each.type === 'message' && each.row?.direction === 'out' && each.row.state !== 'delivered' ? [each.row] : [],
      )
      for (const row of news) changeState(turn, row, 'delivered')
      tellOutcome(
        turn,
        contactId,
        news.map(({ messageId }) => messageId),
        true,
      )
      return undefined
    },
  }
}
