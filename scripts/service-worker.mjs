// Puts `service-worker.js` beside the files of a built page: src/service-worker/ with the list of exactly these files.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { build } from 'vite'
import { root } from './install.mjs'

const NAME = 'service-worker.js'

/** @param {import('node:crypto').BinaryLike} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes)

/**
 * What the relay serves of a folder, but for the worker itself and the compressed copies.
 * @param {string} folder
 * @returns {import('../src/service-worker/page-cache.ts').PageFile[]}
 */
const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== NAME && !/\.(br|gz)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => ({
      path: `/${relative(folder, path).split(sep).join('/')}`,
      integrity: `sha256-${sha256(readFileSync(path)).digest('base64')}`,
    }))

/** @param {string} folder of a built page */
export const buildServiceWorker = async (folder) => {
  const files = filesOf(folder)
  const version = sha256(JSON.stringify(files)).digest('hex').slice(0, 16)
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    define: { __PAGE__: JSON.stringify({ version, files }) },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: join(root, 'src/service-worker/service-worker.ts'),
        // One classic script: not every browser takes modules here.
        output: { format: 'iife', entryFileNames: NAME },
      },
    },
  })
}
