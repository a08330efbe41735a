// A long history takes as much memory as a short one: what is written and read is counted, and so is what is under way between.
// 50 MB here; `npm run soak` takes 2 GB (PARLEY_BACKUP_MB).

import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it, onTestFinished } from 'vitest'
import { encodeRow } from '../src/messenger/backup-rows.ts'
import type { Held, Message } from '../src/messenger/state.ts'
import type { Store } from '../src/store/store.ts'
import { openBackup, restoreInto } from '../src/worker/restoration.ts'
import type { Sink } from '../src/worker/row-stream.ts'
import { newPhrase } from '../src/worker/secrets.ts'
import { backUp } from '../src/worker/written-backup.ts'
import { noStretching } from './support/memory-files.ts'
import { createMemoryDisk } from './support/memory-store.ts'
import { PEOPLE_NOW_MS, person } from './support/people.ts'
import { contactIdOf, contactRow, messageRow, selfRow } from './support/rows.ts'
import { seededRandom } from './support/seeded-random.ts'

const MEGABYTE = 1_000_000
const megabytes = Number(process.env['PARLEY_BACKUP_MB'] ?? 50)
/** As long as a text can be. */
const TEXT_LENGTH = 48_000
const count = Math.ceil((megabytes * MEGABYTE) / TEXT_LENGTH)
/** A page of the longest messages, a row and the chunks that are read at once. */
const MOST_HELD = 12 * MEGABYTE

const alice = person('alice')
const bob = contactIdOf('bob')
const text = 'm'.repeat(TEXT_LENGTH)
/** In the file: all of them are alike. */
const ROW_LENGTH = 4 + encodeRow({ type: 'message', message: messageRow('bob', 1, { text }) }).length
const textOf = (place: number): string => `${place} ${text.slice(String(place).length + 1)}`

it(`writes and restores ${megabytes} MB with a few of them in memory`, { timeout: 3_600_000 }, async () => {
  const random = seededRandom('large backup')
  const self = { ...selfRow(), account: alice.account, accountId: alice.accountId, deviceList: alice.deviceList, tag: alice.device.tag }
  const held: Held = {
    ...(await emptyHeld()),
    self: new Map([['self', self]]),
    contacts: new Map([[bob, contactRow('bob', { nextPlace: count + 1 })]]),
  }
  let [taken, written, mostHeld] = [0, 0, 0]
  const look: Store['look'] = async ([lookup]) => {
    if (lookup?.type !== 'messages-before' || lookup.before === undefined) throw new Error('another lookup')
    const first = lookup.before - lookup.count
    const rows = Array.from({ length: lookup.count }, (_, i) => messageRow('bob', first + i, { text: textOf(first + i) }))
    taken += rows.length * ROW_LENGTH
    mostHeld = Math.max(mostHeld, taken - written)
    return [{ type: 'messages-before', rows }]
  }
  const folder = await mkdtemp(join(tmpdir(), 'parley-backup-'))
  const file = await open(join(folder, 'backup'), 'w+')
  onTestFinished(async () => {
    await file.close()
    await rm(folder, { recursive: true })
  })
  let isWriting = false
  const sink: Sink = {
    write: async (bytes) => {
      expect(isWriting).toBe(false)
      isWriting = true
      await file.write(bytes)
      isWriting = false
      written += bytes.length
    },
    close: async () => {},
    abort: async () => {},
  }
  const phrase = newPhrase(random)
  const transfer = { nowMs: () => PEOPLE_NOW_MS, random, stretch: noStretching, passed: () => {} }
  const size = await backUp({ held, look }, { kind: 'words', text: phrase }, sink, transfer)
  expect(size).toBeGreaterThan(count * TEXT_LENGTH)
  expect(mostHeld).toBeLessThan(MOST_HELD)

  let [read, kept, mostUnderWay, next] = [0, 0, 0, 1]
  const source = {
    size,
    read: async (start: number, end: number) => {
      read = Math.max(read, end)
      mostUnderWay = Math.max(mostUnderWay, read - kept)
      return (await file.read(new Uint8Array(end - start), 0, end - start, start)).buffer
    },
  }
  const store: Store = {
    held: await emptyHeld(),
    look: async () => [],
    commit: async ({ held: changed, messages }) => {
      for (const { place, text: said } of messages satisfies readonly Message[]) {
        expect([place, said.length]).toEqual([next, TEXT_LENGTH])
        next += 1
      }
      kept += messages.length * ROW_LENGTH
      if (changed.length > 0) expect(next).toBe(count + 1)
    },
    check: async () => {},
    wipe: async () => {},
    close: () => {},
  }
  await restoreInto(store, await openBackup(source, phrase, transfer), transfer)
  expect([next, kept]).toEqual([count + 1, count * ROW_LENGTH])
  expect(mostUnderWay).toBeLessThan(MOST_HELD)
})

const emptyHeld = async (): Promise<Held> => {
  const opened = await createMemoryDisk().open()
  if (!opened.ok) throw new Error(opened.reason)
  return opened.store.held
}
