// Wake-ups and live envelopes between whoever deposits and whoever listens: best effort. What goes over a bus may get lost
// or come twice, and nothing durable relies on it: readers subscribe first, then read from the store, and read again now
// and then. The local one serves a relay of one process.

/** Told the topic, so that one function serves all topics of a subscriber. @returns whether it took the message */
export type Take = (topic: string, message: Uint8Array) => boolean

export interface Bus {
  /**
   * @param encode makes the message, where somebody may hear it
   * @returns how many subscribers took it, as far as is known
   */
  publish(topic: string, encode: () => Uint8Array): number
  /** Idempotent for each `take`. */
  subscribe(topic: string, take: Take): void
  unsubscribe(topic: string, take: Take): void
  /** Topics with a subscriber here. */
  size(): number
}

export const createLocalBus = (): Bus => {
  /** Nearly every topic has one subscriber: that one is held without a set around it. */
  const subscribers = new Map<string, Take | Set<Take>>()
  return {
    publish: (topic, encode) => {
      const known = subscribers.get(topic)
      if (known === undefined) return 0
      const message = encode()
      if (typeof known === 'function') return known(topic, message) ? 1 : 0
      return [...known].filter((take) => take(topic, message)).length
    },
    subscribe: (topic, take) => {
      const known = subscribers.get(topic)
      if (known === undefined) subscribers.set(topic, take)
      else if (typeof known !== 'function') known.add(take)
      else if (known !== take) subscribers.set(topic, new Set([known, take]))
    },
    unsubscribe: (topic, take) => {
      const known = subscribers.get(topic)
      if (known === take) subscribers.delete(topic)
      if (known === undefined || typeof known === 'function') return
      known.delete(take)
      if (known.size === 0) subscribers.delete(topic)
    },
    size: () => subscribers.size,
  }
}
