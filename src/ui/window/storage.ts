// How much the browser stores for Parley, and whether it has agreed to never delete it by itself.

import type { Report } from '../../messenger/api.ts'

const OFTEN_MS = 5 * 60_000

/** Browsers without these interfaces are simply not measured. */
const measure = async (report: (report: Report) => void): Promise<void> => {
  const [{ usage = 0, quota = 0 }, persistent] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()])
  report({ type: 'storage-measured', persistent, usedBytes: usage, quotaBytes: quota })
}

export interface Storage {
  /** Asks the browser to keep the data. Some ask the person, some decide by themselves. @returns whether it does */
  readonly keep: () => Promise<boolean>
}

/** Measures now and from time to time. */
export const watchStorage = (report: (report: Report) => void): Storage => {
  const measured = (): Promise<void> => measure(report).catch(() => undefined)
  void measured()
  setInterval(() => void measured(), OFTEN_MS)
  return {
    keep: async () => {
      const isKept = await navigator.storage.persist()
      await measured()
      return isKept
    },
  }
}
