// What both halves of memory-relay-store.ts know of the process that has it open.

/** Whether this store still has its disk. */
export interface Process {
  readonly isOpen: () => boolean
  /** A change, whole and at once; in doubt once the store is closed. */
  readonly change: <T>(inDoubt: T, make: () => T) => T
  /** Throws once the store is closed. */
  readonly look: <T>(find: () => T) => T
}

/** Does what is due, one after another, until the budget is spent. @returns how many */
export const within = (budget: number, due: readonly (() => void)[]): number => {
  const done = due.slice(0, budget)
  for (const each of done) each()
  return done.length
}
