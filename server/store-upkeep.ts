// What is done about the store now and then: rows whose time is over go, a bounded number at a time, and its health is
// asked for, so that /healthz and /metrics need not ask it themselves.

import type { Metrics } from './metrics.ts'
import type { Store } from './store.ts'

export interface StoreUpkeep {
  /** Called at regular intervals; does nothing while the last one is still under way. */
  readonly tick: () => Promise<void>
  /** Whether the store answered the last question in time, and well. */
  readonly isHealthy: () => boolean
}

/** Rows in one go: few enough to be in nobody's way. */
const SWEPT_AT_ONCE = 1_000

export const createStoreUpkeep = (store: Store, metrics: Metrics, dateMs: () => number): StoreUpkeep => {
  let isUnderWay = false
  let isHealthy = true

  const note = (healthy: boolean) => {
    isHealthy = healthy
    metrics.storeHealthy.set(healthy ? 1 : 0)
  }

  return {
    tick: async () => {
      // It has not answered for a whole interval.
      if (isUnderWay) return note(false)
      isUnderWay = true
      try {
        const { ok, envelopes, bytes, mailboxes, devices } = await store.health()
        note(ok)
        metrics.keptEnvelopes.set(envelopes)
        metrics.keptBytes.set(bytes)
        metrics.mailboxes.set(mailboxes)
        metrics.publishedDevices.set(devices)
        metrics.sweptRows.inc(await store.sweep(dateMs(), SWEPT_AT_ONCE))
      } catch {
        // Counted where it is measured; said by /healthz.
        note(false)
      } finally {
        isUnderWay = false
      }
    },
    isHealthy: () => isHealthy,
  }
}
