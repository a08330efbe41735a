// Introductions (docs/protocols/introductions.md): a person tells two contacts of each other, and each can write to the
// other at once, though they have never met. What came is kept until the person decides; what is believed of it is only the
// account key that the introducer vouches for.

import { fromHex, toHex } from '../crypto/bytes.ts'
import { accountIdOf, type KnownDeviceList, NEVER_SEEN, readDeviceList } from '../protocol/identity/identity.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import type { ContactId, IntroductionId, IntroductionView } from './api.ts'
import { newContactDevice } from './contact-devices.ts'
import { newContact, shortName } from './contacts.ts'
import { type Body, INTRODUCTION_ID_LENGTH } from './content.ts'
import { comeAgain } from './mail.ts'
import { contactAdded, setRegister } from './registers.ts'
import { isStopped } from './routes.ts'
import { enqueue, notice } from './send.ts'
import type { Contact, ReceivedIntroduction } from './state.ts'
import { refuse, selfOf, type Turn } from './turn.ts'

/** Introductions that wait for a decision: of one contact, and in all. */
export const MAX_OPEN_OF_ONE = 20
export const MAX_OPEN = 100
/** Introductions of one contact to people whom we know anyway. */
const MAX_KNOWN_OF_ONE = 100
/** After so long without a decision they go, milliseconds. Refused ones stay so long as well. */
const INTRODUCTION_LIFE_MS = 90 * 86_400_000

// ---- the introducer ---------------------------------------------------------------------------------------------

/**
 * Tells two contacts of each other.
 *
 * @param commandId the introduction's id: who gets it twice takes it once; undefined where the command is given once
 */
export const introduceContacts = (
  turn: Turn,
  [one, other]: readonly [ContactId, ContactId],
  commandId: IntroductionId | undefined,
): undefined => {
  const [a, b] = [introducible(turn, one), introducible(turn, other)]
  if (one === other || a === undefined || b === undefined) return
  const introductionId = commandId === undefined ? turn.random(INTRODUCTION_ID_LENGTH) : fromHex(commandId)
  enqueue(turn, a.contact, notice(turn, { type: 'introduction', introductionId, ...b.told }))
  enqueue(turn, b.contact, notice(turn, { type: 'introduction', introductionId, ...a.told }))
  turn.tell({ type: 'contacts-introduced', contactIds: [one, other] })
}

/** A contact of whom others may be told, and what they are told. */
const introducible = (turn: Turn, contactId: ContactId) => {
  const contact = turn.get('contacts', contactId)
  const list = turn.get('deviceLists', contactId)
  if (contact === undefined || contact.kind === 'own' || list === undefined || isStopped(turn, contactId)) return undefined
  return { contact, told: { accountKey: contact.accountKey, deviceList: list.bytes, name: contact.name } }
}

// ---- who is introduced ------------------------------------------------------------------------------------------

/** A contact told us of somebody. */
export const introductionArrived = (turn: Turn, by: ContactId, body: Extract<Body, { type: 'introduction' }>): undefined => {
  const introductionId = toHex(body.introductionId)
  if (turn.get('introductions', introductionId) !== undefined) return
  const { accountKey, deviceList } = body
  const contactId = toHex(accountIdOf(accountKey))
  if (contactId === toHex(selfOf(turn).accountId)) return refuse(turn, 'introduced-to-ourselves')
  if (!readVouched(turn, body).ok) return refuse(turn, 'bad-introduction')
  const rows = turn.all('introductions').map(([, row]) => row)
  const open = rows.filter(({ standing }) => standing === 'open')
  if (open.length >= MAX_OPEN || open.filter((row) => row.by === by).length >= MAX_OPEN_OF_ONE)
    return refuse(turn, 'too-many-introductions')
  const isKnown = turn.get('contacts', contactId) !== undefined
  const known = rows.filter((row) => row.by === by && row.standing === 'accepted')
  if (isKnown && known.length >= MAX_KNOWN_OF_ONE) return refuse(turn, 'too-many-introductions')
  const isRefused = rows.some((row) => row.contactId === contactId && row.standing === 'refused') || isRefusedElsewhere(turn, contactId)
  if (!isKnown && isRefused) return refuse(turn, 'refused-account')
  turn.put('introductions', introductionId, {
    introductionId,
    by,
    contactId,
    accountKey,
    deviceList,
    name: shortName(body.name),
    arrivedAtMs: turn.nowMs,
    standing: isKnown ? 'accepted' : 'open',
  })
  tellIntroductions(turn)
  // They may have written before it came.
  comeAgain(turn, toHex(addressOf(selfOf(turn).firstContactListenKey)))
}

/** The person has refused it on another device, where it came before it did here. */
const isRefusedElsewhere = (turn: Turn, contactId: ContactId): boolean => {
  const setting = turn.get('registers', `introduction/${contactId}`)?.setting
  return setting?.type === 'introduction' && setting.standing === 'refused'
}

/** Another device of ours hands over what waits for a decision. It was checked there; here it only may not take the place of anything. */
export const introductionHandedOver = (turn: Turn, row: ReceivedIntroduction): undefined => {
  const { contactId, introductionId, standing } = row
  if (standing !== 'open' || turn.get('introductions', introductionId) !== undefined || turn.get('contacts', contactId) !== undefined)
    return
  if (contactId === toHex(selfOf(turn).accountId) || !readVouched(turn, row).ok) return refuse(turn, 'bad-introduction')
  const settled = turn.get('registers', `introduction/${contactId}`)?.setting
  turn.put('introductions', introductionId, { ...row, standing: settled?.type === 'introduction' ? settled.standing : 'open' })
  tellIntroductions(turn)
}

/** The person wants to write to somebody who was introduced: a contact from now on, whose devices are asked for their prekeys. */
export const acceptIntroduction = (turn: Turn, introductionId: IntroductionId): undefined => {
  const introduction = turn.get('introductions', introductionId)
  if (introduction?.standing !== 'open') return
  const contact = becomeContact(turn, introduction)
  if (contact === undefined) return
  // The first that leaves brings our device list, and is the first word that the other side has of us.
  enqueue(turn, contact, notice(turn, { type: 'hello' }))
}

/** The person does not want to hear of this account, whoever introduces it, until they pair with it. */
export const refuseIntroduction = (turn: Turn, introductionId: IntroductionId): undefined => {
  const introduction = turn.get('introductions', introductionId)
  if (introduction !== undefined) refuseAccount(turn, introduction.contactId)
}

export const refuseAccount = (turn: Turn, contactId: ContactId): void => decide(turn, contactId, 'refused')

/** Whoever pairs by a code is no longer refused. */
export const acceptAccount = (turn: Turn, contactId: ContactId): void => decide(turn, contactId, 'accepted')

const decide = (turn: Turn, contactId: ContactId, standing: 'accepted' | 'refused'): void => {
  settleAccount(turn, contactId, standing)
  setRegister(turn, { type: 'introduction', contactId: fromHex(contactId), standing })
}

/** Here only: the other devices are not told. */
export const settleAccount = (turn: Turn, contactId: ContactId, standing: ReceivedIntroduction['standing']): void => {
  const rows = turn.all('introductions').filter(([, row]) => row.contactId === contactId && row.standing !== standing)
  for (const [key, row] of rows) turn.put('introductions', key, { ...row, standing, arrivedAtMs: turn.nowMs })
  if (rows.length > 0) tellIntroductions(turn)
}

/** An introducer may have met somebody long ago. */
const readVouched = (turn: Turn, { accountKey, deviceList }: Pick<ReceivedIntroduction, 'accountKey' | 'deviceList'>) =>
  readDeviceList(deviceList, { accountKey, nowMs: turn.nowMs, known: NEVER_SEEN })

/** The list that an introducer vouches for. */
export const vouchedList = (turn: Turn, introduction: ReceivedIntroduction): KnownDeviceList | undefined => {
  const read = readVouched(turn, introduction)
  return read.ok ? { version: read.list.version, hash: read.hash } : undefined
}

/** The contact that an introduction makes, or the one that it is of already. Its devices are those of the list that we were given. */
export const becomeContact = (turn: Turn, introduction: ReceivedIntroduction): Contact | undefined => {
  const { accountKey, by, contactId, deviceList, introductionId, name } = introduction
  if (turn.get('contacts', contactId) === undefined) {
    const read = readVouched(turn, introduction)
    if (!read.ok) return undefined
    turn.put('deviceLists', contactId, { bytes: deviceList })
    const contact = newContact(turn, {
      contactId,
      accountKey,
      deviceList: { version: read.list.version, hash: read.hash },
      devices: read.list.devices.map((device) => newContactDevice(turn, device)),
      name,
      origin: { how: 'introduced', introductionId, by, byName: turn.get('contacts', by)?.name ?? '' },
      pairedAtMs: turn.nowMs,
    })
    turn.put('contacts', contactId, contact)
    turn.touch(contactId)
    contactAdded(turn, contact)
  }
  acceptAccount(turn, contactId)
  return turn.get('contacts', contactId)
}

/** Undecided and refused ones go with time. What became a contact stays known as long as that. */
export const removeOldIntroductions = (turn: Turn): void => {
  const old = turn
    .all('introductions')
    .filter(([, row]) => row.arrivedAtMs + INTRODUCTION_LIFE_MS <= turn.nowMs && turn.get('contacts', row.contactId) === undefined)
  for (const [key] of old) turn.remove('introductions', key)
  if (old.length > 0) tellIntroductions(turn)
}

/** One for each account: whoever introduced it first. */
export const introductionViews = (turn: Turn): readonly IntroductionView[] => {
  const first = new Map<ContactId, ReceivedIntroduction>()
  for (const [, row] of turn.all('introductions')) {
    const before = first.get(row.contactId)
    if (row.standing === 'open' && (before === undefined || row.arrivedAtMs < before.arrivedAtMs)) first.set(row.contactId, row)
  }
  return [...first.values()]
    .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs)
    .map(({ arrivedAtMs, by, introductionId, name }) => ({
      introductionId,
      name,
      byName: turn.get('contacts', by)?.name ?? '',
      arrivedAtMs,
    }))
}

const tellIntroductions = (turn: Turn): void => turn.tell({ type: 'introductions-changed', introductions: introductionViews(turn) })
