// Which device of a person has the account's secret key (docs/protocols/devices.md, The main device): it moves to one that answers,
// whatever dies when; at no time two devices sign, and no two lists of the account ever have one number.

import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import { OFFER_ID_LENGTH } from '../../src/messenger/content.ts'
import { ownDeviceViews } from '../../src/messenger/own-device-views.ts'
import { enqueueFor, notice } from '../../src/messenger/send.ts'
import { selfOf } from '../../src/messenger/turn.ts'
import { knownAs } from '../../src/protocol/identity/identity.ts'
import { backUpDisk, restoredDisk } from '../support/backups.ts'
import { link, turnOf } from '../support/linking.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { type CrashPoint, crashPoints, type Device, type World } from '../support/world.ts'
import { idOf, openAll, quiet, tagOf, withPhone } from './stories.ts'

const HOURS_MS = 3_600_000

const signs = (device: Device): boolean => {
  const self = device.held.self.get('self')
  return self?.account.seeds !== undefined && self.mainMove?.phase !== 'given' && self.mainMove?.phase !== 'outdone'
}
const hasKey = (device: Device): boolean => device.held.self.get('self')?.account.seeds !== undefined
const phaseOf = (device: Device): string | undefined => device.held.self.get('self')?.mainMove?.phase

/** No two devices on whose disks it stands that they sign, at any commit; and never two lists of one number on any disk. */
const watch = (world: World): { readonly mostAtOnce: () => number } => {
  const signing = new Set<string>()
  const hashes = new Map<number, string>()
  let most = 0
  world.onCommit = (device, { held }) => {
    for (const change of held) {
      if (change.table !== 'self' || change.row === undefined) continue
      const { account, deviceList, mainMove } = change.row
      const isSigning = account.seeds !== undefined && mainMove?.phase !== 'given' && mainMove?.phase !== 'outdone'
      if (device.name === 'bob') continue
      if (isSigning) signing.add(device.name)
      else signing.delete(device.name)
      most = Math.max(most, signing.size)
      const { hash, version } = knownAs(deviceList)
      expect([version, hashes.get(version) ?? toHex(hash)]).toEqual([version, toHex(hash)])
      hashes.set(version, toHex(hash))
    }
  }
  return { mostAtOnce: () => most }
}

const people = (name: string) => withPhone(`main-device/${name}`)

/** The person has asked on one and granted on the other. */
const grant = async (world: World, main: Device, other: Device): Promise<void> => {
  other.command({ type: 'ask-to-be-main' })
  const row = () => main.held.contacts.get(idOf(main))?.devices.find(({ device }) => device.tag === tagOf(other))
  await world.until('it is asked', () => row()?.wantsMainSinceMs !== undefined, HOURS_MS)
  main.command({ type: 'give-main', tag: tagOf(other) })
}

const noFork = (...devices: readonly Device[]): void => {
  for (const { held, name } of devices) expect([name, ...[...held.misbehaviour.values()].map(({ what }) => what)]).toEqual([name])
}

describe('the main device', () => {
  it('moves there and back, whatever dies at any point of it, and at no time two devices sign', async () => {
    const { alice, bob, phone, world } = await people('crashes')
    const { mostAtOnce } = watch(world)
    const points: readonly CrashPoint[] = ['commit-lost', 'commit-kept', 'releasing']
    expect(crashPoints).toEqual(expect.arrayContaining([...points]))
    let [main, other] = [alice, phone]
    let moves = 0
    for (const dying of ['main', 'other'] as const) {
      for (const point of points) {
        for (let nth = 0, died = true; died; nth++) {
          died = false
          let left = nth
          await openAll(main, other)
          await grant(world, main, other)
          const mortal = dying === 'main' ? main : other
          world.diesAt = (device, at) => {
            const isIt = device === mortal && at === point && !died && left-- === 0
            died ||= isIt
            return isIt
          }
          await world.until(
            `it has moved: ${dying} ${point} ${nth}`,
            () => {
              // A grant that was lost with the page is a grant that the person sees is not there.
              if (main.isOpen && other.isOpen && phaseOf(main) === undefined && hasKey(main))
                main.command({ type: 'give-main', tag: tagOf(other) })
              return main.isOpen && other.isOpen && !hasKey(main) && hasKey(other) && main.held.outbox.size + other.held.outbox.size === 0
            },
            48 * HOURS_MS,
          )
          world.diesAt = () => false
          moves++
          ;[main, other] = [other, main]
        }
      }
    }
    expect([mostAtOnce(), moves > 40]).toEqual([1, true])
    await quiet(world, alice, bob, phone)
    noFork(alice, bob, phone)
  })

  it('keeps the key while the other one does not answer, and signs; the person calls it off, and a late answer changes nothing', async () => {
    const { alice, bob, phone, world } = await people('silent')
    phone.command({ type: 'ask-to-be-main' })
    await quiet(world, alice, bob, phone)
    phone.crash()
    alice.command({ type: 'give-main', tag: tagOf(alice) })
    expect(phaseOf(alice)).toBeUndefined()
    const phoneTag = alice.held.contacts.get(idOf(alice))?.devices[0]?.device.tag ?? 0
    alice.command({ type: 'give-main', tag: phoneTag })
    await world.pass(HOURS_MS)
    expect([phaseOf(alice), signs(alice)]).toEqual(['offered', true])
    expect((await turnOf(world, alice, ownDeviceViews)).map(({ becomesMain, isMain }) => [isMain, becomesMain])).toEqual([
      [true, undefined],
      [false, 'offered'],
    ])
    const tablet = await link(world, alice, 'tablet')
    alice.command({ type: 'keep-main' })
    await world.until('it is called off', () => phaseOf(alice) === undefined)
    await phone.open()
    await quiet(world, alice, bob, phone, tablet)
    expect([hasKey(alice), hasKey(phone), alice.live.refusals['main-not-offered']]).toEqual([true, false, 1])
    noFork(alice, bob, phone, tablet)
  })

  it('gives nothing to an answer that is late, and asks once more; after a week it gives nothing at all', async () => {
    const { alice, bob, phone, world } = await people('late')
    phone.command({ type: 'ask-to-be-main' })
    await quiet(world, alice, bob, phone)
    const phoneTag = tagOf(phone)
    phone.crash()
    alice.command({ type: 'give-main', tag: phoneTag })
    await world.pass(2 * HOURS_MS)
    const first = alice.held.self.get('self')?.mainMove
    let asked = 0
    world.onTurn = ({ device, transition }) => {
      const move = transition.changes.held.find(({ table }) => table === 'self')
      if (device === alice && move?.table === 'self' && move.row?.mainMove?.phase === 'offered') asked++
    }
    await phone.open()
    await world.until('it has moved', () => !hasKey(alice) && hasKey(phone), HOURS_MS)
    expect([first?.phase, asked]).toEqual(['offered', 1])

    // And back, too late.
    await quiet(world, alice, phone)
    alice.command({ type: 'ask-to-be-main' })
    await quiet(world, alice, phone)
    alice.crash()
    const aliceTag = phone.held.contacts.get(idOf(phone))?.devices[0]?.device.tag ?? 0
    phone.command({ type: 'give-main', tag: aliceTag })
    await world.pass(8 * 24 * HOURS_MS)
    expect((await turnOf(world, phone, ownDeviceViews)).map(({ becomesMain }) => becomesMain)).toEqual([undefined, undefined])
    await alice.open()
    await quiet(world, alice, phone)
    expect([hasKey(alice), hasKey(phone), phaseOf(phone)]).toEqual([false, true, undefined])
  })

  it('takes no key for which nobody has asked on it, none that is not the account’s, and none that follows another list', async () => {
    const { alice, bob, phone, world } = await people('refuses')
    const [id, tag, aliceTag, stranger] = [idOf(alice), tagOf(phone), tagOf(alice), bob.held.self.get('self')?.deviceList]
    const give = (seeds?: Uint8Array, deviceList?: Uint8Array): Promise<void> =>
      turnOf(world, alice, (turn) => {
        const { account, deviceList: known } = selfOf(turn)
        const key = seeds ?? account.seeds ?? new Uint8Array(64)
        enqueueFor(turn, id, tag, notice(turn, { type: 'main-given', seeds: key, deviceList: deviceList ?? known }))
      })
    await give()
    await quiet(world, alice)
    expect([hasKey(phone), phone.live.refusals['main-not-wanted']]).toEqual([false, 1])
    await turnOf(world, alice, (turn) =>
      enqueueFor(turn, id, tag, notice(turn, { type: 'main-offered', offerId: new Uint8Array(OFFER_ID_LENGTH) })),
    )
    await quiet(world, alice)
    expect(phone.live.refusals['main-not-wanted']).toBe(2)
    phone.command({ type: 'ask-to-be-main' })
    await quiet(world, alice, phone)
    await give(new Uint8Array(64))
    await give(undefined, stranger)
    await quiet(world, alice)
    expect([hasKey(phone), phone.live.refusals['wrong-account-key'], phone.live.refusals['other-device-list']]).toEqual([false, 1, 1])
    // An answer to what was not asked gives nothing either.
    await turnOf(world, phone, (turn) =>
      enqueueFor(turn, id, aliceTag, notice(turn, { type: 'main-accepted', offerId: new Uint8Array(OFFER_ID_LENGTH) })),
    )
    await world.pass(60_000)
    expect([signs(alice), hasKey(phone), alice.live.refusals['main-not-offered']]).toEqual([true, false, 1])
  })
})

describe('two devices that have the key', () => {
  const versionOf = (device: Device): number => knownAs(device.held.self.get('self')?.deviceList ?? new Uint8Array()).version
  const tagsAt = (device: Device, of: string): readonly number[] =>
    (device.held.contacts.get(of)?.devices ?? []).map(({ device: { tag } }) => tag).toSorted((a, b) => a - b)

  /** Alice has sent the key, the phone has kept it, and nothing that the phone says reaches her any more. */
  const parted = async (name: string) => {
    const { alice, bob, phone, world } = await people(name)
    phone.command({ type: 'ask-to-be-main' })
    await quiet(world, alice, bob, phone)
    world.onCommit = (device) => {
      if (device === phone && hasKey(phone)) world.mayPass = (_, from) => from !== phone
    }
    alice.command({ type: 'give-main', tag: tagOf(phone) })
    await world.until('the phone has it', () => phaseOf(alice) === 'given' && hasKey(phone), HOURS_MS)
    expect([signs(alice), signs(phone)]).toEqual([false, true])
    return { world, alice, bob, phone }
  }

  it('never sign one number: who takes it back from a device that is lost leaps ahead, and that one, should it come back, is removed', async () => {
    const { alice, bob, phone, world } = await parted('taken back')
    watch(world)
    // Alice can neither link nor remove anybody meanwhile, but the phone.
    alice.command({ type: 'show-code', link: { role: 'main', history: 'none' } })
    await world.until('it is refused', () => alice.pairing?.phase === 'failed')
    // The phone signs a list of its own, of which Bob hears.
    const tablet = await link(world, phone, 'tablet')
    world.mayPass = (_, from) => from !== phone
    const before = versionOf(phone)
    alice.command({ type: 'remove-own-device', tag: tagOf(phone) })
    await world.until('it is the main device again', () => signs(alice))
    expect(versionOf(alice) - before).toBeGreaterThan(900)
    world.mayPass = () => true
    const removed = (device: Device): boolean => device.held.self.get('self')?.removedAtMs !== undefined
    await world.until('both are told', () => removed(phone) && removed(tablet), 48 * HOURS_MS)
    await world.until('bob knows', () => tagsAt(bob, idOf(alice)).join() === `${tagOf(alice)}`, 48 * HOURS_MS)
    expect([hasKey(alice), hasKey(phone)]).toEqual([true, false])
    noFork(alice, bob, phone, tablet)
  })

  it('become one where a backup from before the move is restored: the one that was main since forgets it', async () => {
    const { alice, bob, phone, world } = await people('restored')
    const random = seededRandom('main-device/restored')
    const backup = await backUpDisk(alice.disk, world.nowMs(), random)
    await grant(world, alice, phone)
    await world.until('it has moved', () => !hasKey(alice) && hasKey(phone), HOURS_MS)
    await quiet(world, alice, bob, phone)
    watch(world)
    alice.crash()
    const again = await world.addDevice('alice again', false, await restoredDisk(backup, world.nowMs(), random))
    await world.until('the phone has given way', () => !hasKey(phone), 12 * HOURS_MS)
    await world.until('all agree', () => again.held.outbox.size + phone.held.outbox.size === 0, 24 * HOURS_MS)
    const mainAs = async (device: Device) => (await turnOf(world, device, ownDeviceViews)).find(({ isMain }) => isMain)?.tag
    expect([signs(again), await mainAs(again), await mainAs(phone)]).toEqual([true, tagOf(again), tagOf(again)])
    expect(versionOf(phone)).toBe(versionOf(again))
    noFork(again, bob, phone)
  })

  it('bring nobody back: who was removed since the backup was made stays off the list, and who was linked since stays on it', async () => {
    const { alice, bob, phone, world } = await people('old backup')
    const random = seededRandom('main-device/old backup')
    const backup = await backUpDisk(alice.disk, world.nowMs(), random)
    const tablet = await link(world, alice, 'tablet')
    await quiet(world, alice, bob, phone, tablet)
    const gone = tagOf(phone)
    alice.command({ type: 'remove-own-device', tag: gone })
    await world.until('it is told', () => phone.held.self.get('self')?.removedAtMs !== undefined, HOURS_MS)
    await quiet(world, alice, bob, tablet)
    await world.until('the relay has the list', () => alice.held.published.get('published')?.deviceListHash !== undefined, HOURS_MS)
    await world.pass(HOURS_MS)
    alice.crash()
    const told = new Set<number>()
    world.onTurn = ({ device, transition }) => {
      if (device.name !== 'alice again') return
      for (const change of transition.changes.held)
        if (change.table === 'outbox' && change.row?.envelope !== undefined) told.add(change.row.tag)
    }
    const again = await world.addDevice('alice again', false, await restoredDisk(backup, world.nowMs(), random))
    await world.until('all agree', () => again.held.outbox.size + tablet.held.outbox.size + bob.held.outbox.size === 0, 24 * HOURS_MS)
    const tags = [tagOf(tablet), tagOf(again)].toSorted((a, b) => a - b)
    await world.until('bob knows', () => tagsAt(bob, idOf(again)).join() === tags.join(), 24 * HOURS_MS)
    expect([tagsAt(tablet, idOf(again)), tagsAt(again, idOf(again))]).toEqual([[tagOf(again)], [tagOf(tablet)]])
    // Nothing was ever sealed for it.
    expect([told.has(gone), told.has(tagOf(tablet)), again.held.self.get('self')?.restoredFrom]).toEqual([false, true, undefined])
    noFork(again, bob, tablet)
  })

  it('are not two where one was put back to an earlier state: it signs nothing until a person wants it to, and then leaps ahead', async () => {
    const { alice, bob, phone, world } = await people('put back')
    const image = alice.disk.copy()
    const tablet = await link(world, alice, 'tablet')
    await quiet(world, alice, bob, phone, tablet)
    alice.restore(image)
    await alice.open()
    alice.command({ type: 'change-settings', settings: { displayName: 'Alice again' } })
    await world.until('it hears of its own list', () => phaseOf(alice) === 'outdone', 48 * HOURS_MS)
    expect([hasKey(alice), signs(alice)]).toEqual([true, false])
    const before = versionOf(alice)
    watch(world)
    alice.command({ type: 'ask-to-be-main' })
    await world.until('it signs', () => signs(alice))
    expect(versionOf(alice) - before).toBeGreaterThan(900)
    await world.until('the others follow', () => versionOf(phone) === versionOf(alice), 48 * HOURS_MS)
    expect([tagsAt(phone, idOf(alice)).includes(tagOf(tablet)), hasKey(phone)]).toEqual([true, false])
  })
})
