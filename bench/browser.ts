// What people wait for, in real browsers at a real relay: the page, a pairing, a message. Two contexts of one Chromium are
// two people; each pairing has new ones.

import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test'
import { pageScript } from '../e2e/support/page-script.ts'
import { Person } from '../e2e/support/person.ts'
import { startRelay } from '../e2e/support/relay.ts'
import { launchOptions } from '../scripts/chromium.mjs'
import { type Figure, median, ms, quantile } from './figures.ts'
import type {} from './floor-page.ts'
import type {} from './marks-page.ts'

const PAIRINGS = 12
const MESSAGES = 60

const bundle = (file: string): Promise<string> => pageScript(join(import.meta.dirname, file))

/** @returns the mark, once it is there */
const marked = async (page: Page, name: 'interactiveAfterMs' | 'codeAtMs' | 'readyAtMs' | 'enteredAtMs'): Promise<number> => {
  const found = await page.waitForFunction((key) => window.marks[key], name)
  return (await found.jsonValue()) ?? Number.NaN
}

interface Arrival {
  readonly context: BrowserContext
  readonly person: Person
  readonly interactiveAfterMs: number
}

/** Somebody new: no profile, nothing in a cache. */
const arrives = async (browser: Browser, marks: string, name: string, url: string): Promise<Arrival> => {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  await context.addInitScript({ content: marks })
  const person = await Person.opens(context, name, url)
  const interactiveAfterMs = await marked(person.page, 'interactiveAfterMs')
  // Settled by then: the worker has made the account, and answers.
  await person.isCalled(name)
  return { context, person, interactiveAfterMs }
}

/** A page of the same relay on which there is nothing to run. */
const emptyNavigation = async (browser: Browser, url: string): Promise<number> => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/healthz`)
  const loadedAfterMs = await page.evaluate(() => performance.now())
  await context.close()
  return loadedAfterMs
}

/** One record of 4 KiB in a database of its own, until it is on disk. */
const strictPut = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((opened, failed) => {
      const request = indexedDB.open('floor', 1)
      request.onupgradeneeded = () => request.result.createObjectStore('rows')
      request.onsuccess = () => opened(request.result)
      request.onerror = () => failed(new Error('floor: no database'))
    })
    const startedAtMs = performance.now()
    await new Promise((done, failed) => {
      const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
      transaction.objectStore('rows').put(new Uint8Array(4_096), 'row')
      transaction.oncomplete = done
      transaction.onabort = failed
    })
    const tookMs = performance.now() - startedAtMs
    database.close()
    return tookMs
  })

interface Paired {
  /** From `Show a code` to the code. */
  readonly codeMs: number
  /** From `Connect` to the later of the two. */
  readonly readyMs: number
}

const pairs = async (host: Person, guest: Person): Promise<Paired> => {
  const code = await host.showCode()
  await guest.enterCode(code)
  const [codeAtMs, hostReadyAtMs, guestReadyAtMs] = await Promise.all([
    marked(host.page, 'codeAtMs'),
    marked(host.page, 'readyAtMs'),
    marked(guest.page, 'readyAtMs'),
  ])
  const clickedAtMs = (page: Page, name: string): Promise<number> =>
    page.evaluate((label) => window.marks.clickedAtMs[label] ?? Number.NaN, name)
  return {
    codeMs: codeAtMs - (await clickedAtMs(host.page, 'Show a code')),
    readyMs: Math.max(hostReadyAtMs, guestReadyAtMs) - (await clickedAtMs(guest.page, 'Connect')),
  }
}

/** Enter here to painted there. */
const passes = async (from: Person, to: Person, text: string): Promise<number> => {
  await from.messageField.fill(text)
  await from.messageField.press('Enter')
  const shown = await to.page.waitForFunction(
    (wanted) => Number.isFinite(window.marks.shownAtMs[wanted]) && window.marks.shownAtMs[wanted],
    text,
  )
  const shownAtMs = await shown.jsonValue()
  const enteredAtMs = await marked(from.page, 'enteredAtMs')
  await from.seesState(text, 'Delivered')
  return Number(shownAtMs) - enteredAtMs
}

/** On a busy machine the fastest run comes nearest to what it would be alone. */
const withFastest = (times: readonly number[]): string => `${ms(median(times))} (fastest ${ms(Math.min(...times))})`

const figure = (name: string, value: string, measuredMs: number, floorMs: number | undefined, atMostMs?: number): Figure => ({
  name,
  value,
  floor: floorMs === undefined ? '' : ms(floorMs),
  ratio: floorMs === undefined ? '' : (measuredMs / floorMs).toFixed(1),
  target: atMostMs === undefined ? '' : `<= ${ms(atMostMs)}`,
  met: atMostMs === undefined ? undefined : measuredMs <= atMostMs,
})

/** Against the build that lies in dist/. */
export const measureBrowser = async (): Promise<readonly Figure[]> => {
  const relay = await startRelay()
  const browser = await chromium.launch(await launchOptions())
  try {
    const [bareScript, marks] = [await bundle('floor-page.ts'), await bundle('marks-page.ts')]

    const interactive: number[] = []
    const empty: number[] = []
    const code: number[] = []
    const ready: number[] = []
    const pairingFloor: number[] = []
    const message: number[] = []
    const messageFloor: number[] = []
    for (let round = 1; round <= PAIRINGS; round++) {
      empty.push(await emptyNavigation(browser, relay.url))
      const [host, guest] = [await arrives(browser, marks, 'Alice', relay.url), await arrives(browser, marks, 'Bob', relay.url)]
      interactive.push(host.interactiveAfterMs, guest.interactiveAfterMs)
      const { codeMs, readyMs } = await pairs(host.person, guest.person)
      code.push(codeMs)
      ready.push(readyMs)
      // A new page for each round: what it runs is as cold as what it is held against.
      const floorPage = await browser.newPage()
      await floorPage.addScriptTag({ content: bareScript })
      pairingFloor.push(
        (await floorPage.evaluate(() => window.floor.pairingMs())) + (await floorPage.evaluate(() => window.floor.lineMs())),
      )
      if (round === PAIRINGS) {
        await host.person.isConnected('Direct')
        for (let count = 0; count < MESSAGES; count++) {
          const [from, to] = count % 2 === 0 ? [host.person, guest.person] : [guest.person, host.person]
          message.push(await passes(from, to, `message ${count}`))
          // One commit on each side is what a message has to wait for.
          const commitsMs = (await strictPut(from.page)) + (await strictPut(to.page))
          messageFloor.push((await floorPage.evaluate(() => window.floor.messageMs())) + commitsMs)
        }
      }
      await Promise.all([floorPage.close(), host.context.close(), guest.context.close()])
    }
    return [
      figure('first visit: navigation to `Show a code`', ms(median(interactive)), median(interactive), median(empty)),
      figure('`Show a code` to the code', ms(median(code)), median(code), undefined),
      figure('`Connect` to both ready', withFastest(ready), median(ready), median(pairingFloor), 1_500),
      figure('Enter to shown there, direct: median', withFastest(message), median(message), median(messageFloor), 100),
      figure('Enter to shown there, direct: 95 of 100', ms(quantile(message, 0.95)), quantile(message, 0.95), quantile(messageFloor, 0.95)),
    ]
  } finally {
    await browser.close()
    await relay.remove()
  }
}
