// The processes of a browser, as the operating system sees them: what a crash, a power cut and a closed lid do to people's
// browsers. For browsers on a profile of their own, which share no process with anybody.

import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import type { Profile } from './browser.ts'

const run = promisify(execFile)

/** Process groups of the browser that runs on `folder`; none once it is gone. */
const groupsOn = async (folder: string): Promise<readonly number[]> => {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pgid=,stat=,args='], { maxBuffer: 64 * 1024 * 1024 })
  const groups = stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .flatMap((found) => (found?.[3]?.includes(`--user-data-dir=${folder}`) && !found[2]?.startsWith('Z') ? [Number(found[1])] : []))
  return [...new Set(groups)]
}

const signal = async ({ folder }: Profile, name: NodeJS.Signals): Promise<void> => {
  const groups = await groupsOn(folder)
  if (groups.length === 0) throw new Error(`no browser runs on ${folder}`)
  for (const group of groups) process.kill(-group, name)
}

/** `kill -9` for all of it at once; resolves when nothing of it is left. */
export const killBrowser = async (profile: Profile): Promise<void> => {
  await signal(profile, 'SIGKILL')
  while ((await groupsOn(profile.folder)).length > 0) await new Promise((done) => setTimeout(done, 50))
}

/** Stops it where it stands, as a machine does that falls asleep. Nothing can be asked of its pages meanwhile. */
export const freezeBrowser = (profile: Profile): Promise<void> => signal(profile, 'SIGSTOP')
export const thawBrowser = (profile: Profile): Promise<void> => signal(profile, 'SIGCONT')

/** Bytes that each renderer process of the browser on `folder` has in memory. */
const renderersOn = async (folder: string): Promise<ReadonlyMap<number, number>> => {
  const groups = await groupsOn(folder)
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,pgid=,rss=,args='], { maxBuffer: 64 * 1024 * 1024 })
  const found = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s.*--type=renderer/.exec(line))
  return new Map(found.flatMap((each) => (groups.includes(Number(each?.[2])) ? [[Number(each?.[1]), Number(each?.[3]) * 1024]] : [])))
}

/** Stops one page and its workers where they stand. No browser tells which process is whose, so the page shows it by growing. */
export const freezePage = async ({ folder }: Profile, page: Page): Promise<{ readonly thaw: () => void }> => {
  const ballastBytes = 2 ** 27
  const before = await renderersOn(folder)
  await page.evaluate((length) => Object.assign(globalThis, { ballast: new Uint8Array(length).fill(1) }), ballastBytes)
  const after = await renderersOn(folder)
  await page.evaluate(() => Object.assign(globalThis, { ballast: undefined }))
  const grown = [...after].filter(([pid, bytes]) => bytes - (before.get(pid) ?? 0) > ballastBytes * 0.8)
  const [pid] = grown[0] ?? []
  if (pid === undefined || grown.length > 1) throw new Error(`${grown.length} renderers have grown`)
  process.kill(pid, 'SIGSTOP')
  return { thaw: () => void process.kill(pid, 'SIGCONT') }
}
