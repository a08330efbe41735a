// What the devices of one person set for all of them (docs/protocols/devices.md): telling the others at the end of the turn in which
// something was set, taking what they have set, and telling a new device everything. Which of two values stays is registers.ts.

import { equal, fromHex, toHex } from '../crypto/bytes.ts'
import { accountIdOf, NEVER_SEEN, readDeviceList } from '../protocol/identity/identity.ts'
import { accountSigner } from './account.ts'
import type { ContactId } from './api.ts'
import { deviceListTold, newContactDevice } from './contact-devices.ts'
import { newContact, shortName } from './contacts.ts'
import type { Body, Content } from './content.ts'
import { applyDecision } from './identity-change.ts'
import { settleAccount } from './introductions.ts'
import { ownId, people } from './own-contact.ts'
import { factsOf, noteRegister, registerArrived } from './registers.ts'
import { forgetContact } from './removal.ts'
import { forgetIndex } from './search.ts'
import { enqueue, enqueueFor, notice, tellOwnDevices } from './send.ts'
import { type ContactFacts, nameOf, type Setting } from './setting.ts'
import { applySettings } from './settings.ts'
import type { Contact, Register } from './state.ts'
import { refuse, selfOf, type Turn } from './turn.ts'
import { settingsOf } from './views.ts'

type Told = Extract<Body, { type: 'set' }>

const DAY_MS = 86_400_000

// ---- telling ----------------------------------------------------------------------------------------------------

/** Tells the other devices what was set in this turn. Called at its end. */
export const settingsDue = (turn: Turn): void => {
  const news = turn.all('registers').filter(([, { isNews }]) => isNews === true)
  for (const [name, { counter, list, setting, tag }] of news) {
    const told = { list, counter, tag, setting }
    turn.put('registers', name, told)
    tellOwnDevices(turn, notice(turn, toldOf(turn, told)))
  }
}

const toldOf = (turn: Turn, { counter, list, setting, tag }: Register): Told => {
  const contactId = setting.type === 'contact' ? toHex(setting.contactId) : undefined
  const contact = contactId === undefined ? undefined : turn.get('contacts', contactId)
  const deviceList = contactId === undefined ? undefined : turn.get('deviceLists', contactId)?.bytes
  return { type: 'set', list, counter, tag, setting, deviceList: contact && deviceList, nextPlace: contact?.nextPlace ?? 1 }
}

/** Everything that stands, for a device that is new. */
export const tellEverything = (turn: Turn, tag: number): void => {
  for (const setting of everything(turn)) noteRegister(turn, setting)
  for (const [, row] of turn.all('registers')) enqueueFor(turn, ownId(turn), tag, notice(turn, toldOf(turn, row)))
}

const everything = (turn: Turn): readonly Setting[] => {
  const { displayName, relayOnly } = settingsOf(turn)
  return [
    { type: 'own-name', name: displayName },
    { type: 'relay-only', isOn: relayOnly },
    ...(accountSigner(turn) === undefined ? [] : [{ type: 'main', device: selfOf(turn).tag } as const]),
    ...people(turn).flatMap(([, contact]) => settingsOfContact(contact)),
    ...turn
      .all('introductions')
      .flatMap(([, { contactId, standing }]): Setting[] =>
        standing === 'open' ? [] : [{ type: 'introduction', contactId: fromHex(contactId), standing }],
      ),
  ]
}

const settingsOfContact = (contact: Contact): readonly Setting[] => {
  const contactId = fromHex(contact.contactId)
  const { name, replacedBy } = contact
  return [
    { type: 'contact', contactId, is: factsOf(contact) },
    { type: 'contact-name', contactId, name: shortName(name) },
    ...(replacedBy === undefined ? [] : [{ type: 'identity', contactId, claimant: fromHex(replacedBy), isAccepted: true } as const]),
  ]
}

// ---- being told -------------------------------------------------------------------------------------------------

/**
 * Nobody has set so much, or has so many messages, as milliseconds have passed since 1970: who counts further would have the last word
 * under this list. By then whoever counts one by one is later.
 */
export const isCountedAhead = (turn: Turn, { body }: Content): boolean =>
  body.type === 'set' && Math.max(body.counter, body.nextPlace) > turn.nowMs + DAY_MS

export const settingArrived = (turn: Turn, told: Told): undefined => {
  const { counter, deviceList, list, nextPlace, setting, tag } = told
  if (setting.type === 'contact' && setting.is !== undefined && !equal(accountIdOf(setting.is.accountKey), setting.contactId))
    return refuse(turn, 'bad-setting')
  const isNews = registerArrived(turn, { list, counter, tag, setting })
  // A contact's list is no part of what was set: it may be newer though nothing else is.
  if (setting.type === 'contact' && deviceList !== undefined) deviceListTold(turn, toHex(setting.contactId), deviceList)
  if (isNews) apply(turn, setting, deviceList, nextPlace)
}

const apply = (turn: Turn, setting: Setting, deviceList: Uint8Array | undefined, nextPlace: number): void => {
  switch (setting.type) {
    case 'own-name':
      return applySettings(turn, { displayName: setting.name })
    case 'relay-only':
      return applySettings(turn, { relayOnly: setting.isOn })
    case 'main':
      return
    case 'contact': {
      const contactId = toHex(setting.contactId)
      return setting.is === undefined ? forgetContact(turn, contactId) : applyContact(turn, contactId, setting.is, deviceList, nextPlace)
    }
    case 'contact-name': {
      const contact = turn.get('contacts', toHex(setting.contactId))
      if (contact === undefined) return
      turn.put('contacts', contact.contactId, { ...contact, name: shortName(setting.name) })
      return turn.touch(contact.contactId)
    }
    case 'identity':
      return applyDecision(turn, toHex(setting.contactId), toHex(setting.claimant), setting.isAccepted)
    case 'introduction':
      return settleAccount(turn, toHex(setting.contactId), setting.standing)
  }
}

const applyContact = (
  turn: Turn,
  contactId: ContactId,
  facts: ContactFacts,
  deviceList: Uint8Array | undefined,
  nextPlace: number,
): void => {
  const origin = originOf(facts)
  const { pairedAtMs } = facts
  const known = turn.get('contacts', contactId)
  if (known !== undefined) {
    // They have been met once more: whoever claimed to be them is answered by that.
    const isMetAgain = pairedAtMs > known.pairedAtMs
    const answered = isMetAgain ? { identityChange: undefined, replacedBy: undefined } : {}
    turn.put('contacts', contactId, { ...known, origin, pairedAtMs, ...answered })
    return turn.touch(contactId)
  }
  const { accountKey } = facts
  // The other device may have met them long ago.
  const read = deviceList && readDeviceList(deviceList, { accountKey, nowMs: turn.nowMs, known: NEVER_SEEN })
  const list = read?.ok === true ? read : undefined
  if (deviceList !== undefined && list !== undefined) turn.put('deviceLists', contactId, { bytes: deviceList })
  const contact = newContact(turn, {
    contactId,
    accountKey,
    // Of whom nobody has kept a list, the relay is asked for one (bundles.ts).
    deviceList: list === undefined ? NEVER_SEEN : { version: list.list.version, hash: list.hash },
    devices: list?.list.devices.map((device) => newContactDevice(turn, device)) ?? [],
    name: '',
    origin,
    pairedAtMs,
  })
  // What was said before stands in front of what comes from now on, once it is handed over.
  const place = Math.max(1, nextPlace)
  turn.put('contacts', contactId, { ...contact, nextPlace: place, readUpTo: place - 1 })
  if (place > 1) forgetIndex(turn, contactId, place)
  turn.touch(contactId)
  enqueue(turn, contact, notice(turn, { type: 'hello' }))
  // These may have come before.
  for (const type of ['contact-name', 'identity'] as const) {
    const row = turn.get('registers', `${type}/${contactId}`)
    if (row !== undefined) apply(turn, row.setting, undefined, 1)
  }
}

const originOf = ({ introduced }: ContactFacts): Contact['origin'] =>
  introduced === undefined
    ? { how: 'code' }
    : {
        how: 'introduced',
        introductionId: toHex(introduced.introductionId),
        by: toHex(introduced.by),
        byName: shortName(introduced.byName),
      }

/** Whether a contact that is named is not here because it is removed. */
export const isRemovedContact = (turn: Turn, contactId: ContactId): boolean => {
  const setting = turn.get('registers', nameOf({ type: 'contact', contactId: fromHex(contactId), is: undefined }))?.setting
  return setting?.type === 'contact' && setting.is === undefined
}
