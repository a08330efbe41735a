// Introductions (docs/protocols/introductions.md): a person tells two contacts of each other, and each can write to the
// other at once, though they have never met. What came is kept until the person decides; what is believed of it is only the
// account key that the introducer vouches for.

import { fromHex, toHex } from '../crypto/bytes.ts'
import { accountIdOf, type KnownDeviceList, NO_PREVIOUS_LIST, readDeviceList } from '../protocol/identity/identity.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { fingerprintOf, safetyNumber } from '../protocol/safety-number/safety-number.ts'
import type { ContactId, IntroductionId, IntroductionView } from './api.ts'
import { newContactDevice } from './contact-devices.ts'
import { shortName } from './contacts.ts'
import { type Body, CONTENT_ID_LENGTH, INTRODUCTION_ID_LENGTH } from './content.ts'
import { comeAgain } from './mail.ts'
import { isStopped } from './routes.ts'
import { enqueue } from './send.ts'
import type { Contact, ReceivedIntroduction } from './state.ts'
import { type Pending, refuse, selfOf, type Turn } from './turn.ts'

/** Introductions that wait for a decision: of one contact, and in all. */
export const MAX_OPEN_OF_ONE = 20
export const MAX_OPEN = 100
/** Introductions of one contact to people whom we know anyway. */
const MAX_KNOWN_OF_ONE = 100
/** After so long without a decision they go, milliseconds. Refused ones stay so long as well. */
const INTRODUCTION_LIFE_MS = 90 * 86_400_000
/** Whatever version a list has, it comes after none; and an introducer may have met somebody long ago. */
const NEVER_SEEN = { version: 0, hash: NO_PREVIOUS_LIST }

// ---- the introducer ---------------------------------------------------------------------------------------------

/** Tells two contacts of each other. */
export const introduceContacts = (turn: Turn, [one, other]: readonly [ContactId, ContactId]): undefined => {
  const contacts = [turn.get('contacts', one), turn.get('contacts', other)] as const
  const lists = [turn.get('deviceLists', one), turn.get('deviceLists', other)] as const
  const [a, b] = contacts
  const [listOfA, listOfB] = lists
  if (one === other || a === undefined || b === undefined || listOfA === undefined || listOfB === undefined) return
  if (isStopped(turn, one) || isStopped(turn, other)) return
  const introductionId = turn.random(INTRODUCTION_ID_LENGTH)
  tell(turn, a, { introductionId, accountKey: b.accountKey, deviceList: listOfB.bytes, name: b.name })
  tell(turn, b, { introductionId, accountKey: a.accountKey, deviceList: listOfA.bytes, name: a.name })
  turn.tell({ type: 'contacts-introduced', contactIds: [one, other] })
}

const tell = (turn: Turn, to: Contact, introduction: Omit<Extract<Body, { type: 'introduction' }>, 'type'>): void => {
  const contentId = toHex(turn.random(CONTENT_ID_LENGTH))
  enqueue(turn, to, { contentId, sentAtMs: turn.nowMs, body: { type: 'introduction', ...introduction }, isMessage: false })
}

// ---- who is introduced ------------------------------------------------------------------------------------------

/** A contact told us of somebody. */
export const introductionArrived = (turn: Turn, by: ContactId, body: Extract<Body, { type: 'introduction' }>): undefined => {
  const introductionId = toHex(body.introductionId)
  if (turn.get('introductions', introductionId) !== undefined) return
  const { accountKey, deviceList } = body
  const contactId = toHex(accountIdOf(accountKey))
  if (contactId === toHex(selfOf(turn).accountId)) return refuse(turn, 'introduced-to-ourselves')
  const read = readDeviceList(deviceList, { accountKey, nowMs: turn.nowMs, known: NEVER_SEEN })
  if (!read.ok) return refuse(turn, 'bad-introduction')
  const rows = turn.all('introductions').map(([, row]) => row)
  const open = rows.filter(({ standing }) => standing === 'open')
  if (open.length >= MAX_OPEN || open.filter((row) => row.by === by).length >= MAX_OPEN_OF_ONE)
    return refuse(turn, 'too-many-introductions')
  const isKnown = turn.get('contacts', contactId) !== undefined
  const known = rows.filter((row) => row.by === by && row.standing === 'accepted')
  if (isKnown && known.length >= MAX_KNOWN_OF_ONE) return refuse(turn, 'too-many-introductions')
  if (!isKnown && rows.some((row) => row.contactId === contactId && row.standing === 'refused')) return refuse(turn, 'refused-account')
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

/** The person wants to write to somebody who was introduced: a contact from now on, whose devices are asked for their prekeys. */
export const acceptIntroduction = (turn: Turn, introductionId: IntroductionId): undefined => {
  const introduction = turn.get('introductions', introductionId)
  if (introduction?.standing !== 'open') return
  const contact = becomeContact(turn, introduction)
  if (contact === undefined) return
  // The first that leaves brings our device list, and is the first word that the other side has of us.
  enqueue(turn, contact, {
    contentId: toHex(turn.random(CONTENT_ID_LENGTH)),
    sentAtMs: turn.nowMs,
    body: { type: 'hello' },
    isMessage: false,
  })
}

/** The person does not want to hear of this account, whoever introduces it, until they pair with it. */
export const refuseIntroduction = (turn: Turn, introductionId: IntroductionId): undefined => {
  const introduction = turn.get('introductions', introductionId)
  if (introduction !== undefined) refuseAccount(turn, introduction.contactId)
}

export const refuseAccount = (turn: Turn, contactId: ContactId): void => settle(turn, contactId, 'refused')

/** Whoever pairs by a code is no longer refused. */
export const acceptAccount = (turn: Turn, contactId: ContactId): void => settle(turn, contactId, 'accepted')

const settle = (turn: Turn, contactId: ContactId, standing: ReceivedIntroduction['standing']): void => {
  const rows = turn.all('introductions').filter(([, row]) => row.contactId === contactId && row.standing !== standing)
  for (const [key, row] of rows) turn.put('introductions', key, { ...row, standing, arrivedAtMs: turn.nowMs })
  if (rows.length > 0) tellIntroductions(turn)
}

/** The list that an introducer vouches for. */
export const vouchedList = ({ accountKey, deviceList }: ReceivedIntroduction, nowMs: number): KnownDeviceList | undefined => {
  const read = readDeviceList(deviceList, { accountKey, nowMs, known: NEVER_SEEN })
  return read.ok ? { version: read.list.version, hash: read.hash } : undefined
}

/** The contact that an introduction makes, or the one that it is of already. Its devices are those of the list that we were given. */
export const becomeContact = (turn: Turn, introduction: ReceivedIntroduction): Contact | undefined => {
  const { accountKey, by, contactId, deviceList, introductionId, name } = introduction
  const known = turn.get('contacts', contactId)
  if (known === undefined) {
    const read = readDeviceList(deviceList, { accountKey, nowMs: turn.nowMs, known: NEVER_SEEN })
    if (!read.ok) return undefined
    const devices = read.list.devices.map((device) => newContactDevice(turn, device))
    turn.put('deviceLists', contactId, { bytes: deviceList })
    turn.put('contacts', contactId, {
      contactId,
      accountKey,
      deviceList: { version: read.list.version, hash: read.hash },
      devices,
      name,
      origin: { how: 'introduced', introductionId, by, byName: turn.get('contacts', by)?.name ?? '' },
      pairedAtMs: turn.nowMs,
      safetyNumber: safetyNumber(selfOf(turn).fingerprint, fingerprintOf({ accountKey, accountId: fromHex(contactId) })),
      identityChange: undefined,
      replacedBy: undefined,
      unread: 0,
      readUpTo: 0,
      draft: '',
      newest: undefined,
      nextPlace: 1,
    })
    turn.touch(contactId)
  }
  acceptAccount(turn, contactId)
  return turn.get('contacts', contactId)
}

/** Undecided and refused ones go with time. What became a contact stays known as long as that. */
export const removeOldIntroductions = (turn: Turn): Pending | undefined => {
  const old = turn
    .all('introductions')
    .filter(([, row]) => row.arrivedAtMs + INTRODUCTION_LIFE_MS <= turn.nowMs && turn.get('contacts', row.contactId) === undefined)
  for (const [key] of old) turn.remove('introductions', key)
  if (old.length > 0) tellIntroductions(turn)
  return undefined
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
