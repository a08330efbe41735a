// Parley's worker with a line before its script: one that remembers the keys it makes, which no script can read out otherwise,
// or one whose clock can be moved while it runs.

import type { BrowserContext, Page } from '@playwright/test'

const WORKER = '**/assets/worker-*.js'

const before = async (context: BrowserContext, line: string): Promise<void> => {
  await context.unroute(WORKER)
  await context.route(WORKER, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${line}\n${await response.text()}` })
  })
}

const REMEMBER = `{
  const kept = (globalThis.keptKeys = [])
  const subtle = Object.getPrototypeOf(crypto.subtle)
  const { generateKey, importKey } = subtle
  subtle.generateKey = async function (algorithm, _, uses) {
    const key = await generateKey.call(this, algorithm, true, uses)
    kept.push([...new Uint8Array(await this.exportKey('raw', key))])
    return key
  }
  subtle.importKey = function (format, bytes, ...rest) {
    kept.push([...new Uint8Array(bytes)])
    return importKey.call(this, format, bytes, ...rest)
  }
}`

/** Of pages that are opened from now on. */
export const rememberKeys = (context: BrowserContext): Promise<void> => before(context, REMEMBER)

/** Every key that the worker of this page has made or taken in. */
export const keysOf = async (page: Page): Promise<readonly Buffer[]> => {
  const keys = await Promise.all(
    page.workers().map((worker) => worker.evaluate(() => (globalThis as { readonly keptKeys?: readonly number[][] }).keptKeys ?? [])),
  )
  return keys.flat().map((key) => Buffer.from(key))
}

/** Of pages that are opened from now on: {@link passTime} moves their clocks. */
export const letTimePass = (context: BrowserContext): Promise<void> =>
  before(
    context,
    `{ const { now } = Date; let ahead = 0; Date.now = () => now() + ahead; new BroadcastChannel('clock').onmessage = ({ data }) => { ahead = data } }`,
  )

/** The clock of every worker is so far ahead from now on; timers stand still, as in a device that sleeps. */
export const passTime = (page: Page, aheadMs: number): Promise<void> =>
  page.evaluate((ms) => {
    const clock = new BroadcastChannel('clock')
    clock.postMessage(ms)
    clock.close()
  }, aheadMs)
