// Measures how long very many events at once hold up the window: `npx tsx e2e/support/gallery/measure-bursts.ts`. Prints the
// longest task of each burst as the browser counts them. For people; a machine that is busy tells nothing.

import { chromium } from '@playwright/test'
import { launchOptions } from '../../../scripts/chromium.mjs'
import type { Backstage } from './backstage.ts'
import { annaId } from './scenes.ts'
import { serveGallery } from './serve.ts'

const gallery = await serveGallery()
const browser = await chromium.launch(await launchOptions())

for (const [scene, kind, count] of [
  ['home', 'fetched from all', 300],
  ['home', 'fetched from all', 5_000],
  ['conversation', 'fetched from one', 300],
  ['conversation', 'fetched from one', 5_000],
  ['conversation-unread', 'new states', 5_000],
] as const) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(gallery.at(scene))
  await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
  const figures = await page.evaluate(
    async ([wanted, howMany, id]) => {
      const { bursts: all, parley, tell } = globalThis as unknown as Backstage
      const view = parley.view()
      if (view.phase !== 'open') throw new Error('not open')
      const contacts = wanted === 'fetched from one' ? view.contacts.filter(({ contactId }) => contactId === id) : view.contacts
      const events =
        wanted === 'new states' ? all.delivered(view.conversations.get(id)?.messages ?? [], howMany) : all.fetched(contacts, howMany)
      const longest: number[] = []
      const observer = new PerformanceObserver((list) => longest.push(...list.getEntries().map(({ duration }) => duration)))
      observer.observe({ type: 'longtask' })
      let drawn = 0
      const stop = parley.subscribe(() => {
        drawn += 1
      })
      const startedAtMs = performance.now()
      // One task an event, as a worker's messages are.
      const { port1, port2 } = new MessageChannel()
      await new Promise<void>((done) => {
        let told = 0
        port2.addEventListener('message', ({ data }) => {
          tell(data)
          told += 1
          if (told === events.length) done()
        })
        port2.start()
        for (const event of events) port1.postMessage(event)
      })
      const toldAfterMs = performance.now() - startedAtMs
      // Until nothing has been drawn for a while.
      for (let before = -1; before !== drawn; ) {
        before = drawn
        await new Promise((done) => setTimeout(done, 300))
      }
      stop()
      observer.disconnect()
      return {
        events: events.length,
        toldAfterMs: Math.round(toldAfterMs),
        drawn,
        longest: longest
          .map(Math.round)
          .sort((a, b) => b - a)
          .slice(0, 5),
      }
    },
    [kind, count, annaId] as const,
  )
  console.log(`${scene}, ${count} ${kind}:`, JSON.stringify(figures))
  await page.close()
}
await browser.close()
await gallery.close()
