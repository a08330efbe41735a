import { describe, expect, it } from 'vitest'
import { backUpStore } from '../../test/support/backups.ts'
import { createFakeLocks } from '../../test/support/fake-locks.ts'
import { manualTimers } from '../../test/support/manual-timers.ts'
import { memoryFile, noFiles, noFolders, noStretching } from '../../test/support/memory-files.ts'
import { memoryFolder, memoryFolders } from '../../test/support/memory-folders.ts'
import { createMemoryLock } from '../../test/support/memory-lockbox.ts'
import { createMemoryDisk, type MemoryDisk } from '../../test/support/memory-store.ts'
import { PEOPLE_NOW_MS, person } from '../../test/support/people.ts'
import { contactIdOf, contactRow, noChanges, oneOfEach, selfRow } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import type { Order, Report, ToWindow, ToWorker } from '../messenger/api.ts'
import type { Input } from '../messenger/messenger.ts'
import type { Changes } from '../messenger/state.ts'
import type { Effect } from '../messenger/turn.ts'
import type { Opened, OpenOptions } from '../store/store.ts'
import type { Folders } from './folder-backups.ts'
import type { Locks } from './ownership.ts'
import { createProfile } from './profile.ts'
import type { Step } from './runtime.ts'

const bob = contactIdOf('bob')
const self: Changes['held'][number] = { table: 'self', key: 'self', row: selfRow() }

const send = (text: string): ToWorker => ({ type: 'command', command: { type: 'send-message', contactId: bob, text } })
const rename = (name: string): ToWorker => ({ type: 'command', command: { type: 'rename-contact', contactId: bob, name } })
const wipe: ToWorker = { type: 'command', command: { type: 'wipe-device' } }
const reported = (report: Report): ToWorker => ({ type: 'report', report })
const fingerprint = new Uint8Array(32)
const linkOpened = (linkId: string): Report => ({
  type: 'link-opened',
  linkId,
  peerId: 'ours',
  dialled: false,
  ourFingerprint: fingerprint,
  theirFingerprint: fingerprint,
  path: { ours: 'host', theirs: 'host', openedInMs: 1 },
})

/** Names a contact as it is told to, gives the orders it is told to, and says what it was asked. */
const step: Step = (held, live, input) => {
  const changes = (): Changes => {
    if (input.type === 'opened' && !held.self.has('self')) return { ...noChanges, held: [self] }
    if (input.type !== 'command' || input.command.type !== 'rename-contact') return noChanges
    return { ...noChanges, held: [{ table: 'contacts', key: bob, row: contactRow('bob', { name: input.command.name }) }] }
  }
  const asked = inputName(input, held.contacts.get(bob)?.name)
  const echo: Effect = { type: 'order', order: { type: 'relay-send', connection: 'room', request: asked as never } }
  const orders = input.type === 'command' && input.command.type === 'send-message' ? (JSON.parse(input.command.text) as Order[]) : []
  const wiping: Effect[] = input.type === 'command' && input.command.type === 'wipe-device' ? [{ type: 'wipe' }] : []
  return {
    done: {
      changes: changes(),
      live,
      effects: [echo, ...orders.map((order): Effect => ({ type: 'order', order })), ...wiping],
      wakeAtMs: undefined,
    },
  }
}

const inputName = (input: Input, name: string | undefined): string => {
  if (input.type === 'command') return input.command.type === 'rename-contact' ? `rename to ${input.command.name}` : input.command.type
  if (input.type === 'report') return input.report.type
  return name === undefined ? input.type : `${input.type} with ${name}`
}

/** What was posted, in words: the inputs that the messenger was given, and everything that was told or ordered. */
const wordFor = (message: Exclude<ToWindow, { type: 'sends-settled' }>): string => {
  if (message.type === 'event') {
    const { event } = message
    if (event.type === 'could-not-open') return `could-not-open: ${event.why}`
    return event.type === 'trouble' ? `trouble: ${event.trouble}` : event.type
  }
  if (message.type === 'ping') return 'ping'
  const { order } = message
  if (order.type === 'relay-send') return `> ${JSON.stringify(order.request).slice(1, -1)}`
  if ('connection' in order) return `${order.type} ${order.connection}`
  return 'linkId' in order ? `${order.type} ${order.linkId}` : `${order.type} ${order.peerId}`
}

const openTab = (
  disk: MemoryDisk,
  locks: Locks,
  openStore: (options: OpenOptions) => Promise<Opened> = disk.open,
  isHeldUp = false,
  folders: Folders = noFolders,
) => {
  const posted: string[] = []
  const settledSends: number[] = []
  const bugs: unknown[] = []
  const profile = createProfile({
    files: { ...noFiles, open: (from) => (from as ReturnType<typeof memoryFile>).source },
    folders,
    stretch: noStretching,
    locks,
    channel: undefined,
    openStore,
    wipeDatabase: async (heldUp) => {
      if (isHeldUp) heldUp()
      disk.forget()
    },
    lockbox: createMemoryLock(() => 0).box(),
    step,
    random: seededRandom('profile'),
    timers: manualTimers(0),
    post: (message) => {
      if (message.type === 'sends-settled') settledSends.push(message.count)
      else posted.push(wordFor(message))
    },
    bug: (thrown) => void bugs.push(thrown),
  })
  return {
    bugs,
    posted,
    settledSends,
    /** @returns what was posted because of it */
    receive: async (...messages: readonly ToWorker[]): Promise<readonly string[]> => {
      const before = posted.length
      for (const message of messages) profile.receive(message)
      await settled()
      return posted.slice(before)
    },
  }
}

const start = (markerPresent = false): ToWorker => ({ type: 'start', markerPresent })
const takeOver: ToWorker = { type: 'take-over' }
const windowChanged = reported({ type: 'window-changed', visible: false, online: true })
const directLines = reported({ type: 'direct-lines-possible', possible: false })

describe('opening', () => {
  it('opens the profile and hands on what came meanwhile, what the window is like first', async () => {
    const tab = openTab(createMemoryDisk(), createFakeLocks())
    expect(await tab.receive(windowChanged, start(), rename('Bob'), directLines)).toEqual([
      '> opened',
      '> window-changed',
      '> direct-lines-possible',
      '> rename to Bob',
    ])
  })

  it('says that the browser deleted what has to be there, and goes on with a new profile', async () => {
    const disk = createMemoryDisk()
    expect(await openTab(disk, createFakeLocks()).receive(start(true))).toEqual(['trouble: storage-evicted', '> opened'])
    expect(await openTab(disk, createFakeLocks()).receive(start(true))).toEqual(['> opened'])
  })

  it('says that the browser deleted what the window keeps, once, and not where the tab had to wait', async () => {
    const disk = createMemoryDisk()
    await openTab(disk, createFakeLocks()).receive(start(true), rename('Bob'))
    expect(await openTab(disk, createFakeLocks()).receive(start(false))).toEqual(['trouble: settings-evicted', '> opened with Bob'])
    expect(await openTab(disk, createFakeLocks()).receive(start(false))).toEqual(['> opened with Bob'])
    const locks = createFakeLocks()
    await openTab(disk, locks).receive(start(true))
    const late = openTab(disk, locks)
    await late.receive(start(false))
    expect(await late.receive(takeOver)).toEqual(['> opened with Bob'])
  })

  it('says that another tab holds the opening up, and goes on once it does not', async () => {
    const disk = createMemoryDisk()
    const tab = openTab(disk, createFakeLocks(), (options) => {
      options.heldUp?.()
      return disk.open(options)
    })
    expect(await tab.receive(start())).toEqual(['trouble: storage-held-up', '> opened'])
  })

  it('says that a record is damaged, and opens what is left', async () => {
    const disk = createMemoryDisk()
    await openTab(disk, createFakeLocks()).receive(start(), rename('Bob'))
    disk.tamper('contacts')
    expect(await openTab(disk, createFakeLocks()).receive(start(true))).toEqual(['trouble: record-damaged', '> opened'])
  })

  it('stays shut where the account is damaged, until the person wipes the device', async () => {
    const disk = createMemoryDisk()
    await openTab(disk, createFakeLocks()).receive(start(), rename('Bob'))
    disk.tamper('self')
    const locks = createFakeLocks()
    const tab = openTab(disk, locks)
    expect(await tab.receive(start(true))).toEqual(['could-not-open: record-damaged'])
    expect(await tab.receive(rename('Nobody'), takeOver)).toEqual([])
    expect(await tab.receive(wipe)).toEqual(['wiped'])
    expect(await openTab(disk, locks).receive(start())).toEqual(['> opened'])
  })

  it('says that another tab holds a wipe up, whether or not it could be opened', async () => {
    const disk = createMemoryDisk()
    const locks = createFakeLocks()
    const holding = async (options: OpenOptions): Promise<Opened> => {
      const opened = await disk.open(options)
      if (!opened.ok) return opened
      const { store } = opened
      const wiping = async (): Promise<void> => {
        options.heldUp?.()
        await store.wipe()
      }
      return { ...opened, store: { ...store, held: store.held, wipe: wiping } }
    }
    expect(await openTab(disk, locks, holding).receive(start(), wipe)).toEqual([
      '> opened',
      '> wipe-device',
      'trouble: storage-held-up',
      'wiped',
    ])
    const tab = openTab(disk, locks, async () => ({ ok: false, reason: 'record-damaged' }), true)
    await tab.receive(start())
    expect(await tab.receive(wipe)).toEqual(['trouble: storage-held-up', 'wiped'])
  })

  it('forgets the folder of its backups with a wipe, whether or not it could be opened', async () => {
    const [disk, locks, folders] = [createMemoryDisk(), createFakeLocks(), memoryFolders()]
    const tab = openTab(disk, locks, disk.open, false, folders)
    await tab.receive(start())
    await folders.keep('00000000', memoryFolder('Backups'))
    await tab.receive(wipe)
    expect(folders.count()).toBe(0)
    await folders.keep('00000000', memoryFolder('Backups'))
    const shut = openTab(disk, locks, async () => ({ ok: false, reason: 'record-damaged' }), false, folders)
    await shut.receive(start())
    expect(folders.count()).toBe(1)
    await shut.receive(wipe)
    expect(folders.count()).toBe(0)
  })

  it('opens what a restoration has made of it, though nobody heard that it was kept', async () => {
    const alice = person('alice')
    const from = await createMemoryDisk().open()
    if (!from.ok) throw new Error(from.reason)
    const row = { ...selfRow(), account: alice.account, device: alice.deviceKeys, deviceList: alice.deviceList, tag: alice.device.tag }
    await from.store.commit({ ...noChanges, held: [{ table: 'self', key: 'self', row }] })
    const { bytes, phrase } = await backUpStore(from.store, PEOPLE_NOW_MS, seededRandom('a backup'))
    const disk = createMemoryDisk()
    const tab = openTab(disk, createFakeLocks())
    await tab.receive(start())
    disk.refuse('storage-failed', 'unheard')
    const restore: ToWorker = { type: 'command', command: { type: 'restore-backup', from: memoryFile('backup', bytes), secret: phrase } }
    await tab.receive(restore)
    await expect.poll(() => tab.posted).toContain('trouble: storage-failed')
    disk.refuse(undefined)
    // What is in memory is not what is on the disk: nothing is made of it.
    expect(await tab.receive(directLines)).toEqual(['opened-elsewhere', '> opened', 'transfer-changed', '> direct-lines-possible'])
    const restored = await disk.open()
    expect(restored.ok && restored.store.held.self.get('self')?.account).toEqual(alice.account)
  })

  it('does what was wanted of the folder during a restoration once that has ended', async () => {
    const from = await createMemoryDisk().open()
    if (!from.ok) throw new Error(from.reason)
    await from.store.commit({ ...noChanges, held: [self] })
    const { bytes, phrase } = await backUpStore(from.store, PEOPLE_NOW_MS, seededRandom('a backup'))
    const { source } = memoryFile('backup', bytes)
    let fail = (_why: Error): void => {}
    let reads = 0
    const endless: typeof source = {
      ...source,
      read: (...range) => (reads++ === 0 ? source.read(...range) : new Promise((_resolve, reject) => (fail = reject))),
    }
    const tab = openTab(createMemoryDisk(), createFakeLocks())
    await tab.receive(start())
    const file = { name: 'backup', source: endless }
    await tab.receive({ type: 'command', command: { type: 'restore-backup', from: file, secret: phrase } })
    await expect.poll(() => reads).toBe(2)
    expect(await tab.receive({ type: 'command', command: { type: 'leave-backup-folder' } })).toEqual([])
    fail(new DOMException('', 'NotReadableError'))
    await expect.poll(() => tab.posted).toContain('> backup-folder')
  })

  it('says that the storage failed where it cannot be opened', async () => {
    const tab = openTab(createMemoryDisk(), createFakeLocks(), async () => ({ ok: false, reason: 'storage-failed' }))
    expect(await tab.receive(start(), rename('Bob'))).toEqual(['could-not-open: storage-failed'])
    expect(tab.bugs).toEqual([])
  })

  it('says that something unexpected happened where opening throws', async () => {
    const tab = openTab(createMemoryDisk(), createFakeLocks(), async () => {
      throw new Error('a bug')
    })
    expect(await tab.receive(start())).toEqual(['could-not-open: unexpected'])
    expect(tab.bugs).toEqual([new Error('a bug')])
  })
})

describe('two tabs', () => {
  const twoTabs = async () => {
    const disk = createMemoryDisk()
    const locks = createFakeLocks()
    const first = openTab(disk, locks)
    await first.receive(windowChanged, start(), rename('Bob'))
    const second = openTab(disk, locks)
    return { disk, locks, first, second }
  }

  it('shows the second that Parley is open elsewhere, and does nothing there', async () => {
    const { second } = await twoTabs()
    expect(await second.receive(start(true), rename('Rob'))).toEqual(['opened-elsewhere'])
  })

  it('takes over on a word, and closes the first', async () => {
    const { first, second } = await twoTabs()
    await second.receive(start(true))
    const before = first.posted.length
    expect(await second.receive(takeOver)).toEqual(['> opened with Bob'])
    expect(first.posted.slice(before)).toEqual(['opened-elsewhere'])
    await second.receive(rename('Rob'))
    expect(await first.receive(rename('Bobby'))).toEqual([])
    expect(await first.receive(takeOver)).toEqual(['> opened with Rob', '> window-changed'])
    expect(second.posted.at(-1)).toBe('opened-elsewhere')
  })

  it('takes back what the first had opened, and what opens there later', async () => {
    const { first, second } = await twoTabs()
    const orders: readonly Order[] = [
      { type: 'relay-connect', connection: 'room' },
      { type: 'relay-connect', connection: 'listen' },
      { type: 'relay-disconnect', connection: 'room' },
      { type: 'peer-open', peerId: 'p1', iceServers: [], turnOnly: false },
      { type: 'peer-open', peerId: 'p2', iceServers: [], turnOnly: false },
      { type: 'peer-close', peerId: 'p1' },
      { type: 'link-dial', linkId: 'dialled', peerId: 'p2', theirPeerId: 'theirs' },
      { type: 'link-dial', linkId: 'closed-here', peerId: 'p2', theirPeerId: 'theirs' },
      { type: 'link-close', linkId: 'closed-here' },
      { type: 'link-dial', linkId: 'closed-there', peerId: 'p2', theirPeerId: 'theirs' },
    ]
    await first.receive(send(JSON.stringify(orders)))
    await first.receive(reported(linkOpened('answered')), reported({ type: 'link-closed', linkId: 'closed-there', why: 'goodbye' }))
    await second.receive(start())
    const before = first.posted.length
    await second.receive(takeOver)
    const last = first.posted.slice(before)
    expect(last.at(-1)).toBe('opened-elsewhere')
    expect(last.slice(0, -1).sort()).toEqual(['link-close answered', 'link-close dialled', 'peer-close p2', 'relay-disconnect listen'])
    expect(await first.receive(reported(linkOpened('late')))).toEqual(['link-close late'])
  })

  it('opens by itself when the other tab is gone, and does not take a wipe there for a loss', async () => {
    const { first, second } = await twoTabs()
    await second.receive(start(true))
    const before = second.posted.length
    expect(await first.receive(wipe)).toEqual(['> wipe-device', 'wiped'])
    expect(second.posted.slice(before)).toEqual(['> opened'])
    expect(await first.receive(rename('Bob'), takeOver)).toEqual([])
  })

  it('closes the store of a tab that lost the profile while it was opening it', async () => {
    const disk = createMemoryDisk()
    const locks = createFakeLocks()
    let isClosed = false
    let letOpen = (): void => {}
    const slow = openTab(disk, locks, async () => {
      await new Promise<void>((resolve) => {
        letOpen = resolve
      })
      const opened = await disk.open()
      if (!opened.ok) return opened
      const { store } = opened
      return { ...opened, store: { ...store, held: store.held, close: () => void (isClosed = true) } }
    })
    await slow.receive(start())
    const other = openTab(disk, locks)
    await other.receive(start())
    await other.receive(takeOver)
    letOpen()
    await settled()
    expect(slow.posted).toEqual(['opened-elsewhere'])
    expect(isClosed).toBe(true)
  })
})

describe('messages that are sent', () => {
  it('are settled once their turn is over, for good or bad', async () => {
    const tab = openTab(createMemoryDisk(), createFakeLocks())
    await tab.receive(send('[]'), start(), send('[]'), rename('Bob'))
    // The first came before anything could be sent at all.
    expect(tab.settledSends).toEqual([1, 2])
    await tab.receive(send('no orders: it throws'))
    expect(tab.settledSends).toEqual([1, 2, 3])
  })

  it('are not where another tab has the profile and cannot be asked: nobody sends them', async () => {
    const [disk, locks] = [createMemoryDisk(), createFakeLocks()]
    await openTab(disk, locks).receive(start())
    const second = openTab(disk, locks)
    await second.receive(start(), send('[]'))
    expect(second.settledSends.at(-1)).toBe(1)
  })
})

describe('a profile that somebody else has opened', () => {
  it('is given up at the next commit, and opened again once the lock is free', async () => {
    const disk = createMemoryDisk()
    const tab = openTab(disk, createFakeLocks())
    await tab.receive(start(), rename('Bob'))
    const thief = await disk.open()
    expect(await tab.receive(rename('Rob'))).toEqual(['opened-elsewhere', '> opened with Bob'])
    if (!thief.ok) throw new Error(thief.reason)
    await expect(thief.store.commit({ ...noChanges, held: oneOfEach() })).rejects.toMatchObject({ reason: 'not-owner' })
  })

  it('is said to be deleted where nothing is left of it', async () => {
    const disk = createMemoryDisk()
    const tab = openTab(disk, createFakeLocks())
    await tab.receive(start(), rename('Bob'))
    const other = await disk.open()
    if (!other.ok) throw new Error(other.reason)
    await other.store.wipe()
    expect(await tab.receive(rename('Rob'))).toEqual(['opened-elsewhere', 'trouble: storage-evicted', '> opened'])
  })
})

/** Locks are handed on and turns taken between tasks. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))
