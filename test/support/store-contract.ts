// What every store must do, whatever it keeps rows in (src/store/store.ts). Run against memory and against IndexedDB, so that
// what is tried on the one holds for the other.

import { beforeEach, describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import { type Changes, type Found, type Held, type HeldChange, type HeldTables, seenContent } from '../../src/messenger/state.ts'
import type { Damage, HeldTable, Opened, OpenOptions, Store } from '../../src/store/store.ts'
import {
  bobsSessions,
  contactIdOf,
  contactRow,
  messageRow,
  movedOn,
  noChanges,
  oneOfEach,
  ROWS_NOW_MS,
  seenRow,
  selfRow,
  sessionRecord,
} from './rows.ts'

export interface StoreUnderTest {
  /** Opens what is on disk, as a tab does that comes later. */
  readonly open: (options?: OpenOptions) => Promise<Opened>
  /** Changes a bit in every row of a table. @returns how many rows there were */
  readonly tamper: (table: Damage['table']) => Promise<number>
  /** Deletes every row of a table. */
  readonly drop: (table: Damage['table']) => Promise<void>
}

const DAY_MS = 86_400_000
const bob = contactIdOf('bob')
const carol = contactIdOf('carol')

const put = <Table extends HeldTable>(table: Table, key: string, row: HeldTables[Table] | undefined): Changes => ({
  ...noChanges,
  // A row of the table that it is put into, by the signature.
  held: [{ table, key, row } as HeldChange],
})
const putSelf = put('self', 'self', selfRow())
/** Messages without any contact are what a restoration left that was cut off. */
const putSelfAndBob: Changes = { ...noChanges, held: [...putSelf.held, ...put('contacts', bob, contactRow('bob')).held] }

const opened = async (under: StoreUnderTest, options?: OpenOptions) => {
  const result = await under.open(options)
  if (!result.ok) throw new Error(result.reason)
  return result
}

const asObject = (held: Held): Readonly<{ [table: string]: unknown }> =>
  Object.fromEntries(Object.entries(held).map(([table, rows]) => [table, [...rows]]))
const messagesOf = ([found]: readonly Found[]): readonly number[] =>
  found?.type === 'messages-before' ? found.rows.map(({ place }) => place) : []
const rowOf = ([found]: readonly Found[]): unknown => (found?.type === 'messages-before' ? undefined : found?.row)

const before = async (store: Store, contactId: string, place: number | undefined, count: number): Promise<readonly number[]> =>
  messagesOf(await store.look([{ type: 'messages-before', contactId, before: place, count }]))
const message = async (store: Store, name: string, place: number): Promise<unknown> => {
  const { contactId, messageId } = messageRow(name, place)
  return rowOf(await store.look([{ type: 'message', contactId, messageId }]))
}
const seen = async (store: Store, key: string): Promise<unknown> => rowOf(await store.look([{ type: 'seen', key }]))

type SessionRecord = HeldTables['sessions']

/** Equal, and the skipped keys in the same order; quicker than to compare 2,000 of them field by field. */
const expectSame = (actual: SessionRecord | undefined, expected: SessionRecord): void => {
  const brief = (record: SessionRecord | undefined): unknown =>
    record && {
      ...record,
      current: record.current && {
        ...record.current,
        ratchet: {
          ...record.current.ratchet,
          skipped: [...record.current.ratchet.skipped].map(([id, key]) =>
            [id, key.chain, key.n, key.storedAtMs, toHex(key.messageKey)].join(' '),
          ),
        },
      },
    }
  expect(brief(actual)).toStrictEqual(brief(expected))
}

export const storeContract = (make: () => Promise<StoreUnderTest>): void => {
  let under: StoreUnderTest
  beforeEach(async () => {
    under = await make()
  })

  describe('rows in memory', () => {
    it('has nothing where nothing was kept, and says so', async () => {
      const { damaged, isNew, store } = await opened(under)
      expect(isNew).toBe(true)
      expect(damaged).toEqual([])
      expect(Object.values(store.held).every((rows) => rows.size === 0)).toBe(true)
      await store.commit(putSelf)
      expect((await opened(under)).isNew).toBe(false)
    })

    it('gives every table back as it was, at once and after reopening', async () => {
      const { store } = await opened(under)
      await store.commit({ ...noChanges, held: oneOfEach() })
      const expected = Object.fromEntries(oneOfEach().map(({ key, row, table }) => [table, [[key, row]]]))
      expect(asObject(store.held)).toStrictEqual(expected)
      const again = await opened(under)
      expect(again.damaged).toEqual([])
      expect(asObject(again.store.held)).toStrictEqual(expected)
    })

    it('puts, replaces and deletes rows one by one', async () => {
      const { store } = await opened(under)
      await store.commit(putSelf)
      await store.commit({
        ...noChanges,
        held: [...put('contacts', bob, contactRow('bob')).held, ...put('contacts', carol, contactRow('carol')).held],
      })
      await store.commit(put('contacts', bob, contactRow('bob', { draft: 'Dear Bob' })))
      await store.commit(put('contacts', carol, undefined))
      await store.commit(put('contacts', 'nobody', undefined))
      for (const { held } of [store, (await opened(under)).store]) {
        expect([...held.contacts]).toStrictEqual([[bob, contactRow('bob', { draft: 'Dear Bob' })]])
      }
    })

    it('replaces what it holds, when the commit has completed and not earlier, and mutates nothing', async () => {
      const { store } = await opened(under)
      await store.commit(putSelf)
      const { held } = store
      const commit = store.commit(put('contacts', bob, contactRow('bob')))
      expect(store.held).toBe(held)
      await commit
      expect(held.contacts.size).toBe(0)
      expect(store.held.contacts.size).toBe(1)
      expect(store.held.self).toBe(held.self)
    })

    it('keeps a session with 2,000 skipped keys, and what a message takes from it', async () => {
      const { store } = await opened(under)
      const record = sessionRecord('bob', 2_000)
      await store.commit({ ...noChanges, held: [...putSelf.held, ...put('sessions', bobsSessions, record).held] })
      const reopened = (await opened(under)).store
      const loaded = reopened.held.sessions.get(bobsSessions)
      expectSame(loaded, record)

      await reopened.commit(put('sessions', bobsSessions, movedOn(loaded ?? record, 1_000)))
      await reopened.commit(put('sessions', bobsSessions, movedOn(reopened.held.sessions.get(bobsSessions) ?? record, 0)))
      const last = (await opened(under)).store
      const used = movedOn(movedOn(record, 1_000), 0)
      expectSame(last.held.sessions.get(bobsSessions), used)

      const shorter = { ...used, current: undefined, previous: used.previous.slice(1) }
      await last.commit(put('sessions', bobsSessions, shorter))
      expectSame((await opened(under)).store.held.sessions.get(bobsSessions), shorter)
    })
  })

  describe('rows on disk only', () => {
    it('finds messages by id and by place, each conversation by itself, oldest first', async () => {
      const { store } = await opened(under)
      const places = Array.from({ length: 30 }, (_, i) => i + 1)
      await store.commit({ ...putSelfAndBob, messages: [...places.map((place) => messageRow('bob', place)), messageRow('carol', 1)] })
      for (const each of [store, (await opened(under)).store]) {
        expect(await message(each, 'bob', 7)).toStrictEqual(messageRow('bob', 7))
        expect(await message(each, 'bob', 31)).toBeUndefined()
        expect(await before(each, bob, undefined, 3)).toEqual([28, 29, 30])
        expect(await before(each, bob, 28, 3)).toEqual([25, 26, 27])
        expect(await before(each, bob, 3, 10)).toEqual([1, 2])
        expect(await before(each, bob, 1, 10)).toEqual([])
        expect(await before(each, bob, undefined, 0)).toEqual([])
        expect(await before(each, bob, undefined, 100)).toEqual(places)
        expect(await before(each, carol, undefined, 5)).toEqual([1])
        expect(await before(each, contactIdOf('nobody'), undefined, 5)).toEqual([])
      }
    })

    it('finds what there is across places that were never used', async () => {
      const { store } = await opened(under)
      await store.commit({ ...putSelf, messages: [1, 2, 50, 1_000].map((place) => messageRow('bob', place)) })
      expect(await before(store, bob, undefined, 3)).toEqual([2, 50, 1_000])
      expect(await before(store, bob, 51, 2)).toEqual([2, 50])
    })

    it('answers several questions in their order', async () => {
      const { store } = await opened(under)
      await store.commit({ ...putSelf, messages: [messageRow('bob', 1)], seen: [{ key: 'k', row: seenRow('k') }] })
      const found = await store.look([
        { type: 'seen', key: 'k' },
        { type: 'messages-before', contactId: bob, before: undefined, count: 2 },
        { type: 'seen', key: 'other' },
        { type: 'message', contactId: bob, messageId: messageRow('bob', 1).messageId },
      ])
      expect(found).toStrictEqual([
        { type: 'seen', row: seenRow('k') },
        { type: 'messages-before', rows: [messageRow('bob', 1)] },
        { type: 'seen', row: undefined },
        { type: 'message', row: messageRow('bob', 1) },
      ])
      expect(await store.look([])).toEqual([])
    })

    it('replaces a message that changed', async () => {
      const { store } = await opened(under)
      await store.commit({ ...putSelf, messages: [messageRow('bob', 1, { state: 'waiting' }), messageRow('bob', 2)] })
      await store.commit({ ...noChanges, messages: [messageRow('bob', 1, { state: 'delivered' })] })
      expect(await message(store, 'bob', 1)).toStrictEqual(messageRow('bob', 1, { state: 'delivered' }))
      expect(await before(store, bob, undefined, 10)).toEqual([1, 2])
    })

    it('forgets messages of nobody when it is opened: a restoration was cut off', async () => {
      const { store } = await opened(under)
      await store.commit({ ...putSelf, messages: [messageRow('bob', 1)] })
      expect(await before(store, bob, undefined, 10)).toEqual([1])
      const again = (await opened(under)).store
      expect(await before(again, bob, undefined, 10)).toEqual([])
      expect([...again.held.self.keys()]).toEqual(['self'])
      // And it goes on from there.
      await again.commit({ ...putSelfAndBob, messages: [messageRow('bob', 1)] })
      expect(await before((await opened(under)).store, bob, undefined, 10)).toEqual([1])
    })

    it('forgets one conversation and keeps the others', async () => {
      const { store } = await opened(under)
      const messages = ['bob', 'carol'].flatMap((name) => [1, 2, 3].map((place) => messageRow(name, place)))
      await store.commit({ ...putSelfAndBob, messages })
      await store.commit({ ...noChanges, forgottenConversations: [bob] })
      const again = (await opened(under)).store
      expect(await before(again, bob, undefined, 10)).toEqual([])
      expect(await message(again, 'bob', 2)).toBeUndefined()
      expect(await before(again, carol, undefined, 10)).toEqual([1, 2, 3])
    })

    it('remembers what was seen until its day is over, by the day', async () => {
      const { store } = await opened(under)
      const keys = [-2, 0, 2].map((days) => ({ key: seenContent(bob, `${days}`), row: seenRow(`${days}`, ROWS_NOW_MS + days * DAY_MS) }))
      await store.commit({ ...putSelf, seen: keys })
      await store.commit({ ...noChanges, forgetSeenBeforeMs: ROWS_NOW_MS - 10 * DAY_MS })
      for (const { key, row } of keys) expect(await seen(store, key)).toStrictEqual(row)
      await store.commit({ ...noChanges, forgetSeenBeforeMs: ROWS_NOW_MS - 1 })
      const again = (await opened(under)).store
      expect(await seen(again, seenContent(bob, '-2'))).toBeUndefined()
      expect(await seen(again, seenContent(bob, '0'))).toStrictEqual(keys[1]?.row)
      expect(await seen(again, seenContent(bob, '2'))).toStrictEqual(keys[2]?.row)
    })
  })

  describe('all or nothing', () => {
    it('keeps nothing of a commit that cannot be written whole', async () => {
      const { store } = await opened(under)
      await store.commit(putSelf)
      const { held } = store
      // A value that no store can keep, past the compiler.
      const bad = { ...seenRow('bad'), hash: (() => {}) as unknown as Uint8Array }
      const changes: Changes = {
        ...put('contacts', bob, contactRow('bob')),
        messages: [messageRow('bob', 1)],
        seen: [
          { key: 'good', row: seenRow('good') },
          { key: 'bad', row: bad },
        ],
      }
      await expect(store.commit(changes)).rejects.toThrow()
      expect(store.held).toBe(held)
      const again = (await opened(under)).store
      expect(again.held.contacts.size).toBe(0)
      expect(await message(again, 'bob', 1)).toBeUndefined()
      expect(await seen(again, 'good')).toBeUndefined()
    })

    it('lets nobody write who opened the profile earlier', async () => {
      const { store: older } = await opened(under)
      await older.commit(putSelf)
      const { store: newer } = await opened(under)
      const { held } = older
      await expect(older.commit({ ...put('contacts', bob, contactRow('bob')), messages: [messageRow('bob', 1)] })).rejects.toMatchObject({
        name: 'StoreTrouble',
        reason: 'not-owner',
      })
      expect(older.held).toBe(held)
      await expect(older.wipe()).rejects.toMatchObject({ reason: 'not-owner' })
      await newer.commit(put('contacts', carol, contactRow('carol')))
      const last = (await opened(under)).store
      expect([...last.held.contacts.keys()]).toEqual([carol])
      expect(await message(last, 'bob', 1)).toBeUndefined()
    })

    it('knows whether the disk is as it says', async () => {
      const { store } = await opened(under)
      await store.check()
      await store.commit(putSelf)
      await store.commit(put('contacts', bob, contactRow('bob')))
      await store.check()
      const { store: newer } = await opened(under)
      await newer.check()
      await expect(store.check()).rejects.toMatchObject({ reason: 'not-owner' })
    })

    it('wipes everything, and is a new profile afterwards', async () => {
      const { store } = await opened(under)
      await store.commit({ ...noChanges, held: oneOfEach(), messages: [messageRow('bob', 1)], seen: [{ key: 'k', row: seenRow('k') }] })
      await store.wipe()
      await expect(store.commit(putSelf)).rejects.toThrow()
      const again = await opened(under)
      expect(again.isNew).toBe(true)
      expect(Object.values(again.store.held).every((rows) => rows.size === 0)).toBe(true)
      expect(await before(again.store, bob, undefined, 10)).toEqual([])
      expect(await seen(again.store, 'k')).toBeUndefined()
    })

    it('does nothing once it is closed', async () => {
      const { store } = await opened(under)
      await store.commit(putSelf)
      store.close()
      await expect(store.commit(putSelf)).rejects.toThrow()
      await expect(store.look([{ type: 'seen', key: 'k' }])).rejects.toThrow()
      expect((await opened(under)).store.held.self.size).toBe(1)
    })
  })

  describe('damage', () => {
    const tables = oneOfEach().map(({ table }) => table)
    const fill = async (): Promise<void> => {
      const { store } = await opened(under)
      const messages = [1, 2, 3, 4, 5].map((place) => messageRow('bob', place))
      await store.commit({ ...noChanges, held: oneOfEach(), messages, seen: [{ key: 'k', row: seenRow('k') }] })
      store.close()
    }

    it.each(tables.filter((table) => table !== 'self'))(
      'leaves a row of %s out that does not open, tells it, and keeps the rest',
      async (table) => {
        await fill()
        expect(await under.tamper(table)).toBeGreaterThan(0)
        const { damaged, store } = await opened(under)
        expect(new Set(damaged.map((damage) => damage.table))).toEqual(new Set([table]))
        for (const other of tables) expect([other, store.held[other].size]).toEqual([other, other === table ? 0 : 1])
        await store.commit(put('contacts', carol, contactRow('carol')))
        expect(store.held.contacts.has(carol)).toBe(true)
      },
    )

    it('does not open a profile whose self does not open, or is missing', async () => {
      await fill()
      await under.tamper('self')
      expect(await under.open()).toEqual({ ok: false, reason: 'record-damaged' })
      await under.drop('self')
      expect(await under.open()).toEqual({ ok: false, reason: 'record-damaged' })
    })

    it('knows whether the window has lost its mark since it was opened last', async () => {
      const isLost = async (isMarked: boolean | undefined) => (await opened(under, { isMarked })).isMarkLost
      const { isMarkLost, store } = await opened(under, { isMarked: false })
      await store.commit(putSelf)
      expect(isMarkLost).toBe(false)
      expect([await isLost(false), await isLost(true), await isLost(undefined), await isLost(true)]).toEqual([false, false, false, false])
      // Said once.
      expect([await isLost(false), await isLost(false), await isLost(true)]).toEqual([true, false, false])
      await (await opened(under)).store.wipe()
      expect(await isLost(false)).toBe(false)
    })

    it('opens a profile that has settings and no self yet', async () => {
      const { store } = await opened(under)
      await store.commit({ ...noChanges, held: oneOfEach().filter(({ table }) => table === 'settings') })
      const again = await opened(under)
      expect(again.isNew).toBe(false)
      expect(again.store.held.settings.size).toBe(1)
    })

    it('leaves damaged messages out of their conversation and tells each once', async () => {
      await fill()
      expect(await under.tamper('messages')).toBe(5)
      const found: Damage[] = []
      const { damaged, store } = await opened(under, { damageFound: (damage) => void found.push(damage) })
      expect(damaged).toEqual([])
      await store.commit({ ...noChanges, messages: [messageRow('bob', 6), messageRow('bob', 2)] })
      expect(await before(store, bob, undefined, 2)).toEqual([2, 6])
      expect(await before(store, bob, undefined, 10)).toEqual([2, 6])
      expect(await message(store, 'bob', 3)).toBeUndefined()
      expect(found).toEqual([{ table: 'messages' }, { table: 'messages' }, { table: 'messages' }, { table: 'messages' }])
    })

    it('takes a damaged note of what was seen for none', async () => {
      await fill()
      expect(await under.tamper('seen')).toBe(1)
      const found: Damage[] = []
      const { store } = await opened(under, { damageFound: (damage) => void found.push(damage) })
      expect(await seen(store, 'k')).toBeUndefined()
      expect(found).toEqual([{ table: 'seen' }])
    })
  })
}
