// How much may be fetched. Sizes are asserted, times never are: those are in `npm run bench`.

import { gzipSync } from 'node:zlib'
import { expect, test } from './support/browser.ts'

/** Bytes after gzip -9. */
const SCREENS_BUDGET = 110_000
/** What is aimed at is 160,000 (docs/benchmarks.md); until then it does not grow. */
const FIRST_LOAD_BUDGET = 200_000

test('a first visit fetches no more than its budget before there is something to click', async ({ page, relay }) => {
  const bodies = new Map<string, Promise<Buffer>>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (/\.(ico|svg|png|webmanifest)$/.test(pathname)) return
    bodies.set(pathname, response.body())
  })
  await page.goto(relay.url)
  await expect(page.getByRole('button', { name: 'Show a code' })).toBeVisible()
  const fetched = await Promise.all([...bodies].map(async ([path, body]) => ({ path, size: gzipSync(await body, { level: 9 }).length })))
  const sum = (files: typeof fetched): number => files.reduce((total, { size }) => total + size, 0)

  const isWorker = ({ path }: { readonly path: string }): boolean => path.includes('/worker-')
  expect(fetched.filter(isWorker), 'one worker').toHaveLength(1)
  expect(sum(fetched.filter((file) => !isWorker(file))), JSON.stringify(fetched)).toBeLessThanOrEqual(SCREENS_BUDGET)
  expect(sum(fetched), JSON.stringify(fetched)).toBeLessThanOrEqual(FIRST_LOAD_BUDGET)
})
