import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  bobsSessions,
  contactIdOf,
  contactRow,
  messageRow,
  movedOn,
  noChanges,
  oneOfEach,
  seenRow,
  segmentRow,
  selfRow,
  sessionRecord,
} from '../../test/support/rows.ts'
import { signerOf } from '../../test/support/signer.ts'
import { storeContract } from '../../test/support/store-contract.ts'
import type { Changes, Lookup } from '../messenger/state.ts'
import { ANSWER_WITHIN_MS } from './connection.ts'
import { openStore, wipeDatabase } from './indexed-db.ts'
import { heldTables } from './parts.ts'
import { DATABASE_VERSION, type Name } from './schema.ts'
import type { Damage, Store } from './store.ts'

// The product's store in a real browser. Every test has a database of its own.

let databases = 0
const names: string[] = []
const newName = (): string => {
  const name = `test-${++databases}-${crypto.randomUUID()}`
  names.push(name)
  return name
}

const stores: Store[] = []
const opened = async (name: string): Promise<Store> => {
  const result = await openStore({ name })
  if (!result.ok) throw new Error(result.reason)
  stores.push(result.store)
  return result.store
}

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const store of stores.splice(0)) store.close()
  await Promise.all(names.splice(0).map((name) => wipeDatabase(name)))
})

const bob = contactIdOf('bob')
const carol = contactIdOf('carol')
const self: Changes = { ...noChanges, held: [{ table: 'self', key: 'self', row: selfRow() }] }
const withContact = (name: string): Changes => ({
  ...noChanges,
  held: [{ table: 'contacts', key: contactIdOf(name), row: contactRow(name) }],
})
const everything: Changes = {
  ...noChanges,
  held: [...self.held, ...withContact('bob').held],
  messages: [messageRow('bob', 1)],
  segments: [segmentRow('bob', 1, 2)],
  seen: [{ key: 'k', row: seenRow('k') }],
}

// ---- the database as anybody sees it who looks at it from outside ---------------------------------------------------

const answer = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no reason'))
  })

const raw = async <Result>(name: string, work: (database: IDBDatabase) => Promise<Result>): Promise<Result> => {
  const database = await answer(indexedDB.open(name))
  try {
    return await work(database)
  } finally {
    database.close()
  }
}

/** A record as it lies on disk. */
type Raw = Record<string, unknown> & { sealed: Uint8Array }

/** Rewrites every record of a table (undefined: deletes it). @returns how many there were */
const rewrite = (name: string, table: string, change: (record: Raw) => Raw | undefined): Promise<number> =>
  raw(name, async (database) => {
    const store = database.transaction(table, 'readwrite').objectStore(table)
    const records: Raw[] = await answer(store.getAll())
    await Promise.all([
      answer(store.clear()),
      ...records.flatMap((record) => change(record) ?? []).map((record) => answer(store.put(record))),
    ])
    return records.length
  })

const flipped = (record: Raw): Raw => {
  const sealed = record.sealed.slice()
  sealed[sealed.length - 20] = (sealed.at(-20) ?? 0) ^ 1
  return { ...record, sealed }
}

const recordsOf = (name: string, table: string): Promise<Raw[]> =>
  raw(name, (database) => answer(database.transaction(table).objectStore(table).getAll()))

/** The browser's own function, to be called from one that stands in for it. */
const own = <Target extends object, Name extends keyof Target>(target: Target, name: Name): Target[Name] =>
  // The property of that name has that type.
  Reflect.get(target, name) as Target[Name]

describe('the store on IndexedDB', () => {
  storeContract(async () => {
    const name = newName()
    return {
      open: async (options) => {
        const result = await openStore({ ...options, name })
        if (result.ok) stores.push(result.store)
        return result
      },
      tamper: (table) => rewrite(name, table, flipped),
      drop: async (table) => void (await rewrite(name, table, () => undefined)),
    }
  })
})

describe('durability', () => {
  it('asks for strict durability in every transaction that writes', async () => {
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const store = await opened(newName())
    await store.commit({ ...everything, held: oneOfEach() })
    await store.commit({ ...noChanges, forgottenConversations: [bob], forgetSeenBeforeMs: 1 })
    await store.look([{ type: 'seen', key: 'k' }])
    await store.wipe()
    const writing = transaction.mock.calls.filter(([, mode]) => mode !== 'readonly' && mode !== undefined)
    expect(writing).toHaveLength(4)
    for (const [, mode, options] of writing) {
      expect(mode).toBe('readwrite')
      expect(options).toEqual({ durability: 'strict' })
    }
  })

  it('writes one turn in one transaction', async () => {
    const store = await opened(newName())
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await store.commit(everything)
    expect(transaction).toHaveBeenCalledTimes(1)
  })

  it('resolves when the transaction has completed, not when it was asked to', async () => {
    const store = await opened(newName())
    const journal: string[] = []
    const begin = own(IDBDatabase.prototype, 'transaction')
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      const transaction = begin.apply(this, args)
      transaction.addEventListener('complete', () => void journal.push('complete'))
      return transaction
    })
    await store.commit(self).then(() => void journal.push('committed'))
    expect(journal).toEqual(['complete', 'committed'])
  })
})

describe('all or nothing', () => {
  it('keeps all or nothing of a commit during which the connection was closed', async () => {
    const outcomes = new Set<number>()
    for (let halfMs = 0; halfMs <= 12; halfMs++) {
      const name = newName()
      const store = await opened(name)
      const commit = store.commit(everything).catch(() => undefined)
      // At first before anything was written, at last after everything was, and a few moments between.
      if (halfMs === 12) await commit
      else if (halfMs > 0) await new Promise((resolve) => setTimeout(resolve, halfMs / 2))
      store.close()
      const again = await opened(name)
      await commit
      const { contacts, self: selves } = again.held
      const found = await again.look([
        { type: 'seen', key: 'k' },
        { type: 'messages-before', contactId: bob, before: undefined, count: 5 },
      ])
      const [seen, messages] = found
      const counts = [
        contacts.size,
        selves.size,
        seen?.type === 'seen' && seen.row !== undefined ? 1 : 0,
        messages?.type === 'messages-before' ? messages.rows.length : -1,
      ]
      expect(new Set(counts).size).toBe(1)
      outcomes.add(contacts.size)
    }
    expect(outcomes).toEqual(new Set([0, 1]))
  })

  it('keeps nothing of a commit of which one record is refused', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    let puts = 0
    const put = own(IDBObjectStore.prototype, 'put')
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      puts += 1
      if (puts === 3) throw new DOMException('no', 'DataError')
      return put.apply(this, args)
    })
    await expect(store.commit(everything)).rejects.toMatchObject({ name: 'DataError' })
    vi.restoreAllMocks()
    expect((await opened(name)).held.contacts.size).toBe(0)
    expect(await recordsOf(name, 'contacts')).toHaveLength(0)
  })

  it('keeps nothing of what an earlier owner has asked for before it was refused', async () => {
    const name = newName()
    const older = await opened(name)
    await older.commit(everything)
    const newer = await opened(name)
    await newer.commit(withContact('carol'))
    const tables = ['meta', 'contacts', 'messages', 'seen'] as const
    const before = await Promise.all(tables.map((table) => recordsOf(name, table)))
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit')
    const stale: Changes = { ...everything, held: withContact('dave').held, forgottenConversations: [bob], forgetSeenBeforeMs: 1 }
    await expect(older.commit(stale)).rejects.toMatchObject({ reason: 'not-owner' })
    expect(put).toHaveBeenCalled()
    // Only a commit could bring it to the disk.
    expect(commit).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expect(await Promise.all(tables.map((table) => recordsOf(name, table)))).toStrictEqual(before)
    await newer.commit(withContact('erin'))
    expect((await opened(name)).held.contacts.size).toBe(3)
  })

  it('says that the storage is full when the browser says so, and goes on once there is room', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    await expect(store.commit(withContact('bob'))).rejects.toMatchObject({ name: 'StoreTrouble', reason: 'storage-full' })
    expect(store.held.contacts.size).toBe(0)
    vi.restoreAllMocks()
    await store.commit(withContact('bob'))
    expect((await opened(name)).held.contacts.size).toBe(1)
  })

  it('says that the storage failed where the browser gives no database', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('not here', 'SecurityError')
    })
    expect(await openStore({ name: newName() })).toEqual({ ok: false, reason: 'storage-failed' })
  })
})

describe('a database that does not answer', () => {
  /** Whoever else wants the number of the owner waits, until it is let go. */
  const whileBusy = (name: string, work: (letGo: () => void) => Promise<void>): Promise<void> =>
    raw(name, (database) => {
      const meta = database.transaction('meta', 'readwrite').objectStore('meta')
      let isHeld = true
      const hold = (): void => {
        if (isHeld) meta.get('epoch').onsuccess = hold
      }
      hold()
      return work(() => {
        isHeld = false
      })
    })

  it('is given up after half a minute, to open and to write; what had been asked of it is found out by the next turn', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await whileBusy(name, async (letGo) => {
      const commit = store.commit(withContact('bob'))
      const refused = expect(commit).rejects.toMatchObject({ reason: 'storage-failed' })
      const opening = openStore({ name })
      // Sealing comes first, and what it awaits is no timer.
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(2), { interval: 1 })
      vi.advanceTimersByTime(ANSWER_WITHIN_MS)
      await refused
      expect(await opening).toEqual({ ok: false, reason: 'storage-failed' })
      letGo()
    })
    vi.useRealTimers()
    // Written after all: what is in memory is behind it.
    await expect(store.check()).rejects.toMatchObject({ reason: 'not-owner' })
    expect((await opened(name)).held.contacts.size).toBe(1)
  })

  it('is not given up for one whose machine slept over the answer', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await whileBusy(name, async (letGo) => {
      const commit = store.commit(withContact('bob'))
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), { interval: 1 })
      // However long it slept: what was due meanwhile is due at once.
      vi.advanceTimersToNextTimer()
      letGo()
      await commit
    })
    vi.useRealTimers()
    expect(store.held.contacts.size).toBe(1)
  })
})

describe('a database of another version', () => {
  it('is left alone where it is newer than this code', async () => {
    const name = newName()
    await (await opened(name)).commit(self)
    for (const store of stores.splice(0)) store.close()
    const newer = await answer(indexedDB.open(name, DATABASE_VERSION + 1))
    newer.close()
    expect(await openStore({ name })).toEqual({ ok: false, reason: 'storage-failed' })
    const again = await answer(indexedDB.open(name))
    expect(again.version).toBe(DATABASE_VERSION + 1)
    expect(await answer(again.transaction('self').objectStore('self').count())).toBe(1)
    again.close()
  })
})

describe('a connection that goes away', () => {
  /** The connection that a store works on, found by a read. */
  const connectionOf = async (store: Store): Promise<IDBDatabase> => {
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await store.look([{ type: 'seen', key: 'k' }])
    const [database] = transaction.mock.contexts
    vi.restoreAllMocks()
    if (!(database instanceof IDBDatabase)) throw new Error('no connection')
    return database
  }

  it('is opened again and the commit made once more', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    ;(await connectionOf(store)).close()
    await store.commit(withContact('bob'))
    const database = await connectionOf(store)
    database.close()
    expect(await store.look([{ type: 'seen', key: 'k' }])).toEqual([{ type: 'seen', row: undefined }])
    expect((await opened(name)).held.contacts.size).toBe(1)
  })

  it('is opened again after the browser took it away under a commit', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    let aborted = 0
    const put = own(IDBObjectStore.prototype, 'put')
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      const request = put.apply(this, args)
      if (aborted++ === 0) this.transaction.abort()
      return request
    })
    await store.commit(withContact('bob'))
    expect(aborted).toBeGreaterThan(1)
    expect((await opened(name)).held.contacts.size).toBe(1)
  })

  /** From now on transactions that write fail once they are on the disk, so often. */
  const loseAnswers = (times: number): void => {
    const begin = own(IDBDatabase.prototype, 'transaction')
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      const transaction = begin.apply(this, args)
      if (args[1] === 'readwrite' && times-- > 0) {
        // Heard first, and nobody hears of it afterwards.
        transaction.addEventListener('complete', (event) => {
          event.stopImmediatePropagation()
          transaction.dispatchEvent(new Event('abort'))
        })
      }
      return transaction
    })
  }

  it('is written once where its answer was lost', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    loseAnswers(1)
    const abort = vi.spyOn(IDBTransaction.prototype, 'abort')
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit')
    await store.commit(withContact('bob'))
    const [first] = commit.mock.contexts
    const [again] = abort.mock.contexts
    expect([commit.mock.calls.length, abort.mock.calls.length, again === first]).toEqual([1, 1, false])
    await store.check()
    await store.commit(withContact('carol'))
    expect((await opened(name)).held.contacts.size).toBe(2)
  })

  it('writes nothing more where it was said to have failed and is on disk, since memory is behind it', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    loseAnswers(1)
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('lost', 'UnknownError')
    })
    await expect(store.commit(withContact('bob'))).rejects.toMatchObject({ reason: 'storage-failed' })
    vi.restoreAllMocks()
    expect(store.held.contacts.size).toBe(0)
    await expect(store.check()).rejects.toMatchObject({ reason: 'not-owner' })
    await expect(store.commit(withContact('carol'))).rejects.toMatchObject({ reason: 'not-owner' })
    expect([...(await opened(name)).held.contacts.keys()]).toEqual([bob])
  })

  it('is given up after a few tries', async () => {
    const store = await opened(newName())
    await store.commit(self)
    const open = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('lost', 'UnknownError')
    })
    await expect(store.commit(withContact('bob'))).rejects.toMatchObject({ reason: 'storage-failed' })
    expect(open).toHaveBeenCalledTimes(4)
  })

  it('lets another tab delete the database, and then writes nothing and makes no other in its place', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    await wipeDatabase(name)
    await expect(store.commit(withContact('bob'))).rejects.toMatchObject({ reason: 'not-owner' })
    const databases = await indexedDB.databases()
    expect(databases.map((database) => database.name)).not.toContain(name)
  })

  it('waits with a wipe until a tab that does not answer has let go, says so, and has emptied everything by then', async () => {
    const name = newName()
    let heldUp = (): void => {}
    const isHeldUp = new Promise<void>((resolve) => {
      heldUp = resolve
    })
    const found = await openStore({ name, heldUp: () => heldUp() })
    if (!found.ok) throw new Error(found.reason)
    const { store } = found
    await store.commit(everything)
    const deaf = await answer(indexedDB.open(name))
    const asked = new Promise((resolve) => deaf.addEventListener('versionchange', resolve))
    let isWiped = false
    const wipe = store.wipe().then(() => {
      isWiped = true
    })
    await asked
    for (const table of Array.from(deaf.objectStoreNames)) {
      expect(await answer(deaf.transaction(table).objectStore(table).count())).toBe(0)
    }
    await isHeldUp
    expect(isWiped).toBe(false)
    deaf.close()
    await wipe
    expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(name)
  })
})

describe('a row that was seen under two keys', () => {
  const both = { ...self, seen: ['a', 'b'].map((key) => ({ key, row: seenRow('k') })) }
  const row = seenRow('k')
  const asOne: Changes = {
    ...self,
    seen: [
      { key: 'a', row },
      { key: 'other', row: seenRow('other') },
      { key: 'b', row },
    ],
  }
  const foundBy = (store: Store, ...keys: readonly string[]) => store.look(keys.map((key) => ({ type: 'seen', key })))

  it('is one record where it is one row, and is found by each', async () => {
    const [name, other] = [newName(), newName()]
    await (await opened(name)).commit(asOne)
    await (await opened(other)).commit(both)
    expect([await recordsOf(name, 'seen'), await recordsOf(other, 'seen')].map(({ length }) => length)).toEqual([2, 2])
    for (const store of [await opened(name), await opened(other)]) {
      expect(await foundBy(store, 'a', 'b', 'c')).toEqual([row, row, undefined].map((found) => ({ type: 'seen', row: found })))
    }
  })

  it('is two records where a third key follows', async () => {
    const name = newName()
    await (await opened(name)).commit({ ...self, seen: ['a', 'b', 'c'].map((key) => ({ key, row })) })
    expect(await recordsOf(name, 'seen')).toHaveLength(2)
    expect(await foundBy(await opened(name), 'a', 'b', 'c')).toEqual([row, row, row].map((found) => ({ type: 'seen', row: found })))
  })

  it('is forgotten with its day, under both', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(asOne)
    await store.commit({ ...noChanges, forgetSeenBeforeMs: row.keptUntilMs + 2 * 86_400_000 })
    expect(await recordsOf(name, 'seen')).toHaveLength(0)
    expect(await foundBy(store, 'a', 'b')).toEqual([
      { type: 'seen', row: undefined },
      { type: 'seen', row: undefined },
    ])
  })

  const other: Name = new Uint8Array(16)
  it.each<readonly [string, (record: Raw) => Raw]>([
    ['of another second name', (record) => ({ ...record, also: other })],
    ['of no second name', (record) => ({ ...record, also: undefined })],
    ['of a second name that is none', (record) => ({ ...record, also: 'b' })],
    ['of another first name', (record) => ({ ...record, name: other })],
  ])('is damaged where its record is %s, and alone', async (_, change) => {
    const name = newName()
    await (await opened(name)).commit(asOne)
    expect(await rewrite(name, 'seen', (record) => (record['also'] === undefined ? record : change(record)))).toBe(2)
    const store = await opened(name)
    expect(await foundBy(store, 'a', 'b')).toEqual([undefined, undefined].map((found) => ({ type: 'seen', row: found })))
    expect(await foundBy(store, 'other')).toEqual([{ type: 'seen', row: seenRow('other') }])
  })

  it('is not another one that was given its second name', async () => {
    const name = newName()
    await (await opened(name)).commit(asOne)
    const also = (await recordsOf(name, 'seen')).find((record) => record['also'] !== undefined)?.['also']
    expect(also).toBeInstanceOf(Uint8Array)
    await rewrite(name, 'seen', (record) => (record['also'] === undefined ? { ...record, also } : record))
    expect(await foundBy(await opened(name), 'other')).toEqual([{ type: 'seen', row: undefined }])
  })
})

describe('at rest', () => {
  const secretText = 'meet me behind the gasworks'

  const fill = async (name: string): Promise<Store> => {
    const store = await opened(name)
    await store.commit({
      ...noChanges,
      held: [...oneOfEach(), { table: 'contacts', key: carol, row: contactRow('carol', { draft: secretText }) }],
      messages: [messageRow('bob', 1, { text: secretText }), messageRow('bob', 2)],
      segments: [{ ...segmentRow('bob', 1, 3), lines: '\ngasworks\t\u0100\n' }],
      seen: [{ key: `envelope/${bob}/x`, row: seenRow('k') }],
    })
    return store
  }

  it('shows neither text nor ids nor keys in any record', async () => {
    const name = newName()
    await fill(name)
    const utf8 = new TextEncoder()
    const needles = [
      ...[secretText, 'gasworks', bob, carol, messageRow('bob', 1).messageId, 'Zoë', 'envelope/'].map((text) => utf8.encode(text)),
      signerOf(selfRow()).seeds,
      selfRow().identity.privateKey,
      ...Array.from(sessionRecord('bob', 5).current?.ratchet.skipped.values() ?? [], (key) => key.messageKey),
    ]
    let bytesRead = 0
    for (const table of [...heldTables, 'messages', 'segments', 'seen']) {
      for (const record of await recordsOf(name, table)) {
        for (const field of Object.values(record)) {
          if (typeof field === 'number') continue
          if (!(field instanceof Uint8Array)) throw new Error('a field that is no bytes')
          bytesRead += field.length
          for (const needle of needles) expect(indexOf(field, needle)).toBe(-1)
        }
      }
    }
    expect(bytesRead).toBeGreaterThan(50_000)
  })

  it('seals the same row differently each time', async () => {
    const name = newName()
    const store = await opened(name)
    await store.commit(self)
    const [first] = await recordsOf(name, 'self')
    await store.commit({ ...noChanges, held: [{ table: 'self', key: 'self', row: selfRow() }] })
    const [second] = await recordsOf(name, 'self')
    expect(second?.['name']).toEqual(first?.['name'])
    expect(second?.sealed.length).toBe(first?.sealed.length)
    expect(second?.sealed.subarray(0, 12)).not.toEqual(first?.sealed.subarray(0, 12))
    expect(second?.sealed).not.toEqual(first?.sealed)
  })

  it('keeps its keys where no script can read them', async () => {
    const name = newName()
    await fill(name)
    const keys: Record<string, CryptoKey> = await raw(name, (database) =>
      answer(database.transaction('meta').objectStore('meta').get('keys')),
    )
    expect(Object.keys(keys).sort()).toEqual(['naming', 'sealing'])
    for (const key of Object.values(keys)) {
      expect(key.extractable).toBe(false)
      await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
    }
  })

  const swapSealed = (name: string, table: string): Promise<number> =>
    raw(name, async (database) => {
      const store = database.transaction(table, 'readwrite').objectStore(table)
      const records: Raw[] = await answer(store.getAll())
      await Promise.all(records.map((record, i) => answer(store.put({ ...record, sealed: records[(i + 1) % records.length]?.sealed }))))
      return records.length
    })

  it('does not open a row that was moved to another place of its table', async () => {
    const name = newName()
    await fill(name)
    expect(await swapSealed(name, 'contacts')).toBe(6)
    const again = await openStore({ name })
    if (!again.ok) throw new Error(again.reason)
    stores.push(again.store)
    expect(again.store.held.contacts.size).toBe(0)
    expect(again.damaged).toContainEqual({ table: 'contacts' })
  })

  it('does not open a row that was moved to another table', async () => {
    const name = newName()
    await fill(name)
    const [offer] = await recordsOf(name, 'offers')
    await rewrite(name, 'outbox', (record) => ({ ...record, name: offer?.['name'], sealed: offer?.sealed ?? record.sealed }))
    const again = await openStore({ name })
    if (!again.ok) throw new Error(again.reason)
    stores.push(again.store)
    expect(again.damaged).toEqual([{ table: 'outbox' }])
  })

  it('does not open a message that was moved in its conversation', async () => {
    const name = newName()
    const store = await fill(name)
    await rewrite(name, 'messages', (record) => ({ ...record, place: record['place'] === 1 ? 9 : record['place'] }))
    const found = await store.look([{ type: 'messages-before', contactId: bob, before: undefined, count: 5 }])
    expect(found).toEqual([{ type: 'messages-before', rows: [messageRow('bob', 2)] }])
  })

  it.each([
    ['cut short', (record: Raw) => ({ ...record, sealed: record.sealed.subarray(0, 27) })],
    ['empty', (record: Raw) => ({ ...record, sealed: new Uint8Array(0) })],
    ['of another type', (record: Raw) => ({ ...record, sealed: 'sealed' as unknown as Uint8Array })],
    [
      'gone',
      (record: Raw) =>
        ({ name: record['name'], conversation: record['conversation'], place: record['place'], day: record['day'] }) as unknown as Raw,
    ],
  ])('takes what is %s for damaged, in every table', async (_what, change) => {
    const name = newName()
    const tables = heldTables.filter((each) => each !== 'self')
    const found: Damage[] = []
    await fill(name)
    for (const table of [...tables, 'messages', 'seen']) await rewrite(name, table, change)
    const again = await openStore({ name, damageFound: (damage) => void found.push(damage) })
    if (!again.ok) throw new Error(again.reason)
    stores.push(again.store)
    expect(tables.map((table) => again.store.held[table].size)).toEqual(tables.map(() => 0))
    expect(new Set(again.damaged.map((damage) => damage.table))).toEqual(new Set(tables))
    const rows = await again.store.look([
      { type: 'messages-before', contactId: bob, before: undefined, count: 5 },
      { type: 'seen', key: `envelope/${bob}/x` },
    ])
    expect(rows).toEqual([
      { type: 'messages-before', rows: [] },
      { type: 'seen', row: undefined },
    ])
    expect(found.map((damage) => damage.table).sort()).toEqual(['messages', 'messages', 'seen'])
  })

  it('does not open a profile without its keys', async () => {
    const name = newName()
    await fill(name)
    await raw(name, (database) => answer(database.transaction('meta', 'readwrite').objectStore('meta').delete('keys')))
    expect(await openStore({ name })).toEqual({ ok: false, reason: 'record-damaged' })
  })
})

describe('what a received message costs', () => {
  it('writes as much after 5,000 messages and with 2,000 skipped keys as at first: at most 8 KiB beside its text', async () => {
    const written: { readonly bytes: number; readonly rows: number; readonly transactions: number }[] = []
    for (const { history, skipped } of [
      { skipped: 0, history: 1 },
      { skipped: 2_000, history: 5_000 },
    ]) {
      const store = await opened(newName())
      const record = sessionRecord('bob', skipped)
      await store.commit({ ...everything, held: [...everything.held, { table: 'sessions', key: bobsSessions, row: record }] })
      await store.commit({ ...noChanges, messages: Array.from({ length: history }, (_, i) => messageRow('bob', i + 1)) })
      let [bytes, rows] = [0, 0]
      const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction')
      const put = own(IDBObjectStore.prototype, 'put')
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: Raw, key) {
        rows += 1
        for (const field of Object.values(value)) bytes += field instanceof Uint8Array ? field.length : 8
        return put.call(this, value, key)
      })
      const place = history + 1
      const contact = contactRow('bob', {
        unread: 1,
        nextPlace: 7_000,
        newest: { place: 7_000, text: 'x'.repeat(200), atMs: 1, direction: 'in' },
      })
      await store.commit({
        ...noChanges,
        held: [
          { table: 'sessions', key: bobsSessions, row: movedOn(record, skipped === 0 ? undefined : 17) },
          { table: 'contacts', key: bob, row: contact },
        ],
        messages: [messageRow('bob', place, { text: '' })],
        seen: [
          { key: 'envelope', row: seenRow('envelope') },
          { key: 'content', row: seenRow('content') },
        ],
      })
      written.push({ bytes, rows, transactions: transactions.mock.calls.length })
      vi.restoreAllMocks()
    }
    const [atFirst, later] = written
    for (const { bytes, transactions } of written) {
      expect(bytes).toBeLessThanOrEqual(8_192)
      expect(transactions).toBe(1)
    }
    expect(later?.rows).toBe(atFirst?.rows)
    // A place of two bytes more in the row and in what it is bound to.
    expect(Math.abs((later?.bytes ?? 0) - (atFirst?.bytes ?? 0))).toBeLessThanOrEqual(4)
  })
})

describe('what a long conversation costs', () => {
  it('to open, to go to its start, or to a place in it: as many rows as are asked for', async () => {
    const name = newName()
    await (await opened(name)).commit({ ...everything, messages: Array.from({ length: 5_000 }, (_, i) => messageRow('bob', i + 1)) })
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt')
    const reopened = await opened(name)
    const atStart = decrypt.mock.calls.length
    expect(atStart).toBeLessThan(20)
    const asked: readonly [Lookup, number][] = [
      [{ type: 'messages-before', contactId: bob, before: undefined, count: 51 }, 51],
      [{ type: 'messages-from', contactId: bob, from: 1, count: 51 }, 51],
      [{ type: 'messages-from', contactId: bob, from: 2_500, count: 51 }, 51],
      [{ type: 'messages-at', contactId: bob, places: [7, 4_000] }, 2],
      [{ type: 'segments', contactId: bob }, 1],
    ]
    for (const [lookup, rows] of asked) {
      decrypt.mockClear()
      const [found] = await reopened.look([lookup])
      expect(found !== undefined && 'rows' in found ? found.rows.length : 0).toBe(rows)
      expect(decrypt).toHaveBeenCalledTimes(rows)
    }
  })
})

const indexOf = (haystack: Uint8Array, needle: Uint8Array): number => {
  for (let i = haystack.indexOf(needle[0] ?? 0); i >= 0; i = haystack.indexOf(needle[0] ?? 0, i + 1)) {
    if (needle.every((byte, j) => haystack[i + j] === byte)) return i
  }
  return -1
}
