import { describe, expect, it } from 'vitest'
import type { Device, World } from '../support/world.ts'
import { createWorld } from '../support/world.ts'
import {
  allDelivered,
  bothReady,
  cases,
  enterCode,
  expectFriends,
  failsWith,
  idOf,
  isBroad,
  load,
  openAll,
  pair,
  quiet,
  seed,
  send,
  showCode,
  shown,
  texts,
  wrong,
} from './stories.ts'

const two = async (name: string, direct = true): Promise<{ world: World; alice: Device; bob: Device }> => {
  const world = createWorld(`${seed}/pairing/${name}`)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  // Their keys are made before anybody looks.
  await world.pass(1000)
  return { world, alice, bob }
}

const isFriend = (device: Device, other: Device): boolean => device.contacts.includes(idOf(other))

describe('pairing', () => {
  for (const by of ['number', 'link'] as const) {
    it(`by ${by}`, async () => {
      const { world, alice, bob } = await two(by)
      await pair(world, alice, bob, by)
      await expectFriends(world, alice, bob)
      expect(alice.pairing).toMatchObject({ phase: 'ready', direct: true })
      expect(alice.held.offers.size + bob.held.offers.size).toBe(0)
    })
  }

  it('both or neither, whatever breaks when', async () => {
    for (const i of cases(0.16)) {
      const direct = i % 3 !== 2
      const { world, alice, bob } = await two(`faults/${i}`, direct)
      const spent = new Set<string>()
      world.onCommit = (_, changes) => {
        for (const change of changes.held) {
          if (change.table !== 'hosting' || change.row === undefined) continue
          expect(spent.has(change.row.code), 'a spent code comes back').toBe(false)
        }
      }
      world.onTurn = ({ before }) => {
        const run = before.pairing
        if (run?.side === 'host' && run.machine.burned) spent.add(run.hosting.code)
      }
      const victim = world.chance(2) === 0 ? alice : bob
      const fate = world.chance(2) === 0 ? 'kept' : 'lost'
      const fault = (['crash', 'commit', 'commit', 'cut', 'relay'] as const)[world.chance(5)]
      const code = await showCode(world, alice)
      if (fault === 'commit') victim.crashAtCommit(fate, world.chance(3))
      enterCode(bob, code, i % 2 === 0 ? 'number' : 'link')
      // A pairing takes about a second and a half here.
      await world.pass(world.chance(direct ? 600 : 500))
      if (fault === 'crash') victim.crash()
      if (fault === 'cut') world.cutLinks(world.chance(2) * 5_000)
      if (fault === 'relay') world.restartRelay()
      await world.pass(world.chance(20_000))
      victim.crashAtCommit(fate, Number.POSITIVE_INFINITY)
      await openAll(alice, bob)
      await world.pass(90_000)
      const context = `case ${i}: ${fault} ${victim.name} ${fate}`
      expect([context, isFriend(alice, bob)]).toEqual([context, isFriend(bob, alice)])
      if (isFriend(alice, bob)) await expectFriends(world, alice, bob)
      // And a second time, they are friends in any case.
      alice.command({ type: 'renew-code', afterWarning: false })
      await world.until(`${context}: a new code`, () => alice.pairing?.phase === 'waiting')
      expect(spent.has(shown(alice).code)).toBe(false)
      enterCode(bob, shown(alice), 'link')
      await bothReady(world, alice, bob)
      await expectFriends(world, alice, bob)
    }
  })
})

if (isBroad) {
  describe('a code', () => {
    it('that nobody tried survives a reload, with its number', async () => {
      const { world, alice, bob } = await two('reload')
      const code = await showCode(world, alice)
      alice.crash()
      await alice.open()
      expect(await showCode(world, alice)).toEqual(code)
      enterCode(bob, code)
      await bothReady(world, alice, bob)
    })

    it('survives the host who reloads while the guest waits in the room', async () => {
      const { world, alice, bob } = await two('reload-joined')
      const code = await showCode(world, alice)
      alice.crash()
      enterCode(bob, code)
      await world.pass(5_000)
      await alice.open()
      alice.command({ type: 'show-code' })
      await bothReady(world, alice, bob)
    })

    it('is wrong: both are told, failures are counted across reloads, three leave the link, ten a warning', async () => {
      const { world, alice, bob } = await two('wrong')
      for (let failures = 1; failures <= 10; failures++) {
        const code = await showCode(world, alice)
        expect([failures, code.number === undefined]).toEqual([failures, failures > 3])
        enterCode(bob, wrong(code), 'link')
        await failsWith(world, alice, 'codes-differ')
        await failsWith(world, bob, 'codes-differ')
        expect(alice.held.tries.get('tries')?.count).toBe(failures)
        expect(alice.held.hosting.size).toBe(0)
        alice.crash()
        await alice.open()
      }
      alice.command({ type: 'show-code' })
      await failsWith(world, alice, 'too-many-failures')
      await world.pass(20 * 60_000)
      alice.command({ type: 'renew-code', afterWarning: false })
      await world.pass(1000)
      expect(alice.pairing).toMatchObject({ phase: 'failed', reason: 'too-many-failures' })
      alice.command({ type: 'renew-code', afterWarning: true })
      await world.until('a code again', () => alice.pairing?.phase === 'waiting')
      expect(shown(alice).number).toBeDefined()
    })

    it('is wrong through the room, too', async () => {
      const { world, alice, bob } = await two('wrong-room', false)
      enterCode(bob, wrong(await showCode(world, alice)))
      await failsWith(world, alice, 'codes-differ')
      await failsWith(world, bob, 'codes-differ')
    })

    it('by number is back ten minutes after the third failure, and a success clears the count', async () => {
      const { world, alice, bob } = await two('ban')
      for (let i = 0; i < 3; i++) {
        enterCode(bob, wrong(await showCode(world, alice)), 'link')
        await failsWith(world, alice, 'codes-differ')
      }
      const start = world.nowMs()
      expect((await showCode(world, alice)).number).toBeUndefined()
      alice.command({ type: 'cancel-pairing' })
      await world.pass(599_000 - (world.nowMs() - start))
      expect((await showCode(world, alice)).number).toBeUndefined()
      alice.command({ type: 'cancel-pairing' })
      await world.pass(10_000)
      enterCode(bob, await showCode(world, alice))
      await bothReady(world, alice, bob)
      expect(alice.held.tries.size).toBe(0)
    })

    it('expires: the host is told, the guest finds nobody', async () => {
      const { world, alice, bob } = await two('expired')
      const code = await showCode(world, alice)
      await failsWith(world, alice, 'expired', 310_000)
      expect(world.nowMs()).toBeGreaterThanOrEqual(code.expiresAtMs)
      expect(alice.held.hosting.size).toBe(0)
      // Whoever comes while the room is being closed meets a host who leaves; this is about those who come later.
      await world.pass(1000)
      for (const by of ['number', 'link'] as const) {
        enterCode(bob, code, by)
        await failsWith(world, bob, 'nobody-there')
      }
      expect((await showCode(world, alice)).code).not.toBe(code.code)
    })

    it('whose host closed the page waits for him, then nobody is there', async () => {
      const { world, alice, bob } = await two('nobody')
      const code = await showCode(world, alice)
      alice.crash()
      enterCode(bob, code)
      await failsWith(world, bob, 'nobody-there', 30_000)
    })

    it('in use is busy for a third person, and disturbs nobody', async () => {
      const { world, alice, bob } = await two('busy')
      const carol = await world.addDevice('carol')
      await world.pass(1000)
      const code = await showCode(world, alice)
      enterCode(bob, code)
      await world.until('bob is in', () => bob.pairing?.phase === 'joined')
      enterCode(carol, code)
      await bothReady(world, alice, bob)
      await world.until('carol is told', () => carol.pairing?.phase === 'failed')
      expect(['room-busy', 'nobody-there', 'other-side-left']).toContain(carol.pairing?.phase === 'failed' && carol.pairing.reason)
      expect(alice.contacts).toEqual([idOf(bob)])
    })

    it('of one person by the same person is told, by number and by link, and stays good', async () => {
      const { world, alice, bob } = await two('own')
      const code = await showCode(world, alice)
      for (const by of ['number', 'link'] as const) {
        enterCode(alice, code, by)
        await failsWith(world, alice, 'own-code')
        expect((await showCode(world, alice)).code).toBe(code.code)
      }
      enterCode(bob, shown(alice))
      await bothReady(world, alice, bob)
    })

    it('that both show pairs nobody, and that both type neither', async () => {
      const { world, alice, bob } = await two('both')
      const [ofAlice, ofBob] = [await showCode(world, alice), await showCode(world, bob)]
      await world.pass(10_000)
      expect([alice.pairing?.phase, bob.pairing?.phase]).toEqual(['waiting', 'waiting'])
      enterCode(alice, ofBob)
      enterCode(bob, ofAlice)
      await world.until('both fail', () => alice.pairing?.phase === 'failed' && bob.pairing?.phase === 'failed')
      expect(alice.contacts.length + bob.contacts.length).toBe(0)
    })

    it('cannot be shown or typed without the relay; later it can', async () => {
      const { world, alice, bob } = await two('unreachable')
      world.setRelayUp(false)
      const start = world.nowMs()
      alice.command({ type: 'show-code' })
      await failsWith(world, alice, 'relay-unreachable')
      expect(world.nowMs() - start).toBeGreaterThanOrEqual(10_000)
      expect(world.nowMs() - start).toBeLessThan(11_000)
      bob.command({ type: 'enter-code', room: { type: 'number', number: '27' }, code: '123456' })
      await failsWith(world, bob, 'relay-unreachable')
      world.setRelayUp(true)
      await pair(world, alice, bob)
    })

    it('is called off by either side at any moment', async () => {
      for (const i of cases(0.05)) {
        const { world, alice, bob } = await two(`cancel/${i}`)
        const code = await showCode(world, alice)
        enterCode(bob, code)
        await world.pass(world.chance(600))
        const [one, other] = world.chance(2) === 0 ? [alice, bob] : [bob, alice]
        one.command({ type: 'cancel-pairing' })
        await world.pass(60_000)
        expect(one.pairing?.phase).toBeUndefined()
        if (other === bob) expect(['ready', 'failed']).toContain(other.pairing?.phase)
        expect(isFriend(alice, bob)).toBe(isFriend(bob, alice))
        if (one === alice && !isFriend(alice, bob)) expect(alice.held.hosting.size).toBe(0)
        alice.command({ type: 'renew-code', afterWarning: false })
        await world.until('a new code', () => alice.pairing?.phase === 'waiting')
        enterCode(bob, shown(alice))
        await bothReady(world, alice, bob)
        await expectFriends(world, alice, bob)
      }
    })
  })

  describe('two people who pair again', () => {
    it('keep conversation, name and messages, and what waits arrives in the new session', async () => {
      for (const direct of [true, false]) {
        const { world, alice, bob } = await two(`again/${direct}`, direct)
        await pair(world, alice, bob)
        await expectFriends(world, alice, bob)
        alice.command({ type: 'rename-contact', contactId: idOf(bob), name: 'Bobby' })
        await quiet(world, alice, bob)
        bob.crash()
        // More than fit on a line at once.
        for (let i = 0; i < 50; i++) send(alice, idOf(bob), `a${i}`)
        await world.pass(1_000)
        alice.crash()
        await bob.open()
        for (let i = 0; i < 50; i++) send(bob, idOf(alice), `b${i}`)
        await world.pass(1_000)
        await alice.open()
        const sessionOf = () => [...alice.held.sessions.values()][0]?.current?.baseKey
        const before = sessionOf()
        await pair(world, bob, alice)
        await quiet(world, alice, bob)
        expect(sessionOf()).not.toEqual(before)
        await load(world, alice, idOf(bob))
        await load(world, bob, idOf(alice))
        expect(texts(bob, 'in').slice(1)).toEqual(Array.from({ length: 50 }, (_, i) => `a${i}`))
        expect(texts(alice, 'in').slice(1)).toEqual(Array.from({ length: 50 }, (_, i) => `b${i}`))
        expect(alice.held.contacts.get(idOf(bob))?.name).toBe('Bobby')
        expect([...alice.held.contacts.keys(), ...bob.held.contacts.keys()].length).toBe(2)
      }
    })

    it('after one of them removed the other: what waited arrives', async () => {
      const { world, alice, bob } = await two('removed')
      await pair(world, alice, bob)
      await expectFriends(world, alice, bob)
      await quiet(world, alice, bob)
      bob.command({ type: 'remove-contact', contactId: idOf(alice) })
      await world.pass(1_000)
      for (let i = 0; i < 40; i++) send(alice, idOf(bob), `a${i}`)
      await world.pass(60_000)
      expect(allDelivered(alice)).toBe(false)
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      expect(texts(bob, 'in').slice(-40)).toEqual(Array.from({ length: 40 }, (_, i) => `a${i}`))
    })

    it('in vain lose nothing: the old session and line go on while the new pairing is unanswered', async () => {
      for (const direct of [true, false]) {
        const { world, alice, bob } = await two(`again-vain/${direct}`, direct)
        await pair(world, alice, bob)
        await expectFriends(world, alice, bob)
        enterCode(bob, await showCode(world, alice))
        await world.until('answered', () => alice.pairing?.phase === 'unconfirmed')
        bob.crash()
        await world.pass(20_000)
        alice.command({ type: 'cancel-pairing' })
        await bob.open()
        expect(alice.held.offers.size).toBe(1)
        for (const device of [alice, bob])
          device.command({ type: 'open-conversation', contactId: device === alice ? idOf(bob) : idOf(alice) })
        if (direct) await world.until('a direct line', () => alice.line(idOf(bob)) === 'direct' && bob.line(idOf(alice)) === 'direct')
        await expectFriends(world, alice, bob)
        expect(alice.held.offers.size).toBe(1)
      }
    })

    it('with the first answer still under way: whichever arrives, they hear each other', async () => {
      for (const i of cases(0.04)) {
        const { world, alice, bob } = await two(`overlap/${i}`, i % 2 === 0)
        enterCode(bob, await showCode(world, alice))
        await world.until('answered', () => alice.pairing?.phase === 'unconfirmed')
        // Bob's answer does not get through for now.
        world.mayPass = (_, from) => from !== bob
        await world.until('bob has it', () => isFriend(bob, alice))
        send(bob, idOf(alice), 'first')
        alice.command({ type: 'renew-code', afterWarning: false })
        await world.until('a code', () => alice.pairing?.phase === 'waiting')
        enterCode(bob, shown(alice))
        await world.pass(world.chance(2_000))
        if (i % 2 === 0) bob.crash()
        world.mayPass = () => true
        await world.pass(40_000)
        await openAll(bob)
        await quiet(world, alice, bob)
        expect(isFriend(alice, bob)).toBe(true)
        await expectFriends(world, alice, bob)
        await load(world, alice, idOf(bob))
        expect(texts(alice, 'in')[0]).toBe('first')
      }
    })
  })
}
