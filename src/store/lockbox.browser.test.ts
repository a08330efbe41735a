import { afterEach, describe, expect, it, vi } from 'vitest'
import { contactIdOf, contactRow, messageRow, noChanges, oneOfEach, seenRow, selfRow } from '../../test/support/rows.ts'
import { asSecret, concat } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import { systemRandom } from '../crypto/random.ts'
import type { LockProof } from '../messenger/api.ts'
import type { RowKeys } from './at-rest.ts'
import { openStore, wipeDatabase } from './indexed-db.ts'
import { createLockbox, type Derive, type Lockbox } from './lockbox.ts'
import { LOCKED_DATABASE_NAME } from './schema.ts'
import type { Store } from './store.ts'

// The lock in a real browser, with a derivation that costs nothing. A page that is killed is one whose writes are refused from
// some moment on and of which nothing is left but the disk.

const derive: Derive = (passphrase, salt) =>
  Promise.resolve({ ok: true, key: asSecret(sha256(concat(new TextEncoder().encode(passphrase), salt))) })

const passphrase = 'correct horse battery'
const right: LockProof = { type: 'passphrase', passphrase }
const wrong: LockProof = { type: 'passphrase', passphrase: 'correct horse' }

interface House {
  readonly plain: string
  readonly locked: string
}
let houses: House[] = []
let boxes: Lockbox[] = []
let stores: Store[] = []
let nowMs = 1_000_000

const newHouse = (): House => {
  const name = `lock-${crypto.randomUUID()}`
  const house = { plain: name, locked: `${name}-locked` }
  houses.push(house)
  return house
}
const boxOf = (names: House): Lockbox => {
  const box = createLockbox({ derive, random: systemRandom, nowMs: () => nowMs, locks: navigator.locks, names })
  boxes.push(box)
  return box
}
const opened = async (house: House, keys?: RowKeys): Promise<Store> => {
  const result = await openStore({ name: keys ? house.locked : house.plain, keys })
  if (!result.ok) throw new Error(result.reason)
  expect(result.damaged).toEqual([])
  stores.push(result.store)
  return result.store
}

const bob = contactIdOf('bob')
const MESSAGES = 230
const seenKeys = Array.from({ length: 5 }, (_, i) => `envelope/${bob}/${i}`)
const shared = seenRow('shared')

const fill = async (house: House, held = oneOfEach()): Promise<void> => {
  const store = await opened(house)
  await store.commit({
    ...noChanges,
    held,
    messages: Array.from({ length: MESSAGES }, (_, i) => messageRow('bob', i)),
    // Two of them are one row.
    seen: seenKeys.map((key, i) => ({ key, row: i < 2 ? shared : seenRow(key) })),
  })
  store.close()
}

/** Everything that a profile says of itself. */
const contentsOf = async (store: Store) => ({
  held: store.held,
  found: await store.look([
    { type: 'messages-before', contactId: bob, before: undefined, count: 1_000 },
    ...seenKeys.map((key) => ({ type: 'seen', key }) as const),
  ]),
})

const closeAll = (): void => {
  for (const store of stores.splice(0)) store.close()
  for (const box of boxes.splice(0)) box.close()
}
const namesThere = async (house: House): Promise<readonly string[]> =>
  (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith(house.plain) === true ? [name] : [])).sort()
const isSwept = async (house: House, ...left: readonly string[]): Promise<void> => {
  await expect.poll(() => namesThere(house)).toEqual(left)
}

afterEach(async () => {
  vi.restoreAllMocks()
  closeAll()
  for (const { locked, plain } of houses) for (const name of [plain, locked]) await wipeDatabase(name)
  houses = []
  boxes = []
  stores = []
  nowMs = 1_000_000
})

const setLock = async (house: House, box = boxOf(house)): Promise<RowKeys> => {
  const begun = await box.begin(passphrase)
  if (!begun.ok) throw new Error(begun.reason)
  const keys = await box.move(begun.keys, () => {})
  if (keys === undefined) throw new Error('no lock is set')
  return keys
}

const unlocked = async (box: Lockbox, proof: LockProof = right) => {
  const answer = await box.unlock(proof)
  if (!answer.ok) throw new Error(answer.reason)
  return answer
}

const all = async (name: string): Promise<ReadonlyMap<string, readonly unknown[]>> => {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error ?? new Error('no reason'))
  })
  const tables = await Promise.all(
    [...database.objectStoreNames].map(
      (table) =>
        new Promise<[string, readonly unknown[]]>((resolve) => {
          const reading = database.transaction(table).objectStore(table).getAll()
          reading.onsuccess = () => resolve([table, reading.result])
        }),
    ),
  )
  database.close()
  return new Map(tables)
}

/** What somebody does who writes to the disk. */
const alterRecord = (house: House, alter: (record: object) => object): Promise<void> =>
  new Promise((resolve) => {
    const opening = indexedDB.open(house.locked)
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('meta', 'readwrite')
      const meta = transaction.objectStore('meta')
      const reading = meta.get('lock')
      reading.onsuccess = () => meta.put(alter(reading.result), 'lock')
      transaction.oncomplete = () => {
        opening.result.close()
        resolve()
      }
    }
  })

describe('a lock', () => {
  it('takes everything along, under other keys and names, and leaves nothing behind', async () => {
    const house = newHouse()
    await fill(house)
    const store = await opened(house)
    const before = await contentsOf(store)
    store.close()
    const plain = await all(house.plain)
    const told: number[] = []
    const box = boxOf(house)
    const begun = await box.begin(passphrase)
    if (!begun.ok) throw new Error(begun.reason)
    const keys = await box.move(begun.keys, ({ done, total }) => told.push(done / total))
    expect(told.at(-1)).toBe(1)
    expect(told).toEqual([...told].sort((a, b) => a - b))

    expect(await contentsOf(await opened(house, keys))).toEqual(before)
    await isSwept(house, house.locked)
    const locked = await all(house.locked)
    for (const [table, records] of plain) {
      if (table === 'meta') continue
      expect(locked.get(table)?.length, table).toBe(records.length)
      const namesOf = (list: readonly unknown[] = []) => list.map((record) => String((record as { name: Uint8Array }).name))
      const names = new Set(namesOf(records))
      expect(
        namesOf(locked.get(table)).filter((name) => names.has(name)),
        table,
      ).toEqual([])
    }
    // The keys are nowhere: neither as keys nor as bytes that could be them.
    expect(locked.get('meta')?.some((value) => typeof value === 'object' && value !== null && 'sealing' in value)).toBe(false)
  })

  it('opens by its passphrase only, and by the next one once it was changed', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const box = boxOf(house)
    expect(await box.read()).toMatchObject({ phase: 'locked', failures: 0 })
    expect(await box.unlock(wrong)).toEqual({ ok: false, reason: 'wrong' })
    const before = await contentsOf(await opened(house, (await unlocked(box)).keys))
    expect(await box.changePassphrase(wrong, 'another passphrase')).toEqual({ ok: false, reason: 'wrong' })
    expect(await box.changePassphrase(right, 'short')).toEqual({ ok: false, reason: 'too-short' })
    expect(await box.changePassphrase(right, 'another passphrase')).toEqual({ ok: true })
    expect(await box.unlock(right)).toEqual({ ok: false, reason: 'wrong' })
    const { keys } = await unlocked(box, { type: 'passphrase', passphrase: 'another passphrase' })
    expect(await contentsOf(await opened(house, keys))).toEqual(before)
  })

  it('refuses a passphrase that is too short, counted in letters', async () => {
    const house = newHouse()
    await fill(house)
    expect(await boxOf(house).begin('🔑🔑🔑🔑🔑🔑🔑')).toEqual({ ok: false, reason: 'too-short' })
    expect(await boxOf(house).read()).toBeUndefined()
  })

  it('slows down who tries wrong ones, also over a restart, and deletes nothing', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    for (let i = 0; i < 3; i++) expect(await boxOf(house).unlock(wrong)).toEqual({ ok: false, reason: 'wrong' })
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wait' })
    nowMs += 4_999
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wait' })
    nowMs += 1
    expect(await boxOf(house).unlock(wrong)).toEqual({ ok: false, reason: 'wrong' })
    nowMs += 9_999
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wait' })
    nowMs += 1
    expect((await unlocked(boxOf(house))).record.failures).toBe(0)
  })

  it('takes no more than three of many that are tried at once, in whichever tabs and for whatever', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const another = { credentialId: systemRandom(20), salt: systemRandom(32), output: systemRandom(32) }
    const tries = await Promise.all(
      Array.from({ length: 4 }, () => boxOf(house)).flatMap((box) => [
        box.unlock(wrong),
        box.beginRemoval(wrong),
        box.changePassphrase(wrong, 'another passphrase'),
        box.addPasskey(wrong, another),
      ]),
    )
    const reasons = tries.map((answer) => (answer.ok ? 'ok' : answer.reason)).sort()
    expect(reasons).toEqual([...Array.from({ length: 13 }, () => 'wait'), 'wrong', 'wrong', 'wrong'])
    expect(await boxOf(house).read()).toMatchObject({ phase: 'locked', failures: 3 })
  })

  it('keeps nobody out for longer where the clock was ahead when wrong ones were tried', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const present = nowMs
    nowMs += 365 * 86_400_000
    for (let i = 0; i < 3; i++) expect(await boxOf(house).unlock(wrong)).toEqual({ ok: false, reason: 'wrong' })
    nowMs = present
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wait' })
    nowMs += 4_999
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wait' })
    nowMs += 1
    await unlocked(boxOf(house))
  })

  it('begins to count down when it is looked at, where the clock was ahead', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    nowMs += 365 * 86_400_000
    for (let i = 0; i < 3; i++) await boxOf(house).unlock(wrong)
    nowMs = 1_000_000
    expect(await boxOf(house).read()).toMatchObject({ failures: 3, lastFailureAtMs: 1_000_000 })
    nowMs += 5_000
    await unlocked(boxOf(house))
  })

  it('counts a try before it is looked at, so that closing the page takes nothing back', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const never = createLockbox({
      derive: () => new Promise(() => {}),
      random: systemRandom,
      nowMs: () => nowMs,
      locks: navigator.locks,
      names: house,
    })
    void never.unlock(wrong)
    await expect.poll(async () => (await boxOf(house).read()) as unknown).toMatchObject({ failures: 1 })
    never.close()
  })

  it('has a passkey as a second way in, which can be taken away and is never the only one', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const box = boxOf(house)
    const [credentialId, salt, output] = [systemRandom(20), systemRandom(32), systemRandom(32)]
    expect(await box.addPasskey(wrong, { credentialId, salt, output })).toEqual({ ok: false, reason: 'wrong' })
    expect(await box.addPasskey(right, { credentialId, salt, output })).toEqual({ ok: true })
    expect(await box.read()).toMatchObject({ passkey: { credentialId, salt } })
    expect(await box.unlock({ type: 'passkey', output: systemRandom(32) })).toEqual({ ok: false, reason: 'wrong' })
    await opened(house, (await unlocked(box, { type: 'passkey', output })).keys)
    await unlocked(box)
    await box.removePasskey()
    expect(await box.unlock({ type: 'passkey', output })).toEqual({ ok: false, reason: 'wrong' })
    await unlocked(box)
  })

  it('is said to be damaged where its record is, and everything stays as it is', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    closeAll()
    await isSwept(house, house.locked)
    await alterRecord(house, () => ({ phase: 'locked' }))
    expect(await boxOf(house).read()).toBe('damaged')
    expect((await all(house.locked)).get('messages')).toHaveLength(MESSAGES)
  })

  it('is looked for again where the browser cannot say at first which databases there are, and is in doubt where it never can', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    closeAll()
    const databases = vi.spyOn(indexedDB, 'databases')
    databases.mockRejectedValueOnce(new DOMException('damaged', 'UnknownError'))
    expect(await boxOf(house).read()).toMatchObject({ phase: 'locked' })
    expect(databases.mock.calls.length).toBeGreaterThan(1)
    databases.mockRejectedValue(new DOMException('damaged', 'UnknownError'))
    await expect(boxOf(house).read()).rejects.toMatchObject({ reason: 'storage-failed' })
  })

  it.each(['setting', 'removing'] as const)('is not made %s by whoever writes to the disk: unlocking opens it as it was', async (phase) => {
    const house = newHouse()
    await fill(house)
    const before = await contentsOf(await opened(house, await setLock(house)))
    closeAll()
    await isSwept(house, house.locked)
    await alterRecord(house, (record) => ({ ...record, phase }))
    const again = await unlocked(boxOf(house))
    expect(again.record.phase).toBe('locked')
    expect(await contentsOf(await opened(house, again.keys))).toEqual(before)
    expect(await namesThere(house)).toEqual([house.locked])
  })

  it('does not open where nobody can say what it was', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    closeAll()
    await isSwept(house, house.locked)
    await alterRecord(house, (record) => ({ ...record, phaseMac: new Uint8Array(16) }))
    expect(await boxOf(house).unlock(right)).toEqual({ ok: false, reason: 'wrong' })
    expect((await all(house.locked)).get('messages')).toHaveLength(MESSAGES)
  })

  it('is removed: everything is where it was before, under new keys, and the lock is gone', async () => {
    const house = newHouse()
    await fill(house)
    const store = await opened(house)
    const before = await contentsOf(store)
    store.close()
    const box = boxOf(house)
    await setLock(house, box)
    await isSwept(house, house.locked)
    expect(await box.beginRemoval(wrong)).toEqual({ ok: false, reason: 'wrong' })
    const begun = await box.beginRemoval(right)
    if (!begun.ok) throw new Error(begun.reason)
    expect(await box.move(begun.keys, () => {})).toBeUndefined()
    expect(await contentsOf(await opened(house))).toEqual(before)
    await isSwept(house, house.plain)
    expect(await box.read()).toBeUndefined()
    // And once more.
    closeAll()
    await setLock(house, box)
    expect(await box.read()).toMatchObject({ phase: 'locked' })
  })
})

describe('a lock that is to be removed', () => {
  it('stays where there is no room for a second copy, and opens as before', async () => {
    const house = newHouse()
    await fill(house)
    const store = await opened(house)
    const before = await contentsOf(store)
    store.close()
    await setLock(house)
    await isSwept(house, house.locked)
    const box = boxOf(house)
    const begun = await box.beginRemoval(right)
    if (!begun.ok) throw new Error(begun.reason)
    const put = Reflect.get(IDBObjectStore.prototype, 'put') as IDBObjectStore['put']
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      if (this.name === 'messages') throw new DOMException('full', 'QuotaExceededError')
      return put.call(this, value, key)
    })
    await expect(box.move(begun.keys, () => {})).rejects.toMatchObject({ reason: 'storage-full' })
    closeAll()
    expect(await boxOf(house).read()).toMatchObject({ phase: 'locked' })
    await isSwept(house, house.locked)
    const again = await unlocked(boxOf(house))
    expect(again.record.phase).toBe('locked')
    expect(await contentsOf(await opened(house, again.keys))).toEqual(before)
    vi.restoreAllMocks()
    closeAll()
    // Once there is room.
    const second = await boxOf(house).beginRemoval(right)
    if (!second.ok) throw new Error(second.reason)
    expect(await boxOf(house).move(second.keys, () => {})).toBeUndefined()
    expect(await contentsOf(await opened(house))).toEqual(before)
  })
})

describe('wiping a locked Parley', () => {
  it('deletes what is locked while a tab that sleeps keeps what lay there before', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    await isSwept(house, house.locked)
    closeAll()
    const asleep = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open(house.plain)
      opening.onsuccess = () => resolve(opening.result)
    })
    // The names of every Parley, and what lies under them here.
    const remove = Reflect.get(IDBFactory.prototype, 'deleteDatabase') as IDBFactory['deleteDatabase']
    vi.spyOn(IDBFactory.prototype, 'deleteDatabase').mockImplementation(function (this: IDBFactory, name) {
      return remove.call(this, name === LOCKED_DATABASE_NAME ? house.locked : house.plain)
    })
    let isHeldUp = false
    const wiping = wipeDatabase(undefined, () => {
      isHeldUp = true
    })
    await isSwept(house, house.plain)
    await expect.poll(() => isHeldUp).toBe(true)
    asleep.close()
    await wiping
    await isSwept(house)
  })
})

/** From the `after`th transaction that writes on, or deletion, nothing reaches the disk any more. @returns whether it came to that */
const killAfter = (after: number): (() => boolean) => {
  let writes = 0
  let isDead = false
  const transaction = Reflect.get(IDBDatabase.prototype, 'transaction') as IDBDatabase['transaction']
  const remove = Reflect.get(IDBFactory.prototype, 'deleteDatabase') as IDBFactory['deleteDatabase']
  const die = (): never => {
    isDead = true
    throw new DOMException('killed', 'NotReadableError')
  }
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, tables, mode, options) {
    if (mode === 'readwrite' && writes++ >= after) die()
    return transaction.call(this, tables, mode, options)
  })
  vi.spyOn(IDBFactory.prototype, 'deleteDatabase').mockImplementation(function (this: IDBFactory, name) {
    if (writes++ >= after) die()
    return remove.call(this, name)
  })
  return () => isDead
}

/** Runs `work` and lets it die, and whatever it left running beside it. */
const killed = async (after: number, work: () => Promise<unknown>, house: House): Promise<boolean> => {
  const isDead = killAfter(after)
  await work().catch((failure: unknown) => {
    if (!isDead()) throw failure
  })
  // What is swept beside it ends, or dies, under the same lock.
  await navigator.locks.request(`${house.locked}/phase`, () => {})
  vi.restoreAllMocks()
  closeAll()
  return isDead()
}

/** Of some tables, so that there are not too many moments. */
const few = oneOfEach().filter(({ table }) => ['self', 'contacts', 'sessions'].includes(table))

describe('a page that is killed while everything is encrypted anew', () => {
  it.each(['goes on', 'is given up'] as const)(
    'at any moment of setting a lock: it %s, and nothing is lost',
    async (choice) => {
      const phases = new Set<string>()
      // Giving up is the same wherever it was cut off: a step in four is enough.
      for (let after = 0, dies = true; dies; after += choice === 'goes on' ? 1 : 4) {
        const house = newHouse()
        await fill(house, few)
        const store = await opened(house)
        const before = await contentsOf(store)
        closeAll()
        dies = await killed(after, () => setLock(house), house)
        const box = boxOf(house)
        const record = await box.read()
        if (record === 'damaged') throw new Error('damaged')
        phases.add(record?.phase ?? 'none')
        if (record === undefined) {
          expect(await contentsOf(await opened(house))).toEqual(before)
        } else if (record.phase === 'setting' && choice === 'is given up') {
          await box.abandon()
          expect(await box.read()).toBeUndefined()
          expect(await contentsOf(await opened(house))).toEqual(before)
          await isSwept(house, house.plain)
        } else {
          expect(await box.unlock(wrong)).toEqual({ ok: false, reason: 'wrong' })
          const keys = await box.move((await unlocked(box)).keys, () => {})
          expect(await contentsOf(await opened(house, keys))).toEqual(before)
          await isSwept(house, house.locked)
        }
        closeAll()
      }
      // The control: it was killed before, amid and after the move, and not at all in the end.
      expect([...phases].sort()).toEqual(['locked', 'none', 'setting'])
    },
    120_000,
  )

  it('at any moment of removing it: it goes on once it is unlocked, and nothing is lost', async () => {
    const phases = new Set<string>()
    for (let after = 0, dies = true; dies; after++) {
      const house = newHouse()
      await fill(house, few)
      const store = await opened(house)
      const before = await contentsOf(store)
      closeAll()
      await setLock(house)
      await isSwept(house, house.locked)
      closeAll()
      const work = async (): Promise<void> => {
        const box = boxOf(house)
        const begun = await box.beginRemoval(right)
        if (!begun.ok) throw new Error(begun.reason)
        await box.move(begun.keys, () => {})
      }
      dies = await killed(after, work, house)
      const box = boxOf(house)
      const record = await box.read()
      if (record === 'damaged') throw new Error('damaged')
      phases.add(record?.phase ?? 'none')
      const keys = record && (await box.move((await unlocked(box)).keys, () => {}))
      expect(keys !== undefined).toBe(record?.phase === 'locked')
      expect(await contentsOf(await opened(house, keys))).toEqual(before)
      await isSwept(house, keys ? house.locked : house.plain)
      closeAll()
    }
    expect([...phases].sort()).toEqual(['locked', 'none', 'removing'])
  }, 180_000)

  it('does not copy again what it has copied', async () => {
    const house = newHouse()
    await fill(house, few)
    await killed(8, () => setLock(house), house)
    const box = boxOf(house)
    const told: number[] = []
    await box.move((await unlocked(box)).keys, ({ done }) => told.push(done))
    expect(told[0]).toBeGreaterThan(10)
  })
})

describe('two tabs that both mean to have the profile', () => {
  it('never move it both: the one that began earlier writes no more', async () => {
    const house = newHouse()
    await fill(house)
    const first = boxOf(house)
    const begun = await first.begin(passphrase)
    if (!begun.ok) throw new Error(begun.reason)
    const second = boxOf(house)
    let overtaking: Promise<unknown> | undefined
    const moving = first.move(begun.keys, () => {
      overtaking ??= unlocked(second).then(({ keys }) => second.move(keys, () => {}))
    })
    // Whoever is first past the other: one ends as not the owner, or finds the move done.
    const [one, other] = await Promise.allSettled([
      moving,
      expect
        .poll(() => overtaking)
        .toBeDefined()
        .then(() => overtaking),
    ])
    for (const end of [one, other]) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ reason: 'not-owner' })
    }
    expect([one.status, other.status]).toContain('fulfilled')
    closeAll()
    const box = boxOf(house)
    const store = await opened(house, (await unlocked(box)).keys)
    expect((await contentsOf(store)).found[0]).toMatchObject({ rows: { length: MESSAGES } })
  })

  /** A tab that falls asleep while its passphrase is stretched, and wakes when it is told to. */
  const sleeper = (house: House, sleepsAt = 1) => {
    let wake = (): void => {}
    let derivations = 0
    const awake = new Promise<void>((resolve) => (wake = resolve))
    const box = createLockbox({
      derive: async (...asked) => {
        if (++derivations === sleepsAt) await awake
        return derive(...asked)
      },
      random: systemRandom,
      nowMs: () => nowMs,
      locks: navigator.locks,
      names: house,
    })
    boxes.push(box)
    return { box, wake }
  }
  const removeLock = async (house: House): Promise<void> => {
    const box = boxOf(house)
    const begun = await box.beginRemoval(right)
    if (!begun.ok) throw new Error(begun.reason)
    await box.move(begun.keys, () => {})
  }

  it('never begin a lock over another one: who slept over it finds everything there', async () => {
    const house = newHouse()
    await fill(house)
    const { box, wake } = sleeper(house)
    const late = box.begin('another passphrase')
    const keys = await setLock(house)
    await isSwept(house, house.locked)
    wake()
    expect(await late).toEqual({ ok: false, reason: 'no-lock' })
    const store = await opened(house, keys)
    expect((await contentsOf(store)).found[0]).toMatchObject({ rows: { length: MESSAGES } })
  })

  it('never remove a lock that is gone: who slept over it clears nothing', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const { box, wake } = sleeper(house)
    const late = box.beginRemoval(right)
    await expect.poll(async () => (await boxOf(house).read()) as unknown).toMatchObject({ failures: 1 })
    await removeLock(house)
    await isSwept(house, house.plain)
    wake()
    expect(await late).toEqual({ ok: false, reason: 'no-lock' })
    expect((await contentsOf(await opened(house))).found[0]).toMatchObject({ rows: { length: MESSAGES } })
  })

  it('never change the passphrase of another lock than the one that it was proven to', async () => {
    const house = newHouse()
    await fill(house)
    await setLock(house)
    const { box, wake } = sleeper(house, 2)
    const late = box.changePassphrase(right, 'another passphrase')
    await expect.poll(async () => (await boxOf(house).read()) as unknown).toMatchObject({ failures: 0, lastFailureAtMs: nowMs })
    await removeLock(house)
    await isSwept(house, house.plain)
    await setLock(house)
    wake()
    expect(await late).toEqual({ ok: false, reason: 'no-lock' })
    const store = await opened(house, (await unlocked(boxOf(house))).keys)
    expect((await contentsOf(store)).found[0]).toMatchObject({ rows: { length: MESSAGES } })
  })

  it('never write what is being moved: neither who had it open, nor who opens it then', async () => {
    const house = newHouse()
    await fill(house)
    const sleeper = await opened(house)
    const box = boxOf(house)
    const begun = await box.begin(passphrase)
    if (!begun.ok) throw new Error(begun.reason)
    let late: Promise<unknown> | undefined
    const keys = await box.move(begun.keys, () => {
      late ??= openStore({ name: house.plain })
    })
    const carol = { table: 'contacts', key: contactIdOf('carol'), row: contactRow('carol') } as const
    await expect(sleeper.commit({ ...noChanges, held: [carol] })).rejects.toMatchObject({ reason: 'not-owner' })
    expect(await late).toEqual({ ok: false, reason: 'not-owner' })
    sleeper.close()
    expect((await opened(house, keys)).held.contacts.has(contactIdOf('carol'))).toBe(false)
  })

  it('never finish a lock that was given up', async () => {
    const house = newHouse()
    await fill(house)
    const first = boxOf(house)
    const begun = await first.begin(passphrase)
    if (!begun.ok) throw new Error(begun.reason)
    let givingUp: Promise<void> | undefined
    const moving = first.move(begun.keys, () => {
      givingUp ??= boxOf(house).abandon()
    })
    await expect(moving).rejects.toMatchObject({ reason: 'not-owner' })
    await givingUp
    const store = await opened(house)
    await store.commit({ ...noChanges, held: [{ table: 'contacts', key: contactIdOf('carol'), row: contactRow('carol') }] })
    expect(store.held.self.get('self')).toEqual(selfRow())
  })
})
