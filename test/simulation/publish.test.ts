// A device that publishes its prekeys at a real relay, on a line that loses things, and at relays that lie.

import { beforeEach, describe, expect, test } from 'vitest'
import type { PrekeyStore, Store } from '../../server/store.ts'
import { toHex } from '../../src/crypto/bytes.ts'
import { x25519KeyPair } from '../../src/crypto/x25519.ts'
import { spendPrekeys } from '../../src/messenger/own-prekeys.ts'
import type { Published } from '../../src/messenger/state.ts'
import type { Turn } from '../../src/messenger/turn.ts'
import { renewDeviceList } from '../../src/protocol/identity/identity.ts'
import { rereadStatement, STATEMENT_LIFE_MS } from '../../src/protocol/prekeys/prekeys.ts'
import { answerAuthentication, type Channel, openRequest, relayKeyPair, sealReply } from '../../src/protocol/relay-auth/relay-auth.ts'
import {
  decodePublicationRequest,
  encodePublicationReply,
  type PublicationReply,
  type PublicationRequest,
} from '../../src/wire/publication-frames.ts'
import type { RelayReply, RelayRequest } from '../../src/wire/relay-frames.ts'
import { PUBLISHING_NOW_MS, type PublishingDevice, publishingDevice } from '../support/publishing-device.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { signerOf } from '../support/signer.ts'
import { createWorld } from '../support/world.ts'
import { expectFriends, isBroad, pair, seed } from './stories.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let device: PublishingDevice

beforeEach(async () => {
  device = await publishingDevice(expect.getState().currentTestName ?? '')
})

const range = (first: number, last: number): readonly number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const published = (): Published => {
  const row = device.held().published.get('published')
  if (row === undefined) throw new Error('nothing is published')
  return row
}

const idsOf = (request: PublicationRequest): readonly number[] => ('keys' in request ? request.keys.map(({ id }) => id) : [])

/** Type and ids of each. */
const asText = (requests: readonly PublicationRequest[]): readonly string[] =>
  requests.map((request) => ('keys' in request ? `${request.type} ${idsOf(request)[0]}-${idsOf(request).at(-1)}` : request.type))

/** What was asked since this was called. */
const listening = () => {
  const before = device.asked.length
  return () => device.asked.slice(before)
}

const misbehaviour = (): readonly string[] => [...device.held().misbehaviour.values()].map(({ what }) => what)

/** The name of the one device in the relay's store. */
const nameThere = (): string => {
  const self = device.held().self.get('self')
  if (self === undefined) throw new Error('no self')
  return `${toHex(self.accountId)}/${self.tag}`
}

const there = async () => {
  const name = nameThere()
  const { store } = device.relay()
  const ids = async (kind: 'x25519' | 'kem') => (await store.listOneTime(name, kind)).keys.map(({ id }) => id)
  return { x25519: await ids('x25519'), kem: await ids('kem'), statement: (await store.getStatement(name))?.statement }
}

const pop = async (kind: 'x25519' | 'kem', count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await device.relay().store.popOneTime(nameThere(), kind)
}

const restartWith = (changes: (store: Store) => Partial<PrekeyStore>): Promise<void> =>
  device.restartRelay({ disguise: (store) => ({ ...store, ...changes(store) }) })

const newestStatement = (): Uint8Array | undefined =>
  [...device.held().statements.values()].reduce((a, b) => (b.createdAtMs > a.createdAtMs ? b : a)).bytes

/** A first message under these two has been opened. */
const spend = (turn: Turn, oneTimeX25519Id: number, kemId: number): void =>
  spendPrekeys(turn, {
    baseKey: new Uint8Array(32),
    statementHash: new Uint8Array(32),
    signedPrekeyId: 1,
    oneTimeX25519Id,
    kem: { kind: 'one-time', id: kemId },
    kemCiphertext: new Uint8Array(0),
  })

const WHOLE = [
  'status',
  'put-device-list',
  'put-statement',
  'add-one-time-x25519 1-92',
  'add-one-time-kem 1-35',
  'add-one-time-kem 36-70',
  'add-one-time-kem 71-92',
]

describe('a device with a contact', () => {
  test('publishes list, statement and one-time keys in this order, one request at a time, and hangs up', async () => {
    let open = 0
    device.onRequest = (request) => {
      if (request.type === 'authenticated') expect(++open).toBe(1)
      return request
    }
    device.onReply = (reply) => {
      if (reply.type === 'authenticated') open -= 1
      return reply
    }
    await device.pass(SECOND_MS)
    expect(asText(device.asked)).toEqual(WHOLE)
    expect(device.orders).toEqual(['relay-connect', 'relay-disconnect'])
    expect(device.live().relay.publish).toBe('off')
    expect(await there()).toEqual({ x25519: range(1, 92), kem: range(1, 92), statement: newestStatement() })
    expect(published()).toMatchObject({ x25519UpTo: 92, kemUpTo: 92, x25519Left: range(1, 92), kemLeft: range(1, 92) })
    expect(device.live().refusals).toEqual({})
    expect(misbehaviour()).toEqual([])
  })

  test('keeps the last eight of each kind to itself', async () => {
    await device.pass(SECOND_MS)
    const given = [...device.held().oneTimeX25519.values()].filter((row) => row.given).map(({ id }) => id)
    expect(given.sort((a, b) => a - b)).toEqual(range(1, 92))
    expect(device.held().kemBatches.get('1')?.given).toEqual(range(1, 92))
  })

  test('says who it is with a fresh key each time, and never twice the same request id', async () => {
    const ephemeral: string[] = []
    device.onRequest = (request) => {
      if (request.type === 'authenticate') ephemeral.push(toHex(request.ephemeralKey))
      return request
    }
    await device.pass(3 * DAY_MS)
    expect(ephemeral.length).toBeGreaterThan(2)
    expect(new Set(ephemeral).size).toBe(ephemeral.length)
    expect(new Set(device.asked.map(({ requestId }) => toHex(requestId))).size).toBe(device.asked.length)
  })

  test('looks after them once a day, and puts a new statement there every other day', async () => {
    await device.pass(SECOND_MS)
    const asked = listening()
    await device.pass(20 * HOUR_MS)
    expect(asked()).toEqual([])
    await device.pass(DAY_MS)
    expect(asText(asked())).toEqual(['status'])
    await device.pass(DAY_MS)
    expect(asText(asked()).filter((each) => each === 'put-statement')).toHaveLength(1)
    expect((await there()).statement).toEqual(newestStatement())
    expect(misbehaviour()).toEqual([])
  })

  test('looks after them as well where its clock went back behind the last time', async () => {
    await device.pass(SECOND_MS)
    device.setClock(-3 * DAY_MS)
    const asked = listening()
    await device.pass(2 * HOUR_MS)
    expect(asText(asked())[0]).toBe('status')
    expect(misbehaviour()).toEqual([])
  })
})

if (isBroad)
  describe('without anybody who knows us', () => {
    const forgetAll = () =>
      device.change((turn) => {
        for (const [key] of turn.all('contacts')) turn.remove('contacts', key)
      })

    test('nothing is published', async () => {
      await forgetAll()
      const before = device.orders.length
      await device.pass(2 * DAY_MS)
      expect(device.asked).toEqual([])
      expect(device.orders).toHaveLength(before)
    })

    test('what is under way ends', async () => {
      device.onReply = (reply) => (reply.type === 'authenticated' ? 'lost' : reply)
      await device.pass(SECOND_MS)
      expect(device.live().publishing.phase).toBe('asking')
      const [contactId = ''] = device.held().contacts.keys()
      await device.command({ type: 'remove-contact', contactId })
      expect(device.live().publishing.phase).toBe('resting')
      expect(device.orders).toEqual(['relay-connect', 'relay-disconnect'])
    })
  })

describe('durable before it leaves', () => {
  /** Walks the road: what may be named by a request that leaves now. */
  const checkRoad = (): number => {
    let uploads = 0
    const kept = { x25519: new Map<number, boolean>(), kem: new Set<number>(), statements: new Set<string>() }
    for (const step of device.road) {
      if ('kept' in step) {
        for (const change of step.kept.held) {
          if (change.table === 'oneTimeX25519' && change.row !== undefined) kept.x25519.set(change.row.id, change.row.given)
          if (change.table === 'kemBatches') for (const id of change.row?.given ?? []) kept.kem.add(id)
          if (change.table === 'statements' && change.row !== undefined) kept.statements.add(toHex(change.row.bytes))
        }
        continue
      }
      const { left } = step
      if (left.type !== 'order' || left.order.type !== 'relay-send' || left.order.request.type !== 'authenticated') continue
      const body = decodePublicationRequest(left.order.request.body)
      if (!body.ok) throw new Error('a malformed request')
      const request = body.value
      uploads += 1
      if (request.type === 'put-statement' && uploads > WHOLE.length) expect(kept.statements).toContain(toHex(request.statement))
      if (request.type === 'add-one-time-x25519') for (const { id } of request.keys) expect(kept.x25519.get(id)).toBe(true)
      if (request.type === 'add-one-time-kem') for (const { id } of request.keys) expect(kept.kem).toContain(id)
    }
    return uploads
  }

  test('private halves, statements and the note that a key is given are on disk before anything names them', async () => {
    await device.pass(SECOND_MS)
    expect(checkRoad()).toBe(WHOLE.length)
    // Made, signed and uploaded in one go once the relay has few left: the first commit of that turn comes first.
    await pop('x25519', 80)
    await pop('kem', 80)
    await device.pass(2 * DAY_MS)
    expect(asText(device.asked)).toContain('add-one-time-x25519 101-192')
    expect(checkRoad()).toBeGreaterThan(WHOLE.length)
  })
})

if (isBroad)
  describe('one-time keys', () => {
    test('are made and uploaded again when fewer than twenty are left, under ids that only grow', async () => {
      await device.pass(SECOND_MS)
      await pop('x25519', 72)
      await pop('kem', 72)
      const asked = listening()
      await device.pass(DAY_MS + HOUR_MS)
      // Twenty are left: enough.
      expect(asText(asked())).toEqual(['status'])
      await pop('x25519', 1)
      await pop('kem', 1)
      await device.pass(DAY_MS + HOUR_MS)
      expect(asText(asked()).slice(1)).toEqual([
        'status',
        'put-statement',
        'add-one-time-x25519 101-192',
        'add-one-time-kem 101-135',
        'add-one-time-kem 136-170',
        'add-one-time-kem 171-192',
      ])
      const now = await there()
      expect(now.x25519).toEqual([...range(74, 92), ...range(101, 192)])
      expect(now.kem).toEqual([...range(74, 92), ...range(101, 192)])
      expect(rereadStatement(now.statement ?? new Uint8Array(0)).batches.map(({ firstId }) => firstId)).toEqual([1, 101])
      expect(misbehaviour()).toEqual([])
    })

    test('are at the relay two hundred of X25519 at the most, and those of four batches', async () => {
      await device.pass(SECOND_MS)
      for (let day = 0; day < 5; day++) {
        // Those for pairings are used up every day: more are made than a relay takes.
        await device.change((turn) => {
          for (const [key, row] of turn.all('oneTimeX25519')) if (row.id % 100 > 92 || row.id % 100 === 0) turn.remove('oneTimeX25519', key)
          for (const [key, row] of turn.all('kemBatches')) {
            const reserved = range(row.batch.firstId + 92, row.batch.firstId + 99)
            turn.put('kemBatches', key, { ...row, given: [...new Set([...row.given, ...reserved])] })
          }
        })
        await device.pass(DAY_MS)
        const now = await there()
        expect(now.x25519.length).toBeLessThanOrEqual(200)
        expect(now.kem.length).toBeLessThanOrEqual(4 * 92)
      }
      const now = await there()
      expect(now.x25519).toHaveLength(200)
      expect(now.kem).toHaveLength(4 * 92)
      expect(device.live().refusals).toEqual({})
      // As the relay gives them away, those that had no room follow.
      await pop('x25519', 50)
      await device.pass(2 * DAY_MS)
      expect((await there()).x25519).toHaveLength(200)
      expect(misbehaviour()).toEqual([])
    })

    test('of a batch that is too old to be named leave with the statement that names its successor', async () => {
      await device.pass(SECOND_MS)
      await device.change((turn) => {
        const row = turn.get('kemBatches', '1')
        if (row === undefined) throw new Error('no batch')
        turn.put('kemBatches', '1', { ...row, batch: { ...row.batch, expiresAtMs: turn.nowMs + STATEMENT_LIFE_MS + HOUR_MS } })
      })
      await device.pass(3 * HOUR_MS)
      expect((await there()).kem).toEqual(range(101, 192))
      expect(published().kemLeft).toEqual(range(101, 192))
      expect(misbehaviour()).toEqual([])
    })

    test('that opened a message are not counted as left any more', async () => {
      await device.pass(SECOND_MS)
      await device.change((turn) => {
        spend(turn, 3, 5)
      })
      expect(published().x25519Left).not.toContain(3)
      expect(published().kemLeft).not.toContain(5)
    })

    test('of X25519 are kept as long as the relay has them, however old, and 38 days longer', async () => {
      const age = (days: number) =>
        device.change((turn) => {
          for (const [key, { leftAtRelayMs, ...row }] of turn.all('oneTimeX25519')) {
            const left = leftAtRelayMs === undefined ? {} : { leftAtRelayMs: leftAtRelayMs - days * DAY_MS }
            turn.put('oneTimeX25519', key, { ...row, ...left, createdAtMs: row.createdAtMs - days * DAY_MS })
          }
        })
      const kept = () => [...device.held().oneTimeX25519.keys()].map(Number)
      await device.pass(SECOND_MS)
      // The page was closed for long: what the relay has may still be given away under a statement of today.
      device.onRequest = () => 'cut'
      await age(300)
      await device.pass(2 * HOUR_MS)
      expect(kept()).toEqual(expect.arrayContaining([...range(1, 92)]))
      expect(kept()).not.toContain(93)
      device.onRequest = (request) => request
      await pop('x25519', 1)
      await device.pass(2 * DAY_MS)
      expect(published().x25519Left).not.toContain(1)
      await pop('x25519', 1)
      await device.pass(DAY_MS)
      await age(35)
      await device.pass(2 * HOUR_MS)
      expect(kept()).not.toContain(1)
      expect(kept()).toContain(2)
      await age(4)
      await device.pass(2 * HOUR_MS)
      expect(kept()).not.toContain(2)
      expect(kept()).toContain(3)
      expect(misbehaviour()).toEqual([])
    })

    test('are made a hundred at a time, and no more once fifty hundreds are kept', async () => {
      await device.change((turn) => {
        const [x25519, kem] = [turn.get('oneTimeX25519', '1'), turn.get('kemBatches', '1')]
        if (x25519 === undefined || kem === undefined) throw new Error('no keys')
        // All of them with somebody who has not written yet.
        for (let id = 1; id <= 4900; id++) turn.put('oneTimeX25519', String(id), { ...x25519, id, given: true })
        for (let i = 0; i < 49; i++) {
          const firstId = 1 + 100 * i
          turn.put('kemBatches', String(firstId), { ...kem, batch: { ...kem.batch, firstId }, given: range(firstId, firstId + 99) })
        }
        const self = turn.get('self', 'self')
        if (self !== undefined) turn.put('self', 'self', { ...self, nextOneTimeX25519Id: 4901, nextOneTimeKemId: 4901 })
        turn.remove('published', 'published')
        turn.remove('relay', 'relay')
      })
      const sizes = () => [device.held().oneTimeX25519.size, device.held().kemBatches.size]
      await device.pass(SECOND_MS)
      expect(sizes()).toEqual([5000, 50])
      await pop('x25519', 92)
      await pop('kem', 92)
      await device.pass(2 * DAY_MS)
      expect(published()).toMatchObject({ x25519Left: [], kemLeft: [] })
      expect(sizes()).toEqual([5000, 50])
    })
  })

if (isBroad)
  describe('what is lost on the way', () => {
    const nth = (count: number, fate: 'lost' | 'cut') => {
      let seen = 0
      return <Frame extends RelayRequest | RelayReply>(frame: Frame): Frame | 'lost' | 'cut' =>
        frame.type === 'authenticated' && ++seen === count ? fate : frame
    }

    test.each([1, 2, 3, 4, 5, 6, 7])('request %i and the connection: it is repeated as it was, first of all', async (count) => {
      device.onRequest = nth(count, 'cut')
      await device.pass(SECOND_MS)
      expect(device.asked).toHaveLength(count)
      await device.pass(MINUTE_MS + SECOND_MS)
      expect(device.asked[count]).toEqual(device.asked[count - 1])
      expect(asText(device.asked.slice(count + 1))[0]).toBe(count === 1 ? 'put-device-list' : 'status')
      expect(await there()).toMatchObject({ x25519: range(1, 92), kem: range(1, 92) })
      expect(published()).toMatchObject({ x25519Left: range(1, 92), kemLeft: range(1, 92) })
      expect(misbehaviour()).toEqual([])
    })

    test.each([1, 2, 3, 4, 5, 6, 7])('reply %i and the connection: the repeat is answered as the first time', async (count) => {
      device.onReply = nth(count, 'cut')
      await device.pass(2 * MINUTE_MS)
      expect(device.asked[count]).toEqual(device.asked[count - 1])
      expect(await there()).toMatchObject({ x25519: range(1, 92), kem: range(1, 92) })
      expect(published()).toMatchObject({ x25519Left: range(1, 92), kemLeft: range(1, 92) })
      expect(misbehaviour()).toEqual([])
    })

    test('for longer than a request is known there: what became of it is seen from the status', async () => {
      device.onReply = nth(4, 'cut')
      await device.pass(SECOND_MS)
      device.onRequest = () => 'cut'
      await device.pass(10 * MINUTE_MS)
      device.onRequest = (request) => request
      const asked = listening()
      await device.pass(HOUR_MS)
      // The X25519 keys had arrived. Only the relay's word says so, and it is asked to take them again: nothing happens to them.
      expect(asText(asked())).toEqual(['status', ...WHOLE.slice(3)])
      expect(await there()).toMatchObject({ x25519: range(1, 92), kem: range(1, 92) })
      expect(misbehaviour()).toEqual([])
    })

    test('with the page: the next one begins with the status, and keys that were given away meanwhile stay gone', async () => {
      device.onReply = nth(4, 'cut')
      await device.pass(SECOND_MS)
      await pop('x25519', 2)
      await device.reload()
      const asked = listening()
      await device.pass(SECOND_MS)
      expect(asText(asked())).toEqual(['status', ...WHOLE.slice(3)])
      expect((await there()).x25519).toEqual(range(3, 92))
      expect(published().x25519Left).toEqual(range(3, 92))
      expect(misbehaviour()).toEqual([])
    })

    test('a relay that is in doubt is asked again, under the same id', async () => {
      let doubts = 2
      await restartWith((store) => ({
        addOneTime: async (...args) => (doubts-- > 0 ? { ok: false, reason: 'in-doubt' } : store.addOneTime(...args)),
      }))
      await device.pass(10 * MINUTE_MS)
      const uploads = device.asked.filter(({ type }) => type === 'add-one-time-x25519')
      expect(new Set(uploads.map(({ requestId }) => toHex(requestId))).size).toBe(1)
      expect(uploads).toHaveLength(3)
      expect(device.live().refusals).toEqual({ 'publication-in-doubt': 2 })
      expect(await there()).toMatchObject({ x25519: range(1, 92), kem: range(1, 92) })
    })

    test('a relay that says nothing is left after a minute, and tried again later and later, up to an hour', async () => {
      const dialled: number[] = []
      device.onRequest = (request) => {
        if (request.type === 'authenticate') dialled.push(device.nowMs())
        return 'lost'
      }
      await device.pass(12 * HOUR_MS)
      // A minute of silence comes on top of each rest.
      const rests = dialled.slice(1).map((atMs, i) => Math.round((atMs - (dialled[i] ?? 0) - MINUTE_MS) / MINUTE_MS))
      expect(rests.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
      device.onRequest = (request) => request
      await device.pass(2 * HOUR_MS)
      expect(published().kemUpTo).toBe(92)
      expect(device.live().publishing).toMatchObject({ phase: 'resting', failures: 0 })
    })

    test('a relay that cannot be reached is waited for', async () => {
      device.onReply = (reply) => (reply.type === 'welcome' ? 'cut' : reply)
      await device.pass(MINUTE_MS)
      expect(device.live().publishing.phase).toBe('connecting')
      device.onReply = (reply) => reply
      await device.pass(MINUTE_MS)
      expect(published().kemUpTo).toBe(92)
    })
  })

if (isBroad)
  describe('a relay that refuses', () => {
    test('is left alone for longer and longer; then it is asked afresh', async () => {
      let isFull = true
      await restartWith((store) => ({
        putDeviceList: async (...args) => (isFull ? { ok: false, reason: 'store-full' } : store.putDeviceList(...args)),
      }))
      await device.pass(4 * MINUTE_MS)
      expect(asText(device.asked)).toEqual(['status', 'put-device-list', 'status', 'put-device-list', 'status', 'put-device-list'])
      expect(new Set(device.asked.map(({ requestId }) => toHex(requestId))).size).toBe(6)
      expect(device.live().refusals).toEqual({ 'publication-relay-full': 3 })
      isFull = false
      await device.pass(HOUR_MS)
      expect(published().kemUpTo).toBe(92)
    })

    test('some ids, as it has other keys there: that is noted, and those after them go on', async () => {
      let refusals = 1
      await restartWith((store) => ({
        addOneTime: async (...args) =>
          args[1] === 'x25519' && refusals-- > 0
            ? { ok: false, reason: 'conflict', ids: [5, 9], storedHash: new Uint8Array(32) }
            : store.addOneTime(...args),
      }))
      await device.pass(SECOND_MS)
      expect(misbehaviour()).toEqual(['key-changed'])
      expect(asText(device.asked).slice(3, 5)).toEqual(['add-one-time-x25519 1-92', 'add-one-time-x25519 10-92'])
      expect(await there()).toMatchObject({ x25519: range(10, 92), kem: range(1, 92) })
    })
  })

if (isBroad)
  describe('another relay, or the same one changed', () => {
    test('an empty store gets everything again, but no key that the first one may have given away', async () => {
      await device.pass(SECOND_MS)
      const asked = listening()
      await device.restartRelay({ forgetting: true })
      // It is noticed at the next connection of any kind.
      await device.pass(2 * DAY_MS)
      expect(asText(asked())).toEqual(
        expect.arrayContaining(['put-device-list', 'put-statement', 'add-one-time-x25519 101-192', 'add-one-time-kem 101-135']),
      )
      expect(await there()).toMatchObject({ x25519: range(101, 192), kem: range(101, 192) })
      expect(misbehaviour()).toEqual([])
    })

    const withKey = (relayKey: Uint8Array) => (reply: RelayReply) =>
      reply.type === 'welcome' ? { ...reply, configuration: { ...reply.configuration, relayKey } } : reply
    const otherKey = x25519KeyPair((length) => new Uint8Array(length).fill(7)).publicKey

    test('another key under the same store is noted, and pinned from then on', async () => {
      await device.pass(SECOND_MS)
      const before = device.held().relay.get('relay')
      device.onReply = withKey(otherKey)
      await device.pass(DAY_MS + HOUR_MS)
      expect(misbehaviour()).toEqual(['relay-key-changed'])
      expect(device.held().relay.get('relay')).toEqual({ storeId: before?.storeId, relayKey: otherKey })
      // It does not have that key: what is sealed for it, it cannot open.
      expect(device.live().refusals).toMatchObject({ 'relay-not-allowed': expect.any(Number) })
      device.onReply = (reply) => reply
      await device.pass(2 * HOUR_MS)
      expect(device.held().relay.get('relay')).toEqual(before)
      expect([...device.held().misbehaviour.values()]).toMatchObject([{ what: 'relay-key-changed', count: 2 }])
      expect(device.live().publishing).toMatchObject({ phase: 'resting', failures: 0 })
    })

    test('a reply that does not bear its key is noted and not believed', async () => {
      await device.pass(SECOND_MS)
      const before = published()
      device.onReply = (reply) => (reply.type === 'authenticated' ? { ...reply, mac: reply.mac.map((byte) => byte ^ 1) } : reply)
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['not-authentic'])
      expect(published()).toEqual(before)
      expect(device.live().relay.publish).toBe('off')
      device.onReply = (reply) => reply
      await device.pass(2 * HOUR_MS)
      expect(published().checkedAtMs).toBeGreaterThan(before.checkedAtMs)
    })

    test('so is a challenge with a key of small order', async () => {
      device.onReply = (reply) => (reply.type === 'challenge' ? { ...reply, ephemeralKey: new Uint8Array(32) } : reply)
      await device.pass(SECOND_MS)
      expect(misbehaviour()).toEqual(['not-authentic'])
      expect(device.asked).toEqual([])
      expect(device.live().relay.publish).toBe('off')
    })
  })

if (isBroad)
  describe('the daily look at what is there', () => {
    test('finds a key that came back', async () => {
      await device.pass(SECOND_MS)
      await pop('x25519', 3)
      await device.pass(DAY_MS + HOUR_MS)
      expect(published().x25519Left).toEqual(range(4, 92))
      const first = device.held().oneTimeX25519.get('1')?.keyPair.publicKey ?? new Uint8Array(0)
      await restartWith((store) => ({
        listOneTime: async (name, kind) => {
          const { highestId, keys } = await store.listOneTime(name, kind)
          return { highestId, keys: kind === 'x25519' ? [{ id: 1, key: first }, ...keys] : keys }
        },
      }))
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['key-came-back'])
      // It is not ours to count with.
      expect(published().x25519Left).toEqual(range(4, 92))
    })

    test('finds one that is still there though it opened a message', async () => {
      await device.pass(SECOND_MS)
      await device.change((turn) => spend(turn, 3, 5))
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['key-came-back'])
    })

    test('accuses nobody of a key whose first message overtook the answer', async () => {
      await device.pass(SECOND_MS)
      const late: RelayReply[] = []
      device.onReply = (reply) => {
        if (reply.type !== 'authenticated') return reply
        late.push(reply)
        return 'lost'
      }
      await device.pass(DAY_MS)
      const [status] = late
      if (status === undefined) throw new Error('no status was asked for')
      await device.act((turn) => spend(turn, 3, 5))
      device.inject(status)
      device.onReply = (reply) => reply
      await device.pass(SECOND_MS)
      expect(published().checkedAtMs).toBeGreaterThan(PUBLISHING_NOW_MS + DAY_MS / 2)
      expect(published().x25519Left).not.toContain(3)
      expect(misbehaviour()).toEqual([])
    })

    test.each(['x25519', 'kem'] as const)('finds a key of kind %s that is not ours', async (kind) => {
      await device.pass(SECOND_MS)
      await restartWith((store) => ({
        listOneTime: async (name, asked) => {
          const { highestId, keys } = await store.listOneTime(name, asked)
          return { highestId, keys: keys.map(({ id, key }) => (id === 7 && kind === asked ? { id, key: key.with(3, 99) } : { id, key })) }
        },
      }))
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['key-changed'])
    })

    test('finds an older statement, and puts the newest there again', async () => {
      await device.pass(SECOND_MS)
      const old = await device.relay().store.getStatement(nameThere())
      await device.pass(2.5 * DAY_MS)
      expect((await there()).statement).toEqual(newestStatement())
      let shows = 2
      await restartWith((store) => ({ getStatement: async (name) => (shows-- > 0 ? old : store.getStatement(name)) }))
      const asked = listening()
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['older-statement'])
      expect(asText(asked()).slice(0, 2)).toEqual(['status', 'put-statement'])
      expect((await there()).statement).toEqual(newestStatement())
    })

    test('finds an older device list, and puts the newest there again', async () => {
      await device.pass(SECOND_MS)
      const { store } = device.relay()
      const accountId = nameThere().split('/')[0] ?? ''
      const old = await store.getDeviceList(accountId)
      await device.change((turn) => {
        const self = turn.get('self', 'self')
        if (self === undefined) throw new Error('no self')
        const account = signerOf(self)
        const { deviceList: current } = self
        turn.put('self', 'self', { ...self, deviceList: renewDeviceList({ account, current, nowMs: turn.nowMs, random: turn.random }) })
      })
      await device.pass(2 * MINUTE_MS)
      expect(await store.getDeviceList(accountId)).not.toEqual(old)
      expect(misbehaviour()).toEqual([])
      await restartWith(() => ({ getDeviceList: async () => old }))
      const asked = listening()
      await device.pass(DAY_MS)
      expect(misbehaviour()).toEqual(['older-statement'])
      expect(asText(asked()).slice(0, 2)).toEqual(['status', 'put-device-list'])
    })

    describe('where another list of ours is there than we know', () => {
      const newer = (): { readonly accountId: string; readonly deviceList: Uint8Array } => {
        const self = device.held().self.get('self')
        if (self === undefined) throw new Error('no self')
        const nowMs = PUBLISHING_NOW_MS + MINUTE_MS
        const random = seededRandom('publish/newer')
        return {
          accountId: toHex(self.accountId),
          deviceList: renewDeviceList({ account: signerOf(self), current: self.deviceList, nowMs, random }),
        }
      }
      const shown = async (deviceList: Uint8Array): Promise<void> => {
        const { accountId } = newer()
        const kept = await device.relay().store.getDeviceList(accountId)
        if (kept === undefined) throw new Error('nothing is kept')
        await restartWith(() => ({ getDeviceList: async () => ({ ...kept, version: kept.version + 1, deviceList }) }))
        await device.pass(DAY_MS)
      }

      test('takes a newer one, which another device of ours has put there, and accuses nobody', async () => {
        await device.pass(SECOND_MS)
        const { deviceList } = newer()
        await shown(deviceList)
        expect(misbehaviour()).toEqual([])
        expect(device.held().self.get('self')?.deviceList).toEqual(deviceList)
      })

      test('takes none that our account has not signed, and notes it', async () => {
        await device.pass(SECOND_MS)
        const before = device.held().self.get('self')?.deviceList
        const { deviceList } = newer()
        await shown(deviceList.with(deviceList.length - 1, (deviceList.at(-1) ?? 0) ^ 1))
        expect(misbehaviour()).toEqual(['wrong-keys'])
        expect(device.held().self.get('self')?.deviceList).toEqual(before)
      })
    })

    test('counts the same in a row as one entry', async () => {
      await device.pass(SECOND_MS)
      device.onReply = (reply) => (reply.type === 'authenticated' ? { ...reply, sequence: reply.sequence + 1 } : reply)
      await device.pass(DAY_MS + 6 * HOUR_MS)
      expect([...device.held().misbehaviour.values()]).toMatchObject([{ what: 'not-authentic', count: expect.any(Number) }])
      expect([...device.held().misbehaviour.values()][0]?.count).toBeGreaterThan(5)
    })
  })

if (isBroad)
  describe('a relay that lies under its own key', () => {
    const liar = relayKeyPair(new Uint8Array(32).fill(0x44))
    let channel: Channel<'relay'>

    /** What it answers to each request; undefined: nothing. */
    const lying = (answer: (request: PublicationRequest) => PublicationReply | Uint8Array | undefined): void => {
      device.onReply = (reply) =>
        reply.type === 'welcome' ? { ...reply, configuration: { ...reply.configuration, relayKey: liar.publicKey } } : 'lost'
      device.onRequest = (frame) => {
        if (frame.type === 'authenticate') {
          const begun = answerAuthentication(frame, { relay: liar, random: (length) => new Uint8Array(length).fill(0x55) })
          if (!begun.ok) throw new Error(begun.reason)
          channel = begun.channel
          device.inject({ type: 'challenge', requestId: frame.requestId, ...begun.challenge })
        }
        if (frame.type !== 'authenticated') return 'lost'
        const opened = openRequest(channel, frame)
        const body = opened.ok ? decodePublicationRequest(opened.body) : undefined
        if (!opened.ok || body?.ok !== true) throw new Error('a request that does not open')
        const said = answer(body.value)
        if (said === undefined) return 'lost'
        const sealed = sealReply(opened.channel, said instanceof Uint8Array ? said : encodePublicationReply(said))
        channel = sealed.channel
        device.inject({ type: 'authenticated', ...sealed.sealed })
        return 'lost'
      }
    }
    const done = ({ requestId }: PublicationRequest, spentIds: number[] = []): PublicationReply => ({ type: 'done', requestId, spentIds })
    const empty = ({ requestId }: PublicationRequest, leftIds: number[] = []): PublicationReply => ({
      type: 'status',
      requestId,
      deviceListHash: undefined,
      statementHash: undefined,
      x25519: { highestId: 0, leftIds },
      kem: { highestId: 0, leftIds },
      digest: new Uint8Array(32),
    })
    const refused = ({ requestId }: PublicationRequest, reason: 'conflict' | 'unknown-device', ids: number[] = []): PublicationReply => ({
      type: 'refused',
      requestId,
      reason,
      ids,
      storedHash: undefined,
    })

    test.each([
      ['what is no reply', () => Uint8Array.of(1, 99, 3)],
      ['under another request id', (request: PublicationRequest) => ({ ...done(request), requestId: new Uint8Array(16) })],
      ['done where the status was asked for', (request: PublicationRequest) => done(request)],
    ])('and says %s: it is counted, and left', async (_what, answer) => {
      lying(answer)
      await device.pass(SECOND_MS)
      expect(device.live().refusals).toEqual({ 'publication-malformed': 1 })
      expect(device.live().publishing).toMatchObject({ phase: 'resting', failures: 1, unanswered: undefined })
      expect(published().checkedAtMs).toBe(0)
    })

    test('a status where something was to be done', async () => {
      lying((request) => empty(request))
      await device.pass(SECOND_MS)
      expect(asText(device.asked)).toEqual(['status', 'put-device-list'])
      expect(device.live().refusals).toEqual({ 'publication-malformed': 1 })
      expect(published().deviceListHash).toBeUndefined()
    })

    test('more keys than were ever offered: they are noted and not counted', async () => {
      lying((request) => (request.type === 'status' ? empty(request, [...range(1, 200)]) : undefined))
      await device.pass(SECOND_MS)
      expect(misbehaviour()).toEqual(['key-came-back'])
      expect(published()).toMatchObject({ x25519Left: [], kemLeft: [] })
    })

    test('that all keys were given away already: it gets no more than a hundred each hour', async () => {
      lying((request) => (request.type === 'status' ? empty(request) : done(request, [...idsOf(request)])))
      await device.pass(5 * HOUR_MS)
      expect(device.held().oneTimeX25519.size).toBeLessThanOrEqual(6 * 100)
      expect(published().x25519Left).toEqual([])
    })

    test('that it has other keys, without an end: each is offered once', async () => {
      lying((request) => {
        if (request.type === 'status') return empty(request)
        return 'keys' in request ? refused(request, 'conflict', [4_000_000_000]) : done(request)
      })
      await device.pass(SECOND_MS)
      expect(asText(device.asked)).toEqual(WHOLE)
      // Nothing has no digest of zeros either.
      expect([...device.held().misbehaviour.values()]).toMatchObject([{ what: 'key-changed', count: 1 + 4 }])
    })

    test('that it does not know the device: it gets the list', async () => {
      lying((request) => (request.type === 'status' ? refused(request, 'unknown-device') : done(request)))
      await device.pass(SECOND_MS)
      expect(asText(device.asked)).toEqual(WHOLE)
    })

    test('things that nobody asked for change nothing', async () => {
      lying(() => undefined)
      await device.pass(SECOND_MS)
      const { publishing } = device.live()
      device.inject({ type: 'challenge', requestId: 1, ephemeralKey: new Uint8Array(32), nonce: new Uint8Array(32) })
      device.inject({ type: 'deposited', requestId: 1 })
      await device.pass(0)
      expect(device.live().publishing).toEqual(publishing)
      expect(misbehaviour()).toEqual([])
    })
  })

if (isBroad)
  describe('two people', () => {
    test('who have paired have published, and do it again for a relay that has forgotten everything', async () => {
      const world = createWorld(`${seed}/publish/people`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await world.pass(MINUTE_MS)
      expect(alice.held.published.size + bob.held.published.size).toBe(0)
      await pair(world, alice, bob)
      const uploaded = (kemUpTo: number) => () => [alice, bob].every(({ held }) => held.published.get('published')?.kemUpTo === kemUpTo)
      await world.until('both have published', uploaded(92))
      world.restartRelay(true)
      await world.until('both have published again', uploaded(192))
      for (const { held, live } of [alice, bob]) {
        expect(held.published.get('published')).toMatchObject({ x25519Left: range(101, 192), kemLeft: range(101, 192) })
        expect(held.misbehaviour.size).toBe(0)
        expect(live.relay.publish).toBe('off')
      }
      await expectFriends(world, alice, bob)
    })
  })
