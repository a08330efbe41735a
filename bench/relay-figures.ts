// Lines of the relay's table: rates and times, each beside its floor, as medians over rounds in which both took turns.

import { type Figure, median, ms } from './figures.ts'
import type { Rated } from './relay-caller.ts'
import type { Compared } from './relay-compare.ts'

/** One round: what was measured, and its floor on the same machine in the same seconds. */
export type Pair = readonly [measured: Rated, floor: Rated]

const us = (valueMs: number): string => `${Math.round(valueMs * 1000)} µs`
const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-GB')}/s`

/** The ratio is the median of the rounds' own. @param atLeast the target for it */
export const rateFigure = (name: string, pairs: readonly Pair[], atLeast?: number): Figure => {
  const ratio = median(pairs.map(([measured, floor]) => measured.perSecond / floor.perSecond))
  return {
    name,
    value: perSecond(median(pairs.map(([measured]) => measured.perSecond))),
    floor: perSecond(median(pairs.map(([, floor]) => floor.perSecond))),
    ratio: ratio.toFixed(2),
    target: atLeast === undefined ? '' : `ratio >= ${atLeast}`,
    met: atLeast === undefined ? undefined : ratio >= atLeast,
  }
}

/** What the processor had to do for one of them: on a busy machine it says more than a clock on the wall. */
export const cpuFigure = (name: string, rounds: readonly Compared[]): Figure => ({
  name,
  value: us(median(rounds.map(({ relay }) => relay.cpuMs))),
  floor: us(median(rounds.map(({ bare }) => bare.cpuMs))),
  ratio: median(rounds.map(({ relay, bare }) => relay.cpuMs / bare.cpuMs)).toFixed(2),
  target: '',
  met: undefined,
})

/** @param atMostMs the target for what was measured */
const timeFigure = (name: string, pairs: readonly Pair[], quantile: 'p50Ms' | 'p99Ms', atMostMs?: number): Figure => {
  const measuredMs = median(pairs.map(([measured]) => measured[quantile]))
  return {
    name: `${name}: ${quantile === 'p50Ms' ? 'median' : '99 of 100'}`,
    value: ms(measuredMs),
    floor: ms(median(pairs.map(([, floor]) => floor[quantile]))),
    ratio: median(pairs.map(([measured, floor]) => measured[quantile] / floor[quantile])).toFixed(1),
    target: atMostMs === undefined ? '' : `<= ${ms(atMostMs)}`,
    met: atMostMs === undefined ? undefined : measuredMs <= atMostMs,
  }
}

export const bothTimes = (name: string, pairs: readonly Pair[], atMostMs?: number): readonly Figure[] => [
  timeFigure(name, pairs, 'p50Ms'),
  timeFigure(name, pairs, 'p99Ms', atMostMs),
]

export const pairsOf = (rounds: readonly Compared[]): readonly Pair[] => rounds.map(({ relay, bare }) => [relay, bare])

export const inTransaction = (rounds: readonly Compared[]): string =>
  `${median(rounds.map(({ together }) => together)).toFixed(0)} a transaction`
