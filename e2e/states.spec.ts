// Every state of every screen, told by a script instead of a worker: nothing that a program can find fault with, no
// sideways scrolling, nothing in the console. The stories with the real product are in screens.spec.ts.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { build, type PreviewServer, preview } from 'vite'
import { scenes } from './support/gallery/scenes.ts'
import { excessWidth, violationsOn } from './support/violations.ts'

let server: PreviewServer | undefined
let url = ''

// Many short looks: a trace of each costs more than it tells.
test.use({ trace: 'off' })

test.beforeAll(async () => {
  const configFile = join(import.meta.dirname, 'support/gallery/vite.config.ts')
  const outDir = await mkdtemp(join(tmpdir(), 'parley-gallery-'))
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true, target: 'es2022' } })
  server = await preview({ configFile, logLevel: 'error', build: { outDir }, preview: { port: 0 } })
  url = server.resolvedUrls?.local[0] ?? ''
})

test.afterAll(() => server?.close())

const looks = [
  { theme: 'light', width: 1280, height: 800 },
  { theme: 'dark', width: 320, height: 640 },
] as const

for (const [name, scene] of Object.entries(scenes)) {
  test(`${name}: no violation in light and dark, wide and narrow`, async ({ page }) => {
    const complaints: string[] = []
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const { theme, width, height } of looks) {
      await page.setViewportSize({ width, height })
      await page.goto(`${url}?scene=${name}&theme=${theme}`)
      await page.locator('main').waitFor()
      // A scene with events is told its last one a moment after the first; a list measures its rows before it shows them.
      if (scene.events.length > 0) await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
      await expect.poll(() => violationsOn(page)).toEqual([])
      expect(await excessWidth(page)).toBeLessThanOrEqual(0)
    }
    expect(complaints).toEqual([])
  })
}

test('text at twice its size and from right to left still fits in 320 px', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 })
  for (const name of [
    'home',
    'home-empty',
    'show-waiting',
    'show-failed',
    'enter',
    'conversation',
    'conversation-first',
    'details',
    'settings',
    'troubles',
  ]) {
    await page.goto(`${url}?scene=${name}&dir=rtl`)
    await page.locator('main').waitFor()
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    await page.waitForTimeout(200)
    const tooWide = await page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((element) => !element.closest('svg, bdi') && getComputedStyle(element).position !== 'absolute')
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1)
        .map((element) => element.outerHTML.slice(0, 120)),
    )
    expect(tooWide, name).toEqual([])
  }
})
