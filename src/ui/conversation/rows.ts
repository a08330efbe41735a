// Lays the messages of a conversation out as rows: which begins a day, which begins a group of one author, where the
// unread ones begin. Pure.

import type { MessageView } from '../../messenger/api.ts'
import { isSameDay } from '../time.ts'

export interface MessageRow {
  readonly message: MessageView
  readonly startsDay: boolean
  readonly startsGroup: boolean
  readonly endsGroup: boolean
  /** The line `New messages` stands above this one. */
  readonly startsUnread: boolean
}

/** Messages of one author with no longer pause stand together. */
const GROUP_PAUSE_MS = 5 * 60_000

const belongTogether = (earlier: MessageView, later: MessageView): boolean =>
  earlier.direction === later.direction &&
  later.arrivedAtMs - earlier.arrivedAtMs < GROUP_PAUSE_MS &&
  isSameDay(earlier.arrivedAtMs, later.arrivedAtMs)

/** A row says the same as long as its neighbours do: then it is the same value, and need not be drawn again. */
const rowByMessage = new WeakMap<MessageView, MessageRow>()

const rowFor = (row: MessageRow): MessageRow => {
  const before = rowByMessage.get(row.message)
  const isSame =
    before?.startsDay === row.startsDay &&
    before.startsGroup === row.startsGroup &&
    before.endsGroup === row.endsGroup &&
    before.startsUnread === row.startsUnread
  if (before && isSame) return before
  rowByMessage.set(row.message, row)
  return row
}

/**
 * @param messages by place
 * @param firstUnread place of the first message that was unread when the conversation was opened
 */
export const rowsOf = (messages: readonly MessageView[], firstUnread: number | undefined): readonly MessageRow[] =>
  messages.map((message, index) => {
    const [previous, next] = [messages[index - 1], messages[index + 1]]
    const startsUnread =
      firstUnread !== undefined && message.place >= firstUnread && (previous === undefined || previous.place < firstUnread)
    return rowFor({
      message,
      startsDay: previous === undefined || !isSameDay(previous.arrivedAtMs, message.arrivedAtMs),
      startsGroup: previous === undefined || startsUnread || !belongTogether(previous, message),
      endsGroup: next === undefined || !belongTogether(message, next),
      startsUnread,
    })
  })

/** The place of the first of the `unread` newest incoming messages among those loaded. */
export const firstUnreadPlace = (messages: readonly MessageView[], unread: number): number | undefined => {
  if (unread === 0) return undefined
  const incoming = messages.filter(({ direction }) => direction === 'in')
  return incoming[Math.max(0, incoming.length - unread)]?.place
}
