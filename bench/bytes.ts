// What a message costs beside time: bytes that travel and bytes that are written. Two devices run the real messenger and
// runtime; their disks and the relay are in memory. What they hand to their lines is encoded and counted.

import type { ToWindow } from '../src/messenger/api.ts'
import { encodeRow } from '../src/store/row-codec.ts'
import { ENVELOPE_OVERHEAD } from '../src/wire/envelope.ts'
import { encodeLinkFrame, type LinkFrame } from '../src/wire/link-frames.ts'
import { encodeRelayRequest } from '../src/wire/relay-frames.ts'
import { sessionDevice } from '../test/support/session-device.ts'
import { createWorld, type Device, type World } from '../test/support/world.ts'
import { bytes, type Figure, median } from './figures.ts'

const TEXT = 'See you at the station, half past six?'
const MESSAGES = 20
const ENVELOPE_LENGTH = 4032

interface Travelled {
  readonly from: Device
  readonly kind: LinkFrame['type'] | 'deposit' | 'acknowledge'
  readonly length: number
}

const frameIn = (from: Device, message: ToWindow): readonly Travelled[] => {
  if (message.type !== 'order') return []
  const { order } = message
  if (order.type === 'link-send') return [{ from, kind: order.frame.type, length: encodeLinkFrame(order.frame).length }]
  if (order.type !== 'relay-send') return []
  const { request } = order
  // What else goes to the relay is for no one message.
  if (request.type !== 'deposit' && request.type !== 'acknowledge') return []
  return [{ from, kind: request.type, length: encodeRelayRequest(request).length }]
}

/** Everything that leaves any device while `act` runs. */
const watch = async (world: World, act: () => Promise<void>): Promise<readonly Travelled[]> => {
  const travelled: Travelled[] = []
  world.onPost = (device, message) => travelled.push(...frameIn(device, message))
  await act()
  world.onPost = () => undefined
  return travelled
}

const total = (travelled: readonly Travelled[], from?: Device): number =>
  travelled.reduce((sum, each) => (from === undefined || each.from === from ? sum + each.length : sum), 0)

const pair = async (world: World, host: Device, guest: Device): Promise<void> => {
  host.command({ type: 'show-code' })
  await world.until('a code', () => host.pairing?.phase === 'waiting')
  const view = host.pairing
  if (view === undefined || !('shown' in view) || view.shown.number === undefined) throw new Error('bytes: no code is shown')
  const { code, number } = view.shown
  guest.command({ type: 'enter-code', room: { type: 'number', number }, code })
  await world.until('both ready', () => host.pairing?.phase === 'ready' && guest.pairing?.phase === 'ready')
}

const figure = (name: string, value: number, floor?: number): Figure => ({
  name,
  value: bytes(value),
  floor: floor === undefined ? '' : bytes(floor),
  ratio: floor === undefined ? '' : (value / floor).toFixed(1),
  target: '',
  met: undefined,
})

/** What a message of a session is before it is filled up to a frame. */
const measureUnpadded = (): readonly Figure[] => {
  const [alice, bob] = [sessionDevice('Alice', 'bench'), sessionDevice('Bob', 'bench')]
  const begun = alice.begin(bob, 0)
  if (!begun.ok) throw new Error(begun.reason)
  const first = alice.say(TEXT)
  if (!bob.hear(alice, first).ok || !alice.hear(bob, bob.say(TEXT)).ok) throw new Error('bytes: refused')
  return [
    figure('a short text before padding, first of a session', first.message.length + ENVELOPE_OVERHEAD, TEXT.length),
    figure('a short text before padding, any later', alice.say(TEXT).message.length + ENVELOPE_OVERHEAD, TEXT.length),
  ]
}

const measureTalk = async (isDirect: boolean): Promise<readonly Figure[]> => {
  const world = createWorld('bench')
  const [alice, bob] = [await world.addDevice('alice', isDirect), await world.addDevice('bob', isDirect)]
  const pairing = await watch(world, () => pair(world, alice, bob))
  // The receipts for each other's first words have come and gone.
  await world.pass(10_000)
  const [contactId] = alice.contacts
  if (contactId === undefined) throw new Error('bytes: no contact')

  const rounds: { readonly sent: number; readonly answered: number; readonly atSender: number; readonly atReceiver: number }[] = []
  for (let count = 1; count <= MESSAGES; count++) {
    const [senderBefore, receiverBefore] = [alice.disk.bytesWritten, bob.disk.bytesWritten]
    const travelled = await watch(world, async () => {
      alice.command({ type: 'send-message', contactId, text: TEXT })
      await world.until('delivery', () => alice.messages.filter(({ state }) => state === 'delivered').length === count)
      await world.pass(5_000)
    })
    rounds.push({
      sent: total(travelled, alice),
      answered: total(travelled, bob),
      atSender: alice.disk.bytesWritten - senderBefore,
      atReceiver: bob.disk.bytesWritten - receiverBefore,
    })
  }
  const way = isDirect ? 'direct' : 'through the relay'
  const onTheWire = [
    figure(`on the wire, ${way}: a short text, sender's side`, median(rounds.map(({ sent }) => sent)), TEXT.length),
    figure(`on the wire, ${way}: its receipt, receiver's side`, median(rounds.map(({ answered }) => answered)), 16),
  ]
  if (!isDirect) return onTheWire
  const flights = total(pairing.filter(({ kind }) => kind === 'pairing'))
  const row = encodeRow(alice.messages.at(-1)).length
  return [
    figure('on the wire, direct: the three flights of a pairing', flights),
    ...onTheWire,
    // The envelope has to lie there until it is answered, and the message is written again as delivered.
    figure('written for a message sent, with its receipt', median(rounds.map(({ atSender }) => atSender)), 2 * row + ENVELOPE_LENGTH),
    figure('written for a message received, with its receipt', median(rounds.map(({ atReceiver }) => atReceiver)), row),
  ]
}

export const measureBytes = async (): Promise<readonly Figure[]> => [
  ...measureUnpadded(),
  ...(await measureTalk(true)),
  ...(await measureTalk(false)),
]
