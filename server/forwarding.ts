// Live forwarding, docs/protocols/relay.md "Addresses": an envelope goes straight to the connection that listens at its
// address, or is refused. Nothing is kept, and who deposits is not asked. Knows no socket.

import { fromHex, toHex } from '../src/crypto/bytes.ts'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import { type Bucket, type Clock, createBucket, type Rate } from './limits.ts'

export interface ForwardingLimits {
  /** Addresses at which one connection listens. */
  readonly listenedPerConnection: number
  /** Addresses at which somebody listens, in total. */
  readonly listened: number
  readonly depositsPerTarget: Rate
  /** Addresses of which one connection is told when somebody listens again; the oldest is forgotten. */
  readonly watchedPerConnection: number
}

export interface Forwarding {
  /** The connection owns the addresses of these keys from now on, whoever did before. Answers `listening`. */
  readonly listen: (client: Client, requestId: number, listenKeys: readonly Uint8Array[]) => Outcome
  /** Answers `listening`, also for keys that the connection no longer owned. */
  readonly stopListening: (client: Client, requestId: number, listenKeys: readonly Uint8Array[]) => Outcome
  /** Answers `deposited` once the envelope is on its way to the connection that listens. */
  readonly deposit: (client: Client, requestId: number, address: Uint8Array, envelope: Uint8Array) => Outcome
  /** The connection is gone. */
  readonly lose: (client: Client) => void
  /** Addresses at which somebody listens. */
  readonly size: () => number
}

interface Listener {
  readonly client: Client
  readonly deposits: Bucket
}

export const createForwarding = (limits: ForwardingLimits, nowMs: Clock): Forwarding => {
  const listeners = new Map<string, Listener>()
  const listenedBy = new Map<Client, Set<string>>()
  const watchers = new Map<string, Set<Client>>()
  const watchedBy = new Map<Client, Set<string>>()

  const forget = (sets: Map<Client, Set<string>>, client: Client, address: string) => {
    const set = sets.get(client)
    set?.delete(address)
    if (set?.size === 0) sets.delete(client)
  }

  const stop = (address: string, client: Client) => {
    if (listeners.get(address)?.client !== client) return
    listeners.delete(address)
    forget(listenedBy, client, address)
  }

  const unwatch = (client: Client, address: string) => {
    forget(watchedBy, client, address)
    const clients = watchers.get(address)
    clients?.delete(client)
    if (clients?.size === 0) watchers.delete(address)
  }

  const watch = (client: Client, address: string) => {
    const watched = watchedBy.get(client) ?? new Set()
    const oldest = watched.size >= limits.watchedPerConnection && !watched.has(address) ? watched.values().next().value : undefined
    if (oldest !== undefined) unwatch(client, oldest)
    watchedBy.set(client, watched.add(address))
    watchers.set(address, (watchers.get(address) ?? new Set()).add(client))
  }

  const tellWatchers = (address: string) => {
    for (const client of watchers.get(address) ?? []) {
      unwatch(client, address)
      client.send({ type: 'address-live', address: fromHex(address) })
    }
  }

  return {
    listen: (client, requestId, listenKeys) => {
      const addresses = listenKeys.map((key) => toHex(addressOf(key)))
      const own = listenedBy.get(client) ?? new Set()
      const added = new Set(addresses.filter((address) => !own.has(address)))
      const unowned = [...added].filter((address) => !listeners.has(address))
      if (own.size + added.size > limits.listenedPerConnection || listeners.size + unowned.length > limits.listened) {
        return refuse('too-many-requests')
      }
      for (const address of added) {
        const before = listeners.get(address)
        if (before) stop(address, before.client)
        listeners.set(address, { client, deposits: before?.deposits ?? createBucket(limits.depositsPerTarget, nowMs) })
        own.add(address)
      }
      listenedBy.set(client, own)
      client.send({ type: 'listening', requestId })
      for (const address of addresses) tellWatchers(address)
      return DONE
    },

    stopListening: (client, requestId, listenKeys) => {
      for (const key of listenKeys) stop(toHex(addressOf(key)), client)
      client.send({ type: 'listening', requestId })
      return DONE
    },

    deposit: (client, requestId, address, envelope) => {
      const listener = listeners.get(toHex(address))
      if (!listener) {
        watch(client, toHex(address))
        return refuse('nobody-listening')
      }
      if (!listener.deposits.take()) return refuse('too-many-requests')
      if (!listener.client.trySend({ type: 'envelope', address, envelope })) return refuse('too-many-requests')
      client.send({ type: 'deposited', requestId })
      return DONE
    },

    lose: (client) => {
      for (const address of listenedBy.get(client) ?? []) stop(address, client)
      for (const address of watchedBy.get(client) ?? []) unwatch(client, address)
    },

    size: () => listeners.size,
  }
}
