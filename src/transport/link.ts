// The life of one direct line, from the dialling to its end. Knows frames and fingerprints, not PeerJS and not what the
// frames mean; who is at the other end is for the messenger to find out (docs/protocols/link.md).
//
//   dialling --id known: offer sent--> negotiating --channel open--> opening --fingerprints and path known--> open
//   dialling | negotiating | opening --12 s, unavailable, failed, misbehaved--> ended
//   open --goodbye, silent, failed, misbehaved, closed-here--> ended

import type { LinkEnd, LinkPath, Report } from '../messenger/api.ts'
import { decodeLinkFrame, encodeLinkFrame, type LinkFrame } from '../wire/link-frames.ts'
import { fingerprintOf } from './fingerprints.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { type CandidateKinds, kindsOfSelectedPair, type Stat, UNKNOWN_KINDS } from './path.ts'
import type { RawConnection } from './raw-connection.ts'
import { createSendQueue } from './send-queue.ts'
import type { Timers } from './timers.ts'

export const DIAL_TIMEOUT_MS = 12_000
export const LINK_PING_INTERVAL_MS = 15_000
/** With the interval before it: 45 s of silence, as timers of hidden pages are slow. */
export const LINK_PATIENCE_MS = 30_000
/** How long the report may wait for the kinds of the candidates. */
const PATH_TIMEOUT_MS = 1_000
/** How long a channel may take to close in order. */
const FINISH_TIMEOUT_MS = 1_000
/** Bytes that may arrive before the opening is reported. */
const MAX_EARLY_BYTES = 8_388_608
/** Frames in one second, at the most: several times what a browser's own limits let an honest side send. */
export const MAX_FRAMES_A_SECOND = 20_000

export type LinkPhase = 'dialling' | 'negotiating' | 'opening' | 'open' | 'ended'

export interface Link {
  readonly phase: () => LinkPhase
  /** The connection under negotiation, ours or theirs. */
  readonly attach: (connection: RawConnection) => void
  readonly send: (frame: LinkFrame) => void
  readonly wake: () => void
  /** Ends the line; an open one says goodbye first. */
  readonly end: (why: LinkEnd) => void
}

export const createLink = ({
  linkId,
  peerId,
  dialled,
  timers,
  report,
  ended,
}: {
  readonly linkId: string
  readonly peerId: string
  readonly dialled: boolean
  readonly timers: Timers
  readonly report: (report: Report) => void
  readonly ended: () => void
}): Link => {
  const startedAtMs = timers.nowMs()
  let phase: LinkPhase = 'dialling'
  let connection: RawConnection | undefined
  let heartbeat: Heartbeat | undefined
  let early: LinkFrame[] = []
  let earlyBytes = 0
  let second = { startedAtMs, frames: 0 }
  let pings = 0

  const queue = createSendQueue({
    bufferedBytes: () => connection?.bufferedBytes() ?? 0,
    send: (frame) => connection?.transmit(frame) ?? false,
  })

  const end = (why: LinkEnd): void => {
    if (phase === 'ended') return
    const wasOpen = phase === 'open'
    const inOrder = why === 'goodbye' || why === 'closed-here'
    // Past what waits in the queue: nobody will be there to send the rest.
    if (wasOpen && why === 'closed-here') connection?.transmit(encodeLinkFrame({ type: 'bye' }))
    phase = 'ended'
    cancelDeadline()
    heartbeat?.stop()
    early = []
    ended()
    if (wasOpen && inOrder) connection?.finish()
    if (wasOpen && inOrder) timers.after(FINISH_TIMEOUT_MS, () => connection?.close())
    else connection?.close()
    // Of a line that others dialled nobody has heard before it was open.
    if (wasOpen || dialled) report({ type: 'link-closed', linkId, why })
  }
  const cancelDeadline = timers.after(DIAL_TIMEOUT_MS, () => {
    const answered = Boolean(connection?.peerConnection?.remoteDescription)
    end(phase === 'negotiating' && !answered ? 'peer-unavailable' : 'failed')
  })

  const push = (frame: LinkFrame): void => {
    if (!queue.push(encodeLinkFrame(frame))) end('failed')
  }
  const lowered = (): void => {
    if (phase !== 'open') return
    const outcome = queue.drain()
    if (outcome === 'broken') end('failed')
    if (outcome === 'drained') report({ type: 'link-drained', linkId })
  }
  const take = (frame: LinkFrame): void => {
    if (frame.type === 'ping') push({ type: 'pong', nonce: frame.nonce })
    else if (frame.type === 'bye') end('goodbye')
    else if (frame.type !== 'pong') report({ type: 'link-received', linkId, frame })
  }
  const isFlood = (): boolean => {
    const nowMs = timers.nowMs()
    if (nowMs - second.startedAtMs >= 1_000) second = { startedAtMs: nowMs, frames: 0 }
    second.frames += 1
    return second.frames > MAX_FRAMES_A_SECOND
  }
  const received = (bytes: Uint8Array): void => {
    if (phase !== 'opening' && phase !== 'open') return
    heartbeat?.heard()
    const decoded = decodeLinkFrame(bytes)
    if (!decoded.ok || isFlood()) return end('misbehaved')
    if (phase === 'open') return take(decoded.value)
    earlyBytes += bytes.length
    if (earlyBytes > MAX_EARLY_BYTES) return end('misbehaved')
    early.push(decoded.value)
  }

  const opened = (): void => {
    if (phase !== 'negotiating') return
    phase = 'opening'
    const openedInMs = timers.nowMs() - startedAtMs
    const pc = connection?.peerConnection
    if (pc?.signalingState === 'stable') return readFingerprints(pc, openedInMs)
    // The channel may be open before the browser shows the descriptions on which it stands.
    pc?.addEventListener('signalingstatechange', () => {
      if (phase === 'opening' && pc.signalingState === 'stable') readFingerprints(pc, openedInMs)
    })
  }
  const readFingerprints = (pc: RTCPeerConnection, openedInMs: number): void => {
    const ourFingerprint = fingerprintOf(pc.localDescription?.sdp ?? '')
    const theirFingerprint = fingerprintOf(pc.remoteDescription?.sdp ?? '')
    if (!ourFingerprint || !theirFingerprint) return end('misbehaved')
    findPath(pc, timers, (kinds) => {
      if (phase !== 'opening') return
      phase = 'open'
      cancelDeadline()
      heartbeat = createHeartbeat({
        timers,
        intervalMs: LINK_PING_INTERVAL_MS,
        patienceMs: LINK_PATIENCE_MS,
        ping: () => push({ type: 'ping', nonce: (pings += 1) }),
        silent: () => end('silent'),
      })
      const path: LinkPath = { ...kinds, openedInMs }
      report({ type: 'link-opened', linkId, peerId, dialled, ourFingerprint, theirFingerprint, path })
      const frames = early
      early = []
      for (const frame of frames) if (phase === 'open') take(frame)
    })
  }

  return {
    phase: () => phase,
    attach: (made) => {
      if (phase !== 'dialling') return made.close()
      phase = 'negotiating'
      connection = made
      made.listen({
        opened,
        received,
        lowered,
        misbehaved: () => end('misbehaved'),
        closed: () => end('failed'),
      })
      made.peerConnection?.addEventListener('connectionstatechange', () => {
        if (made.peerConnection?.connectionState === 'failed') end('failed')
      })
    },
    send: (frame) => {
      if (phase === 'open') push(frame)
    },
    wake: () => heartbeat?.wake(),
    end,
  }
}

/** Asks the browser, but not for long. */
const findPath = (pc: RTCPeerConnection, timers: Timers, found: (kinds: CandidateKinds) => void): void => {
  const cancel = timers.after(PATH_TIMEOUT_MS, () => found(UNKNOWN_KINDS))
  pc.getStats().then(
    (stats) => {
      cancel()
      // A report of statistics is a map by specification; the DOM's types of TypeScript say only that it has `forEach`.
      const byId = new Map<string, Stat>()
      stats.forEach((stat: Stat, id: string) => byId.set(id, stat))
      found(kindsOfSelectedPair(byId))
    },
    () => {
      cancel()
      found(UNKNOWN_KINDS)
    },
  )
}
