// One person with several devices (docs/protocols/devices.md): what one of them does, the others know, whatever dies when; contacts
// write to all of them, and to none that is off the list.

import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/bytes.ts'
import { decodeContent } from '../../src/messenger/content.ts'
import { askToBeMain, giveMain } from '../../src/messenger/main-device.ts'
import { ownDeviceViews } from '../../src/messenger/own-device-views.ts'
import { removeOwnDevice } from '../../src/messenger/own-devices.ts'
import { settingArrived } from '../../src/messenger/own-sync.ts'
import { enqueueFor, notice } from '../../src/messenger/send.ts'
import type { Setting } from '../../src/messenger/setting.ts'
import { selfOf } from '../../src/messenger/turn.ts'
import { knownAs } from '../../src/protocol/identity/identity.ts'
import { backUpDisk, restoredDisk } from '../support/backups.ts'
import { link, turnOf, unlink } from '../support/linking.ts'
import { profileOf } from '../support/profiles.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { cases, idOf, isBroad, load, pair, quiet, seed, send, tagOf } from './stories.ts'

interface People {
  readonly world: World
  readonly alice: Device
  readonly phone: Device
  readonly bob: Device
  readonly carol: Device
}

const ascending = (a: number, b: number): number => a - b

/** What was lost with a page, after the relay had passed it on, is offered again after hours. */
const atRest = async (world: World, devices: readonly Device[]): Promise<void> => {
  try {
    await world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), 24 * 3_600_000)
  } catch {
    const waiting = devices.flatMap(({ held, name }) =>
      [...held.outbox.values()].map(({ content, envelope, onRelayAtMs, tag }) => {
        const decoded = decodeContent(content)
        const to = devices.find((device) => tagOf(device) === tag)?.name
        return `${name} to ${to}: ${decoded.ok ? decoded.value.body.type : '?'}, sealed ${envelope !== undefined}, kept ${onRelayAtMs}`
      }),
    )
    throw new Error(
      `never at rest:\n${waiting.join('\n')}\n${devices.map(({ live, name }) => `${name} ${JSON.stringify(live.refusals)}`).join('\n')}`,
    )
  }
}

/** Everything of a conversation, in any order. */
const said = async (world: World, device: Device, who: Device): Promise<readonly string[]> => {
  await load(world, device, idOf(who))
  const rows = device.messages.filter(({ contactId }) => contactId === idOf(who))
  return rows.map(({ direction, text }) => `${direction} ${text}`).sort()
}

const inOrder = async (world: World, device: Device, who: Device): Promise<readonly string[]> => {
  await load(world, device, idOf(who))
  const rows = device.messages.filter(({ contactId }) => contactId === idOf(who))
  return rows.map(({ direction, text }) => `${direction} ${text}`)
}

/** Alice with two devices, and two people who have one. */
const people = async (name: string, direct = false): Promise<People> => {
  const world = createWorld(`${seed}/devices/${name}`)
  const alice = await world.addDevice('alice', direct, await profileOf('alice'))
  const bob = await world.addDevice('bob', direct, await profileOf('bob'))
  const carol = await world.addDevice('carol', direct, await profileOf('carol'))
  await pair(world, alice, bob)
  await quiet(world, alice, bob)
  const phone = await link(world, alice, 'phone', undefined, direct)
  await world.until('the phone knows bob', () => phone.held.contacts.has(idOf(bob)), 600_000)
  await world.until('bob knows the phone', () => bob.held.contacts.get(idOf(alice))?.devices.length === 2, 600_000)
  await pair(world, phone, carol)
  await world.until('alice knows carol', () => alice.held.contacts.has(idOf(carol)), 600_000)
  await quiet(world, alice, bob, carol, phone)
  return { world, alice, phone, bob, carol }
}

describe('two devices of one person', () => {
  it('have the same contacts, and what is written to or from one is on the other', async () => {
    const { alice, bob, carol, phone, world } = await people('both')
    expect(
      carol.held.contacts
        .get(idOf(alice))
        ?.devices.map(({ device }) => device.tag)
        .sort(ascending),
    ).toEqual([tagOf(alice), tagOf(phone)].sort(ascending))
    send(alice, idOf(bob), 'from the laptop')
    send(phone, idOf(bob), 'from the phone')
    send(bob, idOf(alice), 'from bob')
    send(carol, idOf(alice), 'from carol')
    send(alice, idOf(carol), 'to carol')
    await quiet(world, alice, bob, carol, phone)
    const withBob = ['in from bob', 'out from the laptop', 'out from the phone']
    expect(await said(world, alice, bob)).toEqual(withBob)
    expect(await said(world, phone, bob)).toEqual(withBob)
    expect(await said(world, bob, alice)).toEqual(['in from the laptop', 'in from the phone', 'out from bob'])
    expect(await said(world, phone, carol)).toEqual(['in from carol', 'out to carol'])
    expect(phone.messages.every(({ direction, state }) => direction === 'in' || state === 'delivered')).toBe(true)
    // Nobody sees their own account among the people.
    expect([alice.live.toldContacts.has(idOf(alice)), phone.contacts.includes(idOf(alice))]).toEqual([false, false])
    expect(phone.held.contacts.get(idOf(bob))?.safetyNumber).toBe(alice.held.contacts.get(idOf(bob))?.safetyNumber)
  })

  it('agree on names, what is read, what is removed, and settings', async () => {
    const { alice, bob, carol, phone, world } = await people('agree')
    send(bob, idOf(alice), 'one')
    send(bob, idOf(alice), 'two')
    await quiet(world, alice, bob, phone)
    expect([alice, phone].map(({ held }) => held.contacts.get(idOf(bob))?.unread)).toEqual([2, 2])
    phone.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Bobby' })
    phone.command({ type: 'mark-read', contactId: idOf(bob), upTo: 1_000 })
    alice.command({ type: 'change-settings', settings: { displayName: 'Alice A.', theme: 'dark' } })
    alice.command({ type: 'remove-contact', contactId: idOf(carol) })
    await quiet(world, alice, phone)
    await world.pass(1_000)
    expect([alice, phone].map(({ held }) => held.contacts.get(idOf(bob))?.unread)).toEqual([0, 0])
    expect([alice, phone].map(({ held }) => held.contacts.get(idOf(bob))?.name)).toEqual(['Bobby', 'Bobby'])
    expect([alice, phone].map(({ held }) => held.contacts.has(idOf(carol)))).toEqual([false, false])
    expect([alice, phone].map(({ held }) => held.settings.get('settings')?.displayName)).toEqual(['Alice A.', 'Alice A.'])
    expect(phone.held.settings.get('settings')?.theme).not.toBe('dark')
  })

  it('lose, double and reorder nothing in a storm of crashes, cut lines and lost frames', async () => {
    for (const i of cases(0.03)) {
      const { alice, bob, carol, phone, world } = await people(`storm/${i}`, i % 2 === 0)
      const devices = [alice, bob, carol, phone]
      const written: { readonly from: string; readonly about: string; readonly text: string }[] = []
      world.onCommit = (device, { messages }) => {
        for (const { contactId, text } of messages) {
          if (!text.startsWith(`${device.name} `) || written.some((each) => each.text === text)) continue
          written.push({ from: device.name, about: contactId, text })
        }
      }
      const loss = world.chance(4)
      world.mayPass = () => world.chance(20) >= loss
      for (let round = 0; round < 40; round++) {
        for (const device of devices) {
          if (!device.isOpen) {
            if (world.chance(2) === 0) await device.open()
            continue
          }
          const isAlice = device === alice || device === phone
          const to = isAlice ? (world.chance(2) === 0 ? bob : carol) : alice
          const dice = world.chance(12)
          if (dice < 5) send(device, idOf(to), `${device.name} ${round}`)
          else if (dice === 5) device.crash()
          else if (dice === 6) device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(6))
          else if (dice === 7 && world.chance(4) === 0) world.restartRelay()
          else if (dice === 8) world.cutLinks(world.chance(3) * 3_000)
          else if (dice === 9) device.command({ type: 'rename-contact', contactId: idOf(to), name: `${device.name} says ${round}` })
          else if (dice === 10) device.command({ type: 'mark-read', contactId: idOf(to), upTo: 1_000 })
        }
        await world.pass(world.chance(3_000))
      }
      world.mayPass = () => true
      for (const device of devices) {
        device.crashAtCommit('kept', Number.POSITIVE_INFINITY)
        if (!device.isOpen) await device.open()
      }
      // A connection that lost something in the storm would not have stayed open.
      world.cutRelay()
      await atRest(world, devices)
      await world.pass(5_000)
      for (const other of [bob, carol]) {
        const ofAlice = written.filter(({ about, from }) => (from === 'alice' || from === 'phone') && about === idOf(other))
        const ofOther = written.filter(({ from }) => from === other.name)
        const expected = [...ofAlice.map(({ text }) => `out ${text}`), ...ofOther.map(({ text }) => `in ${text}`)].sort()
        expect([seed, i, await said(world, alice, other)]).toEqual([seed, i, expected])
        expect([seed, i, await said(world, phone, other)]).toEqual([seed, i, expected])
        const atOther = (await said(world, other, alice)).filter((line) => line.startsWith('in'))
        expect([seed, i, atOther]).toEqual([seed, i, ofAlice.map(({ text }) => `in ${text}`).sort()])
        // What one device wrote stays in its order everywhere.
        for (const [reader, subject] of [
          [alice, other],
          [phone, other],
          [other, alice],
        ] as const) {
          const lines = await inOrder(world, reader, subject)
          for (const writer of devices) {
            const theirs = lines.map((line) => line.replace(/^(in|out) /, '')).filter((text) => text.startsWith(`${writer.name} `))
            const numbers = theirs.map((text) => Number(text.split(' ')[1]))
            if (writer !== alice && writer !== phone)
              expect([seed, i, reader.name, numbers]).toEqual([seed, i, reader.name, numbers.toSorted((a, b) => a - b)])
          }
        }
        const [here, there] = [alice, phone].map(({ held }) => held.contacts.get(idOf(other)))
        expect([seed, i, there?.name, there?.unread]).toEqual([seed, i, here?.name, here?.unread])
      }
    }
  })
})

describe('history', () => {
  /** Alice and Bob have talked; the phone is new. */
  const talked = async (name: string) => {
    const world = createWorld(`${seed}/devices/history/${name}`)
    const alice = await world.addDevice('alice', false, await profileOf('alice'))
    const bob = await world.addDevice('bob', false, await profileOf('bob'))
    await pair(world, alice, bob)
    for (let i = 0; i < 150; i++) {
      send(alice, idOf(bob), `a${i}`)
      send(bob, idOf(alice), `b${i} ${i % 40 === 0 ? 'x'.repeat(40_000) : ''}`)
    }
    await quiet(world, alice, bob)
    return { world, alice, bob }
  }

  it('is handed over whole and in its place, though both pages die on the way, and what comes meanwhile stands behind it', async () => {
    const { alice, bob, world } = await talked('whole')
    const phone = await link(world, alice, 'phone', 0)
    for (let i = 0; i < 12; i++) {
      await world.pass(40 + world.chance(200))
      const device = i % 2 === 0 ? alice : phone
      if (i === 4) send(bob, idOf(alice), 'meanwhile')
      device.crash()
      await device.open()
    }
    await quiet(world, alice, bob, phone)
    await world.until('everything is handed over', () => alice.held.handovers.size + phone.held.handovers.size === 0)
    const atAlice = await inOrder(world, alice, bob)
    expect([atAlice.length, await inOrder(world, phone, bob)]).toEqual([301, atAlice])
    expect(phone.held.contacts.get(idOf(bob))?.unread).toBe(1)
    // All of it is found.
    phone.command({ type: 'search-messages', contactId: undefined, query: 'b17', after: undefined, count: 10 })
    await world.until('an answer', () => phone.events.some(({ type }) => type === 'messages-found'))
    await world.pass(10_000)
    phone.command({ type: 'search-messages', contactId: undefined, query: 'b17', after: undefined, count: 10 })
    await world.until('the whole answer', () =>
      phone.events.some((event) => event.type === 'messages-found' && event.behind === 0 && event.total === 1),
    )
  })

  it('goes back as far as the person chose, or not at all', async () => {
    const { alice, bob, world } = await talked('part')
    await world.pass(3_600_000)
    const sinceMs = world.nowMs()
    send(bob, idOf(alice), 'late')
    await quiet(world, alice, bob)
    const phone = await link(world, alice, 'phone', sinceMs)
    const tablet = await link(world, alice, 'tablet')
    await quiet(world, alice, bob, phone, tablet)
    await world.pass(1_000)
    expect([await inOrder(world, phone, bob), await inOrder(world, tablet, bob)]).toEqual([['in late'], []])
    // Devices that were linked one after the other know each other, and all go on.
    send(tablet, idOf(bob), 'from the tablet')
    await quiet(world, alice, bob, phone, tablet)
    expect(await inOrder(world, phone, bob)).toEqual(['in late', 'out from the tablet'])
    expect(await inOrder(world, tablet, bob)).toEqual(['out from the tablet'])
  })

  it('is known to be over, though there is nothing of the last conversation', async () => {
    const { alice, bob, world } = await talked('over')
    const carol = await world.addDevice('carol', false, await profileOf('carol'))
    await pair(world, alice, carol)
    send(carol, idOf(alice), 'early')
    await quiet(world, alice, bob, carol)
    for (const [contact, name] of [
      [bob, 'phone'],
      [carol, 'tablet'],
    ] as const) {
      await world.pass(3_600_000)
      const sinceMs = world.nowMs()
      send(contact, idOf(alice), `late, for the ${name}`)
      await quiet(world, alice, bob, carol)
      const device = await link(world, alice, name, sinceMs)
      await quiet(world, alice, bob, carol, device)
      await world.pass(1_000)
      expect(await inOrder(world, device, contact)).toEqual([`in late, for the ${name}`])
      expect([alice.held.handovers.size, device.held.handovers.size], name).toEqual([0, 0])
    }
  })
})

describe('the main device', () => {
  it('moves to another one that asked for it; then that one links and removes, and the former one does not', async () => {
    const { alice, bob, phone, world } = await people('main')
    expect(await turnOf(world, alice, (turn) => giveMain(turn, tagOf(phone)))).toBe(false)
    await turnOf(world, phone, askToBeMain)
    await world.until('it is asked', () => alice.held.contacts.get(idOf(alice))?.devices[0]?.wantsMainSinceMs !== undefined)
    const becoming = async (): Promise<readonly number[]> =>
      (await turnOf(world, alice, ownDeviceViews)).filter(({ becomesMain }) => becomesMain !== undefined).map(({ tag }) => tag)
    phone.crash()
    expect(await turnOf(world, alice, (turn) => giveMain(turn, tagOf(phone)))).toBe(true)
    expect(await becoming()).toEqual([tagOf(phone)])
    await phone.open()
    await world.until(
      'it has moved',
      () => [alice, phone].map(({ held }) => held.self.get('self')?.account.seeds !== undefined).join() === 'false,true',
    )
    expect(await becoming()).toEqual([])
    await quiet(world, alice, phone)
    const tablet = await link(world, phone, 'tablet')
    await quiet(world, alice, bob, phone, tablet)
    send(bob, idOf(alice), 'to all three')
    await quiet(world, alice, bob, phone, tablet)
    for (const device of [alice, phone, tablet]) expect(await inOrder(world, device, bob)).toContain('in to all three')
    expect(await turnOf(world, alice, (turn) => removeOwnDevice(turn, tagOf(tablet)))).toBe(false)
    await unlink(world, phone, alice)
    // It has something for the others, whose mailboxes for it are gone.
    send(alice, idOf(bob), 'from one that is removed')
    await world.until('the former main device knows', () => alice.live.toldConnection?.isRemoved === true, 1_200_000)
    const views = await turnOf(world, tablet, ownDeviceViews)
    expect(views.map(({ isMain, isThis, name }) => [name, isMain, isThis])).toEqual([
      ['phone', true, false],
      ['tablet', false, true],
    ])
  })

  it('takes no key that is not the account’s', async () => {
    const { alice, phone, world } = await people('wrong key')
    await turnOf(world, alice, (turn) =>
      enqueueFor(
        turn,
        idOf(alice),
        tagOf(phone),
        notice(turn, { type: 'main-given', seeds: new Uint8Array(64), deviceList: selfOf(turn).deviceList }),
      ),
    )
    await quiet(world, alice)
    expect([phone.held.self.get('self')?.account.seeds, phone.live.refusals['wrong-account-key']]).toEqual([undefined, 1])
  })
})

describe('a backup of the main device', () => {
  it('takes its place on another browser: the other devices stay, tell it what it lacks, and go on', async () => {
    const { alice, bob, carol, phone, world } = await people('restored')
    const random = seededRandom('devices/restored')
    const backup = await backUpDisk(alice.disk, world.nowMs(), random)
    // Since then the main device was lost, and the phone has renamed one and removed the other.
    alice.crash()
    phone.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Bobby' })
    phone.command({ type: 'remove-contact', contactId: idOf(carol) })
    await world.pass(60_000)
    const again = await world.addDevice('alice again', false, await restoredDisk(backup, world.nowMs(), random))
    const agrees = (): boolean => again.held.contacts.get(idOf(bob))?.name === 'Bobby' && !again.held.contacts.has(idOf(carol))
    await world.until('it is told', agrees, 6 * 3_600_000)
    const tags = [phone, again].map(tagOf).sort(ascending)
    const tagsOf = (device: Device): readonly number[] =>
      device.held.contacts.get(idOf(phone))?.devices.map(({ device: { tag } }) => tag) ?? []
    await world.until('bob knows', () => tagsOf(bob).toSorted(ascending).join() === tags.join(), 6 * 3_600_000)
    expect([tagsOf(phone), tagsOf(again)]).toEqual([[tagOf(again)], [tagOf(phone)]])
    send(bob, idOf(phone), 'to both')
    send(phone, idOf(bob), 'from the phone')
    await atRest(world, [bob, phone, again])
    expect(await said(world, again, bob)).toEqual(['in to both', 'out from the phone'])
    expect(await said(world, phone, bob)).toEqual(['in to both', 'out from the phone'])
    const mainOn = async (device: Device) =>
      (await turnOf(world, device, ownDeviceViews)).flatMap(({ isMain, tag }) => (isMain ? [tag] : []))
    expect([await mainOn(phone), await mainOn(again)]).toEqual([[tagOf(again)], [tagOf(again)]])
  })
})

describe('direct lines', () => {
  it('lead to the device that they were agreed upon with, also where several of one person want one', async () => {
    const { alice, bob, phone, world } = await people('lines', true)
    const random = seededRandom('devices/lines')
    const backup = await backUpDisk(alice.disk, world.nowMs(), random)
    alice.crash()
    const again = await world.addDevice('alice again', true, await restoredDisk(backup, world.nowMs(), random))
    const devices = [bob, phone, again]
    for (const device of [phone, again]) device.command({ type: 'open-conversation', contactId: idOf(bob) })
    bob.command({ type: 'open-conversation', contactId: idOf(phone) })
    const knowsIt = ({ held }: Device): boolean =>
      held.contacts.get(idOf(alice))?.devices.some(({ device }) => device.tag === tagOf(again)) === true
    await world.until('the others know it', () => knowsIt(bob) && knowsIt(phone), 60_000)
    for (let i = 0; i < 20; i++) {
      const [writer, to] = i % 3 === 0 ? [bob, phone] : [i % 3 === 1 ? phone : again, bob]
      send(writer ?? bob, idOf(to ?? bob), `word ${i}`)
      await world.pass(300)
    }
    const hasAll = async (device: Device): Promise<boolean> => (await said(world, device, device === bob ? phone : bob)).length === 20
    await quiet(world, ...devices)
    expect(await Promise.all(devices.map(hasAll))).toEqual([true, true, true])
    // What came for another device cannot be read, nor asked about.
    for (const { live } of devices) expect(Object.keys(live.refusals)).not.toContain('not-for-us')
  })
})

describe('a device that nobody has used for 90 days', () => {
  it('is proposed for removal, and not before', async () => {
    const { alice, bob, carol, phone, world } = await people('unused')
    const isProposed = async (): Promise<boolean> => (await turnOf(world, alice, ownDeviceViews)).some(({ isUnused }) => isUnused)
    for (const device of [alice, bob, carol, phone]) device.crash()
    await world.pass(89 * 86_400_000)
    expect(await isProposed()).toBe(false)
    alice.crash()
    await world.pass(2 * 86_400_000)
    expect(await isProposed()).toBe(true)
  })
})

describe('a device that is removed', () => {
  if (isBroad)
    it('leaves what it set last to all that stay, though it told only some of them, and had set more under lists before', async () => {
      const { alice, bob, phone, world } = await people('set last')
      const tablet = await link(world, alice, 'tablet')
      await quiet(world, alice, bob, phone, tablet)
      const named = (contactId: Uint8Array, name: string): Setting => ({ type: 'contact-name', contactId, name })
      await turnOf(world, alice, (turn) => {
        const arrives = (setting: Setting, listsAgo: number, counter: number) =>
          settingArrived(turn, {
            type: 'set',
            list: knownAs(selfOf(turn).deviceList).version - listsAgo,
            counter,
            tag: tagOf(phone),
            setting,
            deviceList: undefined,
            nextPlace: 1,
          })
        for (let other = 0; other < 20; other++) arrives(named(new Uint8Array(32).fill(other), 'long ago'), 1, 200)
        arrives(named(fromHex(idOf(bob)), 'Bobby'), 0, 100)
      })
      phone.crash()
      await unlink(world, alice, phone)
      await quiet(world, alice, tablet)
      expect([alice, tablet].map(({ held }) => held.contacts.get(idOf(bob))?.name)).toEqual(['Bobby', 'Bobby'])
    })

  it('is told so, keeps what it had, and gets and sends nothing any more', async () => {
    const { alice, bob, phone, world } = await people('removed')
    send(bob, idOf(alice), 'before')
    await quiet(world, alice, bob, phone)
    await unlink(world, alice, phone)
    await world.until('bob knows', () => bob.held.contacts.get(idOf(alice))?.devices.length === 1, 600_000)
    send(bob, idOf(alice), 'after')
    await quiet(world, alice, bob)
    await world.until('the phone knows', () => phone.live.toldConnection?.isRemoved === true, 600_000)
    expect(await said(world, phone, bob)).toEqual(['in before'])
    expect(await said(world, alice, bob)).toEqual(['in after', 'in before'])
    expect(alice.held.contacts.has(idOf(alice))).toBe(false)
  })
})
