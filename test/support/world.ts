// A small world for simulations: devices that run the real messenger and the real runtime on disks that can crash, and a
// relay with the real rooms and forwarding. Only wires, signalling and time are made up: everything that travels takes a
// seeded while, and the clock jumps from one event to the next.

import type { Store as RelayStore } from '../../server/store.ts'
import { concat, toHex } from '../../src/crypto/bytes.ts'
import type { Random } from '../../src/crypto/random.ts'
import type {
  Command,
  Event,
  LinkEnd,
  MessageView,
  Order,
  PairingView,
  RelayConnection,
  Report,
  ToWindow,
} from '../../src/messenger/api.ts'
import type { Live } from '../../src/messenger/live.ts'
import { type Input, type Outcome, step } from '../../src/messenger/messenger.ts'
import type { Changes, Held } from '../../src/messenger/state.ts'
import type { Transition } from '../../src/messenger/turn.ts'
import type { Store } from '../../src/store/store.ts'
import { decodeLinkFrame, encodeLinkFrame } from '../../src/wire/link-frames.ts'
import { decodeRelayReply, decodeRelayRequest, encodeRelayReply, encodeRelayRequest, type RelayReply } from '../../src/wire/relay-frames.ts'
import { createRuntime, type Runtime } from '../../src/worker/runtime.ts'
import { createMemoryDisk, type MemoryDisk } from './memory-store.ts'
import { noChanges } from './rows.ts'
import { seededRandom } from './seeded-random.ts'
import { ampleLimits, createRelayDisk, type SimulatedLimits, startSimulatedRelay } from './simulated-relay.ts'

const START_MS = 1_750_000_000_000

export interface World {
  readonly nowMs: () => number
  /**
   * A person with one browser; runs from the start.
   *
   * @param directPossible whether the browser has WebRTC
   * @param disk with a profile on it; an empty one if undefined
   */
  addDevice(name: string, directPossible?: boolean, disk?: MemoryDisk): Promise<Device>
  /** Runs events until the condition holds. Throws, naming what was waited for, once `withinMs` have passed. */
  until(what: string, condition: () => boolean, withinMs?: number): Promise<void>
  /** Runs everything that happens in this time. */
  pass(ms: number): Promise<void>
  /** The relay dies and is there again, on its disk or (`forgetting`) on an empty one, as another store or as if it were the same; connections end. */
  restartRelay(forgetting?: boolean | 'as-the-same'): void
  /** From now on the relay answers nobody (false), or again (true). */
  setRelayUp(up: boolean): void
  /** Called with every deposit and envelope at the relay and every frame on a line; false drops it. */
  mayPass: (what: 'relay' | 'link', from: Device | undefined) => boolean
  /** What an adversary puts in front of the relay's store, from its next start on. */
  disguise: (store: RelayStore) => RelayStore
  /** What leaves in the place of each frame that the relay sends: it, others, several, nothing. */
  says: (reply: RelayReply, to: Addressee) => readonly RelayReply[]
  /** For how much longer a frame is under way between a device and the relay, milliseconds; order is kept. */
  lagMs: () => number
  /** The relay's store, with what stands in front of it. */
  readonly kept: RelayStore
  /** Connections with the relay break, with what is on its way on them. */
  cutRelay(isCut?: (to: Addressee) => boolean): void
  /** Whether somebody sits in the middle of the signalling: each end of a new line sees his certificate in the place of the other's. */
  inTheMiddle: boolean
  /** Every direct line breaks; each end notices after so long. */
  cutLinks(noticedAfterMs?: number): void
  /** Called with every transition before it is committed. */
  onTurn: (turn: WatchedTurn) => void
  /** Called once what a device changed is on its disk. */
  onCommit: (device: Device, changes: Changes) => void
  /** Called with everything that a device tells its window, events and orders, as it leaves. */
  onPost: (device: Device, message: ToWindow) => void
  /** Called wherever a page may die, as each device gets there; true: it dies there, and is opened again by itself `reopensAfterMs` later. */
  diesAt: (device: Device, point: CrashPoint) => boolean
  reopensAfterMs: number
  /** Whether what a page had sent still arrives when it dies; else it dies with it. */
  lastWordsArrive: boolean
  /** Does something at that time. */
  readonly later: (delayMs: number, act: () => void) => void
  /** A number below the limit, from the world's seed. */
  readonly chance: (limit: number) => number
}

/**
 * Where a page may die in a turn, or while it opens, in their order:
 *
 * - `before-load`, `after-load`: around opening the profile; at the begin of a turn, and once rows that it asked for were read;
 * - `before-commit`, and while it is under way, so that nothing (`commit-lost`) or all (`commit-kept`) of it is on the disk;
 * - `before-release`: nothing has left; `releasing`: the first things have left, and the others have not.
 *
 * The disk is then as after the last commit that reached it: all are strict.
 */
export const crashPoints = [
  'before-load',
  'after-load',
  'before-commit',
  'commit-lost',
  'commit-kept',
  'before-release',
  'releasing',
] as const
export type CrashPoint = (typeof crashPoints)[number]

/** Whose connection it is. */
export interface Addressee {
  readonly device: Device
  readonly connection: RelayConnection
}

export interface WatchedTurn {
  readonly device: Device
  readonly input: Input
  readonly held: Held
  readonly before: Live
  readonly transition: Transition
}

export interface Device {
  readonly name: string
  readonly disk: MemoryDisk
  command(command: Command): void
  report(report: Report): void
  /** Everything that the window was told, newest last. */
  readonly events: readonly Event[]
  readonly pairing: PairingView | undefined
  /** As the window would show them. */
  readonly messages: readonly MessageView[]
  readonly contacts: readonly string[]
  line(contactId: string): string | undefined
  readonly held: Held
  /** The page goes without a word, between two turns. */
  crash(): void
  /** The page goes at its commit number `after` from now (0: the next), which reaches the disk or does not; nothing of that turn leaves. */
  crashAtCommit(fate: 'kept' | 'lost', after?: number): void
  /** What the messenger knows only while it runs. */
  readonly live: Live
  /** Turns taken since the start of the world. */
  readonly turns: number
  /** The page goes, and what is on the disk from now on is what this one has: an image that somebody puts back. */
  restore(image: MemoryDisk): void
  /** The page is opened (again). */
  open(): Promise<void>
  readonly isOpen: boolean
  /** By how much its clock is wrong: ahead, or (negative) behind. */
  clockErrorMs: number
}

interface Link {
  readonly ends: readonly [Device, Device]
  readonly ids: readonly [string, string]
  open: boolean
}

/** A page that is gone neither goes on nor fails. */
const forever = new Promise<never>(() => {})

export interface WorldOptions {
  /** Of the relay, where they are not ample. */
  readonly limits?: Partial<SimulatedLimits>
  readonly startsAtMs?: number
}

export const createWorld = (seed: string | number, { limits = {}, startsAtMs = START_MS }: WorldOptions = {}): World => {
  const random = seededRandom(seed)
  const chance = (limit: number): number => {
    const [a = 0, b = 0, c = 0] = random(3)
    return ((a << 16) | (b << 8) | c) % limit
  }
  let nowMs = startsAtMs
  let order = 0
  const queue: { atMs: number; order: number; act: () => void }[] = []
  const busy = new Set<Promise<unknown>>()
  const later = (delayMs: number, act: () => void): (() => void) => {
    const event = { atMs: nowMs + Math.max(0, delayMs), order: order++, act }
    queue.push(event)
    return () => {
      event.act = () => {}
    }
  }
  /** Keeps the order of what is sent on one wire. */
  const wire = (lagMs = () => 0): ((act: () => void) => void) => {
    let lastMs = 0
    return (act) => {
      lastMs = Math.max(lastMs, nowMs + 1 + chance(40) + lagMs())
      later(lastMs - nowMs, act)
    }
  }
  const bugs: unknown[] = []
  /** Disks answer without delay here, so that every turn under way is over by the next round of the event loop. */
  const settle = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (busy.size > 0)
    if (bugs.length > 0) throw bugs[0]
  }
  /** When the next event is due. Turns have settled. */
  const dueAtMs = (): number => {
    queue.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    return queue[0]?.atMs ?? Number.POSITIVE_INFINITY
  }
  const next = async (): Promise<boolean> => {
    dueAtMs()
    const event = queue.shift()
    if (event === undefined) return false
    nowMs = Math.max(nowMs, event.atMs)
    event.act()
    await settle()
    return true
  }

  // ---- the relay ----------------------------------------------------------------------------------------------
  let stores = 0
  /** A store bears the number of its disk, so that an empty one can pass for another. */
  const emptyDisk = () => createRelayDisk(seededRandom(`${seed}/relay/${stores}`))
  const start = () =>
    startSimulatedRelay(disk, {
      nowMs: () => nowMs,
      chance,
      random,
      limits: { ...ampleLimits, ...limits },
      disguise: (store) => world.disguise(store),
    })
  let disk = emptyDisk()
  // The world stands before its relay is asked for anything.
  let relay: ReturnType<typeof start>
  let relayUp = true
  const sockets = new Set<Addressee & { drop: () => void }>()
  const peers = new Map<string, { device: InnerDevice }>()
  const devices: InnerDevice[] = []

  const world: World = {
    nowMs: () => nowMs,
    chance,
    mayPass: () => true,
    disguise: (store) => store,
    says: (reply) => [reply],
    lagMs: () => 0,
    addDevice: async (name, directPossible = true, disk = createMemoryDisk()) => {
      const device = createDevice(name, directPossible, disk)
      devices.push(device)
      await device.open()
      return device
    },
    until: async (what, condition, withinMs = 120_000) => {
      const endMs = nowMs + withinMs
      await settle()
      while (!condition()) {
        if (nowMs > endMs || !(await next())) {
          throw new Error(
            `still waiting for: ${what}\n${devices.map((each) => `${each.name}: ${JSON.stringify(each.events.slice(-4))}`).join('\n')}`,
          )
        }
      }
    },
    pass: async (ms) => {
      const endMs = nowMs + ms
      await settle()
      while (dueAtMs() <= endMs) await next()
      nowMs = endMs
    },
    restartRelay: (forgetting = false) => {
      relay.die()
      if (forgetting === true) stores += 1
      if (forgetting !== false) disk = emptyDisk()
      relay = start()
      for (const socket of sockets) socket.drop()
      for (const device of devices) device.loseSignalling()
    },
    get kept() {
      return relay.store
    },
    cutRelay: (isCut = () => true) => {
      for (const socket of sockets) if (isCut(socket)) socket.drop()
    },
    cutLinks: (noticedAfterMs = 5_000) => {
      for (const device of devices) device.cutLinks(noticedAfterMs)
    },
    inTheMiddle: false,
    onTurn: () => undefined,
    onCommit: () => undefined,
    onPost: () => undefined,
    diesAt: () => false,
    reopensAfterMs: 1_000,
    lastWordsArrive: false,
    later,
    setRelayUp: (up) => {
      relayUp = up
      if (!up) world.restartRelay()
    },
  }

  interface InnerDevice extends Device {
    accept(link: Link, end: 0 | 1): void
    loseSignalling(): void
    cutLinks(noticedAfterMs: number): void
  }

  const createDevice = (name: string, directPossible: boolean, firstDisk: MemoryDisk): InnerDevice => {
    let disk = firstDisk
    const deviceRandom: Random = seededRandom(`${seed}/${name}`)
    let runtime: Runtime | undefined
    let life = 0
    let held: Held | undefined
    let events: Event[] = []
    let messages = new Map<string, MessageView>()
    let pairing: PairingView | undefined
    let lines = new Map<string, string>()
    const connections = new Map<RelayConnection, { send: (frame: Uint8Array) => void; close: () => void; kill: () => void }>()
    const wanted = new Set<RelayConnection>()
    const links = new Map<string, { link: Link; end: 0 | 1; carry: (act: () => void) => void; send: (frame: Uint8Array) => void }>()
    const ownPeers = new Set<string>()
    let live: Live | undefined
    let turns = 0
    let crashAt: { fate: 'kept' | 'lost'; commits: number } | undefined

    /** The messenger's step, watched: after a clock, nothing may be due still but another segment, or the page would be busy for ever. */
    const watched = (input: Input, outcome: Outcome, state: { readonly held: Held; readonly before: Live }): Outcome => {
      if ('needs' in outcome) return { needs: outcome.needs, resume: (found) => watched(input, outcome.resume(found), state) }
      const { changes, wakeAtMs } = outcome.done
      const isBusy = wakeAtMs !== undefined && wakeAtMs <= nowMs + device.clockErrorMs
      if (input.type === 'clock' && isBusy && changes.segments.length === 0) throw new Error(`world: ${name} is still due after a clock`)
      turns += 1
      live = outcome.done.live
      world.onTurn({ device, input, ...state, transition: outcome.done })
      return outcome
    }
    const reopenLater = (): void => {
      later(world.reopensAfterMs, () => {
        if (runtime === undefined) follow(begin())
      })
    }
    const diesAt = (point: CrashPoint): boolean => {
      if (!world.diesAt(device, point)) return false
      die('lost')
      reopenLater()
      return true
    }
    /** The process dies while the disk writes. */
    const dieCommitting = async (store: Store, changes: Changes, fate: 'kept' | 'lost'): Promise<void> => {
      let isOver = false
      void store
        .commit(changes)
        .catch(() => undefined)
        .finally(() => {
          isOver = true
        })
      while (!isOver && !disk.isWriting) await Promise.resolve()
      const before = disk.commits
      die(fate)
      if (disk.commits > before) world.onCommit(device, changes)
    }
    const crashing = (store: Store): Store => ({
      get held() {
        return store.held
      },
      look: async (lookups) => {
        const found = await store.look(lookups)
        return diesAt('after-load') ? forever : found
      },
      check: store.check,
      wipe: store.wipe,
      close: store.close,
      commit: async (changes) => {
        if (crashAt !== undefined && crashAt.commits-- === 0) {
          await dieCommitting(store, changes, crashAt.fate)
          return forever
        }
        if (diesAt('before-commit')) return forever
        for (const fate of ['lost', 'kept'] as const) {
          if (!world.diesAt(device, `commit-${fate}`)) continue
          await dieCommitting(store, changes, fate)
          reopenLater()
          return forever
        }
        const before = disk.commits
        try {
          await store.commit(changes)
        } finally {
          // Whether or not the page was told so.
          if (disk.commits > before) world.onCommit(device, changes)
        }
        held = store.held
      },
    })

    const ours = new Set<Promise<unknown>>()
    const follow = (under: Promise<unknown>): void => {
      busy.add(under)
      ours.add(under)
      void under.finally(() => {
        busy.delete(under)
        ours.delete(under)
      })
    }
    const take = (input: Input): void => {
      if (runtime !== undefined) follow(runtime.take(input))
    }
    const report = (told: Report): void => take({ type: 'report', report: told })

    const told = (event: Event): void => {
      events.push(event)
      if (event.type === 'opened') {
        pairing = event.pairing
        lines = new Map(event.contacts.map(({ contactId, line }) => [contactId, line]))
      }
      if (event.type === 'pairing-changed') pairing = event.pairing
      if (event.type === 'contact-changed') lines.set(event.contact.contactId, event.contact.line)
      if (event.type === 'contact-removed') {
        lines.delete(event.contactId)
        messages = new Map([...messages].filter(([, { contactId }]) => contactId !== event.contactId))
      }
      if (event.type === 'message-changed') messages.set(event.message.messageId, event.message)
      if (event.type === 'message-state-changed') {
        const message = messages.get(event.messageId)
        if (message !== undefined) messages.set(event.messageId, { ...message, state: event.state })
      }
      if (event.type === 'messages-loaded') for (const message of event.messages) messages.set(message.messageId, message)
    }

    const connect = (connection: RelayConnection): void => {
      if (!wanted.has(connection) || connections.has(connection)) return
      const ours = life
      if (!relayUp) {
        later(1000, () => life === ours && connect(connection))
        return
      }
      const up = wire(() => world.lagMs())
      const down = wire(() => world.lagMs())
      const at = relay
      let open = true
      let wanting = true
      let line: ReturnType<typeof at.connect> | undefined
      const deliver = (frame: Uint8Array): void => {
        const decoded = decodeRelayReply(frame)
        if (!decoded.ok) throw new Error('world: the relay sent a malformed frame')
        for (const reply of world.says(decoded.value, socket)) carry(reply)
      }
      const carry = (sent: RelayReply): void => {
        const frame = encodeRelayReply(sent)
        down(() => {
          if (!open || !wanting || life !== ours) return
          const decoded = decodeRelayReply(frame)
          if (!decoded.ok) throw new Error('world: a malformed frame was put in the place of one of the relay')
          const reply = decoded.value
          if (reply.type === 'welcome') return report({ type: 'relay-opened', connection, configuration: reply.configuration })
          if (reply.type === 'envelope' && !world.mayPass('relay', undefined)) return
          report({ type: 'relay-received', connection, reply })
        })
      }
      const socket = {
        device,
        connection,
        drop: () => {
          if (!open) return
          open = false
          sockets.delete(socket)
          line?.closed()
          if (life !== ours || !wanting) return
          connections.delete(connection)
          later(5, () => {
            if (life !== ours || !wanted.has(connection)) return
            report({ type: 'relay-closed', connection })
            connect(connection)
          })
        },
      }
      sockets.add(socket)
      connections.set(connection, {
        // What was sent before still arrives.
        close: () => {
          connections.delete(connection)
          wanting = false
          up(() => {
            if (!open) return
            open = false
            sockets.delete(socket)
            line?.closed()
          })
        },
        kill: () => {
          connections.delete(connection)
          wanting = false
          const end = (): void => {
            if (!open) return
            open = false
            sockets.delete(socket)
            line?.closed()
          }
          if (world.lastWordsArrive) up(end)
          else end()
        },
        send: (frame) => {
          up(() => {
            if (!open || at !== relay) return
            const decoded = decodeRelayRequest(frame)
            if (!decoded.ok) throw new Error('world: a device sent a malformed frame')
            if (decoded.value.type === 'deposit' && !world.mayPass('relay', device)) return
            line?.received(frame)
          })
        },
      })
      later(5 + chance(30) + world.lagMs(), () => {
        if (open && wanting && life === ours && at === relay) line = at.connect(name, deliver, () => socket.drop())
      })
    }

    const closeLink = (linkId: string, why: LinkEnd, told: boolean): void => {
      const known = links.get(linkId)
      if (known === undefined) return
      links.delete(linkId)
      if (told) report({ type: 'link-closed', linkId, why })
      // What was sent before still arrives.
      known.carry(() => {
        if (!known.link.open) return
        known.link.open = false
        const other = known.link.ends[known.end === 0 ? 1 : 0]
        const otherId = known.link.ids[known.end === 0 ? 1 : 0]
        endOf.get(other)?.(otherId, 'goodbye')
      })
    }

    /** Makes an id known to the signalling service, as soon as there is one. */
    const register = (peerId: string): void => {
      const ours = life
      later(5 + chance(30), () => {
        if (life !== ours || !ownPeers.has(peerId)) return
        if (!relayUp) return void later(1000, () => life === ours && register(peerId))
        peers.set(peerId, { device })
        report({ type: 'peer-ready', peerId })
      })
    }

    const carryOut = (order: Order): void => {
      switch (order.type) {
        case 'relay-connect':
          wanted.add(order.connection)
          return connect(order.connection)
        case 'relay-disconnect':
          wanted.delete(order.connection)
          return connections.get(order.connection)?.close()
        case 'relay-send':
          return connections.get(order.connection)?.send(encodeRelayRequest(order.request))
        case 'peer-open': {
          if (!directPossible) return void later(1, () => report({ type: 'peer-lost', peerId: order.peerId }))
          ownPeers.add(order.peerId)
          return register(order.peerId)
        }
        case 'peer-close':
          ownPeers.delete(order.peerId)
          peers.delete(order.peerId)
          return
        case 'link-dial': {
          const ours = life
          later(20 + chance(100), () => {
            if (life !== ours) return
            const other = peers.get(order.theirPeerId)?.device
            if (other === undefined || !other.isOpen || !directPossible) {
              return report({ type: 'link-closed', linkId: order.linkId, why: 'peer-unavailable' })
            }
            const link: Link = { ends: [device, other], ids: [order.linkId, toHex(random(16))], open: true }
            device.accept(link, 0)
            other.accept(link, 1)
            opened(link, order.peerId, order.theirPeerId)
          })
          return
        }
        case 'link-send':
          return links.get(order.linkId)?.send(encodeLinkFrame(order.frame))
        case 'link-close':
          return closeLink(order.linkId, 'closed-here', false)
      }
    }

    const begin = async (): Promise<void> => {
      if (diesAt('before-load')) return
      const opened = await disk.open()
      if (!opened.ok) throw new Error(`world: ${opened.reason}`)
      if (diesAt('after-load')) return
      const { store } = opened
      life += 1
      const lived = life
      let isFirstOfTurn = true
      events = []
      messages = new Map()
      pairing = undefined
      runtime = createRuntime({
        store: crashing(store),
        step: (held, before, input, atMs, turnRandom) => {
          isFirstOfTurn = true
          if (diesAt('before-load')) return { done: { changes: noChanges, effects: [], live: before, wakeAtMs: undefined } }
          return watched(input, step(held, before, input, atMs, turnRandom), { held, before })
        },
        random: deviceRandom,
        timers: { nowMs: () => nowMs + device.clockErrorMs, after: (delayMs, act) => later(delayMs, () => life === lived && act()) },
        post: (message) => {
          if (life !== lived || diesAt(isFirstOfTurn ? 'before-release' : 'releasing')) return
          isFirstOfTurn = false
          held = store.held
          world.onPost(device, message)
          if (message.type === 'event') told(message.event)
          else carryOut(message.order)
        },
        bug: (thrown) => void bugs.push(thrown),
        // As a tab does that gets the profile back at once.
        ended: (why) => {
          if (why === 'wiped') return
          die('lost')
          reopenLater()
        },
      })
      held = store.held
      take({ type: 'opened' })
      report({ type: 'direct-lines-possible', possible: directPossible })
    }

    const die = (fate: 'kept' | 'lost'): void => {
      life += 1
      runtime?.stop()
      runtime = undefined
      crashAt = undefined
      disk.crash(fate)
      for (const { kill } of connections.values()) kill()
      connections.clear()
      wanted.clear()
      for (const peerId of ownPeers) peers.delete(peerId)
      ownPeers.clear()
      for (const { carry, link, end } of links.values()) {
        if (!link.open) continue
        const other = link.ends[end === 0 ? 1 : 0]
        const otherId = link.ids[end === 0 ? 1 : 0]
        later(16_000, () => endOf.get(other)?.(otherId, 'failed'))
        const breaks = (): void => {
          link.open = false
        }
        if (world.lastWordsArrive) carry(breaks)
        else breaks()
      }
      links.clear()
      for (const under of ours) busy.delete(under)
      ours.clear()
    }

    const device: InnerDevice = {
      name,
      clockErrorMs: 0,
      get disk() {
        return disk
      },
      command: (command) => take({ type: 'command', command }),
      report,
      get events() {
        return events
      },
      get pairing() {
        return pairing
      },
      get messages() {
        return [...messages.values()].sort((a, b) => a.place - b.place)
      },
      get contacts() {
        return [...lines.keys()]
      },
      line: (contactId) => lines.get(contactId),
      get held() {
        if (held === undefined) throw new Error('world: device is closed')
        return held
      },
      get isOpen() {
        return runtime !== undefined
      },
      get live() {
        if (live === undefined) throw new Error('world: device has taken no turn')
        return live
      },
      get turns() {
        return turns
      },
      crashAtCommit: (fate, after = 0) => {
        crashAt = { fate, commits: after }
      },
      crash: () => {
        if (runtime !== undefined) die('lost')
      },
      restore: (image) => {
        device.crash()
        disk = image
      },
      loseSignalling: () => {
        for (const peerId of ownPeers) {
          peers.delete(peerId)
          report({ type: 'peer-lost', peerId })
          register(peerId)
        }
      },
      cutLinks: (noticedAfterMs) => {
        for (const [linkId, { link }] of links) {
          link.open = false
          const lived = life
          later(noticedAfterMs, () => life === lived && endOf.get(device)?.(linkId, 'silent'))
        }
      },
      open: async () => {
        if (runtime !== undefined) throw new Error(`world: ${name} is open`)
        await begin()
        await settle()
      },
      accept: (link, end) => {
        const linkId = link.ids[end]
        const carry = wire()
        links.set(linkId, {
          link,
          end,
          carry,
          send: (frame) =>
            carry(() => {
              const other = link.ends[end === 0 ? 1 : 0]
              if (!link.open || !world.mayPass('link', device)) return
              receiveOn.get(other)?.(link.ids[end === 0 ? 1 : 0], frame)
            }),
        })
      },
    }
    receiveOn.set(device, (linkId, frame) => {
      if (!links.has(linkId)) return
      const decoded = decodeLinkFrame(frame)
      if (!decoded.ok) throw new Error('world: a malformed frame on a line')
      report({ type: 'link-received', linkId, frame: decoded.value })
    })
    endOf.set(device, (linkId, why) => {
      if (!links.has(linkId)) return
      links.delete(linkId)
      report({ type: 'link-closed', linkId, why })
    })
    return device
  }

  const receiveOn = new Map<Device, (linkId: string, frame: Uint8Array) => void>()
  const endOf = new Map<Device, (linkId: string, why: LinkEnd) => void>()
  const fingerprint = (id: string): Uint8Array => concat(new TextEncoder().encode(id)).slice(0, 32)
  const opened = ({ ends, ids }: Link, dialler: string, answerer: string): void => {
    const path = { ours: 'host', theirs: 'host', openedInMs: 50 }
    const [ours, theirs] = [fingerprint(ids[0]), fingerprint(ids[1])]
    const his = fingerprint('somebody in the middle of the line')
    const [seenByDialler, seenByAnswerer] = world.inTheMiddle ? [his, his] : [theirs, ours]
    ends[0].report({
      type: 'link-opened',
      linkId: ids[0],
      peerId: dialler,
      dialled: true,
      ourFingerprint: ours,
      theirFingerprint: seenByDialler,
      path,
    })
    ends[1].report({
      type: 'link-opened',
      linkId: ids[1],
      peerId: answerer,
      dialled: false,
      ourFingerprint: theirs,
      theirFingerprint: seenByAnswerer,
      path,
    })
  }
  relay = start()
  const sweep = (): void => {
    relay.sweep()
    later(600_000, sweep)
  }
  later(600_000, sweep)
  return world
}
