// Sessions with a device that are broken, because one side lost them or has an older copy back: noticing it, asking the other
// device in a session of its own, and going over to a fresh one (docs/protocols/session-healing.md). Anybody can deposit what
// no session opens, so such envelopes only make us ask; and who asks is believed only about envelopes that we did make.
//
//   healthy --an envelope opens in no session--> asking --they answer in the session of the question--> renewed
//      ^                                            '--they never made it: they confirm the question--> healthy
//      '-- lost: no session is left, so a fresh one begins at once --they answer--> renewed

import { equal, toHex } from '../crypto/bytes.ts'
import { asIfAgreed, askedSession, envelopeDigest, keepWritten, type SessionRecord } from '../protocol/session/session.ts'
import type { ContactId } from './api.ts'
import { tellAddress } from './contact-devices.ts'
import { changeDevice, deviceOf } from './contacts.ts'
import { CONTENT_ID_LENGTH, decodeContent, encodeContent, MAX_UNOPENED, type Unopened } from './content.ts'
import { receiptDue } from './receipts.ts'
import { isStopped, sendAnew } from './routes.ts'
import { enqueueFor, notice, sealAgain, sealIn, sealWaiting } from './send.ts'
import { type Contact, type ContactDevice, deviceKey, type Healing, type OutboxEntry, outboxKey } from './state.ts'
import { type Turn, withEntry } from './turn.ts'

/** A device renews its sessions with another at most once in this time, and begins to ask as often, milliseconds. */
export const RENEWAL_EVERY_MS = 3_600_000
/** Questions in that time: what was named first may be none of theirs, and what they then send to find out is news. */
const MAX_ASKS = 3
/** Where so much that is no message waits for a device, no more is added to it: nobody may ever confirm it. */
const MAX_NOTICES = 20
/** Renewals of one conversation whose line is kept. */
const MAX_RENEWALS = 20
/** Not signs of a broken session: no form of ours, or something before it is waited for. */
const passing: ReadonlySet<string> = new Set(['malformed', 'would-skip'])

const notHealing: Healing = { askedAtMs: [] }

const healingOf = (turn: Turn, contactId: ContactId, tag: number): Healing => deviceOf(turn, contactId, tag)?.healing ?? notHealing

const setHealing = (turn: Turn, contactId: ContactId, tag: number, change: Partial<Healing>): void =>
  changeDevice(turn, contactId, tag, { healing: { ...healingOf(turn, contactId, tag), ...change } })

/** A time that lies ahead is one of a clock that was set back: it counts as long ago. */
const isLately = (turn: Turn, atMs: number | undefined): boolean =>
  atMs !== undefined && atMs <= turn.nowMs && turn.nowMs < atMs + RENEWAL_EVERY_MS

// ---- noticing ---------------------------------------------------------------------------------------------------

/** An envelope came from a device, or from somebody who knows where it deposits, and opened in no session with it. */
export const cannotOpen = (turn: Turn, contactId: ContactId, tag: number, envelope: Unopened, reason: string): void => {
  const key = deviceKey(contactId, tag)
  const record = turn.get('sessions', key)
  // Without a record nothing has to be asked: bundles.ts begins anew. For an hour after a renewal what is late is no sign.
  if (passing.has(reason) || record === undefined) return
  const device = deviceOf(turn, contactId, tag)
  if (device === undefined || device.healing?.isUnanswered === true || isLately(turn, device.healing?.renewedAtMs)) return
  const known = turn.live.unopened.get(key)?.envelopes ?? []
  const isKnown = [...known, ...namedIn(pendingAsk(turn, contactId, tag))].some(({ hash }) => equal(hash, envelope.hash))
  if (isKnown) return
  const envelopes = [envelope, ...known].slice(0, MAX_UNOPENED)
  turn.live = { ...turn.live, unopened: withEntry(turn.live.unopened, key, { contactId, tag, envelopes }) }
}

/** Whether our sessions with a device that has written to us are gone. */
export const isLost = (turn: Turn, contactId: ContactId, { device, theirAddress }: ContactDevice): boolean =>
  theirAddress !== undefined && turn.get('sessions', deviceKey(contactId, device.tag)) === undefined

/** Whether a session may begin now in the place of those that are gone. */
export const mayBeginAnew = (turn: Turn, contactId: ContactId, tag: number): boolean =>
  !isStopped(turn, contactId) && !isLately(turn, healingOf(turn, contactId, tag).begunAnewAtMs)

/** One has begun: the other device hears of it, whether or not anything waits for it. */
export const begunAnew = (turn: Turn, contactId: ContactId, tag: number): void => {
  setHealing(turn, contactId, tag, { begunAnewAtMs: turn.nowMs, isUnanswered: true })
  sayHello(turn, contactId, tag)
}

/**
 * Something new of ours in the current session, for the other side to open or not. What waits is no substitute: they may have
 * opened it, and only their confirmation cannot be opened here.
 */
const sayHello = (turn: Turn, contactId: ContactId, tag: number): void => {
  const waits = turn.all('outbox').filter(([, entry]) => entry.contactId === contactId && entry.tag === tag && !entry.isMessage)
  if (waits.length < MAX_NOTICES) enqueueFor(turn, contactId, tag, notice(turn, { type: 'hello' }))
}

// ---- asking -----------------------------------------------------------------------------------------------------

const mayAsk = (turn: Turn, contactId: ContactId, tag: number): boolean => {
  const isRenewed = isLately(turn, healingOf(turn, contactId, tag).renewedAtMs)
  return !isStopped(turn, contactId) && !isRenewed && askedLately(turn, contactId, tag).length < MAX_ASKS
}

const askedLately = (turn: Turn, contactId: ContactId, tag: number): readonly number[] =>
  healingOf(turn, contactId, tag).askedAtMs.filter((atMs) => isLately(turn, atMs))

/** Whether a bundle of a device is needed to ask it: a session to ask in is begun once an hour at the most. */
export const wantsToAsk = (turn: Turn, contactId: ContactId, tag: number): boolean => {
  const key = deviceKey(contactId, tag)
  const record = turn.get('sessions', key)
  if (!turn.live.unopened.has(key) || record === undefined || askedSession(record, turn.nowMs) !== undefined) return false
  const device = deviceOf(turn, contactId, tag)
  return device?.theirAddress !== undefined && mayAsk(turn, contactId, tag) && askedLately(turn, contactId, tag).length === 0
}

/** Asks about what came and could not be opened, where there is a session to ask in. Called at the end of each turn. */
export const healDue = (turn: Turn): void => {
  for (const [, { contactId, tag }] of turn.live.unopened) {
    const device = deviceOf(turn, contactId, tag)
    if (device === undefined || turn.get('sessions', deviceKey(contactId, tag)) === undefined) forgetUnopened(turn, contactId, tag)
    else if (mayAsk(turn, contactId, tag)) askAt(turn, contactId, device)
  }
}

const askAt = (turn: Turn, contactId: ContactId, { device, theirAddress }: ContactDevice): void => {
  if (theirAddress !== undefined) return ask(turn, contactId, device.tag)
  // They cannot be asked at an address that we do not know: a word to their first-contact address makes them ask.
  sayHello(turn, contactId, device.tag)
  asked(turn, contactId, device.tag)
}

/** Names what could not be opened, in a session that becomes the current one only if they agree. */
export const ask = (turn: Turn, contactId: ContactId, tag: number): void => {
  const key = deviceKey(contactId, tag)
  const record = turn.get('sessions', key)
  const agreed = record && asIfAgreed(record, turn.nowMs)
  if (record === undefined || agreed === undefined) return
  const before = pendingAsk(turn, contactId, tag)
  const envelopes = [...(turn.live.unopened.get(key)?.envelopes ?? []), ...namedIn(before)].slice(0, MAX_UNOPENED)
  const contentId = turn.random(CONTENT_ID_LENGTH)
  const content = encodeContent({ contentId, sentAtMs: turn.nowMs, body: { type: 'cannot-open', envelopes } })
  const sealed = sealIn(turn, agreed, content, undefined)
  if (sealed === undefined) return
  turn.put('sessions', key, keepWritten(record, sealed.record))
  if (before !== undefined) turn.remove('outbox', outboxKey(before.contentId, tag))
  turn.put('outbox', outboxKey(toHex(contentId), tag), {
    contactId,
    tag,
    // Before everything that waits in the session that may be broken.
    position: 0,
    contentId: toHex(contentId),
    isMessage: false,
    isAsk: true,
    content,
    envelope: sealed.envelope,
    createdAtMs: turn.nowMs,
    onRelayAtMs: undefined,
  })
  asked(turn, contactId, tag)
}

const asked = (turn: Turn, contactId: ContactId, tag: number): void => {
  setHealing(turn, contactId, tag, { askedAtMs: [...askedLately(turn, contactId, tag), turn.nowMs] })
  forgetUnopened(turn, contactId, tag)
}

const forgetUnopened = (turn: Turn, contactId: ContactId, tag: number): void => {
  turn.live = { ...turn.live, unopened: withEntry(turn.live.unopened, deviceKey(contactId, tag), undefined) }
}

const pendingAsk = (turn: Turn, contactId: ContactId, tag: number): OutboxEntry | undefined =>
  turn.all('outbox').find(([, entry]) => entry.isAsk === true && entry.contactId === contactId && entry.tag === tag)?.[1]

const namedIn = (entry: OutboxEntry | undefined): readonly Unopened[] => {
  const decoded = entry && decodeContent(entry.content)
  return decoded?.ok === true && decoded.value.body.type === 'cannot-open' ? decoded.value.body.envelopes : []
}

/** When it may be asked again about what waits, or what is lost may be begun anew. */
export const healWakeAtMs = (turn: Turn): number => {
  const waiting = [...turn.live.unopened.values()].map(({ contactId, tag }) => healingOf(turn, contactId, tag))
  const lost = turn
    .all('contacts')
    .flatMap(([contactId, { devices }]) => devices.filter((each) => isLost(turn, contactId, each)))
    .map(({ healing }) => healing?.begunAnewAtMs)
  const due = [...waiting.flatMap(({ askedAtMs, renewedAtMs }) => [...askedAtMs, renewedAtMs]), ...lost].filter((atMs) =>
    isLately(turn, atMs),
  )
  return Math.min(...due.map((atMs = 0) => atMs + RENEWAL_EVERY_MS))
}

// ---- being asked ------------------------------------------------------------------------------------------------

/** Whether we made one of these for a device, and it has not confirmed it: then it tells the truth, and our session is broken. */
export const madeOneOf = (turn: Turn, contactId: ContactId, tag: number, envelopes: readonly Unopened[]): boolean => {
  const receipt = turn.live.lastReceipts.get(deviceKey(contactId, tag))?.envelope
  if (receipt !== undefined && envelopes.some(({ hash }) => equal(hash, envelopeDigest(receipt)))) return true
  const waiting = turn.all('outbox').flatMap(([, entry]) => (entry.contactId === contactId && entry.tag === tag ? [entry.envelope] : []))
  return envelopes.some(({ hash, id }) =>
    waiting.some((envelope) => envelope?.id === toHex(id) && equal(hash, envelopeDigest(envelope.bytes))),
  )
}

/** Whether the sessions with a device were renewed so lately that they may not be again. */
export const isRenewedLately = (turn: Turn, contactId: ContactId, tag: number): boolean =>
  isLately(turn, healingOf(turn, contactId, tag).renewedAtMs)

/**
 * We made none of the envelopes that a device names. It is told so in the session that it may not be able to open: if it
 * can, nothing is broken; if not, what we send it is what it has to name.
 */
export const denied = (turn: Turn, contactId: ContactId, tag: number, contentId: string): void => {
  receiptDue(turn, contactId, tag, contentId)
  const { probedAtMs, renewedAtMs } = healingOf(turn, contactId, tag)
  if (isLately(turn, probedAtMs) || isLately(turn, renewedAtMs)) return
  sayHello(turn, contactId, tag)
  setHealing(turn, contactId, tag, { probedAtMs: turn.nowMs })
}

// ---- going over -------------------------------------------------------------------------------------------------

/**
 * A message of theirs was kept. Where it brought us to another session than before, what waits is encrypted afresh: what was
 * in the former one they may never open. Where that one had been answered, or was lost, the connection was renewed.
 *
 * @param before the sessions with the device as they were
 */
export const sessionMoved = (turn: Turn, contactId: ContactId, tag: number, before: SessionRecord | undefined): void => {
  const device = deviceOf(turn, contactId, tag)
  const was = before?.current
  const is = turn.get('sessions', deviceKey(contactId, tag))?.current
  if (device === undefined || is === undefined) return
  const wasLost = was === undefined && device.theirAddress !== undefined
  const isOther = was !== undefined && !equal(was.baseKey, is.baseKey)
  if (isOther || wasLost) {
    sendAnew(turn, contactId, tag)
    sealAgain(turn, contactId, tag)
    // With a session an address may have been lost that was only told in it: between devices that did not pair by a code.
    if (isToldAddresses(turn, contactId, device) && was?.phase !== 'unanswered') tellAddress(turn, contactId, tag)
  } else if (was === undefined || was.phase === 'unanswered') {
    // The statement of an unanswered session may have expired in the meantime: what was written since then is encrypted now.
    sealWaiting(turn, contactId, tag)
  }
  const isAnswered = device.healing?.isUnanswered === true && is.phase !== 'unanswered'
  if ((isOther && was.phase !== 'unanswered') || wasLost || isAnswered) renewed(turn, contactId, tag)
}

/** Whether the two devices have their addresses from each other's messages, and from no pairing. */
const isToldAddresses = (turn: Turn, contactId: ContactId, { isToldAddress, theirAddress }: ContactDevice): boolean =>
  theirAddress !== undefined && (isToldAddress === true || turn.get('contacts', contactId)?.origin.how === 'introduced')

/** One line in the conversation, though two sessions may have begun at once and the second one wins. */
const renewed = (turn: Turn, contactId: ContactId, tag: number): void => {
  const { renewedAtMs } = healingOf(turn, contactId, tag)
  setHealing(turn, contactId, tag, { renewedAtMs: isLately(turn, renewedAtMs) ? renewedAtMs : turn.nowMs, isUnanswered: false })
  forgetUnopened(turn, contactId, tag)
  const contact = turn.get('contacts', contactId)
  if (contact === undefined || isLately(turn, contact.renewals?.at(-1)?.atMs)) return
  turn.put('contacts', contactId, withRenewal(contact, turn.nowMs))
  turn.touch(contactId)
}

const withRenewal = (contact: Contact, nowMs: number): Contact => ({
  ...contact,
  renewals: [...(contact.renewals ?? []), { place: contact.nextPlace, atMs: nowMs }].slice(-MAX_RENEWALS),
})
