import { expect, test } from 'vitest'
import type { MessageView } from '../../messenger/api.ts'
import { firstUnreadPlace, rowsOf } from './rows.ts'

const minute = 60_000
const noon = new Date(2026, 2, 18, 12).getTime()

const message = (place: number, atMs: number, direction: 'in' | 'out' = 'in'): MessageView => ({
  contactId: 'a'.repeat(64),
  messageId: String(place),
  place,
  direction,
  text: '',
  sentAtMs: atMs,
  arrivedAtMs: atMs,
  state: direction === 'in' ? 'received' : 'delivered',
})

const marks = (messages: readonly MessageView[], firstUnread?: number, renewedBefore: readonly number[] = []): readonly string[] =>
  rowsOf(
    messages,
    firstUnread,
    renewedBefore.map((place) => ({ place, atMs: noon })),
  ).map(({ startsDay, startsGroup, endsGroup, startsUnread, renewed }) =>
    [startsDay && 'day', startsUnread && 'unread', startsGroup && 'group', endsGroup && 'end', renewed].filter(Boolean).join(' '),
  )

test('messages of one author stand together until another speaks or a pause', () => {
  expect(
    marks([
      message(1, noon),
      message(2, noon + minute),
      message(3, noon + 2 * minute, 'out'),
      message(4, noon + 3 * minute, 'out'),
      message(5, noon + 20 * minute, 'out'),
    ]),
  ).toEqual(['day group', 'end', 'group', 'end', 'group end'])
})

test('a day begins with its first message, even a minute after midnight', () => {
  const midnight = new Date(2026, 2, 19).getTime()
  expect(marks([message(1, midnight - minute), message(2, midnight + minute)])).toEqual(['day group end', 'day group end'])
})

test('the line of the unread ones stands once, and ends a group', () => {
  expect(marks([message(1, noon), message(2, noon), message(3, noon)], 2)).toEqual(['day group', 'unread group', 'end'])
})

test('the line stands above the oldest that is loaded where all of them are unread', () => {
  expect(marks([message(8, noon), message(9, noon)], 3)[0]).toBe('day unread group')
})

test('a renewal stands before the next message, after the last where none came since, and ends a group', () => {
  const four = [message(3, noon), message(4, noon), message(7, noon), message(8, noon)]
  expect(marks(four, undefined, [4])).toEqual(['day group', 'group before', '', 'end'])
  expect(marks(four, undefined, [6])).toEqual(['day group', '', 'group before', 'end'])
  expect(marks(four, undefined, [9])).toEqual(['day group', '', '', 'end after'])
  expect(marks(four, undefined, [2]), 'of before the oldest that is loaded').toEqual(['day group', '', '', 'end'])
  expect(marks(four, undefined, [3])).toEqual(['day group before', '', '', 'end'])
})

test('the first unread message is found among the incoming ones', () => {
  const messages = [message(1, noon), message(2, noon, 'out'), message(3, noon), message(4, noon, 'out'), message(5, noon)]
  expect(firstUnreadPlace(messages, 0)).toBeUndefined()
  expect(firstUnreadPlace(messages, 1)).toBe(5)
  expect(firstUnreadPlace(messages, 2)).toBe(3)
  expect(firstUnreadPlace(messages, 99)).toBe(1)
  expect(firstUnreadPlace([], 3)).toBeUndefined()
})

test('other devices of the contact are said in the same places as a renewal', () => {
  const four = [message(3, noon), message(4, noon), message(7, noon), message(8, noon)]
  const moved = (place: number) => rowsOf(four, undefined, [], [{ place, atMs: noon }]).map((row) => [row.moved, row.startsGroup])
  expect(moved(6)).toEqual([
    [undefined, true],
    [undefined, false],
    ['before', true],
    [undefined, false],
  ])
  expect(moved(9).at(-1)).toEqual(['after', false])
})
