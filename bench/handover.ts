// What a long history costs that a new device is given: CPU of both devices and the relay together, bytes, and what waits in the outbox, beside the same
// rows carried over bare. Simulated disks and wires, real primitives. What sending costs is measured in devices.ts.

import { decodeRow, encodeRow } from '../src/messenger/backup-rows.ts'
import { decodeContent } from '../src/messenger/content.ts'
import { type Message, noChanges, type OutboxEntry } from '../src/messenger/state.ts'
import { link } from '../test/support/linking.ts'
import { withHistory } from '../test/support/long-history.ts'
import { createMemoryDisk, type MemoryDisk } from '../test/support/memory-store.ts'
import { profileOf } from '../test/support/profiles.ts'
import type { Device, World } from '../test/support/world.ts'
import { atRest, couple, idOf } from './devices.ts'
import { bytes, cpuMs, type Figure, ms } from './figures.ts'
import { bareMessage } from './primitives.ts'

const MESSAGES = 10_000
/** What fits one envelope beside what seals it. */
const ROWS_LENGTH = 56_000
const PAGE = 200

interface Cost {
  readonly cpuMs: number
  /** By the simulated clock. */
  readonly lastedMs: number
  readonly onTheWire: number
  /** Bytes of history in the outbox at the most, in content and envelope. */
  readonly inOutbox: number
}

interface BareCost {
  readonly cpuMs: number
  readonly onTheWire: number
}

const isHistory = ({ content }: OutboxEntry): boolean => {
  const decoded = decodeContent(content)
  return decoded.ok && decoded.value.body.type === 'history'
}

const prepared = async (name: string) => {
  const { alice, bob, world } = await couple(name)
  await profileOf('laptop')
  await withHistory(world, alice, idOf(bob), MESSAGES)
  await world.pass(60_000)
  return { alice, bob, world }
}

/** @param sinceMs undefined: without the history */
const linked = async (
  { alice, bob, world }: { readonly alice: Device; readonly bob: Device; readonly world: World },
  sinceMs: number | undefined,
  isWatched: boolean,
): Promise<Cost> => {
  /** By what each is a receipt of. */
  const lengthByContent = new Map<string, number>()
  let inOutbox = 0
  world.onTurn = ({ device: { held } }) => {
    if (!isWatched) return
    const waiting = [...held.outbox.values()].filter(isHistory)
    for (const { contentId, envelope } of waiting) lengthByContent.set(contentId, envelope?.bytes.length ?? 0)
    inOutbox = Math.max(
      inOutbox,
      waiting.reduce((sum, { content, envelope }) => sum + content.length + (envelope?.bytes.length ?? 0), 0),
    )
  }
  const [before, beganAtMs] = [cpuMs(), world.nowMs()]
  const laptop = await link(world, alice, 'laptop', sinceMs)
  await world.until(
    'everything is handed over',
    () => laptop.held.contacts.has(idOf(bob)) && alice.held.handovers.size === 0,
    24 * 3_600_000,
  )
  await atRest(world, [alice, bob, laptop])
  const onTheWire = [...lengthByContent.values()].reduce((sum, length) => sum + length, 0)
  const cost = { cpuMs: cpuMs() - before, lastedMs: world.nowMs() - beganAtMs, onTheWire, inOutbox }
  const there = laptop.disk.count('messages')
  if (there !== (sinceMs === undefined ? 0 : MESSAGES)) throw new Error(`handover: ${there} messages are there`)
  return cost
}

/** The rows, page by page: read, encoded, sealed, opened, decoded and written to another disk. */
const carriedBare = async (from: MemoryDisk, contactId: string): Promise<BareCost> => {
  const to = createMemoryDisk()
  const [source, target] = [await from.copy().open(), await to.open()]
  if (!source.ok || !target.ok) throw new Error('handover: a disk does not open')
  const { open, seal } = bareMessage(new Uint8Array(ROWS_LENGTH))
  let onTheWire = 0
  const before = cpuMs()
  for (let place: number | undefined; place !== 1; ) {
    const [found] = await source.store.look([{ type: 'messages-before', contactId, before: place, count: PAGE }])
    const page = found?.type === 'messages-before' ? found.rows : []
    const rows = page.map((message) => encodeRow({ type: 'message', message }))
    seal()
    open(0)
    const messages = rows.flatMap((row): readonly Message[] => {
      const decoded = decodeRow(row)
      return decoded.ok && decoded.value.type === 'message' ? [decoded.value.message] : []
    })
    await target.store.commit({ ...noChanges, messages })
    onTheWire += rows.reduce((sum, { length }) => sum + length, 0)
    place = page[0]?.place ?? 1
  }
  const taken = cpuMs() - before
  if (to.count('messages') !== MESSAGES) throw new Error('handover: not everything was carried')
  return { cpuMs: taken, onTheWire }
}

const figure = (name: string, value: number, floor: number, unit: (value: number) => string): Figure => ({
  name,
  value: unit(value),
  floor: unit(floor),
  ratio: (value / floor).toFixed(2),
  target: '',
  met: undefined,
})

const plain = (name: string, value: string): Figure => ({ name, value, floor: '', ratio: '', target: '', met: undefined })

export const measureHandover = async (): Promise<readonly Figure[]> => {
  const without = await linked(await prepared('without history'), undefined, false)
  const people = await prepared('history')
  const [disk, contactId] = [people.alice.disk, idOf(people.bob)]
  const bare = await carriedBare(disk, contactId)
  const whole = await linked(people, 0, false)
  const watched = await linked(await prepared('watched'), 0, true)
  const name = `${MESSAGES.toLocaleString('en-GB')} messages for a new device`
  return [
    plain('a new device, without history, CPU of all', ms(without.cpuMs)),
    figure(`${name}, CPU of all`, whole.cpuMs - without.cpuMs, bare.cpuMs, ms),
    figure(`${name}, their envelopes`, watched.onTheWire, bare.onTheWire, bytes),
    plain(`${name}, in the outbox at the most`, bytes(watched.inOutbox)),
    plain(`${name}, with 1 to 40 ms for each frame`, ms(whole.lastedMs - without.lastedMs)),
  ]
}
