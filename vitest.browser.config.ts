import process from 'node:process'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { findChromium } from './scripts/chromium.mjs'

const executablePath = await findChromium()

/** Tests that need what only a browser has: a real IndexedDB, Web Locks, non-extractable keys. */
export default defineConfig({
  // Named, so that they are prepared before the first test: found in the middle of one, they make the server begin anew.
  optimizeDeps: { include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'wouter', 'wouter/use-hash-location'] },
  test: {
    name: 'browser',
    include: ['src/**/*.browser.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { ...(executablePath ? { executablePath } : {}), chromiumSandbox: process.getuid?.() !== 0 },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
