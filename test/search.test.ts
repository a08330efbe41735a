import { beforeEach, describe, expect, it } from 'vitest'
import type { Command, Event } from '../src/messenger/api.ts'
import { asleep, type Live } from '../src/messenger/live.ts'
import { type Input, step } from '../src/messenger/messenger.ts'
import { SEGMENT_LENGTH } from '../src/messenger/segment.ts'
import type { HeldChange, Lookup } from '../src/messenger/state.ts'
import type { Store } from '../src/store/store.ts'
import { createMemoryDisk, type MemoryDisk } from './support/memory-store.ts'
import { contactIdOf, contactRow, messageRow, noChanges, ROWS_NOW_MS, selfRow } from './support/rows.ts'
import { seededRandom } from './support/seeded-random.ts'

type Answer = Extract<Event, { type: 'messages-found' }>

const HOUR_MS = 3_600_000
const bob = contactIdOf('bob')
const carol = contactIdOf('carol')

let disk: MemoryDisk
let device: Device

interface Device {
  readonly take: (input: Input) => Promise<readonly Event[]>
  readonly command: (command: Command) => Promise<readonly Event[]>
  readonly find: (query: string, options?: Partial<Extract<Command, { type: 'search-messages' }>>) => Promise<Answer>
  /** Lets time pass until nothing is due at once. @returns how many turns that took */
  readonly settle: () => Promise<number>
  /** Lets so much time pass, and the clock strike. */
  readonly passes: (ms: number) => Promise<unknown>
  readonly store: Store
  readonly looked: readonly Lookup[]
}

/** The messenger on a disk, as after a start; what upkeep does is not looked at here. */
const start = async (): Promise<Device> => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const { store } = opened
  const random = seededRandom('search')
  const looked: Lookup[] = []
  let live: Live = { ...asleep, upkeepAtMs: ROWS_NOW_MS + HOUR_MS }
  let nowMs = ROWS_NOW_MS
  let wakeAtMs: number | undefined = nowMs
  const take = async (input: Input): Promise<readonly Event[]> => {
    let outcome = step(store.held, live, input, nowMs, random)
    while ('needs' in outcome) {
      looked.push(...outcome.needs)
      outcome = outcome.resume(await store.look(outcome.needs))
    }
    await store.commit(outcome.done.changes)
    live = outcome.done.live
    wakeAtMs = outcome.done.wakeAtMs
    return outcome.done.effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []))
  }
  const command = (given: Command): Promise<readonly Event[]> => take({ type: 'command', command: given })
  return {
    take,
    command,
    find: async (query, options) => {
      const told = await command({ type: 'search-messages', contactId: undefined, query, after: undefined, count: 20, ...options })
      const answer = told.find((event) => event.type === 'messages-found')
      if (answer?.type !== 'messages-found') throw new Error('search: no answer')
      return answer
    },
    settle: async () => {
      let turns = 0
      for (; wakeAtMs !== undefined && wakeAtMs <= nowMs; turns++) await take({ type: 'clock' })
      return turns
    },
    passes: (ms) => {
      nowMs += ms
      return take({ type: 'clock' })
    },
    store,
    looked,
  }
}

const textAt = (place: number): string => `${place % 100 === 7 ? 'Crème' : 'plain'} number${place}`

/** Puts a conversation on the disk as it lies there without an index. */
const converse = async (name: string, texts: readonly string[], first = 1): Promise<void> => {
  const { store } = await start()
  const held: readonly HeldChange[] = [
    { table: 'self', key: 'self', row: selfRow() },
    { table: 'contacts', key: contactIdOf(name), row: contactRow(name, { nextPlace: first + texts.length }) },
  ]
  const messages = texts.map((text, i) => messageRow(name, first + i, { text, arrivedAtMs: ROWS_NOW_MS - 1_000_000 + (first + i) * 10 }))
  await store.commit({ ...noChanges, held, messages })
}
const numbered = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, i) => textAt(from + i))

const placesIn = ({ messages }: Answer): readonly number[] => messages.map(({ place }) => place)

beforeEach(() => {
  disk = createMemoryDisk()
})

describe('a search', () => {
  it('finds words by their beginnings, without case and marks, newest first', async () => {
    await converse('bob', ['Meet me at the station', 'Crème brûlée?', 'No', 'The STATIONERY shop'])
    device = await start()
    expect(placesIn(await device.find('stat'))).toEqual([4, 1])
    expect(placesIn(await device.find('the sta'))).toEqual([4, 1])
    expect(placesIn(await device.find('BRULEE creme'))).toEqual([2])
    expect(placesIn(await device.find('tation'))).toEqual([])
    expect(await device.find('stat meet')).toMatchObject({ query: 'stat meet', total: 1, behind: 0, next: undefined })
  })

  it('shows the words that were found, as they were written', async () => {
    await converse('bob', ['Crème brûlée?'])
    device = await start()
    expect((await device.find('brul')).messages).toMatchObject([
      {
        contactId: bob,
        place: 1,
        snippet: [
          { text: 'Crème ', isFound: false },
          { text: 'brûlée', isFound: true },
          { text: '?', isFound: false },
        ],
      },
    ])
  })

  it('finds nothing for a query without words', async () => {
    await converse('bob', ['… !'])
    device = await start()
    for (const query of ['', ' ', '!?', '…']) expect(await device.find(query)).toMatchObject({ messages: [], total: 0, behind: 0 })
  })

  it('looks at no more than 256 characters of a query', async () => {
    await converse('bob', ['a message'])
    device = await start()
    expect((await device.find(`a${' '.repeat(255)}nothing`)).total).toBe(1)
    expect((await device.find(`a${' '.repeat(200)}nothing`)).total).toBe(0)
  })

  it('looks through one conversation, or through all by time', async () => {
    await converse('bob', ['hello bob', 'hello again'])
    await converse('carol', ['hello carol'], 2)
    device = await start()
    expect((await device.find('hello')).messages.map(({ contactId, place }) => [contactId, place])).toEqual(
      [
        [bob, 2],
        [carol, 2],
        [bob, 1],
      ].sort(([a, x], [b, y]) => Number(y) - Number(x) || (String(a) < String(b) ? -1 : 1)),
    )
    expect((await device.find('hello', { contactId: carol })).messages.map(({ contactId }) => contactId)).toEqual([carol])
    expect((await device.find('hello', { contactId: contactIdOf('nobody') })).total).toBe(0)
  })

  it('gives what was found page by page, each once', async () => {
    await converse('bob', numbered(1, 601))
    device = await start()
    await device.settle()
    const places: number[] = []
    let after: Answer['next']
    do {
      const page = await device.find('plain', { after, count: 100 })
      expect(page.total).toBe(594)
      places.push(...placesIn(page))
      after = page.next
    } while (after !== undefined)
    expect(places).toEqual(Array.from({ length: 600 }, (_, i) => 600 - i).filter((place) => place % 100 !== 7))
  })

  it('finds what came since the last one', async () => {
    await converse('bob', ['first station'])
    device = await start()
    expect(placesIn(await device.find('station'))).toEqual([1])
    const contact = device.store.held.contacts.get(bob)
    if (contact === undefined) throw new Error('search: no contact')
    await device.store.commit({
      ...noChanges,
      held: [{ table: 'contacts', key: bob, row: { ...contact, nextPlace: 3 } }],
      messages: [messageRow('bob', 2, { text: 'second station' })],
    })
    expect(new Set(placesIn(await device.find('station')))).toEqual(new Set([1, 2]))
  })

  it('reads the index once and only so many messages as it shows', async () => {
    await converse('bob', numbered(1, 5 * SEGMENT_LENGTH))
    device = await start()
    await device.settle()
    await device.find('')
    const before = device.looked.length
    await device.find('number1', { count: 10 })
    expect(device.looked.slice(before)).toEqual([
      { type: 'messages-at', contactId: bob, places: expect.toSatisfy((places: number[]) => places.length === 10) },
    ])
  })
})

describe('the index', () => {
  it('catches up with everything that is in no segment, a segment a turn', async () => {
    await converse('bob', numbered(1, 1_001))
    await converse('carol', numbered(1, 300))
    device = await start()
    expect(await device.find('number')).toMatchObject({ total: 0, behind: 1_299 })
    expect(await device.settle()).toBe(4)
    expect(device.store.held.indexed.get(bob)).toEqual({ from: 1, to: 769 })
    expect(disk.count('segments')).toBe(4)
    expect(await device.find('number')).toMatchObject({ total: 1_299, behind: 0 })
    expect(placesIn(await device.find('creme', { contactId: bob }))).toEqual([907, 807, 707, 607, 507, 407, 307, 207, 107, 7])
  })

  it('is the same after a crash before or after any of its commits', async () => {
    await converse('bob', numbered(1, 3 * SEGMENT_LENGTH))
    for (const fate of ['lost', 'kept', 'lost'] as const) {
      device = await start()
      void device.take({ type: 'clock' })
      for (let i = 0; i < 50 && !disk.isWriting; i++) await Promise.resolve()
      expect(disk.isWriting).toBe(true)
      disk.crash(fate)
    }
    device = await start()
    await device.settle()
    expect(await device.find('number')).toMatchObject({ total: 3 * SEGMENT_LENGTH - 1, behind: 0 })
    expect((await device.find('creme')).total).toBe(8)
  })

  it('is written once: a later segment leaves the earlier ones alone', async () => {
    await converse('bob', numbered(1, 2 * SEGMENT_LENGTH))
    device = await start()
    await device.settle()
    const written = disk.bytesWritten
    await converse('bob', numbered(2 * SEGMENT_LENGTH, 3 * SEGMENT_LENGTH), 2 * SEGMENT_LENGTH)
    device = await start()
    const conversed = disk.bytesWritten
    await device.settle()
    expect(disk.count('segments')).toBe(2)
    expect(disk.bytesWritten - conversed).toBeLessThan(written)
    expect(await device.settle()).toBe(0)
  })

  it('goes with its conversation, from disk and from memory', async () => {
    await converse('bob', numbered(1, 600))
    await converse('carol', numbered(1, 600))
    device = await start()
    await device.settle()
    expect((await device.find('number')).total).toBe(1_198)
    await device.command({ type: 'clear-conversation', contactId: bob })
    expect(disk.count('segments')).toBe(2)
    expect(device.store.held.indexed.get(bob)).toEqual({ from: 600, to: 600 })
    expect(await device.find('number')).toMatchObject({ total: 599, behind: 0 })
    expect(await device.find('number', { contactId: bob })).toMatchObject({ total: 0, behind: 0 })
    device = await start()
    await device.settle()
    expect(await device.find('number', { contactId: bob })).toMatchObject({ total: 0, behind: 0 })
  })

  it('of a conversation that was cleared covers what comes later', async () => {
    await converse('bob', numbered(1, 600))
    device = await start()
    await device.command({ type: 'clear-conversation', contactId: bob })
    await converse('bob', ['a new station'], 600)
    device = await start()
    await device.settle()
    expect(placesIn(await device.find('station'))).toEqual([600])
  })

  it('is made again where a segment does not open or is missing', async () => {
    for (const damage of [() => disk.tamper('segments'), () => disk.drop('segments')]) {
      disk = createMemoryDisk()
      await converse('bob', numbered(1, 600))
      await (await start()).settle()
      damage()
      device = await start()
      expect(await device.find('number')).toMatchObject({ total: 0, behind: 599 })
      expect(await device.settle()).toBe(2)
      expect(await device.find('number')).toMatchObject({ total: 599, behind: 0 })
    }
  })

  it('covers what can be read of a conversation with damaged messages', async () => {
    await converse('bob', numbered(1, 600))
    disk.tamper('messages')
    await converse('bob', ['a later station'], 600)
    device = await start()
    await device.settle()
    expect(placesIn(await device.find('station'))).toEqual([600])
    expect(await device.find('number')).toMatchObject({ total: 0, behind: 0 })
  })

  it('is in memory for five minutes after the last search', async () => {
    await converse('bob', numbered(1, 300))
    device = await start()
    await device.settle()
    const loads = (): number => device.looked.filter(({ type }) => type === 'segments').length
    await device.find('')
    await device.passes(299_999)
    await device.find('')
    await device.passes(299_999)
    expect(loads()).toBe(1)
    await device.passes(1)
    await device.find('')
    expect(loads()).toBe(2)
  })
})

describe('pages from a place on', () => {
  const page = async (from: number, count: number) =>
    (await device.command({ type: 'load-messages-from', contactId: bob, from, count, isJump: true })).flatMap((event) =>
      event.type === 'messages-loaded-from' ? [[event.messages.map(({ place }) => place), event.reachedStart, event.reachedEnd]] : [],
    )

  it('say whether the conversation goes on at either end', async () => {
    await converse('bob', numbered(5, 25), 5)
    device = await start()
    expect(await page(0, 3)).toEqual([[[5, 6, 7], true, false]])
    expect(await page(6, 3)).toEqual([[[6, 7, 8], false, false]])
    expect(await page(22, 3)).toEqual([[[22, 23, 24], false, true]])
    expect(await page(30, 3)).toEqual([[[], false, true]])
  })
})
