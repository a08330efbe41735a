// PeerJS reduced to a pipe for byte strings: the one kind of connection there is, whatever name an offer asks for.
// PeerJS's own kinds parse what a stranger sends before anybody has looked at its type or size; this one never parses.
// It decides nothing about a line's life (link.ts).

import type { BufferedConnection, Peer, SerializerMapping } from 'peerjs'
import { MAX_FRAME_LENGTH } from '../wire/codec.ts'
import { LOW_BYTES } from './send-queue.ts'

/** What both sides say about the channel; anything else in an offer is refused. */
export const SERIALIZATION = 'raw'
export const CHANNEL_LABEL = 'parley'

/** What a line hears from below. */
export interface RawListener {
  readonly opened: () => void
  /** Between 1 and 65,536 bytes. */
  readonly received: (frame: Uint8Array) => void
  /** The browser's buffer has fallen to its low mark. */
  readonly lowered: () => void
  /** A text, an empty or oversized frame, a second or an unreliable channel. */
  readonly misbehaved: () => void
  /** Closed, by whichever side; nothing comes after. */
  readonly closed: () => void
}

/** A connection as a line sees it. */
export interface RawConnection {
  readonly peer: string
  readonly peerConnection: RTCPeerConnection | null
  readonly listen: (listener: RawListener) => void
  readonly bufferedBytes: () => number
  /** False where the channel does not take it: closing, or over what the browser buffers. */
  readonly transmit: (frame: Uint8Array) => boolean
  /** Closes the channel so that what was handed over still arrives. */
  readonly finish: () => void
  readonly close: () => void
}

export type RawConnectionClass = new (theirPeerId: string, provider: Peer, options: unknown) => BufferedConnection & RawConnection

const isReliable = (channel: RTCDataChannel): boolean =>
  channel.ordered &&
  channel.maxRetransmits === null &&
  channel.maxPacketLifeTime === null &&
  channel.label === CHANNEL_LABEL &&
  channel.protocol === ''

/** @param base PeerJS's own class, which is there only once PeerJS was loaded */
export const rawConnectionOf = (base: typeof BufferedConnection): RawConnectionClass =>
  class extends base implements RawConnection {
    readonly serialization = SERIALIZATION
    // `declare`: the constructor of the base class already opens the channel, and a real field would be wiped after it.
    declare private listener: RawListener | undefined

    constructor(theirPeerId: string, provider: Peer, options: unknown) {
      super(theirPeerId, provider, options)
    }

    listen = (listener: RawListener): void => {
      this.listener = listener
    }

    bufferedBytes = (): number => this.dataChannel?.bufferedAmount ?? 0

    transmit = (frame: Uint8Array): boolean => {
      try {
        // A copy: `send` wants a buffer that is not shared, which the type of a view does not say.
        this.dataChannel.send(new Uint8Array(frame))
        return true
      } catch {
        return false
      }
    }

    finish = (): void => this.dataChannel?.close()

    override _initializeDataChannel(channel: RTCDataChannel): void {
      if (this.dataChannel || !isReliable(channel)) {
        channel.close()
        this.listener?.misbehaved()
        return
      }
      super._initializeDataChannel(channel)
      channel.bufferedAmountLowThreshold = LOW_BYTES
      channel.addEventListener('open', () => this.listener?.opened())
      channel.addEventListener('bufferedamountlow', () => this.listener?.lowered())
    }

    protected override _handleDataMessage({ data }: MessageEvent<unknown>): void {
      if (data instanceof ArrayBuffer && data.byteLength > 0 && data.byteLength <= MAX_FRAME_LENGTH) {
        this.listener?.received(new Uint8Array(data))
      } else this.listener?.misbehaved()
    }

    /** PeerJS's own way in, which nothing here uses. */
    protected override _send(): void {
      throw new Error('raw connection: use transmit')
    }

    override async handleMessage(message: Parameters<BufferedConnection['handleMessage']>[0]): Promise<void> {
      try {
        await super.handleMessage(message)
      } catch {
        // PeerJS trips over its own feet where a connection was closed while a candidate was on its way into it.
      }
    }

    override close(): void {
      super.close()
      this.listener?.closed()
    }
  }

/**
 * The table in which PeerJS looks up the kind that an offer names: ours for every name that it knows, and for every name
 * that a plain object has by birth (`constructor`, `toString` ...), which it would otherwise take for a class.
 */
export const serializersOf = (connection: RawConnectionClass): SerializerMapping =>
  Object.fromEntries(
    ['raw', 'json', 'binary', 'binary-utf8', 'default', ...Object.getOwnPropertyNames(Object.prototype)].map((name) => [name, connection]),
  )
