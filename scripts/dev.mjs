// `npm run dev`: the page with hot reload on Vite's port, the relay restarted when its sources change.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { install, root } from './install.mjs'
import { endWithParent } from './parent.mjs'

endWithParent()
install()
const bin = (/** @type {string} */ path) => join(root, 'node_modules', path)
const children = [[bin('vite/bin/vite.js')], [bin('tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', 'server/main.ts']].map((args) =>
  spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }),
)

const stop = () => children.forEach((child) => child.kill())
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
for (const child of children) {
  child.on('exit', (code) => {
    stop()
    process.exitCode ||= code ?? 0
  })
}
