// Mailboxes over a store in memory, with clients that only write down what they hear: for the tests of mailboxes.

import { expect } from 'vitest'
import { type Bus, createLocalBus } from '../../server/bus.ts'
import type { Outcome } from '../../server/client.ts'
import { createMailboxes, type Mailboxes, type MailboxRates } from '../../server/mailboxes.ts'
import type { MailboxStore, StoreLimits } from '../../server/store.ts'
import { addressOf } from '../../src/protocol/relay-auth/relay-auth.ts'
import type { RelayReply } from '../../src/wire/relay-frames.ts'
import { handClock } from './hand-clock.ts'
import { createMemoryRelayDisk } from './memory-relay-store.ts'
import { type RecordingClient, recordingClient } from './recording-client.ts'
import { seededRandom } from './seeded-random.ts'

export const generous = { burst: 1e9, perSecond: 0 }
export const rates: MailboxRates = {
  listenedPerConnection: 2_000,
  listened: 5_000,
  mailboxesOpenedPerAddress: generous,
  depositsPerTarget: generous,
  watchedPerConnection: 10,
}
export const room: StoreLimits = { devices: 10, envelopesPerMailbox: 10_000, bytesPerMailbox: 1e9, storedBytes: 1e9 }
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
export const START_MS = 1_750_000_000_000
export const OK = { ok: true }
export const refused = (reason: string) => ({ ok: false, reason })

export const key = (n: number) => new Uint8Array(32).fill(n % 256, 0, 31).fill(n / 256, 31)
export const address = (n: number) => addressOf(key(n))
/** Small; different numbers have different ids. */
export const envelope = (n: number, length = 4_032) => {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(2, n + 1)
  return bytes
}
export const numberOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(2) - 1
/** The numbers of the envelopes among these replies, in order. */
export const numbersIn = (replies: readonly RelayReply[]) =>
  replies.flatMap((reply) => (reply.type === 'envelope' ? [numberOf(reply.envelope)] : []))
export const positionsIn = (replies: readonly RelayReply[], at: Uint8Array) =>
  replies.flatMap((reply) => (reply.type === 'envelope' && Buffer.from(at).equals(reply.address) ? [reply.position] : []))
export const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, i) => first + i)

/** Longer than any chain of promises in here. */
export const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

export const house = (
  changed: {
    rates?: Partial<MailboxRates>
    room?: Partial<StoreLimits>
    bus?: Bus
    made?: readonly number[]
    wrap?: (store: MailboxStore) => MailboxStore
  } = {},
) => {
  const clock = handClock()
  const bus = changed.bus ?? createLocalBus()
  const memory = createMemoryRelayDisk(seededRandom('mailboxes')).open({ ...room, ...changed.room })
  const store = changed.wrap?.(memory) ?? memory
  const open = (): Mailboxes => createMailboxes({ ...rates, ...changed.rates }, clock.nowMs, () => START_MS + clock.nowMs(), store, bus)
  const mailboxes = open()
  if (changed.made)
    void memory.openMailboxes(
      changed.made.map((n) => Buffer.from(address(n)).toString('hex')),
      START_MS + DAY_MS,
    )
  let requestId = 0

  const listen = (client: RecordingClient, ...keys: readonly number[]) => mailboxes.listen(client, ++requestId, keys.map(key))
  const deposit = (n: number, to: number, client: RecordingClient = recordingClient(), length?: number, at = mailboxes): Promise<Outcome> =>
    at.deposit(client, { requestId: ++requestId, liveOnly: false, address: address(to), envelope: envelope(n, length) })
  const depositAll = async (count: number, to: number, first = 0, length?: number) => {
    for (const n of upTo(count, first)) expect(await deposit(n, to, undefined, length)).toEqual(OK)
  }
  const live = (to: number, client: RecordingClient = recordingClient()) =>
    mailboxes.deposit(client, { requestId: ++requestId, liveOnly: true, address: address(to), envelope: envelope(7) })
  /** Somebody whose mailboxes are there and who is not. */
  const opened = async (...keys: readonly number[]) => {
    const client = recordingClient()
    expect(await listen(client, ...keys)).toEqual(OK)
    mailboxes.lose(client)
  }
  /** Somebody who listens, and has heard the answer and what is in the window. */
  const listening = async (...keys: readonly number[]) => {
    const client = recordingClient()
    expect(await listen(client, ...keys)).toEqual(OK)
    await settled()
    return client
  }
  const acknowledge = (client: RecordingClient, at: number, ...positions: readonly number[]) =>
    mailboxes.acknowledge(client, address(at), positions)
  return { clock, bus, store: memory, open, mailboxes, listen, deposit, depositAll, live, opened, listening, acknowledge }
}

/** Operations of this name wait until they are let go. */
export const holding = (operation: keyof MailboxStore) => {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const wrap = (store: MailboxStore): MailboxStore => ({
    ...store,
    [operation]: async (...args: readonly unknown[]) => {
      await held
      return (store[operation] as (...all: readonly unknown[]) => unknown)(...args)
    },
  })
  return { wrap, letGo: () => letGo() }
}

/** A bus that loses those that are picked, by their number. */
export const losing = (isLost: (n: number) => boolean): Bus => {
  const bus = createLocalBus()
  let published = 0
  return { ...bus, publish: (topic, encode) => (isLost(published++) ? 0 : bus.publish(topic, encode)) }
}
