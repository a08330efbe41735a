// Somebody who calls a real relay by WebSocket, frame by frame; for tests of the relay from outside.

import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import {
  decodeRelayReply,
  encodeRelayRequest,
  type RelayConfiguration,
  type RelayReply,
  type RelayRequest,
} from '../../src/wire/relay-frames.ts'

/** Longer than anything here takes, shorter than a test. */
const PATIENCE_MS = 10_000

export interface Caller<Message> {
  readonly socket: WebSocket
  /** The next message that has not been asked for yet. */
  readonly next: () => Promise<Message>
  /** Messages that came and have not been asked for. */
  readonly waiting: () => number
  /** The code with which the connection closed, when it has. */
  readonly closed: Promise<number>
  readonly close: () => void
}

export interface RelayCaller extends Caller<RelayReply> {
  /** What the welcome told. */
  readonly configuration: RelayConfiguration
  readonly ask: (request: RelayRequest) => void
  /** Asks, and waits for the next message. */
  readonly call: (request: RelayRequest) => Promise<RelayReply>
}

const listenTo = <Message>(socket: WebSocket, read: (message: Buffer) => Message): Caller<Message> => {
  const arrived: Message[] = []
  let wake = () => {}
  socket.on('message', (message: Buffer) => {
    arrived.push(read(message))
    wake()
  })
  socket.on('error', () => {})
  const next = async (): Promise<Message> => {
    const deadlineMs = performance.now() + PATIENCE_MS
    for (;;) {
      const message = arrived.shift()
      if (message !== undefined) return message
      const patience = setTimeout(() => wake(), PATIENCE_MS)
      await new Promise<void>((done) => {
        wake = done
      })
      clearTimeout(patience)
      if (arrived.length === 0 && performance.now() >= deadlineMs) throw new Error('no message came')
    }
  }
  return {
    socket,
    next,
    waiting: () => arrived.length,
    closed: new Promise((done) => socket.once('close', done)),
    close: () => socket.close(),
  }
}

const openSocket = (port: number, path: string, options: ClientOptions): WebSocket =>
  new WebSocket(`ws://127.0.0.1:${port}${path}`, { origin: `http://127.0.0.1:${port}`, perMessageDeflate: false, ...options })

/** Calls `/relay` and hears the welcome. Rejects with the status where the upgrade is refused. */
export const callRelay = async (port: number, options: ClientOptions = {}): Promise<RelayCaller> => {
  const caller = listenTo(openSocket(port, '/relay', options), (message): RelayReply => {
    const decoded = decodeRelayReply(new Uint8Array(message))
    if (!decoded.ok) throw new Error('the relay sent what is no frame')
    return decoded.value
  })
  await opened(caller.socket)
  const welcome = await caller.next()
  if (welcome.type !== 'welcome') throw new Error(`the relay said ${welcome.type} before welcome`)
  const ask = (request: RelayRequest) => caller.socket.send(encodeRelayRequest(request))
  return {
    ...caller,
    configuration: welcome.configuration,
    ask,
    call: (request) => {
      ask(request)
      return caller.next()
    },
  }
}

export type EnvelopeReply = Extract<RelayReply, { readonly type: 'envelope' }>

/** Takes so many envelopes as they come, and acknowledges each that was kept; passes over everything else. */
export const takeEnvelopes = async (caller: RelayCaller, count: number): Promise<readonly EnvelopeReply[]> => {
  const taken: EnvelopeReply[] = []
  while (taken.length < count) {
    const reply = await caller.next()
    if (reply.type !== 'envelope') continue
    taken.push(reply)
    if (reply.position > 0) caller.ask({ type: 'acknowledge', address: reply.address, positions: [reply.position] })
  }
  return taken
}

export interface PeerCaller extends Caller<Readonly<Record<string, unknown>>> {
  readonly say: (message: object) => void
}

/** Calls `/peer` as PeerJS 1.5.5 does when its `path` is `/peer` and its `key` is `peerjs`. */
export const callPeer = async (port: number, id: string, token: string, options: ClientOptions = {}): Promise<PeerCaller> => {
  const path = `/peer/peerjs?key=peerjs&id=${id}&token=${token}&version=1.5.5`
  const caller = listenTo(openSocket(port, path, options), (message) => JSON.parse(String(message)))
  await opened(caller.socket)
  return { ...caller, say: (message) => caller.socket.send(JSON.stringify(message)) }
}

const opened = async (socket: WebSocket) => {
  const refused = new Promise<never>((_, fail) =>
    socket.once('unexpected-response', (_request, { statusCode }) => {
      fail(new Error(`status ${statusCode}`))
      socket.terminate()
    }),
  )
  await Promise.race([once(socket, 'open'), refused])
}
