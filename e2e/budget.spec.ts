// How much may be fetched. Sizes are asserted, times never are: those are in `npm run bench`.

import { gzipSync } from 'node:zlib'
import { expect, test } from './support/browser.ts'

/** Bytes after gzip -9: all that a newcomer's home screen needs before it is usable. */
const FIRST_LOAD_BUDGET = 160_000
/** With all that follows to show a code: the worker, the pipes with PeerJS, the QR code, the conversation. */
const SOON_AFTER_BUDGET = 320_000

test('a newcomer’s home screen is usable on what fits the budget, before the worker has come', async ({ page, relay }) => {
  const bodies = new Map<string, Promise<Buffer>>()
  const later = new Map<string, Promise<Buffer>>()
  let isUsable = false
  let letWorkerCome: () => void = () => undefined
  const workerMayCome = new Promise<void>((done) => {
    letWorkerCome = done
  })
  await page.context().route('**/worker-*', async (route) => {
    await workerMayCome
    await route.continue()
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (/\.(ico|svg|png|webmanifest)$/.test(pathname)) return
    ;(isUsable ? later : bodies).set(pathname, response.body())
  })
  await page.goto(relay.url)
  await page.getByRole('button', { name: 'Show a code' }).click()
  await expect(page.getByRole('heading', { name: 'Show a code' })).toBeVisible()
  isUsable = true
  letWorkerCome()
  await expect(page.getByLabel('Your code')).toHaveText(/\d{3} \d{3}/)

  const sum = async (fetched: ReadonlyMap<string, Promise<Buffer>>): Promise<number> => {
    const sizes = await Promise.all([...fetched.values()].map(async (body) => gzipSync(await body, { level: 9 }).length))
    return sizes.reduce((total, size) => total + size, 0)
  }
  const firstLoad = await sum(bodies)
  expect([...bodies.keys()].some((path) => path.includes('/worker-'))).toBe(false)
  expect(firstLoad, [...bodies.keys()].join(' ')).toBeLessThanOrEqual(FIRST_LOAD_BUDGET)
  expect(firstLoad + (await sum(later)), [...later.keys()].join(' ')).toBeLessThanOrEqual(SOON_AFTER_BUDGET)
})
