// Somebody restores a backup in another browser: the same person to everybody, on a new device, and nothing that was said or on
// its way is lost or shown twice (docs/protocols/backup.md).

import { describe, expect, it } from 'vitest'
import { backUpDisk, restoreBackup, restoredDisk, restoreUntil } from '../support/backups.ts'
import { profileOf } from '../support/profiles.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { accept, introduce, three, toldOf } from './introduced.ts'
import { expectFriends, idOf, isBroad, load, pair, quiet, seed, send, tagOf, texts } from './stories.ts'

interface Friends {
  readonly world: World
  readonly alice: Device
  readonly bob: Device
}

const friends = async (name: string, direct = false): Promise<Friends> => {
  const world = createWorld(`${seed}/backup/${name}`)
  const alice = await world.addDevice('alice', direct, await profileOf('alice'))
  const bob = await world.addDevice('bob', direct, await profileOf('bob'))
  await pair(world, alice, bob)
  await quiet(world, alice, bob)
  await world.pass(5_000)
  return { world, alice, bob }
}

const random = seededRandom('backup/restored')
let restorations = 0

/** Whoever restores what a device has on its disk now, or had (`image`). */
const restores = async (world: World, former: Device, image = former.disk): Promise<Device> => {
  const backup = await backUpDisk(image, world.nowMs(), random)
  restorations += 1
  return world.addDevice(`${former.name} restored ${restorations}`, false, await restoredDisk(backup, world.nowMs(), random))
}

const tagsKnownTo = (device: Device, whom: Device): readonly number[] =>
  device.held.contacts.get(idOf(whom))?.devices.map(({ device: { tag } }) => tag) ?? []
const isRemoved = (device: Device): boolean => device.live.toldConnection?.isRemoved === true

const knowsNew = (world: World, device: Device, restored: Device): Promise<void> =>
  world.until(`${device.name} knows the new device`, () => tagsKnownTo(device, restored).join() === String(tagOf(restored)), 4_000_000)

const inbox = async (world: World, device: Device, from: Device): Promise<readonly string[]> => {
  await load(world, device, idOf(from))
  return texts(device, 'in')
}

describe('a restored backup', () => {
  it('is the same person on a new device: both talk on, and the former device is off the list', async () => {
    const { world, alice, bob } = await friends('talk on')
    send(alice, idOf(bob), 'before')
    send(bob, idOf(alice), 'also before')
    await quiet(world, alice, bob)
    alice.crash()
    const again = await restores(world, alice)
    expect([idOf(again), tagOf(again) === tagOf(alice)]).toEqual([idOf(alice), false])
    await knowsNew(world, bob, again)
    await expectFriends(world, again, bob)
    await quiet(world, again, bob)
    expect(again.held.contacts.get(idOf(bob))?.safetyNumber).toBe(bob.held.contacts.get(idOf(again))?.safetyNumber)
    expect((await inbox(world, again, bob)).slice(0, 1)).toEqual(['also before'])
    expect(bob.live.toldContacts.get(idOf(again))?.deviceChanges).toHaveLength(1)
    expect(texts(bob, 'in').filter((text) => text === 'before')).toHaveLength(1)
  })

  it('sends what was not confirmed once more, gets what the former device had not confirmed, and nothing is shown twice', async () => {
    const { world, alice, bob } = await friends('in flight')
    // Nothing comes through, and both write.
    world.mayPass = () => false
    for (const word of ['a1', 'a2', 'a3']) send(alice, idOf(bob), word)
    for (const word of ['b1', 'b2', 'b3']) send(bob, idOf(alice), word)
    await world.pass(3_000)
    const image = alice.disk.copy()
    // Some of it arrives after the backup was made.
    world.mayPass = (_, from) => from !== bob
    await world.until('bob has them', () => texts(bob, 'in').length === 3, 900_000)
    alice.crash()
    world.mayPass = () => true
    const again = await restores(world, alice, image)
    await knowsNew(world, bob, again)
    await quiet(world, again, bob)
    expect(await inbox(world, bob, again)).toEqual(['a1', 'a2', 'a3'])
    expect(await inbox(world, again, bob)).toEqual(['b1', 'b2', 'b3'])
    expect(again.messages.every(({ direction, state }) => direction === 'in' || state === 'delivered')).toBe(true)
    await expectFriends(world, again, bob)
  })

  it('tells the former device, once it is back, that another has its place: it keeps what it had and sends nothing', async () => {
    const { world, alice, bob } = await friends('returns')
    send(bob, idOf(alice), 'hello')
    await quiet(world, alice, bob)
    alice.crash()
    const again = await restores(world, alice)
    await knowsNew(world, bob, again)
    await quiet(world, again, bob)
    await alice.open()
    await world.until('the former device knows', () => isRemoved(alice), 300_000)
    await load(world, alice, idOf(bob))
    expect(texts(alice, 'in')).toEqual(['hello'])
    let sent = 0
    world.mayPass = (_, from) => {
      if (from === alice) sent += 1
      return true
    }
    send(alice, idOf(bob), 'from the former device')
    alice.command({ type: 'show-code' })
    await expectFriends(world, again, bob)
    await world.pass(120_000)
    expect([sent, alice.pairing, texts(bob, 'in').includes('from the former device')]).toEqual([0, undefined, false])
    // Also after it was opened again.
    alice.crash()
    await alice.open()
    await world.pass(60_000)
    expect([isRemoved(alice), sent]).toEqual([true, 0])
  })
})

if (isBroad) {
  describe('a restored backup', () => {
    it('reaches a contact who was away, once they are back', async () => {
      const { world, alice, bob } = await friends('away')
      bob.crash()
      send(alice, idOf(bob), 'are you there?')
      await world.pass(10_000)
      alice.crash()
      const again = await restores(world, alice)
      await world.pass(60_000)
      send(again, idOf(bob), 'this is new')
      await world.pass(60_000)
      await bob.open()
      await knowsNew(world, bob, again)
      await quiet(world, again, bob)
      expect(await inbox(world, bob, again)).toEqual(['are you there?', 'this is new'])
      await expectFriends(world, again, bob)
    })

    it('brings what was not confirmed to a contact who comes back once it is closed again', async () => {
      const { world, alice, bob } = await friends('never together')
      bob.crash()
      world.mayPass = () => false
      send(alice, idOf(bob), 'from before')
      await world.pass(3_000)
      alice.crash()
      world.mayPass = () => true
      const again = await restores(world, alice)
      send(again, idOf(bob), 'from a new browser')
      await world.pass(60_000)
      again.crash()
      await bob.open()
      await world.until('it is read', () => texts(bob, 'in').length === 2, 900_000)
      expect(texts(bob, 'in')).toEqual(['from before', 'from a new browser'])
    })

    it('reaches a contact who was away for longer than anything waits', async () => {
      const { world, alice, bob } = await friends('long away')
      bob.crash()
      alice.crash()
      const again = await restores(world, alice)
      await world.pass(3_600_000)
      again.crash()
      await world.pass(35 * 86_400_000)
      await again.open()
      await world.pass(3_600_000)
      await bob.open()
      await knowsNew(world, bob, again)
      send(bob, idOf(again), 'I was away')
      await world.until('it is read', () => texts(again, 'in').includes('I was away'), 900_000)
      await quiet(world, again, bob)
    })

    it('is restored where the clock is behind the one by which it was made', async () => {
      const { world, alice, bob } = await friends('clock behind')
      const backup = await backUpDisk(alice.disk, world.nowMs(), random)
      alice.crash()
      const again = await world.addDevice('alice behind', false, await restoredDisk(backup, world.nowMs() - 3 * 86_400_000, random))
      await knowsNew(world, bob, again)
      await expectFriends(world, again, bob)
    })

    it('of a year ago finds its contacts, and gives up what has waited since', async () => {
      const { world, alice, bob } = await friends('a year')
      bob.crash()
      send(alice, idOf(bob), 'old')
      await world.pass(1_000)
      const image = alice.disk.copy()
      alice.crash()
      await world.pass(365 * 86_400_000)
      await bob.open()
      const again = await restores(world, alice, image)
      await knowsNew(world, bob, again)
      await expectFriends(world, again, bob)
      await load(world, again, idOf(bob))
      expect(again.messages.find(({ text }) => text === 'old')?.state).toBe('failed')
    })

    it('is not disturbed by the former device, which still runs and learns of it', async () => {
      const { world, alice, bob } = await friends('both run', true)
      const again = await restores(world, alice)
      await knowsNew(world, bob, again)
      send(bob, idOf(again), 'whom do I reach?')
      await world.until('the new one', () => texts(again, 'in').includes('whom do I reach?'), 300_000)
      expect(texts(alice, 'in')).toEqual([])
      // It looks after its prekeys once a day.
      await world.until('the former device knows', () => isRemoved(alice), 25 * 3_600_000)
      await expectFriends(world, again, bob)
    })

    it('keeps people who were introduced, and introductions that wait', async () => {
      const { alice, bob, carol, world } = await three('backup/introduced')
      introduce(carol, alice, bob)
      await toldOf(world, alice, bob)
      accept(alice, bob)
      await quiet(world, alice, bob, carol)
      bob.crash()
      const again = await restores(world, bob)
      await knowsNew(world, alice, again)
      await knowsNew(world, carol, again)
      await expectFriends(world, alice, again)
      await expectFriends(world, carol, again)
      expect(again.held.contacts.get(idOf(alice))?.origin.how).toBe('introduced')
    })

    it('is not heard by a contact who has removed its account', async () => {
      const { world, alice, bob } = await friends('removed')
      bob.command({ type: 'remove-contact', contactId: idOf(alice) })
      await world.pass(2_000)
      alice.crash()
      const again = await restores(world, alice)
      send(again, idOf(bob), 'hello?')
      await world.pass(600_000)
      expect([bob.held.contacts.size, texts(bob, 'in')]).toEqual([0, []])
    })

    it('may be restored a second time: the later one counts, and the contact follows', async () => {
      const { world, alice, bob } = await friends('twice')
      const image = alice.disk.copy()
      alice.crash()
      const first = await restores(world, alice, image)
      await knowsNew(world, bob, first)
      await quiet(world, first, bob)
      await world.pass(60_000)
      const second = await restores(world, alice, image)
      await knowsNew(world, bob, second)
      await expectFriends(world, second, bob)
      first.crash()
      await first.open()
      await world.until('the first knows', () => isRemoved(first), 300_000)
    })

    it('counts for more than renewals of the list that the former device signed after it', async () => {
      const { world, alice, bob } = await friends('renewed since')
      const image = alice.disk.copy()
      // Renewed at half of its life.
      await world.pass(50 * 86_400_000)
      await expectFriends(world, alice, bob)
      alice.crash()
      const again = await restores(world, alice, image)
      await knowsNew(world, bob, again)
      await expectFriends(world, again, bob)
    })

    it('is whole or not there at all, wherever the page dies while it is restored', async () => {
      const { world, alice, bob } = await friends('dies')
      for (const word of ['a', 'b', 'c']) send(alice, idOf(bob), word)
      await quiet(world, alice, bob)
      const backup = await backUpDisk(alice.disk, world.nowMs(), random)
      for (const fate of ['lost', 'kept'] as const) {
        // The messages are one commit, and everything else is the other.
        for (const commit of [0, 1]) {
          const disk = (await profileOf('somebody')).copy()
          await restoreUntil(disk, backup, world.nowMs(), random, commit, fate)
          const opened = await disk.open()
          if (!opened.ok) throw new Error(opened.reason)
          const isWhole = commit === 1 && fate === 'kept'
          expect([opened.store.held.contacts.size, disk.count('messages'), disk.count('outbox')]).toEqual(isWhole ? [1, 3, 2] : [0, 0, 0])
          if (!isWhole) expect(await restoreBackup(opened.store, backup, world.nowMs(), random)).toBeUndefined()
        }
      }
    })

    it('of both sides at once brings them together again', async () => {
      const { world, alice, bob } = await friends('both')
      send(alice, idOf(bob), 'a1')
      await quiet(world, alice, bob)
      alice.crash()
      bob.crash()
      const [alice2, bob2] = [await restores(world, alice), await restores(world, bob)]
      await knowsNew(world, bob2, alice2)
      await knowsNew(world, alice2, bob2)
      await quiet(world, alice2, bob2)
      await expectFriends(world, alice2, bob2)
    })
  })
}
