// What no honest Parley would do, made with what a device holds: envelopes written by hand, and rows changed behind its back.

import { type Body, encodeContent } from '../../src/messenger/content.ts'
import { asleep } from '../../src/messenger/live.ts'
import { sealFor } from '../../src/messenger/send.ts'
import { beginTurn, type Turn } from '../../src/messenger/turn.ts'
import { seededRandom } from '../support/seeded-random.ts'
import type { Device, World } from '../support/world.ts'
import { seed } from './stories.ts'

const random = seededRandom(`${seed}/forging`)

/** Envelopes as the device would make them next, without moving its session. */
export const forge = (world: World, device: Device, contactId: string, bodies: readonly Body[]): readonly Uint8Array[] => {
  const turn = beginTurn(device.held, device.live, world.nowMs(), random)
  const tag = device.held.contacts.get(contactId)?.devices[0]?.device.tag ?? 0
  return bodies.map((body) => {
    const sealed = sealFor(turn, contactId, tag, encodeContent({ contentId: random(16), sentAtMs: world.nowMs(), body }))
    if (sealed === undefined) throw new Error('forge: nothing sealed')
    return sealed.bytes
  })
}

/** Where a device listens for a contact. */
export const addressFor = (device: Device, contactId: string): Uint8Array => {
  const [first] = device.held.contacts.get(contactId)?.devices ?? []
  if (first === undefined) throw new Error('addressFor: nobody of this id')
  return first.ourAddress
}

/** An envelope as if the relay had brought it, at a position of its mailbox or (0) live. */
export const arrive = (device: Device, contactId: string, envelope: Uint8Array, position = 0): void => {
  const reply = { type: 'envelope', address: addressFor(device, contactId), position, envelope } as const
  device.report({ type: 'relay-received', connection: 'listen', reply })
}

/** The page is closed, its rows are changed, and it is opened again. */
export const tamper = async (world: World, device: Device, change: (turn: Turn) => void): Promise<void> => {
  device.crash()
  const opened = await device.disk.open()
  if (!opened.ok) throw new Error(`tamper: ${opened.reason}`)
  const turn = beginTurn(opened.store.held, asleep, world.nowMs(), random)
  change(turn)
  await opened.store.commit(turn.changes())
  await device.open()
}
