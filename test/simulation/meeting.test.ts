import { describe, expect, it } from 'vitest'
import type { Order } from '../../src/messenger/api.ts'
import { seededRandom } from '../support/seeded-random.ts'
import type { Device, World } from '../support/world.ts'
import { createWorld } from '../support/world.ts'
import { expectFriends, isBroad, pair, quiet, seed, send, texts } from './stories.ts'

const friends = async (name: string): Promise<{ world: World; alice: Device; bob: Device; toBob: string; toAlice: string }> => {
  const world = createWorld(`${seed}/meeting/${name}`)
  const alice = await world.addDevice('alice')
  const bob = await world.addDevice('bob')
  const { guestOfHost: toBob, hostOfGuest: toAlice } = await pair(world, alice, bob)
  await expectFriends(world, alice, bob)
  await quiet(world, alice, bob)
  return { world, alice, bob, toBob, toAlice }
}

/** The orders of one device from now on, with their times. */
const ordersOf = (world: World, device: Device): { readonly atMs: number; readonly order: Order }[] => {
  const orders: { atMs: number; order: Order }[] = []
  world.onPost = (one, message) => {
    if (one === device && message.type === 'order') orders.push({ atMs: world.nowMs(), order: message.order })
  }
  return orders
}

const openLines = ({ live }: Device): number => [...live.links.values()].filter(({ phase }) => phase === 'open').length

describe('meeting again', () => {
  it('both at once come to one line', async () => {
    const { world, alice, bob, toBob, toAlice } = await friends('both')
    world.cutLinks(0)
    await world.pass(1)
    alice.command({ type: 'open-conversation', contactId: toBob })
    bob.command({ type: 'open-conversation', contactId: toAlice })
    await world.until('a line', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct', 20_000)
    await world.pass(60_000)
    expect([openLines(alice), openLines(bob), alice.live.links.size, bob.live.links.size]).toEqual([1, 1, 1, 1])
    expect(alice.live.meetings.size + bob.live.meetings.size).toBe(0)
    await expectFriends(world, alice, bob)
  })

  // Either of the two is the lower one, which dials.
  it.each(['alice', 'bob'] as const)(
    'who heard an invitation while wanting no line gets one soon after the change of mind (%s)',
    async (who) => {
      const { world, alice, bob, toBob, toAlice } = await friends(`change of mind/${who}`)
      alice.command({ type: 'open-conversation', contactId: toBob })
      bob.command({ type: 'open-conversation', contactId: toAlice })
      const changing = who === 'alice' ? alice : bob
      changing.command({ type: 'change-settings', settings: { relayOnly: true } })
      await world.until('no line', () => alice.line(toBob) === 'relay' && bob.line(toAlice) === 'relay', 20_000)
      await world.pass(10_000)
      changing.command({ type: 'change-settings', settings: { relayOnly: false } })
      await world.until('a line', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct', 15_000)
      await expectFriends(world, alice, bob)
    },
  )
})

if (isBroad) {
  describe('a line', () => {
    it('whose far end cannot prove itself is closed', async () => {
      const { world, alice, toBob } = await friends('proof')
      world.cutLinks(0)
      await world.pass(1)
      world.mayPass = () => false
      alice.command({ type: 'open-conversation', contactId: toBob })
      await world.until('an invitation', () => alice.live.meetings.get(toBob)?.ready === true)
      const orders = ordersOf(world, alice)
      const peerId = alice.live.meetings.get(toBob)?.peerId ?? ''
      const random = seededRandom('proof')
      const opened = { type: 'link-opened', dialled: false, ourFingerprint: random(32), theirFingerprint: random(32) } as const
      const path = { ours: 'host', theirs: 'host', openedInMs: 1 }
      alice.report({ ...opened, linkId: 'wrong', peerId, path })
      alice.report({ type: 'link-received', linkId: 'wrong', frame: { type: 'proof', mac: random(32) } })
      // Before its proof nothing is taken from it, and an id that was never given out is no invitation.
      alice.report({ ...opened, linkId: 'early', peerId, path })
      alice.report({ type: 'link-received', linkId: 'early', frame: { type: 'envelope', envelope: random(4032) } })
      alice.report({ ...opened, linkId: 'stranger', peerId: 'nobody-knows-this-id', path })
      await world.pass(100)
      const closed = orders.flatMap(({ order }) => (order.type === 'link-close' ? [order.linkId] : []))
      expect(closed).toContain('wrong')
      expect(closed).toContain('stranger')
      expect(alice.live.refusals['bad-proof']).toBe(1)
      expect(alice.live.refusals['unexpected-frame']).toBe(1)
      expect(alice.line(toBob)).not.toBe('direct')
      // What never proves itself goes with the invitation.
      await world.pass(50_000)
      expect(orders.flatMap(({ order }) => (order.type === 'link-close' ? [order.linkId] : []))).toContain('early')
    })

    it('with somebody in its middle never opens; messages go through the relay', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('middle')
      world.inTheMiddle = true
      world.cutLinks(0)
      await world.pass(1)
      alice.command({ type: 'open-conversation', contactId: toBob })
      bob.command({ type: 'open-conversation', contactId: toAlice })
      send(alice, toBob, 'still here')
      await world.pass(120_000)
      expect([alice.line(toBob), bob.line(toAlice)]).toEqual(['relay', 'relay'])
      expect((alice.live.refusals['bad-proof'] ?? 0) + (bob.live.refusals['bad-proof'] ?? 0)).toBeGreaterThan(0)
      expect(texts(bob, 'in')).toContain('still here')
    })

    it('that is newer and proven replaces the older one at once', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('newer')
      expect(alice.line(toBob)).toBe('direct')
      const [old] = alice.live.links.keys()
      bob.crash()
      await bob.open()
      bob.command({ type: 'open-conversation', contactId: toAlice })
      // Alice will notice that the old line is dead 16 seconds from now.
      await world.until('a new line', () => bob.line(toAlice) === 'direct', 10_000)
      await world.pass(500)
      expect([...alice.live.links.keys()]).not.toContain(old)
      expect([openLines(alice), openLines(bob)]).toEqual([1, 1])
      send(alice, toBob, 'on the new line')
      await world.until('it arrives', () => texts(bob, 'in').includes('on the new line'), 2_000)
    })
  })

  describe('an invitation', () => {
    it('that is replayed opens nothing', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('replay')
      const presences: { readonly address: Uint8Array; readonly envelope: Uint8Array }[] = []
      world.cutLinks(0)
      await world.pass(1)
      world.onPost = (device, message) => {
        if (device !== bob || message.type !== 'order' || message.order.type !== 'relay-send' || message.order.request.type !== 'deposit')
          return
        presences.push(message.order.request)
      }
      bob.command({ type: 'open-conversation', contactId: toAlice })
      await world.until('a line', () => alice.line(toBob) === 'direct' && bob.line(toAlice) === 'direct', 20_000)
      expect(presences.length).toBeGreaterThan(0)
      await world.pass(10_000)
      const orders = ordersOf(world, alice)
      const session = [...alice.held.sessions.values()][0]
      for (const { address, envelope } of presences) {
        alice.report({ type: 'relay-received', connection: 'listen', reply: { type: 'envelope', address, position: 0, envelope } })
      }
      await world.pass(5_000)
      expect(orders).toEqual([])
      expect([...alice.held.sessions.values()][0]).toBe(session)
      expect(alice.live.meetings.size).toBe(0)
    })

    it('in vain is repeated after pauses that grow to a minute; waking up starts anew', async () => {
      const { world, alice, bob, toBob } = await friends('pause')
      world.cutLinks(0)
      await world.pass(1)
      // Lines open and nothing travels on them.
      world.mayPass = (what) => what !== 'link'
      alice.command({ type: 'open-conversation', contactId: toBob })
      const orders = ordersOf(world, alice)
      await world.pass(15 * 60_000)
      const invited = () => orders.filter(({ order }) => order.type === 'peer-open').map(({ atMs }) => atMs)
      const gaps = invited()
        .slice(1)
        .map((atMs, i) => atMs - (invited()[i] ?? 0))
      expect(gaps.length).toBeGreaterThan(5)
      expect(gaps.length).toBeLessThan(20)
      for (const gap of gaps) expect(gap).toBeLessThanOrEqual(2 * 45_000 + 61_000)
      expect(gaps.at(-1)).toBeGreaterThan(60_000)
      bob.crash()
      await world.until('a pause', () => alice.live.meetings.size === 0, 200_000)
      const before = invited().length
      world.mayPass = () => true
      alice.report({ type: 'window-woke' })
      await world.pass(10)
      expect(invited().length).toBe(before + 1)
    })

    it('is not sent while the page is offline, and at once when it is back', async () => {
      const { world, alice, toBob } = await friends('online')
      world.cutLinks(0)
      alice.report({ type: 'window-changed', visible: true, online: false })
      await world.pass(1)
      alice.command({ type: 'open-conversation', contactId: toBob })
      const orders = ordersOf(world, alice)
      await world.pass(60_000)
      expect(orders.filter(({ order }) => order.type === 'peer-open')).toEqual([])
      alice.report({ type: 'window-changed', visible: true, online: true })
      await world.until('a line', () => alice.line(toBob) === 'direct', 10_000)
    })
  })
}
