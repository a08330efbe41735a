import { describe, expect, it } from 'vitest'
import { MAX_TEXT_LENGTH } from '../../src/messenger/api.ts'
import type { Device, World } from '../support/world.ts'
import { createWorld } from '../support/world.ts'
import { allDelivered, cases, expectFriends, idOf, isBroad, load, openAll, pair, quiet, seed, send, texts } from './stories.ts'

const friends = async (
  name: string,
  direct = true,
): Promise<{ world: World; alice: Device; bob: Device; toBob: string; toAlice: string }> => {
  const world = createWorld(`${seed}/messages/${name}`)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  const { guestOfHost: toBob, hostOfGuest: toAlice } = await pair(world, alice, bob)
  return { world, alice, bob, toBob, toAlice }
}

const numbers = (count: number, prefix: string): readonly string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('a storm', () => {
  it('of crashes, dead relays, cut lines and lost frames loses, doubles and reorders nothing', async () => {
    for (const i of cases(0.03)) {
      const { world, alice, bob, toBob, toAlice } = await friends(`storm/${i}`, i % 3 !== 2)
      const sent = { alice: [] as string[], bob: [] as string[] }
      world.onCommit = ({ name }, { messages }) => {
        const own = name === 'alice' ? 'alice' : 'bob'
        for (const { direction, text } of messages) {
          if (direction === 'out' && !sent[own].includes(text)) sent[own].push(text)
        }
      }
      const loss = world.chance(4)
      world.mayPass = () => world.chance(20) >= loss
      for (let round = 0; round < 60; round++) {
        for (const [device, contactId] of [[alice, toBob] as const, [bob, toAlice] as const]) {
          if (!device.isOpen) {
            if (world.chance(2) === 0) await device.open()
            if (device.isOpen && world.chance(2) === 0) device.command({ type: 'open-conversation', contactId })
            continue
          }
          const dice = world.chance(14)
          if (dice < 8) send(device, contactId, `${device.name} ${round}`)
          else if (dice === 8) device.crash()
          else if (dice === 9) device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(6))
          else if (dice === 10) world.restartRelay()
          else if (dice === 11) world.cutLinks(world.chance(3) * 3_000)
          else if (dice === 12) device.command({ type: 'change-settings', settings: { relayOnly: world.chance(2) === 0 } })
        }
        await world.pass(world.chance(3_000))
      }
      world.mayPass = () => true
      for (const device of [alice, bob]) device.crashAtCommit('kept', Number.POSITIVE_INFINITY)
      await openAll(alice, bob)
      await quiet(world, alice, bob)
      await load(world, alice, toBob)
      await load(world, bob, toAlice)
      expect([allDelivered(alice), allDelivered(bob)]).toEqual([true, true])
      expect([seed, i, texts(bob, 'in')]).toEqual([seed, i, sent.alice])
      expect([seed, i, texts(alice, 'in')]).toEqual([seed, i, sent.bob])
    }
  })
})

if (isBroad) {
  describe('messages', () => {
    for (const direct of [true, false]) {
      it(`go both ways at once, 300 each, ${direct ? 'directly' : 'through the relay'}`, async () => {
        const { world, alice, bob, toBob, toAlice } = await friends(`many/${direct}`, direct)
        for (let i = 0; i < 300; i++) {
          send(alice, toBob, `a${i}`)
          send(bob, toAlice, `b${i}`)
        }
        const start = world.nowMs()
        await quiet(world, alice, bob)
        expect(world.nowMs() - start).toBeLessThan(60_000)
        expect(texts(bob, 'in')).toEqual(numbers(300, 'a'))
        expect(texts(alice, 'in')).toEqual(numbers(300, 'b'))
      })
    }

    it('change ways in the middle and keep their order', async () => {
      const { world, alice, bob, toBob } = await friends('ways')
      alice.command({ type: 'open-conversation', contactId: toBob })
      for (let i = 0; i < 40; i++) {
        send(alice, toBob, `a${i}`)
        if (i % 8 === 3) world.cutLinks(0)
        if (i % 8 === 7) await world.until('a line', () => alice.line(toBob) === 'direct')
        await world.pass(20)
      }
      await quiet(world, alice, bob)
      expect(texts(bob, 'in')).toEqual(numbers(40, 'a'))
    })

    it('keep their order where one is lost with a page that died after the relay had passed it on', async () => {
      const { world, alice, bob, toBob } = await friends('overtake', false)
      let isLost = false
      world.mayPass = (_, from) => {
        if (from !== undefined || isLost) return true
        isLost = true
        return false
      }
      for (const text of ['one', 'two', 'three']) send(alice, toBob, text)
      await quiet(world, alice, bob)
      expect(isLost).toBe(true)
      expect(texts(bob, 'in')).toEqual(['one', 'two', 'three'])
    })

    it('whose receipts are lost are confirmed later and shown once', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('receipts', false)
      await world.pass(5_000)
      world.mayPass = (_, from) => from !== bob
      send(alice, toBob, 'hi')
      await world.pass(30_000)
      expect(texts(bob, 'in')).toEqual(['hi'])
      expect(allDelivered(alice)).toBe(false)
      world.mayPass = () => true
      await quiet(world, alice)
      await load(world, bob, toAlice)
      expect(texts(bob, 'in')).toEqual(['hi'])
    })

    it('are kept once where the receiver dies between ack and receipt, whether or not it was kept', async () => {
      for (const direct of [true, false]) {
        for (const fate of ['kept', 'lost'] as const) {
          for (const after of [0, 1]) {
            const { world, alice, bob, toBob, toAlice } = await friends(`receiver/${direct}/${fate}/${after}`, direct)
            await world.pass(2_000)
            send(alice, toBob, 'hi')
            bob.crashAtCommit(fate, after)
            await world.until('bob dies', () => !bob.isOpen)
            await bob.open()
            await quiet(world, alice)
            await load(world, bob, toAlice)
            expect(texts(bob, 'in')).toEqual(['hi'])
          }
        }
      }
    })

    it('reach thirty contacts (ten in a short run)', async () => {
      const world = createWorld(`${seed}/messages/thirty`)
      const alice = await world.addDevice('alice')
      const others: Device[] = []
      for (let i = 0; i < (cases(1).length < 300 ? 10 : 30); i++) {
        const other = await world.addDevice(`friend${i}`, i % 2 === 0)
        others.push(other)
        await pair(world, alice, other)
      }
      alice.crash()
      await alice.open()
      for (const other of others) {
        send(alice, idOf(other), `hello ${other.name}`)
        send(other, idOf(alice), `from ${other.name}`)
      }
      await quiet(world, alice, ...others)
      for (const other of others) expect(texts(other, 'in')).toEqual([`hello ${other.name}`])
      expect([...texts(alice, 'in')].sort()).toEqual(others.map(({ name }) => `from ${name}`).sort())
    })

    it('may be as long as the limit and no longer, and may not be empty', async () => {
      const { world, alice, bob, toBob } = await friends('limits')
      const refused = () => alice.events.flatMap((event) => (event.type === 'message-refused' ? [[event.reason, event.excessBytes]] : []))
      const taken = [
        'x'.repeat(MAX_TEXT_LENGTH),
        'ü'.repeat(MAX_TEXT_LENGTH / 2),
        '\u05e9\u05dc\u05d5\u05dd \u202eabc',
        'a\nb\tc',
        'half \ud83d pair',
        '🙂',
      ]
      for (const text of taken) send(alice, toBob, text)
      for (const text of ['x'.repeat(MAX_TEXT_LENGTH + 1), `${'ü'.repeat(MAX_TEXT_LENGTH / 2)}é`, '', ' \n\t ']) send(alice, toBob, text)
      await quiet(world, alice)
      expect(texts(bob, 'in')).toEqual(taken.map((text) => text.toWellFormed()))
      expect(refused()).toEqual([
        ['too-long', 1],
        ['too-long', 2],
        ['empty', 0],
        ['empty', 0],
      ])
    })

    it('fail after 30 days, and arrive once when they are sent again, even if they had arrived', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('fail', false)
      await quiet(world, alice, bob)
      world.mayPass = (_, from) => from !== bob
      send(alice, toBob, 'arrived')
      await world.until('bob has it', () => texts(bob, 'in').length === 1)
      await world.pass(200)
      bob.crash()
      send(alice, toBob, 'did not')
      await world.pass(1_000)
      const started = alice.turns
      alice.crash()
      world.mayPass = () => true
      await world.pass(31 * 86_400_000)
      await alice.open()
      await world.pass(1_000)
      await load(world, alice, toBob)
      expect(alice.messages.map(({ state }) => state)).toEqual(['failed', 'failed'])
      expect(alice.held.outbox.size).toBe(0)
      expect(alice.turns).toBeLessThan(started + 100)
      for (const { messageId } of alice.messages) alice.command({ type: 'resend-message', contactId: toBob, messageId })
      await world.pass(1_000)
      await bob.open()
      await quiet(world, alice, bob)
      await load(world, bob, toAlice)
      expect(texts(bob, 'in')).toEqual(['arrived', 'did not'])
      expect(alice.messages.map(({ state }) => state)).toEqual(['delivered', 'delivered'])
    })
  })

  describe('a contact that was removed', () => {
    it('takes what was under way along, and is not heard any more', async () => {
      for (const direct of [true, false]) {
        const { world, alice, bob, toBob, toAlice } = await friends(`remove/${direct}`, direct)
        await expectFriends(world, alice, bob)
        for (let i = 0; i < 20; i++) {
          send(alice, toBob, `a${i}`)
          send(bob, toAlice, `b${i}`)
        }
        await world.pass(30)
        bob.command({ type: 'remove-contact', contactId: toAlice })
        await world.pass(60_000)
        expect([bob.contacts, bob.messages]).toEqual([[], []])
        expect([bob.held.contacts.size, bob.held.sessions.size, bob.held.outbox.size]).toEqual([0, 0, 0])
        expect(bob.disk.count('messages')).toBe(0)
        expect(alice.contacts).toEqual([toBob])
        send(alice, toBob, 'hello?')
        await world.pass(120_000)
        expect(bob.messages).toEqual([])
        expect(alice.messages.at(-1)?.state).toBe('waiting')
      }
    })
  })

  describe('a contact who is away', () => {
    it('is sent the same bytes again, and presences that nobody heard do not move the ratchet', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('away')
      await quiet(world, alice, bob)
      bob.crash()
      await world.pass(60_000)
      alice.command({ type: 'open-conversation', contactId: toBob })
      const deposited = new Map<string, string>()
      let presences = 0
      world.onPost = (_, message) => {
        if (message.type !== 'order' || message.order.type !== 'relay-send' || message.order.request.type !== 'deposit') return
        const { envelope, liveOnly } = message.order.request
        const bytes = Buffer.from(envelope).toString('base64')
        if (liveOnly) presences++
        deposited.set(bytes, bytes.slice(0, 24))
      }
      send(alice, toBob, 'one')
      send(alice, toBob, 'two')
      await world.pass(4 * 3_600_000)
      // One of each message and one presence, however often they were tried.
      expect(deposited.size).toBeLessThanOrEqual(3)
      expect(presences).toBeLessThan(400)
      const { current } = [...alice.held.sessions.values()][0] ?? {}
      expect(current?.ratchet.phase === 'their-turn' && current.ratchet.sending.sentCount).toBeLessThan(10)
      world.onPost = () => undefined
      await bob.open()
      bob.command({ type: 'open-conversation', contactId: toAlice })
      await quiet(world, alice, bob)
      expect(texts(bob, 'in')).toEqual(['one', 'two'])
      await world.until('a direct line', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct', 90_000)
    })
  })

  describe('Relay only', () => {
    it('sends no presence, answers none and ends a line that is open', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('relay-only')
      await expectFriends(world, alice, bob)
      expect(alice.line(toBob)).toBe('direct')
      const orders: string[] = []
      alice.command({ type: 'change-settings', settings: { relayOnly: true } })
      await world.until('the line ends', () => alice.line(toBob) === 'relay')
      world.onPost = ({ name }, message) => {
        if (name !== 'alice' || message.type !== 'order') return
        const { order } = message
        orders.push(order.type === 'relay-send' && order.request.type === 'deposit' && order.request.liveOnly ? 'live' : order.type)
      }
      for (const [device, contactId] of [[alice, toBob] as const, [bob, toAlice] as const])
        device.command({ type: 'open-conversation', contactId })
      await world.pass(300_000)
      await expectFriends(world, alice, bob)
      expect(orders.filter((type) => type.startsWith('peer') || type.startsWith('link'))).toEqual([])
      // Only presences travel live.
      expect(orders).not.toContain('live')
      expect(alice.live.meetings.size).toBe(0)
    })
  })
}
