import { defineConfig } from 'vite'

/** The relay as files for Node: what runs it and what copies its store. Its dependencies stay in node_modules. */
export default defineConfig({
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'dist/relay',
    target: 'node20',
    sourcemap: true,
    rolldownOptions: {
      input: { main: 'server/main.ts', backup: 'server/backup.ts' },
      // What both need lies beside them: the page is found from there.
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
})
