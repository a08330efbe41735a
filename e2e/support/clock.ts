// A device whose clock is wrong, or on which days have gone by: the messenger asks for the time in its worker and nowhere else.

import type { BrowserContext } from '@playwright/test'

/** @param byMs into the future; of pages that are opened from now on */
export const moveClock = async (context: BrowserContext, byMs: number): Promise<void> => {
  await context.unroute(WORKER)
  await context.route(WORKER, async (route) => {
    const response = await route.fetch()
    const body = `{ const now = Date.now; Date.now = () => now() + ${byMs} }\n${await response.text()}`
    await route.fulfill({ response, body })
  })
}

const WORKER = '**/assets/worker-*.js'
