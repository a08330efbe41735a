// The device list of our own account: what it is now, whom it is told to, and whether this device still speaks for its account.
// Another browser that restored a backup takes a place on the list, and the main device takes off it what was lost: the relay
// and the other devices show a list that only the account can have signed. Without such a list nobody is believed.
//
//   listed --a later list with us, signed by the account--> listed
//     '-----a later list without us----------------------> removed

import { equal } from '../crypto/bytes.ts'
import { type DeviceListRefusal, knownAs, NEVER_SEEN, readDeviceList, rereadDeviceList } from '../protocol/identity/identity.ts'
import type { ContactId } from './api.ts'
import { applyDeviceList } from './contact-devices.ts'
import { changeDevice } from './contacts.ts'
import { endAllMeetings } from './meet.ts'
import { misbehaved } from './misbehaviour.ts'
import { ownContact, ownId, ownRow } from './own-contact.ts'
import { inOrder } from './registers.ts'
import { isRemoved, isStopped } from './routes.ts'
import { enqueueFor, notice } from './send.ts'
import { HERE } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

/** Another device of ours shows a list of our account. @returns whether it is one that we did not have, and believe */
export const ownListArrived = (turn: Turn, bytes: Uint8Array): boolean => readOwnList(turn, bytes) === 'news'

/** The relay shows one: what our account has not signed is the relay's own. @returns whether we have it, and why it is not believed */
export const ownListShown = (turn: Turn, bytes: Uint8Array): ReturnType<typeof readOwnList> => {
  const read = readOwnList(turn, bytes)
  if (notSigned.has(read)) misbehaved(turn, 'wrong-keys')
  return read
}

const notSigned: ReadonlySet<ReturnType<typeof readOwnList>> = new Set([
  'malformed',
  'wrong-account',
  'duplicate-tag',
  'duplicate-key',
  'bad-signature',
  'bad-countersignature',
])

const readOwnList = (turn: Turn, bytes: Uint8Array): 'news' | 'known' | DeviceListRefusal => {
  const self = selfOf(turn)
  // Verified before, or signed here; each of our devices shows it again and again.
  if (equal(bytes, self.deviceList)) return 'known'
  const read = readDeviceList(bytes, { accountKey: self.account.publicKey, nowMs: turn.nowMs, known: knownAs(self.deviceList) })
  if (!read.ok && read.reason === 'forked') misbehaved(turn, 'forked-list')
  if (!read.ok) return read.reason
  if (equal(read.hash, knownAs(self.deviceList).hash)) return 'known'
  const { devices } = read.list
  if (!devices.some(({ tag }) => tag === self.tag)) remove(turn)
  else {
    takeOwnList(turn, bytes)
    // Nobody else could have signed a list on which there is nobody else.
    if (self.account.seeds !== undefined && devices.length > 1) outdone(turn)
  }
  return 'news'
}

/** This is the list from now on: the other devices on it are written to, those that are off it are not. */
export const takeOwnList = (turn: Turn, bytes: Uint8Array): void => {
  turn.put('self', 'self', { ...selfOf(turn), deviceList: bytes })
  const list = rereadDeviceList(bytes)
  const contact = ownContact(turn) ?? (list.devices.length > 1 ? { ...ownRow(turn, []), deviceList: NEVER_SEEN } : undefined)
  if (contact === undefined) return
  applyDeviceList(turn, contact, { list, hash: knownAs(bytes).hash, bytes })
  const gone = contact.devices.filter(({ device }) => !list.devices.some(({ tag }) => tag === device.tag))
  for (const { device } of gone) tellLastSetBy(turn, device.tag)
  const isAlone = list.devices.length === 1
  for (const [key, { from }] of turn.all('handovers')) {
    const other = key === HERE ? from : Number(key)
    if (isAlone || (other !== undefined && !list.devices.some(({ tag }) => tag === other))) turn.remove('handovers', key)
  }
  if (!isAlone) return
  // Nobody is left who would have to agree with us.
  turn.remove('contacts', ownId(turn))
  turn.remove('deviceLists', ownId(turn))
  for (const [key] of turn.all('registers')) turn.remove('registers', key)
}

/** Settings of a device that is gone that are passed on. */
const MAX_PASSED_ON = 20

/** A device that is gone may have told only some of us what it had set last: each passes that on, under the stamp that it has. */
const tellLastSetBy = (turn: Turn, tag: number): void => {
  const rows = turn.all('registers').filter(([, row]) => row.tag === tag)
  for (const [name, row] of rows.sort(([, a], [, b]) => inOrder(b, a)).slice(0, MAX_PASSED_ON))
    turn.put('registers', name, { ...row, isNews: true })
}

/** Tells the list to all our devices, and to every device of a contact that has written to us: the others get it with the first message. */
export const tellOwnList = (turn: Turn): void => {
  for (const [contactId, { devices, kind }] of turn.all('contacts')) {
    if (isStopped(turn, contactId)) continue
    for (const { device, theirAddress } of devices)
      if (kind === 'own' || theirAddress !== undefined) tellListTo(turn, contactId, device.tag)
  }
}

export const tellListTo = (turn: Turn, contactId: ContactId, tag: number): void => {
  const { deviceList } = selfOf(turn)
  changeDevice(turn, contactId, tag, { toldListVersion: knownAs(deviceList).version })
  enqueueFor(turn, contactId, tag, notice(turn, { type: 'devices', deviceList }))
}

/**
 * We have the account's secret key, and another device has signed with it: that one is the main device now. What we would sign could bear
 * the number of a list of its own, so nothing is. The key is kept until that device has said that it has it (main-device.ts).
 */
const outdone = (turn: Turn): void => turn.put('self', 'self', { ...selfOf(turn), mainMove: { phase: 'outdone' } })

/** Everything stays here and can be read; nothing leaves any more, and the account's secret key, if it was here, goes. */
const remove = (turn: Turn): void => {
  if (isRemoved(turn)) return
  const self = selfOf(turn)
  const account = { publicKey: self.account.publicKey, seeds: undefined }
  turn.put('self', 'self', { ...self, account, mainMove: undefined, removedAtMs: turn.nowMs })
  const published = turn.get('published', 'published')
  // What the relay kept of this device went with the list.
  if (published !== undefined)
    turn.put('published', 'published', { ...published, deviceListHash: undefined, statementHash: undefined, x25519Left: [], kemLeft: [] })
  for (const [contactId] of turn.all('contacts')) {
    endAllMeetings(turn, contactId)
    turn.touch(contactId)
  }
}
