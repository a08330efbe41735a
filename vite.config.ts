import { readFileSync } from 'node:fs'
import process from 'node:process'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const { version }: { readonly version: string } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const relay = `http://localhost:${process.env['PORT'] ?? 8080}`

/** The page. Its policy allows no inline script, no eval and no `data:` script, so nothing is inlined. */
export default defineConfig({
  plugins: [react()],
  define: { __PARLEY_VERSION__: JSON.stringify(version) },
  build: {
    outDir: 'dist/page',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
  worker: { format: 'es' },
  server: {
    // The relay keeps the page's own Host, so its Origin check holds in development too.
    proxy: Object.fromEntries(['/peer', '/relay'].map((path) => [path, { target: relay, ws: true }])),
  },
})
