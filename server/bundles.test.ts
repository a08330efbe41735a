import { beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../src/crypto/bytes.ts'
import { DEVICE_LIST_LIFE_MS, readDeviceList } from '../src/protocol/identity/identity.ts'
import { type Bundle, generateKemBatch, proveKem, readBundle, STATEMENT_LIFE_MS } from '../src/protocol/prekeys/prekeys.ts'
import type { RelayReply } from '../src/wire/relay-frames.ts'
import { PEOPLE_NOW_MS } from '../test/support/people.ts'
import {
  idsFrom,
  type PrekeyRelay,
  type PublishedAccount,
  type PublishedDevice,
  prekeyRelay,
  publishedAccount,
  publisherOf,
} from '../test/support/published.ts'
import { recordingClient } from '../test/support/recording-client.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import type { OneTimeKind } from './store.ts'

const alice = publishedAccount('bundles/alice')
const pair = publishedAccount('bundles/pair', 2)
const [phone] = alice.devices as [PublishedDevice]
const nameOf = ({ accountId, device }: PublishedDevice) => `${toHex(accountId)}/${device.tag}`

/** Publishes the list, and of each device the statement and so many one-time keys of each kind. */
const publish = async (relay: PrekeyRelay, account: PublishedAccount, count: number) => {
  for (const device of account.devices) {
    const publisher = publisherOf(relay.publication, device, recordingClient('198.51.100.1'))
    const requests = [
      { type: 'put-device-list', accountKey: account.account.publicKey, deviceList: account.deviceList() },
      { type: 'put-statement', statement: device.statement() },
      ...(count > 0 ? [{ type: 'add-one-time-x25519', keys: device.x25519Uploads(idsFrom(1, count)) } as const] : []),
      ...(count > 0 ? [{ type: 'add-one-time-kem', keys: device.kemUploads(idsFrom(1, count)) } as const] : []),
    ] as const
    for (const request of requests) expect(await publisher.ask(request)).toMatchObject({ type: 'done' })
  }
}

interface Fetched {
  readonly frames: readonly RelayReply[]
  readonly bundles: readonly Bundle[]
}

/** Somebody asks, and believes nothing that the account's keys do not vouch for. */
const fetchFrom = async (
  { bundles }: PrekeyRelay,
  account: PublishedAccount,
  { tag, from = '203.0.113.1', nowMs = PEOPLE_NOW_MS }: { readonly tag?: number; readonly from?: string; readonly nowMs?: number } = {},
): Promise<Fetched> => {
  const client = recordingClient(from)
  const { accountId } = account
  expect(await bundles.fetch(client, { type: 'fetch-bundles', requestId: 5, accountId, tag })).toEqual({ ok: true })
  const frames = client.heard()
  expect(frames.at(-1)).toEqual({ type: 'bundles-end', requestId: 5 })
  const [list] = frames
  if (list?.type !== 'device-list') return { frames, bundles: [] }
  expect(toHex(list.accountKey)).toBe(toHex(account.account.publicKey))
  const read = readDeviceList(list.deviceList, { accountKey: list.accountKey, nowMs, known: undefined })
  if (!read.ok) throw new Error(read.reason)
  const served = frames.slice(1, -1).map((frame) => {
    if (frame.type !== 'bundle' || frame.requestId !== 5) throw new Error(`a bundle, not ${frame.type}`)
    const device = read.list.devices.find((each) => each.tag === frame.tag)
    if (!device) throw new Error('a device of the list')
    const bundle = readBundle(frame.bundle, { accountId, device, nowMs })
    if (!bundle.ok) throw new Error(bundle.reason)
    return bundle.bundle
  })
  return { frames, bundles: served }
}

/** X25519 id and KEM id of each bundle; `-` where the bundle has none. */
const keysOf = ({ bundles }: Fetched): readonly string[] =>
  bundles.map(({ oneTimeX25519, oneTimeKem }) => `${oneTimeX25519?.id ?? '-'} ${oneTimeKem?.id ?? '-'}`)

let relay: PrekeyRelay
beforeEach(() => {
  relay = prekeyRelay()
})

describe('OTRv4 ADR 012: Prekey server', () => {
  test('scenario 1: several prekey messages of one identity and one instance tag: one prekey ensemble is delivered', async () => {
    await publish(relay, alice, 2)
    const fetched = await fetchFrom(relay, alice)
    expect(fetched.frames.map(({ type }) => type)).toEqual(['device-list', 'bundle', 'bundles-end'])
    expect(keysOf(fetched)).toEqual(['1 1'])
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['2 2'])
  })

  test('scenario 2: several instance tags of one identity: one prekey ensemble is delivered for each of them', async () => {
    await publish(relay, pair, 1)
    const fetched = await fetchFrom(relay, pair)
    expect(fetched.frames.map(({ type }) => type)).toEqual(['device-list', 'bundle', 'bundle', 'bundles-end'])
    expect(fetched.bundles.map(({ tag }) => tag)).toEqual(pair.devices.map(({ device }) => device.tag))
    expect(keysOf(fetched)).toEqual(['1 1', '1 1'])
  })
})

describe('who is found', () => {
  const [one, two] = pair.devices as [PublishedDevice, PublishedDevice]
  const END_ONLY = [{ type: 'bundles-end', requestId: 5 }]

  test('one named device, and nothing of the other is taken', async () => {
    await publish(relay, pair, 1)
    const fetched = await fetchFrom(relay, pair, { tag: two.device.tag })
    expect(fetched.bundles.map(({ tag }) => tag)).toEqual([two.device.tag])
    expect((await relay.store.listOneTime(nameOf(one), 'x25519')).keys).toHaveLength(1)
  })

  test('a device whose statement is missing or over is left out', async () => {
    await publish(relay, pair, 1)
    await publisherOf(relay.publication, one).ask({ type: 'delete-device' })
    expect((await fetchFrom(relay, pair)).bundles.map(({ tag }) => tag)).toEqual([two.device.tag])
    relay.advance(STATEMENT_LIFE_MS - 1)
    expect((await fetchFrom(relay, pair, { nowMs: PEOPLE_NOW_MS + STATEMENT_LIFE_MS - 1 })).bundles).toHaveLength(1)
    relay.advance(1)
    expect((await fetchFrom(relay, pair)).frames).toEqual(END_ONLY)
  })

  test('a device that the kept list does not name is left out, whatever is kept under its name', async () => {
    await publish(relay, pair, 1)
    const shorter = pair.deviceList({ version: 2, devices: [two] })
    const asTwo = publisherOf(relay.publication, two)
    await asTwo.ask({ type: 'put-device-list', accountKey: pair.account.publicKey, deviceList: shorter })
    await relay.store.putStatement(
      nameOf(one),
      { statement: one.statement(), createdAtMs: PEOPLE_NOW_MS, expiresAtMs: PEOPLE_NOW_MS + STATEMENT_LIFE_MS },
      0,
    )
    expect((await fetchFrom(relay, pair)).bundles.map(({ tag }) => tag)).toEqual([two.device.tag])
    expect((await fetchFrom(relay, pair, { tag: one.device.tag })).frames).toEqual(END_ONLY)
  })

  test('a statement of another identity key than the list has is not served', async () => {
    await publish(relay, pair, 1)
    const kept = await relay.store.getStatement(nameOf(two))
    if (!kept) throw new Error('a statement')
    await relay.store.putStatement(nameOf(one), { ...kept, createdAtMs: kept.createdAtMs + 1 }, kept.createdAtMs)
    expect((await fetchFrom(relay, pair)).bundles.map(({ tag }) => tag)).toEqual([two.device.tag])
  })

  test('nobody, once the device list has expired', async () => {
    await publish(relay, pair, 1)
    relay.advance(DEVICE_LIST_LIFE_MS)
    const nowMs = PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS
    await relay.store.putStatement(
      nameOf(one),
      { statement: one.statement({ nowMs }), createdAtMs: nowMs, expiresAtMs: nowMs + STATEMENT_LIFE_MS },
      PEOPLE_NOW_MS,
    )
    expect((await fetchFrom(relay, pair)).frames).toEqual(END_ONLY)
  })

  test('accounts that are unknown, empty, expired, or without the named device look exactly the same', async () => {
    const empty = publishedAccount('bundles/empty')
    const [device] = empty.devices as [PublishedDevice]
    const publisher = publisherOf(relay.publication, device)
    await publisher.ask({ type: 'put-device-list', accountKey: empty.account.publicKey, deviceList: empty.deviceList() })
    await publish(relay, alice, 1)
    const unknown = await fetchFrom(relay, publishedAccount('bundles/unknown'))
    expect(unknown.frames).toEqual(END_ONLY)
    expect((await fetchFrom(relay, empty)).frames).toEqual(unknown.frames)
    for (const tag of [0, 0x101, 0xffffffff]) expect((await fetchFrom(relay, alice, { tag })).frames).toEqual(unknown.frames)
    relay.advance(STATEMENT_LIFE_MS)
    expect((await fetchFrom(relay, alice)).frames).toEqual(unknown.frames)
  })
})

describe('one-time keys', () => {
  test('are never required: without them a bundle names the last-resort key', async () => {
    await publish(relay, alice, 0)
    const fetched = await fetchFrom(relay, alice)
    expect(keysOf(fetched)).toEqual(['- -'])
    expect(fetched.bundles[0]?.lastResort.id).toBe(1)
  })

  test('one kind may run out before the other', async () => {
    await publish(relay, alice, 1)
    await publisherOf(relay.publication, phone).ask({ type: 'add-one-time-kem', keys: phone.kemUploads([2]) })
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['1 1'])
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- 2'])
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- -'])
  })

  test('20 retrievals at once of 7 keys: 7 get one each, all different, and 13 the last-resort key', async () => {
    await publish(relay, alice, 7)
    const fetched = await Promise.all(Array.from({ length: 20 }, () => fetchFrom(relay, alice)))
    const keys = fetched.flatMap(keysOf)
    expect(keys).toHaveLength(20)
    expect(keys.filter((key) => key === '- -')).toHaveLength(13)
    const taken = fetched.flatMap(({ bundles }) => bundles).filter(({ oneTimeX25519 }) => oneTimeX25519)
    expect(new Set(taken.map(({ oneTimeX25519 }) => oneTimeX25519?.id))).toEqual(new Set(idsFrom(1, 7)))
    expect(new Set(taken.map(({ oneTimeKem }) => oneTimeKem?.id))).toEqual(new Set(idsFrom(1, 7)))
  })

  test('a key that was served does not come back when its upload is repeated, on the same request id or another', async () => {
    await publish(relay, alice, 3)
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['1 1'])
    const publisher = publisherOf(relay.publication, phone)
    const again = { type: 'add-one-time-x25519', keys: phone.x25519Uploads([1, 2, 3]) } as const
    expect(await publisher.ask(again)).toMatchObject({ type: 'done', spentIds: [1] })
    expect(await publisher.ask({ type: 'add-one-time-kem', keys: phone.kemUploads([1, 2, 3]) })).toMatchObject({ spentIds: [1] })
    const rest = await Promise.all([1, 2, 3, 4].map(() => fetchFrom(relay, alice)))
    expect(rest.flatMap(keysOf).sort()).toEqual(['- -', '- -', '2 2', '3 3'])
  })

  test('of a batch that the statement does not name, or that has expired, are not served', async () => {
    const soon = { ...phone.batch, expiresAtMs: PEOPLE_NOW_MS + 1_000 }
    const later = generateKemBatch(201, PEOPLE_NOW_MS, seededRandom('bundles/later'))
    const publisher = publisherOf(relay.publication, phone)
    await publisher.ask({ type: 'put-device-list', accountKey: alice.account.publicKey, deviceList: alice.deviceList() })
    await publisher.ask({ type: 'put-statement', statement: phone.statement({ batches: [soon, later] }) })
    await publisher.ask({ type: 'add-one-time-kem', keys: phone.kemUploads([1, 2]) })
    const proven = proveKem(later, 201)
    await publisher.ask({ type: 'add-one-time-kem', keys: [{ ...proven, path: [...proven.path] }] })
    // Between two batches: as if a drop had been cut short.
    await relay.store.addOneTime(nameOf(phone), 'kem', [{ id: 301, key: new Uint8Array(1792) }], 400)
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- 1'])
    relay.advance(1_000)
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- 201'])
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- -'])
  })

  test('a pop in doubt burns the key and serves the last-resort key', async () => {
    let isLost = true
    relay = prekeyRelay({}, (store) => ({
      ...store,
      popOneTime: async (...args) => {
        const popped = await store.popOneTime(...args)
        return isLost ? null : popped
      },
    }))
    await publish(relay, alice, 2)
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['- -'])
    isLost = false
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['2 2'])
  })
})

describe('limits', () => {
  const MINUTE_MS = 60_000
  const drains = { drainsPerAddressAndTarget: { burst: 6, perSecond: 1 / 600 }, drainsPerTarget: { burst: 60, perSecond: 1 / 60 } }
  /** How many of so many retrievals took one-time keys with them. */
  const taken = async (
    account: PublishedAccount,
    count: number,
    { tag, from = '203.0.113.1' }: { readonly tag?: number; readonly from?: string } = {},
  ) => {
    const left = async (kind: OneTimeKind) => {
      const kept = await Promise.all(account.devices.map((device) => relay.store.listOneTime(nameOf(device), kind)))
      return kept.reduce((sum, { keys }) => sum + keys.length, 0)
    }
    const before = { x25519: await left('x25519'), kem: await left('kem') }
    for (let i = 0; i < count; i++) {
      const client = recordingClient(from)
      const request = { type: 'fetch-bundles', requestId: 5, accountId: account.accountId, tag } as const
      expect(await relay.bundles.fetch(client, request)).toEqual({ ok: true })
      expect(client.heard().map(({ type }) => type)).toEqual(['device-list', 'bundle', 'bundles-end'])
    }
    const got = before.x25519 - (await left('x25519'))
    expect(before.kem - (await left('kem'))).toBe(got)
    return got
  }

  test('from one network address: 6 at once, then one each ten minutes; all others get the last-resort key', async () => {
    relay = prekeyRelay(drains)
    await publish(relay, alice, 30)
    expect(await taken(alice, 6)).toBe(6)
    const beyond = await fetchFrom(relay, alice)
    expect(beyond.frames.map(({ type }) => type)).toEqual(['device-list', 'bundle', 'bundles-end'])
    expect(keysOf(beyond)).toEqual(['- -'])
    relay.advance(10 * MINUTE_MS - 1)
    expect(await taken(alice, 3)).toBe(0)
    relay.advance(1)
    expect(await taken(alice, 3)).toBe(1)
    relay.advance(60 * MINUTE_MS)
    expect(await taken(alice, 9)).toBe(6)
    expect((await relay.store.listOneTime(nameOf(phone), 'x25519')).keys).toHaveLength(30 - 13)
  })

  test('another network address and another device have limits of their own', async () => {
    relay = prekeyRelay(drains)
    await publish(relay, pair, 20)
    const [one, two] = pair.devices as [PublishedDevice, PublishedDevice]
    expect(await taken(pair, 7, { tag: one.device.tag })).toBe(6)
    expect(await taken(pair, 7, { tag: two.device.tag })).toBe(6)
    expect(await taken(pair, 7, { tag: one.device.tag, from: '203.0.113.2' })).toBe(6)
  })

  test('from everywhere: 60 of one device at once, then one a minute', async () => {
    relay = prekeyRelay(drains)
    await publish(relay, alice, 35)
    await publisherOf(relay.publication, phone).ask({ type: 'add-one-time-x25519', keys: phone.x25519Uploads(idsFrom(36, 70)) })
    await publisherOf(relay.publication, phone).ask({ type: 'add-one-time-kem', keys: phone.kemUploads(idsFrom(36, 70)) })
    let got = 0
    for (let i = 0; i < 10; i++) got += await taken(alice, 6, { from: `203.0.113.${i}` })
    expect(got).toBe(60)
    expect(await taken(alice, 1, { from: '203.0.113.100' })).toBe(0)
    relay.advance(MINUTE_MS - 1)
    expect(await taken(alice, 1, { from: '203.0.113.101' })).toBe(0)
    relay.advance(1)
    expect(await taken(alice, 2, { from: '203.0.113.102' })).toBe(1)
  })

  test('retrievals of whatever from one network address: beyond them nothing is looked up', async () => {
    relay = prekeyRelay({ retrievalsPerAddress: { burst: 2, perSecond: 0.1 } })
    await publish(relay, alice, 5)
    await fetchFrom(relay, alice)
    await fetchFrom(relay, publishedAccount('bundles/unknown'))
    const client = recordingClient('203.0.113.1')
    const request = { type: 'fetch-bundles', requestId: 5, accountId: alice.accountId, tag: undefined } as const
    expect(await relay.bundles.fetch(client, request)).toEqual({ ok: false, reason: 'too-many-requests' })
    expect(client.heard()).toEqual([])
    expect((await relay.store.listOneTime(nameOf(phone), 'x25519')).keys).toHaveLength(4)
    expect(keysOf(await fetchFrom(relay, alice, { from: '203.0.113.2' }))).toEqual(['2 2'])
    relay.advance(10_000)
    expect(keysOf(await fetchFrom(relay, alice))).toEqual(['3 3'])
  })

  test('sweeping forgets nothing that still counts', async () => {
    relay = prekeyRelay(drains)
    await publish(relay, alice, 20)
    await taken(alice, 6)
    relay.bundles.sweep()
    expect(await taken(alice, 1)).toBe(0)
  })
})
