// What was tried against mailboxes, introductions and publication, and what holds by now: hostile contacts and introducers,
// lossy ways, disks that are full, and clocks that are wrong.

import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import { step } from '../../src/messenger/messenger.ts'
import type { Changes } from '../../src/messenger/state.ts'
import { renewDeviceList } from '../../src/protocol/identity/identity.ts'
import { addressOf } from '../../src/protocol/relay-auth/relay-auth.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { signerOf } from '../support/signer.ts'
import { createWorld, type Device, type WatchedTurn, type World } from '../support/world.ts'
import { addressFor, forge } from './forging.ts'
import { cases, enterCode, idOf, isBroad, load, openAll, pair, quiet, seed, send, showCode, texts } from './stories.ts'

interface Three {
  readonly world: World
  readonly alice: Device
  readonly bob: Device
  readonly carol: Device
}

/** Carol knows both by a code; they do not know each other. */
const three = async (name: string, direct = false): Promise<Three> => {
  const world = createWorld(`${seed}/breaking/${name}`)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  const carol = await world.addDevice('carol', direct)
  await pair(world, alice, carol)
  await pair(world, bob, carol)
  await quiet(world, alice, bob, carol)
  return { world, alice, bob, carol }
}

const tellEachOther = ({ carol, alice, bob }: Three): void =>
  carol.command({ type: 'introduce-contacts', contactIds: [idOf(alice), idOf(bob)] })

const introduced = async (all: Three): Promise<void> => {
  const { world, alice, bob, carol } = all
  tellEachOther(all)
  await world.until('both know', () => alice.held.introductions.size === 1 && bob.held.introductions.size === 1)
  await quiet(world, alice, bob, carol)
}

const introductionOf = (device: Device, of: Device) => {
  const row = [...device.held.introductions.values()].find(({ contactId }) => contactId === idOf(of))
  if (row === undefined) throw new Error(`${device.name} was told of nobody`)
  return row
}

const accept = async (world: World, device: Device, of: Device): Promise<void> => {
  await world.until('an introduction', () => device.held.introductions.size > 0)
  device.command({ type: 'accept-introduction', introductionId: introductionOf(device, of).introductionId })
  await world.until('a contact', () => device.held.contacts.has(idOf(of)))
}

/** What a hostile client has changed in its own rows. */
const hack = <Row>(table: ReadonlyMap<string, Row>, key: string, row: Row): void => void (table as Map<string, Row>).set(key, row)

const DAY_MS = 86_400_000
const numbers = (count: number, prefix: string): readonly string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('a storm among people who were introduced', () => {
  it('of crashes, emptied relays, cut lines and lost deposits loses, doubles and reorders nothing, and accuses nobody', async () => {
    for (const i of cases(0.03)) {
      const all = await three(`storm/${i}`, i % 2 === 0)
      const { world, alice, bob, carol } = all
      const sent = new Map<Device, string[]>([
        [alice, []],
        [bob, []],
      ])
      world.onCommit = (device, { messages }) => {
        const own = sent.get(device)
        for (const { direction, text, contactId } of messages) {
          if (direction === 'out' && contactId !== idOf(carol) && own?.includes(text) === false) own.push(text)
        }
      }
      tellEachOther(all)
      // What the relay has sent on a connection that lives does not get lost on it.
      world.mayPass = (what, from) => (what === 'relay' && from === undefined) || world.chance(20) > 1
      for (let round = 0; round < 50; round++) {
        for (const [device, other] of [
          [alice, bob],
          [bob, alice],
          [carol, alice],
        ] as const) {
          if (!device.isOpen) {
            if (world.chance(2) === 0) await device.open()
            continue
          }
          const dice = world.chance(14)
          const open = [...device.held.introductions.values()].find(({ standing }) => standing === 'open')
          if (dice < 7) {
            if (open !== undefined) device.command({ type: 'accept-introduction', introductionId: open.introductionId })
            send(device, idOf(other), `${device.name} ${round}`)
          } else if (dice === 8) device.crash()
          else if (dice === 9) device.crashAtCommit(world.chance(2) === 0 ? 'kept' : 'lost', world.chance(6))
          else if (dice === 10) world.restartRelay(world.chance(4) === 0)
          else if (dice === 11) world.cutLinks(world.chance(3) * 3_000)
        }
        await world.pass(world.chance(3_000))
      }
      world.mayPass = () => true
      for (const device of [alice, bob, carol]) device.crashAtCommit('kept', Number.POSITIVE_INFINITY)
      await openAll(alice, bob, carol)
      await world.until(
        `everything is delivered, ${seed}/${i}`,
        () => [alice, bob, carol].every(({ held }) => held.outbox.size === 0),
        7_200_000,
      )
      for (const [device, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        await load(world, device, idOf(other))
        const got = device.messages.filter(({ direction, contactId }) => direction === 'in' && contactId === idOf(other))
        expect([seed, i, got.map(({ text }) => text)]).toEqual([seed, i, sent.get(other)])
        expect([...device.held.misbehaviour.values()]).toEqual([])
      }
    }
  })
})

if (isBroad) {
  describe('a first message', () => {
    it('is not lost where it comes before the introduction, which lies behind much else', async () => {
      const all = await three('early')
      const { world, alice, bob, carol } = all
      bob.crash()
      for (const text of numbers(150, 'c')) send(carol, idOf(bob), text)
      await world.pass(60_000)
      tellEachOther(all)
      await accept(world, alice, bob)
      send(alice, idOf(bob), 'hi')
      await world.pass(60_000)
      alice.crash()
      carol.crash()
      await bob.open()
      await world.until('hi', () => texts(bob, 'in').includes('hi'), 60_000)
    })

    it('under an introduction that never comes is waited for, and does not stay in the mailbox', async () => {
      const all = await three('never')
      const { world, alice, bob, carol } = all
      const dave = await world.addDevice('dave', false)
      await pair(world, dave, carol)
      await introduced(all)
      const row = { ...introductionOf(alice, bob), by: idOf(carol), introductionId: '00'.repeat(16) }
      hack(dave.held.introductions, row.introductionId, row)
      dave.command({ type: 'accept-introduction', introductionId: row.introductionId })
      for (const text of numbers(20, 'd')) send(dave, idOf(bob), text)
      await world.pass(20_000)
      dave.crash()
      await world.pass(300_000)
      expect(bob.live.heldBack.size).toBe(0)
      const turns = bob.turns
      await world.pass(600_000)
      expect(bob.turns - turns).toBeLessThan(10)
    })

    it('keeps its place where one before it is lost on the way', async () => {
      const all = await three('order')
      const { world, alice, bob } = all
      await introduced(all)
      bob.crash()
      await accept(world, alice, bob)
      for (const text of ['one', 'two', 'three']) send(alice, idOf(bob), text)
      await world.pass(20_000)
      let passed = 0
      world.mayPass = (what, from) => what !== 'relay' || from !== undefined || ++passed > 2
      await bob.open()
      await world.pass(10_000)
      bob.crash()
      world.mayPass = () => true
      await bob.open()
      await quiet(world, alice, bob)
      await load(world, bob, idOf(alice))
      expect(texts(bob, 'in')).toEqual(['one', 'two', 'three'])
    })

    it('leaves over a line where both wrote at once and the mailbox took nothing', async () => {
      const all = await three('glare', true)
      const { world, alice, bob, carol } = all
      await introduced(all)
      await Promise.all([accept(world, alice, bob), accept(world, bob, alice)])
      world.mayPass = (what, from) => what !== 'relay' || from !== bob || bob.line(idOf(alice)) !== 'relay' || world.chance(3) === 0
      for (let i = 0; i < 10; i++) {
        send(alice, idOf(bob), `a${i}`)
        send(bob, idOf(alice), `b${i}`)
        await world.pass(300)
      }
      await quiet(world, alice, bob, carol)
      expect(texts(alice, 'in')).toEqual(numbers(10, 'b'))
      expect(texts(bob, 'in')).toEqual(numbers(10, 'a'))
    })

    it('brings no older device list than the introducer vouched for', async () => {
      const all = await three('older')
      const { world, alice, bob, carol } = all
      const self = alice.held.self.get('self')
      if (self === undefined) throw new Error('no self')
      const bytes = renewDeviceList({
        account: signerOf(self),
        current: self.deviceList,
        nowMs: world.nowMs(),
        random: seededRandom('list'),
      })
      hack(carol.held.deviceLists, idOf(alice), { bytes })
      await introduced(all)
      await accept(world, alice, bob)
      await world.pass(60_000)
      expect(bob.live.refusals['bad-device-list']).toBeGreaterThan(0)
      expect([...bob.held.contacts.keys()]).toEqual([idOf(carol)])
    })

    it('gets through though what brought the device list has failed, and the list is another since', async () => {
      const all = await three('month')
      const { world, alice, bob, carol } = all
      await world.pass(20 * DAY_MS)
      await introduced(all)
      bob.crash()
      carol.crash()
      await accept(world, alice, bob)
      await world.pass(10_000)
      alice.crash()
      await world.pass(31 * DAY_MS)
      await alice.open()
      await world.pass(3_600_000)
      expect([...alice.held.outbox.values()]).toEqual([])
      send(alice, idOf(bob), 'still here')
      await bob.open()
      await world.until('it arrives', () => texts(bob, 'in').includes('still here'), DAY_MS)
    })
  })

  describe('a removed contact', () => {
    it('is not brought back by an introduction from before a pairing', async () => {
      const all = await three('removed')
      const { world, alice, bob, carol } = all
      await introduced(all)
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      bob.command({ type: 'remove-contact', contactId: idOf(alice) })
      alice.command({ type: 'remove-contact', contactId: idOf(bob) })
      await world.pass(5_000)
      const row = introductionOf(alice, bob)
      hack(alice.held.introductions, row.introductionId, { ...row, standing: 'open' })
      await accept(world, alice, bob)
      send(alice, idOf(bob), 'me again')
      await world.pass(60_000)
      expect([...bob.held.contacts.keys()]).toEqual([idOf(carol)])
    })

    it('is not brought back by an answer that was still under way', async () => {
      const world = createWorld(`${seed}/breaking/answer`)
      const alice = await world.addDevice('alice', false)
      const bob = await world.addDevice('bob', false)
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      world.mayPass = (_, from) => from !== bob
      enterCode(bob, await showCode(world, alice))
      await world.until('an offer', () => bob.pairing?.phase === 'ready' && alice.held.offers.size === 1)
      alice.command({ type: 'cancel-pairing' })
      alice.command({ type: 'remove-contact', contactId: idOf(bob) })
      await world.until('gone', () => !alice.held.contacts.has(idOf(bob)))
      world.mayPass = () => true
      await world.pass(120_000)
      expect([...alice.held.contacts.keys(), ...alice.held.offers.keys(), ...alice.held.revocations.keys()]).toEqual([])
    })
  })

  describe('an introducer', () => {
    it('cannot fill the disk with people whom one knows', async () => {
      const all = await three('known')
      const { world, alice, bob, carol } = all
      await pair(world, alice, bob)
      for (let i = 0; i < 120; i++) tellEachOther(all)
      await quiet(world, alice, bob, carol)
      expect(bob.held.introductions.size).toBe(100)
      expect(bob.live.refusals['too-many-introductions']).toBe(20)
    })

    it('cannot fill the disk with somebody who was refused', async () => {
      const all = await three('refused')
      const { world, alice, bob, carol } = all
      await introduced(all)
      bob.command({ type: 'refuse-introduction', introductionId: introductionOf(bob, alice).introductionId })
      for (let i = 0; i < 15; i++) tellEachOther(all)
      await quiet(world, alice, bob, carol)
      expect(bob.held.introductions.size).toBe(1)
      await accept(world, alice, bob)
      await world.pass(60_000)
      expect([...bob.held.contacts.keys()]).toEqual([idOf(carol)])
    })

    it('cannot stop what goes to somebody who paired by a code since', async () => {
      const all = await three('claims')
      const { world, alice, bob, carol } = all
      const dave = await world.addDevice('dave', false)
      await introduced(all)
      await pair(world, alice, bob)
      await pair(world, dave, carol)
      await quiet(world, alice, bob, carol, dave)
      const row = { ...introductionOf(alice, bob), by: idOf(carol), standing: 'open' as const }
      hack(dave.held.introductions, row.introductionId, row)
      dave.command({ type: 'accept-introduction', introductionId: row.introductionId })
      await world.until('a claim', () => bob.live.refusals['identity-changed'] === 1)
      expect(bob.held.contacts.get(idOf(alice))?.identityChange).toBe(undefined)
    })
  })

  describe('an address', () => {
    it('that was told before a pairing, and is closed since, is not written to', async () => {
      const all = await three('address')
      const { world, alice, bob } = all
      await introduced(all)
      await accept(world, alice, bob)
      send(alice, idOf(bob), 'hi')
      await world.until('hi', () => texts(bob, 'in').includes('hi'))
      // Nothing comes to Alice before they pair: what Bob has told her waits.
      let isPairing = false
      world.mayPass = (_, from) => {
        isPairing ||= alice.held.offers.size > 0
        return from !== undefined || isPairing
      }
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      const told = alice.held.contacts.get(idOf(bob))?.devices[0]?.theirAddress
      expect(told && toHex(told)).toBe(toHex(bob.held.contacts.get(idOf(alice))?.devices[0]?.ourAddress ?? new Uint8Array(0)))
      send(alice, idOf(bob), 'after')
      await world.until('it arrives', () => texts(bob, 'in').includes('after'))
    })

    it('that a first message from before a pairing names, and that is closed since, is not written to', async () => {
      const all = await three('superseded')
      const { world, alice, bob } = all
      await introduced(all)
      // Nothing comes to Bob before they pair.
      world.mayPass = (_, from) => from !== undefined || bob.held.offers.size > 0
      await accept(world, alice, bob)
      send(alice, idOf(bob), 'before')
      await world.pass(10_000)
      await pair(world, bob, alice)
      world.mayPass = () => true
      await world.pass(5_000)
      bob.crash()
      await bob.open()
      await world.until('the first message', () => (bob.live.refusals['superseded'] ?? 0) > 0)
      send(bob, idOf(alice), 'after')
      await world.until('it arrives', () => texts(alice, 'in').includes('after'))
      await quiet(world, alice, bob)
      await load(world, bob, idOf(alice))
      expect(texts(bob, 'in')).toEqual(['before'])
    })

    it('is closed at a relay that could not at first, on the same connection', async () => {
      const world = createWorld(`${seed}/breaking/close`)
      const alice = await world.addDevice('alice', false)
      const bob = await world.addDevice('bob', false)
      const carol = await world.addDevice('carol', false)
      let asked = 0
      world.disguise = (store) => ({
        ...store,
        closeMailboxes: async (addresses) => (asked++ === 0 ? 'in-doubt' : store.closeMailboxes(addresses)),
      })
      world.restartRelay()
      await pair(world, alice, bob)
      await pair(world, alice, carol)
      await quiet(world, alice, bob, carol)
      const address = alice.held.contacts.get(idOf(bob))?.devices[0]?.ourAddress
      alice.command({ type: 'remove-contact', contactId: idOf(bob) })
      await world.pass(1_000)
      expect([...alice.held.revocations.values()].map(({ listenKey }) => addressOf(listenKey))).toEqual([address])
      await world.pass(60_000)
      expect([asked, alice.held.revocations.size]).toEqual([2, 0])
    })
  })

  describe('what comes while the disk is full', () => {
    it('comes again once there is room, on whatever connection', async () => {
      const world = createWorld(`${seed}/breaking/full`)
      const alice = await world.addDevice('alice', false)
      const bob = await world.addDevice('bob', false)
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      bob.disk.refuse('storage-full')
      for (const text of numbers(5, 'a')) send(alice, idOf(bob), text)
      await world.pass(5_000)
      bob.disk.refuse(undefined)
      await world.until('all', () => texts(bob, 'in').length === 5, 60_000)
      expect(texts(bob, 'in')).toEqual(numbers(5, 'a'))
    })
  })

  describe('a clock that is wrong', () => {
    it('accuses no relay', async () => {
      const all = await three('clock')
      const { world, alice, bob } = all
      await introduced(all)
      const answers: WatchedTurn[] = []
      world.onTurn = (turn) => {
        const { device, input } = turn
        if (device !== alice || input.type !== 'report' || input.report.type !== 'relay-received') return
        if (['device-list', 'bundle'].includes(input.report.reply.type)) answers.push(turn)
      }
      await accept(world, alice, bob)
      await world.until('a list and a bundle', () => answers.length === 2)
      for (const days of [-20, -2, 2, 20]) {
        for (const { held, before, input } of answers) {
          const outcome = step(held, before, input, world.nowMs() + days * DAY_MS, seededRandom('clock'))
          if ('needs' in outcome) throw new Error('rows were asked for')
          expect([days, accusationsIn(outcome.done.changes)]).toEqual([days, []])
        }
      }
    })
  })
}

const accusationsIn = ({ held }: Changes) => held.flatMap((change) => (change.table === 'misbehaviour' ? [change.row?.what] : []))

if (isBroad) {
  describe('a contact whose messages name ones that never come', () => {
    it('takes only a part of the window: what others write is read at once', async () => {
      const { world, alice, bob, carol } = await three('hog')
      carol.crash()
      const random = seededRandom(`${seed}/hog`)
      // Each names another that is missing.
      for (const device of [alice, bob]) {
        const bodies = Array.from({ length: 70 }, () => ({ type: 'message', after: random(16), text: 'after nothing' }) as const)
        for (const envelope of forge(world, device, idOf(carol), bodies)) {
          await world.kept.append(toHex(addressFor(carol, idOf(device))), toHex(envelope.subarray(2, 18)), envelope, world.nowMs() + DAY_MS)
        }
      }
      await carol.open()
      await world.pass(5_000)
      expect([...carol.live.heldBack.values()].length).toBeGreaterThanOrEqual(32)
      const dora = await world.addDevice('dora', false)
      await pair(world, carol, dora)
      send(dora, idOf(carol), 'am I heard?')
      await world.until('she is heard', () => texts(carol, 'in').includes('am I heard?'), 5_000)
    })
  })
}
