// What goes when a person lets it go: what was said with one contact, and everything, here and at the relay.

import { describe, expect, it } from 'vitest'
import type { Device } from '../support/world.ts'
import { createWorld } from '../support/world.ts'
import { allDelivered, expectFriends, isBroad, load, pair, quiet, seed, send, texts } from './stories.ts'

const friends = async (name: string, direct = true) => {
  const world = createWorld(`${seed}/leaving/${name}`)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  const { guestOfHost: toBob, hostOfGuest: toAlice } = await pair(world, alice, bob)
  await quiet(world, alice, bob)
  // Both have left their prekeys.
  await world.pass(5_000)
  return { world, alice, bob, toBob, toAlice }
}

const isWiped = ({ events }: Device): boolean => events.some(({ type }) => type === 'wiped')

describe('a device that is wiped', () => {
  it('closes its mailboxes and takes its prekeys from the relay first', async () => {
    const { world, alice, bob } = await friends('whole')
    const before = await world.kept.health()
    // For first messages, and for the contact.
    expect([before.mailboxes, before.devices]).toEqual([4, 2])
    alice.command({ type: 'wipe-device' })
    await world.until('it is wiped', () => isWiped(alice), 2_000)
    const after = await world.kept.health()
    expect([after.mailboxes, after.devices]).toEqual([2, 1])
    const told = alice.events.map(({ type }) => type)
    expect(told.indexOf('leaving')).toBeLessThan(told.indexOf('wiped'))
    expect(bob.held.contacts.size).toBe(1)
  })

  if (isBroad) {
    it('takes nothing any more once it leaves', async () => {
      const { world, alice, toBob } = await friends('nothing more')
      alice.command({ type: 'wipe-device' })
      send(alice, toBob, 'too late')
      alice.command({ type: 'wipe-device' })
      await world.until('it is wiped', () => isWiped(alice), 2_000)
      expect(alice.messages).toEqual([])
      expect(alice.events.filter(({ type }) => type === 'leaving')).toHaveLength(1)
    })

    it('is wiped without the relay too, after eight seconds; at once where it knows that it is offline', async () => {
      const { world, alice, bob } = await friends('without')
      world.setRelayUp(false)
      alice.command({ type: 'wipe-device' })
      bob.report({ type: 'window-changed', visible: true, online: false })
      bob.command({ type: 'wipe-device' })
      await world.until('it is wiped', () => isWiped(bob), 100)
      await world.pass(7_000)
      expect(isWiped(alice)).toBe(false)
      await world.until('it is wiped', () => isWiped(alice), 1_100)
      expect((await world.kept.health()).mailboxes).toBe(4)
    })

    it('is not left waiting by a clock that is set back meanwhile', async () => {
      const { world, alice } = await friends('set back')
      world.setRelayUp(false)
      alice.command({ type: 'wipe-device' })
      await world.pass(1_000)
      alice.clockErrorMs = -3_600_000
      await world.until('it is wiped', () => isWiped(alice), 8_100)
    })

    it('is wiped at once where no relay has ever heard of it', async () => {
      const world = createWorld(`${seed}/leaving/new`)
      const alice = await world.addDevice('alice')
      const orders: string[] = []
      world.onPost = (_, message) => message.type === 'order' && orders.push(message.order.type)
      alice.command({ type: 'wipe-device' })
      await world.until('it is wiped', () => isWiped(alice), 100)
      expect(orders).toEqual([])
    })

    it('leaves on the next connection what breaks off on this one', async () => {
      const { world, alice } = await friends('broken off')
      alice.command({ type: 'wipe-device' })
      world.cutRelay()
      await world.until('it is wiped', () => isWiped(alice), 7_900)
      const { devices, mailboxes } = await world.kept.health()
      expect([devices <= 2, mailboxes]).toEqual([true, 2])
    })

    it('has not left where its page is closed meanwhile: everything is there again, and at the relay too', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('interrupted')
      world.setRelayUp(false)
      alice.command({ type: 'wipe-device' })
      await world.pass(1_000)
      alice.crash()
      world.setRelayUp(true)
      await alice.open()
      await world.pass(120_000)
      expect((await world.kept.health()).mailboxes).toBe(4)
      bob.crash()
      send(alice, toBob, 'still here')
      await world.pass(5_000)
      await bob.open()
      await quiet(world, alice, bob)
      expect([toAlice in Object.fromEntries(bob.held.contacts), texts(bob, 'in')]).toEqual([true, ['still here']])
    })

    it('whose prekeys went before it stayed after all publishes others, under ids that only grow', async () => {
      const { world, alice, bob } = await friends('prekeys')
      // So that it has to wait for its mailboxes.
      world.says = (reply) => (reply.type === 'listening' ? [] : [reply])
      alice.command({ type: 'wipe-device' })
      await world.until('its prekeys are gone', () => alice.held.published.get('published')?.statementHash === undefined, 2_000)
      expect((await world.kept.health()).devices).toBe(1)
      alice.crash()
      world.says = (reply) => [reply]
      await alice.open()
      await world.pass(180_000)
      expect((await world.kept.health()).devices).toBe(2)
      expect(alice.held.misbehaviour.size + bob.held.misbehaviour.size).toBe(0)
      await expectFriends(world, alice, bob)
    })
  }
})

if (isBroad) {
  describe('a conversation that is cleared', () => {
    it('is empty, stays so, and goes on', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('cleared')
      for (const text of ['one', 'two']) {
        send(alice, toBob, text)
        send(bob, toAlice, text)
      }
      await quiet(world, alice, bob)
      alice.command({ type: 'clear-conversation', contactId: toBob })
      await world.pass(100)
      expect(alice.held.contacts.get(toBob)).toMatchObject({ unread: 0, draft: '', newest: undefined })
      await load(world, alice, toBob)
      const loaded = alice.events.findLast((event) => event.type === 'messages-loaded')
      expect(loaded).toMatchObject({ messages: [], reachedStart: true })
      send(alice, toBob, 'three')
      send(bob, toAlice, 'four')
      await quiet(world, alice, bob)
      await load(world, alice, toBob)
      await load(world, bob, toAlice)
      expect([texts(alice, 'in').at(-1), texts(bob, 'in')]).toEqual(['four', ['one', 'two', 'three']])
      expect([allDelivered(alice), allDelivered(bob)]).toEqual([true, true])
    })

    it('loses what was not delivered, and what comes once more is not shown again', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('undelivered', false)
      world.mayPass = (_, from) => from !== alice
      send(alice, toBob, 'never')
      send(bob, toAlice, 'heard')
      await world.until('alice has it', () => texts(alice, 'in').includes('heard'))
      alice.command({ type: 'clear-conversation', contactId: toBob })
      await world.pass(100)
      expect(alice.held.outbox.size).toBe(0)
      world.mayPass = () => true
      // Nobody has confirmed it, so it is offered again.
      await quiet(world, alice, bob)
      send(alice, toBob, 'afterwards')
      await quiet(world, alice, bob)
      expect(texts(bob, 'in')).toEqual(['afterwards'])
      alice.crash()
      await alice.open()
      await load(world, alice, toBob)
      expect(alice.messages.map(({ text }) => text)).toEqual(['afterwards'])
    })
  })
}
