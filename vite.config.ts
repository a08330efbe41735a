import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { buildServiceWorker } from './scripts/service-worker.mjs'

const { version }: { readonly version: string } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const relay = `http://localhost:${process.env['PORT'] ?? 8080}`

const compressible = /\.(css|html|js|json|map|mjs|svg|txt|wasm|webmanifest)$/

/** Puts `.br` and `.gz` beside every built file that gets smaller by it: what the relay serves (server/page.ts). */
const compress = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !compressible.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const plain = readFileSync(path)
    const smaller = { br: brotliCompressSync(plain), gz: gzipSync(plain, { level: 9 }) }
    for (const [suffix, bytes] of Object.entries(smaller)) if (bytes.length < plain.length) writeFileSync(`${path}.${suffix}`, bytes)
  }
}

/** Once every file is there: the service worker that knows them, then the compressed copies. */
const complete = (): Plugin => {
  let folder = ''
  return {
    name: 'complete',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir)
    },
    closeBundle: async () => {
      await buildServiceWorker(folder)
      compress(folder)
    },
  }
}

/** The page. Its policy allows no inline script, no eval and no `data:` script, so nothing is inlined. */
export default defineConfig({
  plugins: [react(), complete()],
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
