// A network between people and a relay that a story can cut and heal: a proxy for TCP, which knows nothing of what passes.

import { connect, createServer, type Socket } from 'node:net'

export interface Wire {
  /** Where people find the relay through it. */
  readonly url: string
  /** Nothing passes in either direction and nobody is told, as in a dead network; or (`reset`) everybody is told at once. */
  readonly cut: (how: 'silent' | 'reset') => void
  /** Passes again. Connections that were cut are gone: the network is another one now. */
  readonly heal: () => void
  /** Bytes that have passed so far, both directions. */
  readonly passed: () => number
  readonly remove: () => Promise<void>
}

export const layWire = async (relayPort: number): Promise<Wire> => {
  const pairs = new Set<readonly [Socket, Socket]>()
  let state: 'open' | 'silent' | 'reset' = 'open'
  let passed = 0

  const server = createServer((near) => {
    if (state === 'reset') {
      near.resetAndDestroy()
      return
    }
    const far = connect(relayPort, 'localhost')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.setNoDelay(true)
      from.on('data', (bytes: Buffer) => {
        passed += bytes.length
        to.write(bytes)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
      if (state === 'silent') from.pause()
    }
  })
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('wire: no port')

  const drop = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
  }
  return {
    url: `http://localhost:${address.port}`,
    cut: (how) => {
      state = how
      if (how === 'reset') drop()
      else for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    heal: () => {
      state = 'open'
      drop()
    },
    passed: () => passed,
    remove: async () => {
      drop()
      await new Promise((done) => server.close(done))
    },
  }
}
