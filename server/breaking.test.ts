// What was tried against mailboxes, and what holds by now: connections that go in the middle, and races on a store that
// takes its time and a bus that loses wake-ups.

import { describe, expect, it } from 'vitest'
import { address, house, losing, numberOf, settled, upTo } from '../test/support/mailbox-house.ts'
import { type RecordingClient, recordingClient } from '../test/support/recording-client.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import type { MailboxStore } from './store.ts'

describe('somebody who goes', () => {
  it('leaves no watcher behind by what was still to be done for it', async () => {
    const { bus, live, mailboxes } = house()
    const client = recordingClient()
    mailboxes.lose(client)
    for (const n of upTo(100)) await live(n, client)
    expect(bus.size()).toBe(0)
  })
})

describe('a race', () => {
  it('of listening, moving, depositing, acknowledging and going loses and reorders nothing, and leaves nothing behind', async () => {
    for (const seed of upTo(40)) {
      const random = seededRandom(`races/${seed}`)
      const chance = (limit: number) => (random(1)[0] ?? 0) % limit
      const pause = async () => {
        for (let i = chance(4); i > 0; i--) await new Promise(setImmediate)
      }
      const slow = (store: MailboxStore): MailboxStore => ({
        openMailboxes: async (...args) => (await pause(), chance(10) === 0 ? 'in-doubt' : store.openMailboxes(...args)),
        closeMailboxes: async (...args) => (await pause(), store.closeMailboxes(...args)),
        append: async (...args) => {
          await pause()
          const appended = await store.append(...args)
          await pause()
          return chance(10) === 0 ? { ok: false, reason: 'in-doubt' } : appended
        },
        read: async (...args) => (await pause(), store.read(...args)),
        acknowledge: async (...args) => (await pause(), chance(10) === 0 ? 'in-doubt' : store.acknowledge(...args)),
        waiting: async (...args) => (await pause(), store.waiting(...args)),
      })
      const { acknowledge, bus, clock, deposit, listen, mailboxes } = house({ wrap: slow, bus: losing(() => chance(5) === 0) })
      const boxes = [1, 2, 3]
      const sent = new Map<number, number[]>(boxes.map((box) => [box, []]))
      const got = new Map<number, number[]>(boxes.map((box) => [box, []]))
      const seen = new Set<number>()
      let clients: RecordingClient[] = []
      const hear = async (client: RecordingClient, isAcknowledging: boolean) => {
        for (const reply of client.heard()) {
          if (reply.type !== 'envelope') continue
          const box = boxes.find((each) => Buffer.from(address(each)).equals(reply.address)) ?? 0
          const n = numberOf(reply.envelope)
          if (!seen.has(n)) got.get(box)?.push(n)
          seen.add(n)
          if (isAcknowledging) void acknowledge(client, box, reply.position)
        }
      }
      await listen(recordingClient(), ...boxes)
      let n = 0
      const depositing = boxes.map(async (box) => {
        for (let i = 0; i < 120; i++) {
          const mine = n++
          while (!(await deposit(mine, box)).ok) await pause()
          sent.get(box)?.push(mine)
          if (chance(3) === 0) await pause()
        }
      })
      const living = (async () => {
        for (let round = 0; round < 150; round++) {
          const dice = chance(8)
          if (dice === 0) {
            const client = recordingClient()
            clients.push(client)
            void listen(client, ...boxes.filter(() => chance(3) > 0), 1)
          } else if (dice === 1 && clients.length > 0) void listen(clients[chance(clients.length)] ?? recordingClient(), ...boxes)
          else if (dice === 2 && clients.length > 0) {
            const [gone] = clients.splice(chance(clients.length), 1)
            if (gone !== undefined) mailboxes.lose(gone)
          } else if (dice === 3) {
            clock.advance(25_000)
            void mailboxes.sweep()
          }
          // Only the newest keeps what comes: whoever lost its keys is an old page.
          const newest = clients.at(-1)
          if (newest !== undefined) await hear(newest, chance(4) > 0)
          await pause()
        }
      })()
      await Promise.all([...depositing, living])
      for (const client of clients) mailboxes.lose(client)
      clients = []
      await settled()
      const last = recordingClient()
      while (!(await listen(last, ...boxes)).ok) await pause()
      for (let i = 0; i < 60; i++) {
        await hear(last, true)
        clock.advance(25_000)
        await mailboxes.sweep()
        await settled()
      }
      await hear(last, true)
      for (const box of boxes) expect([seed, box, got.get(box)]).toEqual([seed, box, sent.get(box)])
      mailboxes.lose(last)
      expect([seed, mailboxes.size(), bus.size()]).toEqual([seed, 0, 0])
    }
  })
})
