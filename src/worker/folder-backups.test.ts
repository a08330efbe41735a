import { describe, expect, it } from 'vitest'
import { historyOf, restoredDisk } from '../../test/support/backups.ts'
import { manualTimers } from '../../test/support/manual-timers.ts'
import { noStretching } from '../../test/support/memory-files.ts'
import { type MemoryFolder, memoryFolder, memoryFolders } from '../../test/support/memory-folders.ts'
import { createMemoryDisk, type MemoryDisk } from '../../test/support/memory-store.ts'
import { PEOPLE_NOW_MS, person } from '../../test/support/people.ts'
import { contactIdOf, contactRow, messageRow, noChanges } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import type { BackupFolderView, Event, FolderFailure } from '../messenger/api.ts'
import { step } from '../messenger/messenger.ts'
import type { Contact, HeldTables } from '../messenger/state.ts'
import { StoreTrouble } from '../store/store.ts'
import { BACKUP_EVERY_MS, createFolderBackups, fileNameOf } from './folder-backups.ts'
import { createRuntime } from './runtime.ts'
import { newPhrase } from './secrets.ts'

const HOUR_MS = 60 * 60_000
const alice = person('alice')
const random = seededRandom('folder backups')
const bob = contactIdOf('bob')
const self: HeldTables['self'] = {
  account: alice.account,
  accountId: alice.accountId,
  fingerprint: '0'.repeat(30),
  device: alice.deviceKeys,
  identity: alice.identity,
  tag: alice.device.tag,
  deviceList: alice.deviceList,
  firstContactListenKey: random(32),
  nextSignedPrekeyId: 1,
  nextOneTimeX25519Id: 1,
  nextOneTimeKemId: 1,
}
const row = contactRow('bob')
const contact: Contact = { ...row, nextPlace: 1, devices: row.devices.map((each) => ({ ...each, device: person('bob').device })) }
const phrase = newPhrase(random)

/** What is under way comes to its end: parts of the product are fetched on the way. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 60; i++) await new Promise((resolve) => setImmediate(resolve))
}
await import('./written-backup.ts')
await import('./secrets.ts')

const house = async (disk: MemoryDisk = createMemoryDisk(), folders = memoryFolders(), startMs = PEOPLE_NOW_MS) => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const { isNew, store } = opened
  if (isNew)
    await store.commit({
      ...noChanges,
      held: [
        { table: 'self', key: 'self', row: self },
        { table: 'contacts', key: bob, row: contact },
      ],
    })
  const timers = manualTimers(startMs)
  const told: (BackupFolderView | undefined)[] = []
  const bugs: unknown[] = []
  let isOpen = true
  const hear = (event: Event): void => {
    if (event.type === 'backup-folder-changed') told.push(event.backupFolder)
  }
  const runtime = createRuntime({
    store,
    // Of the messenger's own wake-ups none is about folders.
    step: (held, live, input, nowMs, draw) => {
      const outcome = step(held, live, input, nowMs, draw)
      return 'done' in outcome ? { done: { ...outcome.done, wakeAtMs: undefined } } : outcome
    },
    random,
    timers,
    post: () => {},
    bug: (thrown) => void bugs.push(thrown),
    ended: () => {},
  })
  const backups = createFolderBackups({
    folders,
    store: () => (isOpen ? store : undefined),
    change: (change) => runtime.take({ type: 'backup-folder', change }),
    stretch: noStretching,
    random,
    timers,
    tell: hear,
    bug: (thrown) => void bugs.push(thrown),
  })
  await backups.begin()
  const kept = () => store.held.self.get('self')?.backupFolder
  return {
    backups,
    bugs,
    disk,
    folders,
    kept,
    store,
    timers,
    told,
    chooses: async (folder: MemoryFolder): Promise<void> => {
      await backups.take({ type: 'choose-backup-folder', folder, phrase })
      await settled()
    },
    passes: async (ms: number): Promise<void> => {
      // By steps, as what comes due on the way waits for others.
      for (let left = ms; left > 0; left -= HOUR_MS) {
        timers.advance(Math.min(left, HOUR_MS))
        await settled()
      }
    },
    says: async (place: number): Promise<void> =>
      store.commit({
        ...noChanges,
        held: [{ table: 'contacts', key: bob, row: { ...contact, nextPlace: place + 1 } }],
        messages: [messageRow('bob', place)],
      }),
    closes: (): void => {
      isOpen = false
      backups.stop()
    },
    /** The names of the files by the slot that was written. */
    name: (slot: 0 | 1): string => fileNameOf(kept()?.id ?? '', slot),
  }
}

const restoredFrom = async (bytes: Uint8Array | undefined) => {
  const disk = await restoredDisk({ bytes: bytes ?? new Uint8Array(0), phrase }, PEOPLE_NOW_MS, random)
  const opened = await disk.open()
  return opened.ok ? historyOf(opened.store) : []
}

describe('a folder that was chosen', () => {
  it('gets a backup at once, which the twelve words open', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.says(1)
    await here.chooses(folder)
    expect([...folder.files.keys()]).toEqual([here.name(0)])
    expect(await restoredFrom(folder.files.get(here.name(0)))).toEqual([messageRow('bob', 1)])
    expect(here.told.map((view) => [view?.name, view?.isWriting, view?.lastAtMs])).toEqual([
      ['Backups', true, undefined],
      ['Backups', false, PEOPLE_NOW_MS],
    ])
    expect(here.store.held.settings.get('settings')?.lastBackupAtMs).toBe(PEOPLE_NOW_MS)
    expect(here.bugs).toEqual([])
  })

  it('gets another a day later if something has changed, beside the one before; and then in the place of the oldest', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    const first = folder.files.get(here.name(0))
    await here.says(1)
    await here.passes(BACKUP_EVERY_MS - HOUR_MS)
    expect(folder.files.size).toBe(1)
    await here.passes(2 * HOUR_MS)
    expect([...folder.files.keys()]).toEqual([here.name(0), here.name(1)])
    expect(folder.files.get(here.name(0))).toBe(first)
    await here.says(2)
    await here.passes(BACKUP_EVERY_MS + HOUR_MS)
    expect(folder.files.size).toBe(2)
    expect(await restoredFrom(folder.files.get(here.name(1)))).toHaveLength(1)
    expect(await restoredFrom(folder.files.get(here.name(0)))).toHaveLength(2)
  })

  it('gets none while nothing has changed, however long that is; but when the person wants one', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.passes(3 * BACKUP_EVERY_MS)
    expect(folder.files.size).toBe(1)
    await here.backups.take({ type: 'write-to-backup-folder' })
    await settled()
    expect(folder.files.size).toBe(2)
    expect(here.backups.shown()).toMatchObject({ lastAtMs: here.timers.nowMs(), failure: undefined })
  })

  it.each([
    ['deleted', (files: Map<string, Uint8Array>, name: string) => files.delete(name)],
    ['cut off', (files: Map<string, Uint8Array>, name: string) => files.set(name, files.get(name)?.slice(1) ?? new Uint8Array(0))],
  ])(
    'gets another in the place of the last one where that was %s, though nothing has changed; the one before stays',
    async (_how, harm) => {
      const here = await house()
      const folder = memoryFolder('Backups')
      await here.chooses(folder)
      await here.backups.take({ type: 'write-to-backup-folder' })
      await settled()
      const before = folder.files.get(here.name(0))
      harm(folder.files, here.name(1))
      await here.passes(BACKUP_EVERY_MS + HOUR_MS)
      expect(folder.files.get(here.name(0))).toBe(before)
      expect(folder.files.get(here.name(1))?.length).toBe(here.kept()?.last?.bytes)
      expect(here.backups.shown()).toMatchObject({ failure: undefined })
    },
  )

  it('never gets two files of one key', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.backups.take({ type: 'write-to-backup-folder' })
    await settled()
    const [a, b] = [...folder.files.values()].map((bytes) => Buffer.from(bytes))
    // Salt, commitment, and the same rows sealed under another key.
    expect(a?.subarray(18, 34).equals(b?.subarray(18, 34) ?? Buffer.of())).toBe(false)
    expect(a?.subarray(58, 90).equals(b?.subarray(58, 90) ?? Buffer.of())).toBe(false)
  })

  it('is known after Parley was closed: what was missed meanwhile is written soon after it is opened', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.says(1)
    here.closes()
    const later = await house(here.disk, here.folders, PEOPLE_NOW_MS + 2 * BACKUP_EVERY_MS)
    expect(later.told).toMatchObject([{ name: 'Backups', lastAtMs: PEOPLE_NOW_MS, failure: undefined }])
    later.timers.advance(60_000)
    await settled()
    expect(folder.files.size).toBe(2)
  })

  it('is left when the person wants no more: nothing is written, words and folder are forgotten, the files stay', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.backups.take({ type: 'leave-backup-folder' })
    await here.says(1)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect([folder.files.size, here.kept(), here.folders.now(), here.told.at(-1)]).toEqual([1, undefined, undefined, undefined])
  })

  it('that is left, or changed for another, while a backup is written gets nothing of it', async () => {
    const here = await house()
    const [first, second] = [memoryFolder('First'), memoryFolder('Second')]
    await here.backups.take({ type: 'choose-backup-folder', folder: first, phrase })
    await here.chooses(second)
    expect([first.files.size, first.unfinished.size, second.files.size]).toEqual([0, 0, 1])
    expect(here.kept()).toMatchObject({ name: 'Second', last: { slot: 0 } })
    await here.backups.take({ type: 'write-to-backup-folder' })
    await here.backups.take({ type: 'leave-backup-folder' })
    await settled()
    expect([second.files.size, second.unfinished.size, here.kept(), here.bugs]).toEqual([1, 0, undefined, []])
  })

  it('is not taken with words that are none', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await expect(here.backups.take({ type: 'choose-backup-folder', folder, phrase: 'twelve words' })).rejects.toThrow('not-twelve-words')
    expect([here.kept(), here.folders.now(), folder.files.size]).toEqual([undefined, undefined, 0])
  })
})

describe('a backup to a folder that goes wrong', () => {
  const gone = new DOMException('', 'NotFoundError')
  const full = new DOMException('', 'QuotaExceededError')
  const broken = new DOMException('', 'InvalidStateError')
  it.each<[FolderFailure, 'create' | 'write' | 'close', unknown]>([
    ['folder-gone', 'create', gone],
    ['storage-full', 'write', full],
    ['file-failed', 'write', broken],
    ['file-failed', 'close', broken],
    ['storage-full', 'close', full],
    ['storage-failed', 'write', new StoreTrouble('storage-failed')],
  ])('is said to be: %s, where %s fails; both files stay as they are, and it is tried again an hour later', async (why, where, thrown) => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.backups.take({ type: 'write-to-backup-folder' })
    await settled()
    const before = new Map(folder.files)
    const last = here.kept()?.last
    folder.faults.set(where, thrown)
    await here.says(1)
    await here.passes(BACKUP_EVERY_MS)
    expect(here.backups.shown()).toMatchObject({ isWriting: false, lastAtMs: last?.atMs, failure: { why } })
    expect([folder.files, folder.unfinished.size, here.kept()?.last]).toEqual([before, 0, last])
    await here.passes(HOUR_MS + HOUR_MS)
    expect(here.backups.shown()?.failure).toBeUndefined()
    expect(folder.files.get(here.name(0))).not.toEqual(before.get(here.name(0)))
    expect(folder.files.get(here.name(1))).toEqual(before.get(here.name(1)))
    expect(here.bugs).toEqual([])
  })

  it('is found out where the file is shorter than what was written: the next one goes to the same place, never to the good one', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    const good = folder.files.get(here.name(0))
    folder.lostBytes = 1
    for (let i = 0; i < 2; i++) {
      await here.backups.take({ type: 'write-to-backup-folder' })
      await settled()
      expect(here.backups.shown()).toMatchObject({ lastAtMs: PEOPLE_NOW_MS, failure: { why: 'file-failed' } })
    }
    expect(folder.files.get(here.name(0))).toBe(good)
  })

  it('for want of leave is said before it is due; and goes on once the person has given it', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    folder.isPermitted = false
    await here.passes(HOUR_MS)
    expect(here.backups.shown()?.failure?.why).toBe('not-permitted')
    await here.says(1)
    await here.passes(BACKUP_EVERY_MS)
    expect([folder.files.size, here.backups.shown()?.failure?.why]).toEqual([1, 'not-permitted'])
    folder.isPermitted = true
    await here.backups.take({ type: 'write-to-backup-folder' })
    await settled()
    expect([folder.files.size, here.backups.shown()?.failure]).toEqual([2, undefined])
  })

  it('where the browser has lost the folder says so, and keeps what it knows', async () => {
    const here = await house()
    await here.chooses(memoryFolder('Backups'))
    here.closes()
    here.folders.lose()
    const later = await house(here.disk, here.folders, PEOPLE_NOW_MS + BACKUP_EVERY_MS)
    later.timers.advance(60_000)
    await settled()
    expect(later.backups.shown()).toMatchObject({ name: 'Backups', folder: undefined, failure: { why: 'folder-gone' } })
  })

  it('under a page that was closed leaves nothing, and is no failure', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    await here.backups.take({ type: 'write-to-backup-folder' })
    here.closes()
    await settled()
    expect([folder.files.size, folder.unfinished.size, here.bugs]).toEqual([1, 0, []])
    expect(here.folders.now()).toBe(folder)
  })
})

describe('a choice', () => {
  it('that cannot be kept leaves everything as it was: the folder before gets backups, also after Parley was closed', async () => {
    const here = await house()
    const [first, second] = [memoryFolder('First'), memoryFolder('Second')]
    await here.chooses(first)
    here.disk.refuse('storage-full')
    await here.chooses(second)
    here.disk.refuse(undefined)
    expect([here.kept()?.name, here.folders.now(), here.folders.count(), second.files.size]).toEqual(['First', first, 1, 0])
    await here.says(1)
    await here.passes(BACKUP_EVERY_MS + HOUR_MS)
    expect([first.files.size, second.files.size]).toEqual([2, 0])
    here.closes()
    const later = await house(here.disk, here.folders)
    expect(later.backups.shown()?.folder).toBe(first)
  })

  it('that cannot be kept is forgotten where there was none before', async () => {
    const here = await house()
    here.disk.refuse('storage-full')
    await here.chooses(memoryFolder('Backups'))
    expect([here.kept(), here.folders.count()]).toEqual([undefined, 0])
  })

  it('to leave that cannot be kept is none: backups go on', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    here.disk.refuse('storage-full')
    await here.backups.take({ type: 'leave-backup-folder' })
    here.disk.refuse(undefined)
    expect([here.backups.shown()?.name, here.folders.now()]).toEqual(['Backups', folder])
    await here.says(1)
    await here.passes(BACKUP_EVERY_MS + HOUR_MS)
    expect(folder.files.size).toBe(2)
  })

  it('that comes while the one before is left, or Parley is being opened, is the one that stays', async () => {
    const here = await house()
    const [first, second, third] = [memoryFolder('First'), memoryFolder('Second'), memoryFolder('Third')]
    const chosen = (folder: MemoryFolder) => here.backups.take({ type: 'choose-backup-folder', folder, phrase })
    await here.chooses(first)
    await Promise.all([here.backups.take({ type: 'leave-backup-folder' }), chosen(second)])
    await settled()
    expect([here.kept()?.name, here.folders.now(), here.folders.count()]).toEqual(['Second', second, 1])
    await here.backups.take({ type: 'leave-backup-folder' })
    await Promise.all([chosen(third), here.backups.begin()])
    await settled()
    expect([here.backups.shown()?.folder, here.folders.now()]).toEqual([third, third])
    await here.backups.take({ type: 'leave-backup-folder' })
    await Promise.all([here.backups.begin(), chosen(first)])
    await settled()
    expect([here.backups.shown()?.folder, here.folders.now(), here.bugs]).toEqual([first, first, []])
  })

  it('that comes once the profile is closed is not kept: nobody would forget it', async () => {
    const here = await house()
    here.closes()
    await here.chooses(memoryFolder('Backups'))
    expect(here.folders.count()).toBe(0)
  })

  it('made while the browser is asked about the folder before is not said to be forbidden', async () => {
    const folders = memoryFolders()
    let answer = (_mayWrite: boolean): void => {}
    const asked = { ...folders, mayWrite: () => new Promise<boolean>((resolve) => (answer = resolve)) }
    const here = await house(createMemoryDisk(), asked)
    await here.chooses(memoryFolder('First'))
    here.timers.advance(HOUR_MS)
    await here.chooses(memoryFolder('Second'))
    answer(false)
    await settled()
    expect(here.backups.shown()).toMatchObject({ name: 'Second', failure: undefined })
  })
})

describe('a folder of a device', () => {
  /** One with a backup in it, and what becomes of the device meanwhile. */
  const withBackup = async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    const self = here.store.held.self.get('self')
    if (self === undefined) throw new Error('nobody is here')
    const becomes = (row: typeof self) => here.store.commit({ ...noChanges, held: [{ table: 'self', key: 'self', row }] })
    return { here, folder, self, becomes, linked: { ...self, account: { publicKey: self.account.publicKey, seeds: undefined } } }
  }

  it('that is off its list gets nothing, and is not shown any more', async () => {
    const { becomes, folder, here, self } = await withBackup()
    await becomes({ ...self, removedAtMs: here.timers.nowMs() })
    await here.says(1)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect([here.told.at(-1), folder.files.size]).toEqual([undefined, 1])
  })

  it('that has given the key of the account away says that another one backs up', async () => {
    const { becomes, folder, here, linked, self } = await withBackup()
    await becomes(linked)
    await here.says(1)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect([here.told.at(-1)?.failure?.why, folder.files.size]).toEqual(['not-main', 1])
    await becomes(self)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect([here.told.at(-1)?.failure, folder.files.size]).toEqual([undefined, 2])
  })

  it('that has got the key back says so no more, though nothing was said meanwhile', async () => {
    const { becomes, folder, here, linked, self } = await withBackup()
    await becomes(linked)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect(here.told.at(-1)?.failure?.why).toBe('not-main')
    await becomes(self)
    await here.passes(2 * BACKUP_EVERY_MS)
    expect([here.told.at(-1)?.failure, folder.files.size]).toEqual([undefined, 1])
  })

  it('that cannot read it is one that is gone, and stops nothing else', async () => {
    const here = await house()
    await here.chooses(memoryFolder('Backups'))
    here.closes()
    const broken = { ...here.folders, keptOnly: () => Promise.reject(new StoreTrouble('storage-failed')) }
    const later = await house(here.disk, broken)
    await later.passes(HOUR_MS)
    expect(later.backups.shown()).toMatchObject({ name: 'Backups', failure: { why: 'folder-gone' } })
  })
})

describe('a profile without a folder', () => {
  it('lets go of one that a wipe or a restoration has left', async () => {
    const folders = memoryFolders()
    await folders.keep('00000000', memoryFolder('Backups'))
    const here = await house(createMemoryDisk(), folders)
    expect([folders.now(), here.backups.shown(), here.timers.waiting]).toEqual([undefined, undefined, 0])
  })

  it('comes of a backup: the words of a folder are in none', async () => {
    const here = await house()
    const folder = memoryFolder('Backups')
    await here.chooses(folder)
    const disk = await restoredDisk({ bytes: folder.files.get(here.name(0)) ?? new Uint8Array(0), phrase }, PEOPLE_NOW_MS, random)
    const opened = await disk.open()
    expect(opened.ok && opened.store.held.self.get('self')).toMatchObject({ account: self.account })
    expect(opened.ok && opened.store.held.self.get('self')?.backupFolder).toBeUndefined()
  })
})
