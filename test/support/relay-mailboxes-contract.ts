// What every store of the relay must do with mailboxes (server/store.ts, sentence by sentence).

import { beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../server/store.ts'
import {
  addressOf,
  alices,
  append,
  appended,
  bobs,
  bytesOf,
  count,
  DAY_MS,
  idOf,
  KEPT_UNTIL_MS,
  LATER_MS,
  type MakeStore,
  NOW_MS,
  openForEach,
  PLENTY,
  positionsIn,
  range,
  readAll,
  sweepAll,
} from './relay-store-samples.ts'

export const mailboxesContract = (make: MakeStore): void => {
  let store: Store
  const reopen = openForEach(make, (opened) => {
    store = opened
  })

  beforeEach(async () => {
    expect(await store.openMailboxes([alices, bobs], KEPT_UNTIL_MS)).toBe('ok')
  })

  describe('append and read', () => {
    it('refuses where nobody made a mailbox', async () => {
      expect(await append(store, addressOf(7), 1)).toBe('no-mailbox')
      expect(await store.read(addressOf(7), 0, 10, 1_000, NOW_MS)).toEqual([])
      expect((await store.health()).envelopes).toBe(0)
    })

    it('gives back what was appended, in order, at growing positions from 1 on, each address by itself', async () => {
      const positions = []
      for (const number of range(0, 5)) positions.push(await appended(store, alices, number))
      const other = await appended(store, bobs, 99)
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(new Set(positions).size).toBe(5)
      expect(Math.min(...positions, other)).toBeGreaterThanOrEqual(1)
      expect(await positionsIn(store, alices)).toEqual(positions)
      expect(await readAll(store, alices)).toEqual(range(0, 5).map((number) => bytesOf(number)))
      expect(await readAll(store, bobs)).toEqual([bytesOf(99)])
    })

    it('keeps the order in which it was asked when it is asked all at once', async () => {
      const positions = await Promise.all(range(0, 100).map((number) => appended(store, alices, number)))
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(await readAll(store, alices)).toEqual(range(0, 100).map((number) => bytesOf(number)))
    })

    it('leaves no gap between positions, so that a reader knows what continues', async () => {
      const first = await appended(store, alices, 0)
      await appended(store, bobs, 1)
      expect(await appended(store, alices, 2)).toBe(first + 1)
    })

    it('keeps bytes of its own', async () => {
      const lent = bytesOf(1)
      await store.append(alices, idOf(1), lent, LATER_MS)
      lent.fill(0)
      expect(await readAll(store, alices)).toEqual([bytesOf(1)])
    })

    it('keeps the shortest and the longest envelope as they are', async () => {
      await appended(store, alices, 1, 1)
      await appended(store, alices, 2, 65_536)
      expect(await readAll(store, alices)).toEqual([bytesOf(1, 1), bytesOf(2, 65_536)])
    })

    it('reads after a position, so many at most', async () => {
      const positions = await Promise.all(range(0, 10).map((number) => appended(store, alices, number)))
      const read = async (after: number, most: number) =>
        (await store.read(alices, after, most, 10_000, NOW_MS)).map(({ position }) => positions.indexOf(position))
      expect(await read(0, 3)).toEqual([0, 1, 2])
      expect(await read(positions[2] ?? 0, 3)).toEqual([3, 4, 5])
      expect(await read(positions[8] ?? 0, 3)).toEqual([9])
      expect(await read(positions[9] ?? 0, 3)).toEqual([])
    })

    it('reads so many bytes at most, but never nothing', async () => {
      for (const number of range(0, 4)) await appended(store, alices, number, 100)
      const read = async (maxBytes: number) => (await store.read(alices, 0, 10, maxBytes, NOW_MS)).length
      expect([await read(1), await read(100), await read(199), await read(200), await read(399), await read(400)]).toEqual([
        1, 1, 1, 2, 3, 4,
      ])
    })
  })

  describe('the same envelope id', () => {
    it('is kept once, with what came first', async () => {
      const position = await appended(store, alices, 1)
      expect(await store.append(alices, idOf(1), bytesOf(2), LATER_MS)).toEqual({ ok: true, position, isRepeat: true })
      expect(await readAll(store, alices)).toEqual([bytesOf(1)])
      expect((await store.health()).envelopes).toBe(1)
    })

    it('is kept once when it comes many times at once', async () => {
      const outcomes = await Promise.all(range(0, 20).map(() => store.append(alices, idOf(1), bytesOf(1), LATER_MS)))
      expect(count(outcomes, (each) => each.ok && !each.isRepeat)).toBe(1)
      expect(new Set(outcomes.map((each) => each.ok && each.position)).size).toBe(1)
      expect(await readAll(store, alices)).toEqual([bytesOf(1)])
    })

    it('at another address is another envelope', async () => {
      await appended(store, alices, 1)
      expect(await store.append(bobs, idOf(1), bytesOf(1), LATER_MS)).toMatchObject({ ok: true, isRepeat: false })
    })

    it('is new again once the first is acknowledged, at a position of its own', async () => {
      const position = await appended(store, alices, 1)
      await store.acknowledge(alices, [position])
      expect(await appended(store, alices, 1)).toBeGreaterThan(position)
    })
  })

  describe('acknowledge', () => {
    it('forgets those and no others, as often as it is asked', async () => {
      const [first = 0, second = 0, third = 0] = await Promise.all(range(0, 3).map((number) => appended(store, alices, number)))
      const other = await appended(store, bobs, 9)
      for (let times = 0; times < 2; times += 1) {
        expect(await store.acknowledge(alices, [third, first, third, 1_000_000])).toBe('ok')
        expect(await positionsIn(store, alices)).toEqual([second])
      }
      expect(await store.acknowledge(addressOf(7), [other])).toBe('ok')
      expect(await store.acknowledge(alices, [])).toBe('ok')
      expect(await positionsIn(store, bobs)).toEqual([other])
      expect(await store.health()).toMatchObject({ envelopes: 2, bytes: 80 })
    })

    it('a position is never used again', async () => {
      const positions = [await appended(store, alices, 1), await appended(store, alices, 2)]
      await store.acknowledge(alices, positions)
      await reopen()
      expect(await appended(store, alices, 3)).toBeGreaterThan(Math.max(...positions))
    })
  })

  describe('limits', () => {
    it('64 at once where 10 fit: exactly 10 are kept, the others are told, nothing is evicted', async () => {
      await reopen({ ...PLENTY, envelopesPerMailbox: 10 })
      const before = await appended(store, alices, 100)
      const outcomes = await Promise.all(range(0, 64).map((number) => append(store, alices, number)))
      expect(count(outcomes, (each) => each === 'mailbox-full')).toBe(55)
      expect(await positionsIn(store, alices)).toEqual([before, ...outcomes.filter((each) => typeof each === 'number')])
      expect(await append(store, bobs, 1)).toBeTypeOf('number')
    })

    it('bytes of a mailbox, to the byte', async () => {
      await reopen({ ...PLENTY, bytesPerMailbox: 100 })
      await appended(store, alices, 1, 60)
      expect(await append(store, alices, 2, 41)).toBe('mailbox-full')
      await appended(store, alices, 3, 40)
      expect(await append(store, alices, 4, 1)).toBe('mailbox-full')
      expect(await store.health()).toMatchObject({ envelopes: 2, bytes: 100 })
    })

    it('bytes of the whole store, to the byte', async () => {
      await reopen({ ...PLENTY, storedBytes: 100 })
      await appended(store, alices, 1, 60)
      expect(await append(store, bobs, 2, 41)).toBe('store-full')
      await appended(store, bobs, 3, 40)
      expect(await append(store, alices, 4, 1)).toBe('store-full')
      expect(await store.health()).toMatchObject({ envelopes: 2, bytes: 100 })
    })

    it('a repeat of what is kept is a success where nothing more fits', async () => {
      await reopen({ ...PLENTY, envelopesPerMailbox: 1, storedBytes: 40 })
      await appended(store, alices, 1)
      expect(await store.append(alices, idOf(1), bytesOf(1), LATER_MS)).toMatchObject({ ok: true, isRepeat: true })
    })

    it.each(['acknowledged', 'closed', 'expired and swept'] as const)('what is %s makes room', async (how) => {
      await reopen({ ...PLENTY, envelopesPerMailbox: 1, storedBytes: 40 })
      const position = await appended(store, alices, 1)
      if (how === 'acknowledged') await store.acknowledge(alices, [position])
      else if (how === 'closed') await store.closeMailboxes([alices])
      else await store.sweep(LATER_MS, 10)
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      expect(await append(store, alices, 2)).toBeTypeOf('number')
    })

    it('are counted anew by nobody: they hold after opening again', async () => {
      await reopen({ ...PLENTY, envelopesPerMailbox: 2, storedBytes: 120 })
      await appended(store, alices, 1)
      await appended(store, alices, 2)
      await reopen({ ...PLENTY, envelopesPerMailbox: 2, storedBytes: 120 })
      expect(await append(store, alices, 3)).toBe('mailbox-full')
      await appended(store, bobs, 4)
      expect(await append(store, bobs, 5)).toBe('store-full')
    })

    it('a refusal in the middle of others takes nothing of them with it', async () => {
      await reopen({ ...PLENTY, bytesPerMailbox: 100 })
      const outcomes = await Promise.all([
        append(store, alices, 1, 50),
        append(store, alices, 2, 200),
        append(store, addressOf(7), 3),
        append(store, alices, 4, 50),
      ])
      expect(outcomes).toEqual([expect.any(Number), 'mailbox-full', 'no-mailbox', expect.any(Number)])
      expect(await readAll(store, alices)).toEqual([bytesOf(1, 50), bytesOf(4, 50)])
    })
  })

  describe('time', () => {
    it('what has expired is not there, from that millisecond on, whether it was swept or not', async () => {
      await appended(store, alices, 1, 40, NOW_MS + 1_000)
      await appended(store, alices, 2, 40, NOW_MS + 2_000)
      expect(await readAll(store, alices, NOW_MS + 999)).toHaveLength(2)
      expect(await readAll(store, alices, NOW_MS + 1_000)).toEqual([bytesOf(2)])
      expect(await store.waiting([alices], NOW_MS + 999)).toBe(2)
      expect(await store.waiting([alices], NOW_MS + 1_000)).toBe(1)
      expect(await store.sweep(NOW_MS + 1_000, 10)).toBe(1)
      expect(await readAll(store, alices)).toEqual([bytesOf(2)])
      expect(await store.health()).toMatchObject({ envelopes: 1, bytes: 40 })
    })

    it('an expired envelope between others takes up no place in what is read', async () => {
      await appended(store, alices, 1)
      await appended(store, alices, 2, 40, NOW_MS)
      await appended(store, alices, 3)
      expect((await store.read(alices, 0, 2, 80, NOW_MS)).map(({ envelope }) => envelope)).toEqual([bytesOf(1), bytesOf(3)])
    })

    it('a mailbox is there until its time at least, and ends within a day with all that is in it', async () => {
      await appended(store, alices, 1, 40, NOW_MS + 200 * DAY_MS)
      expect(await sweepAll(store, KEPT_UNTIL_MS - 1)).toBe(0)
      await appended(store, alices, 2, 40, NOW_MS + 200 * DAY_MS)
      expect(await sweepAll(store, KEPT_UNTIL_MS + DAY_MS)).toBe(4)
      expect(await append(store, alices, 3)).toBe('no-mailbox')
      expect(await store.health()).toMatchObject({ envelopes: 0, bytes: 0, mailboxes: 0 })
    })

    it('using it again keeps it longer, and never shorter', async () => {
      await store.openMailboxes([alices], KEPT_UNTIL_MS + 5 * DAY_MS)
      await store.openMailboxes([alices], NOW_MS)
      expect(await sweepAll(store, KEPT_UNTIL_MS + 2 * DAY_MS)).toBe(1)
      expect(await append(store, alices, 1)).toBeTypeOf('number')
      expect(await append(store, bobs, 1)).toBe('no-mailbox')
    })
  })

  describe('opening and closing', () => {
    it('opening what is open changes nothing in it', async () => {
      const position = await appended(store, alices, 1)
      expect(await store.openMailboxes([alices, alices], KEPT_UNTIL_MS)).toBe('ok')
      expect(await positionsIn(store, alices)).toEqual([position])
      expect((await store.health()).mailboxes).toBe(2)
    })

    it('closing ends it with all that is in it, as often as it is asked, and no other', async () => {
      await appended(store, alices, 1)
      await appended(store, bobs, 2)
      for (let times = 0; times < 2; times += 1) expect(await store.closeMailboxes([alices, alices, addressOf(7)])).toBe('ok')
      expect(await append(store, alices, 3)).toBe('no-mailbox')
      expect(await readAll(store, alices)).toEqual([])
      expect(await store.waiting([alices], NOW_MS)).toBe(0)
      expect(await readAll(store, bobs)).toEqual([bytesOf(2)])
      expect(await store.health()).toMatchObject({ envelopes: 1, bytes: 40, mailboxes: 1 })
    })

    it.each(['closed', 'unused for too long'] as const)('a position of one that was %s is never used again', async (how) => {
      const positions = await Promise.all(range(0, 5).map((number) => appended(store, alices, number)))
      if (how === 'closed') await store.closeMailboxes([alices])
      else await sweepAll(store, KEPT_UNTIL_MS + DAY_MS)
      await reopen()
      await store.openMailboxes([alices], KEPT_UNTIL_MS)
      expect(await readAll(store, alices)).toEqual([])
      expect(await appended(store, alices, 1)).toBeGreaterThan(Math.max(...positions))
      expect(await readAll(store, alices)).toEqual([bytesOf(1)])
    })

    it('takes a thousand addresses at once', async () => {
      const many = range(1_000, 2_000).map(addressOf)
      expect(await store.openMailboxes(many, KEPT_UNTIL_MS)).toBe('ok')
      expect((await store.health()).mailboxes).toBe(1_002)
      expect(await store.closeMailboxes(many)).toBe('ok')
      expect((await store.health()).mailboxes).toBe(2)
    })
  })

  it('counts what waits at some addresses together', async () => {
    for (const number of range(0, 3)) await appended(store, alices, number)
    await appended(store, bobs, 1)
    expect(await store.waiting([alices, bobs, addressOf(7)], NOW_MS)).toBe(4)
    expect(await store.waiting([bobs], NOW_MS)).toBe(1)
    expect(await store.waiting([], NOW_MS)).toBe(0)
  })

  it('has everything after it was closed and opened again', async () => {
    const positions = await Promise.all(range(0, 3).map((number) => appended(store, alices, number)))
    await store.acknowledge(alices, [positions[0] ?? 0])
    await reopen()
    expect(await positionsIn(store, alices)).toEqual(positions.slice(1))
    expect(await readAll(store, alices)).toEqual([bytesOf(1), bytesOf(2)])
    expect(await store.append(alices, idOf(2), bytesOf(2), LATER_MS)).toMatchObject({ isRepeat: true })
  })
}
