// A store that is measured: how long each operation takes, which are in doubt, and what became of pops and publications.
// Passes everything on as it is, but for what the store rejects with: that is told apart from our bugs by its class.

import type { Metrics } from './metrics.ts'
import type { Store } from './store.ts'

/** The store did not answer; what was asked may or may not have happened. */
export class StoreFailure extends Error {}

type Operation = Exclude<keyof Store, 'id' | 'relaySeed' | 'close'>
/** The union of what the operations answer; all that is read of it is whether it is a refusal. */
type Answer = Awaited<ReturnType<Store[Operation]>>

const OPERATIONS: readonly Operation[] = [
  'openMailboxes',
  'closeMailboxes',
  'append',
  'read',
  'acknowledge',
  'waiting',
  'getDeviceList',
  'putDeviceList',
  'getStatement',
  'putStatement',
  'addOneTime',
  'popOneTime',
  'listOneTime',
  'keepOneTime',
  'dropDevice',
  'sweep',
  'health',
  'backup',
]

/** Changes of published keys. */
const PUBLICATIONS: readonly Operation[] = ['putDeviceList', 'putStatement', 'addOneTime', 'dropDevice']

const outcomeOf = (answer: Answer): string => {
  if (typeof answer === 'string') return answer
  if (typeof answer === 'object' && answer !== null && 'reason' in answer) return answer.reason
  return 'ok'
}

export const measured = (store: Store, metrics: Metrics): Store => {
  const measure = (operation: Operation) => {
    const act = store[operation].bind(store) as (...args: readonly unknown[]) => Promise<Answer>
    return async (...args: readonly unknown[]): Promise<Answer> => {
      const stop = metrics.storeSeconds.startTimer({ operation })
      try {
        const answer = await act(...args)
        const outcome = outcomeOf(answer)
        if (outcome === 'in-doubt') metrics.storeFailures.inc({ operation })
        if (PUBLICATIONS.includes(operation)) metrics.publications.inc({ what: operation, outcome })
        if (operation === 'popOneTime') metrics.pops.inc({ kind: String(args[1]), outcome: answer === null ? 'none' : 'popped' })
        return answer
      } catch (error) {
        metrics.storeFailures.inc({ operation })
        throw new StoreFailure(`the store failed at ${operation}`, { cause: error })
      } finally {
        stop()
      }
    }
  }
  // Each of them is the store's own with the same arguments and answers.
  const operations = Object.fromEntries(OPERATIONS.map((operation) => [operation, measure(operation)])) as unknown as Pick<Store, Operation>
  return { ...operations, id: store.id, relaySeed: store.relaySeed, close: () => store.close() }
}
