// `npm run soak`: every property and the simulation, ten times as long as in the suite, and 2,000 runs on relays of all kinds,
// honest and lying. The seed repeats a run.

import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import process from 'node:process'
import { install, root } from './install.mjs'

install()
const runs = process.env['PARLEY_RUNS'] ?? '1000'
const seed = process.env['PARLEY_SEED'] ?? String(randomInt(2 ** 31))
const relayCases = process.env['PARLEY_RELAY_CASES'] ?? '2000'
const how = `PARLEY_RUNS=${runs} PARLEY_RELAY_CASES=${relayCases} PARLEY_SEED=${seed}`
console.log(how)
const args = ['run', '--project', 'properties', '--project', 'properties-fast', ...process.argv.slice(2)]
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PARLEY_RUNS: runs, PARLEY_RELAY_CASES: relayCases, PARLEY_SEED: seed },
})
console.log(`${how}: ${status === 0 ? 'passed' : 'failed'}`)
process.exitCode = status ?? 1
