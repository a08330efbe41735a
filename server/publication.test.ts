import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { x25519KeyPair } from '../src/crypto/x25519.ts'
import { beginAuthentication, finishAuthentication, openReply, relayKeyPair, sealRequest } from '../src/protocol/relay-auth/relay-auth.ts'
import { decodePublicationReply, encodePublicationRequest } from '../src/wire/publication-frames.ts'
import { PEOPLE_NOW_MS } from '../test/support/people.ts'
import {
  aRequestId,
  authenticate,
  idsFrom,
  type PrekeyRelay,
  type PublishedDevice,
  prekeyRelay,
  publishedAccount,
  publisherOf,
} from '../test/support/published.ts'
import { recordingClient } from '../test/support/recording-client.ts'
import { StoreFailure } from './measured-store.ts'
import type { PrekeyLimits } from './prekeys.ts'
import type { Store } from './store.ts'

const alice = publishedAccount('alice')
const [phone] = alice.devices as [PublishedDevice]
/** In the store. */
const PHONE = `${toHex(alice.accountId)}/256`
const listOf = (account = alice) => ({
  type: 'put-device-list' as const,
  accountKey: account.account.publicKey,
  deviceList: account.deviceList(),
})
const OK = { ok: true }
const refusedFrame = (reason: string) => ({ ok: false, reason })
const done = { type: 'done', spentIds: [] }

/** A relay on which alice's phone has published its list and statement and has one connection. */
const withPhone = async (limits: Partial<PrekeyLimits> = {}, over?: (store: Store) => Store) => {
  const relay = prekeyRelay(limits, over)
  const publisher = publisherOf(relay.publication, phone)
  expect(await publisher.ask(listOf())).toMatchObject(done)
  expect(await publisher.ask({ type: 'put-statement', statement: phone.statement() })).toMatchObject(done)
  return { ...relay, publisher }
}

describe('authentication', () => {
  test('a device that shows its identity key is heard, and hears the relay', async () => {
    const { publisher } = await withPhone()
    expect(await publisher.ask({ type: 'status' })).toMatchObject({ type: 'status', x25519: { highestId: 0, leftIds: [] } })
  })

  test('without one, nothing is taken', async () => {
    const { publication } = prekeyRelay()
    const { sealed } = sealRequest(authenticate(publication, phone).channel, Uint8Array.of(1, 5))
    expect(await publication.perform(recordingClient(), { type: 'authenticated', ...sealed })).toEqual(refusedFrame('not-allowed'))
  })

  test('somebody else’s identity key opens nothing: the first frame is refused and the authentication is over', async () => {
    const { publication } = prekeyRelay()
    const mallory = x25519KeyPair((length) => new Uint8Array(length).fill(9))
    const claiming = { ...phone, identity: { ...mallory, publicKey: phone.identity.publicKey } }
    const publisher = publisherOf(publication, claiming)
    await expect(publisher.ask({ type: 'status' })).rejects.toThrow('not-allowed')
    await expect(publisher.ask({ type: 'status' })).rejects.toThrow('not-allowed')
    expect(publisher.client.heard()).toEqual([])
  })

  test('one’s own key in another account’s name gets nothing of that account', async () => {
    const { publication } = await withPhone()
    const mallory = x25519KeyPair((length) => new Uint8Array(length).fill(9))
    const stranger = publisherOf(publication, { ...phone, identity: mallory })
    const statement = phone.statement()
    const requests = [
      listOf(),
      { type: 'put-statement', statement },
      { type: 'add-one-time-x25519', keys: phone.x25519Uploads([1]) },
      { type: 'add-one-time-kem', keys: phone.kemUploads([1]) },
      { type: 'status' },
      { type: 'delete-device' },
    ] as const
    for (const request of requests) expect(await stranger.ask(request)).toMatchObject({ type: 'refused', reason: 'unknown-device' })
    expect(await publisherOf(publication, phone).ask({ type: 'status' })).toMatchObject({ statementHash: expect.any(Uint8Array) })
  })

  test('keys of small order and second encodings are refused', () => {
    const { publication } = prekeyRelay()
    const { claim } = beginAuthentication({ ...phone, tag: 0x100, random: (length) => new Uint8Array(length).fill(7) })
    const bad = [new Uint8Array(32), fromHex(`ec${'ff'.repeat(30)}7f`), fromHex(`f6${'ff'.repeat(30)}7f`)]
    for (const key of bad) {
      const client = recordingClient()
      const frame = { type: 'authenticate', requestId: 1, ...claim } as const
      expect(publication.authenticate(client, { ...frame, identityKey: key })).toEqual(refusedFrame('not-allowed'))
      expect(publication.authenticate(client, { ...frame, ephemeralKey: key })).toEqual(refusedFrame('not-allowed'))
      expect(client.heard()).toEqual([])
    }
  })

  test('each challenge is another: nonce and key', () => {
    const { publication } = prekeyRelay()
    const { claim } = beginAuthentication({ ...phone, tag: 0x100, random: (length) => new Uint8Array(length).fill(7) })
    const challenges = [1, 2, 3].map(() => {
      const client = recordingClient()
      expect(publication.authenticate(client, { type: 'authenticate', requestId: 4, ...claim })).toEqual(OK)
      const [challenge] = client.heard()
      if (challenge?.type !== 'challenge') throw new Error('a challenge')
      expect(challenge.requestId).toBe(4)
      return challenge
    })
    expect(new Set(challenges.map(({ nonce }) => toHex(nonce))).size).toBe(3)
    expect(new Set(challenges.map(({ ephemeralKey }) => toHex(ephemeralKey))).size).toBe(3)
  })

  test('a connection has one at a time', () => {
    const { publication } = prekeyRelay()
    const { client } = authenticate(publication, phone)
    expect(() => authenticate(publication, phone, client)).toThrow('not-allowed')
    publication.lose(client)
    expect(() => authenticate(publication, phone, client)).not.toThrow()
  })

  test('a challenge that is not used within a minute is void', async () => {
    const { publication, advance } = prekeyRelay()
    const early = publisherOf(publication, phone)
    const late = publisherOf(publication, phone)
    advance(59_999)
    expect(await early.ask(listOf())).toMatchObject(done)
    advance(1)
    await expect(late.ask({ type: 'status' })).rejects.toThrow('not-allowed')
    expect(() => authenticate(publication, phone, late.client)).not.toThrow()
    advance(3_600_000)
    expect(await early.ask({ type: 'status' })).toMatchObject({ type: 'status' })
  })

  test('a device that has pinned another relay’s key is not heard here: whoever stands between the two gets nothing done', async () => {
    const { publication } = prekeyRelay()
    const client = recordingClient()
    const awaiting = beginAuthentication({ ...phone, tag: 0x100, random: (length) => new Uint8Array(length).fill(7) })
    publication.authenticate(client, { type: 'authenticate', requestId: 1, ...awaiting.claim })
    const [challenge] = client.heard()
    if (challenge?.type !== 'challenge') throw new Error('a challenge')
    const finished = finishAuthentication(awaiting, challenge, relayKeyPair(new Uint8Array(32).fill(0x77)).publicKey)
    if (!finished.ok) throw new Error(finished.reason)
    const { sealed } = sealRequest(finished.channel, encodePublicationRequest({ type: 'status', requestId: aRequestId('pinned') }))
    expect(await publication.perform(client, { type: 'authenticated', ...sealed })).toEqual(refusedFrame('not-allowed'))
    expect(client.heard()).toEqual([])
  })
})

describe('frames', () => {
  const perform = ({ publication }: Pick<PrekeyRelay, 'publication'>, publisher: ReturnType<typeof publisherOf>, changed: object) =>
    publication.perform(publisher.client, { type: 'authenticated', ...publisher.seal({ type: 'delete-device' }), ...changed })

  test.each([
    ['its number', { sequence: 4 }],
    ['a number of before', { sequence: 2 }],
    ['its MAC', { mac: new Uint8Array(32) }],
    ['its kind', { body: Uint8Array.of(1, 5, ...aRequestId('frame')) }],
    ['its body', { body: Uint8Array.of(1, 6, ...aRequestId('frame')) }],
    ['all of its body', { body: new Uint8Array(0) }],
  ])('altered in %s: refused, nothing is done, and the authentication is over', async (_, changed) => {
    const relay = await withPhone()
    expect(await perform(relay, relay.publisher, changed)).toEqual(refusedFrame('not-allowed'))
    expect(relay.publisher.client.heard()).toEqual([])
    expect(await relay.store.getStatement(PHONE)).toBeDefined()
    await expect(relay.publisher.ask({ type: 'status' })).rejects.toThrow('not-allowed')
  })

  test('sent again by somebody on the way: refused', async () => {
    const relay = await withPhone()
    const sealed = relay.publisher.seal({ type: 'status' })
    const frame = { type: 'authenticated', ...sealed } as const
    expect(await relay.publication.perform(relay.publisher.client, frame)).toEqual(OK)
    expect(await relay.publication.perform(relay.publisher.client, frame)).toEqual(refusedFrame('not-allowed'))
  })

  test('a reply sent back as a request: refused', async () => {
    const relay = await withPhone()
    const frame = { type: 'authenticated', ...relay.publisher.seal({ type: 'status' }) } as const
    await relay.publication.perform(relay.publisher.client, frame)
    const [reply] = relay.publisher.client.heard()
    if (reply?.type !== 'authenticated') throw new Error('a reply')
    expect(await relay.publication.perform(relay.publisher.client, { ...reply, sequence: 4 })).toEqual(refusedFrame('not-allowed'))
  })

  test('several at once are answered in their order', async () => {
    const { publication } = prekeyRelay()
    const authenticated = authenticate(publication, phone)
    let { channel } = authenticated
    const ids = ['a', 'b', 'c', 'd'].map(aRequestId)
    const performed = ids.map((requestId) => {
      const request = sealRequest(channel, encodePublicationRequest({ type: 'status', requestId }))
      channel = request.channel
      return publication.perform(authenticated.client, { type: 'authenticated', ...request.sealed })
    })
    expect(await Promise.all(performed)).toEqual([OK, OK, OK, OK])
    const heard = authenticated.client.heard().map((reply) => {
      if (reply.type !== 'authenticated') throw new Error('a reply')
      const opened = openReply(channel, reply)
      if (!opened.ok) throw new Error(opened.reason)
      channel = opened.channel
      const decoded = decodePublicationReply(opened.body)
      return decoded.ok ? toHex(decoded.value.requestId) : decoded.reason
    })
    expect(heard).toEqual(ids.map(toHex))
  })

  test.each([
    ['nothing of the kind', Uint8Array.of(1, 9, ...aRequestId('x'), 1, 2, 3), aRequestId('x')],
    ['another version', Uint8Array.of(2, 5, ...aRequestId('x')), aRequestId('x')],
    ['no whole id', Uint8Array.of(1, 5, 1, 2, 3), new Uint8Array(16)],
    ['something behind it', Uint8Array.of(1, 5, ...aRequestId('x'), 0), aRequestId('x')],
  ])('a body that is %s is answered `malformed`, and the authentication goes on', async (_, body, requestId) => {
    const { publisher } = await withPhone()
    expect(await publisher.askBody(body)).toEqual({ type: 'refused', requestId, reason: 'malformed', ids: [], storedHash: undefined })
    expect(await publisher.ask({ type: 'status' })).toMatchObject({ type: 'status' })
  })

  test('hostile bodies: whatever bytes a device of ours sends are answered, and change nothing that is kept', async () => {
    const { publisher, store } = await withPhone()
    const good = encodePublicationRequest({ type: 'add-one-time-kem', requestId: aRequestId('good'), keys: phone.kemUploads([1]) })
    const whatIsKept = async () => [
      await store.getStatement(PHONE),
      await store.listOneTime(PHONE, 'kem'),
      await store.listOneTime(PHONE, 'x25519'),
    ]
    const before = await whatIsKept()
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc
            .tuple(fc.integer({ min: 0, max: 8 }), fc.uint8Array({ maxLength: 300 }))
            .map(([type, rest]) => Uint8Array.of(1, type, ...rest)),
          fc
            .tuple(fc.integer({ min: 18, max: good.length - 1 }), fc.integer({ min: 1, max: 255 }))
            .map(([at, change]) => good.with(at, (good[at] ?? 0) ^ change)),
          fc.integer({ min: 2, max: good.length - 1 }).map((length) => good.slice(0, length)),
        ),
        async (body) => {
          const reply = await publisher.askBody(body)
          // 18 bytes with a type that takes no more: an honest status or deletion, which chance does not make here.
          expect(reply.type === 'refused' ? reply.type : `${reply.type} to ${toHex(body)}`).toBe('refused')
        },
      ),
      { numRuns: 300 },
    )
    expect(await whatIsKept()).toEqual(before)
  })

  test('nothing is said to a connection that is gone, and what it asked for is done', async () => {
    const { publication, publisher, store } = await withPhone()
    const performed = publication.perform(publisher.client, { type: 'authenticated', ...publisher.seal({ type: 'delete-device' }) })
    publication.lose(publisher.client)
    expect(await performed).toEqual(OK)
    expect(publisher.client.heard()).toEqual([])
    expect(await store.getStatement(PHONE)).toBeUndefined()
  })
})

describe('a request that comes again', () => {
  const add = (id: string, ids: readonly number[]) => ({
    type: 'add-one-time-x25519' as const,
    requestId: aRequestId(id),
    keys: phone.x25519Uploads(ids),
  })

  test('is answered as the first time for ten minutes, on any connection, whatever has happened since', async () => {
    const { publication, publisher, store, advance } = await withPhone()
    expect(await publisher.ask(add('once', [1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [] })
    await store.popOneTime(PHONE, 'x25519')
    const again = publisherOf(publication, phone)
    expect(await again.ask(add('once', [1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [] })
    advance(599_999)
    expect(await again.ask(add('once', [1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [] })
    advance(1)
    expect(await again.ask(add('once', [1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [1] })
  })

  test('a refusal, too, is the answer of the first time', async () => {
    const { publisher } = await withPhone()
    const early = { type: 'add-one-time-kem' as const, requestId: aRequestId('early'), keys: phone.kemUploads([1]) }
    await publisher.ask({ type: 'put-statement', statement: phone.statement({ nowMs: PEOPLE_NOW_MS + 1, batches: [] }) })
    expect(await publisher.ask(early)).toMatchObject({ reason: 'bad-path', ids: [1] })
    await publisher.ask({ type: 'put-statement', statement: phone.statement({ nowMs: PEOPLE_NOW_MS + 2 }) })
    expect(await publisher.ask(early)).toMatchObject({ reason: 'bad-path', ids: [1] })
    expect(await publisher.ask({ ...early, requestId: aRequestId('later') })).toMatchObject(done)
  })

  test('with another body it is refused, and the first stays', async () => {
    const { publisher } = await withPhone()
    await publisher.ask(add('once', [1]))
    expect(await publisher.ask(add('once', [1, 2]))).toMatchObject({ type: 'refused', reason: 'conflict', ids: [] })
    expect(await publisher.ask({ type: 'delete-device', requestId: aRequestId('once') })).toMatchObject({ reason: 'conflict' })
    expect(await publisher.ask({ type: 'status' })).toMatchObject({ x25519: { leftIds: [1] } })
  })

  test('a status is looked up anew', async () => {
    const { publisher } = await withPhone()
    const status = { type: 'status' as const, requestId: aRequestId('look') }
    expect(await publisher.ask(status)).toMatchObject({ x25519: { leftIds: [] } })
    await publisher.ask(add('add', [1, 2]))
    expect(await publisher.ask(status)).toMatchObject({ x25519: { leftIds: [1, 2] } })
  })

  test('of another device under the same id is another request', async () => {
    const pair = publishedAccount('pair', 2)
    const [one, two] = pair.devices as [PublishedDevice, PublishedDevice]
    const { publication } = prekeyRelay()
    await publisherOf(publication, one).ask(listOf(pair))
    for (const device of [one, two]) {
      const keys = device.x25519Uploads([1])
      const publisher = publisherOf(publication, device)
      expect(await publisher.ask({ type: 'add-one-time-x25519', requestId: aRequestId('same'), keys })).toMatchObject(done)
    }
  })

  test('twice at the same time is performed once', async () => {
    const { publication, store } = await withPhone()
    const publishers = [1, 2, 3, 4].map(() => publisherOf(publication, phone))
    const replies = await Promise.all(publishers.map((publisher) => publisher.ask(add('race', idsFrom(1, 20)))))
    for (const reply of replies) expect(reply).toMatchObject({ type: 'done', spentIds: [] })
    expect((await store.listOneTime(PHONE, 'x25519')).keys).toHaveLength(20)
  })
})

describe('in doubt', () => {
  /** Lets the store do what it is asked and loses its answer, as often as `losses` says. */
  const losing = (losses: Map<string, number>, lost: unknown) => (store: Store) =>
    new Proxy(store, {
      get: (target, property) => {
        const operation: unknown = Reflect.get(target, property)
        if (typeof operation !== 'function') return operation
        return async (...args: readonly unknown[]) => {
          const answer: unknown = await Reflect.apply(operation, target, args)
          const left = losses.get(String(property)) ?? 0
          if (left === 0) return answer
          losses.set(String(property), left - 1)
          if (lost instanceof Error) throw lost
          return lost
        }
      },
    })
  const IN_DOUBT = { ok: false, reason: 'in-doubt' }

  test.each([
    ['putDeviceList', IN_DOUBT],
    ['putStatement', IN_DOUBT],
    ['addOneTime', IN_DOUBT],
    ['dropDevice', 'in-doubt'],
    ['keepOneTime', 'in-doubt'],
    ['getDeviceList', new StoreFailure('lost')],
    ['getStatement', new StoreFailure('lost')],
    ['listOneTime', new StoreFailure('lost')],
  ] as const)('an answer that %s lost is never a success, and the same request again gets the true one', async (operation, lost) => {
    const losses = new Map<string, number>()
    const { publication } = prekeyRelay({}, losing(losses, lost))
    const publisher = publisherOf(publication, phone)
    const lists = publishedAccount('shrinking', 2)
    const [kept, gone] = lists.devices as [PublishedDevice, PublishedDevice]
    const both = publisherOf(publication, kept)
    await both.ask(listOf(lists))
    await publisherOf(publication, gone).ask({ type: 'add-one-time-x25519', keys: gone.x25519Uploads([1]) })
    const shorter = { ...listOf(lists), deviceList: lists.deviceList({ version: 2, devices: [kept] }) }
    const requests = [
      [publisher, listOf()],
      [publisher, { type: 'put-statement', statement: phone.statement() }],
      [publisher, { type: 'add-one-time-x25519', keys: phone.x25519Uploads([1, 2]) }],
      [publisher, { type: 'add-one-time-kem', keys: phone.kemUploads([1, 2]) }],
      [both, shorter],
      [publisher, { type: 'delete-device' }],
    ] as const
    let doubts = 0
    for (const [i, [asking, request]] of requests.entries()) {
      const requestId = aRequestId(`doubt/${operation}/${i}`)
      losses.set(operation, 1)
      const first = await asking.ask({ ...request, requestId })
      const wasLost = losses.get(operation) === 0
      losses.clear()
      if (wasLost) {
        doubts += 1
        expect(first).toMatchObject({ type: 'refused', reason: 'in-doubt' })
      }
      expect(await asking.ask({ ...request, requestId })).toMatchObject({ type: 'done', spentIds: [] })
    }
    losses.set(operation, 1)
    const status = await publisher.ask({ type: 'status' })
    if (losses.get(operation) === 0) {
      doubts += 1
      expect(status).toMatchObject({ type: 'refused', reason: 'in-doubt' })
    }
    expect(doubts).toBeGreaterThan(0)
  })

  test('a bug is no doubt: it is thrown', async () => {
    const { publication } = prekeyRelay({}, losing(new Map([['getDeviceList', 1]]), new Error('a bug')))
    await expect(publisherOf(publication, phone).ask({ type: 'status' })).rejects.toThrow('a bug')
  })
})

describe('limits', () => {
  const rate = { burst: 2, perSecond: 0.1 }

  test('authentications from one network address', () => {
    const { publication, advance } = prekeyRelay({ authenticationsPerAddress: rate })
    const from = (address: string) => () => authenticate(publication, phone, recordingClient(address))
    from('192.0.2.1')()
    from('192.0.2.1')()
    expect(from('192.0.2.1')).toThrow('too-many-requests')
    expect(from('192.0.2.2')).not.toThrow()
    advance(10_000)
    expect(from('192.0.2.1')).not.toThrow()
    expect(from('192.0.2.1')).toThrow('too-many-requests')
  })

  test('publications from one network address, by length; a frame refused for haste was not read and may come again', async () => {
    const { publication, advance } = prekeyRelay({ publicationsPerAddress: { burst: 3, perSecond: 0.1 } })
    const publisher = publisherOf(publication, phone)
    // An account key and a list with one device are about 10,800 bytes: three units of 4 KiB.
    expect(await publisher.ask(listOf())).toMatchObject(done)
    const frame = { type: 'authenticated', ...publisher.seal({ type: 'status' }) } as const
    expect(await publication.perform(publisher.client, frame)).toEqual(refusedFrame('too-many-requests'))
    advance(10_000)
    expect(await publication.perform(publisher.client, frame)).toEqual(OK)
  })

  test('accounts and devices that are new, from one network address; known ones need no place', async () => {
    const { publication, advance } = prekeyRelay({ newcomersPerAddress: rate })
    const publisher = publisherOf(publication, phone)
    expect(await publisher.ask(listOf())).toMatchObject(done)
    expect(await publisher.ask({ type: 'put-statement', statement: phone.statement() })).toMatchObject(done)
    const bob = publishedAccount('bob')
    const [laptop] = bob.devices as [PublishedDevice]
    const newcomer = publisherOf(publication, laptop)
    expect(await newcomer.ask(listOf(bob))).toMatchObject({ type: 'refused', reason: 'relay-full' })
    expect(await publisher.ask({ type: 'put-statement', statement: phone.statement({ nowMs: PEOPLE_NOW_MS + 1 }) })).toMatchObject(done)
    expect(await publisherOf(publication, laptop, recordingClient('192.0.2.2')).ask(listOf(bob))).toMatchObject(done)
    advance(10_000)
    expect(await newcomer.ask({ type: 'put-statement', statement: laptop.statement() })).toMatchObject(done)
  })

  test('nothing is kept of connections, requests and network addresses of before', async () => {
    const { publication, publisher, advance } = await withPhone()
    authenticate(publication, phone)
    publication.lose(publisher.client)
    advance(86_400_000)
    expect(() => publication.sweep()).not.toThrow()
    expect(await publisherOf(publication, phone).ask({ type: 'status' })).toMatchObject({ type: 'status' })
  })
})
