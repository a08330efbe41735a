// Randomness of the pipes: tokens for the signalling service, names of lines, jitter. No keys are made here; `Random` is
// a parameter so that tests can choose.

/** Gives `length` fresh uniform bytes. */
export type Random = (length: number) => Uint8Array

export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

/** 32 lower-case hexadecimal digits. */
export const randomName = (random: Random): string => Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Between 0 and 1, in 65,536 steps. */
export const fraction = (random: Random): number => {
  const [high = 0, low = 0] = random(2)
  return (high * 256 + low) / 65_536
}
