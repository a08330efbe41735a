// What becomes of the rows of a backup in a browser where nobody is known (docs/protocols/backup.md, Restoring): the same
// account, contacts and conversations, on a new device that has taken the place of the one that was backed up. Nobody has a
// session with it: every device of every contact is told of it by a first message, and what was not confirmed is sent again.

import type { Random } from '../crypto/random.ts'
import { NEVER_SEEN, readDeviceList } from '../protocol/identity/identity.ts'
import { LISTEN_KEY_LENGTH } from '../wire/relay-frames.ts'
import { succeedDevice } from './account.ts'
import type { BackedUpContact, BackedUpEntry, BackupRow } from './backup-rows.ts'
import { contactDevice } from './contact-devices.ts'
import { asleep } from './live.ts'
import { takeOwnList } from './own-list.ts'
import { tellEverything } from './own-sync.ts'
import { setRegister } from './registers.ts'
import { enqueueFor, nextPosition, notice } from './send.ts'
import { type Changes, type Contact, type Held, outboxKey } from './state.ts'
import { beginTurn, selfOf, type Turn } from './turn.ts'
import { settingsOf } from './views.ts'

/** Everything but the messages, which are written before, as their conversations do not exist yet. */
export type HeldRow = Exclude<BackupRow, { readonly type: 'message' }>

/** Whether nothing would be lost if this profile became another one: there is nobody in it. */
export const isNobodyHere = ({ contacts, introductions, offers }: Held): boolean => contacts.size + introductions.size + offers.size === 0

/** Whether a row can stand behind those that came before it: the account first, once, and each conversation before its messages. */
export const isInPlace = (row: BackupRow, before: readonly HeldRow[], nextPlaceByContact: ReadonlyMap<string, number>): boolean => {
  if (row.type === 'account' || before.length === 0) return row.type === 'account' && before.length === 0
  if (row.type !== 'message') return true
  const { contactId, place } = row.message
  return place > 0 && place < (nextPlaceByContact.get(contactId) ?? 0)
}

/**
 * The profile that the rows make in the place of the one that is here, as one commit.
 *
 * @returns undefined where they make none: no account, or a device list that is not the account's
 */
export const restored = (held: Held, rows: readonly HeldRow[], nowMs: number, random: Random): Changes | undefined => {
  const [first] = rows
  if (first?.type !== 'account') return undefined
  const { account, deviceList, tag } = first
  // It may have expired since; whatever its version, it comes after none. The clock here may be behind the one that it was signed by.
  const read = readDeviceList(deviceList, { accountKey: account.publicKey, nowMs, known: NEVER_SEEN })
  if (!read.ok) return undefined
  const turn = beginTurn(held, asleep, nowMs, random)
  const settings = settingsOf(turn)
  // The tables' own names.
  for (const table of Object.keys(held) as (keyof Held)[]) for (const [key] of turn.all(table)) turn.remove(table, key)
  succeedDevice(turn, account, deviceList, tag)
  // The others stay on the list, and learn of it as contacts do.
  takeOwnList(turn, selfOf(turn).deviceList)
  for (const row of rows) {
    if (row.type === 'settings') turn.put('settings', 'settings', { ...settings, ...row.settings })
    if (row.type === 'introduction') turn.put('introductions', row.introduction.introductionId, row.introduction)
    if (row.type === 'contact') {
      const { contactId } = row.contact
      turn.put('contacts', contactId, contactOf(turn, row.contact))
      if (row.signedList !== undefined) turn.put('deviceLists', contactId, row.signedList)
    }
  }
  sayWhoWeAre(turn)
  for (const row of rows) if (row.type === 'unconfirmed') sendAgain(turn, row.entry)
  return turn.changes()
}

/** Nobody writes to the addresses that were, nor are they written to: each device is told a new one. */
const contactOf = (turn: Turn, { devices, ...rest }: BackedUpContact): Contact => ({
  ...rest,
  devices: devices.map((device) => contactDevice(device, turn.random(LISTEN_KEY_LENGTH), undefined)),
})

/**
 * The first word to each device bears the new device list, so it stands before all that waits. To a contact who has become
 * another it does not leave before the person has decided that they have not.
 */
const sayWhoWeAre = (turn: Turn): void => {
  setRegister(turn, { type: 'main', device: selfOf(turn).tag })
  for (const [contactId, { devices, kind, replacedBy }] of turn.all('contacts')) {
    if (replacedBy !== undefined) continue
    for (const { device } of devices) {
      enqueueFor(turn, contactId, device.tag, notice(turn, { type: 'hello' }))
      if (kind === 'own') tellEverything(turn, device.tag)
    }
  }
}

/** Under its old id, so that who has it already shows it once. */
const sendAgain = (turn: Turn, entry: BackedUpEntry): void => {
  const devices = turn.get('contacts', entry.contactId)?.devices ?? []
  const to = devices.find(({ device }) => device.tag === entry.tag) ?? devices[0]
  if (to === undefined) return
  const { tag } = to.device
  const position = nextPosition(turn)
  turn.put('outbox', outboxKey(entry.contentId, tag), { ...entry, tag, position, envelope: undefined, onRelayAtMs: undefined })
}
