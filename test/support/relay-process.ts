// A relay as people run it: the built bundle in a process of its own, on a free port, with a folder of its own.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
// In the repository, so that the bundle finds node_modules; beside dist/, so that no build is disturbed.
const outDir = join(root, 'test-results/relay-bundle')

/** Builds what {@link startRelayProcess} runs. */
export const buildRelay = async () => {
  await build({ root, configFile: join(root, 'vite.relay.config.ts'), logLevel: 'warn', build: { outDir } })
}

export interface RelayProcess {
  readonly port: number
  /** Its DATA_DIR. */
  readonly folder: string
  /** What it printed so far: both streams. */
  readonly output: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** The exit code, when it has ended. */
  readonly ended: Promise<number | null>
  /** Ends it at once and removes its folder. */
  readonly remove: () => Promise<void>
}

interface Start {
  /** What goes into relay.json: the settings, or a text that may be anything. */
  readonly settings?: object | string
  readonly environment?: Readonly<Record<string, string>>
  /** Files of the page, by name. */
  readonly page?: Readonly<Record<string, string>>
  /** The DATA_DIR of a relay that has ended, with all that is in it. */
  readonly folder?: string
}

/** Starts it without waiting: `started` is undefined where it ended instead. */
export const spawnRelay = ({ settings, environment, page, folder = mkdtempSync(join(tmpdir(), 'parley-relay-')) }: Start = {}) => {
  if (settings !== undefined) writeFileSync(join(folder, 'relay.json'), typeof settings === 'string' ? settings : JSON.stringify(settings))
  const pageFolder = join(folder, 'page')
  mkdirSync(pageFolder, { recursive: true })
  for (const [name, content] of Object.entries(page ?? {})) writeFileSync(join(pageFolder, name), content)
  const child = spawn(process.execPath, [join(outDir, 'main.js')], {
    cwd: folder,
    env: { PORT: '0', HOST: '127.0.0.1', DATA_DIR: folder, PAGE_DIR: pageFolder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const started = new Promise<number | undefined>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        const port = /^Parley is at \S+:(\d+)$/m.exec(output)?.[1]
        if (port !== undefined) done(Number(port))
      })
    }
    child.once('close', () => done(undefined))
  })
  return {
    started,
    ended,
    folder,
    output: () => output,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    remove: async () => {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const startRelayProcess = async (start: Start = {}): Promise<RelayProcess> => {
  const relay = spawnRelay(start)
  const port = await relay.started
  if (port === undefined) throw new Error(`the relay did not start:\n${relay.output()}`)
  return { ...relay, port }
}
