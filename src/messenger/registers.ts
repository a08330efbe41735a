// Settings that all devices of a person share: each is a register, and of two values the later one stays. Later is by a common
// counting (Lamport), of each register by itself, that begins anew with each version of our device list: whoever sets one counts on
// from what it knows of it, and of two that counted alike the device with the higher tag wins. So every device that has seen the
// same values has the same ones, in whatever order they came; and how far a device counted means nothing once it is off the list.

import { fromHex } from '../crypto/bytes.ts'
import { knownAs } from '../protocol/identity/identity.ts'
import { ownContact } from './own-contact.ts'
import { type ContactFacts, nameOf, type Setting } from './setting.ts'
import type { Contact, Register } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

type Stamp = Pick<Register, 'list' | 'counter' | 'tag'>

/** The highest that a content can say: nobody counts so far who counts by ones. */
export const MAX_COUNTER = 2 ** 48 - 1

/** Below zero where `a` is the earlier one. */
export const inOrder = (a: Stamp, b: Stamp): number => a.list - b.list || a.counter - b.counter || a.tag - b.tag

/** A person has set something here. Nothing is noted of what stands already, or where there is no other device to tell. */
export const setRegister = (turn: Turn, setting: Setting): void => {
  if (ownContact(turn) === undefined) return
  const known = turn.get('registers', nameOf(setting))
  if (known !== undefined && isSame(known.setting, setting)) return
  const stamp = stampAfter(turn, known)
  // Some device has counted to the end: no other would take it.
  if (known !== undefined && inOrder(stamp, known) <= 0) return
  turn.put('registers', nameOf(setting), { ...stamp, setting, isNews: true })
}

/** Before every list: whatever anybody has set is later. */
const NO_LIST = 0

/** The same for what stands here since before there was another device, or a backup: it is told with everything else. */
export const noteRegister = (turn: Turn, setting: Setting): void => {
  const name = nameOf(setting)
  if (turn.get('registers', name) === undefined) turn.put('registers', name, { list: NO_LIST, counter: 1, tag: selfOf(turn).tag, setting })
}

const stampAfter = (turn: Turn, known: Stamp | undefined): Stamp => {
  const { deviceList, tag } = selfOf(turn)
  const list = knownAs(deviceList).version
  return { list, counter: known?.list === list ? Math.min(known.counter + 1, MAX_COUNTER) : 1, tag }
}

/** Whether another device knows a later list of ours than we do: its setting waits for that list, which nobody can make up. */
export const isUnderLaterList = (turn: Turn, { list }: Stamp): boolean => list > knownAs(selfOf(turn).deviceList).version

/** Somebody is a contact from now on, or has been met once more. */
export const contactAdded = (turn: Turn, contact: Contact): void => {
  const contactId = fromHex(contact.contactId)
  setRegister(turn, { type: 'contact', contactId, is: factsOf(contact) })
  setRegister(turn, { type: 'contact-name', contactId, name: contact.name })
}

export const factsOf = ({ accountKey, origin, pairedAtMs }: Pick<Contact, 'accountKey' | 'origin' | 'pairedAtMs'>): ContactFacts => ({
  accountKey,
  introduced:
    origin.how === 'introduced'
      ? { introductionId: fromHex(origin.introductionId), by: fromHex(origin.by), byName: origin.byName }
      : undefined,
  pairedAtMs,
})

/** Another device has set something. @returns whether it is later than what stood here, and stands now */
export const registerArrived = (turn: Turn, { counter, list, setting, tag }: Register): boolean => {
  const name = nameOf(setting)
  const known = turn.get('registers', name)
  if (known !== undefined && inOrder({ list, counter, tag }, known) <= 0) return false
  turn.put('registers', name, { list, counter, tag, setting })
  return true
}

/** Plain values of a few fields; byte strings become objects of their bytes. */
const isSame = (a: Setting, b: Setting): boolean => JSON.stringify(a) === JSON.stringify(b)
