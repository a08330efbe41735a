// Tabs that open, close, freeze, thaw and take the profile at any moment, also between the steps of a commit, while people write
// in them: what was written is kept once and in order. Lost is at most what a tab said that it was still sending as it closed.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFakeChannel } from '../../test/support/fake-channel.ts'
import { createFakeLocks } from '../../test/support/fake-locks.ts'
import { manualTimers } from '../../test/support/manual-timers.ts'
import { noFiles, noFolders, noStretching } from '../../test/support/memory-files.ts'
import { createMemoryLock } from '../../test/support/memory-lockbox.ts'
import type { MemoryDisk } from '../../test/support/memory-store.ts'
import { mortal } from '../../test/support/mortal-locks.ts'
import { contactIdOf, noChanges, ROWS_NOW_MS } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { filledDisk } from '../../test/support/tabs.ts'
import { step } from '../messenger/messenger.ts'
import type { Changes, Lookup } from '../messenger/state.ts'
import type { Opened, OpenOptions, Store } from '../store/store.ts'
import { createProfile } from './profile.ts'

const bob = contactIdOf('bob')
const MOST_TABS = 5

/** The next task: a disk has answered, a channel has delivered. */
const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const tasks = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await nextTask()
}

const browser = (disk: MemoryDisk) => {
  const locks = createFakeLocks()
  const lock = createMemoryLock(() => ROWS_NOW_MS)
  const channel = createFakeChannel()
  let opened = 0

  return () => {
    const name = `${++opened}`
    const mine = mortal(locks)
    const end = channel.open()
    const timers = manualTimers(ROWS_NOW_MS)
    const written: string[] = []
    const bugs: unknown[] = []
    let state: 'awake' | 'frozen' | 'closed' = 'awake'
    let settledSends = 0
    let thawed = Promise.resolve()
    let thaw = (): void => {}

    /** Where a page may stand still, or be gone for good. */
    const point = async (): Promise<void> => {
      await nextTask()
      await thawed
      if (state === 'closed') await new Promise(() => {})
    }
    const withPoints = (store: Store): Store =>
      Object.create(store, {
        look: {
          value: async (lookups: readonly Lookup[]) => {
            const found = await store.look(lookups)
            await point()
            return found
          },
        },
        commit: {
          value: async (changes: Changes) => {
            await point()
            await store.commit(changes)
            await point()
          },
        },
      }) as Store // As it was, but for two of its functions.

    const profile = createProfile({
      files: noFiles,
      folders: noFolders,
      stretch: noStretching,
      lockbox: lock.box(),
      locks: mine.locks,
      channel: { ...end, post: (message) => state !== 'closed' && end.post(message) },
      openStore: async (options: OpenOptions): Promise<Opened> => {
        await point()
        const found = await disk.open(options)
        await point()
        return found.ok ? { ...found, store: withPoints(found.store) } : found
      },
      wipeDatabase: async () => {},
      // What is due by the clock is about keys, which these rows have not.
      step: (held, live, input, nowMs, random) =>
        input.type === 'clock'
          ? { done: { changes: noChanges, effects: [], live, wakeAtMs: undefined } }
          : step(held, live, input, nowMs, random),
      random: seededRandom(`tab ${name}`),
      timers,
      post: (message) => {
        if (message.type === 'sends-settled') settledSends = message.count
        if (message.type === 'ping' && state === 'awake') profile.receive({ type: 'pong', asker: message.asker })
      },
      bug: (thrown) => void bugs.push(thrown),
    })
    profile.receive({ type: 'report', report: { type: 'window-changed', visible: true, online: true } })
    profile.receive({ type: 'start', markerPresent: true })

    return {
      name,
      bugs,
      written,
      state: () => state,
      isSending: () => settledSends < written.length,
      writes: (): void => {
        const text = `${name}.${written.length}`
        written.push(text)
        profile.receive({ type: 'command', command: { type: 'send-message', contactId: bob, text } })
      },
      usesHere: () => profile.receive({ type: 'take-over' }),
      waits: (byMs: number) => timers.advance(byMs),
      freezes: (): void => {
        state = 'frozen'
        thawed = new Promise((resolve) => {
          thaw = resolve
        })
        end.freeze()
        mine.freeze()
      },
      thaws: (): void => {
        state = 'awake'
        thaw()
        end.thaw()
        mine.thaw()
      },
      closes: (): void => {
        state = 'closed'
        end.close()
        mine.die()
        thaw()
      },
    }
  }
}

const event = fc.record({
  what: fc.oneof(
    { weight: 10, arbitrary: fc.constant('write' as const) },
    { weight: 3, arbitrary: fc.constantFrom('open' as const, 'close' as const, 'use' as const) },
    { weight: 8, arbitrary: fc.constantFrom('freeze or thaw' as const, 'wait' as const) },
  ),
  where: fc.nat(MOST_TABS - 1),
  waitMs: fc.integer({ min: 2_000, max: 5_000 }),
  /** Until the next one happens. */
  afterTasks: fc.nat(6),
  afterTicks: fc.nat(8),
})

it('what is written in any tab is kept once and in order, whatever becomes of the tabs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60 }), async (events) => {
      const disk = await filledDisk()
      const openTab = browser(disk)
      const tabs = [openTab(), openTab()]
      const mayBeLost = new Set<string>()
      for (const { afterTasks, afterTicks, waitMs, what, where } of events) {
        const there = tabs.filter((tab) => tab.state() !== 'closed')
        const tab = there[where % Math.max(there.length, 1)]
        if (tab === undefined || (what === 'open' && there.length < MOST_TABS)) tabs.push(openTab())
        else if (what === 'close') {
          if (tab.isSending()) for (const text of tab.written) mayBeLost.add(text)
          tab.closes()
        } else if (what === 'freeze or thaw') (tab.state() === 'frozen' ? tab.thaws : tab.freezes)()
        else if (tab.state() === 'awake' && what === 'write') tab.writes()
        else if (tab.state() === 'awake' && what === 'use') tab.usesHere()
        else if (tab.state() === 'awake' && what === 'wait') tab.waits(waitMs)
        await tasks(afterTasks)
        for (let i = 0; i < afterTicks; i++) await Promise.resolve()
      }

      for (const tab of tabs) if (tab.state() === 'frozen') tab.thaws()
      if (tabs.every((tab) => tab.state() === 'closed')) tabs.push(openTab())
      const left = tabs.filter((tab) => tab.state() !== 'closed')
      const isWaiting = (): boolean => left.some((tab) => tab.isSending())
      for (let round = 0; round < 60 && (round < 3 || isWaiting()); round++) {
        await tasks(30)
        for (const tab of left) tab.waits(1_000)
      }

      const copy = await disk.copy().open()
      if (!copy.ok) throw new Error(copy.reason)
      const [found] = await copy.store.look([{ type: 'messages-before', contactId: bob, before: undefined, count: 999 }])
      const kept = found?.type === 'messages-before' ? found.rows.map(({ text }) => text) : []
      expect(isWaiting()).toBe(false)
      expect(new Set(kept).size, 'nothing twice').toBe(kept.length)
      for (const { bugs, name, written } of tabs) {
        const ours = kept.filter((text) => text.startsWith(`${name}.`))
        expect(bugs).toEqual([])
        expect(ours, 'in order').toEqual(written.filter((text) => ours.includes(text)))
        expect(
          written.filter((text) => !ours.includes(text) && !mayBeLost.has(text)),
          'nothing lost',
        ).toEqual([])
      }
    }),
  )
})
