// Three devices of one person that set, read and write things at once, and hear of each other and of new lists of theirs in any
// order, twice or late: once all of them have heard everything, they agree. One that counts to the end is heard until the next list.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/bytes.ts'
import { encodeRow } from '../../src/messenger/backup-rows.ts'
import { contactDevice } from '../../src/messenger/contact-devices.ts'
import { newContact, renameContact } from '../../src/messenger/contacts.ts'
import { type Content, decodeContent } from '../../src/messenger/content.ts'
import { contentArrived } from '../../src/messenger/content-arrival.ts'
import { identityChanged } from '../../src/messenger/identity-change.ts'
import { asleep } from '../../src/messenger/live.ts'
import { ownRow } from '../../src/messenger/own-contact.ts'
import { isAboutUnknown, markRead } from '../../src/messenger/own-messages.ts'
import { settingsDue } from '../../src/messenger/own-sync.ts'
import { contactAdded, inOrder, MAX_COUNTER } from '../../src/messenger/registers.ts'
import { removeContact } from '../../src/messenger/removal.ts'
import { sendMessage, tellOutcome } from '../../src/messenger/send.ts'
import { applySettings, changeSettings } from '../../src/messenger/settings.ts'
import type { Found, Held, Lookup, Message } from '../../src/messenger/state.ts'
import { beginTurn, type Pending, selfOf, type Turn } from '../../src/messenger/turn.ts'
import { knownAs, NO_PREVIOUS_LIST, renewDeviceList } from '../../src/protocol/identity/identity.ts'
import { heldAfter } from '../../src/store/held.ts'
import { heldTables } from '../../src/store/parts.ts'
import { PEOPLE_NOW_MS, person } from '../support/people.ts'
import { seededRandom } from '../support/seeded-random.ts'

const NAMES = ['laptop', 'phone', 'tablet'] as const
const WHO = ['bob', 'carol'] as const
type Who = (typeof WHO)[number]

const idOf = (who: Who): string => toHex(person(who).accountId)

interface OwnDevice {
  readonly tag: number
  readonly act: (act: (turn: Turn) => Pending | undefined | void) => void
  readonly held: () => Held
  readonly messages: () => readonly Message[]
  /** Of the list that it knows. */
  readonly version: () => number
  /** Contents on their way to it, with the device that they are from, and versions of their list. */
  readonly inbox: (Sent | { readonly list: number })[]
}

interface Sent {
  readonly from: string
  readonly content: Content
}

/** By version. */
const lists = [new Uint8Array(0), person('laptop').deviceList]
const listOf = (version: number): Uint8Array => {
  const known = lists[version]
  if (known !== undefined) return known
  const current = listOf(version - 1)
  const signed = renewDeviceList({ account: person('laptop').account, current, nowMs: PEOPLE_NOW_MS, random: seededRandom(version) })
  lists[version] = signed
  return signed
}

const versionAt = (turn: Turn): number => knownAs(selfOf(turn).deviceList).version

/** A device of the account of the first, as it is once all three are linked. */
const ownDevice = (name: string, send: (tag: number, from: string, content: Content) => void): OwnDevice => {
  const { account, accountId } = person('laptop')
  const { device, keys } = { device: person(name).device, keys: person(name) }
  const random = seededRandom(`sync/${name}`)
  // The tables' own names.
  let held = Object.fromEntries(heldTables.map((table) => [table, new Map()])) as unknown as Held
  const messages = new Map<string, Message>()
  const look = (lookup: Lookup): Found => {
    switch (lookup.type) {
      case 'message':
        return { type: 'message', row: messages.get(`${lookup.contactId}/${lookup.messageId}`) }
      case 'messages-from': {
        const rows = [...messages.values()].filter(({ contactId, place }) => contactId === lookup.contactId && place >= lookup.from)
        return { type: 'messages-from', rows: rows.sort((a, b) => a.place - b.place).slice(0, lookup.count), to: undefined }
      }
      default:
        return { type: 'seen', row: undefined }
    }
  }
  const act: OwnDevice['act'] = (acts) => {
    const turn = beginTurn(held, asleep, PEOPLE_NOW_MS, random)
    let pending = acts(turn)
    while (pending) pending = pending.resume(pending.needs.map(look))
    settingsDue(turn)
    for (const [key, { contactId, content, tag }] of turn.all('outbox')) {
      turn.remove('outbox', key)
      const decoded = decodeContent(content)
      if (contactId === toHex(accountId) && decoded.ok) send(tag, name, decoded.value)
    }
    const changes = turn.changes()
    for (const forgotten of changes.forgottenConversations)
      for (const [key, { contactId }] of messages) if (contactId === forgotten) messages.delete(key)
    for (const message of changes.messages) messages.set(`${message.contactId}/${message.messageId}`, message)
    held = heldAfter(held, changes.held)
  }
  act((turn) => {
    turn.put('self', 'self', {
      account: { publicKey: account.publicKey, seeds: undefined },
      accountId,
      fingerprint: '0'.repeat(30),
      device: keys.deviceKeys,
      identity: keys.identity,
      tag: device.tag,
      deviceList: person('laptop').deviceList,
      firstContactListenKey: random(32),
      nextSignedPrekeyId: 2,
      nextOneTimeX25519Id: 1,
      nextOneTimeKemId: 1,
    })
    const others = NAMES.filter((other) => other !== name).map((other) => contactDevice(person(other).device, random(32), undefined))
    turn.put('contacts', toHex(accountId), ownRow(turn, others))
  })
  const version = (): number => knownAs(held.self.get('self')?.deviceList ?? listOf(1)).version
  return { tag: device.tag, act, held: () => held, messages: () => [...messages.values()], version, inbox: [] }
}

type Act =
  | { readonly type: 'meet' | 'remove' | 'read'; readonly at: number; readonly who: Who }
  | { readonly type: 'rename' | 'write'; readonly at: number; readonly who: Who; readonly text: string }
  | { readonly type: 'settings'; readonly at: number; readonly text: string }
  | { readonly type: 'confirm'; readonly at: number; readonly which: number }
  /** A device says that its setting is as late as can be. */
  | { readonly type: 'count-to-the-end'; readonly at: number; readonly text: string }
  /** There is a new list: it is on its way to all three. */
  | { readonly type: 'list' }
  /** The contact writes: it is on its way to all three. */
  | { readonly type: 'hear'; readonly who: Who }
  | { readonly type: 'deliver'; readonly at: number; readonly which: number; readonly again: boolean }

const at = fc.nat(2)
const who = fc.constantFrom(...WHO)
const which = fc.nat(1_000)
const text = fc.constantFrom('a', 'b', 'c', 'd')
const actsWith = (...more: readonly fc.Arbitrary<unknown>[]) =>
  fc.array(
    fc.oneof(
      ...more,
      fc.record({ type: fc.constant('list') }),
      fc.record({ type: fc.constantFrom('meet', 'read'), at, who }),
      fc.record({ type: fc.constant('remove'), at, who: fc.constant('carol') }),
      fc.record({ type: fc.constantFrom('rename', 'write'), at, who, text }),
      fc.record({ type: fc.constant('settings'), at, text }),
      fc.record({ type: fc.constant('confirm'), at, which }),
      fc.record({ type: fc.constant('hear'), who }),
      { weight: 6, arbitrary: fc.record({ type: fc.constant('deliver'), at, which, again: fc.boolean() }) },
    ) as fc.Arbitrary<Act>,
    { minLength: 20, maxLength: 80, size: 'max' },
  )

const meet = (turn: Turn, name: Who): void => {
  const { account, accountId, device, deviceList } = person(name)
  const contactId = toHex(accountId)
  if (turn.get('contacts', contactId) !== undefined) return
  const contact = newContact(turn, {
    contactId,
    accountKey: account.publicKey,
    deviceList: { version: 0, hash: NO_PREVIOUS_LIST },
    devices: [contactDevice(device, turn.random(32), undefined)],
    name,
    origin: { how: 'code' },
    pairedAtMs: turn.nowMs,
  })
  turn.put('deviceLists', contactId, { bytes: deviceList })
  turn.put('contacts', contactId, contact)
  contactAdded(turn, contact)
}

/** @returns whether it could be taken: what is about somebody of whom nothing is known yet waits */
const deliver = (device: OwnDevice, one: OwnDevice['inbox'][number]): boolean => {
  if ('list' in one) {
    device.act((turn) => {
      if (one.list > versionAt(turn)) turn.put('self', 'self', { ...selfOf(turn), deviceList: listOf(one.list) })
    })
    return true
  }
  const { content, from } = one
  let isTaken = true
  device.act((turn) => {
    const fromOwn = NAMES.includes(from as (typeof NAMES)[number])
    const contactId = fromOwn ? toHex(person('laptop').accountId) : idOf(from as Who)
    const contact = turn.get('contacts', contactId)
    isTaken = contact !== undefined && !isAboutUnknown(turn, content)
    if (contact === undefined || !isTaken) return undefined
    const { tag } = person(from).device
    return contentArrived(turn, contact, tag, content, `${from}/${toHex(content.contentId)}`, new Uint8Array(32))
  })
  return isTaken
}

const perform = (devices: readonly OwnDevice[], act: Act, number: number): void => {
  const device = 'at' in act ? devices[act.at] : undefined
  switch (act.type) {
    case 'meet':
      return device?.act((turn) => meet(turn, act.who))
    case 'remove':
      return device?.act((turn) => removeContact(turn, idOf(act.who)))
    case 'read':
      return device?.act((turn) => markRead(turn, idOf(act.who), (turn.get('contacts', idOf(act.who))?.nextPlace ?? 1) - 1))
    case 'rename':
      return device?.act((turn) => renameContact(turn, idOf(act.who), act.text))
    case 'settings':
      return device?.act((turn) => changeSettings(turn, { displayName: act.text, relayOnly: act.text < 'c' }))
    case 'write':
      return device?.act((turn) => sendMessage(turn, idOf(act.who), act.text, undefined))
    case 'confirm': {
      const out = device?.messages().filter(({ direction }) => direction === 'out') ?? []
      const message = out[act.which % Math.max(1, out.length)]
      if (message === undefined) return
      return device?.act((turn) => {
        turn.putMessage({ ...message, state: 'delivered' })
        tellOutcome(turn, message.contactId, [message.messageId], true)
      })
    }
    case 'count-to-the-end':
      return device?.act((turn) => {
        const latest = { list: versionAt(turn), counter: MAX_COUNTER, tag: selfOf(turn).tag }
        const known = turn.get('registers', 'own-name')
        if (known !== undefined && inOrder(latest, known) <= 0) return
        applySettings(turn, { displayName: act.text })
        turn.put('registers', 'own-name', { ...latest, setting: { type: 'own-name', name: act.text }, isNews: true })
      })
    case 'list': {
      const newest = Math.max(
        1,
        ...devices.flatMap(({ inbox, version }) => [version(), ...inbox.map((one) => ('list' in one ? one.list : 1))]),
      )
      for (const each of devices) each.inbox.push({ list: newest + 1 })
      return
    }
    case 'hear': {
      const contentId = seededRandom(`heard/${number}`)(16)
      const content: Content = { contentId, sentAtMs: PEOPLE_NOW_MS, body: { type: 'message', after: undefined, text: `heard ${number}` } }
      for (const each of devices) each.inbox.push({ from: act.who, content })
      return
    }
    case 'deliver': {
      const index = act.which % Math.max(1, device?.inbox.length ?? 0)
      const one = device?.inbox[index]
      if (device === undefined || one === undefined) return
      if (deliver(device, one) && !act.again) device.inbox.splice(index, 1)
    }
  }
}

/** What a person sees of it. Of somebody who was removed meanwhile messages may be here and there. */
const seen = (device: OwnDevice): unknown => {
  const { contacts, settings } = device.held()
  const isComparable = (contactId: string): boolean => contactId === idOf('bob')
  return {
    people: [...contacts.values()]
      .filter(({ kind }) => kind !== 'own')
      .map(({ contactId, name, unread }) => `${contactId} ${name} ${isComparable(contactId) ? unread : 0}`)
      .sort(),
    settings: [settings.get('settings')?.displayName, settings.get('settings')?.relayOnly],
    messages: device
      .messages()
      .filter(({ contactId }) => isComparable(contactId))
      .map(({ direction, messageId, state, text: said }) => `${messageId} ${direction} ${state} ${said}`)
      .sort(),
  }
}

/** Three devices that know Bob, after this. */
const after = (story: readonly Act[]): readonly OwnDevice[] => {
  const devices: OwnDevice[] = NAMES.map((name) =>
    ownDevice(name, (tag, from, content) => devices.find((each) => each.tag === tag)?.inbox.push({ from, content })),
  )
  perform(devices, { type: 'meet', at: 0, who: 'bob' }, -1)
  for (const [number, act] of story.entries()) perform(devices, act, number)
  return devices
}

/** Whatever is left arrives, the newest first; what cannot be taken waits for something before it, or was of somebody removed. */
const everythingArrives = (devices: readonly OwnDevice[]): void => {
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const device of devices) {
      for (const one of device.inbox.splice(0).reverse()) {
        if (deliver(device, one)) isMoving = true
        else device.inbox.push(one)
      }
    }
  }
}

const expectAgreement = (devices: readonly OwnDevice[]): void => {
  const [first, ...others] = devices.map(seen)
  for (const other of others) expect(other).toEqual(first)
}

const numRuns = Number(process.env['PARLEY_RUNS'] ?? 100)

it('devices of one person agree once they have heard the same, in whatever order', () => {
  fc.assert(
    fc.property(actsWith(), (story) => {
      const devices = after(story)
      everythingArrives(devices)
      expectAgreement(devices)
    }),
    { numRuns },
  )
})

it('a device that counts to the end keeps a setting from nobody once there is another list', () => {
  const toTheEnd = fc.record({ type: fc.constant('count-to-the-end'), at, text })
  fc.assert(
    fc.property(actsWith(toTheEnd), at, (story, last) => {
      const devices = after(story)
      perform(devices, { type: 'list' }, -2)
      everythingArrives(devices)
      for (const said of ['at', 'last']) perform(devices, { type: 'settings', at: last, text: said }, -3)
      everythingArrives(devices)
      expectAgreement(devices)
      expect(devices.map(({ held }) => held().settings.get('settings')?.displayName)).toEqual(['last', 'last', 'last'])
    }),
    { numRuns },
  )
})

it('what is set under a list that is not known yet waits for it, and a list that nobody signed comes never', () => {
  const [laptop, phone] = after([{ type: 'list' }])
  if (laptop === undefined || phone === undefined) throw new Error('no devices')
  everythingArrives([laptop])
  const nameAt = (device: OwnDevice): string | undefined => device.held().settings.get('settings')?.displayName
  laptop.act((turn) => changeSettings(turn, { displayName: 'under the second' }))
  const told = phone.inbox.findLast((one): one is Sent => 'from' in one)
  if (told?.content.body.type !== 'set') throw new Error('nothing is told')
  expect([told.content.body.list, deliver(phone, told), nameAt(phone)]).toEqual([2, false, undefined])
  const madeUp: Content = { ...told.content, body: { ...told.content.body, list: 2 ** 32 - 1 } }
  everythingArrives([phone])
  expect([nameAt(phone), deliver(phone, { from: 'laptop', content: madeUp })]).toEqual(['under the second', false])
  phone.act((turn) => changeSettings(turn, { displayName: 'and after it' }))
  everythingArrives([laptop])
  expect([nameAt(laptop), nameAt(phone)]).toEqual(['and after it', 'and after it'])
})

it('takes no contact whose account key is another', () => {
  const device = ownDevice('phone', () => {})
  device.act((turn) => {
    const { accountId } = person('bob')
    const setting = {
      type: 'contact',
      contactId: accountId,
      is: { accountKey: person('carol').account.publicKey, introduced: undefined, pairedAtMs: 0 },
    } as const
    const body = { type: 'set', list: 1, counter: 1, tag: 0x200, setting, deviceList: person('carol').deviceList, nextPlace: 1 } as const
    const contact = turn.get('contacts', toHex(person('laptop').accountId))
    if (contact === undefined) throw new Error('no own contact')
    return contentArrived(turn, contact, 0x200, { contentId: fromHex('00'.repeat(16)), sentAtMs: 0, body }, 'key', new Uint8Array(32))
  })
  expect([device.held().contacts.size, device.held().registers.size]).toEqual([1, 0])
})

describe('a device that hears late of what was written on another one', () => {
  const contentId = fromHex('11'.repeat(16))
  const contactId = person('bob').accountId
  const from = (body: Content['body'], who: string = 'laptop', id = contentId) => ({
    from: who,
    content: { contentId: id, sentAtMs: PEOPLE_NOW_MS, body },
  })
  const sent = from({ type: 'sent', contactId, text: 'we meet at nine' })
  const delivered = from({ type: 'outcome', contactId, messageIds: [fromHex('22'.repeat(16)), contentId], isDelivered: true }, 'laptop')
  const failed = from({ type: 'outcome', contactId, messageIds: [contentId], isDelivered: false }, 'tablet')
  const written = {
    direction: 'out',
    state: 'waiting',
    text: 'we meet at nine',
    sentAtMs: PEOPLE_NOW_MS,
    arrivedAtMs: PEOPLE_NOW_MS,
  } as const
  const row = encodeRow({ type: 'message', message: { ...written, contactId: idOf('bob'), messageId: toHex(contentId), place: 1 } })
  const history = from({ type: 'history', contactId, from: 1, to: 2, rows: [row], done: 1, total: 1 }, 'laptop', fromHex('33'.repeat(16)))
  const forged = from({ type: 'message', after: undefined, text: 'I owe you nothing' }, 'bob')

  const shown = (...arrivals: readonly OwnDevice['inbox'][number][]): readonly string[] => {
    const device = ownDevice('phone', () => {})
    device.act((turn) => meet(turn, 'bob'))
    for (const arrival of arrivals) expect(deliver(device, arrival)).toBe(true)
    return device.messages().map(({ direction, state, text: said }) => `${direction} ${state} ${said}`)
  }

  it.each([
    ['by itself', sent],
    ['with the history', history],
  ])('shows it, %s, though the contact has used its id before', (_, ours) => {
    expect(shown(forged, ours)).toEqual(['out waiting we meet at nine'])
    expect(shown(ours, forged)).toEqual(['out waiting we meet at nine'])
    expect(shown(forged, delivered, ours)).toEqual(['out delivered we meet at nine'])
  })

  it.each([
    ['by itself', sent],
    ['with the history', history],
  ])('knows, %s, what became of it, whichever came first', (_, ours) => {
    expect(shown(delivered, ours)).toEqual(shown(ours, delivered))
    expect(shown(failed, delivered, ours)).toEqual(['out delivered we meet at nine'])
    expect(shown(delivered, failed, ours)).toEqual(['out delivered we meet at nine'])
    expect(shown(failed, ours)).toEqual(['out failed we meet at nine'])
  })

  it('remembers no more than 500 outcomes of a conversation', () => {
    const device = ownDevice('phone', () => {})
    device.act((turn) => meet(turn, 'bob'))
    const random = seededRandom('outcomes')
    for (let i = 0; i < 3; i++) {
      const messageIds = Array.from({ length: 200 }, () => random(16))
      deliver(device, from({ type: 'outcome', contactId, messageIds, isDelivered: true }, 'laptop', random(16)))
    }
    expect(device.held().contacts.get(idOf('bob'))?.settledElsewhere?.length).toBe(500)
  })
})

it('knows a contact of whom nobody has kept a list, and writes to nobody before the relay has shown one', () => {
  const device = ownDevice('phone', () => {})
  const { account, accountId } = person('bob')
  const setting = {
    type: 'contact',
    contactId: accountId,
    is: { accountKey: account.publicKey, introduced: undefined, pairedAtMs: 0 },
  } as const
  for (const deviceList of [undefined, person('carol').deviceList]) {
    const body = { type: 'set', list: 1, counter: 1, tag: 0x200, setting, deviceList, nextPlace: 1 } as const
    deliver(device, { from: 'laptop', content: { contentId: fromHex('44'.repeat(16)), sentAtMs: PEOPLE_NOW_MS, body } })
  }
  expect(device.held().contacts.get(idOf('bob'))).toMatchObject({ devices: [], deviceList: { version: 0 } })
  expect(device.held().deviceLists.size).toBe(0)
})

it('heeds a refusal of somebody who claims to be a contact, though the claim comes after it', () => {
  const device = ownDevice('phone', () => {})
  device.act((turn) => meet(turn, 'bob'))
  const [bob, carol] = [person('bob'), person('carol')]
  const setting = { type: 'identity', contactId: bob.accountId, claimant: carol.accountId, isAccepted: false } as const
  const body = { type: 'set', list: 1, counter: 9, tag: 0x200, setting, deviceList: undefined, nextPlace: 1 } as const
  deliver(device, { from: 'laptop', content: { contentId: fromHex('55'.repeat(16)), sentAtMs: PEOPLE_NOW_MS, body } })
  const claim = (claimant: typeof carol) => {
    const wrote = { accountKey: claimant.account.publicKey, deviceList: claimant.deviceList }
    device.act((turn) => identityChanged(turn, idOf('bob'), { contactId: toHex(claimant.accountId), wrote, atMs: turn.nowMs }))
    return device.held().contacts.get(idOf('bob'))?.identityChange?.contactId
  }
  expect([claim(carol), claim(person('tablet'))]).toEqual([undefined, toHex(person('tablet').accountId)])
})

it('says so where two devices of one person were shown two lists of a contact under one number', () => {
  const device = ownDevice('phone', () => {})
  device.act((turn) => {
    meet(turn, 'bob')
    const bob = turn.get('contacts', idOf('bob'))
    if (bob !== undefined) turn.put('contacts', idOf('bob'), { ...bob, deviceList: { version: 1, hash: new Uint8Array(32).fill(1) } })
  })
  const { account, accountId, deviceList } = person('bob')
  const is = { accountKey: account.publicKey, introduced: undefined, pairedAtMs: 0 }
  const body = {
    type: 'set',
    list: 1,
    counter: 9,
    tag: 0x200,
    setting: { type: 'contact', contactId: accountId, is },
    deviceList,
    nextPlace: 1,
  } as const
  deliver(device, { from: 'laptop', content: { contentId: fromHex('66'.repeat(16)), sentAtMs: PEOPLE_NOW_MS, body } })
  expect([...device.held().misbehaviour.values()].map(({ what }) => what)).toEqual(['forked-list'])
  expect(device.held().contacts.get(idOf('bob'))?.deviceList.hash).toEqual(new Uint8Array(32).fill(1))
})
