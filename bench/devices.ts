// What several devices cost: a message to a contact with one, two and five of them. The messenger runs on simulated disks and wires, with the real primitives, so that CPU and bytes are its own.

import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { asleep } from '../src/messenger/live.ts'
import { step } from '../src/messenger/messenger.ts'
import { link } from '../test/support/linking.ts'
import { profileOf } from '../test/support/profiles.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { createWorld, type Device, type World } from '../test/support/world.ts'
import { bytes, cpuMs, type Figure, median, ms } from './figures.ts'

const idOf = (device: Device): string => toHex(device.held.self.get('self')?.accountId ?? new Uint8Array(0))

const figure = (name: string, value: string): Figure => ({ name, value, floor: '', ratio: '', target: '', met: undefined })

const couple = async (name: string): Promise<{ world: World; alice: Device; bob: Device }> => {
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

const atRest = (world: World, devices: readonly Device[]): Promise<void> =>
  world.until('everything is delivered', () => devices.every(({ held }) => held.outbox.size === 0), 24 * 3_600_000)

/** Sending runs on what is in memory, again and again from the same state: nothing of it is kept. */
const measureSending = async (count: number): Promise<readonly Figure[]> => {
  const { world, alice, bob } = await couple(`sending/${count}`)
  const devices = [alice, bob]
  for (let i = 1; i < count; i++) devices.push(await link(world, bob, `bob ${i}`))
  await atRest(world, devices)
  const command = { type: 'send-message', contactId: idOf(bob), text: 'See you at eight then, at the bridge by the old mill' } as const
  const taken: number[] = []
  let size = 0
  for (let round = 0; round < 60; round++) {
    const before = cpuMs()
    const outcome = step(alice.held, asleep, { type: 'command', command }, world.nowMs(), seededRandom(`round ${round}`))
    if (round >= 10) taken.push(cpuMs() - before)
    if (!('done' in outcome)) throw new Error('devices: sending asks for rows')
    const envelopes = outcome.done.changes.held.flatMap(({ row, table }) =>
      table === 'outbox' && row?.envelope ? [row.envelope.bytes] : [],
    )
    if (envelopes.length !== count) throw new Error(`devices: ${envelopes.length} envelopes for ${count} devices`)
    size = envelopes.reduce((sum, envelope) => sum + envelope.length, 0)
  }
  const to = count === 1 ? 'a contact with one device' : `a contact with ${count} devices`
  return [figure(`sending to ${to}, CPU`, ms(median(taken))), figure(`sending to ${to}, on the wire`, bytes(size))]
}

export const measureDevices = async (): Promise<readonly Figure[]> => [
  ...(await measureSending(1)),
  ...(await measureSending(2)),
  ...(await measureSending(5)),
]
