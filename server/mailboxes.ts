// Mailboxes, docs/protocols/relay.md "Mailboxes": whoever knows an address deposits, whoever shows the listen key behind it
// gets what is kept and what comes, and ends it. Who deposits is not asked. What becomes of an envelope on its way to the
// connection that listens is delivery.ts; what is durable, and how, is store.ts. Knows no socket.

import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { ENVELOPE_ID_LENGTH } from '../src/wire/envelope.ts'
import type { RelayRefusal } from '../src/wire/relay-frames.ts'
import { encodeArrival } from './arrivals.ts'
import type { Bus } from './bus.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import { createDelivery } from './delivery.ts'
import { hexOf } from './hex.ts'
import { type Clock, createBuckets, type Rate } from './limits.ts'
import type { Address, Appended, MailboxStore } from './store.ts'
import { createWatchers } from './watchers.ts'

export interface MailboxRates {
  /** Addresses at which one connection listens. */
  readonly listenedPerConnection: number
  /** Addresses at which somebody listens, in total. */
  readonly listened: number
  /** Mailboxes that one network address opens which nobody here used of late. */
  readonly mailboxesOpenedPerAddress: Rate
  readonly depositsPerTarget: Rate
  /** Addresses of which one connection is told when somebody listens again; the oldest is forgotten. */
  readonly watchedPerConnection: number
}

export interface Deposit {
  readonly requestId: number
  /** For whoever listens at this moment, and never kept. */
  readonly liveOnly: boolean
  readonly address: Uint8Array
  readonly envelope: Uint8Array
}

export interface Mailboxes {
  /**
   * The mailboxes of these keys are there from now on, and this connection gets what is in them, whoever did before.
   * Answers `listening`.
   */
  readonly listen: (client: Client, requestId: number, listenKeys: readonly Uint8Array[]) => Promise<Outcome>
  /** Answers `listening`, also for keys that the connection no longer has. */
  readonly stopListening: (client: Client, requestId: number, listenKeys: readonly Uint8Array[]) => Outcome
  /** Answers `deposited` once the envelope is kept, or live on its way to a connection that listens. */
  readonly deposit: (client: Client, deposit: Deposit) => Promise<Outcome>
  /** Nothing where this connection does not listen. */
  readonly acknowledge: (client: Client, address: Uint8Array, positions: readonly number[]) => Promise<Outcome>
  /** Answers `listening`. */
  readonly close: (client: Client, requestId: number, listenKeys: readonly Uint8Array[]) => Promise<Outcome>
  /** The connection is gone. What it asked for before may still come to an end, and leaves nothing behind. */
  readonly lose: (client: Client) => void
  /** Looks again where wake-ups may have got lost, and forgets what is over. Called often; one call for all connections. */
  readonly sweep: () => Promise<void>
  /** Addresses at which somebody listens. */
  readonly size: () => number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of an envelope that nobody acknowledges, at the least; an hour more at the most. */
export const ENVELOPE_LIFE_MS = 30 * DAY_MS
/** Of a mailbox at which nobody listens. */
export const MAILBOX_LIFE_MS = 90 * DAY_MS
/** In front of the id of an envelope (wire/envelope): version and kind. */
const BEFORE_ENVELOPE_ID = 2
const NOTHING = new Uint8Array(0)
/** Mailboxes that count as used of late, at the most. */
const MAX_USED = 100_000

export const createMailboxes = (limits: MailboxRates, nowMs: Clock, dateMs: Clock, store: MailboxStore, bus: Bus): Mailboxes => {
  const delivery = createDelivery(store, bus, nowMs, dateMs)
  const watchers = createWatchers(limits.watchedPerConnection, bus)
  const depositsByTarget = createBuckets(limits.depositsPerTarget, nowMs)
  const openings = createBuckets(limits.mailboxesOpenedPerAddress, nowMs)
  /** Opened here of late: showing their keys again is free of the limit on new ones. */
  const used = new Set<Address>()
  const gone = new WeakSet<Client>()
  /** Addresses that are about to be listened at: they count, so that many at once do not pass the limit together. */
  let opening = 0
  let renewedOnDay = dayOf(dateMs())

  const addressesOf = (listenKeys: readonly Uint8Array[]): Address[] => [...new Set(listenKeys.map((key) => hexOf(addressOf(key))))]

  /** The end of a day, so that showing a key again on the same day changes nothing in the store. */
  const keepUntilMs = () => (dayOf(dateMs()) + 1) * DAY_MS + MAILBOX_LIFE_MS

  /** The end of an hour, so that the store does not tell the moment at which something was deposited. */
  const expiresAtMs = () => (Math.floor(dateMs() / HOUR_MS) + 1) * HOUR_MS + ENVELOPE_LIFE_MS

  const noteUse = (addresses: readonly Address[]) => {
    for (const address of addresses) {
      used.delete(address)
      used.add(address)
    }
    for (const oldest of used) {
      if (used.size <= MAX_USED) break
      used.delete(oldest)
    }
  }

  /** Whoever listens for longer than a mailbox lives unused still uses it. */
  const renew = async () => {
    if (dayOf(dateMs()) === renewedOnDay) return
    renewedOnDay = dayOf(dateMs())
    const addresses = delivery.addresses()
    for (let i = 0; i < addresses.length; i += 1_000) await store.openMailboxes(addresses.slice(i, i + 1_000), keepUntilMs())
  }

  const depositLive = (client: Client, address: Address, { requestId, envelope }: Deposit): Outcome => {
    if (bus.publish(address, () => encodeArrival({ position: 0, envelope })) === 0) {
      if (delivery.isListenedAt(address)) return refuse('too-many-requests')
      // What waited in its turn may be done after the connection is gone, and nobody would take the watcher away again.
      if (!gone.has(client)) watchers.watch(client, address)
      return refuse('nobody-listening')
    }
    client.send({ type: 'deposited', requestId })
    return DONE
  }

  const depositKept = async (client: Client, address: Address, { requestId, envelope }: Deposit): Promise<Outcome> => {
    const envelopeId = hexOf(envelope.subarray(BEFORE_ENVELOPE_ID, BEFORE_ENVELOPE_ID + ENVELOPE_ID_LENGTH))
    const append = () => store.append(address, envelopeId, envelope, expiresAtMs())
    let appended = await append()
    if (!appended.ok && appended.reason === 'no-mailbox' && !gone.has(client)) {
      watchers.watch(client, address)
      // Asked again: who opened it in between has told the watchers without this one.
      appended = await append()
      if (appended.ok || gone.has(client)) watchers.unwatch(client, address)
    }
    if (!appended.ok) return refuse(CAUSE_OF[appended.reason])
    // For a repeat too, as the first time may have been in doubt; without the envelope: only the one that is kept counts.
    const arrival = { position: appended.position, envelope: appended.isRepeat ? NOTHING : envelope }
    bus.publish(address, () => encodeArrival(arrival))
    client.send({ type: 'deposited', requestId })
    return DONE
  }

  return {
    listen: async (client, requestId, listenKeys) => {
      const addresses = addressesOf(listenKeys)
      const own = delivery.addressesOf(client)
      const added = addresses.filter((address) => !own.has(address))
      const unheard = addresses.filter((address) => !delivery.isListenedAt(address))
      const isTooMany = own.size + added.length > limits.listenedPerConnection
      if (isTooMany || delivery.size() + opening + unheard.length > limits.listened) return refuse('too-many-requests')
      const unused = addresses.filter((address) => !used.has(address))
      if (unused.length > 0 && !openings.take(client.networkAddress, unused.length)) return refuse('too-many-mailboxes')
      opening += unheard.length
      const opened = await store.openMailboxes(addresses, keepUntilMs()).finally(() => {
        opening -= unheard.length
      })
      if (opened !== 'ok') return refuse(opened)
      noteUse(addresses)
      if (gone.has(client)) return DONE
      const claimed = delivery.claim(client, addresses)
      const waiting = await delivery.count(claimed).catch(() => undefined)
      if (waiting === undefined) {
        delivery.release(client, addresses)
        return refuse('in-doubt')
      }
      client.send({ type: 'listening', requestId, waiting })
      for (const address of addresses) watchers.tell(address)
      delivery.begin(claimed)
      return DONE
    },

    stopListening: (client, requestId, listenKeys) => {
      delivery.release(client, addressesOf(listenKeys))
      client.send({ type: 'listening', requestId, waiting: 0 })
      return DONE
    },

    deposit: async (client, deposit) => {
      const address = hexOf(deposit.address)
      if (!depositsByTarget.take(address)) return refuse('too-many-requests')
      return deposit.liveOnly ? depositLive(client, address, deposit) : depositKept(client, address, deposit)
    },

    acknowledge: async (client, of, positions) => {
      const address = hexOf(of)
      // In doubt, they stay: they come again when the key is shown again, and are acknowledged again.
      if (delivery.acknowledge(client, address, positions)) await store.acknowledge(address, positions)
      return DONE
    },

    close: async (client, requestId, listenKeys) => {
      const addresses = addressesOf(listenKeys)
      const closed = await store.closeMailboxes(addresses)
      if (closed !== 'ok') return refuse(closed)
      for (const address of addresses) used.delete(address)
      delivery.end(addresses)
      client.send({ type: 'listening', requestId, waiting: 0 })
      return DONE
    },

    lose: (client) => {
      gone.add(client)
      delivery.lose(client)
      watchers.lose(client)
    },

    sweep: async () => {
      depositsByTarget.sweep()
      openings.sweep()
      await delivery.lookAgain()
      await renew()
    },

    size: delivery.size,
  }
}

const dayOf = (atMs: number) => Math.floor(atMs / DAY_MS)

const CAUSE_OF = {
  'no-mailbox': 'no-mailbox',
  'mailbox-full': 'mailbox-full',
  'store-full': 'relay-full',
  'in-doubt': 'in-doubt',
} as const satisfies Record<Extract<Appended, { ok: false }>['reason'], RelayRefusal>
