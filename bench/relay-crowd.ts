// A crowd that does nothing: clients that have connected, each from an address of its own, and stay.

import process from 'node:process'
import type { WebSocket } from 'ws'
import { type Caller, callRelay, closeSocket, listen, listenKeyOf, openSocket } from './relay-caller.ts'

/** Connections that are opened at one time: fewer than wait for being accepted. */
const AT_ONCE = 100

interface Newcomers {
  readonly port: number
  readonly at: 'relay' | 'echo'
  /** The first one's number, and that behind the last one's. */
  readonly from: number
  readonly to: number
}

const callers: Caller[] = []
const sockets: WebSocket[] = []

/** Linux takes all of 127.0.0.0/8 for its own; elsewhere there is one address. */
const addressOfClient = (client: number): string | undefined =>
  process.platform === 'linux' ? `127.1.${client >> 8}.${client & 0xff}` : undefined

const inTurns = async (from: number, to: number, act: (client: number) => Promise<void>): Promise<void> => {
  let next = from
  const go = async () => {
    while (next < to) await act(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, go))
}

/** Resolves once all are there and have been greeted. */
export const connectCrowd = ({ port, at, from, to }: Newcomers): Promise<void> =>
  inTurns(from, to, async (client) => {
    if (at === 'relay') callers[client] = await callRelay(port, addressOfClient(client))
    else sockets[client] = await openSocket(port, '/', () => {}, addressOfClient(client))
  })

/** Each that is connected shows so many keys. */
export const listenCrowd = ({ addressesEach }: { readonly addressesEach: number }): Promise<void> =>
  inTurns(0, callers.length, async (client) => {
    const keys = Array.from({ length: addressesEach }, (_, i) => listenKeyOf(`crowd/${client}`, i))
    const caller = callers[client]
    if (caller) await listen(caller, keys)
  })

export const leaveCrowd = async (_asked: object): Promise<void> => {
  const leaving = [...callers.splice(0).map((caller) => caller.close()), ...sockets.splice(0).map(closeSocket)]
  await Promise.all(leaving)
}
