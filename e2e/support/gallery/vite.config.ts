import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Every screen in every state without a worker: `npx vite --config e2e/support/gallery/vite.config.ts`. Never shipped. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: resolve(import.meta.dirname, '../../../public'),
  plugins: [react()],
  server: { port: 4180, strictPort: true, fs: { allow: [resolve(import.meta.dirname, '../../..')] } },
})
