import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { npmCommand } from './npm.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** @param {string} path @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
const packagesIn = (path) => {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return {}
  }
}

/** Whether node_modules holds what the lock file says; optional packages may be those of another platform. */
const isInstalled = () => {
  const present = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, wanted]) => path === '' || present[path]?.version === wanted.version || (!present[path] && wanted.optional === true),
  )
}

/** Installs what the lock file names, if it is not there. No package may need a compiler: both are switched off. */
export const install = () => {
  if (isInstalled()) return
  console.log('Installing dependencies ...')
  const { file, args, shell } = npmCommand(['ci', '--include=dev', '--no-audit', '--no-fund'])
  const env = { ...process.env, CC: '/bin/false', CXX: '/bin/false' }
  const { status } = spawnSync(file, args, { cwd: root, env, shell, stdio: 'inherit' })
  if (status !== 0) throw new Error('npm ci failed')
}
