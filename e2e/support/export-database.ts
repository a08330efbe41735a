// Makes test/vectors/databases/version-N.json: the database that the built code of some version writes in a real browser, so
// that later versions can be tried on it. Run by hand when a version of the database is released:
//
//   npx tsx e2e/support/export-database.ts <folder of a built checkout> <version>
//
// Keys at rest cannot be taken out of a browser. So the worker's own script is served with one line before it, by which the
// browser makes them extractable; everything else is as people have it. The people are invented, so their keys may be shown.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { type BrowserContext, chromium, expect, type Page } from '@playwright/test'
import { launchOptions } from '../../scripts/chromium.mjs'
import { Person, pair } from './person.ts'

const PORT = 18_473
const URL_OF_RELAY = `http://localhost:${PORT}`
const EXTRACTABLE = `{ const make = crypto.subtle.generateKey.bind(crypto.subtle)
crypto.subtle.generateKey = (algorithm, _, usages) => make(algorithm, true, usages) }\n`

const [checkout, version] = process.argv.slice(2)
if (checkout === undefined || version === undefined) throw new Error('which checkout, and which version?')

const startRelay = async (folder: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [resolve(checkout, 'dist/relay/main.js')], {
    env: { ...process.env, HOST: 'localhost', PORT: String(PORT), DATA_DIR: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await expect(async () => expect((await fetch(`${URL_OF_RELAY}/healthz`)).ok).toBe(true)).toPass({ timeout: 15_000 })
  return child
}

const withKeysToSee = async (context: BrowserContext): Promise<void> => {
  await context.route(/\/worker[^/]*\.js$/, async (route) => {
    const served = await route.fetch()
    await route.fulfill({ response: served, body: EXTRACTABLE + (await served.text()) })
  })
}

/** All of the database, bytes in base64 and keys raw. Runs in a page of the same address in which Parley does not. */
const dump = (page: Page) =>
  page.evaluate(async () => {
    const answer = <Result>(request: IDBRequest<Result>): Promise<Result> =>
      new Promise((done, fail) => {
        request.onsuccess = () => done(request.result)
        request.onerror = () => fail(request.error ?? new Error('no reason'))
      })
    const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    const plain = async (value: unknown): Promise<unknown> => {
      if (value instanceof Uint8Array) return { bytes: base64(value) }
      if (value instanceof CryptoKey) {
        const raw = new Uint8Array(await crypto.subtle.exportKey('raw', value))
        return { key: base64(raw), algorithm: value.algorithm, usages: value.usages }
      }
      if (typeof value !== 'object' || value === null) return value
      return {
        fields: Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, field]) => [name, await plain(field)]))),
      }
    }
    const database = await answer(indexedDB.open('parley'))
    const stores = []
    for (const name of Array.from(database.objectStoreNames)) {
      const store = database.transaction(name).objectStore(name)
      const { keyPath } = store
      const indexes = Array.from(store.indexNames, (index) => ({ name: index, keyPath: store.index(index).keyPath }))
      const [keys, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())])
      const records = await Promise.all(
        values.map(async (value: unknown, i) => ({ ...(keyPath === null ? { key: keys[i] } : {}), value: await plain(value) })),
      )
      stores.push({ name, keyPath, indexes, records })
    }
    return { version: database.version, stores }
  })

const folder = await mkdtemp(join(tmpdir(), 'parley-export-'))
const relay = await startRelay(folder)
const browser = await chromium.launch(await launchOptions())
try {
  const arrive = async (name: string): Promise<Person> => {
    const context = await browser.newContext({ locale: 'en-GB' })
    if (name === 'Alice') await withKeysToSee(context)
    const person = await Person.opens(context, name, URL_OF_RELAY)
    await person.isCalled(name)
    return person
  }
  const [alice, bob, carol] = [await arrive('Alice'), await arrive('Bob'), await arrive('Carol')]
  await pair(alice, carol)
  await alice.goesHome()
  await pair(alice, bob)
  await bob.says('Dear Alice')
  await alice.reads('Dear Alice')
  await alice.says('Dear Bob')
  await alice.seesState('Dear Bob', 'Delivered')
  await bob.leaves()
  await alice.says('Are you there?')
  await alice.says('I shall wait.')
  await alice.message('I shall wait.').waitFor()
  // What is kept a moment after typing stops.
  await alice.messageField.fill('not sent yet')
  await alice.goesHome()
  await alice.page.getByRole('link', { name: /not sent yet/ }).waitFor()
  await alice.showCode()
  await alice.page.goto(`${URL_OF_RELAY}/healthz`)
  // The compiler that runs this file names functions with a helper, which a page does not have.
  await alice.page.evaluate('globalThis.__name = (named) => named')
  const database = await dump(alice.page)
  if (database.version !== Number(version)) throw new Error(`this checkout writes version ${database.version}`)
  const file = resolve(import.meta.dirname, `../../test/vectors/databases/version-${version}.json`)
  await writeFile(file, `${JSON.stringify(database)}\n`)
} finally {
  await browser.close()
  relay.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
}
