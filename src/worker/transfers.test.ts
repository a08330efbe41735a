import { describe, expect, it } from 'vitest'
import { byteStringsIn, historyOf } from '../../test/support/backups.ts'
import { manualTimers } from '../../test/support/manual-timers.ts'
import { type MemoryFile, memoryFile, sourceOf } from '../../test/support/memory-files.ts'
import { createMemoryDisk, type MemoryDisk } from '../../test/support/memory-store.ts'
import { PEOPLE_NOW_MS, person } from '../../test/support/people.ts'
import { contactIdOf, contactRow, messageRow, noChanges, oneOfEach } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { signerOf } from '../../test/support/signer.ts'
import { asSecret } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import type { Event, PickedFile, TransferCommand, TransferView } from '../messenger/api.ts'
import { encodeContent } from '../messenger/content.ts'
import type { Contact, HeldTables, OutboxEntry } from '../messenger/state.ts'
import { outboxKey } from '../messenger/state.ts'
import { generateSignedPrekeys } from '../protocol/prekeys/prekeys.ts'
import type { Store } from '../store/store.ts'
import { StoreTrouble } from '../store/store.ts'
import { createTransfers, type Files } from './transfers.ts'

const alice = person('alice')
const bobDevice = person('bob').device
const random = seededRandom('transfers')
const bob = contactIdOf('bob')
const words = { language: 'en', title: 'Conversations', you: 'You', unnamed: 'Unnamed', madeAt: 'Made {time}', failed: 'not delivered' }

const self: HeldTables['self'] = {
  account: alice.account,
  accountId: alice.accountId,
  fingerprint: '0'.repeat(30),
  device: alice.deviceKeys,
  identity: alice.identity,
  tag: alice.device.tag,
  deviceList: alice.deviceList,
  firstContactListenKey: random(32),
  nextSignedPrekeyId: 2,
  nextOneTimeX25519Id: 1,
  nextOneTimeKemId: 1,
}
const row = contactRow('bob')
const contact: Contact = { ...row, nextPlace: 251, devices: row.devices.map((each) => ({ ...each, device: bobDevice })) }
const messages = Array.from({ length: 250 }, (_, i) =>
  messageRow('bob', i + 1, { text: `${i} ${'long '.repeat(120)}`, ...(i === 249 ? { direction: 'out', state: 'waiting' } : {}) }),
)
const last = messages.at(-1)
const content = encodeContent({ contentId: random(16), sentAtMs: 1, body: { type: 'message', after: undefined, text: 'waits' } })
const entry: OutboxEntry = {
  contactId: bob,
  tag: bobDevice.tag,
  position: 1,
  contentId: last?.messageId ?? '',
  isMessage: true,
  content,
  envelope: { id: '00', bytes: random(4_000), firstContactAddress: undefined },
  createdAtMs: 1,
  onRelayAtMs: 2,
}

/** What only this device may ever have, or only now. */
const liveTables = ['hosting', 'signedPrekeys', 'statements', 'oneTimeX25519', 'kemBatches', 'offers', 'sessions', 'relay'] as const

/** A profile with one conversation; `held`: what else is in it. */
const profile = async (): Promise<MemoryDisk> => {
  const disk = createMemoryDisk()
  const store = await open(disk)
  await store.commit({
    ...noChanges,
    held: [
      { table: 'self', key: 'self', row: self },
      { table: 'contacts', key: bob, row: contact },
      { table: 'outbox', key: outboxKey(entry.contentId, entry.tag), row: entry },
      { table: 'signedPrekeys', key: '1', row: generateSignedPrekeys(1, 1, random) },
    ],
    messages,
  })
  return disk
}

const open = async (disk: MemoryDisk): Promise<Store> => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  return opened.store
}

const house = (store: Store, files: Partial<Files> = {}) => {
  const told: { event: Event; asker: string | undefined }[] = []
  const bugs: unknown[] = []
  const backups: number[] = []
  const timers = manualTimers(PEOPLE_NOW_MS)
  const made = new Map<string, MemoryFile>()
  const transfers = createTransfers({
    files: {
      create: async (to: PickedFile | undefined, name) => {
        const file = memoryFile(name)
        made.set(to?.name ?? name, file)
        return { sink: file.sink, handedOut: to === undefined ? name : undefined }
      },
      open: (from) => ('bytes' in from ? sourceOf((from as MemoryFile).bytes()) : undefined),
      forget: async () => {},
      ...files,
    },
    store: () => store,
    exchange: (make) => make(store),
    backedUp: (atMs) => void backups.push(atMs),
    // The real one takes 64 MiB and a worker.
    stretch: async (text, salt) =>
      text === ''
        ? { ok: false, reason: 'empty' }
        : { ok: true, key: asSecret<'PassphraseKey'>(sha256(Uint8Array.of(...salt, ...new TextEncoder().encode(text)))) },
    random,
    timers,
    tell: (event, asker) => void told.push({ event, asker }),
    bug: (thrown) => void bugs.push(thrown),
  })
  const views = (): readonly TransferView[] =>
    told.flatMap(({ event }) => (event.type === 'transfer-changed' && event.transfer ? [event.transfer] : []))
  const ended = async (command: TransferCommand): Promise<TransferView | undefined> => {
    transfers.take(command)
    for (;;) {
      const { event } = told.at(-1) ?? {}
      if (event?.type === 'transfer-changed' && event.transfer?.phase !== 'running') return event.transfer
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { transfers, told, bugs, backups, made, views, ended }
}

const phraseOf = async ({ told, transfers }: ReturnType<typeof house>): Promise<string> => {
  const before = told.length
  transfers.take({ type: 'make-recovery-phrase' }, 'a tab')
  while (told.length === before) await new Promise((resolve) => setImmediate(resolve))
  const made = told.at(-1)
  expect(made?.asker).toBe('a tab')
  return made?.event.type === 'recovery-phrase-made' ? made.event.phrase : ''
}

const backup = async (store?: Store) => {
  const from = house(store ?? (await open(await profile())))
  const phrase = await phraseOf(from)
  const done = await from.ended({ type: 'back-up', secret: { kind: 'words', text: phrase }, to: { name: 'picked' } })
  const file = from.made.get('picked')
  if (file === undefined) throw new Error('no file')
  return { from, done, phrase, file }
}

describe('a backup', () => {
  it('is restored: the same account and conversations, on a device that has nothing of the former one', async () => {
    const { done, file, from, phrase } = await backup()
    expect(done).toMatchObject({ phase: 'done', kind: 'backup', bytes: file.bytes().length, handedOut: undefined })
    expect(from.backups).toHaveLength(1)
    const store = await open(createMemoryDisk())
    const to = house(store)
    expect(await to.ended({ type: 'restore-backup', secret: phrase.toUpperCase(), from: file })).toMatchObject({ phase: 'done' })
    expect(await historyOf(store)).toEqual(messages)
    const now = store.held.self.get('self')
    expect(now?.account).toEqual(self.account)
    expect(now?.tag).not.toBe(self.tag)
    const restored = store.held.contacts.get(bob)
    expect({ ...restored, devices: [] }).toMatchObject({ ...contact, devices: [], renewals: [] })
    expect(restored?.devices[0]).toMatchObject({ device: bobDevice, theirAddress: undefined })
    // A greeting with the new list first, then what was not confirmed, under its old id.
    const waiting = [...store.held.outbox.values()].sort((a, b) => a.position - b.position)
    expect(waiting.map(({ contentId, isMessage }) => isMessage && contentId)).toEqual([false, entry.contentId])
    expect(waiting[1]).toMatchObject({ content, envelope: undefined, createdAtMs: 1 })
    expect([store.held.sessions.size, to.bugs]).toEqual([0, []])
  })

  it('holds no key of the device, no prekey, no address, no envelope and no session', async () => {
    const store = await open(await profile())
    await store.commit({ ...noChanges, held: oneOfEach().filter(({ table }) => liveTables.some((live) => live === table)) })
    const { from, phrase, file } = await backup(store)
    expect(from.bugs).toEqual([])
    const rows = await readAll(file.bytes(), phrase)
    const plain = Buffer.concat(rows.map((bytes) => Buffer.from(bytes)))
    expect(plain.includes(Buffer.from(signerOf(self).seeds))).toBe(true)
    const live = byteStringsIn([
      self.device,
      self.identity.privateKey,
      self.firstContactListenKey,
      contact.devices.map(({ ourAddress, ourListenKey, theirAddress }) => [ourAddress, ourListenKey, theirAddress]),
      entry.envelope,
      liveTables.map((table) => [...store.held[table].values()]),
    ])
    expect(liveTables.filter((table) => store.held[table].size === 0)).toEqual([])
    expect(live.length).toBeGreaterThan(100)
    for (const bytes of live.filter((each) => !Buffer.from(self.deviceList).includes(Buffer.from(each)))) {
      expect(plain.includes(Buffer.from(bytes))).toBe(false)
    }
  })

  it('says of a message that was being sent again while it was written that it has failed: nothing in it would send it', async () => {
    const disk = createMemoryDisk()
    const from = await open(disk)
    const again = messageRow('bob', 1, { direction: 'out', state: 'failed' })
    await from.commit({
      ...noChanges,
      held: [
        { table: 'self', key: 'self', row: self },
        { table: 'contacts', key: bob, row: { ...contact, nextPlace: 2 } },
      ],
      messages: [again],
    })
    const { held } = from
    await from.commit({ ...noChanges, messages: [{ ...again, state: 'waiting' }] })
    const writer = house({ ...from, held })
    const phrase = await phraseOf(writer)
    await writer.ended({ type: 'back-up', secret: { kind: 'words', text: phrase }, to: { name: 'file' } })
    const to = createMemoryDisk()
    const store = await open(to)
    await house(store).ended({ type: 'restore-backup', secret: phrase, from: writer.made.get('file') as MemoryFile })
    expect((await historyOf(store)).map(({ state }) => state)).toEqual(['failed'])
  })

  it('tells the devices of a contact who may have become another of the new one once the person has decided', async () => {
    const change = { contactId: contactIdOf('eve'), wrote: undefined, atMs: 1 }
    const waiting: number[] = []
    for (const changed of [{ identityChange: change }, { identityChange: change, replacedBy: contactIdOf('eve') }]) {
      const from = await open(await profile())
      await from.commit({ ...noChanges, held: [{ table: 'contacts', key: bob, row: { ...contact, ...changed } }] })
      const writer = house(from)
      const phrase = await phraseOf(writer)
      await writer.ended({ type: 'back-up', secret: { kind: 'words', text: phrase }, to: { name: 'file' } })
      const store = await open(createMemoryDisk())
      await house(store).ended({ type: 'restore-backup', secret: phrase, from: writer.made.get('file') as MemoryFile })
      waiting.push([...store.held.outbox.values()].filter(({ isMessage }) => !isMessage).length)
    }
    expect(waiting).toEqual([1, 0])
  })

  it('opens with its passphrase, and is handed out where nobody picks a file', async () => {
    const from = house(await open(await profile()))
    const done = await from.ended({ type: 'back-up', secret: { kind: 'passphrase', text: 'a long one' }, to: undefined })
    const handedOut = done?.phase === 'done' ? (done.handedOut ?? '') : ''
    expect(handedOut).toMatch(/^parley-\d{4}-\d\d-\d\d\.parleybackup$/)
    const file = from.made.get(handedOut)
    if (file === undefined) throw new Error('no file')
    const store = await open(createMemoryDisk())
    const to = house(store)
    expect(await to.ended({ type: 'restore-backup', secret: 'another one', from: file })).toMatchObject({ why: 'wrong-secret' })
    expect(await to.ended({ type: 'restore-backup', secret: '', from: file })).toMatchObject({ why: 'passphrase-empty' })
    expect(store.held.self.size).toBe(0)
    expect(await to.ended({ type: 'restore-backup', secret: 'a long one', from: file })).toMatchObject({ phase: 'done' })
  })

  it('is refused where it cannot be restored, and changes nothing', async () => {
    const { file, phrase } = await backup()
    const bytes = file.bytes()
    const altered = bytes.slice()
    altered[bytes.length - 1] = (altered.at(-1) ?? 0) ^ 1
    const other = await phraseOf(house(await open(createMemoryDisk())))
    const disk = createMemoryDisk()
    const to = house(await open(disk))
    for (const [why, content, secret] of [
      ['not-a-backup', new Uint8Array(100), phrase],
      ['truncated', bytes.subarray(0, 58), phrase],
      ['truncated', bytes.subarray(0, 58 + 65_552), phrase],
      ['altered', altered, phrase],
      ['wrong-secret', bytes, other],
      ['not-twelve-words', bytes, 'twelve'],
      ['unknown-word', bytes, phrase.replace(/\w+$/, 'parleyy')],
    ] as const) {
      const answer = await to.ended({ type: 'restore-backup', secret, from: memoryFile('file', content) })
      expect(answer).toEqual({ phase: 'failed', kind: 'restore', why })
    }
    expect(await to.ended({ type: 'restore-backup', secret: phrase, from: { name: 'no file' } })).toMatchObject({ why: 'file-failed' })
    expect([disk.count('messages'), disk.count('self'), to.bugs]).toEqual([0, 0, []])
  })

  it('is refused where somebody is, who stays', async () => {
    const { file, phrase } = await backup()
    const store = await open(await profile())
    const { held } = store
    expect(await house(store).ended({ type: 'restore-backup', secret: phrase, from: file })).toMatchObject({ why: 'not-empty' })
    expect(store.held).toBe(held)
  })

  it('of a profile without an account, or off its list, is not made', async () => {
    const command: TransferCommand = { type: 'back-up', secret: { kind: 'words', text: (await backup()).phrase }, to: undefined }
    expect(await house(await open(createMemoryDisk())).ended(command)).toMatchObject({ why: 'nothing-here' })
    const store = await open(await profile())
    await store.commit({ ...noChanges, held: [{ table: 'self', key: 'self', row: { ...self, removedAtMs: 1 } }] })
    expect(await house(store).ended(command)).toMatchObject({ why: 'nothing-here' })
  })

  it('of a device without the secret key of its account is not made, and says whose it would be to make', async () => {
    const command: TransferCommand = { type: 'back-up', secret: { kind: 'words', text: (await backup()).phrase }, to: undefined }
    const store = await open(await profile())
    const linked = { ...self, account: { publicKey: self.account.publicKey, seeds: undefined } }
    await store.commit({ ...noChanges, held: [{ table: 'self', key: 'self', row: linked }] })
    expect(await house(store).ended(command)).toMatchObject({ why: 'not-main' })
  })
})

describe('a transfer', () => {
  it('is shown to whoever comes, while it runs and until somebody has read how it ended', async () => {
    const { from } = await backup()
    expect(from.transfers.shown()).toMatchObject({ phase: 'done', kind: 'backup' })
    from.transfers.take({ type: 'cancel-transfer' })
    expect(from.transfers.shown()).toBeUndefined()
    from.transfers.take({ type: 'export-messages', contactId: bob, words, to: { name: 'page' } })
    expect(from.transfers.shown()).toMatchObject({ phase: 'running', kind: 'export' })
    from.transfers.stop()
    while (from.transfers.shown() !== undefined) await new Promise((resolve) => setImmediate(resolve))
    expect(from.bugs).toEqual([])
  })

  it('tells how far it has come', async () => {
    const { from } = await backup()
    const running = from.views().flatMap((view) => (view.phase === 'running' ? [view.done] : []))
    expect(running).toEqual([0, 100, 200, 250])
  })

  it('that is cancelled leaves nothing: no file, and no messages of nobody', async () => {
    const { file, phrase } = await backup()
    const disk = createMemoryDisk()
    const to = house(await open(disk))
    to.transfers.take({ type: 'restore-backup', secret: phrase, from: file })
    expect(await to.ended({ type: 'cancel-transfer' })).toBeUndefined()
    expect([disk.count('messages'), disk.count('contacts')]).toEqual([0, 0])
    // The next one goes on as if nothing had been.
    expect(await to.ended({ type: 'restore-backup', secret: phrase, from: file })).toMatchObject({ phase: 'done' })
  })

  it.each([
    ['storage-full', 'storage-full'],
    ['storage-failed', 'storage-failed'],
  ] as const)('says that the disk refused: %s', async (reason, why) => {
    const { file, phrase } = await backup()
    const disk = createMemoryDisk()
    const to = house(await open(disk))
    disk.refuse(reason)
    expect(await to.ended({ type: 'restore-backup', secret: phrase, from: file })).toMatchObject({ why })
    disk.refuse(undefined)
    expect(await to.ended({ type: 'restore-backup', secret: phrase, from: file })).toMatchObject({ phase: 'done' })
  })

  it('leaves nothing of an attempt that the disk did not let it forget', async () => {
    const { file, phrase } = await backup()
    const shorter = await open(createMemoryDisk())
    await shorter.commit({
      ...noChanges,
      held: [
        { table: 'self', key: 'self', row: self },
        { table: 'contacts', key: bob, row: { ...contact, nextPlace: 11 } },
      ],
      messages: messages.slice(0, 10),
    })
    const writer = house(shorter)
    const words12 = await phraseOf(writer)
    await writer.ended({ type: 'back-up', secret: { kind: 'words', text: words12 }, to: { name: 'file' } })
    const store = await open(createMemoryDisk())
    let commits = 0
    const filling: Store = {
      ...store,
      held: store.held,
      commit: (changes) => ((commits += 1) > 1 ? Promise.reject(new StoreTrouble('storage-full')) : store.commit(changes)),
    }
    expect(await house(filling).ended({ type: 'restore-backup', secret: phrase, from: file })).toMatchObject({ why: 'storage-full' })
    const shorterFile = writer.made.get('file') as MemoryFile
    expect(await house(store).ended({ type: 'restore-backup', secret: words12, from: shorterFile })).toMatchObject({ phase: 'done' })
    expect(await historyOf(store)).toEqual(messages.slice(0, 10))
  })

  it('says that a file could not be written, and gives it up', async () => {
    const file = memoryFile('file')
    const failing = { ...file.sink, write: () => Promise.reject(new Error('the stick is gone')) }
    const from = house(await open(await profile()), { create: async () => ({ sink: failing, handedOut: undefined }) })
    const answer = await from.ended({ type: 'export-messages', contactId: bob, words, to: { name: 'file' } })
    expect(answer).toEqual({ phase: 'failed', kind: 'export', why: 'file-failed' })
    expect([file.bytes().length, from.bugs]).toEqual([0, []])
  })

  it('that is cut off as its profile is closed, to be locked or taken over, is no bug and no failure', async () => {
    const store = await open(await profile())
    const from = house({
      ...store,
      held: store.held,
      look: () => {
        from.transfers.stop()
        return Promise.reject(new Error('connection: closed'))
      },
    })
    expect(await from.ended({ type: 'export-messages', contactId: undefined, words, to: undefined })).toBeUndefined()
    expect([from.bugs, from.views().filter(({ phase }) => phase !== 'running')]).toEqual([[], []])
  })

  it('that meets a bug says so, and the bug is told', async () => {
    const store = await open(await profile())
    const bug = new Error('a bug')
    const from = house({ ...store, held: store.held, look: () => Promise.reject(bug) })
    expect(await from.ended({ type: 'export-messages', contactId: undefined, words, to: undefined })).toMatchObject({ why: 'unexpected' })
    expect(from.bugs).toEqual([bug])
    const lost = house({ ...store, held: store.held, look: () => Promise.reject(new StoreTrouble('not-owner')) })
    expect(await lost.ended({ type: 'export-messages', contactId: undefined, words, to: undefined })).toMatchObject({
      why: 'storage-failed',
    })
  })
})

describe('an export', () => {
  it('is a page of all messages, oldest first, of everybody or of one', async () => {
    const from = house(await open(await profile()))
    await from.ended({ type: 'export-messages', contactId: undefined, words, to: { name: 'page' } })
    const html = new TextDecoder().decode(from.made.get('page')?.bytes())
    expect(html.match(/<article/g)).toHaveLength(250)
    expect(html.indexOf(messages[0]?.text ?? '')).toBeLessThan(html.indexOf(messages[200]?.text ?? ''))
    expect(html).toMatch(/^<!doctype html>[^]*<\/html>\n$/)
    expect(await from.ended({ type: 'export-messages', contactId: contactIdOf('eve'), words, to: undefined })).toMatchObject({
      why: 'nothing-here',
    })
  })
})

const readAll = async (bytes: Uint8Array, phrase: string): Promise<readonly Uint8Array[]> => {
  const { openChunk, readHeader, SEALED_CHUNK_LENGTH, HEADER_LENGTH } = await import('../protocol/backup/backup.ts')
  const { unlock } = await import('./secrets.ts')
  const read = readHeader(bytes.subarray(0, HEADER_LENGTH))
  if (!read.ok) throw new Error(read.reason)
  const key = await unlock(read.header, phrase, async () => ({ ok: false, reason: 'no-memory' }))
  const plain: Uint8Array[] = []
  for (let at = HEADER_LENGTH; at < bytes.length; at += SEALED_CHUNK_LENGTH) {
    const isLast = at + SEALED_CHUNK_LENGTH >= bytes.length
    const opened = openChunk(key, plain.length, isLast, bytes.subarray(at, at + SEALED_CHUNK_LENGTH))
    if (!opened.ok) throw new Error(opened.reason)
    plain.push(opened.plaintext)
  }
  return plain
}
