// What history costs where it is kept: runs in a page of the relay's address on which Parley does not, with the product's
// store, messenger and runtime, on the profile that lies in this browser. Times are from what is asked to what is told.

import { toHex } from '../src/crypto/bytes.ts'
import { systemRandom } from '../src/crypto/random.ts'
import type { Command, Event } from '../src/messenger/api.ts'
import { step } from '../src/messenger/messenger.ts'
import { seenContent } from '../src/messenger/state.ts'
import { openStore } from '../src/store/indexed-db.ts'
import type { Store } from '../src/store/store.ts'
import { systemTimers } from '../src/worker/clock.ts'
import { createRuntime } from '../src/worker/runtime.ts'

export interface HistoryTimes {
  readonly startMs: readonly number[]
  readonly newestMs: readonly number[]
  readonly firstMs: readonly number[]
  readonly loadMs: readonly number[]
  readonly searchMs: readonly number[]
}

export interface CommitTimes {
  readonly commitMs: readonly number[]
  readonly bareMs: readonly number[]
  readonly bytes: number
}

declare global {
  var persistence: {
    /** Brings everything into the index. @returns how long that took, and its longest turn */
    readonly index: () => Promise<{ readonly allMs: number; readonly longestMs: number }>
    readonly history: (rounds: number, queries: readonly string[]) => Promise<HistoryTimes>
    readonly commits: (rounds: number) => Promise<CommitTimes>
  }
}

const PAGE = 50
const RESULTS = 30

const open = async (): Promise<Store> => {
  const opened = await openStore()
  if (!opened.ok) throw new Error(opened.reason)
  return opened.store
}

/** The messenger on the disk. `asks` settles when the command was answered by an event of this type. */
const start = async () => {
  const store = await open()
  let hear: (event: Event) => void = () => {}
  const runtime = createRuntime({
    store,
    step,
    random: systemRandom,
    timers: systemTimers,
    post: (message) => (message.type === 'event' ? hear(message.event) : undefined),
    bug: (thrown) => reportError(thrown),
    ended: () => {},
  })
  const told = async <Type extends Event['type']>(type: Type, ask: () => Promise<boolean>): Promise<Extract<Event, { type: Type }>> => {
    let found: Event | undefined
    hear = (event) => {
      if (event.type === type) found = event
    }
    await ask()
    if (found === undefined) throw new Error(`persistence: no ${type}`)
    // Of that type, as it was found by it.
    return found as Extract<Event, { type: Type }>
  }
  const asks = <Type extends Event['type']>(type: Type, command: Command) => told(type, () => runtime.take({ type: 'command', command }))
  await told('opened', () => runtime.take({ type: 'opened' }))
  return {
    asks,
    store,
    stop: () => {
      runtime.stop()
      store.close()
    },
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now()
  await work()
  return performance.now() - startedAtMs
}

const onlyContact = (store: Store) => {
  const [contact] = store.held.contacts.values()
  if (contact === undefined) throw new Error('persistence: no contact')
  return contact
}

const search = (query: string): Extract<Command, { type: 'search-messages' }> => ({
  type: 'search-messages',
  contactId: undefined,
  query,
  after: undefined,
  count: RESULTS,
})

const index = async () => {
  const { asks, stop } = await start()
  let longestMs = 0
  const allMs = await timed(async () => {
    for (let behind = 1; behind > 0; ) {
      // A search stands in line behind one turn of the index; what it takes itself is next to nothing.
      longestMs = Math.max(
        longestMs,
        await timed(async () => {
          ;({ behind } = await asks('messages-found', search('')))
        }),
      )
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  })
  stop()
  return { allMs, longestMs }
}

const history = async (rounds: number, queries: readonly string[]): Promise<HistoryTimes> => {
  const times = {
    startMs: [] as number[],
    newestMs: [] as number[],
    firstMs: [] as number[],
    loadMs: [] as number[],
    searchMs: [] as number[],
  }
  for (let round = 0; round < rounds; round++) {
    let device: Awaited<ReturnType<typeof start>> | undefined
    times.startMs.push(
      await timed(async () => {
        device = await start()
      }),
    )
    if (device === undefined) throw new Error('persistence: not started')
    const { asks, stop, store } = device
    const { contactId } = onlyContact(store)
    times.newestMs.push(await timed(() => asks('messages-loaded', { type: 'load-messages', contactId, before: undefined, count: PAGE })))
    const fromFirst = { type: 'load-messages-from', contactId, from: 1, count: PAGE, isJump: true } as const
    times.firstMs.push(await timed(() => asks('messages-loaded-from', fromFirst)))
    times.loadMs.push(await timed(() => asks('messages-found', search(''))))
    for (const query of queries) {
      for (let length = 1; length <= query.length; length++)
        times.searchMs.push(await timed(() => asks('messages-found', search(query.slice(0, length)))))
    }
    stop()
  }
  return times
}

/** Everything that is put into any table meanwhile. */
const countPuts = () => {
  const put = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, 'put')?.value as IDBObjectStore['put']
  let bytes = 0
  IDBObjectStore.prototype.put = function (value, key) {
    for (const field of Object.values(value as object)) bytes += field instanceof Uint8Array ? field.length : 8
    return put.call(this, value, key)
  }
  return {
    stop: () => {
      IDBObjectStore.prototype.put = put
      return bytes
    },
  }
}

const bareDatabase = (): Promise<IDBDatabase> =>
  new Promise((done, fail) => {
    const request = indexedDB.open('bare', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('rows')
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(new Error('persistence: no database'))
  })

const putBare = (database: IDBDatabase, bytes: Uint8Array, key: number): Promise<void> =>
  new Promise((done, fail) => {
    const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
    transaction.objectStore('rows').put(bytes, key)
    transaction.oncomplete = () => done()
    transaction.onabort = () => fail(new Error('persistence: aborted'))
  })

/** What a received message commits, as the product's store writes it, and the same bytes as one record: by turns. */
const commits = async (rounds: number): Promise<CommitTimes> => {
  const store = await open()
  const bare = await bareDatabase()
  const text = 'See you at the station, half past six?'
  const receive = (): Promise<void> => {
    const contact = onlyContact(store)
    const [key, record] = [...store.held.sessions][0] ?? []
    if (key === undefined || record?.current === undefined) throw new Error('persistence: no session')
    const { contactId, nextPlace: place } = contact
    const [messageId, nowMs] = [toHex(systemRandom(16)), Date.now()]
    const message = { contactId, place, messageId, direction: 'in', text, sentAtMs: nowMs, arrivedAtMs: nowMs, state: 'received' } as const
    const moved = { ...record, current: { ...record.current, ratchet: { ...record.current.ratchet } } }
    const seen = { hash: systemRandom(32), contentId: messageId, keptUntilMs: nowMs }
    return store.commit({
      held: [
        { table: 'sessions', key, row: moved },
        {
          table: 'contacts',
          key: contactId,
          row: { ...contact, nextPlace: place + 1, newest: { place, text, atMs: nowMs, direction: 'in' } },
        },
      ],
      messages: [message],
      forgottenConversations: [],
      segments: [],
      forgottenSegments: [],
      seen: [
        { key: `envelope/${messageId}`, row: seen },
        { key: seenContent(contactId, messageId), row: seen },
      ],
      forgetSeenBeforeMs: undefined,
    })
  }
  const counted = countPuts()
  await receive()
  const bytes = counted.stop()
  const [commitMs, bareMs]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    const same = systemRandom(bytes)
    commitMs.push(await timed(receive))
    bareMs.push(await timed(() => putBare(bare, same, round)))
  }
  store.close()
  bare.close()
  return { commitMs, bareMs, bytes }
}

globalThis.persistence = { index, history, commits }
