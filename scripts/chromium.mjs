import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { root } from './install.mjs'

const { env, platform } = process

/** @param {string | undefined} folder @param {string} rest */
const under = (folder, rest) => (folder ? [join(folder, rest)] : [])

const usualPlaces = () => {
  if (platform === 'darwin') {
    const apps = ['Google Chrome', 'Chromium'].map((name) => `Applications/${name}.app/Contents/MacOS/${name}`)
    return apps.flatMap((app) => [`/${app}`, ...under(env['HOME'], app)])
  }
  if (platform === 'win32') {
    const folders = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']]
    return folders.flatMap((folder) => [
      ...under(folder, 'Google/Chrome/Application/chrome.exe'),
      ...under(folder, 'Chromium/Application/chrome.exe'),
    ])
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return (env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
}

/** @param {string} path */
const isRunnable = (path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const playwrightsOwn = async () => {
  const { chromium } = await import('@playwright/test')
  return chromium.executablePath()
}

/**
 * A Chromium on this machine: `CHROMIUM_PATH`, Playwright's own, or one that the system has.
 *
 * @returns {Promise<string | undefined>}
 */
export const findChromium = async () =>
  [env['CHROMIUM_PATH'] ?? '', await playwrightsOwn(), ...usualPlaces()].find((path) => path !== '' && isRunnable(path))

/** Finds a Chromium or installs one: from Playwright, or as root on Debian from its packages. @returns {Promise<string | undefined>} */
export const findOrInstallChromium = async () => {
  const found = await findChromium()
  if (found) return found
  console.log('No Chromium found, installing one ...')
  const playwright = join(root, 'node_modules/@playwright/test/cli.js')
  spawnSync(process.execPath, [playwright, 'install', 'chromium'], { cwd: root, stdio: 'inherit', timeout: 600_000 })
  const downloaded = await findChromium()
  if (downloaded || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return downloaded
  const apt = { stdio: /** @type {const} */ ('inherit'), env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update'], apt)
  spawnSync('apt-get', ['install', '-y', 'chromium'], apt)
  return findChromium()
}

/**
 * Chromium draws its own menus with windows of the web, one for each window of ours, which takes longer than all of Parley.
 * Of this switch the last one counts, so what Playwright's own would turn off, as far as it matters here, stands in it too.
 */
const DISABLED_FEATURES = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/** How every browser of tests and benchmarks starts. @param {readonly string[]} args */
export const launchOptions = async (...args) => {
  const executablePath = await findChromium()
  return {
    ...(executablePath ? { executablePath } : {}),
    // Chromium refuses its sandbox to root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [`--disable-features=${DISABLED_FEATURES.join(',')}`, ...args],
  }
}
