import { describe, expect, it } from 'vitest'
import { createWorld } from '../support/world.ts'
import { allDelivered, pair, seed, texts } from './stories.ts'

describe('two people', () => {
  for (const direct of [true, false]) {
    it(`pair and talk ${direct ? 'directly' : 'through the relay'}`, async () => {
      const world = createWorld(`${seed}/talk/${direct}`)
      const alice = await world.addDevice('alice', direct)
      const bob = await world.addDevice('bob', direct)
      const { guestOfHost, hostOfGuest } = await pair(world, alice, bob)
      expect(alice.line(guestOfHost)).toBe(direct ? 'direct' : 'relay')
      alice.command({ type: 'send-message', contactId: guestOfHost, text: 'hello' })
      bob.command({ type: 'send-message', contactId: hostOfGuest, text: 'hi' })
      await world.until(
        'delivery',
        () => alice.messages.length === 2 && bob.messages.length === 2 && allDelivered(alice) && allDelivered(bob),
      )
      expect(texts(bob, 'in')).toEqual(['hello'])
      expect(texts(alice, 'in')).toEqual(['hi'])
    })
  }

  it('go on after both pages were closed, without a code', async () => {
    const world = createWorld(`${seed}/again`)
    const alice = await world.addDevice('alice')
    const bob = await world.addDevice('bob')
    const { guestOfHost, hostOfGuest } = await pair(world, alice, bob)
    // They have shown their keys to the relay by then.
    await world.pass(2_000)
    alice.crash()
    bob.crash()
    await world.pass(60_000)
    await alice.open()
    alice.command({ type: 'send-message', contactId: guestOfHost, text: 'are you there?' })
    await world.pass(120_000)
    expect(alice.messages.map(({ state }) => state)).toEqual(['on-relay'])
    await bob.open()
    bob.command({ type: 'open-conversation', contactId: hostOfGuest })
    await world.until('delivery', () => texts(bob, 'in').length === 1 && allDelivered(alice), 20_000)
    await world.until('a direct line', () => alice.line(guestOfHost) === 'direct' && bob.line(hostOfGuest) === 'direct', 20_000)
  })
})
