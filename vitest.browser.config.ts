import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { launchOptions } from './scripts/chromium.mjs'

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
        launchOptions: await launchOptions(),
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
