import { beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../src/crypto/bytes.ts'
import { sha256 } from '../src/crypto/hash.ts'
import { DEVICE_LIST_LIFE_MS } from '../src/protocol/identity/identity.ts'
import { BATCH_LIFE_MS, digestOf, generateKemBatch, hashOfStatement, proveKem, STATEMENT_LIFE_MS } from '../src/protocol/prekeys/prekeys.ts'
import { PEOPLE_NOW_MS } from '../test/support/people.ts'
import {
  idsFrom,
  type PrekeyRelay,
  type PublishedDevice,
  type Publisher,
  prekeyRelay,
  publishedAccount,
  publisherOf,
} from '../test/support/published.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import type { OneTimeKind } from './store.ts'

const DAY_MS = 86_400_000
const account = publishedAccount('publishing', 2)
const [phone, laptop] = account.devices as [PublishedDevice, PublishedDevice]
const stranger = publishedAccount('stranger')
const nameOf = ({ accountId, device }: PublishedDevice) => `${toHex(accountId)}/${device.tag}`
const done = { type: 'done', spentIds: [] }
const refused = (reason: string, ids: readonly number[] = []) => ({ type: 'refused', reason, ids })

const list = (said: Parameters<typeof account.deviceList>[0] = {}) => ({
  type: 'put-device-list' as const,
  accountKey: account.account.publicKey,
  deviceList: account.deviceList(said),
})
const statement = (said: Parameters<PublishedDevice['statement']>[0] = {}, device = phone) => ({
  type: 'put-statement' as const,
  statement: device.statement(said),
})
const x25519 = (ids: readonly number[], device = phone) => ({ type: 'add-one-time-x25519' as const, keys: device.x25519Uploads(ids) })
const kem = (ids: readonly number[], device = phone) => ({ type: 'add-one-time-kem' as const, keys: device.kemUploads(ids) })

let relay: PrekeyRelay
let publisher: Publisher
beforeEach(() => {
  relay = prekeyRelay()
  publisher = publisherOf(relay.publication, phone)
})

const leftIds = async (device: PublishedDevice, kind: OneTimeKind) =>
  (await relay.store.listOneTime(nameOf(device), kind)).keys.map(({ id }) => id)
const keptList = async () => (await relay.store.getDeviceList(toHex(account.accountId)))?.deviceList
const keptStatement = async (device = phone) => (await relay.store.getStatement(nameOf(device)))?.statement
/** Both devices with all that they publish. */
const bothPublish = async () => {
  await publisher.ask(list())
  for (const device of [phone, laptop]) {
    const asking = publisherOf(relay.publication, device)
    await asking.ask(statement({}, device))
    await asking.ask(x25519([1, 2, 3], device))
    expect(await asking.ask(kem([1, 2, 3], device))).toMatchObject(done)
  }
}

describe('a device list', () => {
  test('is kept, and again is no change', async () => {
    expect(await publisher.ask(list())).toMatchObject(done)
    expect(await publisher.ask(list())).toMatchObject(done)
    expect(await keptList()).toEqual(list().deviceList)
  })

  test('a newer one takes its place; versions may be passed over', async () => {
    for (const version of [1, 2, 7]) expect(await publisher.ask(list({ version }))).toMatchObject(done)
    expect(await keptList()).toEqual(account.deviceList({ version: 7 }))
  })

  test('an older one is refused with the hash of what is kept', async () => {
    await publisher.ask(list({ version: 2 }))
    const storedHash = sha256(account.deviceList({ version: 2 }))
    expect(await publisher.ask(list())).toMatchObject({ ...refused('older'), storedHash })
    expect(await keptList()).toEqual(account.deviceList({ version: 2 }))
  })

  test('another one of the same version is a conflict, with the hash of what is kept', async () => {
    await publisher.ask(list())
    const another = list({ expiresAtMs: PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS - 1 })
    expect(await publisher.ask(another)).toMatchObject({ ...refused('conflict'), storedHash: sha256(list().deviceList) })
    expect(await keptList()).toEqual(list().deviceList)
  })

  const flipped = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes.at(at) ?? 0) ^ 1)
  const theirs = { accountKey: stranger.account.publicKey, deviceList: stranger.deviceList() }
  test.each([
    ['of another account', 'wrong-device', theirs],
    ['of another account under this account’s key', 'wrong-device', { deviceList: theirs.deviceList }],
    ['that is nothing of the kind', 'malformed', { deviceList: new Uint8Array(9000) }],
    ['with something behind it', 'malformed', { deviceList: Uint8Array.of(...list().deviceList, 0) }],
    ['whose signature is altered', 'bad-signature', { deviceList: list().deviceList.with(list().deviceList.length - 1, 0xff) }],
    ['that promises another time', 'bad-signature', { deviceList: flipped(list().deviceList, 70) }],
    ['without this device', 'unknown-device', { deviceList: account.deviceList({ devices: [laptop] }) }],
    ['that has expired', 'expired', { deviceList: account.deviceList({ expiresAtMs: PEOPLE_NOW_MS }) }],
    [
      'that promises too much',
      'expires-too-late',
      { deviceList: account.deviceList({ expiresAtMs: PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS + DAY_MS + 1 }) },
    ],
  ])('%s is refused: %s', async (_, reason, changed) => {
    expect(await publisher.ask({ ...list(), ...changed })).toMatchObject(refused(reason))
    expect(await keptList()).toBeUndefined()
  })

  test('the kept one, put again after its time, has expired', async () => {
    await publisher.ask(list())
    relay.advance(DEVICE_LIST_LIFE_MS - 1)
    expect(await publisher.ask(list())).toMatchObject(done)
    relay.advance(1)
    expect(await publisher.ask(list())).toMatchObject(refused('expired'))
  })

  test('devices that it names no longer lose what they published, and can publish nothing more', async () => {
    await bothPublish()
    const asLaptop = publisherOf(relay.publication, laptop)
    await asLaptop.ask({ type: 'status' })
    expect(await publisher.ask(list({ version: 2, devices: [phone] }))).toMatchObject(done)
    expect([await keptStatement(laptop), await leftIds(laptop, 'x25519'), await leftIds(laptop, 'kem')]).toEqual([undefined, [], []])
    expect([await leftIds(phone, 'x25519'), await leftIds(phone, 'kem')]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    for (const request of [statement({}, laptop), x25519([4], laptop), kem([4], laptop), { type: 'status' as const }])
      expect(await asLaptop.ask(request)).toMatchObject(refused('unknown-device'))
  })

  test('one that is refused takes nothing from anybody', async () => {
    await bothPublish()
    await publisher.ask(list({ version: 3 }))
    expect(await publisher.ask(list({ version: 2, devices: [phone] }))).toMatchObject(refused('older'))
    expect(await leftIds(laptop, 'x25519')).toEqual([1, 2, 3])
  })

  test('the relay has no place for another account', async () => {
    relay = prekeyRelay({}, (store) => ({ ...store, putDeviceList: async () => ({ ok: false, reason: 'store-full' }) }))
    expect(await publisherOf(relay.publication, phone).ask(list())).toMatchObject(refused('relay-full'))
  })

  test('somebody else was faster: in doubt, and right the next time', async () => {
    let isFaster = true
    relay = prekeyRelay({}, (store) => ({
      ...store,
      putDeviceList: async (accountId, put, expected) => {
        if (isFaster) await store.putDeviceList(accountId, { ...put, version: 5, deviceList: account.deviceList({ version: 5 }) }, 0)
        isFaster = false
        return store.putDeviceList(accountId, put, expected)
      },
    }))
    const late = publisherOf(relay.publication, phone)
    expect(await late.ask(list())).toMatchObject(refused('in-doubt'))
    expect(await late.ask(list())).toMatchObject(refused('older'))
  })
})

describe('a statement', () => {
  beforeEach(async () => {
    await publisher.ask(list())
  })

  test('is kept, and again is no change', async () => {
    expect(await publisher.ask(statement())).toMatchObject(done)
    expect(await publisher.ask(statement())).toMatchObject(done)
    expect(await keptStatement()).toEqual(statement().statement)
  })

  test('a newer one takes its place, an older one is refused with the hash of what is kept', async () => {
    const newer = statement({ nowMs: PEOPLE_NOW_MS + 1 })
    await publisher.ask(statement())
    expect(await publisher.ask(newer)).toMatchObject(done)
    expect(await publisher.ask(statement())).toMatchObject({ ...refused('older'), storedHash: hashOfStatement(newer.statement) })
    expect(await keptStatement()).toEqual(newer.statement)
  })

  test('another one of the same time is a conflict', async () => {
    await publisher.ask(statement())
    const storedHash = hashOfStatement(statement().statement)
    expect(await publisher.ask(statement({ batches: [] }))).toMatchObject({ ...refused('conflict'), storedHash })
    expect(await keptStatement()).toEqual(statement().statement)
  })

  const signed = phone.statement()
  test.each([
    ['of the account’s other device', 'wrong-device', laptop.statement()],
    ['of another account', 'wrong-device', (stranger.devices as [PublishedDevice])[0].statement()],
    ['with another tag', 'wrong-device', phone.statement({ tag: 0x999 })],
    ['whose signature is altered', 'bad-signature', signed.with(signed.length - 1, 0xff)],
    ['whose sealing key is altered', 'bad-signature', signed.with(100, (signed[100] ?? 0) ^ 1)],
    ['that is nothing of the kind', 'malformed', new Uint8Array(6400)],
    ['with something behind it', 'malformed', Uint8Array.of(...signed, 0)],
    ['that has expired', 'expired', phone.statement({ nowMs: PEOPLE_NOW_MS - STATEMENT_LIFE_MS })],
    ['from a future that is too far', 'expires-too-late', phone.statement({ nowMs: PEOPLE_NOW_MS + DAY_MS + 1 })],
    [
      'with a batch that promises too much',
      'expires-too-late',
      phone.statement({ batches: [{ ...phone.batch, expiresAtMs: PEOPLE_NOW_MS + BATCH_LIFE_MS + DAY_MS + 1 }] }),
    ],
  ])('%s is refused: %s', async (_, reason, bytes) => {
    expect(await publisher.ask({ type: 'put-statement', statement: bytes })).toMatchObject(refused(reason))
    expect(await keptStatement()).toBeUndefined()
  })

  test('without a list that names the device, or after it has expired, there is none', async () => {
    const nobody = prekeyRelay()
    expect(await publisherOf(nobody.publication, phone).ask(statement())).toMatchObject(refused('unknown-device'))
    relay.advance(DEVICE_LIST_LIFE_MS)
    expect(await publisher.ask(statement({ nowMs: PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS }))).toMatchObject(refused('unknown-device'))
  })

  test('one-time KEM keys of batches that it names no longer go, also if that was cut short the last time', async () => {
    const second = generateKemBatch(101, PEOPLE_NOW_MS, seededRandom('publishing/second'))
    const proven = [101, 102].map((id) => proveKem(second, id)).map((key) => ({ ...key, path: [...key.path] }))
    await publisher.ask(statement({ batches: [phone.batch, second] }))
    await publisher.ask(kem([1, 2, 100]))
    expect(await publisher.ask({ type: 'add-one-time-kem', keys: proven })).toMatchObject(done)
    const next = statement({ nowMs: PEOPLE_NOW_MS + 1, batches: [second] })
    // As after a crash between the two: the statement is there, and so are the keys.
    const [createdAtMs, expiresAtMs] = [PEOPLE_NOW_MS + 1, PEOPLE_NOW_MS + 1 + STATEMENT_LIFE_MS]
    await relay.store.putStatement(nameOf(phone), { statement: next.statement, createdAtMs, expiresAtMs }, PEOPLE_NOW_MS)
    expect(await leftIds(phone, 'kem')).toEqual([1, 2, 100, 101, 102])
    expect(await publisher.ask(next)).toMatchObject(done)
    expect(await leftIds(phone, 'kem')).toEqual([101, 102])
  })

  test('the relay has no place for another device', async () => {
    relay = prekeyRelay({}, (store) => ({ ...store, putStatement: async () => ({ ok: false, reason: 'store-full' }) }))
    const asking = publisherOf(relay.publication, phone)
    await asking.ask(list())
    expect(await asking.ask(statement())).toMatchObject(refused('relay-full'))
  })
})

describe('one-time X25519 keys', () => {
  beforeEach(async () => {
    await publisher.ask(list())
  })

  test('are kept; the same again is no change', async () => {
    expect(await publisher.ask(x25519([1, 2, 3]))).toMatchObject(done)
    expect(await publisher.ask(x25519([1, 2, 3]))).toMatchObject(done)
    expect(await publisher.ask(x25519([2, 3, 4]))).toMatchObject(done)
    expect(await leftIds(phone, 'x25519')).toEqual([1, 2, 3, 4])
  })

  test('another key under a kept id is a conflict with the hash of what is kept, and none of the request is kept', async () => {
    await publisher.ask(x25519([1, 2, 3]))
    const [, two, three] = phone.x25519Uploads([1, 2, 3])
    if (!two || !three) throw new Error('three keys')
    const swapped = [...phone.x25519Uploads([1]), { id: 2, key: three.key }, { id: 3, key: two.key }, ...phone.x25519Uploads([4])]
    expect(await publisher.ask({ type: 'add-one-time-x25519', keys: swapped })).toMatchObject({
      ...refused('conflict', [2, 3]),
      storedHash: sha256(two.key),
    })
    expect(await leftIds(phone, 'x25519')).toEqual([1, 2, 3])
  })

  test('200 and no more; a request that passes them keeps none of its keys', async () => {
    expect(await publisher.ask(x25519(idsFrom(1, 150)))).toMatchObject(done)
    const more = idsFrom(151, 201).map((id) => ({ id, key: new Uint8Array(32).fill(id) }))
    expect(await publisher.ask({ type: 'add-one-time-x25519', keys: more })).toMatchObject(refused('too-many'))
    expect(await leftIds(phone, 'x25519')).toHaveLength(150)
    expect(await publisher.ask(x25519(idsFrom(151, 200)))).toMatchObject(done)
    await relay.store.popOneTime(nameOf(phone), 'x25519')
    expect(await publisher.ask({ type: 'add-one-time-x25519', keys: [{ id: 201, key: new Uint8Array(32).fill(9) }] })).toMatchObject(done)
  })

  test('an id that was popped never comes back, whatever key comes with it', async () => {
    await publisher.ask(x25519([1, 2, 3]))
    await relay.store.popOneTime(nameOf(phone), 'x25519')
    await relay.store.popOneTime(nameOf(phone), 'x25519')
    expect(await publisher.ask(x25519([1, 2, 3, 4]))).toMatchObject({ type: 'done', spentIds: [1, 2] })
    const another = [{ id: 1, key: new Uint8Array(32).fill(9) }]
    expect(await publisher.ask({ type: 'add-one-time-x25519', keys: another })).toMatchObject({ type: 'done', spentIds: [1] })
    expect(await leftIds(phone, 'x25519')).toEqual([3, 4])
  })

  test('nor after the device was deleted', async () => {
    await publisher.ask(x25519([1, 2, 3]))
    await publisher.ask({ type: 'delete-device' })
    expect(await publisher.ask(x25519([1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [1, 2, 3] })
    expect(await leftIds(phone, 'x25519')).toEqual([])
  })

  test('of a device that no list names are refused', async () => {
    relay = prekeyRelay()
    expect(await publisherOf(relay.publication, phone).ask(x25519([1]))).toMatchObject(refused('unknown-device'))
    expect(await leftIds(phone, 'x25519')).toEqual([])
  })
})

describe('one-time KEM keys', () => {
  beforeEach(async () => {
    await publisher.ask(list())
    await publisher.ask(statement())
  })

  test('are kept with their paths; the same again is no change', async () => {
    expect(await publisher.ask(kem([1, 50, 100]))).toMatchObject(done)
    expect(await publisher.ask(kem([1, 50, 100]))).toMatchObject(done)
    expect(await leftIds(phone, 'kem')).toEqual([1, 50, 100])
  })

  test('one that its path does not prove: all such ids are listed, and none of the request is kept', async () => {
    const keys = phone.kemUploads([1, 2, 3, 4])
    const [one, two, three, four] = keys
    if (!one || !two || !three || !four) throw new Error('four keys')
    const bad = [
      one,
      { ...two, path: two.path.map((hash, i) => (i === 6 ? hash.with(31, (hash[31] ?? 0) ^ 1) : hash)) },
      { ...three, encapsulationKey: four.encapsulationKey },
      { ...four, id: 5 },
      { ...four, id: 101 },
    ]
    expect(await publisher.ask({ type: 'add-one-time-kem', keys: bad })).toMatchObject(refused('bad-path', [2, 3, 5, 101]))
    expect(await leftIds(phone, 'kem')).toEqual([])
  })

  test('of another device’s batch are not proven', async () => {
    expect(await publisher.ask(kem([7, 8], laptop))).toMatchObject(refused('bad-path', [7, 8]))
  })

  test('without a statement, or with one that names no batch, are not proven', async () => {
    relay = prekeyRelay()
    const asking = publisherOf(relay.publication, phone)
    expect(await asking.ask(kem([1]))).toMatchObject(refused('unknown-device'))
    await asking.ask(list())
    expect(await asking.ask(kem([1]))).toMatchObject(refused('bad-path', [1]))
    await asking.ask(statement({ batches: [] }))
    expect(await asking.ask(kem([1]))).toMatchObject(refused('bad-path', [1]))
  })

  test('of a batch that has expired are refused with their ids', async () => {
    const soon = { ...phone.batch, expiresAtMs: PEOPLE_NOW_MS + 10 }
    await publisher.ask(statement({ nowMs: PEOPLE_NOW_MS + 1, batches: [soon] }))
    relay.advance(9)
    expect(await publisher.ask(kem([1]))).toMatchObject(done)
    relay.advance(1)
    expect(await publisher.ask(kem([2, 3]))).toMatchObject(refused('expired', [2, 3]))
  })

  test('the store is told that it may keep 400', async () => {
    const max: number[] = []
    relay = prekeyRelay({}, (store) => ({
      ...store,
      addOneTime: (name, kind, keys, most) => {
        max.push(most)
        return store.addOneTime(name, kind, keys, most)
      },
    }))
    const asking = publisherOf(relay.publication, phone)
    await asking.ask(list())
    await asking.ask(statement())
    await asking.ask(kem([1]))
    expect(max).toEqual([400])
  })

  test('an id that was popped never comes back', async () => {
    await publisher.ask(kem([1, 2, 3]))
    await relay.store.popOneTime(nameOf(phone), 'kem')
    expect(await publisher.ask(kem([1, 2, 3]))).toMatchObject({ type: 'done', spentIds: [1] })
    expect(await leftIds(phone, 'kem')).toEqual([2, 3])
  })
})

describe('status', () => {
  test('of a device of which nothing is kept', async () => {
    expect(await publisher.ask({ type: 'status' })).toMatchObject({
      type: 'status',
      deviceListHash: undefined,
      statementHash: undefined,
      x25519: { highestId: 0, leftIds: [] },
      kem: { highestId: 0, leftIds: [] },
      digest: digestOf({ x25519: [], kem: [] }),
    })
  })

  test('tells hashes, highest ids, what is left, and a digest that the device can make again', async () => {
    await bothPublish()
    await relay.store.popOneTime(nameOf(phone), 'x25519')
    await relay.store.popOneTime(nameOf(phone), 'kem')
    const kemLeft = phone.kemUploads([2, 3]).map(({ id, encapsulationKey }) => ({ id, key: encapsulationKey }))
    expect(await publisher.ask({ type: 'status' })).toMatchObject({
      deviceListHash: sha256(account.deviceList()),
      statementHash: hashOfStatement(phone.statement()),
      x25519: { highestId: 3, leftIds: [2, 3] },
      kem: { highestId: 3, leftIds: [2, 3] },
      digest: digestOf({ x25519: phone.x25519Uploads([2, 3]), kem: kemLeft }),
    })
  })
})

describe('deletion', () => {
  test('takes what the device published, and nothing of another device', async () => {
    await bothPublish()
    expect(await publisher.ask({ type: 'delete-device' })).toMatchObject(done)
    expect(await publisher.ask({ type: 'delete-device' })).toMatchObject(done)
    expect([await keptStatement(), await leftIds(phone, 'x25519'), await leftIds(phone, 'kem')]).toEqual([undefined, [], []])
    expect([await keptStatement(laptop), await leftIds(laptop, 'x25519')]).toEqual([laptop.statement(), [1, 2, 3]])
    expect(await keptList()).toEqual(account.deviceList())
  })

  test('the marks stay: the device may publish anew, above the ids that it used', async () => {
    await bothPublish()
    await publisher.ask({ type: 'delete-device' })
    expect(await publisher.ask(statement({ nowMs: PEOPLE_NOW_MS + 1 }))).toMatchObject(done)
    expect(await publisher.ask(x25519([3, 4]))).toMatchObject({ type: 'done', spentIds: [3] })
    expect(await publisher.ask({ type: 'status' })).toMatchObject({ x25519: { highestId: 4, leftIds: [4] } })
  })

  test('of a device that no list names', async () => {
    expect(await publisher.ask({ type: 'delete-device' })).toMatchObject(refused('unknown-device'))
  })
})
