// What people do in the simulated world, and what must be true of them afterwards.

import { expect } from 'vitest'
import { fromHex } from '../../src/crypto/bytes.ts'
import type { PairingFailure, ShownCode } from '../../src/messenger/api.ts'
import { link } from '../support/linking.ts'
import { profileOf } from '../support/profiles.ts'
import { createWorld, type Device, type World } from '../support/world.ts'

export const seed = process.env['PARLEY_SEED'] ?? '1'
/** The real primitives take one of each kind; the breadth is for the stand-ins. */
export const isBroad = process.env['PARLEY_PRIMITIVES'] !== 'real'
const runs = Number(process.env['PARLEY_RUNS'] ?? 100)
/** How many seeded cases of something costly: `share` of the runs asked for, one with the real primitives. */
export const cases = (share: number): readonly number[] =>
  Array.from({ length: isBroad ? Math.max(1, Math.round(runs * share)) : 1 }, (_, i) => i)

export const shown = (device: Device): ShownCode => {
  const { pairing } = device
  if (pairing?.side !== 'host' || !('shown' in pairing)) throw new Error(`no code is shown: ${JSON.stringify(pairing)}`)
  return pairing.shown
}

export const showCode = async (world: World, host: Device): Promise<ShownCode> => {
  host.command({ type: 'show-code' })
  await world.until('a code', () => host.pairing?.phase === 'waiting')
  return shown(host)
}

export const enterCode = (guest: Device, { code, number, roomId }: ShownCode, by: 'number' | 'link' = 'number'): void => {
  if (by === 'link') return guest.command({ type: 'enter-code', room: { type: 'id', roomId: fromHex(roomId) }, code })
  if (number === undefined) throw new Error('no number')
  guest.command({ type: 'enter-code', room: { type: 'number', number }, code })
}

export const wrong = (code: ShownCode): ShownCode => ({ ...code, code: code.code === '000000' ? '000001' : '000000' })

export const bothReady = (world: World, host: Device, guest: Device): Promise<void> =>
  world.until('both ready', () => host.pairing?.phase === 'ready' && guest.pairing?.phase === 'ready')

/** Each by the name that the other has for it. */
export interface Pair {
  readonly guestOfHost: string
  readonly hostOfGuest: string
}

export const pairOf = (host: Device, guest: Device): Pair => ({ guestOfHost: idOf(guest), hostOfGuest: idOf(host) })

/** The tag of a device on its account's list. */
export const tagOf = (device: Device): number => device.held.self.get('self')?.tag ?? 0

export const idOf = (device: Device): string => {
  const self = device.held.self.get('self')
  if (self === undefined) throw new Error('no account yet')
  return [...self.accountId].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const pair = async (world: World, host: Device, guest: Device, by: 'number' | 'link' = 'number'): Promise<Pair> => {
  enterCode(guest, await showCode(world, host), by)
  await bothReady(world, host, guest)
  return pairOf(host, guest)
}

export const failsWith = (world: World, device: Device, reason: PairingFailure, withinMs?: number): Promise<void> =>
  world.until(`${device.name}: ${reason}`, () => device.pairing?.phase === 'failed' && device.pairing.reason === reason, withinMs)

export const texts = (device: Device, direction: 'in' | 'out'): readonly string[] =>
  device.messages.filter((each) => each.direction === direction).map(({ text }) => text)

export const allDelivered = (device: Device): boolean =>
  device.messages.every((each) => each.direction === 'in' || each.state === 'delivered')

export const send = (device: Device, contactId: string, text: string): void => device.command({ type: 'send-message', contactId, text })

export const load = async (world: World, device: Device, contactId: string): Promise<void> => {
  const before = device.events.length
  device.command({ type: 'load-messages', contactId, before: undefined, count: 10_000 })
  await world.until('the history', () => device.events.slice(before).some(({ type }) => type === 'messages-loaded'))
}

/** Nothing waits for anybody any more. */
export const quiet = (world: World, ...devices: readonly Device[]): Promise<void> =>
  world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), 900_000)

export const openAll = async (...devices: readonly Device[]): Promise<void> => {
  for (const device of devices) if (!device.isOpen) await device.open()
}

/** Both see each other, have the same safety number, and hear each other. */
export const expectFriends = async (world: World, a: Device, b: Device): Promise<void> => {
  const [idOfA, idOfB] = [idOf(a), idOf(b)]
  expect(a.held.contacts.get(idOfB)?.safetyNumber).toBe(b.held.contacts.get(idOfA)?.safetyNumber)
  const word = `are you there? ${world.nowMs()}`
  send(a, idOfB, word)
  send(b, idOfA, word)
  await world.until('they hear each other', () => texts(a, 'in').includes(word) && texts(b, 'in').includes(word), 180_000)
}

/** Alice, who has linked a phone, and Bob; at rest. */
export const withPhone = async (name: string): Promise<{ world: World; alice: Device; bob: Device; phone: Device }> => {
  const world = createWorld(`${seed}/${name}`)
  const alice = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  await pair(world, alice, bob)
  const phone = await link(world, alice, 'phone')
  await quiet(world, alice, bob, phone)
  return { world, alice, bob, phone }
}
