// Device lists as they are named in every content (docs/protocols/devices.md, Gossip): the sender's own, and the receiver's as the
// sender believes it. Two people who talk find out so whether a relay shows them different lists, and who is behind is told.

import { equal } from '../crypto/bytes.ts'
import { type KnownDeviceList, knownAs } from '../protocol/identity/identity.ts'
import type { ContactId } from './api.ts'
import { deviceOf } from './contacts.ts'
import type { Lists } from './content.ts'
import { misbehaved } from './misbehaviour.ts'
import { tellListTo } from './own-list.ts'
import { lookForOwnList } from './publish.ts'
import { isStopped } from './routes.ts'
import type { Contact } from './state.ts'
import { selfOf, type Turn, withEntry } from './turn.ts'

/** A device has written, and named the lists that it knows. */
export const listsNamed = (turn: Turn, contact: Contact, tag: number, { ours: theirs, theirs: ours }: Lists): void => {
  if (contact.kind === 'own') return ourListNamed(turn, contact.contactId, tag, theirs)
  const known = contact.deviceList
  if (isFork(known, theirs)) misbehaved(turn, 'forked-list', contact.contactId)
  if (theirs.version > known.version) turn.live = { ...turn.live, behind: withEntry(turn.live.behind, contact.contactId, theirs.version) }
  ourListNamed(turn, contact.contactId, tag, ours)
}

const ourListNamed = (turn: Turn, contactId: ContactId, tag: number, named: KnownDeviceList): void => {
  const known = knownAs(selfOf(turn).deviceList)
  if (isFork(known, named)) misbehaved(turn, 'forked-list')
  if (named.version > known.version) lookForOwnList(turn)
  const isTold = deviceOf(turn, contactId, tag)?.toldListVersion === known.version
  if (named.version < known.version && !isTold && !isStopped(turn, contactId)) tellListTo(turn, contactId, tag)
}

const isFork = (known: KnownDeviceList, named: KnownDeviceList): boolean =>
  known.version === named.version && !equal(known.hash, named.hash)

/** Whether who wrote knows a later list of its account than we do: then we may have written to fewer devices than there are, or to one too many. */
export const isBehind = (turn: Turn, contact: Contact, { ours }: Lists): boolean =>
  ours.version > (contact.kind === 'own' ? knownAs(selfOf(turn).deviceList) : contact.deviceList).version
