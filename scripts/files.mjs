import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Every file at or below a path, with forward slashes, relative to the root; nothing if the path does not exist.
 *
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
export const filesUnder = (root, path) => {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full).flatMap((name) => filesUnder(root, `${path}/${name}`))
}
