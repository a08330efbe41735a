// `npm start`: installs and builds what is missing, then becomes the relay. Runs on plain Node, before anything is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { filesUnder } from './files.mjs'
import { install, root } from './install.mjs'
import { endWithParent } from './parent.mjs'

const relay = join(root, 'dist/relay/main.js')
const outputs = [relay, join(root, 'dist/page/index.html')]
const sources = [
  'src',
  'server',
  'public',
  'index.html',
  'vite.config.ts',
  'scripts/service-worker.mjs',
  'vite.relay.config.ts',
  'package-lock.json',
]

/** @param {string} path */
const changedAtMs = (path) => statSync(path).mtimeMs

const isBuilt = () => {
  if (!outputs.every((output) => existsSync(output))) return false
  const builtAtMs = Math.min(...outputs.map(changedAtMs))
  return sources
    .flatMap((source) => filesUnder(root, source))
    .filter((file) => !/\.test\.tsx?$/.test(file))
    .every((file) => changedAtMs(join(root, file)) <= builtAtMs)
}

const build = () => {
  console.log('Building ...')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  for (const args of [['build'], ['build', '--config', 'vite.relay.config.ts']]) {
    const { status } = spawnSync(process.execPath, [vite, ...args, '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
}

endWithParent()
install()
if (!isBuilt()) build()

// In this very process, so that signals reach the relay as they are.
await import(pathToFileURL(relay).href)
