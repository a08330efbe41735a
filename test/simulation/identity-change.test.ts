// Somebody who is another account than before: nothing is sent until the person has decided.

import { describe, expect, it } from 'vitest'
import type { Device, World } from '../support/world.ts'
import { tamper } from './forging.ts'
import { accept, introduced, introductionsOf, type Three } from './introduced.ts'
import { bothReady, enterCode, expectFriends, idOf, isBroad, load, quiet, send, showCode, texts } from './stories.ts'

const viewOf = (device: Device, whom: Device) => device.live.toldContacts.get(idOf(whom))
const refusedFor = (device: Device) => device.events.flatMap((event) => (event.type === 'message-refused' ? [event.reason] : []))

/** Mallory writes to alice under the introduction of bob, as if she were who carol spoke of. */
const claims = async ({ alice, bob, world }: Three): Promise<Device> => {
  const mallory = await world.addDevice('mallory', false)
  await world.until('keys', () => mallory.held.self.size > 0)
  const [stolen] = introductionsOf(bob, alice)
  if (stolen === undefined) throw new Error('bob was told of nobody')
  await tamper(world, mallory, (turn) => turn.put('introductions', stolen.introductionId, { ...stolen, standing: 'open' }))
  accept(mallory, alice)
  send(mallory, idOf(alice), 'it is me, Bob')
  return mallory
}

const stopped = (world: World, device: Device, whom: Device): Promise<void> =>
  world.until('it is stopped', () => viewOf(device, whom)?.stopped === 'identity-changed')

describe('another account under an introduction', () => {
  it('is not heard, and stops what goes to who was introduced, until the person decides', async () => {
    const all = await introduced('identity/claim')
    const { alice, bob, world } = all
    accept(alice, bob)
    await quiet(world, alice, bob)
    const mallory = await claims(all)
    await stopped(world, alice, bob)
    expect(alice.contacts).not.toContain(idOf(mallory))
    expect(texts(alice, 'in')).toEqual([])
    send(alice, idOf(bob), 'who are you?')
    await world.pass(1_000)
    expect(refusedFor(alice)).toEqual(['stopped'])
  })
})

if (isBroad) {
  describe('the person', () => {
    it('stays with the old identity: it goes on, and the other is refused from then on', async () => {
      const all = await introduced('identity/keep')
      const { alice, bob, world } = all
      accept(alice, bob)
      await quiet(world, alice, bob)
      const mallory = await claims(all)
      await stopped(world, alice, bob)
      alice.command({ type: 'decide-identity', contactId: idOf(bob), accept: false })
      await world.until('it goes on', () => viewOf(alice, bob)?.stopped === undefined)
      await expectFriends(world, alice, bob)
      send(mallory, idOf(alice), 'but it is me')
      await world.pass(60 * 60_000)
      expect(alice.contacts).not.toContain(idOf(mallory))
      expect(viewOf(alice, bob)?.stopped).toBeUndefined()
    })

    it('goes on with the new one: it takes the name, what it wrote comes, and what waited for the old one has failed', async () => {
      const all = await introduced('identity/accept')
      const { alice, bob, world } = all
      accept(alice, bob)
      await quiet(world, alice, bob)
      alice.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Bob' })
      bob.crash()
      send(alice, idOf(bob), 'waiting for you')
      await world.pass(5_000)
      const mallory = await claims(all)
      await stopped(world, alice, bob)
      alice.command({ type: 'decide-identity', contactId: idOf(bob), accept: true })
      await world.until('the new one is heard', () => texts(alice, 'in').includes('it is me, Bob'), 24 * 3_600_000)
      expect(viewOf(alice, mallory)).toMatchObject({ name: 'Bob', stopped: undefined })
      expect(viewOf(alice, bob)?.stopped).toBe('replaced')
      await load(world, alice, idOf(bob))
      expect(alice.messages.find(({ text }) => text === 'waiting for you')?.state).toBe('failed')
      await expectFriends(world, alice, mallory)
    })

    it('who pairs again with somebody and meets another account is asked', async () => {
      const { alice, bob, carol, world } = await introduced('identity/again')
      accept(alice, bob)
      await quiet(world, alice, bob)
      const stranger = await world.addDevice('stranger', false)
      await world.until('keys', () => stranger.held.self.size > 0)
      alice.command({ type: 'show-code', again: idOf(bob) })
      await world.until('a code', () => alice.pairing?.phase === 'waiting')
      enterCode(stranger, await showCode(world, alice))
      await bothReady(world, alice, stranger)
      await stopped(world, alice, bob)
      await expectFriends(world, alice, stranger)
      // Nobody else is touched by it.
      expect(viewOf(alice, carol)?.stopped).toBeUndefined()
      alice.command({ type: 'decide-identity', contactId: idOf(bob), accept: false })
      await expectFriends(world, alice, bob)
    })
  })
}
