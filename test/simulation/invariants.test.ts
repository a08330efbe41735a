// The invariants of ARCHITECTURE.md that concern the messenger, each by name.

import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import type { ToWindow } from '../../src/messenger/api.ts'
import type { Body } from '../../src/messenger/content.ts'
import { type Outcome, step } from '../../src/messenger/messenger.ts'
import { sealFor } from '../../src/messenger/send.ts'
import type { Held } from '../../src/messenger/state.ts'
import { beginTurn, type Transition } from '../../src/messenger/turn.ts'
import { encodeRelayRequest } from '../../src/wire/relay-frames.ts'
import { seededRandom } from '../support/seeded-random.ts'
import type { Device, World } from '../support/world.ts'
import { createWorld } from '../support/world.ts'
import { addressFor, arrive, forge } from './forging.ts'
import { bothReady, enterCode, expectFriends, idOf, isBroad, pair, quiet, seed, send, showCode, texts } from './stories.ts'

const random = seededRandom(`${seed}/invariants`)

const two = async (name: string, direct = false): Promise<{ world: World; alice: Device; bob: Device }> => {
  const world = createWorld(`${seed}/invariants/${name}`)
  const alice = await world.addDevice('alice', direct)
  const bob = await world.addDevice('bob', direct)
  await world.pass(1000)
  return { world, alice, bob }
}

const friends = async (
  name: string,
  direct = false,
): Promise<{ world: World; alice: Device; bob: Device; toBob: string; toAlice: string }> => {
  const { world, alice, bob } = await two(name, direct)
  const { guestOfHost: toBob, hostOfGuest: toAlice } = await pair(world, alice, bob)
  await expectFriends(world, alice, bob)
  await quiet(world, alice, bob)
  await world.pass(5_000)
  return { world, alice, bob, toBob, toAlice }
}

/** What one envelope at the contact's address would do to a device, without doing it. Nothing that it asks for was seen before. */
const given = (world: World, device: Device, contactId: string, envelope: Uint8Array): Transition => {
  const reply = { type: 'envelope', address: addressFor(device, contactId), position: 0, envelope } as const
  const input = { type: 'report', report: { type: 'relay-received', connection: 'listen', reply } } as const
  let outcome: Outcome = step(device.held, device.live, input, world.nowMs(), random)
  while ('needs' in outcome) outcome = outcome.resume(outcome.needs.map(() => ({ type: 'seen', row: undefined })))
  return outcome.done
}

/** Every byte string in a value, wherever it is. */
const bytesIn = (value: unknown): readonly Uint8Array[] => {
  if (value instanceof Uint8Array) return [value]
  if (value instanceof Map) return [...value.values()].flatMap(bytesIn)
  if (Array.isArray(value)) return value.flatMap(bytesIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(bytesIn) : []
}

/** Private halves, root, chain, header, message keys and seeds of everything that a device holds, hexadecimal. */
const secretsOf = (held: Held): readonly string[] => {
  const found: Uint8Array[] = []
  const visit = (value: unknown, name: string): void => {
    if (value instanceof Uint8Array) {
      if (/private|secret|seed|rootKey|chainKey|messageKey|headerKey/i.test(name)) found.push(value)
    } else if (value instanceof Map) for (const item of value.values()) visit(item, name)
    else if (Array.isArray(value)) for (const item of value) visit(item, name)
    else if (typeof value === 'object' && value !== null) for (const [key, item] of Object.entries(value)) visit(item, key)
  }
  for (const table of [held.self, held.signedPrekeys, held.oneTimeX25519, held.kemBatches, held.sessions, held.offers]) visit(table, '')
  return found.filter(({ length }) => length >= 16).map(toHex)
}

describe('invariants of the messenger', () => {
  it('durable before it leaves: no envelope leaves before the commit that holds it and its session', async () => {
    const { world, alice, bob } = await two('durable', true)
    const committed = new Map<Device, Set<string>>([
      [alice, new Set()],
      [bob, new Set()],
    ])
    let left = 0
    world.onCommit = (device, { held }) => {
      for (const change of held) {
        const id = change.table === 'outbox' ? change.row?.envelope?.id : undefined
        if (id === undefined) continue
        // What is there already may be put again with what became of it.
        if (committed.get(device)?.has(id) !== true) expect(held.some(({ table }) => table === 'sessions')).toBe(true)
        committed.get(device)?.add(id)
      }
    }
    world.onPost = (device, message) => {
      if (message.type !== 'order') return
      const { order } = message
      const isDeposit = order.type === 'relay-send' && order.request.type === 'deposit'
      const envelope = isDeposit && order.request.type === 'deposit' ? order.request.envelope : undefined
      const onLink = order.type === 'link-send' && order.frame.type === 'envelope' ? order.frame.envelope : undefined
      const bytes = envelope ?? onLink
      if (bytes === undefined) return
      left++
      const id = toHex(bytes.subarray(2, 18))
      // Receipts and presences are in no outbox; what is must have been committed first.
      for (const entry of device.held.outbox.values()) {
        if (entry.envelope?.id === id) expect(committed.get(device)?.has(id)).toBe(true)
      }
    }
    world.onTurn = ({ transition }) => {
      // Whatever a turn encrypts, the session that did it is among what the turn keeps.
      const sends = transition.effects.filter(
        (effect) =>
          effect.type === 'order' &&
          effect.order.type === 'relay-send' &&
          effect.order.request.type === 'deposit' &&
          effect.order.request.liveOnly,
      )
      const repeats = transition.live.unheard.size + transition.live.meetings.size
      if (sends.length > 0 && repeats === 0) expect(transition.changes.held.some(({ table }) => table === 'sessions')).toBe(true)
    }
    await pair(world, alice, bob)
    await expectFriends(world, alice, bob)
    for (let i = 0; i < 5; i++) send(alice, idOf(bob), `m${i}`)
    world.cutLinks()
    await quiet(world, alice, bob)
    expect(left).toBeGreaterThan(5)
  })

  it('kept before it is acknowledged: ack and receipt only with message, ids and session in the same or an earlier commit', async () => {
    const { world, alice, bob, toBob } = await friends('kept', true)
    const kept = new Set<string>()
    let acks = 0
    world.onCommit = (device, { held, messages, seen }) => {
      if (device !== bob || messages.length === 0) return
      for (const { key } of seen) if (key.startsWith('envelope/')) kept.add(key.split('/')[2] ?? '')
      expect(held.some(({ table }) => table === 'sessions')).toBe(true)
      expect(seen.filter(({ key }) => key.startsWith('content/')).length).toBe(messages.length)
    }
    world.onPost = (device, message) => {
      if (device !== bob || message.type !== 'order' || message.order.type !== 'link-send' || message.order.frame.type !== 'ack') return
      acks++
      expect(kept.has(toHex(message.order.frame.envelopeId))).toBe(true)
    }
    for (let i = 0; i < 3; i++) send(alice, toBob, `m${i}`)
    await world.until('delivery', () => texts(bob, 'in').includes('m2'))
    world.onPost = () => undefined
    expect(acks).toBe(3)
  })
})

if (isBroad) {
  describe('a refusal changes nothing', () => {
    it('of garbage, of an envelope that was tampered with anywhere, of one cut short or for somebody else', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('refusal')
      const [honest = new Uint8Array(0)] = forge(world, alice, toBob, [{ type: 'message', after: undefined, text: 'hello' }])
      expect(given(world, bob, toAlice, honest).changes.messages.length).toBe(1)
      const hostile = [
        ...Array.from({ length: 60 }, (_, i) => honest.map((byte, at) => (at === Math.floor((i * honest.length) / 60) ? byte ^ 1 : byte))),
        ...[0, 1, 2, 17, 18, 19, 20].map((at) => honest.map((byte, place) => (place === at ? byte ^ 0x80 : byte))),
        honest.subarray(0, honest.length - 1),
        new Uint8Array(0),
        random(4032),
        random(16_320),
      ]
      for (const envelope of hostile) {
        const { changes, effects, live } = given(world, bob, toAlice, envelope)
        expect([changes.held, changes.messages, changes.seen, changes.forgottenConversations]).toEqual([[], [], [], []])
        expect(effects.filter((effect) => effect.type !== 'event' || effect.event.type !== 'connection-changed')).toEqual([])
        const { refusals, toldConnection, ...rest } = live
        const { refusals: refusalsBefore, toldConnection: toldBefore, ...restBefore } = bob.live
        expect(rest).toEqual(restBefore)
        expect([refusals, toldConnection]).not.toEqual([refusalsBefore, toldBefore])
      }
      arrive(bob, toAlice, honest)
      await world.until('the honest one', () => texts(bob, 'in').includes('hello'))
      // Once more: a repeat, not a message.
      arrive(bob, toAlice, honest)
      await world.pass(1_000)
      expect(texts(bob, 'in').filter((text) => text === 'hello').length).toBe(1)
    })

    it('of a message that would overtake another, until two minutes have passed', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('overtakes')
      const [envelope = new Uint8Array(0)] = forge(world, alice, toBob, [{ type: 'message', after: random(16), text: 'second' }])
      for (const passed of [0, 119_000]) {
        await world.pass(passed)
        expect(given(world, bob, toAlice, envelope).changes.held).toEqual([])
        arrive(bob, toAlice, envelope)
        await world.pass(500)
        expect(texts(bob, 'in')).not.toContain('second')
      }
      await world.pass(1_000)
      arrive(bob, toAlice, envelope)
      await world.until('it is taken', () => texts(bob, 'in').includes('second'))
      expect(bob.live.heldBack.size).toBe(0)
    })

    it('of a jump over a thousand messages, the first time', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('jump')
      const lost: Body[] = Array.from({ length: 1_001 }, () => ({ type: 'receipt', contentIds: [random(16)] }))
      const envelope = forge(world, alice, toBob, [...lost, { type: 'message', after: undefined, text: 'far' }]).at(-1) ?? new Uint8Array(0)
      const refused = given(world, bob, toAlice, envelope)
      expect(refused.changes.held).toEqual([])
      expect(refused.live.refusals['would-skip']).toBe(1)
      arrive(bob, toAlice, envelope)
      await world.pass(500)
      expect(texts(bob, 'in')).not.toContain('far')
      arrive(bob, toAlice, envelope)
      await world.until('it is taken', () => texts(bob, 'in').includes('far'))
    })

    it('but content that nobody understands moves the session on, is acknowledged and shown to nobody', async () => {
      const { world, alice, bob, toBob, toAlice } = await friends('bad-content')
      const turn = beginTurn(alice.held, alice.live, world.nowMs(), random)
      const tag = alice.held.contacts.get(toBob)?.devices[0]?.device.tag ?? 0
      const sealed = sealFor(turn, toBob, tag, new Uint8Array([9, 9, 9]))
      const { changes, live } = given(world, bob, toAlice, sealed?.bytes ?? new Uint8Array(0))
      expect(changes.messages).toEqual([])
      expect(changes.held.map(({ table }) => table)).toEqual(['sessions'])
      expect(changes.seen.length).toBe(1)
      expect(live.refusals['bad-content']).toBe(1)
    })
  })

  describe('secrets', () => {
    it('one-time prekeys go in the commit that keeps the first message which they opened', async () => {
      const { world, alice, bob } = await two('one-time')
      const spent: string[] = []
      world.onCommit = (device, { held }) => {
        if (device !== bob) return
        const gone = held.filter(({ table, row }) => table === 'oneTimeX25519' && row === undefined)
        if (gone.length === 0) return
        spent.push(...gone.map(({ key }) => key))
        expect(held.some(({ table, row }) => table === 'contacts' && row !== undefined)).toBe(true)
        expect(held.some(({ table, row }) => table === 'sessions' && row !== undefined)).toBe(true)
        expect(held.some(({ table }) => table === 'kemBatches')).toBe(true)
      }
      const before = bob.held.oneTimeX25519.size
      await pair(world, alice, bob)
      expect(spent.length).toBe(1)
      expect(bob.held.oneTimeX25519.size).toBe(before - 1)
      const [batch] = bob.held.kemBatches.values()
      expect(batch?.batch.seeds.filter((one) => one === undefined).length).toBe(1)
      // Those of the host were given and not used: they stay until they are too old.
      expect([...alice.held.oneTimeX25519.values()].filter(({ given: isGiven }) => isGiven).length).toBe(1)
    })

    it('are in no event and no order, and the code is in no order and on no wire', async () => {
      const { world, alice, bob } = await two('secrets', true)
      const posted: { device: Device; message: ToWindow }[] = []
      world.onPost = (device, message) => void posted.push({ device, message })
      const secrets = new Map<Device, Set<string>>([
        [alice, new Set()],
        [bob, new Set()],
      ])
      const note = (device: Device): void => {
        for (const secret of secretsOf(device.held)) secrets.get(device)?.add(secret)
      }
      world.onCommit = note
      const code = await showCode(world, alice)
      enterCode(bob, code)
      await bothReady(world, alice, bob)
      await expectFriends(world, alice, bob)
      world.restartRelay()
      world.cutLinks()
      await expectFriends(world, alice, bob)
      expect(secrets.get(alice)?.size).toBeGreaterThan(100)
      for (const { device, message } of posted) {
        const words = bytesIn(message).map(toHex).join(' ') + JSON.stringify(message)
        for (const secret of secrets.get(device) ?? []) expect(words.includes(secret)).toBe(false)
        if (message.type !== 'order') continue
        expect(JSON.stringify(message).includes(`"${code.code}"`)).toBe(false)
        if (message.order.type !== 'relay-send') continue
        const frame = Buffer.from(encodeRelayRequest(message.order.request))
        expect(frame.includes(Buffer.from(code.code, 'latin1'))).toBe(false)
      }
    })
  })

  describe('what is written', () => {
    it('for a received message is at most 8 KiB beside its own size, receipt included', async () => {
      for (const length of [10, 10_000]) {
        const { world, alice, bob, toBob, toAlice } = await friends(`bytes/${length}`)
        // Directions change, so that every message is the first of its chain.
        for (const [from, to, contactId] of [[alice, bob, toBob] as const, [bob, alice, toAlice] as const]) {
          const before = { received: to.disk.bytesWritten, sent: from.disk.bytesWritten, turnsTo: to.turns, turnsFrom: from.turns }
          send(from, contactId, 'x'.repeat(length))
          await quiet(world, alice, bob)
          await world.pass(1_000)
          const received = to.disk.bytesWritten - before.received
          const sent = from.disk.bytesWritten - before.sent
          if (process.env['PARLEY_MEASURE'] !== undefined) {
            console.log({ length, received, sent, turnsReceiving: to.turns - before.turnsTo, turnsSending: from.turns - before.turnsFrom })
          }
          expect(received).toBeLessThanOrEqual(8_192 + length)
          expect(to.turns - before.turnsTo).toBeLessThanOrEqual(4)
          expect(from.turns - before.turnsFrom).toBeLessThanOrEqual(5)
        }
      }
    })
  })
}
