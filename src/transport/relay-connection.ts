// One WebSocket to the relay, kept open while it is wanted. Knows the frames of wire/relay-frames only as far as it must:
// the welcome, which makes the connection usable, and pings. docs/protocols/relay.md says what the others mean.
//
//   connecting --welcome--> open --lost, silent, malformed--> waiting --delay, or page woke--> connecting
//   connecting --lost, malformed, or 10 s--> waiting
//   any --close--> closed

import type { RelayConnection, Report } from '../messenger/api.ts'
import { MAX_FRAME_LENGTH } from '../wire/codec.ts'
import { decodeRelayReply, encodeRelayRequest, type RelayReply, type RelayRequest } from '../wire/relay-frames.ts'
import type { BackOff } from './back-off.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { createSendQueue, type SendQueue } from './send-queue.ts'
import type { Timers } from './timers.ts'

export const RELAY_PING_INTERVAL_MS = 20_000
export const RELAY_PATIENCE_MS = 10_000
/** How long the relay may take to say welcome. */
export const WELCOME_TIMEOUT_MS = 10_000
/** A connection that was open for so long starts over with short delays. */
const STEADY_MS = 10_000
/** WebSockets do not tell when their buffer falls. */
const DRAIN_INTERVAL_MS = 50

/** A WebSocket, as far as it is used. */
export type RelaySocket = Pick<WebSocket, 'binaryType' | 'bufferedAmount' | 'readyState' | 'send' | 'close' | 'addEventListener'>

export interface RelayLine {
  /** Dropped where the connection is not open. */
  readonly send: (request: RelayRequest) => void
  readonly wake: () => void
  readonly close: () => void
}

export const keepConnected = ({
  connection,
  openSocket,
  timers,
  backOff,
  report,
  malformed,
  silent,
}: {
  readonly connection: RelayConnection
  /** May throw. */
  readonly openSocket: () => RelaySocket
  readonly timers: Timers
  readonly backOff: BackOff
  /** `relay-closed` comes at the end of each attempt, also of one that never opened. */
  readonly report: (report: Report) => void
  /** The relay said what it must not say. */
  readonly malformed: () => void
  /** The relay did not answer: whatever else goes there is probably dead too. */
  readonly silent: () => void
}): RelayLine => {
  let phase: 'connecting' | 'open' | 'waiting' | 'closed' = 'waiting'
  let socket: RelaySocket | undefined
  let queue: SendQueue | undefined
  let heartbeat: Heartbeat | undefined
  let openSinceMs = 0
  let pings = 0
  let cancel = (): void => undefined
  let cancelDrain = (): void => undefined

  /** Forgets the socket first, so that nothing it still says is heard. */
  const drop = (): void => {
    const dropped = socket
    socket = undefined
    queue = undefined
    heartbeat?.stop()
    cancel()
    cancelDrain()
    dropped?.close()
  }
  const lost = (): void => {
    if (phase !== 'connecting' && phase !== 'open') return
    if (phase === 'open' && timers.nowMs() - openSinceMs >= STEADY_MS) backOff.reset()
    drop()
    phase = 'waiting'
    cancel = timers.after(backOff.nextDelayMs(), connect)
    report({ type: 'relay-closed', connection })
  }
  const connect = (): void => {
    phase = 'connecting'
    cancel()
    cancel = timers.after(WELCOME_TIMEOUT_MS, lost)
    try {
      const opening = openSocket()
      socket = opening
      opening.binaryType = 'arraybuffer'
      queue = createSendQueue({ bufferedBytes: () => opening.bufferedAmount, send: (frame) => transmit(opening, frame) })
      opening.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (socket === opening) received(data)
      })
      for (const end of ['close', 'error'] as const) {
        opening.addEventListener(end, () => {
          if (socket === opening) lost()
        })
      }
    } catch {
      lost()
    }
  }

  const refuse = (): void => {
    malformed()
    lost()
  }
  const received = (data: unknown): void => {
    if (!(data instanceof ArrayBuffer) || data.byteLength > MAX_FRAME_LENGTH) return refuse()
    const decoded = decodeRelayReply(new Uint8Array(data))
    if (!decoded.ok) return refuse()
    const reply = decoded.value
    // The welcome comes first and once.
    if ((reply.type === 'welcome') !== (phase === 'connecting')) return refuse()
    if (reply.type === 'welcome') welcome(reply)
    else {
      heartbeat?.heard()
      if (reply.type !== 'pong') report({ type: 'relay-received', connection, reply })
    }
  }
  const welcome = ({ configuration }: Extract<RelayReply, { type: 'welcome' }>): void => {
    phase = 'open'
    cancel()
    openSinceMs = timers.nowMs()
    heartbeat = createHeartbeat({
      timers,
      intervalMs: RELAY_PING_INTERVAL_MS,
      patienceMs: RELAY_PATIENCE_MS,
      ping: () => push({ type: 'ping', nonce: (pings += 1) }),
      silent: () => {
        silent()
        lost()
      },
    })
    report({ type: 'relay-opened', connection, configuration })
  }

  const push = (request: RelayRequest): void => {
    const frame = encodeRelayRequest(request)
    if (phase !== 'open' || !queue) return
    if (!queue.push(frame)) return lost()
    if (queue.isWaiting()) drainSoon()
  }
  const drainSoon = (): void => {
    cancelDrain()
    cancelDrain = timers.after(DRAIN_INTERVAL_MS, () => {
      if (queue?.drain() === 'broken') lost()
      else if (queue?.isWaiting()) drainSoon()
    })
  }

  connect()
  return {
    send: push,
    wake: () => {
      if (phase === 'waiting') connect()
      else heartbeat?.wake()
    },
    close: () => {
      const wasOpen = phase === 'open'
      phase = 'closed'
      drop()
      if (wasOpen) report({ type: 'relay-closed', connection })
    },
  }
}

const OPEN = 1

const transmit = (socket: RelaySocket, frame: Uint8Array): boolean => {
  if (socket.readyState !== OPEN) return false
  // A copy: `send` wants a buffer that is not shared, which the type of a view does not say.
  socket.send(new Uint8Array(frame))
  return true
}
