import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import version1 from '../../test/vectors/databases/version-1.json?raw'
import version2 from '../../test/vectors/databases/version-2.json?raw'
import version3 from '../../test/vectors/databases/version-3.json?raw'
import version4 from '../../test/vectors/databases/version-4.json?raw'
import { asleep } from '../messenger/live.ts'
import { type Outcome, step } from '../messenger/messenger.ts'
import { seenContent } from '../messenger/state.ts'
import { openStore, wipeDatabase } from './indexed-db.ts'
import { DATABASE_VERSION } from './schema.ts'
import type { Store } from './store.ts'

// Databases that each released version has written in a real browser (e2e/support/export-database.ts), opened by this one.

/** Bytes, a key or the fields of a record, as the file has them. */
type Plain =
  | string
  | number
  | { readonly bytes: string }
  | { readonly key: string; readonly algorithm: HmacImportParams; readonly usages: readonly KeyUsage[] }
  | { readonly fields: Readonly<Record<string, Plain>> }

interface Dump {
  readonly version: number
  readonly stores: readonly {
    readonly name: string
    readonly keyPath: string | string[] | null
    readonly indexes: readonly { readonly name: string; readonly keyPath: string | string[] }[]
    readonly records: readonly { readonly key?: string; readonly value: Plain }[]
  }[]
}

const dumps = [version1, version2, version3, version4].map((file): Dump => JSON.parse(file))

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))

/** As it lay on disk. Keys are no longer extractable, as they were before the file was made. */
const revive = async (plain: Plain): Promise<unknown> => {
  if (typeof plain !== 'object') return plain
  if ('bytes' in plain) return bytesOf(plain.bytes)
  if ('key' in plain) return crypto.subtle.importKey('raw', bytesOf(plain.key), plain.algorithm, false, [...plain.usages])
  const fields = Object.entries(plain.fields).map(async ([name, field]) => [name, await revive(field)] as const)
  return Object.fromEntries(await Promise.all(fields))
}

const ended = (event: 'complete' | 'success', target: EventTarget): Promise<void> =>
  new Promise((done, fail) => {
    target.addEventListener(event, () => done())
    for (const failure of ['error', 'abort']) target.addEventListener(failure, () => fail(new Error(failure)))
  })

const putBack = async (name: string, { stores, version }: Dump): Promise<void> => {
  const records = await Promise.all(
    stores.flatMap((store) => store.records.map(async ({ key, value }) => ({ store: store.name, key, value: await revive(value) }))),
  )
  const opening = indexedDB.open(name, version)
  opening.addEventListener('upgradeneeded', () => {
    for (const store of stores) {
      const made = opening.result.createObjectStore(store.name, { keyPath: store.keyPath })
      for (const index of store.indexes) made.createIndex(index.name, index.keyPath)
    }
  })
  await ended('success', opening)
  const transaction = opening.result.transaction(
    stores.map((store) => store.name),
    'readwrite',
  )
  for (const { store, key, value } of records) transaction.objectStore(store).put(value, key)
  await ended('complete', transaction)
  opening.result.close()
}

const names: string[] = []
const stores: Store[] = []

const newName = (): string => {
  const name = `test-migration-${crypto.randomUUID()}`
  names.push(name)
  return name
}

const opened = async (name: string): Promise<Store> => {
  const result = await openStore({ name })
  if (!result.ok) throw new Error(result.reason)
  expect(result.damaged).toEqual([])
  stores.push(result.store)
  return result.store
}

afterEach(async () => {
  for (const store of stores.splice(0)) store.close()
  await Promise.all(names.splice(0).map((name) => wipeDatabase(name)))
})

const textsWith = async (store: Store, contactId: string): Promise<readonly string[]> => {
  const [found] = await store.look([{ type: 'messages-before', contactId, before: undefined, count: 100 }])
  return found?.type === 'messages-before' ? found.rows.map(({ direction, state, text }) => `${direction} ${state}: ${text}`) : []
}

const isSeen = async (store: Store, contactId: string, text: string): Promise<boolean> => {
  const [messages] = await store.look([{ type: 'messages-before', contactId, before: undefined, count: 100 }])
  const message = messages?.type === 'messages-before' ? messages.rows.find((row) => row.text === text) : undefined
  const [found] = await store.look([{ type: 'seen', key: seenContent(contactId, message?.messageId ?? '') }])
  return found?.type === 'seen' && found.row !== undefined
}

describe('a database of an earlier version', () => {
  it('is kept for every version that there is', () => {
    expect(dumps.map(({ version }) => version)).toEqual(Array.from({ length: DATABASE_VERSION }, (_, i) => i + 1))
  })

  it('is waited for where a tab that does not answer holds it as it is, which is told', async () => {
    const name = newName()
    const [oldest] = dumps
    if (oldest === undefined) throw new Error('no version')
    await putBack(name, oldest)
    const asleep = indexedDB.open(name)
    await ended('success', asleep)
    let told = 0
    const result = await openStore({
      name,
      heldUp: () => {
        told += 1
        asleep.result.close()
      },
    })
    if (!result.ok) throw new Error(result.reason)
    stores.push(result.store)
    expect([told, result.store.held.contacts.size]).toEqual([1, 2])
  })

  it.each(dumps)('of version $version opens with every contact, conversation and envelope that waits', async (dump) => {
    const name = newName()
    await putBack(name, dump)
    // The second opening finds what the first one has left.
    for (const _ of ['first', 'second']) {
      const store = await opened(name)
      const { contacts, hosting, kemBatches, oneTimeX25519, outbox, self, sessions, settings } = store.held
      expect([self.size, hosting.size, sessions.size, kemBatches.size, oneTimeX25519.size]).toEqual([1, 1, 2, 1, 100])
      expect(settings.get('settings')?.displayName).toBe('Alice')
      const byName = new Map([...contacts.values()].map((contact) => [contact.name, contact]))
      expect([...byName.keys()].sort()).toEqual(['Bob', 'Carol'])
      expect([...byName.values()].map(({ origin }) => origin)).toEqual([{ how: 'code' }, { how: 'code' }])
      const bob = byName.get('Bob')
      expect(bob?.draft).toBe('not sent yet')
      expect(await textsWith(store, bob?.contactId ?? '')).toEqual([
        'in received: Dear Alice',
        'out delivered: Dear Bob',
        'out waiting: Are you there?',
        'out waiting: I shall wait.',
      ])
      expect(await textsWith(store, byName.get('Carol')?.contactId ?? '')).toEqual([])
      // What has come is known, too.
      expect(await isSeen(store, bob?.contactId ?? '', 'Dear Alice')).toBe(true)
      expect([...outbox.values()].map(({ contactId, envelope }) => [contactId, envelope !== undefined])).toEqual([
        [bob?.contactId, true],
        [bob?.contactId, true],
      ])
      // And the messenger of today starts on it, and keeps what it makes of it.
      let outcome: Outcome = step(store.held, asleep, { type: 'opened' }, Date.now(), seededRandom('migrations'))
      while ('needs' in outcome) outcome = outcome.resume(await store.look(outcome.needs))
      await store.commit(outcome.done.changes)
      expect(store.held.outbox.size).toBe(2)
      store.close()
    }
    const database = indexedDB.open(name)
    await ended('success', database)
    expect(database.result.version).toBe(DATABASE_VERSION)
    database.result.close()
  })
})
