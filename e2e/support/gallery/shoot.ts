// Photographs every scene at every width in both themes: `npx tsx e2e/support/gallery/shoot.ts FOLDER [SCENE...]`.
// For looking at; what must hold is in e2e/screens.spec.ts.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { chromium } from '@playwright/test'
import { createServer } from 'vite'
import { launchOptions } from '../../../scripts/chromium.mjs'
import { scenes } from './scenes.ts'

const [folder = 'test-results/gallery', ...wanted] = process.argv.slice(2)
const widths = (process.env['WIDTHS'] ?? '320,768,1280').split(',').map(Number)
const themes = (process.env['THEMES'] ?? 'light,dark').split(',')
const extra = process.env['EXTRA'] ?? ''
/** Of the window, where a screen is to be seen as a whole. */
const height = Number(process.env['HEIGHT'] ?? 0)

mkdirSync(folder, { recursive: true })
const server = await createServer({ configFile: join(import.meta.dirname, 'vite.config.ts') })
await server.listen()
const browser = await chromium.launch(await launchOptions())
for (const scene of wanted.length > 0 ? wanted : Object.keys(scenes)) {
  for (const width of widths) {
    for (const theme of themes) {
      const page = await browser.newPage({
        viewport: { width, height: height || (width < 500 ? 640 : 800) },
        locale: process.env['LOCALE'] ?? 'en-GB',
      })
      page.on('pageerror', (error) => console.error(scene, error.message))
      page.on('console', (line) => line.type() === 'error' && console.error(scene, line.text().slice(0, 300)))
      await page.goto(`http://localhost:4180/?scene=${scene}&theme=${theme}${extra}`)
      if ((scenes[scene]?.events.length ?? 0) > 0) await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
      await page.waitForTimeout(scene === 'starting' ? 1500 : 600)
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (excess > 0) console.error(`${scene} at ${width}: ${excess} px too wide`)
      await page.screenshot({ path: join(folder, `${scene}-${width}-${theme}.png`) })
      await page.close()
    }
  }
}
await browser.close()
await server.close()
