import { spawn } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../test/support/data-folder.ts'
import { buildRelay } from '../test/support/relay-process.ts'
import { FOR_EVER_MS, PLENTY } from '../test/support/store-load.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

const script = resolve(import.meta.dirname, '../test-results/relay-bundle/backup.js')
const alices = 'a1'.repeat(32)

beforeAll(buildRelay)

const open = async (folder: string): Promise<Store> => {
  const store = await openSqliteStore(folder, PLENTY, (error) => expect.fail(String(error)))
  onTestFinished(() => store.close())
  return store
}

/** Runs what an operator runs, in the environment of the relay. */
const backUp = async (folder: string, ...args: readonly string[]) => {
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, DATA_DIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return { code: await new Promise<number | null>((done) => child.once('close', done)), output }
}

describe('a copy of the store', () => {
  test('is made while the relay has it open and writes, and a relay can start on it', async () => {
    const folder = dataFolder()
    const store = await open(folder)
    await store.openMailboxes([alices], FOR_EVER_MS)
    let appended = 0
    let isWriting = true
    const writing = (async () => {
      for (; isWriting; appended += 1) {
        const outcome = await store.append(alices, appended.toString(16).padStart(32, '0'), new Uint8Array(4_000), FOR_EVER_MS)
        expect(outcome.ok).toBe(true)
      }
    })()
    const path = join(dataFolder(), 'copy.sqlite')
    const before = appended
    const { code, output } = await backUp(folder, path)
    isWriting = false
    await writing
    expect([code, output]).toEqual([0, `${path} is a copy. It holds the relay's own key: keep it as you keep the original.\n`])
    expect(appended).toBeGreaterThan(before)

    const restored = dataFolder()
    copyFileSync(path, join(restored, 'relay.sqlite'))
    const copy = await open(restored)
    const kept = (await copy.read(alices, 0, 1e6, 1e12, 0)).map(({ position }) => position)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => i + 1))
    expect(kept.length).toBeLessThanOrEqual(appended)
    expect((await copy.health()).envelopes).toBe(kept.length)
  })

  test.each([
    ['no file is named', [], 'No copy was made. Name one file: where the copy goes.\n'],
    ['two are named', ['a', 'b'], 'No copy was made. Name one file: where the copy goes.\n'],
  ])('is refused in one sentence where %s', async (_, args, sentence) => {
    expect(await backUp(dataFolder(), ...args)).toEqual({ code: 1, output: sentence })
  })

  test('is refused in one sentence where there is no store', async () => {
    const folder = dataFolder()
    const path = join(dataFolder(), 'copy.sqlite')
    expect(await backUp(folder, path)).toEqual({
      code: 1,
      output: `No copy was made. There is no ${join(folder, 'relay.sqlite')} to copy.\n`,
    })
    expect(existsSync(path)).toBe(false)
  })
})
