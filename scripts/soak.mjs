// `npm run soak`: every property and the simulation, ten times as long as in the suite, and every point at which a page can
// die or a disk can fail; 2,000 runs on relays of all kinds, honest and lying, and 2,000 of a person whose devices come and go
// on them; 50 rounds of a real relay that is killed under load, and 100 of a real browser; a backup of 2 GB. The seed repeats
// a run.

import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import process from 'node:process'
import { install, root } from './install.mjs'
import { npmCommand } from './npm.mjs'

install()
const asked = {
  PARLEY_RUNS: process.env['PARLEY_RUNS'] ?? '1000',
  PARLEY_RELAY_CASES: process.env['PARLEY_RELAY_CASES'] ?? '2000',
  PARLEY_DEVICE_CASES: process.env['PARLEY_DEVICE_CASES'] ?? '2000',
  PARLEY_BACKUP_MB: process.env['PARLEY_BACKUP_MB'] ?? '2048',
  PARLEY_KILLS: process.env['PARLEY_KILLS'] ?? '100',
  PARLEY_SEED: process.env['PARLEY_SEED'] ?? String(randomInt(2 ** 31)),
}
const how = Object.entries(asked)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ')
console.log(how)
const env = { ...process.env, ...asked }

/** @param {string} file @param {readonly string[]} args @param {boolean} [shell] @returns {boolean} whether it passed */
const passes = (file, args, shell = false) => spawnSync(file, args, { cwd: root, stdio: 'inherit', env, shell }).status === 0

/** @param {readonly string[]} args */
const vitest = (...args) => passes(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args])

/** The page and the relay are built before real ones are run. @param {readonly string[]} args */
const inBrowsers = (...args) => {
  const build = npmCommand(['run', '--silent', 'build'])
  return (
    passes(build.file, build.args, build.shell) && passes(process.execPath, [join(root, 'node_modules/@playwright/test/cli.js'), ...args])
  )
}

/** Files of properties or of the simulation, if it shall be about nothing else. */
const files = process.argv.slice(2)
const stages = [
  () => vitest('--project', 'properties', '--project', 'properties-fast', ...files),
  () => vitest('--project', 'relay', 'server/durability.relay.test.ts', 'server/sqlite-store.relay.test.ts'),
  () => vitest('--project', 'unit', 'test/large-backup.test.ts'),
  () => inBrowsers('test', 'e2e/killed.spec.ts'),
]
// All of them, whichever fails.
const passed = stages
  .slice(0, files.length > 0 ? 1 : undefined)
  .map((stage) => stage())
  .every(Boolean)
console.log(`${how}: ${passed ? 'passed' : 'failed'}`)
process.exitCode = passed ? 0 : 1
