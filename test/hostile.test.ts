// What a contact, a stranger or the relay can do to the messenger with everything that they hold, played against real devices
// (support/world.ts). Here people write their own frames: keys are taken from a device's rows, and what an honest Parley would
// never send is put together by hand and handed to the victim as if the relay or a line had brought it.

import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { ourParty } from '../src/messenger/account.ts'
import type { Order } from '../src/messenger/api.ts'
import { type Body, encodeContent } from '../src/messenger/content.ts'
import { decodeInitialMessage } from '../src/messenger/initial-message.ts'
import { asleep, type Live } from '../src/messenger/live.ts'
import { presenceArrived } from '../src/messenger/meet.ts'
import { makeOffer } from '../src/messenger/offers.ts'
import { introduce, prekeysNamedBy } from '../src/messenger/own-prekeys.ts'
import { deviceKey, type Held } from '../src/messenger/state.ts'
import { beginTurn } from '../src/messenger/turn.ts'
import { upkeep } from '../src/messenger/upkeep.ts'
import { countersign, readDeviceList, renewDeviceList, type SigningKeys, signDeviceList } from '../src/protocol/identity/identity.ts'
import {
  type GuestVerified,
  guest,
  type HostInput,
  type Introduction,
  startHost,
  stepHost,
  stretchCode,
} from '../src/protocol/pairing/pairing.ts'
import { readBundle } from '../src/protocol/prekeys/prekeys.ts'
import { decrypt, emptyRecord, encrypt, initiate, overhead, readInitial, type SessionRecord } from '../src/protocol/session/session.ts'
import { heldAfter } from '../src/store/held.ts'
import { heldTables } from '../src/store/parts.ts'
import { ENVELOPE_OVERHEAD, encodeEnvelope } from '../src/wire/envelope.ts'
import { envelopeLengthFor, PADDING_OVERHEAD, pad } from '../src/wire/padding.ts'
import type { RelayReply } from '../src/wire/relay-frames.ts'
import { seededRandom } from './support/seeded-random.ts'
import { signerOf } from './support/signer.ts'
import { createWorld, type Device, type World } from './support/world.ts'

const random = seededRandom('hostile')
const DAY_MS = 86_400_000

// ---- honest people ----------------------------------------------------------------------------------------------

/** A device that has made its keys. */
const deviceIn = async (world: World, name: string, directPossible = false): Promise<Device> => {
  const device = await world.addDevice(name, directPossible)
  await world.until('keys', () => device.held.self.size > 0)
  return device
}

/** @returns whom each of the two has for a contact */
const pair = async (
  world: World,
  host: Device,
  typing: Device,
): Promise<{ readonly guestOfHost: string; readonly hostOfGuest: string }> => {
  const shown = await showsCode(world, host)
  typing.command({ type: 'enter-code', room: { type: 'id', roomId: shown.roomId }, code: shown.code })
  await world.until('both ready', () => host.pairing?.phase === 'ready' && typing.pairing?.phase === 'ready')
  return { guestOfHost: accountOf(typing), hostOfGuest: accountOf(host) }
}

const showsCode = async (world: World, host: Device) => {
  host.command({ type: 'show-code' })
  await world.until('a code', () => host.pairing?.phase === 'waiting')
  const hosting = host.held.hosting.get('hosting')
  if (hosting === undefined) throw new Error('hostile: no code')
  return hosting
}

// A map without entries is a table of whatever rows.
const emptyTables = Object.fromEntries(heldTables.map((table) => [table, new Map()])) as unknown as Held

const selfOf = (device: Device) => must(device.held.self.get('self'))
const accountOf = (device: Device): string => toHex(selfOf(device).accountId)
const contactOf = (device: Device, contactId: string) => must(device.held.contacts.get(contactId))
const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('hostile: nothing there')
  return value
}
const turnOf = (world: World, device: Device) => beginTurn(device.held, asleep, world.nowMs(), random)

/** Everything that a device orders from now on. */
const ordersOf = (world: World, device: Device): Order[] => {
  const orders: Order[] = []
  const before = world.onPost
  world.onPost = (from, message) => {
    before(from, message)
    if (from === device && message.type === 'order') orders.push(message.order)
  }
  return orders
}

/** Upkeep and what it left on the disk. */
const keptUp = (held: Held, nowMs: number): Held => {
  const turn = beginTurn(held, asleep, nowMs, random)
  upkeep(turn)
  return heldAfter(held, turn.changes().held)
}

// ---- envelopes by hand ------------------------------------------------------------------------------------------

/** Seals contents one after the other in a device's session, whatever they say. */
const writerFrom = (record: SessionRecord) => {
  let current = record
  return (body: Body, world: World, contentId = random(16)): Uint8Array => {
    const content = encodeContent({ contentId, sentAtMs: world.nowMs(), body })
    const added = overhead(current) + ENVELOPE_OVERHEAD
    const length = must(envelopeLengthFor(content.length + PADDING_OVERHEAD + added))
    const id = random(16)
    const said = encrypt(current, { envelopeId: id, plaintext: pad(content, length - added), nowMs: world.nowMs(), random })
    if (!said.ok) throw new Error(said.reason)
    current = said.record
    return encodeEnvelope({ type: 'session', id, message: said.message })
  }
}

/** The session of `from` with `to`, and the way into the ear of `to`. */
const asContact = (from: Device, to: Device) => {
  const contact = contactOf(from, accountOf(to))
  const record = must(from.held.sessions.get(deviceKey(contact.contactId, must(contact.devices[0]).device.tag)))
  const address = must(contactOf(to, accountOf(from)).devices[0]).ourAddress
  return { write: writerFrom(record), deliver: (envelope: Uint8Array) => arrives(to, address, envelope) }
}

/** As one that was kept nowhere. */
const arrives = (to: Device, address: Uint8Array, envelope: Uint8Array): void =>
  to.report({ type: 'relay-received', connection: 'listen', reply: { type: 'envelope', address, position: 0, envelope } })

// ---- a guest by hand --------------------------------------------------------------------------------------------

/** Types the code that `host` shows and introduces itself as it likes. @returns the host's answer, if it gave one */
const guestByHand = async (
  world: World,
  host: Device,
  introduction: Introduction,
  carrier: 'direct' | 'room' = 'room',
): Promise<GuestVerified | undefined> => {
  const { code, roomId } = await showsCode(world, host)
  const orders = ordersOf(world, host)
  const [ourFingerprint, theirFingerprint] = [random(32), random(32)]
  const peerId = host.live.pairing?.peerId ?? ''
  if (carrier === 'room') host.report({ type: 'relay-received', connection: 'room', reply: { type: 'peer-joined' } })
  else {
    const path = { ours: 'host', theirs: 'host', openedInMs: 1 }
    host.report({ type: 'link-opened', linkId: LINE, peerId, dialled: false, ourFingerprint, theirFingerprint, path })
  }
  const heard = () =>
    orders.flatMap((order) => {
      if (order.type === 'link-send' && order.linkId === LINE && order.frame.type === 'pairing') return [order.frame.body]
      if (order.type === 'relay-send' && order.request.type === 'room-message' && carrier === 'room') return [order.request.body]
      return []
    })
  const [flight1] = await awaited(world, () => heard().filter(([, , type]) => type === 1))
  const binding = carrier === 'room' ? new Uint8Array(0) : Uint8Array.from([...theirFingerprint, ...ourFingerprint])
  const secret = must(stretchCode(code, roomId))
  const guessed = guest.guess({ secret, context: { roomId, carrier, binding }, flight1: must(flight1), introduction, random })
  if (!guessed.ok) throw new Error(guessed.reason)
  if (carrier === 'room') {
    host.report({ type: 'relay-received', connection: 'room', reply: { type: 'room-message', body: guessed.flight2 } })
  } else host.report({ type: 'link-received', linkId: LINE, frame: { type: 'pairing', body: guessed.flight2 } })
  await world.pass(1)
  const flight3 = heard().findLast(([, , type]) => type === 3)
  if (flight3 === undefined) return undefined
  const answer = guest.receiveAnswer(guessed.state, flight3, { ourAccountKey: new Uint8Array(1984), nowMs: world.nowMs() })
  if (!answer.ok) throw new Error(answer.reason)
  return answer.verified
}

const LINE = '00'.repeat(16)

const awaited = async <T>(world: World, look: () => readonly T[]): Promise<readonly T[]> => {
  await world.until('a frame', () => look().length > 0, 1_000)
  return look()
}

const partyOf = ({ introduced }: GuestVerified) => ({
  accountKey: introduced.accountKey,
  tag: introduced.device.tag,
  identityKey: introduced.device.identityKey,
})

/** What an honest guest does with an answer. @returns its first word, sealed for the host */
const honestReply = (world: World, device: Device, verified: GuestVerified): Uint8Array => {
  const initial = decodeInitialMessage(verified.initialMessage)
  if (!initial.ok) throw new Error('hostile: no initial message')
  const turn = turnOf(world, device)
  const opened = decrypt(emptyRecord, {
    envelopeId: initial.value.id,
    message: initial.value.message,
    ours: ourParty(turn),
    ourIdentity: selfOf(device).identity,
    theirs: partyOf(verified),
    prekeys: prekeysNamedBy(turn, must(readInitial(initial.value.message))),
    psk: verified.psk,
    nowMs: world.nowMs(),
    maxSkip: 0,
  })
  if (!opened.ok) throw new Error(opened.reason)
  return writerFrom(opened.record)({ type: 'hello' }, world)
}

// ---- a contact --------------------------------------------------------------------------------------------------

describe('a contact', () => {
  it('writes nothing over what we said: a message that bears the id of one of ours is none', async () => {
    const world = createWorld('hostile/id')
    const [alice, bob] = [await deviceIn(world, 'alice'), await deviceIn(world, 'bob')]
    const { guestOfHost } = await pair(world, alice, bob)
    alice.command({ type: 'send-message', contactId: guestOfHost, text: 'I never said yes' })
    await world.until('delivery', () => alice.messages[0]?.state === 'delivered')
    const { write, deliver } = asContact(bob, alice)
    deliver(write({ type: 'message', after: undefined, text: 'I say yes' }, world, fromHex(must(alice.messages[0]).messageId)))
    await world.pass(1_000)
    alice.command({ type: 'load-messages', contactId: guestOfHost, before: undefined, count: 10 })
    await world.pass(1_000)
    expect(alice.messages.map(({ direction, text }) => [direction, text])).toEqual([['out', 'I never said yes']])
    expect(contactOf(alice, guestOfHost).unread).toBe(0)
  })

  it('who sends presence after presence makes us dial once', async () => {
    const world = createWorld('hostile/presence')
    const [one, other] = [await deviceIn(world, 'one', true), await deviceIn(world, 'other', true)]
    await pair(world, one, other)
    const [lower, higher] = accountOf(one) < accountOf(other) ? [one, other] : [other, one]
    world.mayPass = () => false
    const orders = ordersOf(world, lower)
    const { write, deliver } = asContact(higher, lower)
    const presence = () => write({ type: 'presence', peerId: toHex(random(16)), token: random(32) }, world)
    deliver(presence())
    await world.until('a dial', () => orders.some(({ type }) => type === 'link-dial'))
    for (let i = 0; i < 50; i++) deliver(presence())
    await world.pass(1)
    expect(orders.filter(({ type }) => type === 'link-dial')).toHaveLength(1)
    // Later ones count again: the other side may have been reloaded.
    await world.pass(1_000)
    deliver(presence())
    await world.until('another dial', () => orders.filter(({ type }) => type === 'link-dial').length === 2, 1_000)
  })

  it('cannot make us remember more envelopes that overtake than a line has under way', async () => {
    const world = createWorld('hostile/held-back')
    const [alice, bob] = [await deviceIn(world, 'alice'), await deviceIn(world, 'bob')]
    await pair(world, alice, bob)
    const { write, deliver } = asContact(bob, alice)
    for (let i = 0; i < 100; i++) deliver(write({ type: 'message', after: random(16), text: `${i}` }, world))
    await world.pass(100)
    expect(alice.live.refusals['out-of-order']).toBe(100)
    expect(alice.live.heldBack.size).toBeLessThanOrEqual(64)
  })
})

it('many contacts at once make us seek no more than 16 lines', () => {
  const turn = beginTurn(
    emptyTables,
    { ...asleep, relay: { room: 'off', listen: 'open', deposit: 'open', publish: 'off' } } satisfies Live,
    0,
    random,
  )
  for (let i = 0; i < 40; i++) presenceArrived(turn, `contact ${i}`, 0x100, { peerId: toHex(random(16)), token: random(32) })
  expect(turn.live.meetings.size).toBe(16)
})

// ---- a stranger -------------------------------------------------------------------------------------------------

describe('a stranger who knows a code', () => {
  it('and passes on the introduction of a contact does not get that contact’s messages', async () => {
    const world = createWorld('hostile/line')
    const [alice, carol] = [await deviceIn(world, 'alice', true), await deviceIn(world, 'carol')]
    const { guestOfHost: carolId } = await pair(world, alice, carol)
    const orders = ordersOf(world, alice)
    const answer = await guestByHand(world, alice, introduce(turnOf(world, carol), random(32)), 'direct')
    expect(answer).toBeDefined()
    alice.command({ type: 'send-message', contactId: carolId, text: 'for Carol only' })
    await world.until('Carol has it', () => carol.messages.some(({ text }) => text === 'for Carol only'), 20_000)
    expect(alice.line(carolId)).toBe('relay')
    expect(orders.filter((order) => order.type === 'link-send' && order.frame.type === 'envelope')).toEqual([])
  })

  it('is a contact once it answers on the line of its guess, which is then the contact’s line', async () => {
    const world = createWorld('hostile/honest-line')
    const [alice, bob] = [await deviceIn(world, 'alice', true), await deviceIn(world, 'bob', true)]
    const verified = must(await guestByHand(world, alice, introduce(turnOf(world, bob), random(32)), 'direct'))
    expect(alice.contacts).toEqual([])
    alice.report({ type: 'link-received', linkId: LINE, frame: { type: 'envelope', envelope: honestReply(world, bob, verified) } })
    await world.pass(1)
    expect(alice.contacts).toEqual([accountOf(bob)])
    expect(alice.line(accountOf(bob))).toBe('direct')
    expect(alice.pairing).toMatchObject({ phase: 'ready', direct: true })
  })

  it('who answers in a session without the psk of the pairing is no contact', async () => {
    const world = createWorld('hostile/no-psk')
    const [alice, mallory] = [await deviceIn(world, 'alice'), await deviceIn(world, 'mallory')]
    const verified = must(await guestByHand(world, alice, introduce(turnOf(world, mallory), random(32))))
    const turn = turnOf(world, mallory)
    const { bundle, address } = verified.introduced
    const begun = initiate(emptyRecord, {
      ours: ourParty(turn),
      ourIdentity: selfOf(mallory).identity,
      theirs: partyOf(verified),
      bundle,
      psk: undefined,
      nowMs: world.nowMs(),
      random,
    })
    if (!begun.ok) throw new Error(begun.reason)
    arrives(alice, address, writerFrom(begun.record)({ type: 'hello' }, world))
    await world.pass(1_000)
    expect(alice.contacts).toEqual([])
    // And with it, it is one.
    arrives(alice, address, honestReply(world, mallory, verified))
    await world.pass(1_000)
    expect(alice.contacts).toEqual([accountOf(mallory)])
  })
})

it('a second line to the host is not the contact’s, though the answer comes on it: only the line of the guess is bound', async () => {
  const world = createWorld('hostile/second-line')
  const [alice, bob] = [await deviceIn(world, 'alice', true), await deviceIn(world, 'bob')]
  const orders = ordersOf(world, alice)
  world.setRelayUp(false)
  const [roomId, code, hostPeerId] = [random(16), '123456', toHex(random(16))]
  const fromRoom = (reply: RelayReply) => alice.report({ type: 'relay-received', connection: 'room', reply })

  let host = startHost({
    secret: must(stretchCode(code, roomId)),
    roomId,
    ourAccountKey: selfOf(bob).account.publicKey,
    expiresAtMs: world.nowMs() + DAY_MS,
  })
  const take = (input: HostInput) => {
    const { state, effects } = stepHost(host, input, { nowMs: world.nowMs(), random })
    host = state
    return { effects, frames: effects.flatMap((effect) => (effect.type === 'send' ? [effect.frame] : [])) }
  }

  alice.command({ type: 'enter-code', room: { type: 'id', roomId }, code })
  const configuration = { iceServers: [], relayOnly: false, roomLifeMs: DAY_MS, storeId: random(16), relayKey: random(32) }
  alice.report({ type: 'relay-opened', connection: 'room', configuration })
  fromRoom({ type: 'room-joined', requestId: 0, roomId, expiresInMs: DAY_MS })
  fromRoom({ type: 'peer-joined' })
  await world.pass(1)
  const peerId = must(alice.live.pairing?.peerId)
  alice.report({ type: 'peer-ready', peerId })
  take({ type: 'peer-ready', peerId: hostPeerId })
  for (const body of take({ type: 'carrier-opened', carrier: 'room', binding: new Uint8Array(0) }).frames)
    fromRoom({ type: 'room-message', body })

  const dials = () => orders.flatMap((order) => (order.type === 'link-dial' ? [order.linkId] : []))
  const open = (linkId: string, ourFingerprint: Uint8Array, theirFingerprint: Uint8Array) => {
    const path = { ours: 'host', theirs: 'host', openedInMs: 1 }
    alice.report({ type: 'link-opened', linkId, peerId, dialled: true, ourFingerprint, theirFingerprint, path })
  }
  await world.until('a line is dialled', () => dials().length === 1, 1_000)
  const [ours, theirs] = [random(32), random(32)]
  const first = must(dials()[0])
  open(first, ours, theirs)
  const [flight1] = take({ type: 'carrier-opened', carrier: 'direct', binding: Uint8Array.from([...ours, ...theirs]) }).frames
  alice.report({ type: 'link-received', linkId: first, frame: { type: 'pairing', body: must(flight1) } })
  const guesses = () => orders.flatMap((order) => (order.type === 'link-send' && order.frame.type === 'pairing' ? [order.frame.body] : []))
  await world.until('a guess', () => guesses().length === 1, 1_000)
  const introduced = take({ type: 'frame-received', carrier: 'direct', frame: must(guesses()[0]) }).effects.find(
    ({ type }) => type === 'introduce',
  )
  if (introduced?.type !== 'introduce') throw new Error('hostile: no guess')
  const answer = must(makeOffer(turnOf(world, bob), introduced.verified, undefined))
  const [flight3] = take({ type: 'answer-ready', introduction: answer.introduction, initialMessage: answer.initialMessage }).frames

  // The line breaks, and the signalling service brings the guest to dial another one, which ends elsewhere.
  alice.report({ type: 'link-closed', linkId: first, why: 'failed' })
  alice.report({ type: 'peer-ready', peerId })
  await world.until('another line', () => dials().length === 2, 1_000)
  const second = must(dials()[1])
  open(second, random(32), random(32))
  alice.report({ type: 'link-received', linkId: second, frame: { type: 'pairing', body: must(flight3) } })
  await world.pass(1)
  expect(alice.contacts).toEqual([accountOf(bob)])
  expect(alice.line(accountOf(bob))).not.toBe('direct')
})

describe('somebody who pairs again', () => {
  it('with another device leaves no session keys of the one before', async () => {
    const world = createWorld('hostile/other-device')
    const [alice, bob] = [await deviceIn(world, 'alice'), await deviceIn(world, 'bob')]
    const { guestOfHost } = await pair(world, alice, bob)
    const before = [...alice.held.sessions.keys()]
    // Bob's account on a second device: everything but the account is new.
    const other = await deviceIn(world, 'other')
    const [{ accountId }, theirs] = [selfOf(bob), selfOf(other)]
    const account = signerOf(selfOf(bob))
    const entry = { tag: theirs.tag, deviceKey: theirs.device.publicKey, identityKey: theirs.identity.publicKey, createdAtMs: 0, name: '' }
    const previousHash = contactOf(alice, guestOfHost).deviceList.hash
    const deviceList = signDeviceList({
      account,
      list: { version: 2, previousHash, expiresAtMs: world.nowMs() + DAY_MS, devices: [entry] },
      countersignatures: [countersign(entry, theirs.device, accountId, random)],
      random,
    })
    const self = { ...theirs, account, accountId, deviceList }
    const held = keptUp({ ...other.held, self: new Map([['self', self]]), statements: new Map() }, world.nowMs())
    const asBob = {
      get held() {
        return held
      },
    } as Device
    const verified = must(await guestByHand(world, alice, introduce(turnOf(world, asBob), random(32))))
    arrives(alice, verified.introduced.address, honestReply(world, asBob, verified))
    await world.pass(1_000)
    expect(contactOf(alice, guestOfHost).devices.map(({ device }) => device.tag)).toEqual([theirs.tag])
    expect([...alice.held.sessions.keys()]).toEqual([deviceKey(guestOfHost, theirs.tag)])
    expect(before).toEqual([deviceKey(guestOfHost, selfOf(bob).tag)])
  })

  it('shows no device list that is older than the one we know', async () => {
    const world = createWorld('hostile/rollback')
    const [alice, bob] = [await deviceIn(world, 'alice'), await deviceIn(world, 'bob')]
    const old = introduce(turnOf(world, bob), random(32))
    const renewed = (account: SigningKeys) => renewDeviceList({ account, current: old.deviceList, nowMs: world.nowMs(), random })
    const newer: Introduction = { ...introduce(turnOf(world, bob), random(32)), deviceList: renewed(signerOf(selfOf(bob))) }
    const verified = must(await guestByHand(world, alice, newer))
    arrives(alice, verified.introduced.address, honestReply(world, bob, verified))
    await world.pass(1_000)
    expect(contactOf(alice, accountOf(bob)).deviceList.version).toBe(2)
    alice.command({ type: 'cancel-pairing' })
    expect(await guestByHand(world, alice, old)).toBeUndefined()
    expect(alice.held.offers.size).toBe(0)
    // Nor another one under the same number.
    alice.command({ type: 'cancel-pairing' })
    await world.pass(1_000)
    const fork = { ...old, deviceList: renewed(signerOf(selfOf(bob))) }
    expect(await guestByHand(world, alice, fork)).toBeUndefined()
    expect(contactOf(alice, accountOf(bob)).deviceList.version).toBe(2)
  })
})

// ---- the relay --------------------------------------------------------------------------------------------------

describe('the relay', () => {
  it('that plays an envelope again and again, and swallows every answer, harms the session no longer than that', async () => {
    const world = createWorld('hostile/replay')
    const [alice, bob] = [await deviceIn(world, 'alice'), await deviceIn(world, 'bob')]
    const { hostOfGuest } = await pair(world, alice, bob)
    const orders = ordersOf(world, bob)
    bob.command({ type: 'send-message', contactId: hostOfGuest, text: 'hello' })
    await world.until('delivery', () => bob.messages.at(-1)?.state === 'delivered')
    const recorded = must(
      orders.flatMap((order) => (order.type === 'relay-send' && order.request.type === 'deposit' ? [order.request.envelope] : []))[0],
    )
    const { deliver } = asContact(bob, alice)
    world.mayPass = (what, from) => what !== 'relay' || from !== alice
    for (let i = 0; i < 1_200; i++) {
      deliver(recorded)
      await world.pass(50)
    }
    world.mayPass = () => true
    bob.command({ type: 'send-message', contactId: hostOfGuest, text: 'still there?' })
    await world.until('a receipt', () => bob.messages.length === 2 && bob.messages.at(-1)?.state === 'delivered', 300_000)
  }, 60_000)
})

// ---- clocks -----------------------------------------------------------------------------------------------------

describe('a device whose clock was years ahead at its first start', () => {
  const nowMs = 1_750_000_000_000
  const after = keptUp(keptUp(emptyTables, nowMs + 3 * 365 * DAY_MS), nowMs)
  /** What somebody makes of its introduction. */
  const read = (held: Held, atMs: number) => {
    const { account, accountId } = must(held.self.get('self'))
    const { bundle, deviceList } = introduce(beginTurn(held, asleep, atMs, random), random(32))
    const list = readDeviceList(deviceList, { accountKey: account.publicKey, nowMs: atMs, known: undefined })
    if (!list.ok) return list.reason
    const served = readBundle(bundle, { accountId, device: must(list.list.devices[0]), nowMs: atMs })
    return served.ok ? served.bundle : served.reason
  }

  it('is believed as soon as the clock is right, one-time keys and all', () => {
    expect(read(after, nowMs)).toMatchObject({ oneTimeKem: { id: expect.any(Number) }, oneTimeX25519: { id: expect.any(Number) } })
  })

  it('signs once then, not at each upkeep', () => {
    const again = keptUp(after, nowMs + 3_600_000)
    expect([...again.statements.keys()]).toEqual([...after.statements.keys()])
    expect([...again.kemBatches.keys()]).toEqual([...after.kemBatches.keys()])
  })

  it('and one that slept past its statement’s end introduces itself with a fresh one', () => {
    expect(read(after, nowMs + 20 * DAY_MS)).toMatchObject({ createdAtMs: nowMs + 20 * DAY_MS })
  })
})
