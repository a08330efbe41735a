// Whether this device still speaks for its account. Another browser that restored a backup has taken its place on the list:
// the relay refuses it then, and shows a list that only the account can have signed. Without such a list nobody is believed.
//
//   listed --a later list without us, signed by the account--> removed

import { readDeviceList, rereadDeviceList } from '../protocol/identity/identity.ts'
import { endAllMeetings } from './meet.ts'
import { cancelPairing } from './pair.ts'
import { isRemoved } from './routes.ts'
import { selfOf, type Turn } from './turn.ts'

/** The relay shows the list that it keeps of our account. @returns whether it took us off it */
export const ownListArrived = (turn: Turn, bytes: Uint8Array): boolean => {
  const self = selfOf(turn)
  const ours = rereadDeviceList(self.deviceList)
  const read = readDeviceList(bytes, { accountKey: self.account.publicKey, nowMs: turn.nowMs, known: undefined })
  if (!read.ok || read.list.version <= ours.version) return false
  if (read.list.devices.some(({ tag }) => tag === self.tag)) return false
  remove(turn)
  return true
}

/** Everything stays here and can be read; nothing leaves any more. */
const remove = (turn: Turn): void => {
  if (isRemoved(turn)) return
  turn.put('self', 'self', { ...selfOf(turn), removedAtMs: turn.nowMs })
  const published = turn.get('published', 'published')
  // What the relay kept of this device went with the list.
  if (published !== undefined)
    turn.put('published', 'published', { ...published, deviceListHash: undefined, statementHash: undefined, x25519Left: [], kemLeft: [] })
  cancelPairing(turn)
  for (const [contactId] of turn.all('contacts')) {
    endAllMeetings(turn, contactId)
    turn.touch(contactId)
  }
}
