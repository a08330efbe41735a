import { describe, expect, it } from 'vitest'
import { ascii } from '../../src/crypto/bytes.ts'
import { introduce, prekeysNamedBy, spendPrekeys } from '../../src/messenger/own-prekeys.ts'
import type { Changes, Self } from '../../src/messenger/state.ts'
import { beginTurn } from '../../src/messenger/turn.ts'
import { upkeep } from '../../src/messenger/upkeep.ts'
import { type Device as ListedDevice, readDeviceList, rereadDeviceList } from '../../src/protocol/identity/identity.ts'
import type { Introduction } from '../../src/protocol/pairing/pairing.ts'
import { assembleBundle, type Bundle, proveKem, readBundle } from '../../src/protocol/prekeys/prekeys.ts'
import { decrypt, emptyRecord, encrypt, initiate, readInitial } from '../../src/protocol/session/session.ts'
import { person } from '../support/people.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { createWorld, type Device, type World } from '../support/world.ts'
import { bothReady, enterCode, expectFriends, isBroad, pair, quiet, seed, showCode } from './stories.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const selfRow = (device: Device): Self => {
  const row = device.held.self.get('self')
  if (row === undefined) throw new Error('no self')
  return row
}

const deviceOf = (device: Device): { readonly accountId: Uint8Array; readonly device: ListedDevice } => {
  const { accountId, deviceList } = selfRow(device)
  const [listed] = rereadDeviceList(deviceList).devices
  if (listed === undefined) throw new Error('no device')
  return { accountId, device: listed }
}

const bundleOf = (device: Device, bytes: Uint8Array, nowMs: number): Bundle => {
  const result = readBundle(bytes, { ...deviceOf(device), nowMs })
  if (!result.ok) throw new Error(result.reason)
  return result.bundle
}

/** Changes rows behind the page's back; it is opened again. */
const keep = async (device: Device, changes: Changes): Promise<void> => {
  device.crash()
  const opened = await device.disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  await opened.store.commit(changes)
  await device.open()
}

describe('a page that nobody touches', () => {
  it('turns once an hour and writes nothing for it but what time demands', async () => {
    const world = createWorld(`${seed}/upkeep/idle`)
    const alice = await world.addDevice('alice')
    const bob = await world.addDevice('bob')
    await pair(world, alice, bob)
    await expectFriends(world, alice, bob)
    await quiet(world, alice, bob)
    await world.pass(60_000)
    const [turns, bytes] = [alice.turns, alice.disk.bytesWritten]
    await world.pass(20 * HOUR_MS)
    expect(alice.turns - turns).toBeLessThanOrEqual(21)
    expect(alice.disk.bytesWritten - bytes).toBe(0)
    await expectFriends(world, alice, bob)
  })
})

if (isBroad) {
  describe('over months', () => {
    it('keys rotate and refill, the device list is renewed, and what has outlived its use goes', async () => {
      const world = createWorld(`${seed}/upkeep/months`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await pair(world, alice, bob)
      await quiet(world, alice, bob)
      bob.crash()
      const self = () => selfRow(alice)
      for (let day = 0; day < 200; day += 10) {
        await world.pass(10 * DAY_MS)
        const { account, deviceList } = self()
        const nowMs = world.nowMs()
        expect(readDeviceList(deviceList, { accountKey: account.publicKey, nowMs, known: undefined })).toMatchObject({ ok: true })
        const signed = [...alice.held.signedPrekeys.values()].map(({ createdAtMs }) => nowMs - createdAtMs)
        expect(Math.min(...signed)).toBeLessThan(2 * DAY_MS + 2 * HOUR_MS)
        expect(Math.max(...signed)).toBeLessThan(42 * DAY_MS)
        const newest = Math.max(...[...alice.held.statements.values()].map(({ expiresAtMs }) => expiresAtMs))
        expect(newest - nowMs).toBeGreaterThan(3 * DAY_MS)
        expect(alice.held.statements.size).toBeLessThan(25)
        const atRelay = alice.held.published.get('published')?.x25519Left ?? []
        const aged = [...alice.held.oneTimeX25519.values()].filter(({ createdAtMs }) => nowMs - createdAtMs >= 84 * DAY_MS)
        for (const { id } of aged) expect(atRelay).toContain(id)
        for (const { createdAtMs } of alice.held.kemBatches.values()) expect(nowMs - createdAtMs).toBeLessThan(84 * DAY_MS)
        expect(alice.held.kemBatches.size).toBeLessThan(5)
      }
      const read = readDeviceList(self().deviceList, { accountKey: self().account.publicKey, nowMs: world.nowMs(), known: undefined })
      expect(read.ok && read.list.version).toBeGreaterThan(2)
      expect(self().nextOneTimeKemId).toBeGreaterThan(101)
      expect(alice.disk.count('seen')).toBe(0)
      expect(alice.held.misbehaviour.size).toBe(0)
      await bob.open()
      await expectFriends(world, alice, bob)
      const carol = await world.addDevice('carol')
      await pair(world, alice, carol)
      await expectFriends(world, alice, carol)
    })

    it('one-time keys for pairings are made again when they are used up, under ids that only grow', async () => {
      const world = createWorld(`${seed}/upkeep/refill`)
      const alice = await world.addDevice('alice')
      await world.pass(1_000)
      const random = seededRandom('refill')
      const turn = beginTurn(alice.held, alice.live, world.nowMs(), random)
      const idsOf = (introduced: readonly Introduction[]) =>
        introduced.map(({ bundle }) => {
          const { oneTimeKem, oneTimeX25519 } = bundleOf(alice, bundle, world.nowMs())
          return [oneTimeX25519?.id, oneTimeKem?.id]
        })
      const introduceTo = (count: number) => Array.from({ length: count }, () => introduce(turn, random(32)))
      const last8 = (first: number) => Array.from({ length: 8 }, (_, i) => [first + i, first + i])
      // Who comes next before more are made is met without them.
      expect(idsOf(introduceTo(10))).toEqual([...last8(93), [undefined, undefined], [undefined, undefined]])
      upkeep(turn)
      expect(idsOf(introduceTo(9))).toEqual([...last8(193), [undefined, undefined]])
      expect([turn.get('self', 'self')?.nextOneTimeX25519Id, turn.get('self', 'self')?.nextOneTimeKemId]).toEqual([201, 201])
      upkeep(turn)
      upkeep(turn)
      // Signed in one and the same moment, and still each later than the one before.
      const statements = turn.all('statements').map(([, row]) => row)
      const byAge = statements.toSorted((a, b) => a.createdAtMs - b.createdAtMs)
      expect(new Set(byAge.map(({ createdAtMs }) => createdAtMs)).size).toBe(byAge.length)
      expect(byAge.at(-1)?.batchFirstIds).toEqual([1, 101, 201])
      // Those for the relay wait for it, untouched.
      expect(turn.all('oneTimeX25519').filter(([, { given }]) => given)).toHaveLength(16)
      expect(turn.all('kemBatches').map(([, { given }]) => given.length)).toEqual([8, 8, 0])
      // A statement names four batches: a fifth is not made for the sake of pairings.
      for (let i = 0; i < 3; i++) {
        introduceTo(8)
        upkeep(turn)
      }
      expect(turn.all('kemBatches')).toHaveLength(4)
      expect(idsOf(introduceTo(1))).toEqual([[593, undefined]])
    })

    it('people pair though no one-time key is left', async () => {
      const world = createWorld(`${seed}/upkeep/used-up`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await world.pass(1_000)
      const turn = beginTurn(alice.held, alice.live, world.nowMs(), seededRandom('used-up'))
      for (let i = 0; i < 8; i++) introduce(turn, new Uint8Array(32))
      await keep(alice, turn.changes())
      await pair(world, bob, alice)
      await expectFriends(world, alice, bob)
    })

    it('a pairing that nobody answers vanishes after 30 days', async () => {
      const world = createWorld(`${seed}/upkeep/offer`)
      const alice = await world.addDevice('alice')
      const bob = await world.addDevice('bob')
      await world.pass(1_000)
      enterCode(bob, await showCode(world, alice))
      await world.until('answered', () => alice.pairing?.phase === 'unconfirmed')
      bob.crash()
      await world.pass(29 * DAY_MS)
      expect(alice.held.offers.size).toBe(1)
      await world.pass(2 * DAY_MS)
      expect(alice.held.offers.size).toBe(0)
      expect(alice.events.findLast(({ type }) => type === 'unconfirmed-changed')).toEqual({ type: 'unconfirmed-changed', unconfirmed: 0 })
      expect(alice.contacts).toEqual([])
      alice.command({ type: 'cancel-pairing' })
      await bob.open()
      enterCode(bob, await showCode(world, alice))
      await bothReady(world, alice, bob)
    })
  })
}

describe('a first message under what a relay served', () => {
  /** What a relay gives away of a device's keys, made from the device's own rows. */
  const served = (device: Device, nowMs: number, oneTimeId: number | undefined): Bundle => {
    const statement = [...device.held.statements.values()].reduce((a, b) => (b.createdAtMs > a.createdAtMs ? b : a))
    const batch = device.held.kemBatches.get('1')?.batch
    const x25519 = oneTimeId === undefined ? undefined : device.held.oneTimeX25519.get(String(oneTimeId))
    const bytes = assembleBundle({
      statement: statement.bytes,
      oneTimeX25519: x25519 && { id: x25519.id, publicKey: x25519.keyPair.publicKey },
      oneTimeKem: oneTimeId === undefined || batch === undefined ? undefined : proveKem(batch, oneTimeId),
    })
    return bundleOf(device, bytes, nowMs)
  }

  const stranger = person('stranger')
  const random = seededRandom('stranger')
  const aliceParty = (device: Device) => {
    const { account, identity, tag } = selfRow(device)
    return { accountKey: account.publicKey, tag, identityKey: identity.publicKey }
  }

  const write = (device: Device, bundle: Bundle, nowMs: number): { readonly id: Uint8Array; readonly message: Uint8Array } => {
    const theirs = aliceParty(device)
    const begun = initiate(emptyRecord, {
      ours: stranger.party,
      ourIdentity: stranger.identity,
      theirs,
      bundle,
      psk: undefined,
      nowMs,
      random,
    })
    if (!begun.ok) throw new Error(begun.reason)
    const id = random(16)
    const said = encrypt(begun.record, { envelopeId: id, plaintext: ascii('hello'), nowMs, random })
    if (!said.ok) throw new Error(said.reason)
    return { id, message: said.message }
  }

  /** Opens it as the messenger does, and keeps what follows from that. @returns its text, or why it does not open */
  const read = async (world: World, device: Device, { id, message }: ReturnType<typeof write>, record = emptyRecord) => {
    const turn = beginTurn(device.held, device.live, world.nowMs(), random)
    const handshake = readInitial(message)
    const opened = decrypt(record, {
      envelopeId: id,
      message,
      ours: aliceParty(device),
      ourIdentity: selfRow(device).identity,
      theirs: stranger.party,
      prekeys: handshake && prekeysNamedBy(turn, handshake),
      psk: undefined,
      nowMs: world.nowMs(),
      maxSkip: 0,
    })
    if (!opened.ok) return { text: opened.reason, record }
    if (opened.started !== undefined) spendPrekeys(turn, opened.started)
    await keep(device, turn.changes())
    return { text: String.fromCharCode(...opened.plaintext), record: opened.record }
  }

  if (isBroad)
    it('that is 29 days, fifteen rotations and a restart late still opens', async () => {
      const world = createWorld(`${seed}/upkeep/late`)
      const alice = await world.addDevice('alice')
      await world.pass(1_000)
      const [oneTime, lastResort] = [served(alice, world.nowMs(), 1), served(alice, world.nowMs(), undefined)]
      await world.pass(1.9 * DAY_MS)
      const messages = [oneTime, lastResort].map((bundle) => write(alice, bundle, world.nowMs()))
      const newest = () => Math.max(...[...alice.held.signedPrekeys.values()].map(({ id }) => id))
      const before = newest()
      await world.pass(29 * DAY_MS)
      expect(newest() - before).toBe(15)
      alice.crash()
      await alice.open()
      for (const message of messages) expect((await read(world, alice, message)).text).toBe('hello')
    })

  if (isBroad)
    it('opens until the last day of its statement and of a month in a mailbox, and not two days later', async () => {
      const world = createWorld(`${seed}/upkeep/windows`)
      const alice = await world.addDevice('alice')
      await world.pass(1_000)
      const [first, second] = [served(alice, world.nowMs(), 1), served(alice, world.nowMs(), 2)]
      await world.pass(6.9 * DAY_MS)
      const [inTime, tooLate] = [write(alice, first, world.nowMs()), write(alice, second, world.nowMs())]
      await world.pass(30 * DAY_MS)
      expect((await read(world, alice, inTime)).text).toBe('hello')
      await world.pass(2 * DAY_MS)
      // Its one-time keys are there still.
      expect(alice.held.oneTimeX25519.has('2')).toBe(true)
      expect((await read(world, alice, tooLate)).text).toBe('signed-prekey-missing')
    })

  it('is refused by reasons of their own', async () => {
    const world = createWorld(`${seed}/upkeep/reasons`)
    const alice = await world.addDevice('alice')
    await world.pass(1_000)
    const nowMs = world.nowMs()
    const [oneTime, lastResort] = [served(alice, nowMs, 1), served(alice, nowMs, undefined)]
    // A relay that gives a key away twice, here to the same stranger.
    const [one, other] = [write(alice, oneTime, nowMs), write(alice, oneTime, nowMs)]
    expect((await read(world, alice, one)).text).toBe('hello')
    expect((await read(world, alice, other)).text).toBe('one-time-key-missing')
    // A repeat after the session itself is forgotten.
    const repeated = write(alice, lastResort, nowMs)
    const { record, text } = await read(world, alice, repeated)
    expect(text).toBe('hello')
    expect((await read(world, alice, repeated, record)).text).toBe('duplicate')
    expect((await read(world, alice, repeated, { ...record, current: undefined })).text).toBe('replayed')
    // What a sender sees of statements.
    const statement = [...alice.held.statements.values()][0]?.bytes ?? new Uint8Array(0)
    const refusal = (bytes: Uint8Array, atMs: number) => {
      const result = readBundle(assembleBundle({ statement: bytes }), { ...deviceOf(alice), nowMs: atMs })
      return result.ok ? 'believed' : result.reason
    }
    expect(refusal(statement, nowMs)).toBe('believed')
    expect(refusal(statement.with(-1, (statement.at(-1) ?? 0) ^ 1), nowMs)).toBe('bad-signature')
    expect(refusal(statement, nowMs + 7 * DAY_MS)).toBe('expired')
    const begun = initiate(emptyRecord, {
      ours: stranger.party,
      ourIdentity: stranger.identity,
      theirs: aliceParty(alice),
      bundle: lastResort,
      psk: undefined,
      nowMs: nowMs + 7 * DAY_MS,
      random,
    })
    expect(begun).toEqual({ ok: false, reason: 'statement-expired' })
  })

  if (isBroad)
    it('names a one-time key that a relay held back for longer than it is kept: that key is missing', async () => {
      const world = createWorld(`${seed}/upkeep/held-back`)
      const alice = await world.addDevice('alice')
      await world.pass(1_000)
      const heldBack = alice.held.oneTimeX25519.get('1')
      await world.pass(84 * DAY_MS)
      expect(alice.held.oneTimeX25519.has('1')).toBe(false)
      const { oneTimeX25519, ...fresh } = served(alice, world.nowMs(), undefined)
      expect(oneTimeX25519).toBeUndefined()
      const key = { id: 1, key: heldBack?.keyPair.publicKey ?? new Uint8Array(32) }
      const message = write(alice, { ...fresh, oneTimeX25519: key }, world.nowMs())
      expect((await read(world, alice, message)).text).toBe('one-time-key-missing')
    })
})
