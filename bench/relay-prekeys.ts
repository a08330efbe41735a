// Prekeys: bundles with one-time keys of both kinds, each key taken durably before it is given away, beside the bare engine.

import { randomBytes } from 'node:crypto'
import { openSqliteStore } from '../server/sqlite-store.ts'
import { toHex } from '../src/crypto/bytes.ts'
import { publishedAccount } from '../test/support/published.ts'
import type { Figure } from './figures.ts'
import { accountIdOf, type Rated } from './relay-caller.ts'
import { type Compared, compare } from './relay-compare.ts'
import { openEngine } from './relay-engine.ts'
import { bothTimes, cpuFigure, inTransaction, pairsOf, rateFigure } from './relay-figures.ts'
import { dataFolder, type Load, NO_LIMITS, startRelay } from './relay-processes.ts'

const ROUNDS = 4
const ROUND_MS = 2_000
const ALONE_MS = 500
const FETCHERS = 64
const ACCOUNTS = 150
/** Of each kind, of each account: as many as a device may leave at the relay. */
const KEYS = 200
const KINDS = 2
/** ML-KEM-1024 with a path of seven hashes. */
const KEM_LENGTH = 1568 + 7 * 32
const DAY_MS = 86_400_000

/** One device, whose list and statement stand under every account's id: what is served is not verified again. */
const publish = async (folder: string, accounts: number): Promise<number> => {
  const nowMs = Date.now()
  const published = publishedAccount('bench')
  const [first] = published.devices
  if (first === undefined) throw new Error('prekeys: an account without a device')
  const { tag } = first.device
  const batches = [1, 101].map((firstId) => ({ ...first.batch, firstId, expiresAtMs: nowMs + 30 * DAY_MS }))
  const statement = { statement: first.statement({ nowMs, batches }), createdAtMs: nowMs, expiresAtMs: nowMs + DAY_MS }
  const expiresAtMs = nowMs + DAY_MS
  const list = {
    version: 1,
    accountKey: published.account.publicKey,
    deviceList: published.deviceList({ expiresAtMs }),
    expiresAtMs,
  }
  const keys = (length: number) => Array.from({ length: KEYS }, (_, i) => ({ id: i + 1, key: randomBytes(length) }))

  const store = await openSqliteStore(folder, NO_LIMITS, () => {})
  for (let account = 0; account < accounts; account++) {
    const accountId = toHex(accountIdOf(account))
    const name = `${accountId}/${tag}`
    await Promise.all([
      store.putDeviceList(accountId, list, 0),
      store.putStatement(name, statement, 0),
      store.addOneTime(name, 'x25519', keys(32), KEYS),
      store.addOneTime(name, 'kem', keys(KEM_LENGTH), KEYS),
    ])
  }
  await store.close()
  return tag
}

/** Keys that the relay has taken out of its store so far, as it counts them itself. */
const popped = async (port: number): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const counts = [...metrics.matchAll(/^parley_pops_total\{.*outcome="popped"\} (\d+)$/gm)]
  return counts.reduce((sum, [, count]) => sum + Number(count), 0)
}

interface Round {
  readonly pops: Compared
  /** One in a transaction. */
  readonly alone: Rated
}

export const measurePrekeys = async (load: Load, scale: number): Promise<readonly Figure[]> => {
  const [folder, bareFolder] = [dataFolder(), dataFolder()]
  const accounts = Math.ceil(ACCOUNTS * scale)
  const accountIds = Array.from({ length: accounts }, (_, account) => accountIdOf(account))
  await publish(folder.path, accounts)
  const tag = await publish(bareFolder.path, accounts)
  const engine = openEngine(bareFolder.path)
  const relay = await startRelay(folder.path)
  /** Retrievals for which the keys of one round are enough, and those of the bare engine with one key a transaction. */
  const share = Math.floor((accounts * KEYS) / (ROUNDS + 1))
  const aloneShare = Math.floor(share / 5)
  let taken = 0
  let bareTaken = 0

  /** Counts keys. */
  const retrieve = async (forMs: number): Promise<Rated> => {
    const before = await popped(relay.port)
    const asked = { port: relay.port, connections: FETCHERS, forMs, accounts, from: taken, to: taken + share - aloneShare }
    const bundles = await load.run('fetchBundles', asked)
    taken += bundles.count
    const count = KINDS * bundles.count
    if ((await popped(relay.port)) - before !== count) throw new Error('prekeys: not every bundle had its one-time keys')
    return { ...bundles, count, perSecond: KINDS * bundles.perSecond }
  }

  const takeBare = (together: number, forMs: number, atMost: number): Rated => {
    const rated = engine.pop(accountIds, tag, together, forMs, bareTaken, bareTaken + atMost)
    bareTaken += rated.count / KINDS
    return rated
  }

  const measureRound = async (forMs: number): Promise<Round> => {
    const pops = await compare(
      relay,
      folder.path,
      () => retrieve(forMs),
      (together, { count }) => takeBare(together, forMs, count / KINDS),
    )
    return { pops, alone: takeBare(1, ALONE_MS * scale, aloneShare) }
  }

  try {
    await measureRound((ROUND_MS * scale) / 2)
    const rounds: Round[] = []
    for (let round = 1; round <= ROUNDS; round++) rounds.push(await measureRound(ROUND_MS * scale))
    const pops = rounds.map((round) => round.pops)
    return [
      rateFigure(`one-time keys popped; bare: ${inTransaction(pops)}`, pairsOf(pops)),
      rateFigure(
        'the same; bare: 1 a transaction',
        rounds.map(({ pops: { relay: measured }, alone }) => [measured, alone]),
      ),
      ...bothTimes(`a bundle with two of them, ${FETCHERS} at once; bare: two transactions`, pairsOf(pops)),
      cpuFigure('one key of it, CPU', pops),
    ]
  } finally {
    await relay.stop()
    engine.close()
    for (const each of [folder, bareFolder]) each.remove()
  }
}
