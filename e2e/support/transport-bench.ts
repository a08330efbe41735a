// What the transport's specs stand on: the page with the two pipes, built once, and a real relay that serves it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Browser, test as base, type Page } from '@playwright/test'
import { pino } from 'pino'
import { build } from 'vite'
import { readConfiguration } from '../../server/configuration.ts'
import { createMetrics } from '../../server/metrics.ts'
import { type Relay, startRelay } from '../../server/relay.ts'
import type { Pipes } from './transport-page/main.ts'

const source = fileURLToPath(new URL('./transport-page', import.meta.url))

/** @returns the folder of the built page */
const buildTransportPage = async (): Promise<string> => {
  const outDir = mkdtempSync(join(tmpdir(), 'parley-transport-'))
  process.once('exit', () => rmSync(outDir, { recursive: true, force: true }))
  await build({
    root: source,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false },
  })
  return outDir
}

/** @param port 0 for a free one */
const startRelayWith = (pageFolder: string, port = 0): Promise<Relay> =>
  startRelay(
    readConfiguration({ PORT: String(port), HOST: '127.0.0.1', PAGE_DIR: pageFolder, DATA_DIR: `${pageFolder}-data` }),
    createMetrics(),
    pino({ level: 'silent' }),
  )

export const randomId = (): string => crypto.randomUUID()

export interface PipesPage {
  readonly page: Page
  /** What the page threw. */
  readonly errors: readonly Error[]
}

const openPipes = async (browser: Browser, port: number, before?: (page: Page) => Promise<void>) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await before?.(page)
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.waitForFunction(() => 'pipes' in window)
  return { page, errors, close: () => context.close() }
}

interface Bench {
  readonly relay: { readonly port: number; readonly stop: () => Promise<void>; readonly start: () => Promise<void> }
  /** Opens a page with the two pipes in a browser context of its own. */
  readonly open: (before?: (page: Page) => Promise<void>) => Promise<PipesPage>
}

/** Once for all specs of a process. */
let building: Promise<string> | undefined

/** Specs with a relay of their own, and pages that are closed after them. */
export const test = base.extend<Bench>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright wants to see one
  relay: async ({}, provide) => {
    building ??= buildTransportPage()
    const pageFolder = await building
    let relay: Relay | undefined = await startRelayWith(pageFolder)
    const { port } = relay
    const stop = async () => {
      await relay?.drain()
      relay = undefined
    }
    await provide({
      port,
      stop,
      start: async () => {
        relay = await startRelayWith(pageFolder, port)
      },
    })
    await stop()
  },
  open: async ({ browser, relay }, provide) => {
    const opened: { readonly close: () => Promise<void> }[] = []
    await provide(async (before) => {
      const pipes = await openPipes(browser, relay.port, before)
      opened.push(pipes)
      return pipes
    })
    await Promise.all(opened.map(({ close }) => close()))
  },
})

/** Makes an id known. @returns the id */
export const openId = async (page: Page, peerId = randomId()): Promise<string> => {
  await page.evaluate((id) => window.pipes.carryOut({ type: 'peer-open', peerId: id, iceServers: [], turnOnly: false }), peerId)
  await page.evaluate((id) => window.pipes.next({ type: 'peer-ready', peerId: id }), peerId)
  return peerId
}

/** Opens a line from one page to the other. @returns both `link-opened` reports */
export const openLine = async (guest: Page, host: Page) => {
  const [peerId, theirPeerId] = await Promise.all([openId(guest), openId(host)])
  const dialled = await guest.evaluate(
    ([ours, theirs]) => {
      window.pipes.carryOut({ type: 'link-dial', linkId: 'line', peerId: ours, theirPeerId: theirs })
      return Promise.race([
        window.pipes.next({ type: 'link-opened', linkId: 'line' }),
        window.pipes.next({ type: 'link-closed', linkId: 'line' }),
      ])
    },
    [peerId, theirPeerId] as const,
  )
  const openedHere = opened(dialled)
  const answered = await host.evaluate((id) => window.pipes.next({ type: 'link-opened', peerId: id }), theirPeerId)
  return { dialled: openedHere, answered: opened(answered), peerId, theirPeerId }
}

const opened = (report: Awaited<ReturnType<Pipes['next']>>) => {
  if (report.type !== 'link-opened') throw new Error(`not opened: ${JSON.stringify(report)}`)
  return report
}
