// Lays the messages of a conversation out as rows: which begins a day, which begins a group of one author, where the
// unread ones begin. Pure.

import type { ContactView, MessageView } from '../../messenger/api.ts'
import { isSameDay } from '../time.ts'

export interface MessageRow {
  readonly message: MessageView
  readonly startsDay: boolean
  readonly startsGroup: boolean
  readonly endsGroup: boolean
  /** The line `New messages` stands above this one. */
  readonly startsUnread: boolean
  /** The secure connection was renewed before this one, or after it where it is the last. */
  readonly renewed: 'before' | 'after' | undefined
  /** The contact's devices became others, likewise. */
  readonly moved: 'before' | 'after' | undefined
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
    before.startsUnread === row.startsUnread &&
    before.renewed === row.renewed &&
    before.moved === row.moved
  if (before && isSame) return before
  rowByMessage.set(row.message, row)
  return row
}

/** What was before the oldest that is loaded is said when that is. */
const changedAt = (places: readonly number[], previous: MessageView | undefined, { place }: MessageView, isLast: boolean) => {
  if (places.some((at) => at <= place && at > (previous?.place ?? place - 1))) return 'before'
  return isLast && places.some((at) => at > place) ? 'after' : undefined
}

/**
 * @param messages by place
 * @param firstUnread place of the first message that was unread when the conversation was opened
 * @param renewals before which places the secure connection was renewed
 * @param deviceChanges before which places the contact's devices became others
 */
export const rowsOf = (
  messages: readonly MessageView[],
  firstUnread: number | undefined,
  renewals: ContactView['renewals'] = [],
  deviceChanges: ContactView['deviceChanges'] = [],
): readonly MessageRow[] => {
  const renewedPlaces = renewals.map(({ place }) => place)
  const movedPlaces = deviceChanges.map(({ place }) => place)
  return messages.map((message, index) => {
    const [previous, next] = [messages[index - 1], messages[index + 1]]
    const startsUnread =
      firstUnread !== undefined && message.place >= firstUnread && (previous === undefined || previous.place < firstUnread)
    const renewed = changedAt(renewedPlaces, previous, message, next === undefined)
    const moved = changedAt(movedPlaces, previous, message, next === undefined)
    const isApart = renewed === 'before' || moved === 'before'
    return rowFor({
      message,
      startsDay: previous === undefined || !isSameDay(previous.arrivedAtMs, message.arrivedAtMs),
      startsGroup: previous === undefined || startsUnread || isApart || !belongTogether(previous, message),
      endsGroup: next === undefined || !belongTogether(message, next),
      startsUnread,
      renewed,
      moved,
    })
  })
}

/** The place of the first of the `unread` newest incoming messages among those loaded. */
export const firstUnreadPlace = (messages: readonly MessageView[], unread: number): number | undefined => {
  if (unread === 0) return undefined
  const incoming = messages.filter(({ direction }) => direction === 'in')
  return incoming[Math.max(0, incoming.length - unread)]?.place
}
