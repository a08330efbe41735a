import { describe, expect, test } from 'vitest'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { ascii, concat, join, toHex, u32 } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { x25519KeyPair } from '../../crypto/x25519.ts'
import {
  ACCOUNT_KEY_LENGTH,
  accountIdOf,
  addToDeviceList,
  CLOCK_TOLERANCE_MS,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  type DeviceList,
  generateSigningKeys,
  isDeviceListRenewalDue,
  MAX_DEVICES,
  NO_PREVIOUS_LIST,
  knownAs as ownName,
  randomDeviceTag,
  readDeviceList,
  rebaseDeviceList,
  removeFromDeviceList,
  renewDeviceList,
  replaceInDeviceList,
  SIGNATURE_LENGTH,
  type SigningKeys,
  sign,
  signDeviceList,
} from './identity.ts'

const alice = person('alice')
const mallory = person('mallory')
const nowMs = PEOPLE_NOW_MS
const expiresAtMs = nowMs + DEVICE_LIST_LIFE_MS

/** Where the first entry stands, and its parts (docs/protocols/identity.md, Device list). */
const ENTRY = 76
const ENTRY_LENGTH = 4 + 1985 + 33 + 6 + 2 + alice.device.name.length

interface Keyed {
  readonly device: Device
  readonly keys: SigningKeys
}
const own: Keyed = { device: alice.device, keys: alice.deviceKeys }

const anotherDevice = (tag: number, changes: Partial<Device> = {}): Keyed => {
  const keys = generateSigningKeys(seededRandom(`device ${tag}`))
  const identityKey = x25519KeyPair(seededRandom(`identity ${tag}`)).publicKey
  return { keys, device: { tag, deviceKey: keys.publicKey, identityKey, createdAtMs: nowMs, name: 'another', ...changes } }
}

const signed = (changes: Partial<DeviceList> = {}, devices: readonly Keyed[] = [own], account: SigningKeys = alice.account): Uint8Array =>
  signDeviceList({
    account,
    list: { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs, devices: devices.map(({ device }) => device), ...changes },
    countersignatures: devices.map(({ device, keys }) =>
      countersign(device, keys, accountIdOf(account.publicKey), seededRandom(device.tag)),
    ),
    random: seededRandom('list'),
  })

type Known = Parameters<typeof readDeviceList>[1]['known']
const read = (bytes: Uint8Array, known?: Known, at = nowMs) =>
  readDeviceList(bytes, { accountKey: alice.account.publicKey, nowMs: at, known })

const believed = (bytes: Uint8Array, known?: Known, at = nowMs) => {
  const result = read(bytes, known, at)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result
}
const knownAs = (bytes: Uint8Array): NonNullable<Known> => {
  const { list, hash } = believed(bytes)
  return { version: list.version, hash }
}
const refusal = (reason: string) => ({ ok: false, reason })

const changed = (bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice()
  copy.set(values, offset)
  return copy
}
const flipped = (bytes: Uint8Array, i: number): Uint8Array => changed(bytes, i, (bytes[i] ?? 0) ^ 1)

describe('an account id', () => {
  test('is SHA-256 over the label and the account key behind its type byte', () => {
    const key = Uint8Array.from({ length: ACCOUNT_KEY_LENGTH }, (_, i) => i % 251)
    expect(accountIdOf(key)).toEqual(sha256(join(ascii('parley/identity/account-id/v1'), concat(Uint8Array.of(1), key))))
    expect(toHex(accountIdOf(key))).toBe('ed2889adcc941dba94e5dd16a869931ec68f20f1bbd06f72bb66605185dd1213')
  })

  test('is of a whole account key: anything shorter or longer is a bug of ours', () => {
    expect(() => accountIdOf(new Uint8Array(ACCOUNT_KEY_LENGTH - 1))).toThrow()
    expect(() => accountIdOf(new Uint8Array(ACCOUNT_KEY_LENGTH + 1))).toThrow()
  })
})

describe('a device tag', () => {
  test('is at least 0x100, at most 2^32 - 1, and drawn again instead of wrapped', () => {
    const drawing = (...draws: number[]) => {
      const left = draws.map(u32)
      return () => left.shift() ?? new Uint8Array(0)
    }
    expect(randomDeviceTag(drawing(0))).toBe(0x100)
    expect(randomDeviceTag(drawing(0xfffffeff))).toBe(0xffffffff)
    expect(randomDeviceTag(drawing(0xffffffff, 0xffffff00, 7))).toBe(0x107)
  })
})

describe('a device list', () => {
  const bytes = signed()

  test('has the wire format of its page', () => {
    const { device } = alice
    const entry = concat(
      u32(device.tag),
      Uint8Array.of(1),
      device.deviceKey,
      Uint8Array.of(2),
      device.identityKey,
      Uint8Array.of(0x01, 0x97, 0x74, 0x20, 0xdc, 0x00),
      Uint8Array.of(0, device.name.length),
      ascii(device.name),
    )
    const body = concat(
      Uint8Array.of(1),
      alice.accountId,
      u32(1),
      new Uint8Array(32),
      Uint8Array.of(0x01, 0x99, 0x43, 0x9d, 0x34, 0x00),
      Uint8Array.of(1),
      entry,
      countersign(device, alice.deviceKeys, alice.accountId, seededRandom(device.tag)),
    )
    expect(entry).toHaveLength(ENTRY_LENGTH)
    expect(bytes.slice(0, body.length)).toEqual(body)
    expect(bytes).toEqual(concat(body, sign(alice.account, 'parley/identity/device-list/v1', body, seededRandom('list'))))
    expect(bytes).toHaveLength(ENTRY + ENTRY_LENGTH + 2 * SIGNATURE_LENGTH)
  })

  test('gives known bytes and a known hash from fixed randomness', () => {
    expect(toHex(sha256(bytes))).toBe('eacd06493318c5208d9ca177c75a88c123dce0612adfbbb0c6def128ea30375d')
    expect(toHex(believed(bytes).hash)).toBe('320e8acabd6d1c04b0994fde845a84d62e9b4142b4ebe6b684999c4973eac1d8')
  })

  test('has the hash of what is signed, so that signing twice makes no fork', () => {
    const body = bytes.slice(0, -SIGNATURE_LENGTH)
    expect(believed(bytes).hash).toEqual(sha256(join(ascii('parley/identity/device-list-hash/v1'), body)))
    const twice = concat(body, sign(alice.account, 'parley/identity/device-list/v1', body, seededRandom('again')))
    expect(twice).not.toEqual(bytes)
    expect(believed(twice, knownAs(bytes)).hash).toEqual(believed(bytes).hash)
  })

  test('is known by version and hash, which are worked out once', () => {
    const known = ownName(bytes)
    expect(known).toEqual({ version: 1, hash: believed(bytes).hash })
    expect(ownName(bytes)).toBe(known)
    expect(ownName(bytes.slice())).toEqual(known)
    expect(() => ownName(bytes.slice(1))).toThrow('no device list')
  })

  test('says what was put into it', () => {
    expect(believed(bytes).list).toEqual({ version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs, devices: [alice.device] })
  })

  test('names up to ten devices, each with its own word', () => {
    const devices = Array.from({ length: MAX_DEVICES }, (_, i) => anotherDevice(0x100 + i))
    const list = signed({}, devices)
    expect(believed(list).list.devices).toEqual(devices.map(({ device }) => device))
    // With the longest names it fits into one frame beside an account key and a first message.
    expect(list.length + MAX_DEVICES * 64).toBeLessThan(60_000)
    expect(() => signed({}, [...devices, own])).toThrow()
    expect(() => signed({}, [])).toThrow()
  })

  test('holds names of up to 64 bytes of UTF-8', () => {
    const name = '🦊'.repeat(16)
    expect(believed(signed({}, [anotherDevice(0x100, { name })])).list.devices[0]?.name).toBe(name)
    expect(believed(signed({}, [anotherDevice(0x100, { name: '' })])).list.devices[0]?.name).toBe('')
    expect(() => signed({}, [anotherDevice(0x100, { name: `${name}!` })])).toThrow()
  })

  test('is signed with one countersignature a device or not at all', () => {
    const list = { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs, devices: [alice.device] }
    expect(() => signDeviceList({ account: alice.account, list, countersignatures: [], random: seededRandom(1) })).toThrow()
  })
})

describe('our own device list', () => {
  const current = signed()
  const second = anotherDevice(0x200)
  const wordOf = ({ device, keys }: Keyed): Uint8Array =>
    countersign(device, keys, accountIdOf(alice.account.publicKey), seededRandom('word'))
  const add = (device: Device, countersignature = wordOf(second), list = current) =>
    addToDeviceList({ account: alice.account, current: list, device, countersignature, nowMs: PEOPLE_NOW_MS, random: seededRandom('add') })

  test('gets one device more, and one less, each time as the next version', () => {
    const added = add(second.device)
    if (!added.ok) throw new Error(added.reason)
    const more = believed(added.signed, knownAs(current))
    expect([more.list.version, more.list.devices.map(({ tag }) => tag)]).toEqual([2, [alice.device.tag, 0x200]])
    const removed = removeFromDeviceList({
      account: alice.account,
      current: added.signed,
      tag: 0x200,
      nowMs: PEOPLE_NOW_MS,
      random: seededRandom('remove'),
    })
    const less = believed(removed, knownAs(added.signed))
    expect([less.list.version, less.list.devices]).toEqual([3, [alice.device]])
  })

  test('gets no device twice, none without its own word, and no eleventh', () => {
    expect(add(alice.device)).toEqual({ ok: false, reason: 'known-device' })
    expect(add({ ...second.device, deviceKey: alice.device.deviceKey })).toEqual({ ok: false, reason: 'known-device' })
    expect(add({ ...second.device, name: 'of another name' })).toEqual({ ok: false, reason: 'bad-countersignature' })
    const full = signed(
      {},
      Array.from({ length: MAX_DEVICES }, (_, i) => anotherDevice(0x300 + i)),
    )
    expect(add(second.device, wordOf(second), full)).toEqual({ ok: false, reason: 'too-many-devices' })
  })
})

describe('a reader of a device list refuses', () => {
  const bytes = signed()
  const beside = signed({}, [own, anotherDevice(0x200)])
  const nameAt = ENTRY + 4 + 1985 + 33 + 6

  test.each([
    ['nothing at all', new Uint8Array(0)],
    ['a signature alone', bytes.slice(-SIGNATURE_LENGTH)],
    ['another version of the format', changed(bytes, 0, 2)],
    ['version 0', changed(bytes, 33, 0, 0, 0, 0)],
    ['version 0 with a predecessor', changed(bytes, 33, 0, 0, 0, 0, 1)],
    ['a first list with a predecessor', changed(bytes, 37, 1)],
    ['a later list without a predecessor', changed(bytes, 33, 0, 0, 0, 2)],
    ['no device', concat(changed(bytes.slice(0, ENTRY), 75, 0), bytes.slice(-SIGNATURE_LENGTH))],
    ['fewer devices than are counted', changed(bytes, 75, 2)],
    ['more devices than are counted', changed(beside, 75, 1)],
    ['nine devices', changed(bytes, 75, 9)],
    ['a reserved tag', changed(bytes, ENTRY, 0, 0, 0, 0xff)],
    ['a device key of another kind', changed(bytes, ENTRY + 4, 2)],
    ['an identity key of another kind', changed(bytes, ENTRY + 4 + 1985, 3)],
    ['a name that is longer than it may be', changed(bytes, nameAt, 0, 65)],
    ['a name that is not UTF-8', changed(bytes, nameAt + 2, 0xff)],
    ['an overlong zero in a name', changed(bytes, nameAt + 2, 0xc0, 0x80)],
    ['one byte too few', bytes.slice(0, -1)],
    ['one byte too many', concat(bytes, Uint8Array.of(0))],
    ['more than a frame holds', concat(bytes, new Uint8Array(65_536))],
  ])('%s as malformed', (_, list) => {
    expect(read(list)).toEqual(refusal('malformed'))
  })

  test('every truncation', () => {
    for (let length = 0; length < bytes.length; length += 97) expect(read(bytes.slice(0, length)).ok).toBe(false)
  })

  test("another account's list, whole or renamed", () => {
    expect(read(mallory.deviceList)).toEqual(refusal('wrong-account'))
    const renamed = changed(mallory.deviceList, 1, ...alice.accountId)
    expect(read(renamed)).toEqual(refusal('bad-signature'))
  })

  test('a list of this account that somebody else signed', () => {
    const body = bytes.slice(0, -SIGNATURE_LENGTH)
    expect(read(concat(body, sign(mallory.account, 'parley/identity/device-list/v1', body, seededRandom(1))))).toEqual(
      refusal('bad-signature'),
    )
  })

  test('a signature of the account that was made for something else', () => {
    const body = bytes.slice(0, -SIGNATURE_LENGTH)
    const elsewhere = sign(alice.account, 'parley/identity/device-countersignature/v1', body, seededRandom(1))
    expect(read(concat(body, elsewhere))).toEqual(refusal('bad-signature'))
  })

  test.each([
    ['account id', 1, 'wrong-account'],
    ['expiry', 74, 'bad-signature'],
    ['tag', ENTRY + 3, 'bad-signature'],
    ['device key, Ed25519', ENTRY + 5, 'bad-signature'],
    ['device key, ML-DSA', ENTRY + 1000, 'bad-signature'],
    ['identity key', ENTRY + 4 + 1985 + 1, 'bad-signature'],
    ['creation', ENTRY + 4 + 1985 + 33 + 5, 'bad-signature'],
    ['name', nameAt + 2, 'bad-signature'],
    ['countersignature', nameAt + 2 + 100, 'bad-signature'],
    ['signature, Ed25519', bytes.length - SIGNATURE_LENGTH, 'bad-signature'],
    ['signature, ML-DSA', bytes.length - 1, 'bad-signature'],
  ])('a changed bit in the %s', (_, offset, reason) => {
    expect(read(flipped(bytes, offset))).toEqual(refusal(reason))
  })

  test('two devices with one tag', () => {
    expect(read(signed({}, [anotherDevice(0x200), anotherDevice(0x300, { tag: 0x200 })]))).toEqual(refusal('duplicate-tag'))
  })

  test('one device listed twice under two tags', () => {
    const { deviceKey, identityKey } = alice.device
    const sameDeviceKey: Keyed = { keys: alice.deviceKeys, device: anotherDevice(0x200, { deviceKey }).device }
    expect(read(signed({}, [own, sameDeviceKey]))).toEqual(refusal('duplicate-key'))
    expect(read(signed({}, [own, anotherDevice(0x200, { identityKey })]))).toEqual(refusal('duplicate-key'))
  })

  describe('a device without its own word:', () => {
    const listing = (device: Device, countersignature: Uint8Array) =>
      signDeviceList({
        account: alice.account,
        list: { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs, devices: [device] },
        countersignatures: [countersignature],
        random: seededRandom(1),
      })

    test('a stranger whom the account claims', () => {
      const claimed = countersign(mallory.device, alice.deviceKeys, alice.accountId, seededRandom(2))
      expect(read(listing(mallory.device, claimed))).toEqual(refusal('bad-countersignature'))
    })

    test('a device that gave its word to another account', () => {
      const toMallory = countersign(alice.device, alice.deviceKeys, mallory.accountId, seededRandom(2))
      expect(read(listing(alice.device, toMallory))).toEqual(refusal('bad-countersignature'))
    })

    test.each([
      ['tag', { tag: 0x12345 }],
      ['identity key', { identityKey: mallory.device.identityKey }],
      ['name', { name: 'not what it called itself' }],
      ['time of creation', { createdAtMs: 1 }],
    ])('an entry whose %s the account changed', (_, changes) => {
      const word = countersign(alice.device, alice.deviceKeys, alice.accountId, seededRandom(2))
      expect(read(listing({ ...alice.device, ...changes }, word))).toEqual(refusal('bad-countersignature'))
    })

    test('the second of two', () => {
      const second = anotherDevice(0x200)
      const words = [own, own].map(({ device, keys }) => countersign(device, keys, alice.accountId, seededRandom(2)))
      const list = { version: 1, previousHash: NO_PREVIOUS_LIST, expiresAtMs, devices: [alice.device, second.device] }
      const two = signDeviceList({ account: alice.account, list, countersignatures: words, random: seededRandom(1) })
      expect(read(two)).toEqual(refusal('bad-countersignature'))
    })
  })
})

describe('the history of a device list', () => {
  const first = signed()
  const known = knownAs(first)
  const second = signed({ version: 2, previousHash: known.hash })
  const third = signed({ version: 3, previousHash: knownAs(second).hash })

  test('goes on, one version after the other', () => {
    expect(believed(second, known).list.version).toBe(2)
    expect(believed(third, knownAs(second)).list.version).toBe(3)
  })

  test('may be told again', () => {
    expect(believed(first, known).hash).toEqual(known.hash)
  })

  test('may have gaps, for lists that were lost on the way', () => {
    expect(believed(third, known).list.version).toBe(3)
  })

  test('does not go back', () => {
    expect(read(first, knownAs(second))).toEqual(refusal('rolled-back'))
    expect(read(second, knownAs(third))).toEqual(refusal('rolled-back'))
  })

  test('does not fork: neither in one version nor in the next', () => {
    const otherFirst = signed({}, [own, anotherDevice(0x200)])
    expect(read(otherFirst, known)).toEqual(refusal('forked'))
    const otherSecond = signed({ version: 2, previousHash: knownAs(otherFirst).hash })
    expect(read(otherSecond, known)).toEqual(refusal('forked'))
  })
})

describe('the clock and a device list', () => {
  const bytes = signed()

  test('a new contact shows one that is not expired', () => {
    expect(read(bytes, undefined, expiresAtMs - 1).ok).toBe(true)
    expect(read(bytes, undefined, expiresAtMs)).toEqual(refusal('expired'))
  })

  test('a known contact may have been away longer than that', () => {
    expect(read(bytes, knownAs(bytes), expiresAtMs + 1).ok).toBe(true)
  })

  test('nobody who is new promises more than 90 days, give or take a clock that is a day ahead', () => {
    const longest = nowMs + DEVICE_LIST_LIFE_MS + CLOCK_TOLERANCE_MS
    expect(read(signed({ expiresAtMs: longest })).ok).toBe(true)
    expect(read(signed({ expiresAtMs: longest + 1 }))).toEqual(refusal('expires-too-late'))
  })

  test('a known contact may have a clock that is far ahead', () => {
    const next = signed({ version: 2, previousHash: knownAs(bytes).hash, expiresAtMs: expiresAtMs + 365 * 86_400_000 })
    expect(read(next, knownAs(bytes)).ok).toBe(true)
  })
})

describe('renewing a device list', () => {
  const bytes = signed({}, [own, anotherDevice(0x200)])
  const laterMs = nowMs + 46 * 86_400_000
  const renewed = renewDeviceList({ account: alice.account, current: bytes, nowMs: laterMs, random: seededRandom('renewal') })

  test('is due when less than half of its life is left', () => {
    const { list } = believed(bytes)
    expect(isDeviceListRenewalDue(list, nowMs + DEVICE_LIST_LIFE_MS / 2)).toBe(false)
    expect(isDeviceListRenewalDue(list, nowMs + DEVICE_LIST_LIFE_MS / 2 + 1)).toBe(true)
    // Signed under a clock that has been set back since.
    expect(isDeviceListRenewalDue(list, nowMs - CLOCK_TOLERANCE_MS)).toBe(false)
    expect(isDeviceListRenewalDue(list, nowMs - CLOCK_TOLERANCE_MS - 1)).toBe(true)
  })

  test('makes the next version with the same devices, without asking them', () => {
    const before = believed(bytes)
    const { list } = believed(renewed, knownAs(bytes), laterMs)
    expect(list).toEqual({
      version: 2,
      previousHash: before.hash,
      expiresAtMs: laterMs + DEVICE_LIST_LIFE_MS,
      devices: before.list.devices,
    })
  })

  test('gives known bytes from fixed randomness', () => {
    expect(toHex(sha256(renewed))).toBe('a75be19215a4d6ab65f0ec9d8bb641018a31eb0d3dd29a85866d76dde11af4a8')
  })

  test('is only for our own list', () => {
    const renewing = (current: Uint8Array) => () =>
      renewDeviceList({ account: alice.account, current, nowMs: laterMs, random: seededRandom(1) })
    expect(renewing(mallory.deviceList)).toThrow()
    expect(renewing(bytes.slice(1))).toThrow()
  })
})

describe('a device that was lost', () => {
  const device: Device = { ...mallory.device, tag: 0x4444, name: 'new' }
  const replace = (current: Uint8Array, atMs: number, formerTag = alice.device.tag) =>
    replaceInDeviceList({
      account: alice.account,
      current,
      formerTag,
      device,
      countersignature: countersign(device, mallory.deviceKeys, alice.accountId, seededRandom('countersignature')),
      nowMs: atMs,
      random: seededRandom('replaced'),
    })
  const read = (bytes: Uint8Array, known?: { readonly version: number; readonly hash: Uint8Array }) =>
    readDeviceList(bytes, { accountKey: alice.account.publicKey, nowMs, known })

  test('has another one in its place, and the list is believed by whoever knows any before it', () => {
    const first = read(alice.deviceList)
    const replaced = read(replace(alice.deviceList, nowMs), first.ok ? { version: 1, hash: first.hash } : undefined)
    if (!replaced.ok) throw new Error(replaced.reason)
    expect(replaced.list.devices).toEqual([device])
    // 15 June 2025: more than any number of renewals since then.
    expect(replaced.list.version).toBe(Math.floor(nowMs / 1_000) - 1_735_689_600)
    expect(read(replace(alice.deviceList, nowMs), { version: 900, hash: new Uint8Array(32).fill(7) }).ok).toBe(true)
  })

  test('is replaced by a later list each time, and by one at least where the clock is no help', () => {
    const versionAt = (current: Uint8Array, atMs: number): number => {
      const list = read(replace(current, atMs), { version: 0, hash: NO_PREVIOUS_LIST })
      return list.ok ? list.list.version : 0
    }
    expect(versionAt(alice.deviceList, nowMs + 1_000)).toBe(versionAt(alice.deviceList, nowMs) + 1)
    expect(versionAt(alice.deviceList, 0)).toBe(1_001)
  })

  test('leaves the others on the list, and is nobody else’s', () => {
    const both = read(replace(alice.deviceList, nowMs, 0x9999))
    expect(both.ok && both.list.devices.map(({ tag }) => tag)).toEqual([alice.device.tag, device.tag])
    expect(() => replace(mallory.deviceList, nowMs)).toThrow('another account')
    expect(() => replace(new Uint8Array(9_000), nowMs)).toThrow('malformed')
  })

  test('is not brought back with those that were removed since: the others are those of the later list', () => {
    const random = seededRandom('rebased')
    const account = alice.account
    const third = anotherDevice(0x300)
    const backedUp = added(alice.deviceList, anotherDevice(0x200))
    const latest = removeFromDeviceList({ account, current: added(backedUp, third), tag: 0x200, nowMs, random })
    const current = replace(backedUp, nowMs)
    const input = { account, current, tag: device.tag, formerTag: alice.device.tag, nowMs, random }
    const rebased = read(rebaseDeviceList({ ...input, latest }), knownAs(current))
    if (!rebased.ok) throw new Error(rebased.reason)
    expect(rebased.list.devices).toEqual([third.device, device])
    expect(rebased.list.version).toBe(knownAs(current).version + 1)
    expect(() => rebaseDeviceList({ ...input, latest: mallory.deviceList })).toThrow('another account')
    // Where the former device is off it, somebody else may have taken its place: only those whom the backup knows are kept.
    const former = removeFromDeviceList({ account, current: added(backedUp, third), tag: alice.device.tag, nowMs, random })
    const last = read(rebaseDeviceList({ ...input, latest: former }), knownAs(current))
    expect(last.ok && last.list.devices.map(({ tag }) => tag)).toEqual([0x200, device.tag])
  })

  test('may have signed lists of which we do not know: the next one leaps over their numbers', () => {
    const input = { account: alice.account, current: added(alice.deviceList, anotherDevice(0x200)), nowMs: 0, random: seededRandom('leap') }
    const versionOf = (list: Uint8Array): number => {
      const known = read(list, { version: 0, hash: NO_PREVIOUS_LIST })
      return known.ok ? known.list.version : 0
    }
    const signedBy = (isLeap: boolean) => [renewDeviceList({ ...input, isLeap }), removeFromDeviceList({ ...input, tag: 0x200, isLeap })]
    expect([signedBy(true).map(versionOf), signedBy(false).map(versionOf)]).toEqual([
      [1_002, 1_002],
      [3, 3],
    ])
  })

  const added = (current: Uint8Array, { device: entry, keys }: Keyed): Uint8Array => {
    const random = seededRandom('added')
    const countersignature = countersign(entry, keys, alice.accountId, random)
    const next = addToDeviceList({ account: alice.account, current, device: entry, countersignature, nowMs, random })
    if (!next.ok) throw new Error(next.reason)
    return next.signed
  }
})
