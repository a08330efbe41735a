// What a new device of a person is given by the main one (docs/protocols/devices.md, Handing over): what the devices agree on, at
// once; and the history that the person chose, newest first, a few envelopes at a time, however often either is closed meanwhile.
//
//   (nothing) --sendEverything--> handing over --each confirmed chunk--> handing over --the last one--> (nothing)

import { fromHex, toHex } from '../crypto/bytes.ts'
import type { ContactId } from './api.ts'
import { decodeRow, encodeRow } from './backup-rows.ts'
import type { Body } from './content.ts'
import { introductionHandedOver } from './introductions.ts'
import { ownId, people } from './own-contact.ts'
import { isOurs, settled } from './own-messages.ts'
import { tellEverything } from './own-sync.ts'
import { isStopped } from './routes.ts'
import { coverEarlier } from './search.ts'
import { enqueueFor, newestOf, notice } from './send.ts'
import { type Found, type Handover, HERE, type Message, outboxKey } from './state.ts'
import { type Pending, refuse, type Turn } from './turn.ts'

/** Envelopes of history on their way to one device. */
const UNDER_WAY = 3
/** Messages in one of them, and the bytes of their rows: they leave room for what seals them. */
const MAX_ROWS = 200
const MAX_ROWS_LENGTH = 56_000

// ---- the main device --------------------------------------------------------------------------------------------

/**
 * For the device of this tag, which was added in this turn or an earlier one.
 *
 * @param historySinceMs messages that came since then are handed over; undefined: none
 */
export const sendEverything = (turn: Turn, tag: number, historySinceMs: number | undefined): void => {
  tellEverything(turn, tag)
  for (const [, introduction] of turn.all('introductions')) {
    if (introduction.standing !== 'open') continue
    enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'introduced', row: encodeRow({ type: 'introduction', introduction }) }))
  }
  if (historySinceMs === undefined) return
  const left = people(turn).flatMap(([contactId, { nextPlace }]) => (nextPlace > 1 ? [{ contactId, before: nextPlace }] : []))
  const total = left.reduce((sum, { before }) => sum + before - 1, 0)
  if (left.length > 0) turn.put('handovers', String(tag), { sinceMs: historySinceMs, left, underWay: [], done: 0, total })
}

const underWay = (turn: Turn, tag: number, handover: Handover): readonly string[] =>
  handover.underWay.filter((contentId) => turn.get('outbox', outboxKey(contentId, tag)) !== undefined)

const due = (turn: Turn): readonly [number, Handover] | undefined => {
  if (turn.live.leaving !== undefined || isStopped(turn, ownId(turn))) return undefined
  for (const [key, handover] of turn.all('handovers')) {
    if (key !== HERE && underWay(turn, Number(key), handover).length < UNDER_WAY) return [Number(key), handover]
  }
  return undefined
}

/** Hands over as much as may be under way. */
export const handOverMore = (turn: Turn): Pending | undefined => {
  const found = turn.get('self', 'self') && due(turn)
  if (found === undefined) return undefined
  const [tag, handover] = found
  const [first] = handover.left
  if (first === undefined || turn.get('contacts', first.contactId) === undefined) {
    ended(turn, tag, handover, 0)
    return handOverMore(turn)
  }
  return {
    needs: [{ type: 'messages-before', contactId: first.contactId, before: first.before, count: MAX_ROWS }],
    resume: ([page]: readonly Found[]) => {
      handOver(turn, tag, handover, page?.type === 'messages-before' ? page.rows : [])
      return handOverMore(turn)
    },
  }
}

export const handoverWakeAtMs = (turn: Turn): number =>
  turn.get('self', 'self') === undefined || due(turn) === undefined ? Number.POSITIVE_INFINITY : turn.nowMs

/** @param page the messages before the place up to which the conversation is left, oldest first */
const handOver = (turn: Turn, tag: number, handover: Handover, page: readonly Message[]): void => {
  const [first] = handover.left
  if (first === undefined) return
  const isOld = ({ arrivedAtMs, sentAtMs }: Message): boolean => Math.max(arrivedAtMs, sentAtMs) < handover.sinceMs
  const wanted = page.slice(page.findLastIndex(isOld) + 1)
  const rows = fitting(wanted)
  const from = rows[0]?.message.place
  if (from === undefined) return ended(turn, tag, handover, first.before - 1)
  const isOver = from === 1 || (rows.length === wanted.length && (wanted.length < page.length || page.length < MAX_ROWS))
  const left = isOver ? handover.left.slice(1) : [{ ...first, before: from }, ...handover.left.slice(1)]
  const done = handover.done + (isOver ? first.before - 1 : first.before - from)
  const next: Handover = { ...handover, left, done }
  const isLast = left.length === 0
  const body: Body = {
    type: 'history',
    contactId: fromHex(first.contactId),
    from,
    to: first.before,
    rows: rows.map(({ row }) => row),
    done: isLast ? handover.total : done,
    total: handover.total,
  }
  const content = notice(turn, body)
  enqueueFor(turn, ownId(turn), tag, content)
  keep(turn, tag, { ...next, underWay: [...underWay(turn, tag, handover), content.contentId] })
}

/** A conversation of which no more is handed over. If it is the last one, the new device is told that there is no more to come. */
const ended = (turn: Turn, tag: number, handover: Handover, places: number): void => {
  const [last, ...left] = handover.left
  const { total } = handover
  if (last !== undefined && left.length === 0) {
    const nothing = { contactId: fromHex(last.contactId), from: last.before, to: last.before, rows: [] }
    enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'history', ...nothing, done: total, total }))
  }
  keep(turn, tag, { ...handover, left, done: handover.done + places })
}

const keep = (turn: Turn, tag: number, handover: Handover): void => {
  if (handover.left.length > 0) turn.put('handovers', String(tag), handover)
  else turn.remove('handovers', String(tag))
}

/** The newest of them that fit, oldest first. */
const fitting = (messages: readonly Message[]): readonly { readonly message: Message; readonly row: Uint8Array }[] => {
  const rows: { message: Message; row: Uint8Array }[] = []
  let length = 0
  for (const message of messages.toReversed()) {
    const row = encodeRow({ type: 'message', message })
    length += row.length + 2
    if (rows.length > 0 && length > MAX_ROWS_LENGTH) break
    rows.unshift({ message, row })
  }
  return rows
}

// ---- the new device ---------------------------------------------------------------------------------------------

/** Somebody was introduced before this device was there. */
export const introducedArrived = (turn: Turn, { row: bytes }: Extract<Body, { type: 'introduced' }>): undefined => {
  const row = decodeRow(bytes)
  if (!row.ok || row.value.type !== 'introduction') return refuse(turn, 'bad-row')
  introductionHandedOver(turn, row.value.introduction)
}

/** Nothing of it takes the place of anything that is here. @param from the tag of the device that hands it over */
export const historyArrived = (turn: Turn, from: number, body: Extract<Body, { type: 'history' }>): Pending | undefined => {
  const contactId = toHex(body.contactId)
  const messages = messagesIn(contactId, body)
  if (messages === undefined) return refuse(turn, 'bad-row')
  const { done, total } = body
  if (done < total) turn.put('handovers', HERE, { from, sinceMs: 0, left: [], underWay: [], done, total })
  else turn.remove('handovers', HERE)
  if (messages.length === 0) return undefined
  return {
    needs: [
      ...messages.map(({ messageId }) => ({ type: 'message', contactId, messageId }) as const),
      { type: 'messages-at', contactId, places: messages.map(({ place }) => place) },
    ],
    resume: (found) => {
      const contact = turn.get('contacts', contactId)
      if (contact === undefined) return undefined
      const at = found.at(-1)
      const taken = new Set(at?.type === 'messages-at' ? at.rows.map(({ place }) => place) : [])
      const isNew = (message: Message, i: number): boolean => {
        const present = found[i]
        return present?.type === 'message' && (present.row === undefined || (isOurs(message) && !isOurs(present.row)))
      }
      let { nextPlace } = contact
      const placed = messages.filter(isNew).map((each) => {
        const message = settled(contact, each)
        const isFree = !taken.has(message.place) && message.place < contact.nextPlace
        return isFree ? message : { ...message, place: nextPlace++ }
      })
      const ids = new Set(placed.map(({ messageId }) => messageId))
      for (const message of placed) turn.putMessage(message)
      const newest = placed.reduce<Message | undefined>(
        (last, each) => (last === undefined || each.place > last.place ? each : last),
        undefined,
      )
      const isNewest = newest !== undefined && newest.place > (contact.newest?.place ?? 0)
      turn.put('contacts', contactId, {
        ...contact,
        settledElsewhere: contact.settledElsewhere?.filter(({ messageId }) => !ids.has(messageId)),
        nextPlace,
        newest: isNewest ? newestOf(newest) : contact.newest,
      })
      coverEarlier(
        turn,
        contactId,
        body,
        placed.filter(({ place }) => place < body.to),
      )
      turn.touch(contactId)
      return undefined
    },
  }
}

const messagesIn = (contactId: ContactId, { from, rows, to }: Extract<Body, { type: 'history' }>): readonly Message[] | undefined => {
  const messages = rows.flatMap((bytes) => {
    const row = decodeRow(bytes)
    return row.ok && row.value.type === 'message' ? [row.value.message] : []
  })
  const isSound = messages.every(
    (each, i) => each.contactId === contactId && each.place >= from && each.place < to && each.place > (messages[i - 1]?.place ?? 0),
  )
  return messages.length === rows.length && isSound ? messages : undefined
}
