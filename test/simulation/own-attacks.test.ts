// What a device of a person may do that it must not: one that was stolen and is on the list still, or a contact who speaks as if it were
// one; and what clocks that are set wrong do. Nothing that it says changes what only the person or the main device decides.

import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/bytes.ts'
import { accountSigner } from '../../src/messenger/account.ts'
import { type Body, decodeContent } from '../../src/messenger/content.ts'
import { takeOwnList } from '../../src/messenger/own-list.ts'
import { enqueueFor, notice } from '../../src/messenger/send.ts'
import type { Setting } from '../../src/messenger/setting.ts'
import { HERE } from '../../src/messenger/state.ts'
import { selfOf, type Turn } from '../../src/messenger/turn.ts'
import { removeFromDeviceList } from '../../src/protocol/identity/identity.ts'
import { link, turnOf, unlink } from '../support/linking.ts'
import { profileOf } from '../support/profiles.ts'
import type { Device, World } from '../support/world.ts'
import { idOf, isBroad, pair, quiet, send, tagOf, withPhone } from './stories.ts'

const DAY_MS = 86_400_000

const people = (name: string) => withPhone(`own-attacks/${name}`)

const set = (setting: Setting, told: Partial<Extract<Body, { type: 'set' }>> = {}): Body => ({
  type: 'set',
  // What alice's list is once the phone is on it.
  list: 2,
  counter: 1_000,
  tag: 0xffff_ffff,
  setting,
  deviceList: undefined,
  nextPlace: 1,
  ...told,
})

/** Says it, whatever it is, and waits until it was heard. */
const says = async (world: World, from: Device, contactId: string, to: Device, bodies: readonly Body[]): Promise<void> => {
  await turnOf(world, from, (turn) => {
    for (const body of bodies) enqueueFor(turn, contactId, tagOf(to), notice(turn, body))
  })
  await world.until('it was heard', () => from.held.outbox.size === 0, 3_600_000)
}

describe('a device on the list that was stolen', () => {
  it('does not set or write anything about the account itself', async () => {
    const { alice, phone, world } = await people('own-account')
    const own = idOf(alice)
    const contactId = fromHex(own)
    const before = alice.held.contacts.get(own)
    const messageIds = [new Uint8Array(16)]
    await says(world, phone, own, alice, [
      set({ type: 'identity', contactId, claimant: new Uint8Array(32), isAccepted: true }),
      set({ type: 'contact-name', contactId, name: 'Mallory' }),
      set({ type: 'introduction', contactId, standing: 'refused' }),
      { type: 'sent', contactId, text: 'to ourselves' },
      { type: 'read', contactId, messageIds },
      { type: 'outcome', contactId, messageIds, isDelivered: true },
      { type: 'history', contactId, from: 1, to: 2, rows: [new Uint8Array(1)], done: 1, total: 2 },
      set({ type: 'contact', contactId, is: undefined }),
    ])
    const after = alice.held.contacts.get(own)
    expect([after?.name, after?.replacedBy, after?.nextPlace, after?.newest, after?.readElsewhere]).toEqual([
      before?.name,
      undefined,
      before?.nextPlace,
      undefined,
      undefined,
    ])
    expect([...alice.held.registers.keys()].filter((name) => name.includes(own))).toEqual([])
    expect(alice.messages.map(({ text }) => text)).toEqual([])
    expect(alice.live.refusals['not-for-us']).toBe(8)
  })

  it('does not end the counting: what is set afterwards is later than what it has set', async () => {
    const { alice, bob, phone, world } = await people('counting')
    const contactId = fromHex(idOf(bob))
    const far = [{ counter: 2 ** 48 - 1 }, { nextPlace: 2 ** 48 - 1 }]
    await turnOf(world, phone, (turn) => {
      for (const told of far)
        enqueueFor(turn, idOf(alice), tagOf(alice), notice(turn, set({ type: 'contact-name', contactId, name: 'Mallory' }, told)))
    })
    await world.until('it was heard', () => (alice.live.refusals['out-of-order'] ?? 0) >= 2, 3_600_000)
    expect(alice.held.contacts.get(idOf(bob))?.name).not.toBe('Mallory')
    alice.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Robert' })
    await world.until('both say so', () => [alice, phone].every(({ held }) => held.contacts.get(idOf(bob))?.name === 'Robert'), 3_600_000)
  })
})

if (isBroad)
  describe('a device that was removed and does not heed it', () => {
    it('is heard by none of ours, and by no contact', async () => {
      const { alice, bob, phone, world } = await people('talks')
      const tablet = await link(world, alice, 'tablet')
      await quiet(world, alice, bob, phone, tablet)
      phone.crash()
      await unlink(world, alice, phone)
      await quiet(world, alice, bob, tablet)
      world.says = (reply, to) => (reply.type === 'device-list' && to.device === phone ? [] : [reply])
      const contactId = fromHex(idOf(bob))
      await turnOf(world, phone, (turn) => {
        for (const to of [alice, tablet]) {
          const bodies: readonly Body[] = [
            set({ type: 'contact-name', contactId, name: 'Mallory' }),
            { type: 'sent', contactId, text: 'never written' },
            { type: 'main-wanted' },
          ]
          for (const body of bodies) enqueueFor(turn, idOf(alice), tagOf(to), notice(turn, body))
        }
      })
      send(phone, idOf(bob), 'it is me')
      await world.pass(3_600_000)
      expect([alice, tablet].map(({ held }) => held.contacts.get(idOf(bob))?.name)).toEqual(['', ''])
      expect([alice, tablet, bob].flatMap(({ messages }) => messages)).toEqual([])
    })
  })

if (isBroad)
  describe('a contact', () => {
    it('who speaks as if it were a device of ours changes nothing', async () => {
      const { alice, bob, world } = await people('as-own')
      const contactId = fromHex(idOf(alice))
      const bobs = fromHex(idOf(bob))
      const messageIds = [new Uint8Array(16)]
      const before = JSON.stringify([...alice.held.settings, [...alice.held.registers], alice.held.self.get('self')])
      const bodies: readonly Body[] = [
        set({ type: 'own-name', name: 'Mallory' }),
        set({ type: 'contact', contactId: bobs, is: undefined }),
        { type: 'sent', contactId: bobs, text: 'never written' },
        { type: 'read', contactId: bobs, messageIds },
        { type: 'outcome', contactId: bobs, messageIds, isDelivered: true },
        { type: 'history', contactId: bobs, from: 1, to: 2, rows: [new Uint8Array(1)], done: 1, total: 2 },
        { type: 'introduced', row: new Uint8Array(1) },
        { type: 'main-wanted' },
        { type: 'main-offered', offerId: new Uint8Array(16) },
        { type: 'main-accepted', offerId: new Uint8Array(16) },
        { type: 'main-given', seeds: new Uint8Array(64), deviceList: new Uint8Array(1) },
        { type: 'main-kept' },
      ]
      await says(world, bob, toHex(contactId), alice, bodies)
      expect(alice.live.refusals['not-for-us']).toBe(bodies.length)
      expect(JSON.stringify([...alice.held.settings, [...alice.held.registers], alice.held.self.get('self')])).toBe(before)
    })
  })

if (isBroad)
  describe('a clock that is set wrong', () => {
    it.each([
      ['a year ahead', 365 * DAY_MS],
      ['a year behind', -365 * DAY_MS],
    ])('%s: what contacts write is delivered all the same', async (_, clockErrorMs) => {
      const { alice, bob, phone, world } = await people(`clock/${clockErrorMs}`)
      alice.crash()
      alice.clockErrorMs = clockErrorMs
      await alice.open()
      await world.pass(2 * 3_600_000)
      send(bob, idOf(alice), 'are you there?')
      send(phone, idOf(bob), 'from the phone')
      await world.until('it is delivered', () => bob.held.outbox.size === 0, 12 * 3_600_000)
      expect(bob.messages.find(({ text }) => text === 'are you there?')?.state).toBe('delivered')
    })
  })

if (isBroad)
  describe('a device that was away', () => {
    it('for a hundred days hears what stands by then', async () => {
      const { alice, bob, phone, world } = await people('frozen')
      phone.crash()
      alice.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Robert' })
      for (let day = 0; day < 100; day++) await world.pass(DAY_MS)
      await phone.open()
      await world.until('it knows', () => phone.held.contacts.get(idOf(bob))?.name === 'Robert', 3 * DAY_MS)
      send(bob, idOf(alice), 'are you there?')
      await world.until('it has what is written', () => phone.messages.some(({ text }) => text === 'are you there?'), 3 * DAY_MS)
    })

    it('of a contact, for forty days, is told of a removal that the relay hides from it, once it writes', async () => {
      const { alice, bob, phone, world } = await people('hidden')
      const carol = await world.addDevice('carol', false, await profileOf('carol'))
      await pair(world, alice, carol)
      await quiet(world, alice, phone, carol)
      world.says = (reply, to) => (reply.type === 'device-list' && to.device === bob ? [] : [reply])
      bob.crash()
      await unlink(world, alice, phone)
      for (let day = 0; day < 40; day++) await world.pass(DAY_MS)
      await bob.open()
      send(bob, idOf(alice), 'are you there?')
      await world.until('bob knows', () => bob.held.contacts.get(idOf(alice))?.devices.length === 1, 5 * DAY_MS)
    })

    it('and removed is linked again as another one, and written to', async () => {
      const { alice, bob, phone, world } = await people('again')
      await unlink(world, alice, phone)
      await world.until('it knows', () => phone.held.self.get('self')?.removedAtMs !== undefined, 3 * DAY_MS)
      phone.crash()
      const again = await link(world, alice, 'phone again', 0)
      await quiet(world, alice, again, bob)
      send(bob, idOf(alice), 'are you there?')
      await world.until('both have it', () => [alice, again].every(({ messages }) => messages.length > 0), DAY_MS)
      expect(bob.held.contacts.get(idOf(alice))?.devices.map(({ device }) => device.tag)).toEqual([tagOf(alice), tagOf(again)])
    })
  })

describe('a receipt that names a list which its reader does not know yet', () => {
  it('counts once that list is known, though the same receipt was refused before', async () => {
    const { alice, bob, phone, world } = await people('behind')
    let isHidden = true
    world.says = (reply, to) => (isHidden && reply.type === 'device-list' && to.device === bob ? [] : [reply])
    bob.crash()
    const tablet = await link(world, alice, 'tablet')
    for (const device of [phone, tablet]) device.crash()
    // What tells bob of it got lost.
    await turnOf(world, alice, (turn) => {
      for (const [key, { contactId, content }] of turn.all('outbox')) {
        const decoded = decodeContent(content)
        if (contactId === idOf(bob) && decoded.ok && decoded.value.body.type === 'devices') turn.remove('outbox', key)
      }
    })
    await bob.open()
    send(bob, idOf(alice), 'are you there?')
    await world.until('it is refused', () => (bob.live.refusals['behind'] ?? 0) > 0, DAY_MS)
    expect([bob.messages.map(({ state }) => state), bob.held.contacts.get(idOf(alice))?.devices.length]).toEqual([['on-relay'], 2])
    isHidden = false
    await world.until('it is delivered', () => bob.messages.every(({ state }) => state === 'delivered'), DAY_MS)
    expect(bob.held.contacts.get(idOf(alice))?.devices.length).toBe(3)
  })
})

if (isBroad)
  describe('history for a device that is removed, or from one', () => {
    /** Our list, or one of before, without the device. */
    const without = (turn: Turn, device: Device, current = selfOf(turn).deviceList): Uint8Array => {
      const account = accountSigner(turn)
      if (account === undefined) throw new Error('not the main device')
      return removeFromDeviceList({ account, current, tag: tagOf(device), nowMs: turn.nowMs, random: turn.random })
    }

    it('is given to nobody any more', async () => {
      const { alice, phone, world } = await people('handover')
      const tablet = await link(world, alice, 'tablet')
      await quiet(world, alice, phone, tablet)
      tablet.crash()
      const handover = { sinceMs: 0, left: [{ contactId: 'nobody', before: 2 }], underWay: [], done: 0, total: 1 }
      const left = await turnOf(world, alice, (turn) => {
        turn.put('handovers', String(tagOf(tablet)), handover)
        turn.put('handovers', HERE, handover)
        takeOwnList(turn, without(turn, tablet))
        const two = turn.all('handovers').map(([key]) => key)
        takeOwnList(turn, without(turn, phone))
        return [two, turn.all('handovers').map(([key]) => key)]
      })
      expect(left).toEqual([[HERE], []])
    })

    it('comes from nobody any more who was removed while giving it, and is not waited for', async () => {
      const { alice, phone, world } = await people('giver')
      const tablet = await link(world, alice, 'tablet')
      await quiet(world, alice, phone, tablet)
      const left = await turnOf(world, alice, (turn) => {
        turn.put('handovers', HERE, { from: tagOf(phone), sinceMs: 0, left: [], underWay: [], done: 0, total: 1 })
        const before = selfOf(turn).deviceList
        takeOwnList(turn, without(turn, tablet, before))
        const waits = turn.all('handovers').length
        takeOwnList(turn, without(turn, phone, before))
        return [waits, turn.all('handovers').length]
      })
      expect(left).toEqual([1, 0])
    })
  })
