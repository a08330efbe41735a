// Devices that a person links one right after the other: each greets its contacts with the list that it has by then, while they
// may know a later one. Who is on the later one is heard by that, who is off it is not.

import { expect, it } from 'vitest'
import { link, unlink } from '../support/linking.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { cases, idOf, load, pair, quiet, seed, send, tagOf, texts } from './stories.ts'

const tagsAt = (device: Device, of: Device): readonly number[] =>
  (device.held.contacts.get(idOf(of))?.devices ?? []).map(({ device: { tag } }) => tag)

const two = async (name: string): Promise<{ readonly world: World; readonly alice: Device; readonly bob: Device }> => {
  const world = createWorld(`${seed}/in a row/${name}`)
  const alice = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  await pair(world, alice, bob)
  await quiet(world, alice, bob)
  return { world, alice, bob }
}

it('all greet their contacts, and what each writes at once arrives', async () => {
  for (const i of cases(0.05)) {
    const { alice, bob, world } = await two(String(i))
    const others: Device[] = []
    for (const name of ['phone', 'tablet', 'laptop']) {
      const device = await link(world, bob, name)
      others.push(device)
      await world.until('it knows alice', () => device.held.contacts.has(idOf(alice)))
      send(device, idOf(alice), `from the ${name}`)
      await world.pass(world.chance(300))
    }
    await quiet(world, alice, bob, ...others)
    await load(world, alice, idOf(bob))
    expect([i, [...texts(alice, 'in')].sort()]).toEqual([i, ['from the laptop', 'from the phone', 'from the tablet']])
    expect(tagsAt(alice, bob)).toHaveLength(4)
    expect([alice, bob, ...others].map(({ held }) => held.misbehaviour.size)).toEqual([0, 0, 0, 0, 0])
  }
})

it('what was under way to the first one stays delivered, though the relay keeps it for the others', async () => {
  const { alice, bob, world } = await two('under way')
  const devices = [alice, bob, await link(world, bob, 'phone')]
  await quiet(world, ...devices)
  send(alice, idOf(bob), 'under way')
  await world.pass(0)
  for (const name of ['tablet', 'laptop']) devices.push(await link(world, bob, name))
  await world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), 24 * 3_600_000)
  expect(alice.messages.map(({ state }) => state)).toEqual(['delivered'])
})

it('one that is off the list by then brings itself back with no list that it had', async () => {
  const { alice, bob, world } = await two('removed')
  const phone = await link(world, bob, 'phone')
  await world.until('it knows alice', () => phone.held.contacts.has(idOf(alice)))
  send(phone, idOf(alice), 'too late')
  await world.pass(0)
  phone.crash()
  await unlink(world, bob, phone)
  await world.until('alice knows', () => (alice.held.contacts.get(idOf(bob))?.deviceList.version ?? 0) >= 3)
  const known = alice.held.deviceLists.get(idOf(bob))?.bytes
  // Its greeting and its message lie in its outbox, sealed with the list that named it.
  expect(phone.held.outbox.size).toBeGreaterThan(1)
  await phone.open()
  await world.pass(600_000)
  await load(world, alice, idOf(bob))
  expect(texts(alice, 'in')).toEqual([])
  expect(alice.live.refusals['unknown-device']).toBeGreaterThan(0)
  expect(tagsAt(alice, bob)).toEqual([tagOf(bob)])
  expect(alice.held.deviceLists.get(idOf(bob))?.bytes).toEqual(known)
})
