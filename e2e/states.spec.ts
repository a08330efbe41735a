// Every state of every screen, told by a script instead of a worker: nothing that a program can find fault with, no
// sideways scrolling, nothing in the console. The stories with the real product are in screens.spec.ts.

import { type BrowserContext, type ConsoleMessage, expect, type Page, test } from '@playwright/test'
import { scenes } from './support/gallery/scenes.ts'
import { type Gallery, serveGallery } from './support/gallery/serve.ts'
import { excessWidth, violationsOn } from './support/violations.ts'

let gallery: Gallery
let context: BrowserContext
let page: Page

// Each loads the page anew, and shares nothing else with those before it but the window.
test.describe.configure({ mode: 'parallel' })

test.beforeAll(async ({ browser }) => {
  gallery = await serveGallery()
  context = await browser.newContext({ reducedMotion: 'reduce' })
  page = await context.newPage()
})

test.afterAll(async () => {
  await context.close()
  await gallery.close()
})

/** A scene with events is told its last one a moment after the first; a list measures its rows before it shows them. */
const stands = async (name: string, more = ''): Promise<void> => {
  await page.goto(gallery.at(name, more))
  await page.locator('main').waitFor()
  if ((scenes[name]?.events.length ?? 0) > 0) await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
}

/** What sticks out at the sides, decoration and bare names left aside. */
const tooWide = (): Promise<readonly string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((element) => !element.closest('svg, bdi') && getComputedStyle(element).position !== 'absolute')
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1)
      .map((element) => element.outerHTML.slice(0, 120)),
  )

const looks = [
  { theme: 'light', width: 1280, height: 800 },
  { theme: 'dark', width: 320, height: 640 },
] as const

for (const name of Object.keys(scenes)) {
  test(`${name}: no violation in light and dark, wide and narrow`, async () => {
    const complaints: string[] = []
    const pageError = ({ message }: Error) => void complaints.push(message)
    const consoleLine = (line: ConsoleMessage) => void (line.type() === 'error' && complaints.push(line.text()))
    page.on('pageerror', pageError).on('console', consoleLine)
    for (const { theme, width, height } of looks) {
      await page.setViewportSize({ width, height })
      await stands(name, `&theme=${theme}`)
      await expect.poll(() => violationsOn(page)).toEqual([])
      expect(await excessWidth(page)).toBeLessThanOrEqual(0)
    }
    page.off('pageerror', pageError).off('console', consoleLine)
    expect(complaints).toEqual([])
  })
}

test('text at twice its size and from right to left still fits in 320 px', async () => {
  test.slow()
  await page.setViewportSize({ width: 320, height: 640 })
  for (const name of [
    'home-empty',
    'home',
    'home-introductions',
    'home-refusing',
    'home-catching-up',
    'home-missed',
    'home-new-version',
    'show-waiting',
    'show-failed',
    'show-again',
    'enter',
    'enter-again',
    'conversation',
    'conversation-first',
    'conversation-own-name',
    'conversation-mailbox-full',
    'conversation-introduced',
    'conversation-identity-changed',
    'conversation-replaced',
    'details',
    'details-introduced',
    'details-introduce-many',
    'details-identity-changed',
    'devices',
    'devices-arriving',
    'devices-list-ended',
    'link-main',
    'link-new',
    'link-show',
    'home-list-ends',
    'settings',
    'settings-misbehaviour',
    'settings-folder-forbidden',
    'troubles',
  ]) {
    await stands(name, '&dir=rtl')
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    // Polled: a list measures its rows anew.
    await expect.poll(() => tooWide(), name).toEqual([])
  }
})

test('a new version is offered, but not in the middle of a pairing', async () => {
  const offer = page.getByRole('note').filter({ hasText: 'A new version is ready.' })
  await stands('home-new-version')
  await expect(offer).toBeVisible()
  await stands('show-new-version')
  await expect(offer).toHaveCount(0)
})
