import { existsSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import { dataFolder } from '../../test/support/data-folder.ts'
import { ConfigurationError } from '../configuration.ts'
import { openSqliteStore } from '../sqlite-store.ts'
import type { Store } from '../store.ts'
import { copyStore } from './copy.ts'

const LIMITS = { envelopesPerMailbox: 100_000, bytesPerMailbox: 1e9, storedBytes: 1e9, devices: 100 }
const FOR_EVER_MS = 4_000_000_000_000
const alices = 'a1'.repeat(32)
const phone = `${'01'.repeat(32)}/256`

const open = async (folder: string): Promise<Store> => {
  const store = await openSqliteStore(folder, LIMITS, (error) => expect.fail(String(error)))
  onTestFinished(() => store.close())
  return store
}
const append = async (store: Store, number: number): Promise<number> => {
  const appended = await store.append(alices, number.toString(16).padStart(32, '0'), new Uint8Array(1_000).fill(number), FOR_EVER_MS)
  if (!appended.ok) throw new Error(appended.reason)
  return appended.position
}
/** What is kept, each as its position and a number. */
const read = async (store: Store) =>
  (await store.read(alices, 0, 100_000, 1e9, 0)).map(({ position, envelope }) => `${position}: ${envelope.length} of ${envelope[7]}`)
const key = (id: number) => ({ id, key: new Uint8Array(32).fill(id) })
/** A folder with some of everything, and its store. */
const filled = async () => {
  const folder = dataFolder()
  const store = await open(folder)
  await store.openMailboxes([alices], FOR_EVER_MS)
  for (const number of [1, 2, 3]) await append(store, number)
  await store.putStatement(phone, { statement: new Uint8Array(9), createdAtMs: 1, expiresAtMs: FOR_EVER_MS }, 0)
  await store.addOneTime(phone, 'x25519', [key(1), key(2)], 200)
  return { folder, store }
}
/** What a relay finds that starts on a copy. */
const restored = async (copy: string): Promise<Store> => {
  const folder = dataFolder()
  writeFileSync(join(folder, 'relay.sqlite'), readFileSync(copy))
  return open(folder)
}
const target = () => join(dataFolder(), 'copies', 'copy.sqlite')

describe('a copy', () => {
  it('holds what was kept, in one file for its owner alone', async () => {
    const { store } = await filled()
    const path = target()
    await store.backup(path)
    expect(readdirSync(join(path, '..'))).toEqual(['copy.sqlite'])
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    const copy = await restored(path)
    expect(await read(copy)).toEqual(await read(store))
    expect(await copy.health()).toEqual(await store.health())
    expect(await copy.getStatement(phone)).toEqual(await store.getStatement(phone))
    expect(toHex(copy.relaySeed)).toBe(toHex(store.relaySeed))
  })

  it('is of one moment, while others write', async () => {
    const { store } = await filled()
    for (let number = 0; number < 3_000; number += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => append(store, 1_000 + number + i)))
    }
    const path = target()
    let isWriting = true
    const writing = (async () => {
      let number = 100_000
      for (; isWriting; number += 10) await Promise.all(Array.from({ length: 10 }, (_, i) => append(store, number + i)))
      return number - 100_000
    })()
    await store.backup(path)
    isWriting = false
    const written = await writing
    expect(written).toBeGreaterThan(0)
    const copy = await restored(path)
    const { envelopes, bytes } = await copy.health()
    const kept = await read(copy)
    expect(kept).toHaveLength(envelopes)
    expect(bytes).toBe(1_000 * envelopes)
    // Nothing is missing between the first and the last.
    expect(kept).toEqual((await read(store)).slice(0, envelopes))
    expect(envelopes).toBeGreaterThanOrEqual(3_003)
    expect((await store.health()).envelopes).toBe(3_003 + written)
  })

  it('gives out no key that was popped after it was made, nor any other that was in it', async () => {
    const { store } = await filled()
    const path = target()
    await store.backup(path)
    expect((await store.popOneTime(phone, 'x25519'))?.id).toBe(1)
    const copy = await restored(path)
    expect(await copy.popOneTime(phone, 'x25519')).toBeNull()
    expect(await copy.addOneTime(phone, 'x25519', [key(1), key(2), key(3)], 200)).toEqual({ ok: true, spentIds: [1, 2] })
    expect((await copy.popOneTime(phone, 'x25519'))?.id).toBe(3)
  })

  it('uses no position that was used after it was made, in old mailboxes and new ones', async () => {
    const { store } = await filled()
    const path = target()
    await store.backup(path)
    const after = await append(store, 4)
    const copy = await restored(path)
    expect(await append(copy, 5)).toBeGreaterThan(after + 1_000_000)
    await copy.closeMailboxes([alices])
    await copy.openMailboxes([alices], FOR_EVER_MS)
    const last = await append(copy, 6)
    expect(last).toBeGreaterThan(after + 1_000_000)
    expect(last).toBeLessThan(2 ** 48)
  })

  it('becomes a store of its own when it is first opened, and stays that one', async () => {
    const { store } = await filled()
    const path = target()
    await store.backup(path)
    const folder = dataFolder()
    writeFileSync(join(folder, 'relay.sqlite'), readFileSync(path))
    const first = await open(folder)
    await first.addOneTime(phone, 'x25519', [key(3)], 200)
    await first.close()
    const again = await open(folder)
    const other = await restored(path)
    expect(toHex(again.id)).toBe(toHex(first.id))
    expect(new Set([store, again, other].map(({ id }) => toHex(id))).size).toBe(3)
    expect((await again.listOneTime(phone, 'x25519')).keys).toHaveLength(1)
  })

  it('takes the place of an earlier one', async () => {
    const { store } = await filled()
    const path = target()
    await store.backup(path)
    await append(store, 4)
    await store.backup(path)
    expect(await read(await restored(path))).toHaveLength(4)
  })

  it('can be made of a store that nobody has open', async () => {
    const { folder, store } = await filled()
    await store.close()
    await expect(store.backup(target())).rejects.toThrow('closed')
    const path = target()
    await copyStore(folder, path)
    expect(await read(await restored(path))).toHaveLength(3)
  })

  it('is made to its end when the store is closed meanwhile', async () => {
    const { store } = await filled()
    const path = target()
    const copying = store.backup(path)
    await store.close()
    expect(existsSync(path)).toBe(true)
    await copying
    expect(await read(await restored(path))).toHaveLength(3)
  })
})

describe('refusals', () => {
  it('where there is nothing to copy', async () => {
    const folder = dataFolder()
    await expect(copyStore(folder, target())).rejects.toThrow(
      new ConfigurationError(`There is no ${join(folder, 'relay.sqlite')} to copy.`),
    )
  })

  it('onto itself, under whatever name', async () => {
    const { folder, store } = await filled()
    const link = join(folder, 'link.sqlite')
    linkSync(join(folder, 'relay.sqlite'), link)
    for (const path of [join(folder, 'relay.sqlite'), join(folder, '..', folder.split('/').at(-1) ?? '', 'relay.sqlite'), link]) {
      await expect(store.backup(path)).rejects.toThrow('is the store itself')
    }
    expect(await read(store)).toHaveLength(3)
  })

  it('leave nothing behind, and what was there before', async () => {
    const folder = dataFolder()
    writeFileSync(join(folder, 'relay.sqlite'), 'no database at all, and nothing that could be read as one, however long'.repeat(50))
    const path = target()
    await expect(copyStore(folder, path)).rejects.toThrow()
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(join(path, '..'))).toEqual([])
  })
})
