// Settings that all devices of a person share: each is a register, and of two values the later one stays. Later is by a common
// counting (Lamport): whoever sets one counts on from the highest that it knows, and of two that counted alike the device with the
// higher tag wins. So every device that has seen the same values has the same ones, in whatever order they came.

import { fromHex } from '../crypto/bytes.ts'
import { ownContact } from './own-contact.ts'
import { type ContactFacts, nameOf, type Setting } from './setting.ts'
import type { Contact, Register } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

type Stamp = Pick<Register, 'counter' | 'tag'>

export const isLater = (a: Stamp, b: Stamp): boolean => a.counter > b.counter || (a.counter === b.counter && a.tag > b.tag)

/** A person has set something here. Nothing is noted of what stands already, or where there is no other device to tell. */
export const setRegister = (turn: Turn, setting: Setting): void => {
  if (ownContact(turn) === undefined) return
  const known = turn.get('registers', nameOf(setting))
  if (known !== undefined && isSame(known.setting, setting)) return
  turn.put('registers', nameOf(setting), { counter: highestCounter(turn) + 1, tag: selfOf(turn).tag, setting, isNews: true })
}

/** The same for what has stood here since before there was another device: it is told with everything else. */
export const noteRegisters = (turn: Turn, settings: readonly Setting[]): void => {
  let counter = highestCounter(turn)
  for (const setting of settings) {
    if (turn.get('registers', nameOf(setting)) !== undefined) continue
    turn.put('registers', nameOf(setting), { counter: ++counter, tag: selfOf(turn).tag, setting })
  }
}

const highestCounter = (turn: Turn): number => turn.all('registers').reduce((highest, [, { counter }]) => Math.max(highest, counter), 0)

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
export const registerArrived = (turn: Turn, { counter, setting, tag }: Register): boolean => {
  const name = nameOf(setting)
  const known = turn.get('registers', name)
  if (known !== undefined && !isLater({ counter, tag }, known)) return false
  turn.put('registers', name, { counter, tag, setting })
  return true
}

/** Plain values of a few fields; byte strings become objects of their bytes. */
const isSame = (a: Setting, b: Setting): boolean => JSON.stringify(a) === JSON.stringify(b)
