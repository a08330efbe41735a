// What a long history costs: 100,000 messages in one conversation of a real Chromium, on its disk. What is measured inside runs
// in a page with the product's own store, messenger and runtime (persistence-page.ts), the rest is the product as it is built.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type BrowserContext, chromium } from '@playwright/test'
import type {} from '../e2e/support/history-page.ts'
import { pageScript } from '../e2e/support/page-script.ts'
import { Person, pair } from '../e2e/support/person.ts'
import { startRelay } from '../e2e/support/relay.ts'
import { launchOptions } from '../scripts/chromium.mjs'
import { bytes, type Figure, median, ms, quantile } from './figures.ts'
import type {} from './persistence-page.ts'

const MESSAGES = Number(process.env['MESSAGES'] ?? 100_000)
const ROUNDS = 5
const COMMITS = 200
/** Common and rare words, one and several, and what is nowhere. */
const QUERIES = ['stoti', 'kelo mi', 'brulee creme', 'zanvelomi ba', 'nothing like it']

const figure = (name: string, times: readonly number[], atMostMs?: number): Figure => ({
  name,
  value: `${ms(median(times))} (95 of 100: ${ms(quantile(times, 0.95))})`,
  floor: '',
  ratio: '',
  target: atMostMs === undefined ? '' : `<= ${ms(atMostMs)}`,
  met: atMostMs === undefined ? undefined : median(times) <= atMostMs,
})

/** From the navigation until the newest message is drawn; every file of the page is fetched. */
const opens = async (context: BrowserContext, url: string): Promise<number> => {
  const page = await context.newPage()
  await (await context.newCDPSession(page)).send('Network.setCacheDisabled', { cacheDisabled: true })
  await page.goto(url)
  const shown = await page.waitForFunction(() =>
    [...document.querySelectorAll('[data-text]')].some(({ textContent }) => textContent === 'the newest of all')
      ? performance.now()
      : undefined,
  )
  const shownAfterMs = (await shown.jsonValue()) ?? Number.NaN
  await page.close()
  return shownAfterMs
}

/** Against the build that lies in dist/. */
export const measurePersistence = async (): Promise<readonly Figure[]> => {
  const relay = await startRelay()
  const folder = await mkdtemp(join(tmpdir(), 'parley-persistence-'))
  const context = await chromium.launchPersistentContext(folder, {
    ...(await launchOptions()),
    locale: 'en-GB',
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  })
  const other = await chromium.launch(await launchOptions())
  try {
    const alice = await Person.opens(context, 'Alice', relay.url)
    await alice.isCalled('Alice')
    const bob = await Person.opens(await other.newContext({ locale: 'en-GB' }), 'Bob', relay.url)
    await bob.isCalled('Bob')
    await pair(alice, bob)
    const { page } = alice
    const address = page.url()
    await bob.says('hello')
    await alice.reads('hello')
    await other.close()

    const bench = async (): Promise<void> => {
      await page.goto(`${relay.url}/healthz`)
      await page.evaluate(await pageScript(join(import.meta.dirname, 'persistence-page.ts')))
    }
    await page.goto(`${relay.url}/healthz`)
    const emptyMs: number[] = []
    await page.evaluate(await pageScript(join(import.meta.dirname, '../e2e/support/history-page.ts')))
    const said = { 1: 'the very first of all', [MESSAGES >> 1]: 'Crème brûlée', [MESSAGES]: 'the newest of all' }
    await page.evaluate(([many, texts]) => fillHistory(many, texts), [MESSAGES, said] as const)
    await bench()
    const indexed = await page.evaluate(() => persistence.index())
    const times = await page.evaluate(([rounds, queries]) => persistence.history(rounds, queries), [ROUNDS, QUERIES] as const)
    const startsMs: number[] = []
    await page.goto(`${relay.url}/healthz`)
    for (let round = 0; round < ROUNDS; round++) {
      startsMs.push(await opens(context, address))
      await page.goto(`${relay.url}/healthz`)
      emptyMs.push(await page.evaluate(() => performance.now()))
    }
    await bench()
    const { bareMs, bytes: written, commitMs } = await page.evaluate((rounds) => persistence.commits(rounds), COMMITS)
    const ratio = median(commitMs) / median(bareMs)
    const many = MESSAGES.toLocaleString('en-GB')
    return [
      {
        ...figure(`${many} messages: navigation to the newest one shown`, startsMs, 1_000),
        floor: ms(median(emptyMs)),
        ratio: (median(startsMs) / median(emptyMs)).toFixed(1),
      },
      figure('the same in the worker: to `opened`', times.startMs),
      figure('the newest 50', times.newestMs, 100),
      figure('the first 50', times.firstMs, 100),
      figure('the index, loaded', times.loadMs, 1_000),
      figure('a search, with each letter typed', times.searchMs, 100),
      figure('the index, made from nothing', [indexed.allMs]),
      figure('its longest turn', [indexed.longestMs]),
      {
        name: `a received message's commit, ${bytes(written)}; the same bytes put bare`,
        value: ms(median(commitMs)),
        floor: ms(median(bareMs)),
        ratio: ratio.toFixed(2),
        target: 'ratio <= 2',
        met: ratio <= 2,
      },
    ]
  } finally {
    await context.close()
    await other.close()
    await relay.remove()
    await rm(folder, { recursive: true, force: true })
  }
}
