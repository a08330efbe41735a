// The gallery as a server that specs look at: built once, as the product is.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

export interface Gallery {
  /** Of a scene, with further parameters: `&theme=dark`. */
  readonly at: (scene: string, more?: string) => string
  readonly close: () => Promise<void>
}

export const serveGallery = async (): Promise<Gallery> => {
  const configFile = join(import.meta.dirname, 'vite.config.ts')
  const outDir = await mkdtemp(join(tmpdir(), 'parley-gallery-'))
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true, target: 'es2022' } })
  const server = await preview({ configFile, logLevel: 'error', build: { outDir }, preview: { port: 0 } })
  const url = server.resolvedUrls?.local[0] ?? ''
  return {
    at: (scene, more = '') => `${url}?scene=${scene}${more}`,
    close: async () => {
      await server.close()
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
