// One device with one contact, of which only the connection for publishing leads anywhere: to the real relay on a store in
// memory, through hands that may change what passes. The device is the real messenger on its real road. For what several
// people do there is world.ts.

import type { Store as RelayStore } from '../../server/store.ts'
import type { Command, RelayConnection, ToWindow } from '../../src/messenger/api.ts'
import { asleep, type Live } from '../../src/messenger/live.ts'
import { step } from '../../src/messenger/messenger.ts'
import type { Changes, Held } from '../../src/messenger/state.ts'
import { beginTurn, type Turn } from '../../src/messenger/turn.ts'
import { upkeep } from '../../src/messenger/upkeep.ts'
import { decodePublicationRequest, type PublicationRequest } from '../../src/wire/publication-frames.ts'
import { decodeRelayReply, encodeRelayRequest, type RelayReply, type RelayRequest } from '../../src/wire/relay-frames.ts'
import { createRuntime, type Runtime } from '../../src/worker/runtime.ts'
import { createMemoryDisk } from './memory-store.ts'
import { contactRow } from './rows.ts'
import { seededRandom } from './seeded-random.ts'
import { createRelayDisk, type SimulatedConnection, type SimulatedRelay, startSimulatedRelay } from './simulated-relay.ts'

export const PUBLISHING_NOW_MS = 1_750_000_000_000

/** What becomes of a frame on its way; `cut`: it is lost, and the connection with it. */
type Fate<Frame> = Frame | 'lost' | 'cut'

export interface PublishingDevice {
  readonly nowMs: () => number
  /** Runs everything that happens in this time. */
  readonly pass: (ms: number) => Promise<void>
  /** The device's clock alone jumps. */
  readonly setClock: (aheadMs: number) => void
  readonly held: () => Held
  readonly live: () => Live
  /** A turn of its own. */
  readonly act: (act: (turn: Turn) => void) => Promise<void>
  /** Changes rows while the page is closed; it is opened again. */
  readonly change: (act: (turn: Turn) => void) => Promise<void>
  readonly command: (command: Command) => Promise<void>
  /** The page goes and is opened again. */
  readonly reload: () => Promise<void>
  /** What the device asked inside the authentication, in order, and what it ordered of this connection. */
  readonly asked: readonly PublicationRequest[]
  readonly orders: readonly ('relay-connect' | 'relay-disconnect')[]
  /** Everything that was committed and that left, in order. */
  readonly road: readonly ({ readonly kept: Changes } | { readonly left: ToWindow })[]
  /** A reply that the relay did not send. */
  readonly inject: (reply: RelayReply) => void
  onRequest: (request: RelayRequest) => Fate<RelayRequest>
  onReply: (reply: RelayReply) => Fate<RelayReply>
  readonly relay: () => SimulatedRelay
  /** The relay dies and is there again, on its disk or on an empty one. @param disguise what stands in front of its store from now on */
  readonly restartRelay: (how?: { readonly forgetting?: boolean; readonly disguise?: (store: RelayStore) => RelayStore }) => Promise<void>
}

/** Account, device and prekeys, made once for each test file. */
let profile: Changes | undefined

const makeProfile = (): Changes => {
  const disk = seededRandom('publishing-device/profile')
  const turn = beginTurn(nothingHeld(), asleep, PUBLISHING_NOW_MS, disk)
  upkeep(turn)
  const contact = contactRow('bob', { origin: { how: 'code' } })
  turn.put('contacts', contact.contactId, contact)
  return turn.changes()
}

/** Tables without rows, whichever there are. */
const nothingHeld = (): Held =>
  // Every table that is asked for is there and empty.
  new Proxy({}, { get: () => new Map() }) as Held

export const publishingDevice = async (seed: string): Promise<PublishingDevice> => {
  profile ??= makeProfile()
  const random = seededRandom(`publishing-device/${seed}`)
  const chance = (limit: number): number => (random(1)[0] ?? 0) % limit
  let nowMs = PUBLISHING_NOW_MS
  let aheadMs = 0
  let timers: readonly { readonly atMs: number; readonly act: () => void }[] = []
  const after = (delayMs: number, act: () => void) => {
    const timer = { atMs: nowMs + Math.max(0, delayMs), act }
    timers = [...timers, timer].sort((a, b) => a.atMs - b.atMs)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }

  const disk = createMemoryDisk()
  const opening = async () => {
    const opened = await disk.open()
    if (!opened.ok) throw new Error(`publishing-device: ${opened.reason}`)
    return opened.store
  }
  let store = await opening()
  await store.commit(profile)

  let relayDisk = createRelayDisk(random)
  let disguise = (kept: RelayStore): RelayStore => kept
  const start = (): SimulatedRelay =>
    startSimulatedRelay(relayDisk, { nowMs: () => nowMs, chance, random, disguise: (kept) => disguise(kept) })
  let relay = start()

  let runtime: Runtime | undefined
  let live: Live = asleep
  let life = 0
  let line: SimulatedConnection | undefined
  let isWanted = false
  let acting: ((turn: Turn) => void) | undefined
  const busy = new Set<Promise<unknown>>()
  const bugs: unknown[] = []
  const road: ({ readonly kept: Changes } | { readonly left: ToWindow })[] = []
  const asked: PublicationRequest[] = []
  const orders: ('relay-connect' | 'relay-disconnect')[] = []

  const settle = async (): Promise<void> => {
    // Twenty rounds in which nothing moves: the relay's own turns take a few.
    for (let calm = 0; calm < 20; calm = busy.size === 0 ? calm + 1 : 0) await new Promise((resolve) => setImmediate(resolve))
    if (bugs.length > 0) throw bugs[0]
  }
  const take = (input: Parameters<Runtime['take']>[0]): void => {
    const turn = runtime?.take(input)
    if (turn === undefined) return
    busy.add(turn)
    void turn.finally(() => busy.delete(turn))
  }

  const connection: RelayConnection = 'publish'
  const cut = (): void => {
    line?.closed()
    line = undefined
    take({ type: 'report', report: { type: 'relay-closed', connection } })
    if (isWanted) after(10, dial)
  }
  const dial = (): void => {
    if (!isWanted || line !== undefined) return
    const isOurs = { now: true }
    const arrived = (frame: Uint8Array): void => {
      if (!isOurs.now) return
      const decoded = decodeRelayReply(frame)
      if (!decoded.ok) throw new Error('publishing-device: a malformed frame of the relay')
      const reply = device.onReply(decoded.value)
      if (reply === 'cut') return cut()
      if (reply === 'lost') return
      if (reply.type === 'welcome')
        return take({ type: 'report', report: { type: 'relay-opened', connection, configuration: reply.configuration } })
      take({ type: 'report', report: { type: 'relay-received', connection, reply } })
    }
    // Frames leave the relay within its own turn: they are read after it.
    const { closed, received } = relay.connect(
      '192.0.2.1',
      (frame) => void setImmediate(() => arrived(frame)),
      () => isOurs.now && cut(),
    )
    line = {
      received,
      closed: () => {
        isOurs.now = false
        closed()
      },
    }
  }
  const hangUp = (): void => {
    isWanted = false
    line?.closed()
    line = undefined
  }

  const carryOut = (message: ToWindow): void => {
    if (message.type !== 'order' || !('connection' in message.order) || message.order.connection !== connection) return
    const { order } = message
    if (order.type === 'relay-send') {
      if (order.request.type === 'authenticated') {
        const body = decodePublicationRequest(order.request.body)
        if (body.ok) asked.push(body.value)
      }
      const request = device.onRequest(order.request)
      if (request === 'cut') after(0, cut)
      else if (request !== 'lost') line?.received(encodeRelayRequest(request))
      return
    }
    if (order.type !== 'relay-connect' && order.type !== 'relay-disconnect') return
    orders.push(order.type)
    if (order.type === 'relay-disconnect') return hangUp()
    isWanted = true
    after(10, dial)
  }

  const open = async (): Promise<void> => {
    const ours = ++life
    live = asleep
    runtime = createRuntime({
      store: {
        ...store,
        get held() {
          return store.held
        },
        commit: async (changes) => {
          await store.commit(changes)
          road.push({ kept: changes })
        },
      },
      step: (held, before, input, atMs, turnRandom) => {
        if (acting === undefined) return watch(step(held, before, input, atMs, turnRandom))
        const turn = beginTurn(held, before, atMs, turnRandom)
        acting(turn)
        acting = undefined
        return watch({ done: { changes: turn.changes(), live: turn.live, effects: turn.effects, wakeAtMs: atMs + 1 } })
      },
      random,
      timers: { nowMs: () => nowMs + aheadMs, after: (delayMs, act) => after(delayMs, () => life === ours && act()) },
      post: (message) => {
        if (life !== ours) return
        road.push({ left: message })
        carryOut(message)
      },
      bug: (thrown) => void bugs.push(thrown),
      ended: () => undefined,
    })
    take({ type: 'opened' })
    await settle()
  }
  const watch = (outcome: ReturnType<typeof step>): ReturnType<typeof step> => {
    if ('needs' in outcome) return { needs: outcome.needs, resume: (found) => watch(outcome.resume(found)) }
    live = outcome.done.live
    return outcome
  }

  const close = (): void => {
    life += 1
    runtime?.stop()
    timers = []
    hangUp()
  }

  const device: PublishingDevice = {
    nowMs: () => nowMs,
    pass: async (ms) => {
      const endMs = nowMs + ms
      await settle()
      for (let next = timers[0]; next !== undefined && next.atMs <= endMs; next = timers[0]) {
        nowMs = Math.max(nowMs, next.atMs)
        timers = timers.slice(1)
        next.act()
        await settle()
      }
      nowMs = endMs
    },
    setClock: (ms) => {
      aheadMs = ms
    },
    held: () => store.held,
    live: () => live,
    act: async (act) => {
      acting = act
      take({ type: 'clock' })
      await settle()
    },
    change: async (act) => {
      close()
      const turn = beginTurn(store.held, asleep, nowMs + aheadMs, random)
      act(turn)
      await store.commit(turn.changes())
      await open()
    },
    command: async (command) => {
      take({ type: 'command', command })
      await settle()
    },
    reload: async () => {
      close()
      disk.crash('lost')
      store = await opening()
      await open()
    },
    asked,
    orders,
    road,
    inject: (reply) => void setImmediate(() => take({ type: 'report', report: { type: 'relay-received', connection, reply } })),
    onRequest: (request) => request,
    onReply: (reply) => reply,
    relay: () => relay,
    restartRelay: async (how = {}) => {
      relay.die()
      if (how.forgetting === true) relayDisk = createRelayDisk(random)
      if (how.disguise !== undefined) disguise = how.disguise
      relay = start()
      if (line !== undefined) cut()
      await settle()
    },
  }
  await open()
  return device
}
