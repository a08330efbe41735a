// What several devices cost: a message to a contact with one, two and five of them. The messenger runs on simulated disks and wires,
// with the real primitives, so that CPU and bytes are its own. What the history of a new device costs is measured in handover.ts.

import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { systemRandom } from '../src/crypto/random.ts'
import { step } from '../src/messenger/messenger.ts'
import { deviceKey, type OutboxEntry } from '../src/messenger/state.ts'
import { overhead } from '../src/protocol/session/session.ts'
import { ENVELOPE_OVERHEAD } from '../src/wire/envelope.ts'
import { link } from '../test/support/linking.ts'
import { profileOf } from '../test/support/profiles.ts'
import { createWorld, type Device, type World } from '../test/support/world.ts'
import { bytes, compare, comparedFigure, type Figure } from './figures.ts'
import { bareMessage } from './primitives.ts'

const TEXT = 'See you at eight then, at the bridge by the old mill'
const DAY_MS = 86_400_000

export const idOf = (device: Device): string => toHex(device.held.self.get('self')?.accountId ?? new Uint8Array(0))

export const atRest = (world: World, devices: readonly Device[]): Promise<void> =>
  world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), DAY_MS)

/** Two people who have paired. */
export const couple = async (name: string): Promise<{ readonly world: World; readonly alice: Device; readonly bob: Device }> => {
  const world = createWorld(`bench/${name}`)
  const alice = await world.addDevice('alice', false, await profileOf('alice'))
  const bob = await world.addDevice('bob', false, await profileOf('bob'))
  alice.command({ type: 'show-code' })
  await world.until('a code', () => alice.pairing?.phase === 'waiting')
  const { pairing } = alice
  if (pairing?.side !== 'host' || !('shown' in pairing)) throw new Error('devices: no code')
  bob.command({ type: 'enter-code', room: { type: 'id', roomId: fromHex(pairing.shown.roomId) }, code: pairing.shown.code })
  await world.until('both', () => alice.pairing?.phase === 'ready' && bob.pairing?.phase === 'ready')
  await atRest(world, [alice, bob])
  return { world, alice, bob }
}

/** One message, made again and again from the same rows: nothing of it is kept. @returns its entries of the outbox */
const sending = ({ held, live }: Device, contactId: string, nowMs: number): readonly OutboxEntry[] => {
  const outcome = step(held, live, { type: 'command', command: { type: 'send-message', contactId, text: TEXT } }, nowMs, systemRandom)
  if (!('done' in outcome)) throw new Error('devices: sending asks for rows')
  return outcome.done.changes.held.flatMap(({ row, table }) => (table === 'outbox' && row?.isMessage === true ? [row] : []))
}

/** As many bytes sealed bare for each of these. */
const bareSending = ({ held }: Device, entries: readonly OutboxEntry[]): (() => void) => {
  const calls = entries.map(({ contactId, envelope, tag }) => {
    const record = held.sessions.get(deviceKey(contactId, tag))
    if (record?.current?.ratchet.phase !== 'their-turn' || envelope === undefined) throw new Error('devices: no chain of ours')
    const { seal } = bareMessage(new Uint8Array(envelope.bytes.length - ENVELOPE_OVERHEAD - overhead(record)))
    return seal
  })
  return () => {
    for (const call of calls) call()
  }
}

const measureSending = (world: World, device: Device, contactId: string, count: number): readonly Figure[] => {
  const send = (): readonly OutboxEntry[] => sending(device, contactId, world.nowMs())
  const entries = send()
  if (entries.length !== count) throw new Error(`devices: ${entries.length} envelopes for ${count} devices`)
  const size = entries.reduce((sum, { envelope }) => sum + (envelope?.bytes.length ?? 0), 0)
  const name = `a message to a contact with ${count === 1 ? 'one device' : `${count} devices`}`
  const compared = compare(() => void send(), bareSending(device, entries), { rounds: 40, calls: 10 })
  return [
    comparedFigure(`${name}, sender's CPU`, compared),
    {
      name: `${name}, its envelopes`,
      value: bytes(size),
      floor: bytes(TEXT.length),
      ratio: (size / TEXT.length).toFixed(1),
      target: '',
      met: undefined,
    },
  ]
}

export const measureDevices = async (): Promise<readonly Figure[]> => {
  const { world, alice, bob } = await couple('sending')
  const devices = [alice, bob]
  const figures: Figure[] = []
  for (const count of [1, 2, 5]) {
    while (devices.length <= count) devices.push(await link(world, bob, `bob ${devices.length}`))
    await atRest(world, devices)
    // The first of a chain starts it; what is measured are later ones.
    alice.command({ type: 'send-message', contactId: idOf(bob), text: TEXT })
    await world.pass(0)
    figures.push(...measureSending(world, alice, idOf(bob), count))
    await atRest(world, devices)
  }
  return figures
}
