// Our own other devices as a contact: the row of `contacts` under our own account id. Sessions, outbox and addresses treat it as
// any other; no person sees it or writes to it. Which devices there are is told in own-devices.ts.

import { toHex } from '../crypto/bytes.ts'
import { knownAs } from '../protocol/identity/identity.ts'
import type { ContactId } from './api.ts'
import type { Contact, ContactDevice } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

export const ownId = (turn: Turn): ContactId => toHex(selfOf(turn).accountId)

export const isOwn = (turn: Turn, contactId: ContactId): boolean => turn.get('contacts', contactId)?.kind === 'own'

/** Undefined while this is the only device. */
export const ownContact = (turn: Turn): Contact | undefined => {
  const contact = turn.get('self', 'self') && turn.get('contacts', ownId(turn))
  return contact?.kind === 'own' ? contact : undefined
}

/** The row that our other devices stand in, with these. */
export const ownRow = (turn: Turn, devices: readonly ContactDevice[]): Contact => {
  const { account, deviceList } = selfOf(turn)
  return {
    contactId: ownId(turn),
    kind: 'own',
    accountKey: account.publicKey,
    deviceList: knownAs(deviceList),
    devices,
    name: '',
    origin: { how: 'code' },
    pairedAtMs: turn.nowMs,
    safetyNumber: '',
    identityChange: undefined,
    replacedBy: undefined,
    unread: 0,
    readUpTo: 0,
    draft: '',
    newest: undefined,
    nextPlace: 1,
  }
}

/** The people. */
export const people = (turn: Turn): readonly (readonly [ContactId, Contact])[] =>
  turn.all('contacts').filter(([, { kind }]) => kind !== 'own')
