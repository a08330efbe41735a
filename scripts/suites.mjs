// The stages of `npm test`: what each runs and how its report is counted.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

export const reportFolder = join(root, 'test-results')

/** @typedef {{ passed: number, failed: number }} Count */
/** @typedef {{ name: string, script: string, args: string[], needsBuild: boolean, count: (exitCode: number) => Count }} Stage */

/** Types, lint and the like have no tests of their own and count as one check. @param {number} exitCode @returns {Count} */
const oneCheck = (exitCode) => (exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

/** Skipped tests count as failed; a file that could not be loaded has no test to its name. @param {any} report of Vitest @returns {Count} */
const ofVitest = ({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) => {
  const unloaded = testResults.filter((/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0)
  return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests + unloaded.length }
}

/** Skipped and flaky tests count as failed. @param {any} report of Playwright @returns {Count} */
const ofPlaywright = ({ stats, errors }) => ({
  passed: stats.expected,
  failed: stats.unexpected + stats.flaky + stats.skipped + errors.length,
})

/**
 * Counts a runner's report. A runner that left none, ran no test, or failed without saying where, has failed once.
 *
 * @param {string} name
 * @param {(report: any) => Count} read
 * @returns {(exitCode: number) => Count}
 */
const reported = (name, read) => (exitCode) => {
  try {
    const { passed, failed } = read(JSON.parse(readFileSync(join(reportFolder, `${name}.json`), 'utf8')))
    return { passed, failed: failed === 0 && (exitCode !== 0 || passed === 0) ? 1 : failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** @param {string} name @param {string} script @param {boolean} needsBuild @returns {Stage} */
const check = (name, script, needsBuild = false) => ({ name, script, args: [], needsBuild, count: oneCheck })

/** @param {string} name @param {boolean} needsBuild @returns {Stage} */
const vitest = (name, needsBuild = false) => ({
  name,
  script: name,
  args: ['--allowOnly=false', '--reporter=default', '--reporter=json', `--outputFile.json=test-results/${name}.json`],
  needsBuild,
  count: reported(name, ofVitest),
})

/** @type {Record<string, Stage[]>} */
export const suites = {
  verify: [
    check('types', 'types'),
    check('lint', 'lint'),
    check('walls', 'walls'),
    check('format', 'format:check'),
    check('dead code', 'dead-code'),
    vitest('unit'),
    check('build', 'build'),
  ],
  properties: [vitest('properties')],
  browser: [vitest('browser')],
  relay: [vitest('relay', true)],
  e2e: [{ name: 'e2e', script: 'e2e:built', args: [], needsBuild: true, count: reported('e2e', ofPlaywright) }],
}
