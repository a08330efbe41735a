// A person's new device is linked by a code, through the whole messenger: rooms, lines, turns, the relay.

import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/bytes.ts'
import type { LinkWish, OwnDeviceView } from '../../src/messenger/api.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { enterCode, failsWith, idOf, load, openAll, pair, quiet, seed, send, showCode, shown, tagOf, texts, wrong } from './stories.ts'

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

  it('and every window hears the name, while none begins anew: of lock and files only the worker knows', async () => {
    const { world, alice, laptop } = await three('windows', false)
    alice.command({ type: 'change-settings', settings: { displayName: 'Alice' } })
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    expect(laptop.events.filter(({ type }) => type === 'opened')).toHaveLength(1)
    expect(laptop.events).toContainEqual(
      expect.objectContaining({ type: 'settings-changed', settings: laptop.held.settings.get('settings') }),
    )
    expect(laptop.held.settings.get('settings')?.displayName).toBe('Alice')
  })

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

describe('the devices on the screen of the main one', () => {
  const viewOf = (device: Device, of: number): OwnDeviceView | undefined => {
    const told = device.events.findLast(({ type }) => type === 'own-devices-changed' || type === 'opened')
    return told !== undefined && 'ownDevices' in told ? told.ownDevices.find(({ tag }) => tag === of) : undefined
  }
  const linkedPair = async (name: string) => {
    const people = await three(name, false)
    const { world, alice, laptop, bob } = people
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    await quiet(world, alice, laptop, bob)
    return people
  }

  it('show one that was listed and never knew it as not finished, until it is removed', async () => {
    const { world, alice, laptop, bob } = await three('unfinished', false)
    // The laptop dies in the turn in which it would become one, and nothing of that turn is kept.
    let becomes = false
    world.onTurn = ({ device, transition }) => {
      becomes ||= device === laptop && transition.changes.held.some(({ table }) => table === 'contacts')
    }
    world.diesAt = (device, point) => device === laptop && point === 'before-commit' && becomes
    world.reopensAfterMs = 24 * 3_600_000
    let seen: readonly (boolean | undefined)[] = []
    world.onPost = (device) => {
      const tag = alice.held.contacts.get(idOf(alice))?.devices[0]?.device.tag
      if (device === alice && tag !== undefined && alice.live.pairing !== undefined) seen = [...seen, viewOf(alice, tag)?.isUnfinished]
    }
    enter(laptop, await show(world, alice, MAIN), NEW)
    await world.until('it is listed', () => alice.held.contacts.get(idOf(alice)) !== undefined)
    const tag = alice.held.contacts.get(idOf(alice))?.devices[0]?.device.tag ?? 0
    await world.until('nothing more is heard', () => viewOf(alice, tag)?.isUnfinished === true)
    // Not while it may still be said.
    expect([laptop.isOpen, seen.includes(true)]).toEqual([false, false])
    alice.crash()
    await alice.open()
    expect(viewOf(alice, tag)?.isUnfinished).toBe(true)
    alice.command({ type: 'remove-own-device', tag })
    await world.until('it is off the list', () => !alice.held.contacts.has(idOf(alice)))
    await quiet(world, alice, bob)
  })

  it('do not show one as not finished that has been heard', async () => {
    const { alice, laptop } = await linkedPair('finished')
    expect(viewOf(alice, tagOf(laptop))).toMatchObject({ isUnfinished: false, isUnused: false })
  })

  it('tell on a linked one until when the list is good that only the main one renews, and the main one renews it while it is there', async () => {
    const { world, alice, laptop, bob } = await linkedPair('list ends')
    const endsAtMs = (): number | undefined => viewOf(laptop, tagOf(laptop))?.listEndsAtMs
    const first = endsAtMs() ?? 0
    expect([viewOf(alice, tagOf(alice))?.listEndsAtMs, Math.round((first - world.nowMs()) / 86_400_000)]).toEqual([undefined, 90])
    for (const device of [alice, bob]) device.crash()
    await world.pass(61 * 86_400_000)
    // This is where the screen begins to say so: 30 days before.
    expect([endsAtMs(), first - world.nowMs() < 30 * 86_400_000]).toEqual([first, true])
    await openAll(alice, bob)
    await world.until('it is renewed', () => (endsAtMs() ?? 0) - world.nowMs() > 80 * 86_400_000, 48 * 3_600_000)
  })
})

describe('a device that is taken off the list', () => {
  it('hears it in a last word, though the relay shows it nothing', async () => {
    const { world, alice, laptop, bob } = await three('farewell', false)
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    await quiet(world, alice, laptop, bob)
    // It asks the relay nothing any more, and contacts say nothing to it.
    bob.crash()
    let asked = false
    world.says = (reply, { connection, device }) => {
      if (device === laptop && connection === 'publish') asked = true
      return [reply]
    }
    alice.command({ type: 'remove-own-device', tag: tagOf(laptop) })
    await world.until('it knows', () => laptop.held.self.get('self')?.removedAtMs !== undefined, 5_000)
    expect(asked).toBe(false)
    expect(alice.held.contacts.has(idOf(alice))).toBe(false)
  })
})

describe('messages that are deleted on one device before they were delivered', () => {
  it('have failed on the others, which keep them', async () => {
    const { world, alice, laptop, bob } = await three('deleted', false)
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    await world.until('the laptop knows Bob', () => laptop.contacts.includes(idOf(bob)), 3_600_000)
    await quiet(world, alice, laptop, bob)
    send(alice, idOf(bob), 'has arrived')
    await quiet(world, alice, laptop, bob)
    bob.crash()
    world.mayPass = (what, from) => what === 'link' || from !== undefined
    send(alice, idOf(bob), 'never arrived')
    await world.until('it waits', () => alice.held.outbox.size > 0)
    alice.command({ type: 'clear-conversation', contactId: idOf(bob) })
    await world.until('nothing waits for Bob', () => [...alice.held.outbox.values()].every(({ isMessage }) => !isMessage))
    world.mayPass = () => true
    const states = (): readonly string[] => laptop.messages.map(({ state, text }) => `${text}: ${state}`)
    await world.until('the laptop knows', () => states().includes('never arrived: failed'), 3_600_000)
    await load(world, alice, idOf(bob))
    expect([alice.events.findLast(({ type }) => type === 'messages-loaded'), states()]).toMatchObject([
      { messages: [] },
      ['has arrived: delivered', 'never arrived: failed'],
    ])
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

  it('by the code that it shows itself, and is told so as often as that is typed', async () => {
    const { world, alice } = await three('own code', false)
    const code = await show(world, alice, MAIN)
    const told = (): number => alice.events.filter((event) => event.type === 'pairing-changed' && event.pairing?.phase === 'failed').length
    for (const times of [1, 2]) {
      enter(alice, code, MAIN)
      await world.until('it is told', () => told() === times)
      expect(alice.pairing).toMatchObject({ side: 'guest', phase: 'failed', reason: 'own-code', link: 'main' })
    }
  })

  it('by a wrong code, which is spent and counted until one is linked', async () => {
    const { world, alice, laptop } = await three('wrong', false)
    enter(laptop, wrong(await show(world, alice, MAIN)), NEW)
    await failsWith(world, laptop, 'codes-differ')
    await failsWith(world, alice, 'codes-differ')
    expect(alice.held.tries.get('tries')?.count).toBe(1)
    expect(alice.held.contacts.get(idOf(alice))).toBeUndefined()
    expect(laptop.held.contacts.size).toBe(0)
    enter(laptop, await show(world, alice, MAIN), NEW)
    await bothLinked(world, alice, laptop)
    expect(alice.held.tries.size).toBe(0)
  })

  it('when it is called off', async () => {
    const { world, alice, laptop } = await three('called off', false)
    await show(world, alice, MAIN)
    alice.command({ type: 'cancel-pairing' })
    await world.until('it is over', () => alice.pairing === undefined)
    expect(alice.held.hosting.size + laptop.held.contacts.size).toBe(0)
  })

  it('when it is called off before it is listed; after that whoever calls it off is shown that it is', async () => {
    const { world, alice, laptop } = await three('called off late', false)
    const isListed = (): boolean => alice.held.contacts.has(idOf(alice))
    enter(laptop, await show(world, alice, MAIN), NEW)
    await world.until('the code was right', () => alice.pairing?.phase === 'checking')
    expect(isListed()).toBe(false)
    alice.command({ type: 'cancel-pairing' })
    await failsWith(world, laptop, 'other-side-left')
    expect([alice.pairing, isListed(), laptop.held.contacts.size]).toEqual([undefined, false, 0])
    enter(laptop, await show(world, alice, MAIN), NEW)
    await world.until('it is listed', isListed)
    laptop.crash()
    alice.command({ type: 'cancel-pairing' })
    await world.until('it is shown', () => alice.pairing?.phase === 'linked')
    expect(alice.pairing).toEqual({ side: 'host', phase: 'linked', link: 'main' })
  })
})
