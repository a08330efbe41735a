// A person's new device is linked by a code, through the whole messenger: rooms, lines, turns, the relay.

import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/bytes.ts'
import type { LinkWish } from '../../src/messenger/api.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { enterCode, failsWith, idOf, load, openAll, pair, quiet, seed, send, showCode, shown, texts, wrong } from './stories.ts'

const MAIN: LinkWish = { role: 'main', history: 'none' }
const NEW: LinkWish = { role: 'new', deviceName: 'Laptop' }

const three = async (name: string, direct = true): Promise<{ world: World; alice: Device; laptop: Device; bob: Device }> => {
  const world = createWorld(`${seed}/linking/${name}`)
  const alice = await world.addDevice('alice', direct, await profileOf('alice'))
  const bob = await world.addDevice('bob', direct, await profileOf('bob'))
  const laptop = await world.addDevice('laptop', direct, await profileOf('laptop'))
  await pair(world, alice, bob)
  await quiet(world, alice, bob)
  return { world, alice, laptop, bob }
}

const show = async (world: World, host: Device, link: LinkWish): Promise<ReturnType<typeof shown>> => {
  host.command({ type: 'show-code', link })
  await world.until('a code', () => host.pairing?.phase === 'waiting')
  return shown(host)
}
const enter = (guest: Device, { code, roomId }: ReturnType<typeof shown>, link: LinkWish | undefined): void =>
  guest.command({ type: 'enter-code', room: { type: 'id', roomId: fromHex(roomId) }, code, link })

const bothLinked = (world: World, a: Device, b: Device): Promise<void> =>
  world.until('both are linked', () => a.pairing?.phase === 'linked' && b.pairing?.phase === 'linked')

const tagOf = (device: Device): number => device.held.self.get('self')?.tag ?? 0

describe('a device is linked', () => {
  for (const [mainShows, direct] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    it(`by a code of the ${mainShows ? 'main' : 'new'} device, ${direct ? 'over a line' : 'through the room'}`, async () => {
      const { world, alice, laptop, bob } = await three(`${mainShows}/${direct}`, direct)
      const [host, guest] = mainShows ? [alice, laptop] : [laptop, alice]
      enter(guest, await show(world, host, mainShows ? MAIN : NEW), mainShows ? NEW : MAIN)
      await bothLinked(world, host, guest)
      expect(idOf(laptop)).toBe(idOf(alice))
      expect(laptop.held.self.get('self')?.account.seeds).toBeUndefined()
      await world.until('the laptop knows Bob', () => laptop.contacts.includes(idOf(bob)), 3_600_000)
      send(laptop, idOf(bob), 'from my laptop')
      await world.until('Bob hears it', () => texts(bob, 'in').includes('from my laptop'), 3_600_000)
      send(bob, idOf(alice), 'hello to both')
      for (const device of [alice, laptop]) {
        await world.until('both hear Bob', () => texts(device, 'in').includes('hello to both'), 3_600_000)
        await load(world, device, idOf(bob))
        expect(device.messages.map(({ text }) => text).sort()).toEqual(['from my laptop', 'hello to both'])
      }
      const told = laptop.events.findLast(({ type }) => type === 'own-devices-changed' || type === 'opened')
      if (told === undefined || !('ownDevices' in told)) return expect.fail('no devices were told')
      expect(told.ownDevices.map(({ isMain, isThis, tag }) => ({ isMain, isThis, tag }))).toEqual([
        { isMain: true, isThis: false, tag: tagOf(alice) },
        { isMain: false, isThis: true, tag: tagOf(laptop) },
      ])
    })
  }

  it('a new device that dies at any point of it is whole or has nobody in it, and can try again', async () => {
    // The turns in which it has a linking: typed, in the room, an offer, the account's word, listed.
    for (const nth of [0, 2, 3, 4, 5]) {
      const { world, alice, laptop } = await three(`dies/${nth}`, false)
      let left = nth
      const fate = nth % 2 === 0 ? 'commit-lost' : 'commit-kept'
      world.diesAt = (device, point) => device === laptop && laptop.live.pairing?.linking !== undefined && point === fate && left-- === 0
      enter(laptop, await show(world, alice, MAIN), NEW)
      await world.pass(40_000)
      await openAll(laptop)
      world.diesAt = () => false
      if (idOf(laptop) === idOf(alice)) continue
      expect(laptop.held.contacts.size).toBe(0)
      alice.command({ type: 'renew-code', afterWarning: false, link: MAIN })
      await world.until('another code', () => alice.pairing?.phase === 'waiting')
      enter(laptop, shown(alice), NEW)
      await bothLinked(world, alice, laptop)
    }
  })
})

describe('a device is not linked', () => {
  it('where somebody is in it already', async () => {
    const { world, bob } = await three('somebody')
    bob.command({ type: 'show-code', link: NEW })
    await failsWith(world, bob, 'somebody-here')
    bob.command({ type: 'enter-code', room: { type: 'number', number: '12' }, code: '123456', link: NEW })
    await failsWith(world, bob, 'somebody-here')
    expect(bob.pairing).toMatchObject({ side: 'guest', link: 'new' })
  })

  it('by a device that is linked itself', async () => {
    const { world, alice, laptop } = await three('not main', false)
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    laptop.command({ type: 'show-code', link: MAIN })
    await failsWith(world, laptop, 'cannot-list')
  })

  it('by a code of another kind, which stays good', async () => {
    const { world, alice, laptop, bob } = await three('kinds', false)
    const code = await show(world, alice, MAIN)
    enterCode(bob, code)
    await failsWith(world, bob, 'code-for-linking')
    enter(bob, code, MAIN)
    await failsWith(world, bob, 'same-role')
    enter(laptop, code, NEW)
    await bothLinked(world, alice, laptop)
    const paired = await showCode(world, bob)
    enter(alice, paired, MAIN)
    await failsWith(world, alice, 'code-for-pairing')
  })

  it('by a wrong code, which is spent and counted', async () => {
    const { world, alice, laptop } = await three('wrong', false)
    enter(laptop, wrong(await show(world, alice, MAIN)), NEW)
    await failsWith(world, laptop, 'codes-differ')
    await failsWith(world, alice, 'codes-differ')
    expect(alice.held.tries.get('tries')?.count).toBe(1)
    expect(alice.held.contacts.get(idOf(alice))).toBeUndefined()
    expect(laptop.held.contacts.size).toBe(0)
  })

  it('when it is called off', async () => {
    const { world, alice, laptop } = await three('called off', false)
    await show(world, alice, MAIN)
    alice.command({ type: 'cancel-pairing' })
    await world.until('it is over', () => alice.pairing === undefined)
    expect(alice.held.hosting.size + laptop.held.contacts.size).toBe(0)
  })
})
