// The processes of `npm run bench:relay`: what is measured (the relay as it is built, a bare echo), each alone with its memory,
// and the one that makes the load. Measures nothing itself.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import type { Asked, Task, Told } from './relay-load.ts'

// In the repository, so that the bundle finds node_modules and the data lies on a disk (a system's temporary folder may be
// memory, where a sync costs nothing); beside dist/, so that no build is disturbed.
const FOLDER = join(import.meta.dirname, '../test-results/bench-relay')
const BUNDLE = join(FOLDER, 'bundle')
const METER = pathToFileURL(join(import.meta.dirname, 'relay-meter.mjs')).href

/** Builds what {@link startRelay} runs, and removes what an earlier run may have left. */
export const buildRelay = async (): Promise<void> => {
  rmSync(FOLDER, { recursive: true, force: true })
  await build({ configFile: 'vite.relay.config.ts', logLevel: 'warn', build: { outDir: BUNDLE } })
}

/** A new folder on disk. */
export const dataFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(FOLDER, 'data-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface Measured {
  readonly port: number
  /** Resident memory after a collection of garbage, bytes. */
  readonly residentBytes: () => Promise<number>
  /** Processor time since it started, milliseconds. */
  readonly cpuMs: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** Ends it, and resolves when it has ended. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Rejects when the process ends by itself. */
const fails = (child: ChildProcess, what: string): Promise<never> =>
  new Promise((_, fail) => child.once('exit', (code, signal) => fail(new Error(`${what} ended: ${code ?? signal}`))))

const startMeasured = async (what: string, script: string, environment: Readonly<Record<string, string>>): Promise<Measured> => {
  const child = spawn(process.execPath, ['--import', METER, script], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const ended = fails(child, what)
  ended.catch(() => {})
  let output = ''
  const listening = new Promise<number>((done) =>
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const port = / is at http:\/\/127\.0\.0\.1:(\d+)$/m.exec(output)?.[1]
      if (port !== undefined) done(Number(port))
    }),
  )
  const meter = async (asked: 'memory' | 'cpu'): Promise<number> => {
    const told = once(child, 'message')
    child.send(asked)
    const [amount]: unknown[] = await Promise.race([told, ended])
    return Number(amount)
  }
  return {
    port: await Promise.race([listening, ended]),
    residentBytes: () => meter('memory'),
    cpuMs: () => meter('cpu'),
    stop: () => end(child),
  }
}

/** For a store that the benchmark opens itself. */
export const NO_LIMITS = { envelopesPerMailbox: 1e9, bytesPerMailbox: 1e12, storedBytes: 1e12, devices: 1e9 }

const RATES = [
  'upgradesPerAddress',
  'requestsPerAddress',
  'framesPerConnection',
  'bytesPerConnection',
  'framesPerAddress',
  'bytesPerAddress',
  'mailboxesOpenedPerAddress',
  'depositsPerTarget',
  'retrievalsPerAddress',
  'drainsPerAddressAndTarget',
  'drainsPerTarget',
]
/** Nothing that counts, slows or refuses is in the way; what may wait to be sent is as it comes. */
const LIMITS = {
  connections: 100_000,
  connectionsPerAddress: 100_000,
  listened: 1_000_000,
  pendingPerConnection: 1_000_000,
  pendingBytesPerConnection: 1e9,
  pendingBytes: 1e9,
  ...NO_LIMITS,
  ...Object.fromEntries(RATES.map((name) => [name, { burst: 1e12, perSecond: 1e12 }])),
}

export const startRelay = (folder: string): Promise<Measured> => {
  const page = join(folder, 'page')
  mkdirSync(page, { recursive: true })
  writeFileSync(join(folder, 'relay.json'), JSON.stringify({ logLevel: 'error', limits: LIMITS }))
  const environment = { PORT: '0', HOST: '127.0.0.1', TRUST_PROXY: '0', TLS_CERT: '', TLS_KEY: '', DATA_DIR: folder, PAGE_DIR: page }
  return startMeasured('the relay', join(BUNDLE, 'main.js'), environment)
}

export const startEcho = (): Promise<Measured> => startMeasured('the echo', join(import.meta.dirname, 'relay-echo.mjs'), {})

/**
 * Transactions that a relay has committed to the store of a folder, from any start: what SQLite counts in its log's index
 * (sqlite.org/walformat.html §2.1), read past the relay so that nothing of it changes.
 */
export const commitsIn = (folder: string): number => {
  const CHANGES_AT = 8
  const index = readFileSync(join(folder, 'relay.sqlite-shm'))
  return endianness() === 'LE' ? index.readUInt32LE(CHANGES_AT) : index.readUInt32BE(CHANGES_AT)
}

export interface Load {
  /** Asks the process for a task, one at a time. */
  readonly run: <Name extends Task>(name: Name, asked: Asked<Name>) => Promise<Told<Name>>
  readonly stop: () => Promise<void>
}

/** Whatever goes wrong in it ends it, and with it the benchmark. */
export const startLoad = (): Load => {
  const child = fork(join(import.meta.dirname, 'relay-load.ts'), { execArgv: ['--import', 'tsx'] })
  const ended = fails(child, 'the load')
  ended.catch(() => {})
  return {
    run: async <Name extends Task>(name: Name, asked: Asked<Name>): Promise<Told<Name>> => {
      const told = once(child, 'message')
      child.send({ name, asked })
      const [answer] = await Promise.race([told, ended])
      // What the task of this name tells: the same types on both ends of the pipe.
      return answer as Told<Name>
    },
    stop: () => end(child),
  }
}
