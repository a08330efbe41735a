// The linking of a device by itself: that the flights fit, what each side refuses, and the bytes of everything.

import { describe, expect, test } from 'vitest'
import { type LinkSide, mainSide, newDevice, newSide, wordsOf } from '../../../test/support/link-run.ts'
import { bindingOf, connect, guestSide, hostSide, sent } from '../../../test/support/pairing.ts'
import { PEOPLE_NOW_MS, person } from '../../../test/support/people.ts'
import { asSecret, toHex } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { CLOCK_TOLERANCE_MS, type Device, isSameDevice, MAX_DEVICES } from '../identity/identity.ts'
import { seal, sealingKeys } from './agreement.ts'
import { MAX_PAIRING_FRAME_LENGTH } from './checks.ts'
import { refusalFrame, writeSealedFlight } from './frames.ts'
import { readWord } from './link-words.ts'
import { ANSWER_WAIT_MS, DONE, linking, NEWCOMER, type SaidWord, writeAccount, writeEntry, writeListed } from './pairing.ts'

const alice = person('alice')
const types = (side: LinkSide): readonly SaidWord['type'][] => side.heard.map(({ type }) => type)
const open = (side: LinkSide, carrier: 'room' | 'direct') => side.take({ type: 'carrier-opened', carrier, binding: bindingOf(carrier) })
const give = (side: LinkSide, frame: Uint8Array, carrier: 'room' | 'direct' = 'room') =>
  side.take({ type: 'frame-received', carrier, frame })
const pairOf = (mainShows: boolean, mainSays?: Parameters<typeof mainSide>[1], newSays?: Parameters<typeof newSide>[1]) =>
  [mainSide('alice', { shows: mainShows, ...mainSays }), newSide('laptop', { shows: !mainShows, ...newSays })] as const

describe('a device is linked', () => {
  test.each([
    ['the main device shows', true, 'room'],
    ['the main device shows', true, 'direct'],
    ['the new device shows', false, 'room'],
    ['the new device shows', false, 'direct'],
  ] as const)('%s, on the %s', (_, mainShows, carrier) => {
    const [main, fresh] = pairOf(mainShows, { shows: mainShows, directPossible: carrier === 'direct' })
    if (mainShows) connect(main, fresh, carrier)
    else connect(fresh, main, carrier)
    expect([main.state.phase, fresh.state.phase]).toEqual(['linked', 'linked'])
    expect(types(main)).toEqual(mainShows ? ['newcomer', 'entry'] : ['entry'])
    expect(types(fresh)).toEqual(['account', 'listed'])
    const entry = main.heard.at(-1)
    const listed = fresh.heard.at(-1)
    if (entry?.type !== 'entry' || listed?.type !== 'listed') return expect.fail('no entry, or none was listed')
    expect(isSameDevice(entry.word.device, newDevice('laptop').device)).toBe(true)
    expect(listed.account).toMatchObject({ accountKey: alice.account.publicKey, name: 'Zoë', listVersion: 1 })
  })

  test('every flight that is lost with its line comes again on another one', () => {
    for (const mainShows of [true, false]) {
      const count = mainShows ? 6 : 5
      for (let lost = 3; lost <= count; lost += 1) {
        const [main, fresh] = pairOf(mainShows)
        const [host, guest] = mainShows ? [main, fresh] : [fresh, main]
        let flight = 0
        const wire = { wire: (frame: Uint8Array) => (++flight === lost ? undefined : frame) }
        connect(host, guest, 'room', wire)
        if (lost === count) {
          // The last word is for the main device's comfort: it knows by the session too.
          expect([main.state.phase, fresh.state.phase]).toEqual(['talking', 'linked'])
          continue
        }
        expect(guest.state.phase === 'linked' && host.state.phase === 'linked').toBe(false)
        // Both lose the room and are in it again.
        for (const side of [host, guest]) side.take({ type: 'carrier-closed', carrier: 'room' })
        let fromGuest = sent(open(guest, 'room')).map(({ frame }) => frame)
        let fromHost = sent(open(host, 'room')).map(({ frame }) => frame)
        while (fromGuest.length + fromHost.length > 0) {
          const [toHost, toGuest] = [fromGuest, fromHost]
          fromHost = toHost.flatMap((frame) => sent(give(host, frame)).map((each) => each.frame))
          fromGuest = toGuest.flatMap((frame) => sent(give(guest, frame)).map((each) => each.frame))
        }
        expect([main.state.phase, fresh.state.phase], `${mainShows} ${lost}`).toEqual(['linked', 'linked'])
        expect(types(fresh)).toEqual(['account', 'listed'])
      }
    }
  })

  test('who waits for a word and hears none gives up', () => {
    const [main, fresh] = pairOf(true, { shows: true, says: () => undefined })
    connect(main, fresh, 'room')
    fresh.nowMs += ANSWER_WAIT_MS
    main.nowMs += ANSWER_WAIT_MS
    expect(fresh.take({ type: 'clock' })).toEqual([{ type: 'failed', reason: 'other-side-left' }])
    expect(main.take({ type: 'clock' })).toEqual([{ type: 'failed', reason: 'other-side-left' }])
  })

  test('either side can call it off while they talk', () => {
    const [main, fresh] = pairOf(false, { shows: false }, { shows: true, says: () => undefined })
    connect(fresh, main, 'room')
    expect(fresh.state.phase).toBe('talking')
    expect(fresh.take({ type: 'cancelled' })).toEqual([{ type: 'failed', reason: 'cancelled' }])
    expect(give(fresh, Uint8Array.of(1))).toEqual([])
  })
})

describe('codes of other kinds cost nothing, and are named', () => {
  const guestOf = (shown: 'pairing' | 'main' | 'new', typed: 'pairing' | 'main' | 'new') => {
    const host =
      shown === 'pairing' ? hostSide('carol') : shown === 'main' ? mainSide('alice', { shows: true }) : newSide('tablet', { shows: true })
    const guest =
      typed === 'pairing' ? guestSide('bob') : typed === 'main' ? mainSide('bob', { shows: false }) : newSide('laptop', { shows: false })
    guest.take({ type: 'carrier-opened', carrier: 'room', binding: bindingOf('room') })
    for (const { frame } of sent<never>(host.take({ type: 'carrier-opened', carrier: 'room', binding: bindingOf('room') }) as never))
      guest.take({ type: 'frame-received', carrier: 'room', frame })
    expect(host.state).toMatchObject({ phase: 'offering', burned: false })
    return guest.state
  }
  test.each([
    ['pairing', 'new', 'code-for-pairing'],
    ['pairing', 'main', 'code-for-pairing'],
    ['main', 'pairing', 'code-for-linking'],
    ['new', 'pairing', 'code-for-linking'],
    ['main', 'main', 'same-role'],
    ['new', 'new', 'same-role'],
  ] as const)('%s shows, %s types: %s', (shown, typed, reason) =>
    expect(guestOf(shown, typed)).toEqual({ phase: 'failed', burned: false, reason }),
  )
})

describe('words that are not believed', () => {
  const { device, entryFor } = newDevice('laptop')
  const accountKey = alice.account.publicKey
  const mainHearing = (says: (entry: ReturnType<typeof entryFor>) => Uint8Array) => {
    const [main, fresh] = pairOf(
      false,
      { shows: false },
      { shows: true, says: (said, honest) => (said.type === 'account' ? says(entryFor(accountKey)) : honest) },
    )
    connect(fresh, main, 'room')
    return main.state
  }
  const failed = { phase: 'failed', burned: true, reason: 'bad-introduction' }
  const other = newDevice('other')

  test.each<[string, (entry: ReturnType<typeof entryFor>) => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['an unknown word', () => Uint8Array.of(9)],
    ['a word out of its turn', () => NEWCOMER],
    ['a word with something behind it', (entry) => Uint8Array.from([...writeEntry(entry), 0])],
    ['an entry for another account', () => writeEntry(entryFor(person('bob').account.publicKey))],
    ['another device’s word', (entry) => writeEntry({ ...entry, countersignature: other.entryFor(accountKey).countersignature })],
    ['another device’s bundle', (entry) => writeEntry({ ...entry, bundle: other.entryFor(accountKey).bundle })],
    ['no bundle', (entry) => writeEntry({ ...entry, bundle: new Uint8Array(0) })],
    ['another name than was countersigned', (entry) => writeEntry({ ...entry, device: { ...device, name: 'mine' } })],
    ['a clock that is more than a day behind', () => writeEntry(entryFor(accountKey, PEOPLE_NOW_MS - CLOCK_TOLERANCE_MS - 1))],
    ['a clock that is more than a day ahead', () => writeEntry(entryFor(accountKey, PEOPLE_NOW_MS + CLOCK_TOLERANCE_MS + 1))],
  ])('by the main device: %s', (_, says) => expect(mainHearing(says)).toEqual(failed))

  test.each([-1, 1])('unlike an entry of a clock that is less than a day aside: %i', (way) => {
    const says = () => writeEntry(entryFor(accountKey, PEOPLE_NOW_MS + way * (CLOCK_TOLERANCE_MS - 60_000)))
    expect(mainHearing(says)).toMatchObject({ phase: 'linked' })
  })

  const newHearing = (says: (device: Device, countersignature: Uint8Array) => Uint8Array) => {
    const [main, fresh] = pairOf(false, {
      shows: false,
      says: (said, honest) => (said.type === 'entry' ? says(said.word.device, said.word.countersignature) : honest),
    })
    connect(fresh, main, 'room')
    return fresh.state
  }
  const words = wordsOf(alice)
  const honest = (listed: Device, countersignature: Uint8Array) => words.listed(listed, countersignature)

  test.each<[string, (device: Device, countersignature: Uint8Array) => Uint8Array]>([
    ['the list that was there before', (d, c) => writeListed({ ...honest(d, c), deviceList: alice.deviceList })],
    ['a list of somebody else', (d, c) => writeListed({ ...honest(d, c), deviceList: person('bob').deviceList })],
    ['a list without us', (d, c) => writeListed(words.listed(d, c, { devices: [alice.device] }))],
    ['a list cut short', (d, c) => writeListed({ ...honest(d, c), deviceList: honest(d, c).deviceList.subarray(0, -1) })],
    ['our own bundle', (d, c) => writeListed({ ...honest(d, c), bundle: entryFor(accountKey).bundle })],
    ['somebody’s bundle', (d, c) => writeListed({ ...honest(d, c), bundle: person('bob').bundle(0).served })],
    ['done', () => DONE],
  ])('by the new device: %s', (_, says) => expect(newHearing(says)).toEqual(failed))

  test.each<[string, (ours: Device) => readonly Device[]]>([
    ['a full list', ({ ...ours }) => Array.from({ length: MAX_DEVICES }, (_, i) => ({ ...ours, tag: ours.tag + i }))],
    ['a list with its tag', (ours) => [{ ...ours, tag: device.tag }]],
    ['a list with its device key', (ours) => [{ ...ours, deviceKey: device.deviceKey }]],
    ['a list with its identity key', (ours) => [{ ...ours, identityKey: device.identityKey }]],
  ])('no device enters %s', (_, devicesOf) => {
    const ceremony = linking('new-shows', { role: 'main', account: { accountKey, list: { devices: devicesOf(alice.device) } } })
    const [main, fresh] = pairOf(false, { shows: false, ceremony })
    connect(fresh, main, 'room')
    expect(main.state).toEqual(failed)
  })
})

// Computed by independent code as well.
describe('known answers: a change of bytes fails here', () => {
  const digest = (bytes: Uint8Array) => toHex(sha256(bytes))

  test('what seals, under each kind of code', () => {
    const keysOf = (kind: 'main-shows' | 'new-shows') =>
      sealingKeys({
        kind,
        outcome: {
          sharedKey: asSecret<'Spake2Key'>(new Uint8Array(16).fill(1)),
          ourConfirmation: new Uint8Array(32),
          theirConfirmation: new Uint8Array(32),
        },
        kemShared: asSecret<'MlKemShared'>(new Uint8Array(32).fill(2)),
        aad: Uint8Array.of(3),
        shareA: Uint8Array.of(4),
        shareB: Uint8Array.of(5),
        confirmationA: Uint8Array.of(6),
      })
    expect(toHex(keysOf('main-shows').transcriptHash)).toBe('571280df40fd17786e247db550360d3efd40ab096e04cda4a015deb751ed56c8')
    expect(keysOf('new-shows').transcriptHash).toEqual(keysOf('main-shows').transcriptHash)
    expect([2, 3, 4, 5, 6].map((flight) => toHex(seal(keysOf('main-shows'), flight, Uint8Array.of(7))))).toEqual([
      'ed41a254f42974865d2245170461ad0785',
      '8fb24732d20990fd5d7ca3eea29d2539be',
      '3cf6e72fa2b3504fdc9eefd4f99d7728f5',
      '51c7136adb693bdd6d2cc9a4446430c1bd',
      '892ae70a46e75cd186bcd1433d90894408',
    ])
  })

  test('words', () => {
    expect([toHex(NEWCOMER), toHex(DONE)]).toEqual(['01', '05'])
    const account = writeAccount({
      accountKey: new Uint8Array(1984).fill(1),
      name: 'Zoë',
      listVersion: 7,
      listHash: new Uint8Array(32).fill(2),
    })
    expect(account).toHaveLength(1 + 1985 + 2 + 4 + 4 + 32)
    expect(digest(account)).toBe('80a8b266303be0cf3c57f7c38e15f1afa9430002b6612222d7f8e2756b7ffba2')
    const device: Device = {
      tag: 0x0102_0304,
      deviceKey: new Uint8Array(1984).fill(3),
      identityKey: new Uint8Array(32).fill(4),
      createdAtMs: PEOPLE_NOW_MS,
      name: 'Laptop',
    }
    const [bundle, address] = [new Uint8Array(30).fill(5), new Uint8Array(32).fill(6)]
    const entry = writeEntry({ device, countersignature: new Uint8Array(3373).fill(7), bundle, address })
    expect(entry).toHaveLength(1 + (4 + 1985 + 33 + 6 + 2 + 6) + 3373 + 2 + 30 + 32)
    expect(digest(entry)).toBe('53bc167f2a64089bfaeb490cab055070fb728dab5954483b78316084b36e81ce')
    const listed = writeListed({ bundle, address, deviceList: Uint8Array.of(8, 9) })
    expect(toHex(listed)).toBe(`04001e${'05'.repeat(30)}${'06'.repeat(32)}0809`)
    expect(readWord(listed)).toEqual({ type: 'listed', bundle, address, deviceList: Uint8Array.of(8, 9) })
  })

  test('frames', () => {
    expect(toHex(refusalFrame('main-shows'))).toBe('010205')
    expect(toHex(refusalFrame('new-shows'))).toBe('010305')
    expect([4, 5, 6].map((flight) => toHex(writeSealedFlight(flight, Uint8Array.of(0xaa), 'new-shows')))).toEqual([
      '010306aa',
      '010307aa',
      '010308aa',
    ])
    expect(() => writeSealedFlight(3, Uint8Array.of(0xaa), 'new-shows')).toThrow('no sealed flight')
  })

  test('the longest list fits into a frame with everything beside it', () => {
    const countersigned = 4 + 1985 + 33 + 6 + 2 + 64 + 3373
    const list = 76 + MAX_DEVICES * countersigned + 3373
    // A statement that names four batches, as it is served, and what a frame and a seal put around it.
    const statement = alice.bundle('last-resort').served.length + 3 * 64
    expect(3 + 16 + 1 + 2 + statement + 32 + list).toBeLessThanOrEqual(MAX_PAIRING_FRAME_LENGTH)
  })
})
