// Every state of every screen, told by a script instead of a worker: nothing that a program can find fault with, no
// sideways scrolling, nothing in the console. The stories with the real product are in screens.spec.ts.

import { expect, type Page, test } from '@playwright/test'
import { scenes } from './support/gallery/scenes.ts'
import { type Gallery, serveGallery } from './support/gallery/serve.ts'
import { excessWidth, violationsOn } from './support/violations.ts'

let gallery: Gallery

// Many short looks: a trace of each costs more than it tells.
test.use({ trace: 'off' })
// They share nothing but the build.
test.describe.configure({ mode: 'parallel' })

test.beforeAll(async () => {
  gallery = await serveGallery()
})

test.afterAll(() => gallery.close())

/** A scene with events is told its last one a moment after the first; a list measures its rows before it shows them. */
const stands = async (page: Page, name: string, more = ''): Promise<void> => {
  await page.goto(gallery.at(name, more))
  await page.locator('main').waitFor()
  if ((scenes[name]?.events.length ?? 0) > 0) await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
}

/** What sticks out at the sides, decoration and bare names left aside. */
const tooWideOn = (page: Page): Promise<readonly string[]> =>
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
  test(`${name}: no violation in light and dark, wide and narrow`, async ({ page }) => {
    const complaints: string[] = []
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const { theme, width, height } of looks) {
      await page.setViewportSize({ width, height })
      await stands(page, name, `&theme=${theme}`)
      await expect.poll(() => violationsOn(page)).toEqual([])
      expect(await excessWidth(page)).toBeLessThanOrEqual(0)
    }
    expect(complaints).toEqual([])
  })
}

test('text at twice its size and from right to left still fits in 320 px', async ({ page }) => {
  test.slow()
  await page.setViewportSize({ width: 320, height: 640 })
  for (const name of [
    'home-empty',
    'home',
    'home-introductions',
    'home-refusing',
    'home-catching-up',
    'home-missed',
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
    'settings',
    'settings-misbehaviour',
    'troubles',
  ]) {
    await stands(page, name, '&dir=rtl')
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    // Polled: a list measures its rows anew.
    await expect.poll(() => tooWideOn(page), name).toEqual([])
  }
})
