// Several tabs of one browser, with the real messenger: a disk, the locks, the channel and the lock are theirs together.

import type { Command, Event, LockCommand, Report } from '../../src/messenger/api.ts'
import { type Input, step } from '../../src/messenger/messenger.ts'
import { LOCK_NAME } from '../../src/worker/ownership.ts'
import { createProfile } from '../../src/worker/profile.ts'
import { createFakeChannel } from './fake-channel.ts'
import { createFakeLocks } from './fake-locks.ts'
import { manualTimers } from './manual-timers.ts'
import { noFiles, noFolders, noStretching } from './memory-files.ts'
import { createMemoryLock } from './memory-lockbox.ts'
import { createMemoryDisk, type MemoryDisk } from './memory-store.ts'
import { mortal } from './mortal-locks.ts'
import { contactIdOf, contactRow, noChanges, ROWS_NOW_MS, selfRow } from './rows.ts'
import { seededRandom } from './seeded-random.ts'

const bob = contactIdOf('bob')
export const seen = (visible: boolean): Report => ({ type: 'window-changed', visible, online: true })

export const filledDisk = async (): Promise<MemoryDisk> => {
  const disk = createMemoryDisk()
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  await opened.store.commit({
    ...noChanges,
    held: [
      { table: 'self', key: 'self', row: selfRow() },
      { table: 'contacts', key: bob, row: contactRow('bob') },
    ],
  })
  opened.store.close()
  return disk
}

export const browser = async (disk?: MemoryDisk) => {
  const profileDisk = disk ?? (await filledDisk())
  const locks = createFakeLocks()
  const channel = createFakeChannel()
  let nowMs = ROWS_NOW_MS
  const lock = createMemoryLock(() => nowMs)
  let opened = 0
  let isHandedOut = false

  const openTab = async (markerPresent = true) => {
    const mine = mortal(locks)
    const end = channel.open()
    const timers = manualTimers(ROWS_NOW_MS)
    const events: Event[] = []
    const inputs: Input[] = []
    const bugs: unknown[] = []
    let isAwake = true
    let settledSends = 0
    let filesForgotten = 0
    const profile = createProfile({
      files: {
        ...noFiles,
        forget: async () => {
          isHandedOut = false
          filesForgotten += 1
        },
      },
      folders: noFolders,
      stretch: noStretching,
      locks: mine.locks,
      channel: end,
      openStore: profileDisk.open,
      wipeDatabase: async () => void ['self', 'contacts'].map((table) => profileDisk.drop(table as 'self')),
      lockbox: lock.box(),
      step: (held, live, input, nowMs, random) => {
        inputs.push(input)
        return step(held, live, input, nowMs, random)
      },
      random: seededRandom(`tab ${(opened += 1)}`),
      timers,
      post: (message) => {
        if (message.type === 'event') events.push(message.event)
        if (message.type === 'sends-settled') settledSends = message.count
        if (message.type === 'ping' && isAwake) profile.receive({ type: 'pong', asker: message.asker })
      },
      bug: (thrown) => void bugs.push(thrown),
    })
    const report = (told: Report): void => profile.receive({ type: 'report', report: told })
    report(seen(true))
    profile.receive({ type: 'start', markerPresent })
    await settled()
    return {
      bugs,
      inputs,
      report,
      /** How many messages of this window are no longer being sent. */
      settledSends: () => settledSends,
      /** How often all files that are handed out were deleted. */
      filesForgotten: () => filesForgotten,
      /** What was told since this was asked last. */
      told: (): readonly Event[] => events.splice(0),
      does: async (...commands: readonly (Command | LockCommand)[]): Promise<void> => {
        for (const command of commands) profile.receive({ type: 'command', command })
        await settled()
      },
      usesHere: async (): Promise<void> => {
        profile.receive({ type: 'take-over' })
        await settled()
      },
      /** Time in which nobody says that it is awake. */
      waits: async (byMs: number): Promise<void> => {
        timers.advance(byMs)
        nowMs = Math.max(nowMs, timers.nowMs())
        await settled()
      },
      /** Somebody acts in its window. */
      acts: async (): Promise<void> => {
        profile.receive({ type: 'person-acted' })
        await settled()
      },
      /** The window stands still, and its worker goes on. */
      dozes: () => {
        isAwake = false
      },
      /** All of it stands still. */
      freezes: () => {
        end.freeze()
        mine.freeze()
      },
      thaws: async (): Promise<void> => {
        isAwake = true
        end.thaw()
        mine.thaw()
        await settled()
      },
      /** Nothing that it says is heard any more, and it does not know. */
      fallsMute: () => end.mute(),
      closes: async (): Promise<void> => {
        end.close()
        mine.die()
        await settled()
      },
    }
  }

  /** The texts on disk, in order. */
  const texts = async (): Promise<readonly string[]> => {
    const copy = await profileDisk.copy().open()
    if (!copy.ok) throw new Error(copy.reason)
    const [found] = await copy.store.look([{ type: 'messages-before', contactId: bob, before: undefined, count: 99 }])
    return found?.type === 'messages-before' ? found.rows.map(({ text }) => text) : []
  }
  /** A page that is closing has the lock still, and says nothing. @returns what lets go */
  const closingPage = async (): Promise<() => Promise<void>> => {
    let letGo = (): void => {}
    void locks.request(LOCK_NAME, {}, () => new Promise<void>((resolve) => (letGo = resolve)))
    await settled()
    return async () => {
      letGo()
      await settled()
    }
  }
  /** An export lies there for the browser to save. */
  const handsOut = (): void => {
    isHandedOut = true
  }
  return { channel, closingPage, disk: profileDisk, handsOut, isHandedOut: () => isHandedOut, lock, openTab, texts }
}

export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))
