// A real relay for a story: the built one, as a process of its own on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'

const MAIN = resolve(import.meta.dirname, '../../dist/relay/main.js')
const STARTS_WITHIN_MS = 15_000

const freePort = (): Promise<number> =>
  new Promise((answer, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? answer(address.port) : fail(new Error('no port'))))
    })
  })

const isHealthy = async (url: string): Promise<boolean> =>
  fetch(new URL('/healthz', url)).then(
    ({ ok }) => ok,
    () => false,
  )

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((done) => child.once('exit', () => done()))

export interface Relay {
  /** `http://localhost:PORT`, a secure context. It stays the same through restarts. */
  readonly url: string
  readonly port: number
  readonly pid: () => number
  /** Asks it to end, as an administrator would. */
  readonly stop: () => Promise<void>
  /** `kill -9`. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same port, with the same folder. */
  readonly start: () => Promise<void>
  readonly restart: () => Promise<void>
  /** Everything that it has written to its log so far. */
  readonly log: () => string
  /** Stops it and deletes its folder. */
  readonly remove: () => Promise<void>
}

/**
 * @param settings environment variables beside PORT and DATA_DIR
 * @param file what stands in its relay.json
 */
export const startRelay = async (settings: Readonly<Record<string, string>> = {}, file?: object): Promise<Relay> => {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'parley-relay-'))
  if (file) await writeFile(join(folder, 'relay.json'), JSON.stringify(file))
  const url = `http://localhost:${port}`
  let child: ChildProcess | undefined
  let log = ''

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [MAIN], {
      env: { ...process.env, HOST: 'localhost', ...settings, PORT: String(port), DATA_DIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log += text
      })
    }
    const deadlineMs = Date.now() + STARTS_WITHIN_MS
    while (!(await isHealthy(url))) {
      if (started.exitCode !== null || Date.now() > deadlineMs) throw new Error(`the relay did not start:\n${log}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child) return
    const ending = child
    child = undefined
    ending.kill(signal)
    await ended(ending)
  }
  const stop = (): Promise<void> => end('SIGTERM')

  await start()
  return {
    url,
    port,
    pid: () => {
      if (child?.pid === undefined) throw new Error('the relay does not run')
      return child.pid
    },
    stop,
    kill: () => end('SIGKILL'),
    start,
    restart: async () => {
      await stop()
      await start()
    },
    log: () => log,
    remove: async () => {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
