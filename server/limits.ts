// Token buckets: how often, and how much. They know neither sockets nor what they count.

export interface Rate {
  /** What may be taken at once from a full bucket. */
  readonly burst: number
  /** What flows back in a second. */
  readonly perSecond: number
}

export interface Bucket {
  /** Takes `cost`, or nothing and answers false. */
  readonly take: (cost?: number) => boolean
  readonly isFull: () => boolean
}

/** Whole milliseconds of a clock that only goes forward. */
export type Clock = () => number

export const createBucket = ({ burst, perSecond }: Rate, nowMs: Clock): Bucket => {
  let tokens = burst
  let countedAtMs = nowMs()
  const refill = () => {
    const now = nowMs()
    tokens = Math.min(burst, tokens + ((now - countedAtMs) / 1000) * perSecond)
    countedAtMs = now
  }
  return {
    take: (cost = 1) => {
      refill()
      if (cost > tokens) return false
      tokens -= cost
      return true
    },
    isFull: () => {
      refill()
      return tokens === burst
    },
  }
}

export interface Buckets {
  /** Takes `cost` from the bucket of `key`, or nothing and answers false. */
  readonly take: (key: string, cost?: number) => boolean
  /** Forgets the keys that nobody has used of late: a full bucket is like none. */
  readonly sweep: () => void
  readonly size: () => number
}

/** Keys that are kept at the most; beyond them the one that came first is forgotten. */
const MAX_KEYS = 100_000

export const createBuckets = (rate: Rate, nowMs: Clock): Buckets => {
  const buckets = new Map<string, Bucket>()
  const bucketOf = (key: string): Bucket => {
    const known = buckets.get(key)
    if (known) return known
    const oldest = buckets.size >= MAX_KEYS ? buckets.keys().next().value : undefined
    if (oldest !== undefined) buckets.delete(oldest)
    const bucket = createBucket(rate, nowMs)
    buckets.set(key, bucket)
    return bucket
  }
  return {
    take: (key, cost) => bucketOf(key).take(cost),
    sweep: () => {
      for (const [key, bucket] of buckets) if (bucket.isFull()) buckets.delete(key)
    },
    size: () => buckets.size,
  }
}
