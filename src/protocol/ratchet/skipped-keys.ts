// Keys of messages that may come late (Double Ratchet rev. 4 §4.3, MKSKIPPED; §8.4): which are kept, how many and how long.
// Everything here gives a new state; the one it was given stays as it was.

import type { OldChain, ReceivingChain, SkippedKey } from './state.ts'

/** At most so many skipped keys in a session; the oldest go first. */
export const MAX_SKIPPED_KEYS = 2_000
/** At most so many old header keys in a session, each with the skipped keys of its chain. */
export const MAX_OLD_CHAINS = 32
/** A skipped key that is older is forgotten: a relay keeps no envelope for longer. */
export const SKIPPED_KEY_LIFE_MS = 30 * 24 * 60 * 60 * 1000

/** The part of a state that keeps what may come late. */
export interface Late {
  readonly oldChains: readonly OldChain[]
  readonly skipped: ReadonlyMap<string, SkippedKey>
}

/** 16 hexadecimal digits, chain and number: ids in the order of text are in the order of age. */
export const skippedKeyId = (chain: number, n: number): string => hex8(chain) + hex8(n)

const hex8 = (value: number): string => value.toString(16).padStart(8, '0')

/** Adds keys, newest last. `followed` is the chain after which another one has just begun. */
export const addSkipped = (late: Late, added: readonly SkippedKey[], followed?: ReceivingChain): Late => {
  if (added.length === 0 && followed === undefined) return late
  const entries = added.map((key) => [skippedKeyId(key.chain, key.n), key] as const)
  const oldChains = followed === undefined ? late.oldChains : [...late.oldChains, asOldChain(followed)]
  return underLimits(oldChains, new Map([...late.skipped, ...entries].slice(-MAX_SKIPPED_KEYS)))
}

/** Takes out a key that has opened its message. */
export const removeSkipped = (late: Late, id: string): Late =>
  underLimits(late.oldChains, new Map([...late.skipped].filter(([known]) => known !== id)))

/** Drops keys that have been kept for longer than 30 days. */
export const dropExpired = (late: Late, nowMs: number): Late => {
  const isExpired = ({ storedAtMs }: SkippedKey): boolean => nowMs - storedAtMs > SKIPPED_KEY_LIFE_MS
  if (![...late.skipped.values()].some(isExpired)) return late
  return underLimits(late.oldChains, new Map([...late.skipped].filter(([, key]) => !isExpired(key))))
}

const asOldChain = ({ chain, headerKey, prologueHash }: ReceivingChain): OldChain => ({ chain, headerKey, prologueHash })

/** Forgets the header key of a chain without skipped keys, and of all but the 32 newest of the rest, with their skipped keys. */
const underLimits = (oldChains: readonly OldChain[], skipped: ReadonlyMap<string, SkippedKey>): Late => {
  const chainsInUse = new Set([...skipped.values()].map(({ chain }) => chain))
  const useful = oldChains.filter(({ chain }) => chainsInUse.has(chain))
  const dropped = new Set(useful.slice(0, -MAX_OLD_CHAINS).map(({ chain }) => chain))
  if (dropped.size === 0) return { oldChains: useful, skipped }
  return { oldChains: useful.slice(-MAX_OLD_CHAINS), skipped: new Map([...skipped].filter(([, { chain }]) => !dropped.has(chain))) }
}
