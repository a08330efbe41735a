// The page that a relay serves, in a folder of its own: it can become a newer version, or half of one. The relay reads it
// when it starts.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildServiceWorker } from '../../scripts/service-worker.mjs'

const BUILT = resolve(import.meta.dirname, '../../dist/page')

export interface ServedPage {
  readonly folder: string
  /** Is built anew: another document, and a service worker that knows it. */
  readonly becomes: (version: string) => Promise<void>
  /** A file that its service worker expects is not there. */
  readonly loses: (path: string) => Promise<void>
  readonly findsAgain: (path: string) => Promise<void>
  readonly remove: () => Promise<void>
}

export const copyPage = async (): Promise<ServedPage> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-page-'))
  // Not what is compressed: it would be served for files that have changed.
  await cp(BUILT, folder, { recursive: true, filter: (path) => !/\.(br|gz)$/.test(path) })
  const document = await readFile(join(BUILT, 'index.html'), 'utf8')
  return {
    folder,
    becomes: async (version) => {
      await writeFile(join(folder, 'index.html'), document.replace('<html ', `<html data-version="${version}" `))
      await buildServiceWorker(folder)
    },
    loses: (path) => rm(join(folder, path)),
    findsAgain: (path) => cp(join(BUILT, path), join(folder, path)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
