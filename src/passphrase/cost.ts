// What a key from a passphrase costs: whoever derives it once, and whoever guesses with each guess. Costs only, no derivation.

export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

/** RFC 9106 §4, the second recommended option, on one lane: browsers give a worker one core. */
export const PASSPHRASE_COST: Argon2Cost = { memoryKiB: 65_536, passes: 3, lanes: 1 }

/** Bytes, of what is derived and of the salt. */
export const PASSPHRASE_KEY_LENGTH = 32
export const PASSPHRASE_SALT_LENGTH = 16

const LEAST: Argon2Cost = { memoryKiB: 19_456, passes: 1, lanes: 1 }
const MOST: Argon2Cost = { memoryKiB: 262_144, passes: 10, lanes: 4 }

/**
 * Whether a cost that was read from somewhere, and may be anybody's, is to be paid: less is no protection (OWASP's least for
 * one lane), more takes the memory of a device or an afternoon.
 */
export const isBearable = (cost: Argon2Cost): boolean =>
  (['memoryKiB', 'passes', 'lanes'] as const).every(
    (each) => Number.isInteger(cost[each]) && cost[each] >= LEAST[each] && cost[each] <= MOST[each],
  )
