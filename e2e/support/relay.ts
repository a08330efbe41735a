// A real relay for a story: the built one, as a process of its own on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { expect } from '@playwright/test'

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

/** The files of a store, as they were at one time. */
export interface StoreCopy {
  readonly folder: string
}

/** Requests in which a device leaves its one-time keys: 92 of X25519 in one, 92 of ML-KEM by 35 (wire/publication-frames). */
const UPLOADS_OF_A_DEVICE = 4
const REACHED_WITHIN_MS = 30_000

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
  /** Loses everything it has kept, as on a new disk, and starts again. */
  readonly forgets: () => Promise<void>
  /** What it keeps at this time, for `putsBack`. */
  readonly copies: () => Promise<StoreCopy>
  /** Its disk is put back to what it was, as from a backup, and it starts again. */
  readonly putsBack: (copy: StoreCopy) => Promise<void>
  /** So many devices have left all their prekeys since it was started. */
  readonly hasPrekeysOf: (devices: number) => Promise<void>
  /** Devices have signed and left their prekeys so often since it was started: once each, and when they replace them. */
  readonly hasTakenStatements: (count: number) => Promise<void>
  /**
   * Somebody listens at so many addresses: so many mailboxes are there, even if everybody leaves now. Everybody has one for
   * first messages of people who are introduced to them, and one for each contact.
   */
  readonly hasListeners: (addresses: number) => Promise<void>
  /** How many mailboxes it keeps, and devices with prekeys. */
  readonly keeps: () => Promise<{ readonly mailboxes: number; readonly devices: number }>
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
  const kill = (): Promise<void> => end('SIGKILL')
  const copies: string[] = []
  /** With the log of what is not in the file yet. */
  const storeFiles = async (of: string): Promise<readonly string[]> => (await readdir(of)).filter((name) => name.startsWith('relay.sqlite'))
  const removeStore = async (): Promise<void> => {
    for (const name of await storeFiles(folder)) await rm(join(folder, name))
  }
  /** What it says of itself at /metrics; 0 for what was not counted yet. */
  const metric = async (name: string): Promise<number> => {
    const lines = (await (await fetch(new URL('/metrics', url))).text()).split('\n')
    return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? 0)
  }
  const reaches = (name: string, atLeast: number): Promise<void> =>
    expect.poll(() => metric(name), { timeout: REACHED_WITHIN_MS }).toBeGreaterThanOrEqual(atLeast)

  await start()
  return {
    url,
    port,
    pid: () => {
      if (child?.pid === undefined) throw new Error('the relay does not run')
      return child.pid
    },
    stop,
    kill,
    start,
    restart: async () => {
      await stop()
      await start()
    },
    forgets: async () => {
      await kill()
      await removeStore()
      await start()
    },
    copies: async () => {
      await kill()
      const copy = await mkdtemp(join(tmpdir(), 'parley-relay-copy-'))
      copies.push(copy)
      for (const name of await storeFiles(folder)) await cp(join(folder, name), join(copy, name))
      await start()
      return { folder: copy }
    },
    putsBack: async (copy) => {
      await kill()
      await removeStore()
      for (const name of await storeFiles(copy.folder)) await cp(join(copy.folder, name), join(folder, name))
      await start()
    },
    hasPrekeysOf: (devices) => reaches('parley_publications_total{what="addOneTime",outcome="ok"}', devices * UPLOADS_OF_A_DEVICE),
    hasTakenStatements: (count) => reaches('parley_publications_total{what="putStatement",outcome="ok"}', count),
    hasListeners: (addresses) => reaches('parley_listened_addresses', addresses),
    keeps: async () => ({ mailboxes: await metric('parley_mailboxes'), devices: await metric('parley_published_devices') }),
    log: () => log,
    remove: async () => {
      await kill()
      for (const each of [folder, ...copies]) await rm(each, { recursive: true, force: true })
    },
  }
}
