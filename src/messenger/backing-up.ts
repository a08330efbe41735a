// What of a profile goes into a backup (docs/protocols/backup.md, Contents): rows from what is in memory. The messages are not;
// they are read page by page by whoever writes the file.

import { concat } from '../crypto/bytes.ts'
import { digestOfBytes } from '../protocol/backup/backup.ts'
import { type BackupRow, encodeRow } from './backup-rows.ts'
import { decodeContent } from './content.ts'
import type { Held, OutboxEntry } from './state.ts'
import { defaultSettings } from './views.ts'

/** Everything but the messages, in the order in which it is written; undefined before there is an account, once this device is off its list, or where the account's secret key is on another one. */
export const heldRows = (held: Held, nowMs: number): readonly BackupRow[] | undefined => {
  const self = held.self.get('self')
  if (self === undefined || self.removedAtMs !== undefined) return undefined
  const { account, deviceList, tag } = self
  const { publicKey, seeds } = account
  if (seeds === undefined) return undefined
  // Our other devices are on the list, and are found again by it.
  const contacts = [...held.contacts.values()].filter(({ kind }) => kind !== 'own')
  const messages = contacts.reduce((sum, { nextPlace }) => sum + nextPlace - 1, 0)
  const entries = [...held.outbox.values()]
    .filter((entry) => held.contacts.get(entry.contactId)?.kind !== 'own' && isWorthResending(entry))
    .sort((a, b) => a.position - b.position)
  return [
    { type: 'account', account: { publicKey, seeds }, deviceList, tag, madeAtMs: nowMs, messages },
    { type: 'settings', settings: { ...defaultSettings, ...held.settings.get('settings') } },
    ...contacts.map(
      (contact): BackupRow => ({
        type: 'contact',
        contact: { ...contact, devices: contact.devices.map(({ device }) => device) },
        signedList: held.deviceLists.get(contact.contactId),
      }),
    ),
    ...[...held.introductions.values()].map((introduction): BackupRow => ({ type: 'introduction', introduction })),
    ...entries.map((entry): BackupRow => ({ type: 'unconfirmed', entry })),
  ]
}

/** 32 bytes, the same for two profiles of which backups say the same; undefined where there is nothing to back up. */
export const digestOf = (held: Held): Uint8Array | undefined => {
  const rows = heldRows(held, 0)
  return rows && digestOfBytes(concat(...rows.map((row) => digestOfBytes(encodeRow(row)))))
}

/** Questions, greetings and addresses are about sessions and mailboxes that will not be there. */
const isWorthResending = ({ content }: OutboxEntry): boolean => {
  const decoded = decodeContent(content)
  return decoded.ok && ['message', 'introduction'].includes(decoded.value.body.type)
}
