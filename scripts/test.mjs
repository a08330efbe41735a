// `npm test` and `npm run verify`: runs the named suites to the end, whatever fails, and closes with `N passed, N failed`.
// A stage without tests (types, lint, ...) counts as one check; a skipped test, or a stage that ran none, counts as failed.

import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import process from 'node:process'
import { install, root } from './install.mjs'
import { npmCommand } from './npm.mjs'
import { endWithParent } from './parent.mjs'
import { reportFolder, suites } from './suites.mjs'

const longestStageMs = 30 * 60_000
const asked = process.argv.slice(2)

/** @param {readonly string[]} npmArgs @returns {Promise<number>} the exit code */
const run = (npmArgs) =>
  new Promise((done) => {
    const { file, args, shell } = npmCommand(npmArgs)
    // A group of its own, so that a stage that hangs is ended with all that it started.
    const child = spawn(file, args, { cwd: root, env: process.env, shell, stdio: ['ignore', 'inherit', 'inherit'], detached: !shell })
    const end = () => child.pid && (shell ? child.kill() : process.kill(-child.pid, 'SIGKILL'))
    const interrupted = () => {
      end()
      process.exit(130)
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    const timer = setTimeout(end, longestStageMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      done(code ?? 1)
    })
  })

endWithParent()
install()
if (asked.includes('browser') || asked.includes('e2e')) {
  const { findOrInstallChromium } = await import('./chromium.mjs')
  const chromium = await findOrInstallChromium()
  console.log(chromium ? `Chromium: ${chromium}` : 'There is no Chromium and none could be installed; set CHROMIUM_PATH.')
  if (chromium) process.env['CHROMIUM_PATH'] = chromium
}
rmSync(reportFolder, { recursive: true, force: true })
mkdirSync(reportFolder, { recursive: true })

const totals = { passed: 0, failed: 0 }
let built = true
const lines = []
for (const stage of asked.flatMap((suite) => suites[suite] ?? [])) {
  console.log(`\n--- ${stage.name}`)
  const startedAtMs = Date.now()
  /** @type {boolean} */
  const pointless = stage.needsBuild && !built
  /** @type {number} */
  const exitCode = pointless ? 1 : await run(['run', '--silent', stage.script, '--', ...stage.args])
  const { passed, failed } = stage.count(exitCode)
  if (stage.name === 'build') built = exitCode === 0
  totals.passed += passed
  totals.failed += failed
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
  const counts = `${passed} passed, ${failed} failed`
  lines.push(`${stage.name.padEnd(12)} ${seconds.padStart(6)} s   ${pointless ? `${counts} (not run: nothing was built)` : counts}`)
}

console.log(`\n${lines.join('\n')}\n\n${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
