// What people wrote and what reached the disks of the others, noted as it happens, and what must be true of it at any time
// and at the end.

import { expect } from 'vitest'
import { equal } from '../../src/crypto/bytes.ts'
import type { Message } from '../../src/messenger/state.ts'
import type { Device, World } from '../support/world.ts'
import { idOf, load } from './stories.ts'

/** A message that waits for one that is missing is taken after so long all the same, milliseconds. */
const MISSING_MS = 120_000

export interface Ledger {
  /** Messages that were written so far. */
  readonly written: () => number
  /** Whether this text is on the disk of whom it is from. */
  readonly isWritten: (text: string) => boolean
  /** What the two wrote to each other is expected no more: one of them has removed the other. */
  readonly forget: (one: Device, other: Device) => void
  /** Everything that was written is with whom it is for: once, and in order. @param overtaken whether what was waited for may be overtaken */
  readonly expectComplete: (overtaken: boolean) => Promise<void>
}

/** Watches every commit from now on. All devices of the world are there. */
export const keepLedger = (world: World, devices: readonly Device[]): Ledger => {
  const deviceOf = new Map(devices.map((device) => [idOf(device), device]))
  const written = new Map<string, Message[]>()
  const arrived = new Map<Device, Set<string>>(devices.map((device) => [device, new Set()]))

  const noteMessage = (device: Device, message: Message): void => {
    const { contactId, direction, messageId, state } = message
    if (direction === 'in') return void arrived.get(device)?.add(messageId)
    const way = `${idOf(device)}/${contactId}`
    const before = written.get(way) ?? []
    if (!before.some((each) => each.messageId === messageId)) written.set(way, [...before, message])
    const receiver = deviceOf.get(contactId)
    if (state === 'delivered' && receiver !== undefined)
      expect(arrived.get(receiver)?.has(messageId), `${device.name} believes that ${receiver.name} has "${message.text}"`).toBe(true)
    expect(state, `"${message.text}" of ${device.name}`).not.toBe('failed')
  }

  world.onCommit = (device, { held, messages }) => {
    for (const change of held) {
      if (change.table !== 'contacts' || change.row === undefined) continue
      const { accountKey, contactId, devices: contactDevices } = change.row
      const self = deviceOf.get(contactId)?.held.self.get('self')
      const isReal =
        self !== undefined &&
        equal(self.account.publicKey, accountKey) &&
        contactDevices.every(
          ({ device: { deviceKey, identityKey, tag } }) =>
            tag === self.tag && equal(deviceKey, self.device.publicKey) && equal(identityKey, self.identity.publicKey),
        )
      expect(isReal, `whom ${device.name} has for a contact`).toBe(true)
    }
    for (const message of messages) noteMessage(device, message)
  }

  const expectHistory = (from: Device, to: Device, sent: readonly Message[], overtaken: boolean): void => {
    const shown = to.messages.filter(({ contactId, direction }) => contactId === idOf(from) && direction === 'in')
    const way = `${from.name} to ${to.name}`
    const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text)
    if (!overtaken) return expect([way, texts(shown)]).toEqual([way, texts(sent)])
    expect([way, texts(shown).toSorted()]).toEqual([way, texts(sent).toSorted()])
    // Whatever was overtaken: the first that did so had waited for it, or for another one in between.
    for (const [i, { messageId: missing, text }] of sent.entries()) {
      const before = shown.slice(
        0,
        shown.findIndex(({ messageId }) => messageId === missing),
      )
      const first = before.find(({ messageId }) => sent.findIndex((each) => each.messageId === messageId) > i)
      const waitedMs = first && first.arrivedAtMs - first.sentAtMs
      expect(waitedMs ?? MISSING_MS, `${way}: "${first?.text}" overtook "${text}"`).toBeGreaterThanOrEqual(MISSING_MS)
    }
  }

  return {
    written: () => [...written.values()].reduce((sum, messages) => sum + messages.length, 0),
    isWritten: (text) => [...written.values()].some((messages) => messages.some((message) => message.text === text)),
    forget: (one, other) => {
      for (const way of [`${idOf(one)}/${idOf(other)}`, `${idOf(other)}/${idOf(one)}`]) written.delete(way)
    },
    expectComplete: async (overtaken) => {
      for (const [way, sent] of written) {
        const [from, to] = way.split('/').map((id) => deviceOf.get(id))
        if (from === undefined || to === undefined) throw new Error('ledger: somebody wrote to nobody')
        await load(world, to, idOf(from))
        expectHistory(from, to, sent, overtaken)
        await load(world, from, idOf(to))
        const states = from.messages.filter(({ contactId, direction }) => contactId === idOf(to) && direction === 'out')
        expect(states.map(({ messageId, state }) => [messageId, state])).toEqual(sent.map(({ messageId }) => [messageId, 'delivered']))
      }
    },
  }
}
