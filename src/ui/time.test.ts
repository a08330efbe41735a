import { describe, expect, test } from 'vitest'
import { briefMoment, countdown, dayName, daysBetween, isSameDay, longDate, timeOfDay } from './time.ts'

const at = (day: number, hour = 12, minute = 0): number => new Date(2026, 2, day, hour, minute).getTime()
const now = at(18)

test.each([
  [300_000, '5:00'],
  [299_001, '5:00'],
  [61_000, '1:01'],
  [9_500, '0:10'],
  [1, '0:01'],
  [0, '0:00'],
  [-5, '0:00'],
  [3_600_000, '60:00'],
])('%d ms are %s', (ms, text) => expect(countdown(ms)).toBe(text))

describe('days', () => {
  test('are those of the calendar, also where one has 23 or 25 hours', () => {
    expect(daysBetween(at(17, 23, 59), at(18, 0, 1))).toBe(1)
    expect(daysBetween(at(1), at(31))).toBe(30)
    expect(isSameDay(at(18, 0, 1), at(18, 23, 59))).toBe(true)
    expect(isSameDay(at(17, 23, 59), at(18, 0, 1))).toBe(false)
  })

  test('are called by what is near', () => {
    expect(dayName('en', at(18, 1), now)).toBe('Today')
    expect(dayName('en', at(17), now)).toBe('Yesterday')
    expect(dayName('de', at(17), now)).toBe('Gestern')
    expect(dayName('en', at(13), now)).toBe('Friday')
    expect(dayName('en', at(11), now)).toBe(longDate('en', at(11)))
  })

  test('a day in the future, by a wrong clock, is called by its date', () => {
    expect(dayName('en', at(20), now)).toBe(longDate('en', at(20)))
  })
})

test('in the list: the time today, then the day', () => {
  expect(briefMoment('en-GB', at(18, 9, 5), now)).toBe('09:05')
  expect(briefMoment('en-GB', at(18, 9, 5), now)).toBe(timeOfDay('en-GB', at(18, 9, 5)))
  expect(briefMoment('en', at(17), now)).toBe('Yesterday')
  expect(briefMoment('en', at(14), now)).toBe('Sat')
  expect(briefMoment('en-GB', at(2), now)).toBe('02/03/2026')
})
