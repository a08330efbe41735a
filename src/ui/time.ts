// Points in time as words, in the person's language. The present is a parameter.

/** `m:ss`, rounded up so that 0:00 means over. */
export const countdown = (remainingMs: number): string => {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

const startOfDay = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0)

/** Making a formatter takes a hundred times as long as using it. */
const formatters = new Map<string, Intl.DateTimeFormat>()

const format = (language: string, options: Intl.DateTimeFormatOptions, atMs: number): string => {
  const key = JSON.stringify([language, options])
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat(language, options)
  formatters.set(key, formatter)
  return formatter.format(atMs)
}

/** Local calendar days between two moments; daylight saving makes days of 23 and 25 hours. */
export const daysBetween = (earlierMs: number, laterMs: number): number =>
  Math.round((startOfDay(laterMs) - startOfDay(earlierMs)) / 86_400_000)

/** No day is longer than 25 hours. */
const LONGEST_DAY_MS = 25 * 3_600_000

export const isSameDay = (aMs: number, bMs: number): boolean =>
  aMs === bMs || (Math.abs(aMs - bMs) < LONGEST_DAY_MS && startOfDay(aMs) === startOfDay(bMs))

export const timeOfDay = (language: string, atMs: number): string => format(language, { timeStyle: 'short' }, atMs)

export const longDate = (language: string, atMs: number): string => format(language, { dateStyle: 'long' }, atMs)

export const dateAndTime = (language: string, atMs: number): string => format(language, { dateStyle: 'medium', timeStyle: 'short' }, atMs)

const capitalised = (text: string): string => text.slice(0, 1).toLocaleUpperCase() + text.slice(1)

const relativeDay = (language: string, days: number): string =>
  capitalised(new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day'))

/** `Today`, `Yesterday`, a weekday of the last six days, else the date. */
export const dayName = (language: string, atMs: number, nowMs: number): string => {
  const days = daysBetween(atMs, nowMs)
  if (days === 0 || days === 1) return relativeDay(language, days)
  if (days > 1 && days < 7) return capitalised(format(language, { weekday: 'long' }, atMs))
  return longDate(language, atMs)
}

/** Short enough for a list: the time today, `Yesterday`, a weekday, else the date. */
export const briefMoment = (language: string, atMs: number, nowMs: number): string => {
  const days = daysBetween(atMs, nowMs)
  if (days <= 0) return timeOfDay(language, atMs)
  if (days === 1) return relativeDay(language, 1)
  if (days < 7) return capitalised(format(language, { weekday: 'short' }, atMs))
  return format(language, { dateStyle: 'short' }, atMs)
}
