// Whether a window froze: how long the tasks of its main thread took, as Chromium's own trace tells it. Counted is the time of
// the processor, which does not depend on what else the machine does, as that of the Long Tasks interface would.

import type { BrowserContext } from '@playwright/test'

/** As far as it is read; times in microseconds. */
interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
}

/** Chromium draws parts of itself with windows, too, which take longer than ours: those of the story mark themselves. */
const OUR_MARK = 'a window of the story'
const TASK = 'ThreadControllerImpl::RunTask'

/** The longest task of any window that is opened in this context while `during` runs, in milliseconds. */
export const longestTaskMs = async (context: BrowserContext, during: () => Promise<void>): Promise<number> => {
  const browser = context.browser()
  if (browser === null) throw new Error('this context has no browser of its own')
  await context.addInitScript((mark) => performance.mark(mark), OUR_MARK)
  await browser.startTracing(undefined, { categories: ['-*', 'toplevel', 'blink.user_timing'] })
  const traced = await during().then(
    () => browser.stopTracing(),
    async (error: unknown) => {
      await browser.stopTracing()
      throw error
    },
  )
  // Written by the browser.
  const { traceEvents } = JSON.parse(traced.toString()) as { readonly traceEvents: readonly TraceEvent[] }
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`
  const windows = new Set(traceEvents.filter(({ name }) => name === OUR_MARK).map(threadOf))
  const tasks = traceEvents.filter((event) => event.ph === 'X' && event.name === TASK && windows.has(threadOf(event)))
  if (tasks.length === 0) throw new Error('no task was traced')
  return Math.max(...tasks.map(({ dur = 0, tdur = dur }) => tdur)) / 1000
}
