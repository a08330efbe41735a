// What people see of mailboxes: messages to somebody who is away, mailboxes that are full, gone or forgotten, and a relay that
// dies. Real messengers and the real relay on stores in memory.

import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import type { Event, MessageState } from '../../src/messenger/api.ts'
import type { Body } from '../../src/messenger/content.ts'
import { createWorld, type Device, type World, type WorldOptions } from '../support/world.ts'
import { addressFor, arrive, forge } from './forging.ts'
import { allDelivered, expectFriends, idOf, isBroad, load, pair, quiet, seed, send, texts } from './stories.ts'

const DAY_MS = 86_400_000

interface Friends {
  readonly world: World
  readonly alice: Device
  readonly bob: Device
  readonly toBob: string
  readonly toAlice: string
}

const friends = async (name: string, direct = false, options: WorldOptions = {}): Promise<Friends> => {
  const world = createWorld(`${seed}/mailboxes/${name}`, options)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  const { guestOfHost: toBob, hostOfGuest: toAlice } = await pair(world, alice, bob)
  await quiet(world, alice, bob)
  await world.pass(2_000)
  return { world, alice, bob, toBob, toAlice }
}

const numbers = (count: number, prefix: string): readonly string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)
const textsOf = async (world: World, device: Device, contactId: string): Promise<readonly string[]> => {
  await load(world, device, contactId)
  return texts(device, 'in')
}

/** The states that a window was told of one message, in order. */
const statesOf = (device: Device, messageId: string): readonly MessageState[] =>
  device.events.flatMap((event) => {
    if (event.type === 'message-changed' && event.message.messageId === messageId) return [event.message.state]
    return event.type === 'message-state-changed' && event.messageId === messageId ? [event.state] : []
  })
const eventsOf = <Type extends Event['type']>(device: Device, type: Type): readonly Extract<Event, { type: Type }>[] =>
  device.events.filter((event): event is Extract<Event, { type: Type }> => event.type === type)

describe('a message to somebody who is away', () => {
  it('waits, is kept by the relay, and is delivered, though they are never there together', async () => {
    const { world, alice, bob, toBob, toAlice } = await friends('in turn')
    bob.crash()
    send(alice, toBob, 'for later')
    await world.until('the relay keeps it', () => alice.messages[0]?.state === 'on-relay')
    const messageId = alice.messages[0]?.messageId ?? ''
    alice.crash()
    await world.pass(DAY_MS)
    await bob.open()
    await world.until('bob has it', () => texts(bob, 'in').includes('for later'))
    send(bob, toAlice, 'and back')
    await world.until('the relay keeps it', () => bob.messages.at(-1)?.state === 'on-relay')
    // His receipt too.
    await world.until('the relay keeps all', () => bob.live.receiptsDue.size + bob.live.deposits.size === 0)
    bob.crash()
    await world.pass(DAY_MS)
    await alice.open()
    await load(world, alice, toBob)
    // What the relay said is still known after the page was closed; the receipt has come since or comes now.
    await world.until('both are told', () => texts(alice, 'in').includes('and back') && allDelivered(alice))
    expect(statesOf(alice, messageId)).toContain('delivered')
    await bob.open()
    await quiet(world, alice, bob)
    expect(await textsOf(world, bob, toAlice)).toEqual(['for later'])
    expect(await textsOf(world, alice, toBob)).toEqual(['and back'])
  })

  it('goes through its states in this order: waiting, on relay, delivered', async () => {
    const { world, alice, bob, toBob } = await friends('states')
    bob.crash()
    world.setRelayUp(false)
    send(alice, toBob, 'hello')
    await world.pass(5_000)
    const messageId = alice.messages[0]?.messageId ?? ''
    expect(statesOf(alice, messageId)).toEqual(['waiting'])
    world.setRelayUp(true)
    await world.until('the relay keeps it', () => alice.messages[0]?.state === 'on-relay')
    alice.crash()
    await alice.open()
    await load(world, alice, toBob)
    expect(alice.messages.map(({ state }) => state)).toEqual(['on-relay'])
    await bob.open()
    await quiet(world, alice)
    expect(alice.messages.map(({ state }) => state)).toEqual(['delivered'])
  })
})

if (isBroad) {
  describe('a relay', () => {
    it('that dies and comes back on its disk has what it kept', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('restart')
      bob.crash()
      send(alice, toBob, 'kept')
      await world.until('the relay keeps it', () => alice.messages[0]?.state === 'on-relay')
      alice.crash()
      world.restartRelay()
      await bob.open()
      await world.until('bob has it', () => texts(bob, 'in').includes('kept'))
      await alice.open()
      await quiet(world, alice, bob)
      expect(await textsOf(world, bob, toAlice)).toEqual(['kept'])
    })

    it('that comes back empty, as another store, is shown the keys, told the prekeys and given the mail again, by itself', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('empty')
      await world.until('both have published', () => [alice, bob].every((device) => device.live.publishing.phase === 'resting'))
      bob.crash()
      send(alice, toBob, 'twice there')
      await world.until('the relay keeps it', () => alice.messages[0]?.state === 'on-relay')
      const storeId = alice.held.published.get('published')?.storeId
      world.restartRelay(true)
      await world.until('alice is told', () => alice.messages[0]?.state === 'waiting')
      await bob.open()
      await quiet(world, alice, bob)
      expect(await textsOf(world, bob, toAlice)).toEqual(['twice there'])
      await world.pass(2 * 3_600_000)
      for (const device of [alice, bob]) {
        const published = device.held.published.get('published')
        expect(published?.storeId).not.toBe(storeId)
        expect(published?.x25519Left.length).toBeGreaterThan(0)
        expect(await world.kept.getDeviceList(idOf(device))).toBeDefined()
        expect(device.held.misbehaviour.size).toBe(0)
      }
    })

    it('that forgets the mail and hides it is given it again', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('hides')
      bob.crash()
      for (const text of numbers(3, 'm')) send(alice, toBob, text)
      await world.until('the relay keeps them', () => alice.messages.every(({ state }) => state === 'on-relay'))
      world.restartRelay('as-the-same')
      await bob.open()
      await quiet(world, alice, bob)
      expect(await textsOf(world, bob, toAlice)).toEqual(numbers(3, 'm'))
    })

    it('that forgets the mail and hides it is given it again, though the clock of who wrote it was days ahead', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('hides, and the clock')
      bob.crash()
      alice.clockErrorMs = 3 * DAY_MS
      send(alice, toBob, 'hello')
      await world.until('the relay keeps it', () => alice.messages.every(({ state }) => state === 'on-relay'))
      alice.clockErrorMs = 0
      world.restartRelay('as-the-same')
      await bob.open()
      await quiet(world, alice, bob)
      expect(await textsOf(world, bob, toAlice)).toEqual(['hello'])
    })

    it('that loses receipts with its disk does not leave anybody waiting', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('receipts')
      bob.crash()
      send(alice, toBob, 'hello')
      await world.until('the relay keeps it', () => alice.messages[0]?.state === 'on-relay')
      alice.crash()
      await bob.open()
      await world.until('bob has it', () => texts(bob, 'in').includes('hello'))
      await world.pass(2_000)
      world.restartRelay(true)
      await world.pass(2_000)
      bob.crash()
      await alice.open()
      await world.pass(60_000)
      await load(world, alice, toBob)
      expect(alice.messages.map(({ state }) => state)).not.toContain('delivered')
      await bob.open()
      await quiet(world, alice, bob)
      expect(await textsOf(world, bob, toAlice)).toEqual(['hello'])
    })
  })

  describe('mail that waits', () => {
    it('is not lost, doubled or reordered where a direct line is cut and opened again meanwhile', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('switch', true)
      await expectFriends(world, alice, bob)
      alice.command({ type: 'open-conversation', contactId: toBob })
      bob.command({ type: 'open-conversation', contactId: toAlice })
      await world.until('a line', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct')
      await quiet(world, alice, bob)
      const before = texts(bob, 'in').length
      // Nothing that the relay keeps gets to bob for now; what is live does.
      world.says = (reply, to) => (to.device === bob && reply.type === 'envelope' && reply.position > 0 ? [] : [reply])
      let sent = 0
      for (let round = 0; round < 4; round++) {
        world.cutLinks(0)
        await world.pass(1)
        for (let i = 0; i < 5; i++) send(alice, toBob, `m${sent++}`)
        await world.pass(200)
        await world.until('a line again', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct', 60_000)
        for (let i = 0; i < 5; i++) send(alice, toBob, `m${sent++}`)
        await world.pass(150)
      }
      // On the line comes also what waits in the mailbox.
      await quiet(world, alice)
      expect(texts(bob, 'in').slice(before)).toEqual(numbers(sent, 'm'))
      world.says = (reply) => [reply]
      world.cutRelay()
      await world.pass(10_000)
      expect(texts(bob, 'in').slice(before)).toEqual(numbers(sent, 'm'))
      expect(await world.kept.waiting([toHex(addressFor(bob, toAlice))], world.nowMs())).toBe(0)
    })

    it('of a month comes with a progress bar, in order, though the page is closed half-way', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('month')
      bob.crash()
      for (const text of numbers(300, 'm')) send(alice, toBob, text)
      await world.until('the relay keeps them', () => alice.messages.every(({ state }) => state === 'on-relay'))
      alice.crash()
      await world.pass(29 * DAY_MS)
      await bob.open()
      const progress = () => eventsOf(bob, 'catching-up-changed').map((event) => event.progress)
      await world.until('half of it', () => texts(bob, 'in').length >= 150)
      expect(progress()[0]).toEqual({ done: expect.any(Number), total: 300 })
      const shares = progress().map((each) => (each === undefined ? 2 : each.done / each.total))
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      expect(shares.length).toBeGreaterThan(40)
      expect(shares.length).toBeLessThanOrEqual(102)
      bob.crash()
      await world.pass(3_600_000)
      await bob.open()
      await world.until('the end', () => progress().length > 0 && progress().at(-1) === undefined)
      expect(progress()[0]?.total).toBeLessThanOrEqual(150 + 64)
      expect(await textsOf(world, bob, toAlice)).toEqual(numbers(300, 'm'))
      // The last of them are acknowledged a moment later.
      await world.pass(1_000)
      expect(await world.kept.waiting([toHex(addressFor(bob, toAlice))], world.nowMs())).toBe(0)
      await alice.open()
      await quiet(world, alice)
    })

    it('of few messages shows no progress', async () => {
      const { world, alice, bob, toBob } = await friends('few')
      bob.crash()
      for (const text of numbers(29, 'm')) send(alice, toBob, text)
      await world.until('the relay keeps them', () => alice.messages.every(({ state }) => state === 'on-relay'))
      await bob.open()
      await quiet(world, alice)
      expect(eventsOf(bob, 'catching-up-changed')).toEqual([])
    })
  })

  describe('a mailbox', () => {
    it('that is full is told, and ends with fetching', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('full', false, { limits: { envelopesPerMailbox: 5 } })
      const isFull = () => alice.live.toldContacts.get(toBob)?.mailboxFull
      bob.crash()
      for (const text of numbers(8, 'm')) send(alice, toBob, text)
      await world.until('it is full', () => isFull() === true)
      expect(alice.messages.map(({ state }) => state)).toEqual([...Array(5).fill('on-relay'), ...Array(3).fill('waiting')])
      expect(alice.live.refusals['relay-mailbox-full']).toBe(1)
      await bob.open()
      await world.until('what was there', () => texts(bob, 'in').length === 5)
      await quiet(world, alice, bob)
      expect(isFull()).toBe(false)
      expect(await textsOf(world, bob, toAlice)).toEqual(numbers(8, 'm'))
    })

    it('of a contact who was removed is closed, and takes nothing any more', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('removed')
      const address = toHex(addressFor(bob, toAlice))
      bob.command({ type: 'remove-contact', contactId: toAlice })
      await world.until('it is closed', () => bob.held.contacts.size === 0 && bob.held.revocations.size === 0)
      expect(await world.kept.append(address, '00'.repeat(16), new Uint8Array(4_032), world.nowMs() + DAY_MS)).toMatchObject({
        reason: 'no-mailbox',
      })
      send(alice, toBob, 'hello?')
      await world.pass(60_000)
      expect(alice.messages.map(({ state }) => state)).toEqual(['waiting'])
      expect(alice.live.refusals['relay-no-mailbox']).toBeGreaterThan(0)
    })

    it('of a contact who was removed out of reach of the relay is closed later, after a reload too', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('removed-offline')
      world.setRelayUp(false)
      bob.command({ type: 'remove-contact', contactId: toAlice })
      await world.pass(5_000)
      expect(bob.held.revocations.size).toBe(1)
      bob.crash()
      await bob.open()
      world.setRelayUp(true)
      await world.until('it is closed', () => bob.held.revocations.size === 0)
      send(alice, toBob, 'hello?')
      await world.pass(60_000)
      expect(alice.live.refusals['relay-no-mailbox']).toBeGreaterThan(0)
    })
  })

  describe('a long gap', () => {
    const lost: readonly Body[] = Array.from({ length: 1_001 }, () => ({ type: 'receipt', contentIds: [new Uint8Array(16)] }))

    it('is drained before it is skipped: what comes too early waits for those before it', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('drained')
      bob.crash()
      const envelopes = forge(world, alice, toBob, [...lost, { type: 'message', after: undefined, text: 'far' }])
      const address = toHex(addressFor(bob, toAlice))
      for (const [i, envelope] of envelopes.entries()) {
        expect(await world.kept.append(address, toHex(envelope.subarray(2, 18)), envelope, world.nowMs() + DAY_MS)).toMatchObject({
          ok: true,
        })
        if (i % 100 === 99) await world.pass(1)
      }
      await bob.open()
      // A relay that sends the newest first.
      arrive(bob, toAlice, envelopes.at(-1) ?? new Uint8Array(0), envelopes.length)
      await world.pass(10)
      expect(bob.live.refusals['would-skip']).toBe(1)
      await world.until('it is taken', () => texts(bob, 'in').includes('far'))
      const [record] = bob.held.sessions.values()
      expect(record?.current?.ratchet.skipped.size).toBe(0)
      await world.until('all is acknowledged', () => bob.live.heldBack.size === 0 && bob.live.mail.toAcknowledge.size === 0)
      await world.pass(1_000)
      expect(await world.kept.waiting([address], world.nowMs())).toBe(0)
    })

    it('is skipped once the mailbox has nothing more', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('skipped')
      bob.crash()
      const envelope = forge(world, alice, toBob, [...lost, { type: 'message', after: undefined, text: 'far' }]).at(-1) ?? new Uint8Array(0)
      await world.kept.append(toHex(addressFor(bob, toAlice)), toHex(envelope.subarray(2, 18)), envelope, world.nowMs() + DAY_MS)
      await bob.open()
      await world.until('it is refused at first', () => bob.live.refusals['would-skip'] === 1)
      await world.until('it is taken', () => texts(bob, 'in').includes('far'), 10_000)
      expect(bob.live.heldBack.size).toBe(0)
    })
  })
}
