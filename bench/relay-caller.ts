// Somebody who calls the relay a lot: a WebSocket and its frames, each answer handed on as it comes. What nobody expected
// ends the process, as a figure beside it would be about something else.

import { createHash, randomFillSync } from 'node:crypto'
import { WebSocket } from 'ws'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { decodeRelayReply, encodeRelayRequest, type RelayReply, type RelayRequest } from '../src/wire/relay-frames.ts'
import { quantile } from './figures.ts'

export const REQUEST_ID = 1
/** Of a short text's envelope; with what is in front of it, it fills a frame of 4 KiB. */
const ENVELOPE_LENGTH = 4032
const ENVELOPE_ID_AT = 2

/** The socket, once it is open. @param take told every message from the first one on, @param localAddress where it comes from */
export const openSocket = (port: number, path: string, take: (message: Buffer) => void, localAddress?: string): Promise<WebSocket> =>
  new Promise((opened, fail) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      origin: `http://127.0.0.1:${port}`,
      perMessageDeflate: false,
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    // The first message may come together with the answer to the upgrade.
    socket.on('message', take)
    socket.once('error', fail)
    socket.once('open', () => opened(socket))
    socket.once('close', (code) => {
      throw new Error(`the connection was closed: ${code}`)
    })
  })

export const closeSocket = (socket: WebSocket): Promise<void> =>
  new Promise((done) => {
    socket.removeAllListeners('close').once('close', () => done())
    socket.close()
  })

export interface Caller {
  readonly ask: (request: RelayRequest) => void
  /** Told every answer from now on, in place of whoever was before. */
  hears: (reply: RelayReply) => void
  /** Told every frame from now on, instead: taking frames apart and making new ones costs more here than at the relay. */
  takes: ((frame: Buffer) => void) | undefined
  readonly send: (frame: Uint8Array) => void
  readonly close: () => Promise<void>
}

export const unexpected = (reply: RelayReply): Error =>
  new Error(`the relay said ${reply.type}${reply.type === 'refused' ? `: ${reply.cause}` : ''}`)

/** Resolves once the relay has said `welcome`. */
export const callRelay = async (port: number, localAddress?: string): Promise<Caller> => {
  const take = (frame: Buffer) => {
    if (caller.takes !== undefined) return caller.takes(frame)
    const decoded = decodeRelayReply(frame)
    if (!decoded.ok) throw new Error('the relay sent what is no frame')
    caller.hears(decoded.value)
  }
  const opening = openSocket(port, '/relay', take, localAddress)
  const caller: Caller = {
    // Nobody has the caller before the socket.
    ask: (request) => socket.send(encodeRelayRequest(request)),
    hears: (reply) => {
      throw unexpected(reply)
    },
    takes: undefined,
    send: (frame) => socket.send(frame),
    close: () => closeSocket(socket),
  }
  const welcomed = hear(caller, 'welcome')
  const socket = await opening
  await welcomed
  return caller
}

export const callRelayTimes = (port: number, count: number): Promise<readonly Caller[]> =>
  Promise.all(Array.from({ length: count }, () => callRelay(port)))

/** Resolves with the next answer, which must be of this type. */
const hear = (caller: Caller, type: RelayReply['type']): Promise<void> =>
  new Promise((done) => {
    caller.hears = (reply) => {
      if (reply.type !== type) throw unexpected(reply)
      done()
    }
  })

/** Listens, which makes the mailboxes where there are none. */
export const listen = async (caller: Caller, listenKeys: readonly Uint8Array[]): Promise<void> => {
  const listening = hear(caller, 'listening')
  caller.ask({ type: 'listen', requestId: REQUEST_ID, listenKeys: [...listenKeys] })
  await listening
}

/** Made again from its name in every process. */
const named = (name: string): Uint8Array => createHash('sha256').update(name).digest()
export const listenKeyOf = (set: string, index: number): Uint8Array => named(`${set}/${index}`)
export const addressesOf = (set: string, count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => addressOf(listenKeyOf(set, index)))
export const accountIdOf = (index: number): Uint8Array => named(`account/${index}`)

/** Bytes that nothing compresses, under a new id each time; good until the next call. */
export const freshEnvelope = (() => {
  const envelope = randomFillSync(new Uint8Array(ENVELOPE_LENGTH))
  return (): Uint8Array => {
    randomFillSync(envelope, ENVELOPE_ID_AT, 16)
    return envelope
  }
})()

/** What was done in a time, and how long each of it took. */
export interface Rated {
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @param count where not each was timed alone */
export const rated = (timesMs: readonly number[], tookMs: number, count = timesMs.length): Rated => ({
  count,
  perSecond: count / (tookMs / 1000),
  p50Ms: quantile(timesMs, 0.5),
  p99Ms: quantile(timesMs, 0.99),
})
