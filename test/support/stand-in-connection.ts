// A connection between browsers without browsers: what a line sees of it, moved by hand.

import type { RawConnection, RawListener } from '../../src/transport/raw-connection.ts'
import { decodeLinkFrame, encodeLinkFrame, type LinkFrame } from '../../src/wire/link-frames.ts'

export const sdpWith = (byte: number): string =>
  `v=0\r\na=fingerprint:sha-256 ${Array.from({ length: 32 }, () => byte.toString(16).padStart(2, '0')).join(':')}\r\n`

export interface StandIn extends RawConnection {
  readonly pc: EventTarget & { connectionState: string; signalingState: string; remoteDescription: { sdp: string } | null }
  readonly says: RawListener
  readonly sends: (frame: LinkFrame) => void
  /** What was handed to the browser. */
  readonly sent: readonly Uint8Array[]
  readonly frames: () => LinkFrame[]
  readonly closings: readonly ('finish' | 'close')[]
  buffered: number
  takes: boolean
}

export const standIn = ({ ours = sdpWith(1), theirs = sdpWith(2), theirPeerId = 'theirs' } = {}): StandIn => {
  let listener: RawListener | undefined
  const pc = Object.assign(new EventTarget(), {
    connectionState: 'connected',
    signalingState: 'stable',
    localDescription: { sdp: ours },
    remoteDescription: { sdp: theirs } as { sdp: string } | null,
    getStats: async () => new Map(),
  })
  const sent: Uint8Array[] = []
  const closings: ('finish' | 'close')[] = []
  const says: RawListener = {
    opened: () => listener?.opened(),
    received: (frame) => listener?.received(frame),
    lowered: () => listener?.lowered(),
    misbehaved: () => listener?.misbehaved(),
    closed: () => listener?.closed(),
  }
  const connection: StandIn = {
    peer: theirPeerId,
    pc,
    // A line uses only what stands above.
    peerConnection: pc as unknown as RTCPeerConnection,
    says,
    sends: (frame) => says.received(encodeLinkFrame(frame)),
    sent,
    frames: () =>
      sent.map((bytes) => {
        const decoded = decodeLinkFrame(bytes)
        if (!decoded.ok) throw new Error('not a frame of ours')
        return decoded.value
      }),
    closings,
    buffered: 0,
    takes: true,
    listen: (to) => {
      listener = to
    },
    bufferedBytes: () => connection.buffered,
    transmit: (frame) => {
      if (connection.takes) sent.push(frame)
      return connection.takes
    },
    finish: () => void closings.push('finish'),
    close: () => {
      closings.push('close')
      // As PeerJS does: closing tells.
      listener?.closed()
    },
  }
  return connection
}
