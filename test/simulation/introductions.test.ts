// People who were introduced to each other by somebody who knows both: how they write without having met, and what an
// introduction cannot do.

import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import type { Event } from '../../src/messenger/api.ts'
import type { Body } from '../../src/messenger/content.ts'
import { MAX_OPEN, MAX_OPEN_OF_ONE } from '../../src/messenger/introductions.ts'
import type { Self } from '../../src/messenger/state.ts'
import { countersign, DEVICE_LIST_LIFE_MS, readDeviceList, signDeviceList } from '../../src/protocol/identity/identity.ts'
import { publishedAccount } from '../support/published.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { signerOf } from '../support/signer.ts'
import type { Device, World } from '../support/world.ts'
import { arrive, forge, tamper } from './forging.ts'
import { accept, introduce, introduced, introductionsOf, refuse, three, toldOf } from './introduced.ts'
import { expectFriends, idOf, isBroad, load, openAll, pair, quiet, seed, send, texts } from './stories.ts'

const DAY_MS = 86_400_000

const lastOf = <Type extends Event['type']>(device: Device, type: Type): Extract<Event, { type: Type }> | undefined =>
  device.events.findLast((event): event is Extract<Event, { type: Type }> => event.type === type)
const viewOf = (device: Device, whom: Device) => device.live.toldContacts.get(idOf(whom))
const history = async (world: World, device: Device, whom: Device): Promise<readonly string[]> => {
  await load(world, device, idOf(whom))
  return texts(device, 'in').filter((text) => device.messages.some((each) => each.text === text && each.contactId === idOf(whom)))
}

/** An introduction as its body stands in an envelope of the introducer. */
const introductionBody = (whom: Device, name: string, deviceList?: Uint8Array): Extract<Body, { type: 'introduction' }> => {
  const self = whom.held.self.get('self')
  if (self === undefined) throw new Error('no self')
  const introductionId = seededRandom(`${seed}/introduction/${name}`)(16)
  return { type: 'introduction', introductionId, accountKey: self.account.publicKey, deviceList: deviceList ?? self.deviceList, name }
}

/** The account of the first signs a list of the devices of all. */
const listOf = (selves: readonly [Self, ...Self[]], nowMs: number, expiresAtMs = nowMs + DEVICE_LIST_LIFE_MS): Uint8Array => {
  const random = seededRandom(`${seed}/list`)
  const [{ accountId }] = selves
  const account = signerOf(selves[0])
  const read = selves.map((self) => {
    const list = readDeviceList(self.deviceList, { accountKey: self.account.publicKey, nowMs, known: undefined })
    const [device] = list.ok ? list.list.devices : []
    if (!list.ok || device === undefined) throw new Error('listOf: a list of ours is refused')
    return { device, hash: list.hash, self }
  })
  return signDeviceList({
    account,
    list: { version: 2, previousHash: read[0]?.hash ?? new Uint8Array(32), expiresAtMs, devices: read.map(({ device }) => device) },
    countersignatures: read.map(({ device, self }) => countersign(device, self.device, accountId, random)),
    random,
  })
}

describe('an introduction', () => {
  it('lets one write to the other who is away, at once; both see who introduced them', async () => {
    const { world, alice, bob, carol } = await introduced('introductions/away')
    carol.command({ type: 'rename-contact', contactId: idOf(alice), name: 'Alice' })
    alice.command({ type: 'rename-contact', contactId: idOf(carol), name: 'Carol' })
    await world.pass(100)
    expect(lastOf(alice, 'introductions-changed')?.introductions).toMatchObject([
      { introductionId: introductionsOf(alice, bob)[0]?.introductionId },
    ])
    bob.crash()
    carol.crash()
    accept(alice, bob)
    send(alice, idOf(bob), 'Carol says hello')
    await world.until('the relay keeps it', () => alice.messages.at(-1)?.state === 'on-relay')
    expect(viewOf(alice, bob)?.origin).toEqual({ how: 'introduced', byName: 'Carol' })
    expect(lastOf(alice, 'introductions-changed')?.introductions).toEqual([])
    alice.crash()
    await world.pass(DAY_MS)
    await bob.open()
    await world.until('bob has it', () => texts(bob, 'in').includes('Carol says hello'))
    expect(viewOf(bob, alice)).toMatchObject({ origin: { how: 'introduced' }, unread: 1, devices: 1 })
    send(bob, idOf(alice), 'she does not say much')
    await world.until('the relay keeps it', () => bob.messages.at(-1)?.state === 'on-relay')
    bob.crash()
    await alice.open()
    await world.until('alice has it', () => texts(alice, 'in').includes('she does not say much'))
    await bob.open()
    await quiet(world, alice, bob)
    // From here on they write to each other's own addresses.
    for (const [device, other] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      expect(device.held.contacts.get(idOf(other))?.devices[0]?.theirAddress).toBeDefined()
    await expectFriends(world, alice, bob)
    expect([alice.held.misbehaviour.size, bob.held.misbehaviour.size]).toEqual([0, 0])
  })

  it('lets both write at once', async () => {
    const { world, alice, bob } = await introduced('introductions/glare')
    for (const [device, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      accept(device, other)
      for (let i = 0; i < 5; i++) send(device, idOf(other), `${device.name} ${i}`)
    }
    await quiet(world, alice, bob)
    expect(await history(world, bob, alice)).toEqual(Array.from({ length: 5 }, (_, i) => `alice ${i}`))
    expect(await history(world, alice, bob)).toEqual(Array.from({ length: 5 }, (_, i) => `bob ${i}`))
    await expectFriends(world, alice, bob)
  })
})

/** One-time keys are not signed: the relay shows others, and so makes sessions that their owner cannot open. */
const spoilsKeysOf = (world: World, whom: Device): void => {
  const key = publishedAccount('mallory').devices[0]?.oneTimeX25519[0]?.keyPair.publicKey ?? new Uint8Array(32)
  world.disguise = (store) => ({
    ...store,
    popOneTime: async (name, kind, ranges) => {
      const popped = await store.popOneTime(name, kind, ranges)
      return popped && kind === 'x25519' && name.startsWith(idOf(whom)) ? { ...popped, key } : popped
    },
  })
  world.restartRelay()
}

if (isBroad) {
  describe('first messages', () => {
    it('of one who wrote before the other was heard leave in the session that the other began', async () => {
      const { world, alice, bob } = await introduced('introductions/no session')
      bob.crash()
      // No bundle gets to alice, so what she writes cannot be encrypted.
      world.says = (reply, to) => (to.device === alice && reply.type === 'bundle' ? [] : [reply])
      accept(alice, bob)
      for (let i = 0; i < 3; i++) send(alice, idOf(bob), `a${i}`)
      await world.pass(10_000)
      expect(alice.held.sessions.size).toBe(1)
      await bob.open()
      accept(bob, alice)
      send(bob, idOf(alice), 'b0')
      await quiet(world, alice, bob)
      expect(await history(world, bob, alice)).toEqual(['a0', 'a1', 'a2'])
      expect(await history(world, alice, bob)).toEqual(['b0'])
    })

    it('that nobody can open are encrypted anew in a session that the other side brought', async () => {
      // Which of two sessions begun at once becomes current hangs on their keys: both happen here.
      for (let i = 0; i < 4; i++) {
        const { world, alice, bob } = await introduced(`introductions/spoiled/${i}`)
        spoilsKeysOf(world, bob)
        bob.crash()
        accept(alice, bob)
        send(alice, idOf(bob), 'sealed for nobody')
        await world.until('the relay keeps it', () => alice.messages.at(-1)?.state === 'on-relay')
        await bob.open()
        await world.pass(10_000)
        expect(texts(bob, 'in')).toEqual([])
        world.disguise = (store) => store
        world.restartRelay()
        accept(bob, alice)
        send(bob, idOf(alice), 'opened')
        await world.until('both have it', () => texts(bob, 'in').length === 1 && texts(alice, 'in').length === 1, 9 * DAY_MS)
        await world.until('nothing waits', () => alice.held.outbox.size + bob.held.outbox.size === 0, DAY_MS)
        expect(await history(world, bob, alice)).toEqual(['sealed for nobody'])
      }
    })

    it('under a statement that expired unanswered leave in a new session, under the same ids', async () => {
      const { world, alice, bob } = await introduced('introductions/expired')
      spoilsKeysOf(world, bob)
      accept(alice, bob)
      for (let i = 0; i < 3; i++) send(alice, idOf(bob), `a${i}`)
      await world.until('the relay keeps them', () => alice.messages.filter(({ state }) => state === 'on-relay').length === 3)
      const ids = alice.messages.map(({ messageId }) => messageId)
      const sessionOf = () =>
        toHex([...alice.held.sessions].find(([key]) => key.startsWith(idOf(bob)))?.[1].current?.baseKey ?? new Uint8Array(0))
      const before = sessionOf()
      await world.pass(10_000)
      expect(bob.contacts).not.toContain(idOf(alice))
      world.disguise = (store) => store
      world.restartRelay()
      await world.pass(5 * DAY_MS)
      expect([sessionOf(), texts(bob, 'in').length]).toEqual([before, 0])
      send(alice, idOf(bob), 'a3')
      await world.until('bob has them', () => texts(bob, 'in').length === 4, 4 * DAY_MS)
      expect(sessionOf()).not.toBe(before)
      expect(await history(world, bob, alice)).toEqual(['a0', 'a1', 'a2', 'a3'])
      expect(bob.messages.map(({ messageId }) => messageId).slice(0, 3)).toEqual(ids)
      await quiet(world, alice, bob)
      await expectFriends(world, alice, bob)
      expect([alice.held.misbehaviour.size, bob.held.misbehaviour.size]).toEqual([0, 0])
    })
  })

  describe('somebody who was refused', () => {
    it('is not heard, and no introduction brings them back; a code does', async () => {
      const { world, alice, bob, carol } = await introduced('introductions/refused')
      refuse(bob, alice)
      accept(alice, bob)
      send(alice, idOf(bob), 'hello?')
      await world.pass(60_000)
      expect(bob.contacts).not.toContain(idOf(alice))
      expect(bob.live.refusals['refused-account']).toBeGreaterThan(0)
      introduce(carol, alice, bob)
      await quiet(world, carol)
      expect(lastOf(bob, 'introductions-changed')?.introductions).toEqual([])
      expect(introductionsOf(bob, alice).map(({ standing }) => standing)).toEqual(['refused'])
      await pair(world, bob, alice)
      await quiet(world, alice, bob)
      expect(await history(world, bob, alice)).toEqual(['hello?'])
      expect(viewOf(bob, alice)?.origin).toEqual({ how: 'code' })
    })

    it('after having been a contact does not come back by an introduction either', async () => {
      const { world, alice, bob, carol } = await introduced('introductions/removed')
      accept(bob, alice)
      await quiet(world, alice, bob)
      bob.command({ type: 'remove-contact', contactId: idOf(alice) })
      await world.pass(1_000)
      introduce(carol, alice, bob)
      await quiet(world, carol)
      send(alice, idOf(bob), 'still there?')
      await world.pass(60_000)
      expect(bob.contacts).toEqual([idOf(carol)])
      expect(lastOf(bob, 'introductions-changed')?.introductions).toEqual([])
    })
  })

  describe('a flood of introductions', () => {
    const strangers = (count: number) =>
      Array.from({ length: count }, (_, i): Body => {
        const { account, deviceList } = publishedAccount(`stranger/${i}`)
        const introductionId = seededRandom(`${seed}/flood/${i}`)(16)
        return { type: 'introduction', introductionId, accountKey: account.publicKey, deviceList: deviceList(), name: `stranger ${i}` }
      })
    /** What the introducer tells, in the order in which it was written. */
    const teller = (world: World, from: Device, to: Device, bodies: readonly Body[]) => {
      const envelopes = forge(world, from, idOf(to), bodies)
      return async (first: number, end: number): Promise<void> => {
        for (const envelope of envelopes.slice(first, end)) arrive(to, idOf(from), envelope)
        await world.pass(1_000)
      }
    }
    const open = (device: Device) => lastOf(device, 'introductions-changed')?.introductions.length

    it('of one contact ends at 20; a decision makes room', async () => {
      const { world, bob, carol } = await three('introductions/flood')
      const tell = teller(world, carol, bob, strangers(27))
      await tell(0, 25)
      expect([open(bob), bob.held.introductions.size]).toEqual([MAX_OPEN_OF_ONE, MAX_OPEN_OF_ONE])
      expect(bob.live.refusals['too-many-introductions']).toBe(5)
      const [first] = bob.held.introductions.keys()
      bob.command({ type: 'refuse-introduction', introductionId: first ?? '' })
      await tell(25, 27)
      expect(open(bob)).toBe(MAX_OPEN_OF_ONE)
      expect(bob.live.refusals['too-many-introductions']).toBe(6)
    })

    it('of many contacts ends at 100', async () => {
      const { world, bob, carol } = await three('introductions/flood in all')
      const tell = teller(world, carol, bob, strangers(2))
      // As if others had told the most of them.
      await tell(0, 1)
      const [row] = bob.held.introductions.values()
      if (row === undefined) throw new Error('nothing came')
      await tamper(world, bob, (turn) => {
        for (let i = 1; i < MAX_OPEN; i++)
          turn.put('introductions', `${i}`, { ...row, introductionId: `${i}`, by: `somebody ${i}`, contactId: `${i}` })
      })
      await tell(1, 2)
      expect(bob.held.introductions.size).toBe(MAX_OPEN)
      expect(bob.live.refusals['too-many-introductions']).toBe(1)
    })
  })

  describe('an introduction that is none', () => {
    const told = async (name: string, bodyOf: (all: Awaited<ReturnType<typeof three>>) => Body) => {
      const all = await three(name)
      const [envelope = new Uint8Array(0)] = forge(all.world, all.carol, idOf(all.bob), [bodyOf(all)])
      arrive(all.bob, idOf(all.carol), envelope)
      await all.world.pass(1_000)
      return all
    }

    it('of ourselves is refused', async () => {
      const { bob } = await told('introductions/ourselves', ({ bob }) => introductionBody(bob, 'Bob'))
      expect([bob.held.introductions.size, bob.live.refusals['introduced-to-ourselves']]).toEqual([0, 1])
    })

    it('with a list that another account signed is refused', async () => {
      const foreign = publishedAccount('mallory').deviceList()
      const { bob } = await told('introductions/foreign list', ({ alice }) => introductionBody(alice, 'Alice', foreign))
      expect([bob.held.introductions.size, bob.live.refusals['bad-introduction']]).toEqual([0, 1])
    })

    it('of a contact changes nothing about it', async () => {
      const { bob, carol } = await told('introductions/known', ({ carol }) => introductionBody(carol, 'Somebody else'))
      expect(viewOf(bob, carol)).toMatchObject({ name: '', origin: { how: 'code' } })
      expect(lastOf(bob, 'introductions-changed')?.introductions ?? []).toEqual([])
    })

    it('with a list from long ago is believed, as the introducer may have met them then; the relay has a newer one', async () => {
      const { world, alice, bob, carol } = await three('introductions/long ago')
      alice.crash()
      await world.pass(100 * DAY_MS)
      await alice.open()
      await world.pass(60_000)
      introduce(carol, alice, bob)
      await toldOf(world, bob, alice)
      const before = introductionsOf(bob, alice)[0]?.deviceList
      const renewed = alice.held.self.get('self')?.deviceList
      expect(toHex(before ?? new Uint8Array())).not.toBe(toHex(renewed ?? new Uint8Array()))
      accept(bob, alice)
      send(bob, idOf(alice), 'after all this time')
      await quiet(world, alice, bob)
      expect(await history(world, alice, bob)).toEqual(['after all this time'])
      expect(bob.held.misbehaviour.size).toBe(0)
    })

    it('does not help a first message with a device list that has expired', async () => {
      const { world, alice, bob } = await introduced('introductions/expired list')
      const self = alice.held.self.get('self')
      if (self === undefined) throw new Error('no self')
      // An honest device renews its list before it writes; this one has changed its own row in memory.
      const rows = alice.held.self as Map<string, Self>
      rows.set('self', { ...self, deviceList: listOf([self], world.nowMs(), world.nowMs() - DAY_MS) })
      accept(alice, bob)
      await world.pass(60_000)
      expect(bob.contacts).not.toContain(idOf(alice))
      expect(bob.live.refusals['bad-device-list']).toBeGreaterThan(0)
    })

    it('does not help a first message that names another one, or none that was made', async () => {
      const { world, alice, bob } = await introduced('introductions/wrong id')
      await tamper(world, alice, (turn) => {
        const [[key, row] = []] = turn.all('introductions')
        if (key === undefined || row === undefined) throw new Error('no introduction')
        turn.remove('introductions', key)
        turn.put('introductions', 'ff'.repeat(16), { ...row, introductionId: 'ff'.repeat(16) })
      })
      accept(alice, bob)
      send(alice, idOf(bob), 'hello?')
      await world.pass(10 * 60_000)
      expect(bob.contacts).not.toContain(idOf(alice))
      expect(bob.live.refusals['not-introduced']).toBeGreaterThan(0)
    })
  })

  describe('an introduced contact', () => {
    it('is paired by a code from then on, with its conversation, once a code was typed', async () => {
      const { world, alice, bob } = await introduced('introductions/upgrade')
      accept(alice, bob)
      send(alice, idOf(bob), 'before')
      await quiet(world, alice, bob)
      const { safetyNumber } = viewOf(alice, bob) ?? {}
      bob.crash()
      send(alice, idOf(bob), 'waiting')
      await world.pass(5_000)
      await bob.open()
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      for (const [device, other] of [
        [alice, bob],
        [bob, alice],
      ] as const)
        expect(viewOf(device, other)).toMatchObject({ origin: { how: 'code' }, safetyNumber })
      expect(await history(world, bob, alice)).toEqual(['before', 'waiting'])
      await expectFriends(world, alice, bob)
    })

    it('with several devices is written to on each, in a session of its own', async () => {
      const { world, alice, bob: phone, carol } = await three('introductions/devices')
      const laptop = await world.addDevice('laptop', false)
      await world.until('keys', () => laptop.held.self.size > 0)
      const [ofPhone, ofLaptop] = [phone, laptop].map(({ held }) => held.self.get('self'))
      if (ofPhone === undefined || ofLaptop === undefined) throw new Error('no self')
      const both = listOf([ofPhone, ofLaptop], world.nowMs())
      await tamper(world, phone, (turn) => turn.put('self', 'self', { ...ofPhone, deviceList: both }))
      const { account, accountId, fingerprint } = ofPhone
      const body = introductionBody(phone, 'Bob', both)
      await tamper(world, laptop, (turn) => {
        turn.put('self', 'self', { ...ofLaptop, account, accountId, fingerprint, deviceList: both })
        for (const [key] of turn.all('statements')) turn.remove('statements', key)
        const carolsId = idOf(carol)
        const contact = phone.held.contacts.get(carolsId)
        // It knows carol as the phone does, so that it publishes, and was told of alice.
        if (contact !== undefined) turn.put('contacts', carolsId, { ...contact, devices: [] })
        const { accountKey, deviceList } = introductionBody(alice, 'Alice')
        const introduction = { by: carolsId, contactId: idOf(alice), accountKey, deviceList, name: 'Alice', arrivedAtMs: world.nowMs() }
        const introductionId = toHex(body.introductionId)
        turn.put('introductions', introductionId, { ...introduction, introductionId, standing: 'open' })
      })
      await world.pass(10_000)
      // Carol tells alice of bob's two devices, and the phone of alice.
      const [toAlice = new Uint8Array(0)] = forge(world, carol, idOf(alice), [body])
      arrive(alice, idOf(carol), toAlice)
      const toPhone = forge(world, carol, idOf(phone), [{ ...introductionBody(alice, 'Alice'), introductionId: body.introductionId }])
      arrive(phone, idOf(carol), toPhone[0] ?? new Uint8Array(0))
      await toldOf(world, alice, phone)
      accept(alice, phone)
      send(alice, idOf(phone), 'to both of you')
      await world.until('two entries', () => [...alice.held.outbox.values()].filter(({ isMessage }) => isMessage).length === 2)
      expect(viewOf(alice, phone)?.devices).toBe(2)
      await world.until('both have it', () => [phone, laptop].every((device) => texts(device, 'in').includes('to both of you')))
      expect([...alice.held.sessions.keys()].filter((key) => key.startsWith(idOf(phone)))).toHaveLength(2)
      await world.until('both have confirmed it', () => alice.held.outbox.size === 0)
      laptop.crash()
      send(alice, idOf(phone), 'one is enough')
      await world.until('it counts as delivered', () => alice.messages.at(-1)?.state === 'delivered')
      expect(alice.held.outbox.size).toBe(1)
      await openAll(laptop)
      await quiet(world, alice)
      await load(world, laptop, idOf(alice))
      expect(texts(laptop, 'in')).toEqual(['to both of you', 'one is enough'])
    })
  })
}
