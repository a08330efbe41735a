// Attacks on the linking of a device, each played against the real machines and each with its control, as in
// attacks.test.ts: what a linking shares with a pairing is attacked there, what it has of its own here.

import { describe, expect, test, vi } from 'vitest'
import { leavingOut } from '../../../test/support/leaving-out.ts'
import { mainSide, newDevice, newSide, wordsOf } from '../../../test/support/link-run.ts'
import { bindingOf, connect, guestSide, hostSide, sent } from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { countersign, isSameDevice, readDeviceList } from '../identity/identity.ts'
import type * as checks from './checks.ts'
import type * as linkChecks from './link-checks.ts'
import { DONE, linking, type SaidWord, writeAccount, writeEntry, writeListed } from './pairing.ts'

vi.mock('./checks.ts', async (load) => (await import('../../../test/support/leaving-out.ts')).wrap(await load()))
vi.mock('./link-checks.ts', async (load) => (await import('../../../test/support/leaving-out.ts')).wrap(await load()))

const { attacked, real, stoppedBy, stoppedByEachOf } = leavingOut<typeof checks & typeof linkChecks>()

const alice = person('alice')
const accountKey = alice.account.publicKey
const isListed = (side: { readonly heard: readonly SaidWord[] }): boolean => side.heard.some(({ type }) => type === 'entry')
const isLinked = (side: { readonly heard: readonly SaidWord[] }): boolean => side.heard.some(({ type }) => type === 'listed')

test('undisturbed, whoever shows, a device is linked', () => {
  for (const mainShows of [true, false]) {
    const [main, fresh] = [mainSide('alice', { shows: mainShows }), newSide('laptop', { shows: !mainShows })]
    if (mainShows) connect(main, fresh, 'room')
    else connect(fresh, main, 'room')
    expect([isListed(main), isLinked(fresh)]).toEqual([true, true])
  }
})

describe('a code of one kind is used for the other', () => {
  /** A relay that puts the suite into each frame that its reader awaits. */
  const between = (hostSuite: number, guestSuite: number) => (frame: Uint8Array, from: 'host' | 'guest') => {
    const other = frame.slice()
    other[1] = from === 'host' ? guestSuite : hostSuite
    return other
  }
  const withoutKinds = {
    boundFields: (run: checks.AgreedRun) => real('boundFields')({ ...run, suite: 0 }),
    identitiesOf: () => real('identitiesOf')('pairing'),
  }

  test('of a pairing, by somebody who is told that he links a device', () =>
    stoppedByEachOf(withoutKinds, () => {
      const [carol, fresh] = [hostSide('carol'), newSide('laptop', { shows: false })]
      connect<never>(carol as never, fresh as never, 'room', { wire: between(1, 2) })
      // Success: the confirmation did not notice. (The seal would, later.)
      return carol.state.phase !== 'failed' || carol.state.reason !== 'codes-differ'
    }))

  test('of a linking, by somebody who is told that he pairs', () =>
    stoppedByEachOf(withoutKinds, () => {
      const [main, bob] = [mainSide('alice', { shows: true }), guestSide('bob')]
      connect<never>(main as never, bob as never, 'room', { wire: between(2, 1) })
      return main.state.phase !== 'failed' || main.state.reason !== 'codes-differ'
    }))

  test('of a main device, by another main device', () =>
    stoppedByEachOf(withoutKinds, () => {
      const [main, other] = [mainSide('alice', { shows: true }), mainSide('bob', { shows: false })]
      connect(main, other, 'room', { wire: between(2, 3) })
      return main.state.phase !== 'failed' || main.state.reason !== 'codes-differ'
    }))

  test('and without a relay’s help it costs nobody the code', () =>
    stoppedBy({ speaks: () => true }, () => {
      const [main, bob] = [mainSide('alice', { shows: true }), guestSide('bob')]
      connect<never>(main as never, bob as never, 'room')
      return main.state.phase === 'failed'
    }))
})

describe('somebody who knows the code', () => {
  test('enters a device that is not his', () =>
    stoppedBy({ speaksForItself: () => true }, () => {
      // Its keys and its bundle for this account are public; only its word is not to be had.
      const [victim, mallory] = [newDevice('victim').entryFor(accountKey), newDevice('mallory')]
      const countersignature = countersign(victim.device, mallory.deviceKeys, alice.accountId, seededRandom('forged'))
      const main = mainSide('alice', { shows: false })
      const fresh = newSide('mallory', { shows: true, says: () => writeEntry({ ...victim, countersignature }) })
      connect(fresh, main, 'room')
      return isListed(main)
    }))

  test('enters a device that bears the tag of one on the list, to be taken for it', () =>
    stoppedBy({ mayEnter: () => true }, () => {
      const { entryFor } = newDevice('laptop')
      const { account } = wordsOf(alice)
      // The list that the main device has by now is with the laptop.
      const ceremony = linking('new-shows', {
        role: 'main',
        account: { accountKey: account.accountKey, list: { devices: [alice.device, newDevice('laptop').device] } },
      })
      const main = mainSide('alice', { shows: false, ceremony })
      connect(newSide('laptop', { shows: true, says: () => writeEntry(entryFor(accountKey)) }), main, 'room')
      return isListed(main)
    }))

  test('hands over a list on which we are under another name', () =>
    stoppedBy({ namesUs: () => true }, () => {
      const { device, deviceKeys } = newDevice('laptop')
      const renamed = { ...device, name: 'Somebody else’s' }
      const countersignature = countersign(renamed, deviceKeys, alice.accountId, seededRandom('renamed'))
      const says = (said: SaidWord, honest: Uint8Array | undefined) =>
        said.type === 'entry' ? writeListed(wordsOf(alice).listed(renamed, countersignature)) : honest
      const fresh = newSide('laptop', { shows: true })
      connect(fresh, mainSide('alice', { shows: false, says }), 'room')
      return isLinked(fresh) && !isSameDevice(renamed, device)
    }))

  test('hands over the very list that was there before, on which we are already', () =>
    stoppedBy({ isLater: () => true }, () => {
      const { account, listed } = wordsOf(alice)
      const { countersignature, device } = newDevice('laptop').entryFor(accountKey)
      const second = listed(device, countersignature)
      const says = (said: SaidWord, honest: Uint8Array | undefined) => (said.type === 'entry' ? writeListed(second) : honest)
      const known = readDeviceList(second.deviceList, { accountKey, nowMs: PEOPLE_NOW_MS, known: undefined })
      if (!known.ok) return expect.fail(known.reason)
      const first = writeAccount({ ...account, listVersion: known.list.version, listHash: known.hash })
      const fresh = newSide('laptop', { shows: true })
      connect(fresh, mainSide('alice', { shows: false, says, first }), 'room')
      return isLinked(fresh)
    }))

  test('says the last word first', () =>
    stoppedBy({ isInOrder: () => true }, () => {
      const fresh = newSide('laptop', { shows: true })
      connect(fresh, mainSide('alice', { shows: false, first: DONE }), 'room')
      return fresh.state.phase !== 'failed'
    }))
})

describe('somebody on the line', () => {
  const until = (flight: number) => {
    const [main, fresh] = [mainSide('alice', { shows: true }), newSide('laptop', { shows: false })]
    const frames: Uint8Array[] = []
    connect(main, fresh, 'room', { wire: (frame) => (frames.push(frame), frames.length < flight ? frame : undefined) })
    return { main, fresh, frame: frames[flight - 1] ?? expect.fail('no such flight') }
  }
  const give = (side: ReturnType<typeof mainSide>, frame: Uint8Array) => sent(side.take({ type: 'frame-received', carrier: 'room', frame }))

  test('gives a side its own flight back as the other’s', () =>
    stoppedBy({ sealingContext: (kind) => real('sealingContext')(kind, 2) }, () => {
      const { fresh, frame } = until(4)
      // Flight 4 is the new device's, and as flight 5 it would be read by it.
      const echoed = frame.slice()
      echoed[2] = 7
      give(fresh, echoed)
      return fresh.state.phase === 'failed'
    }))

  test('what is nobody’s flight ends nothing, on either carrier', () => {
    const { main, fresh, frame } = until(4)
    main.take({ type: 'carrier-opened', carrier: 'direct', binding: bindingOf('direct') })
    for (const bad of [
      new Uint8Array(0),
      frame.subarray(0, -1),
      frame.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
      Uint8Array.of(1, 2, 5),
    ]) {
      expect(give(main, bad)).toEqual([])
      main.take({ type: 'frame-received', carrier: 'direct', frame: bad })
    }
    expect(main.state.phase).toBe('talking')
    for (const answer of give(main, frame)) for (const last of give(fresh, answer.frame)) give(main, last.frame)
    expect([main.state.phase, fresh.state.phase]).toEqual(['linked', 'linked'])
  })

  test('a recorded linking is played to a main device that shows the same code again', () => {
    const frames: Uint8Array[] = []
    const then = { random: seededRandom('then') }
    connect(mainSide('alice', { shows: true, ...then }), newSide('laptop', { shows: false }), 'room', {
      wire: (frame) => (frames.push(frame), frame),
    })
    const replayed = (random: string): boolean => {
      const main = mainSide('alice', { shows: true, random: seededRandom(random) })
      main.take({ type: 'carrier-opened', carrier: 'room', binding: bindingOf('room') })
      for (const frame of [frames[1], frames[3]]) if (frame) give(main, frame)
      return isListed(main)
    }
    expect(replayed('now')).toBe(false)
    expect(replayed('then'), 'control: the scalar of the first run again').toBe(true)
  })
})

test('every check of a linking has been attacked', async () => {
  const file = await vi.importActual<object>('./link-checks.ts')
  const names = Object.entries(file).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
  // It counts words, and decides nothing.
  expect(names.filter((name) => name !== 'lastFlightOf' && !attacked.has(name))).toEqual([])
  expect(attacked).toContain('identitiesOf')
})
