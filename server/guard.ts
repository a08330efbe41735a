// Where input meets code: a bug of ours that some input finds is counted and logged, costs its sender the connection, and
// nobody else anything.

import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'

/** Does `act`; where that throws, does `abandon` instead of ending the process. */
export type Guard = (act: () => void, abandon: () => void) => void

export const createGuard =
  (metrics: Metrics, log: Logger): Guard =>
  (act, abandon) => {
    try {
      act()
    } catch (error) {
      metrics.errors.inc()
      log.error({ error: error instanceof Error ? error.stack : 'not an error' }, 'a bug; the connection is ended')
      abandon()
    }
  }
