// Who deposited in vain hears once that somebody listens there again, docs/protocols/relay.md "Mailboxes". Live only: a
// wake-up that gets lost costs the depositor its own patience, nothing else. Knows no store and no socket.

import type { Bus, Take } from './bus.ts'
import type { Client } from './client.ts'
import { bytesOf } from './hex.ts'
import type { Address } from './store.ts'

export interface Watchers {
  /** The client hears `address-live` once somebody listens there. Beyond so many addresses its oldest is forgotten. */
  readonly watch: (client: Client, address: Address) => void
  readonly unwatch: (client: Client, address: Address) => void
  /** Somebody listens there: tells who watches, on every process of the relay. */
  readonly tell: (address: Address) => void
  /** The connection is gone. */
  readonly lose: (client: Client) => void
}

const topicOf = (address: Address) => `watch/${address}`
const nothing = () => new Uint8Array(0)

export const createWatchers = (watchedPerConnection: number, bus: Bus): Watchers => {
  const clientsByTopic = new Map<string, Set<Client>>()
  const topicsBy = new Map<Client, Set<string>>()

  const forget = (client: Client, topic: string) => {
    const topics = topicsBy.get(client)
    topics?.delete(topic)
    if (topics?.size === 0) topicsBy.delete(client)
    const clients = clientsByTopic.get(topic)
    clients?.delete(client)
    if (clients?.size !== 0) return
    clientsByTopic.delete(topic)
    bus.unsubscribe(topic, take)
  }

  const take: Take = (topic) => {
    const clients = [...(clientsByTopic.get(topic) ?? [])]
    const address = bytesOf(topic.slice(topicOf('').length))
    for (const client of clients) {
      forget(client, topic)
      client.send({ type: 'address-live', address })
    }
    return clients.length > 0
  }

  return {
    watch: (client, address) => {
      const topic = topicOf(address)
      const topics = topicsBy.get(client) ?? new Set()
      const oldest = topics.size >= watchedPerConnection && !topics.has(topic) ? topics.values().next().value : undefined
      if (oldest !== undefined) forget(client, oldest)
      topicsBy.set(client, topics.add(topic))
      clientsByTopic.set(topic, (clientsByTopic.get(topic) ?? new Set()).add(client))
      bus.subscribe(topic, take)
    },
    unwatch: (client, address) => forget(client, topicOf(address)),
    tell: (address) => void bus.publish(topicOf(address), nothing),
    lose: (client) => {
      for (const topic of topicsBy.get(client) ?? []) forget(client, topic)
    },
  }
}
