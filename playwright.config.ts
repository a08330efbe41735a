import process from 'node:process'
import { defineConfig } from '@playwright/test'
import { launchOptions } from './scripts/chromium.mjs'

/** People in browsers, against the built page and real relays: each worker starts its own relay from dist/ (e2e/support). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  timeout: 90_000,
  // Busy machines are slow to show what they show.
  expect: { timeout: 15_000 },
  workers: 2,
  retries: 0,
  forbidOnly: true,
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  use: {
    browserName: 'chromium',
    // A recording of every step slows each story by a quarter, so it is made when asked for.
    trace: process.env['PARLEY_TRACE'] ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    // See e2e/support/browser.ts: contexts that a story opens by itself are alike.
    serviceWorkers: 'block',
    launchOptions: await launchOptions(),
  },
})
