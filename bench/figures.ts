// How figures are taken and shown: medians, ratios of things that took turns on the same machine, one table. Knows nothing
// of what is measured.

import process from 'node:process'

/** One line of the table. */
export interface Figure {
  readonly name: string
  readonly value: string
  /** What cannot be avoided, measured in the same run; empty where there is nothing to hold the value against. */
  readonly floor: string
  readonly ratio: string
  readonly target: string
  readonly met: boolean | undefined
}

/** @param numbers at least one */
export const quantile = (numbers: readonly number[], share: number): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new Error('quantile: of nothing')
  return value
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

/** CPU of this process, milliseconds: on a busy machine it says more than a clock on the wall. */
export const cpuMs = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

export interface Compared {
  /** Medians, milliseconds of CPU a call. */
  readonly subjectMs: number
  readonly floorMs: number
  /** Median of the rounds' own ratios: both sides of a round met the same machine. */
  readonly ratio: number
}

/** Lets subject and floor take turns, each `calls` times a round, after a few rounds that do not count. */
export const compare = (
  subject: () => void,
  floor: () => void,
  { rounds, calls }: { readonly rounds: number; readonly calls: number },
): Compared => {
  const timed = (act: () => void): number => {
    const before = cpuMs()
    for (let call = 0; call < calls; call++) act()
    return (cpuMs() - before) / calls
  }
  const taken: { readonly subjectMs: number; readonly floorMs: number }[] = []
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    // Whoever goes second finds warmer caches: they change places.
    const isSubjectFirst = round % 2 === 0
    const first = timed(isSubjectFirst ? subject : floor)
    const second = timed(isSubjectFirst ? floor : subject)
    if (round >= 0) taken.push(isSubjectFirst ? { subjectMs: first, floorMs: second } : { subjectMs: second, floorMs: first })
  }
  return {
    subjectMs: median(taken.map(({ subjectMs }) => subjectMs)),
    floorMs: median(taken.map(({ floorMs }) => floorMs)),
    ratio: median(taken.map(({ subjectMs, floorMs }) => subjectMs / floorMs)),
  }
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`
export const bytes = (value: number): string => `${Math.round(value).toLocaleString('en-GB')} B`
export const kilobytes = (value: number): string => `${(value / 1000).toFixed(1)} kB`

/** A comparison as a line. @param atMost the target for the ratio */
export const comparedFigure = (name: string, { floorMs, ratio, subjectMs }: Compared, atMost?: number, extra = ''): Figure => ({
  name,
  value: ms(subjectMs) + extra,
  floor: ms(floorMs),
  ratio: ratio.toFixed(2),
  target: atMost === undefined ? '' : `ratio <= ${atMost}`,
  met: atMost === undefined ? undefined : ratio <= atMost,
})

/** The whole as a table in Markdown, aligned for a terminal as well. */
export const tableOf = (figures: readonly Figure[]): string => {
  const rows = [
    ['figure', 'measured', 'floor', 'ratio', 'target', 'met'],
    ...figures.map(({ floor, met, name, ratio, target, value }) => [
      name,
      value,
      floor,
      ratio,
      target,
      met === undefined ? '' : met ? 'yes' : 'NO',
    ]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n')
}
