import { describe, expect, it } from 'vitest'
import { createMemoryDisk } from '../../test/support/memory-store.ts'
import {
  bobsSessions,
  contactIdOf,
  contactRow,
  messageRow,
  movedOn,
  noChanges,
  seenRow,
  selfRow,
  sessionRecord,
} from '../../test/support/rows.ts'
import { storeContract } from '../../test/support/store-contract.ts'
import type { Changes } from '../messenger/state.ts'

// The memory store stands in for the product's in every simulation, so it is held to the same contract.

describe('the store in memory', () => {
  storeContract(async () => {
    const disk = createMemoryDisk()
    return { open: disk.open, tamper: async (table) => disk.tamper(table), drop: async (table) => disk.drop(table) }
  })

  const bob = contactIdOf('bob')
  const everything: Changes = {
    ...noChanges,
    held: [
      { table: 'self', key: 'self', row: selfRow() },
      { table: 'contacts', key: bob, row: contactRow('bob') },
    ],
    messages: [messageRow('bob', 1)],
    seen: [{ key: 'k', row: seenRow('k') }],
  }

  it('keeps all or nothing of a commit during which it crashed, and answers nobody afterwards', async () => {
    const outcomes = new Set<string>()
    for (const fate of ['kept', 'lost'] as const) {
      for (let moment = 0; moment < 8; moment++) {
        const disk = createMemoryDisk()
        const opened = await disk.open()
        if (!opened.ok) throw new Error(opened.reason)
        let isAnswered = false
        void opened.store.commit(everything).then(() => {
          isAnswered = true
        })
        for (let i = 0; i < moment; i++) await Promise.resolve()
        disk.crash(fate)
        await new Promise((resolve) => setTimeout(resolve))
        const rows = [disk.count('self'), disk.count('contacts') / 3, disk.count('messages'), disk.count('seen')]
        expect(new Set(rows).size).toBe(1)
        outcomes.add(`${rows[0]} on disk, ${isAnswered ? 'known' : 'unknown'}`)
      }
    }
    expect([...outcomes].sort()).toEqual(['0 on disk, unknown', '1 on disk, known', '1 on disk, unknown'])
  })

  it('fails as it is told to, and keeps nothing meanwhile', async () => {
    const disk = createMemoryDisk()
    const opened = await disk.open()
    if (!opened.ok) throw new Error(opened.reason)
    disk.refuse('storage-full')
    await expect(opened.store.commit(everything)).rejects.toMatchObject({ reason: 'storage-full' })
    expect(disk.count('self')).toBe(0)
    disk.refuse(undefined)
    await opened.store.commit(everything)
    expect(disk.count('self')).toBe(1)
  })

  it('writes at most 8 KiB and the text for a received message, whatever the number of skipped keys', async () => {
    const written: number[] = []
    for (const skipped of [0, 2_000]) {
      const disk = createMemoryDisk()
      const opened = await disk.open()
      if (!opened.ok) throw new Error(opened.reason)
      const { store } = opened
      const record = sessionRecord('bob', skipped)
      await store.commit({ ...everything, held: [...everything.held, { table: 'sessions', key: bobsSessions, row: record }] })
      const contact = store.held.contacts.get(bob) ?? contactRow('bob')
      const bytesBefore = disk.bytesWritten
      await store.commit({
        ...noChanges,
        held: [
          { table: 'sessions', key: bobsSessions, row: movedOn(record, skipped === 0 ? undefined : 17) },
          {
            table: 'contacts',
            key: bob,
            row: { ...contact, unread: 1, nextPlace: 3, newest: { place: 2, text: 'x'.repeat(200), atMs: 1, direction: 'in' } },
          },
        ],
        messages: [messageRow('bob', 2, { text: '' })],
        seen: [
          { key: 'envelope', row: seenRow('envelope') },
          { key: 'content', row: seenRow('content') },
        ],
      })
      written.push(disk.bytesWritten - bytesBefore)
    }
    for (const bytes of written) expect(bytes).toBeLessThanOrEqual(8_192)
    expect(written[1]).toBe(written[0])
  })
})
