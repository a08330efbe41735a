// What the window is told: derived from the rows and the lines at the end of a turn, and only where it changed.

import { toHex } from '../crypto/bytes.ts'
import type { ConnectionView, ContactId, ContactView, Event, Settings } from './api.ts'
import { introductionViews } from './introductions.ts'
import { misbehaviourViews } from './misbehaviour.ts'
import { isOwn, people } from './own-contact.ts'
import { isBeingLinked, ownDeviceViews } from './own-device-views.ts'
import { isRemoved, openLinkOf, relayIsOpen } from './routes.ts'
import type { Contact } from './state.ts'
import { type Turn, withEntry } from './turn.ts'

export const defaultSettings: Settings = { displayName: '', theme: 'system', relayOnly: false, iceServers: [], notifications: 'unasked' }

export const settingsOf = (turn: Turn): Settings => ({ ...defaultSettings, ...turn.get('settings', 'settings') })

export const contactView = (turn: Turn, contact: Contact): ContactView => {
  const { contactId, name, pairedAtMs, safetyNumber, unread, draft, newest } = contact
  const onlyHere = turn
    .all('outbox')
    .filter(([, entry]) => entry.isMessage && entry.contactId === contactId && entry.onRelayAtMs === undefined)
  return {
    contactId,
    name,
    pairedAtMs,
    safetyNumber,
    unread,
    draft,
    waiting: new Set(onlyHere.map(([, { contentId }]) => contentId)).size,
    origin: contact.origin.how === 'code' ? contact.origin : { how: 'introduced', byName: contact.origin.byName },
    devices: contact.devices.length,
    mailboxFull: turn.live.mailboxFull.has(contactId),
    stopped: stoppedBy(turn, contact),
    renewals: contact.renewals ?? [],
    deviceChanges: contact.deviceChanges ?? [],
    newest: newest && { text: newest.text, atMs: newest.atMs, direction: newest.direction },
    line: lineTo(turn, contactId),
  }
}

const stoppedBy = (turn: Turn, { identityChange, replacedBy }: Contact): ContactView['stopped'] => {
  if (isRemoved(turn)) return 'device-removed'
  return identityChange !== undefined ? 'identity-changed' : replacedBy !== undefined ? 'replaced' : undefined
}

const lineTo = (turn: Turn, contactId: ContactId): ContactView['line'] => {
  if (openLinkOf(turn, contactId) !== undefined) return 'direct'
  return relayIsOpen(turn) ? 'relay' : 'offline'
}

export const connectionView = (turn: Turn): ConnectionView => {
  const { relay, directLinesPossible, storage, links, refusals, window } = turn.live
  const lines = Object.values(relay)
  return {
    relay: lines.includes('open') ? 'connected' : !window.online ? 'unreachable' : lines.includes('connecting') ? 'connecting' : 'idle',
    directLinesPossible,
    relayOnly: settingsOf(turn).relayOnly || turn.live.configuration?.relayOnly === true,
    storage,
    paths: [...links.values()].flatMap((link) => (link.phase === 'open' ? [link.path] : [])),
    refusals,
    isRemoved: isRemoved(turn),
  }
}

/** Tells what changed since the window was told last. */
export const tellChanges = (turn: Turn): void => {
  for (const contactId of turn.touched) {
    if (isOwn(turn, contactId)) continue
    const contact = turn.get('contacts', contactId)
    const told = turn.live.toldContacts.get(contactId)
    const view = contact && contactView(turn, contact)
    if (isSame(view, told)) continue
    turn.live = { ...turn.live, toldContacts: withEntry(turn.live.toldContacts, contactId, view) }
    if (view !== undefined) turn.tell({ type: 'contact-changed', contact: view })
    else turn.tell({ type: 'contact-removed', contactId })
  }
  tellOwnDevices(turn)
  const connection = connectionView(turn)
  if (!isSame(connection, turn.live.toldConnection)) {
    turn.live = { ...turn.live, toldConnection: connection }
    turn.tell({ type: 'connection-changed', connection })
  }
}

/** The views of our own devices are made of these rows, and made again where one is another than it was. */
const tellOwnDevices = (turn: Turn): void => {
  const self = turn.get('self', 'self')
  if (self === undefined) return
  const rows = [
    self,
    turn.get('contacts', toHex(self.accountId)),
    turn.get('registers', 'main'),
    isBeingLinked(turn),
    ...turn.all('handovers').map(([, row]) => row),
  ]
  const { toldOwnDevicesOf } = turn.live
  // An hour makes nobody unused.
  if (rows.length === toldOwnDevicesOf.length && rows.every((row, i) => row === toldOwnDevicesOf[i])) return
  turn.live = { ...turn.live, toldOwnDevicesOf: rows }
  turn.tell({ type: 'own-devices-changed', ownDevices: ownDeviceViews(turn) })
}

/** Everything at once: when Parley opens. */
export const tellAll = (turn: Turn): void => {
  const everything = opened(turn)
  const { connection, contacts } = everything
  turn.live = { ...turn.live, toldContacts: new Map(contacts.map((view) => [view.contactId, view])), toldConnection: connection }
  turn.tell(everything)
}

/** Everything at once, to a window that joins others. What those were told stays what they were told. */
export const tellJoined = (turn: Turn): undefined => {
  turn.tell(opened(turn))
  const progress = turn.live.mail.told
  if (progress !== undefined) turn.tell({ type: 'catching-up-changed', progress })
}

const opened = (turn: Turn): Extract<Event, { type: 'opened' }> => ({
  type: 'opened',
  settings: settingsOf(turn),
  contacts: people(turn).map(([, contact]) => contactView(turn, contact)),
  unconfirmed: turn.all('offers').length,
  pairing: turn.live.pairingView,
  connection: connectionView(turn),
  introductions: introductionViews(turn),
  misbehaviour: misbehaviourViews(turn),
  ownDevices: ownDeviceViews(turn),
})

/** Views are plain values of a few fields, so their text tells whether they differ. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
