// Mailboxes: deposits and fetches, as many as there can be, each round beside the bare engine; then what is pushed to clients
// that listen, as many as there can be and at half of that rate, the latter beside a bare echo.

import { openSqliteStore } from '../server/sqlite-store.ts'
import { type Figure, median } from './figures.ts'
import { addressesOf, type Rated } from './relay-caller.ts'
import { type Compared, compare } from './relay-compare.ts'
import { type Engine, openEngine } from './relay-engine.ts'
import { bothTimes, cpuFigure, inTransaction, type Pair, pairsOf, rateFigure } from './relay-figures.ts'
import { dataFolder, type Load, type Measured, NO_LIMITS, startEcho, startRelay } from './relay-processes.ts'

const ROUNDS = 5
const ROUND_MS = 1_500
const ALONE_MS = 1_000
const DEPOSITORS = 32
/** Deposits of each that are under way: a few, and as many as bring the most. */
const FEW = 1
const MANY = 8
/** The deposits of a round go into so many mailboxes. */
const MAILBOXES = 600
const FETCHERS = 16

const PUSH_ROUNDS = 3
const PUSH_MS = 4_000
const ECHO_MS = 2_000
const SENDERS = 32
const LISTENERS = 100
const ADDRESSES_EACH = 4

interface Round {
  readonly few: Compared
  readonly many: Compared
  readonly fetches: Compared
  /** Appends, one in a transaction. */
  readonly alone: Rated
}

interface Subjects {
  readonly load: Load
  readonly relay: Measured
  readonly folder: string
  readonly engine: Engine
  readonly scale: number
}

const measureRound = async ({ load, relay, folder, engine, scale }: Subjects, round: number): Promise<Round> => {
  const { port } = relay
  const forMs = ROUND_MS * scale
  const mailboxes = Math.ceil(MAILBOXES * scale)

  const depositing = (set: string, atOnce: number): Promise<Compared> => {
    const addresses = addressesOf(set, mailboxes)
    engine.openMailboxes(addresses)
    return compare(
      relay,
      folder,
      () => load.run('deposit', { port, connections: DEPOSITORS, atOnce, set, mailboxes, forMs }),
      (together, { count }) => engine.append(addresses, together, forMs, count),
    )
  }
  const few = await depositing(`few/${round}`, FEW)
  const many = await depositing(`many/${round}`, MANY)
  const fetches = await compare(
    relay,
    folder,
    () => load.run('fetchMailboxes', { port, connections: FETCHERS, set: `many/${round}`, mailboxes, forMs }),
    (together) => engine.fetch(addressesOf(`many/${round}`, mailboxes), together, forMs),
  )
  const alone = engine.append(addressesOf(`few/${round}`, mailboxes), 1, ALONE_MS * scale)
  return { few, many, fetches, alone }
}

/** Each envelope travels as far as to an echo and back, and is kept in between. */
const withAppend = (echo: Rated, alone: readonly Rated[]): Rated => ({
  ...echo,
  p50Ms: echo.p50Ms + median(alone.map(({ p50Ms }) => p50Ms)),
  p99Ms: echo.p99Ms + median(alone.map(({ p99Ms }) => p99Ms)),
})

interface Pushes {
  readonly peakPerSecond: number
  /** At half of it. */
  readonly pairs: readonly Pair[]
}

const measurePush = async ({ load, relay, scale }: Subjects, alone: readonly Rated[]): Promise<Pushes> => {
  const echo = await startEcho()
  try {
    const clients = { listeners: LISTENERS, addressesEach: ADDRESSES_EACH, connections: SENDERS, port: relay.port }
    const peaks: Rated[] = []
    for (let round = 0; round <= PUSH_ROUNDS; round++) {
      const peak = await load.run('pushAtPeak', { ...clients, set: `peak/${round}`, atOnce: SENDERS * MANY, forMs: ROUND_MS * scale })
      // The first one warms up, here and below.
      if (round > 0) peaks.push(peak)
    }
    const peakPerSecond = median(peaks.map(({ perSecond }) => perSecond))
    const paced = { connections: SENDERS, perSecond: peakPerSecond / 2 }
    const pairs: Pair[] = []
    for (let round = 0; round <= PUSH_ROUNDS; round++) {
      const pushed = await load.run('pushAtRate', { ...clients, ...paced, set: `push/${round}`, forMs: PUSH_MS * scale })
      const echoed = await load.run('echoAtRate', { ...paced, port: echo.port, forMs: ECHO_MS * scale })
      if (round > 0) pairs.push([pushed, withAppend(echoed, alone)])
    }
    return { peakPerSecond, pairs }
  } finally {
    await echo.stop()
  }
}

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-GB')}/s`

const measure = async (subjects: Subjects): Promise<readonly Figure[]> => {
  await measureRound({ ...subjects, scale: subjects.scale / 2 }, 0)
  const rounds: Round[] = []
  for (let round = 1; round <= ROUNDS; round++) rounds.push(await measureRound(subjects, round))
  const [few, many, fetches] = [rounds.map((round) => round.few), rounds.map((round) => round.many), rounds.map((round) => round.fetches)]
  const alone = rounds.map((round) => round.alone)
  const { pairs: pushes, peakPerSecond } = await measurePush(subjects, alone)

  return [
    rateFigure(`deposits, ${DEPOSITORS * MANY} at once; bare: ${inTransaction(many)}`, pairsOf(many), 0.5),
    rateFigure(
      'the same; bare: 1 a transaction',
      rounds.map(({ many: { relay }, alone: bare }) => [relay, bare]),
    ),
    ...bothTimes('one of them; bare: a transaction', pairsOf(many)),
    cpuFigure('one of them, CPU', many),
    rateFigure(`deposits, ${DEPOSITORS * FEW} at once; bare: ${inTransaction(few)}`, pairsOf(few)),
    ...bothTimes('one of them; bare: a transaction', pairsOf(few)),
    rateFigure(`envelopes fetched and acknowledged; bare: ${inTransaction(fetches)}`, pairsOf(fetches)),
    ...bothTimes('a mailbox fetched; bare: a transaction', pairsOf(fetches)),
    cpuFigure('one envelope of it, CPU', fetches),
    ...bothTimes(`pushed at ${perSecond(peakPerSecond / 2)}, half of the peak; bare: an echo and an append`, pushes, 20),
  ]
}

export const measureMail = async (load: Load, scale: number): Promise<readonly Figure[]> => {
  const [folder, bareFolder] = [dataFolder(), dataFolder()]
  await (await openSqliteStore(bareFolder.path, NO_LIMITS, () => {})).close()
  const engine = openEngine(bareFolder.path)
  const relay = await startRelay(folder.path)
  try {
    return await measure({ load, relay, folder: folder.path, engine, scale })
  } finally {
    await relay.stop()
    engine.close()
    for (const each of [folder, bareFolder]) each.remove()
  }
}
