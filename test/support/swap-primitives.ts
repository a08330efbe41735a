import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const standInFolder = join(root, 'test/support/fast-primitives')
const primitive = /\/src\/crypto\/([a-z0-9-]+\.ts)$/

/**
 * Puts `test/support/fast-primitives/<name>.ts` in the place of `src/crypto/<name>.ts`, where there is such a stand-in.
 *
 * For property tests only: no build configuration knows this plugin. A stand-in may itself import the primitive it stands for.
 */
export const swapPrimitives = (): Plugin => ({
  name: 'swap-primitives',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    if (importer === undefined || importer.startsWith(standInFolder)) return null
    const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
    const name = resolved && primitive.exec(resolved.id)?.[1]
    if (!name) return null
    const standIn = join(standInFolder, name)
    return existsSync(standIn) ? standIn : null
  },
})
