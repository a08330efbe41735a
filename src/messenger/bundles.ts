// Prekey bundles of contacts to whose devices there is no session, or none that can encrypt any more: asked for at the
// relay, believed only after everything in them was verified against the pinned account key, and used at once
// (docs/protocols/introductions.md, prekeys.md). What waits in the outbox is then encrypted, under the same message ids.

import { equal, fromHex } from '../crypto/bytes.ts'
import { type Device, readDeviceList } from '../protocol/identity/identity.ts'
import { type Bundle, readBundle } from '../protocol/prekeys/prekeys.ts'
import { emptyRecord, initiate, initiateToAsk } from '../protocol/session/session.ts'
import type { RelayReply } from '../wire/relay-frames.ts'
import { ourParty } from './account.ts'
import type { ContactId } from './api.ts'
import { applyDeviceList } from './contact-devices.ts'
import { changeDevice, deviceOf } from './contacts.ts'
import { ask, begunAnew, isLost, mayBeginAnew, wantsToAsk } from './healing.ts'
import type { Fetching } from './live.ts'
import { misbehaved } from './misbehaviour.ts'
import { ownListArrived } from './own-list.ts'
import { isStopped, nextRequestId } from './routes.ts'
import { sealAgain } from './send.ts'
import { type Contact, type ContactDevice, deviceKey, type SeenStatement } from './state.ts'
import { refuse, selfOf, type Turn, withEntry } from './turn.ts'

/** Without an answer, or where nothing came that helps, it is asked again after this long: doubled each time. */
const AGAIN_MS = 60_000
const AGAIN_AT_MOST_MS = 3_600_000
/** One-time ids of one device that are remembered. */
const MAX_SEEN_IDS = 200

const setFetching = (turn: Turn, fetching: Partial<Fetching>): void => {
  turn.live = { ...turn.live, fetching: { ...turn.live.fetching, ...fetching } }
}

/** Whether what waits for a device can be encrypted. */
const hasSession = (turn: Turn, contactId: ContactId, tag: number): boolean => {
  const current = turn.get('sessions', deviceKey(contactId, tag))?.current
  return current !== undefined && (current.phase !== 'unanswered' || current.statementExpiresAtMs > turn.nowMs)
}

/** Whether a session is to begin with a device: to encrypt what waits, in the place of those that are lost, or to ask in it. */
const isWanted = (turn: Turn, contactId: ContactId, device: ContactDevice, waits: boolean): boolean => {
  const { tag } = device.device
  if (isLost(turn, contactId, device)) return mayBeginAnew(turn, contactId, tag)
  return (waits && !hasSession(turn, contactId, tag) && !isStopped(turn, contactId)) || wantsToAsk(turn, contactId, tag)
}

/** Whether somebody has named a later list of a contact than the one that is known, or none is. */
const isListBehind = (turn: Turn, contactId: ContactId): boolean =>
  !isStopped(turn, contactId) && (turn.live.behind.get(contactId) ?? 1) > (turn.get('contacts', contactId)?.deviceList.version ?? 0)

const wanted = (turn: Turn): ReadonlySet<ContactId> => {
  const waiting = new Set(turn.all('outbox').map(([, { contactId, tag }]) => deviceKey(contactId, tag)))
  return new Set(
    turn
      .all('contacts')
      .filter(
        ([contactId, { devices }]) =>
          isListBehind(turn, contactId) ||
          devices.some((each) => isWanted(turn, contactId, each, waiting.has(deviceKey(contactId, each.device.tag)))),
      )
      .map(([contactId]) => contactId),
  )
}

/** Asks for what is needed and not asked for yet. Called at the end of each turn. */
export const bundlesDue = (turn: Turn): void => {
  if (turn.live.relay.deposit !== 'open' || isAboutToBeKnown(turn)) return
  for (const contactId of wanted(turn)) {
    const again = turn.live.fetching.again.get(contactId)
    if (again !== undefined && again.atMs > turn.nowMs) continue
    const requestId = nextRequestId(turn)
    // What was asked before and is not answered by now is not waited for any more.
    const others = [...turn.live.fetching.asked].filter(([, asked]) => asked.contactId !== contactId)
    setFetching(turn, { asked: new Map([...others, [requestId, { contactId, listed: undefined }]]) })
    pause(turn, contactId)
    turn.send('deposit', { type: 'fetch-bundles', requestId, accountId: fromHex(contactId), tag: undefined })
  }
}

/**
 * Our own keys are on their way to the relay for the first time. Of two people who both have a new device, who asks second
 * then finds the other's: if both asked first, each would write to a device that is gone.
 */
const isAboutToBeKnown = (turn: Turn): boolean =>
  turn.live.publishing.phase !== 'resting' && turn.get('published', 'published')?.statementHash === undefined

const pause = (turn: Turn, contactId: ContactId): void => {
  const failures = (turn.live.fetching.again.get(contactId)?.failures ?? 0) + 1
  const atMs = turn.nowMs + Math.min(AGAIN_MS * 2 ** (failures - 1), AGAIN_AT_MOST_MS)
  setFetching(turn, { again: withEntry(turn.live.fetching.again, contactId, { atMs, failures }) })
}

/** The connection went: what was asked is not answered any more, and asked anew on the next one. */
export const fetchingLost = (turn: Turn): void => setFetching(turn, { asked: new Map(), again: new Map() })

export const bundlesWakeAtMs = (turn: Turn): number => {
  if (turn.live.relay.deposit !== 'open' || isAboutToBeKnown(turn)) return Number.POSITIVE_INFINITY
  const contactIds = wanted(turn)
  const waits = [...turn.live.fetching.again].filter(([contactId]) => contactIds.has(contactId))
  return Math.min(...waits.map(([, { atMs }]) => atMs))
}

/** @returns whether it answered one of our requests for bundles */
export const bundlesReplied = (turn: Turn, reply: RelayReply): boolean => {
  if (!('requestId' in reply)) return false
  const asked = turn.live.fetching.asked.get(reply.requestId)
  if (asked === undefined) return false
  const { contactId } = asked
  switch (reply.type) {
    case 'device-list': {
      const listed = listArrived(turn, contactId, reply.accountKey, reply.deviceList)
      setFetching(turn, { asked: withEntry(turn.live.fetching.asked, reply.requestId, { contactId, listed }) })
      return true
    }
    case 'bundle':
      // Without a list that we believe, nobody knows whose bundle it is.
      if (asked.listed?.includes(reply.tag) === true) bundleArrived(turn, contactId, reply.tag, reply.bundle)
      else if (asked.listed !== undefined) wrong(turn, contactId, 'wrong-keys')
      return true
    case 'bundles-end':
      ended(turn, reply.requestId, contactId)
      return true
    case 'refused':
      setFetching(turn, { asked: withEntry(turn.live.fetching.asked, reply.requestId, undefined) })
      return true
    default:
      return false
  }
}

const ended = (turn: Turn, requestId: number, contactId: ContactId): void => {
  setFetching(turn, { asked: withEntry(turn.live.fetching.asked, requestId, undefined) })
  if (!wanted(turn).has(contactId)) setFetching(turn, { again: withEntry(turn.live.fetching.again, contactId, undefined) })
}

/** @returns the tags on it, where we believe it */
const listArrived = (turn: Turn, contactId: ContactId, accountKey: Uint8Array, bytes: Uint8Array): readonly number[] | undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return undefined
  if (!equal(accountKey, contact.accountKey)) return wrong(turn, contactId, 'wrong-keys')
  const read = readDeviceList(bytes, { accountKey, nowMs: turn.nowMs, known: contact.deviceList })
  if (!read.ok && read.reason === 'rolled-back') {
    // What we know by a pairing may be on its way to the relay still; what came from there does not become older.
    if (versionSeen(turn, contact) >= contact.deviceList.version) return wrong(turn, contactId, 'older-than-seen')
    return refuse(turn, 'older-device-list')
  }
  // Two lists of one number: only the account itself can have signed both.
  if (!read.ok && read.reason === 'forked') {
    misbehaved(turn, 'forked-list', contactId)
    return refuse(turn, 'forked-device-list')
  }
  if (!read.ok) return wrong(turn, contactId, 'wrong-keys')
  if (read.list.expiresAtMs <= turn.nowMs) return refuse(turn, 'expired-device-list')
  if (contact.kind === 'own') ownListArrived(turn, bytes)
  else applyDeviceList(turn, contact, { ...read, bytes })
  return read.list.devices.map(({ tag }) => tag)
}

const versionSeen = (turn: Turn, { contactId, devices }: Contact): number =>
  Math.max(0, ...devices.map(({ device }) => turn.get('seenStatements', deviceKey(contactId, device.tag))?.listVersion ?? 0))

const wrong = (turn: Turn, contactId: ContactId, what: 'wrong-keys' | 'older-than-seen' | 'one-time-key-reused'): undefined => {
  misbehaved(turn, what, contactId)
  return refuse(turn, `bundle-${what}`)
}

const bundleArrived = (turn: Turn, contactId: ContactId, tag: number, bytes: Uint8Array): void => {
  const contact = turn.get('contacts', contactId)
  const known = deviceOf(turn, contactId, tag)
  if (contact === undefined || known === undefined) return
  const asks = wantsToAsk(turn, contactId, tag)
  if (hasSession(turn, contactId, tag) && !asks) return
  const lost = isLost(turn, contactId, known)
  if (lost && !mayBeginAnew(turn, contactId, tag)) return
  const bundle = believedBundle(turn, contact, known.device, bytes)
  if (bundle === undefined) return
  if (asks) beginToAsk(turn, contact, known.device, bundle)
  else begin(turn, contact, known.device, bundle)
  if (lost && hasSession(turn, contactId, tag)) begunAnew(turn, contactId, tag)
}

const believedBundle = (turn: Turn, { contactId, deviceList }: Contact, device: Device, bytes: Uint8Array): Bundle | undefined => {
  const read = readBundle(bytes, { accountId: fromHex(contactId), device, nowMs: turn.nowMs })
  if (!read.ok) {
    // One that has just expired may have been on its way, and where one promises too much, one of the two clocks is wrong; all else was made by somebody.
    if (read.reason === 'expired' || read.reason === 'expires-too-late') refuse(turn, `bundle-${read.reason}`)
    else wrong(turn, contactId, 'wrong-keys')
    return undefined
  }
  const { bundle } = read
  const key = deviceKey(contactId, device.tag)
  const seen = turn.get('seenStatements', key) ?? { listVersion: 0, expiresAtMs: 0, x25519Ids: [], kemIds: [] }
  if (bundle.expiresAtMs < seen.expiresAtMs) {
    wrong(turn, contactId, 'older-than-seen')
    return undefined
  }
  if (isServedTwice(seen, bundle)) {
    wrong(turn, contactId, 'one-time-key-reused')
    return undefined
  }
  turn.put('seenStatements', key, {
    listVersion: deviceList.version,
    expiresAtMs: bundle.expiresAtMs,
    x25519Ids: added(seen.x25519Ids, bundle.oneTimeX25519?.id),
    kemIds: added(seen.kemIds, bundle.oneTimeKem?.id),
  })
  return bundle
}

const isServedTwice = (seen: SeenStatement, { oneTimeKem, oneTimeX25519 }: Bundle): boolean =>
  (oneTimeX25519 !== undefined && seen.x25519Ids.includes(oneTimeX25519.id)) ||
  (oneTimeKem !== undefined && seen.kemIds.includes(oneTimeKem.id))

const added = (ids: readonly number[], id: number | undefined): readonly number[] =>
  id === undefined ? ids : [...ids, id].slice(-MAX_SEEN_IDS)

/** A session under the bundle, in which everything that waits for the device is encrypted. */
const begin = (turn: Turn, contact: Contact, device: Device, bundle: Bundle): void => {
  const { contactId } = contact
  const { tag } = device
  const key = deviceKey(contactId, tag)
  const begun = initiate(turn.get('sessions', key) ?? emptyRecord, agreementWith(turn, contact, device, bundle))
  if (!begun.ok) return refuse(turn, begun.reason)
  turn.put('sessions', key, begun.record)
  const firstContact = { address: bundle.firstContactAddress, sealingKey: bundle.sealingKey }
  changeDevice(turn, contactId, tag, { firstContact })
  turn.touch(contactId)
  sealAgain(turn, contactId, tag)
}

/** A session under the bundle in which we ask whether the current one is broken. */
const beginToAsk = (turn: Turn, contact: Contact, device: Device, bundle: Bundle): void => {
  const { contactId } = contact
  const { tag } = device
  const key = deviceKey(contactId, tag)
  const begun = initiateToAsk(turn.get('sessions', key) ?? emptyRecord, agreementWith(turn, contact, device, bundle))
  if (!begun.ok) return refuse(turn, begun.reason)
  turn.put('sessions', key, begun.record)
  ask(turn, contactId, tag)
}

const agreementWith = (turn: Turn, { accountKey }: Contact, { identityKey, tag }: Device, bundle: Bundle) => ({
  ours: ourParty(turn),
  ourIdentity: selfOf(turn).identity,
  theirs: { accountKey, tag, identityKey },
  bundle,
  psk: undefined,
  nowMs: turn.nowMs,
  random: turn.random,
})
