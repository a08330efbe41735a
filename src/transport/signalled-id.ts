// Keeps one id known to the signalling service while it is wanted: connects, notices the loss, comes back with back-off
// under the same token. Lines that were opened under the id do not depend on it. PeerJS itself is behind `SignallingPeer`.
//
//   connecting --known--> known --lost--> waiting --delay, or page woke--> connecting
//   connecting --lost, or 10 s--> waiting
//   any --close--> closed

import type { BackOff } from './back-off.ts'
import type { RawConnection } from './raw-connection.ts'
import type { Timers } from './timers.ts'

/** How long the service may take to say that it knows us. */
export const SIGNALLING_TIMEOUT_MS = 10_000
/** An id that was known for so long starts over with short delays. */
const STEADY_MS = 10_000

export interface SignallingListener {
  readonly known: () => void
  /** The connection to the service is gone, or was never made. May be called more than once. */
  readonly lost: () => void
  /** Somebody dials us. */
  readonly dialled: (connection: RawConnection) => void
  /** Whom we dialled is not there. */
  readonly unavailable: (theirPeerId: string) => void
}

/** One id at the service, as PeerJS holds it. */
export interface SignallingPeer {
  /** Throws or answers nothing where no connection can be made. */
  readonly dial: (theirPeerId: string) => RawConnection | undefined
  readonly reconnect: () => void
  /** Leaves the service; lines stay. */
  readonly disconnect: () => void
}

export interface SignalledId {
  readonly isKnown: () => boolean
  readonly dial: (theirPeerId: string) => RawConnection | undefined
  /** Tries at once where it would wait. */
  readonly wake: () => void
  /** The connection to the service is probably dead: makes it anew. */
  readonly renew: () => void
  readonly close: () => void
}

export const keepKnown = ({
  timers,
  backOff,
  open,
  listener,
}: {
  readonly timers: Timers
  readonly backOff: BackOff
  /** Rejects where PeerJS cannot be loaded. */
  readonly open: (listener: SignallingListener) => Promise<SignallingPeer>
  /** `lost` comes once for each attempt here. */
  readonly listener: SignallingListener
}): SignalledId => {
  let phase: 'connecting' | 'known' | 'waiting' | 'closed' = 'connecting'
  let peer: SignallingPeer | undefined
  let knownSinceMs = 0
  let cancel = (): void => undefined

  const lost = (): void => {
    if (phase === 'waiting' || phase === 'closed') return
    if (phase === 'known' && timers.nowMs() - knownSinceMs >= STEADY_MS) backOff.reset()
    phase = 'waiting'
    cancel()
    cancel = timers.after(backOff.nextDelayMs(), connect)
    listener.lost()
  }
  const giveUp = (): void => {
    peer?.disconnect()
    lost()
  }
  const inner: SignallingListener = {
    known: () => {
      if (phase !== 'connecting') return
      phase = 'known'
      knownSinceMs = timers.nowMs()
      cancel()
      listener.known()
    },
    lost,
    dialled: (connection) => (phase === 'closed' ? connection.close() : listener.dialled(connection)),
    unavailable: (theirPeerId) => listener.unavailable(theirPeerId),
  }
  const connect = (): void => {
    phase = 'connecting'
    cancel()
    cancel = timers.after(SIGNALLING_TIMEOUT_MS, giveUp)
    if (peer) {
      try {
        return peer.reconnect()
      } catch {
        // It was never known, or destroyed: a new one under the same id and token.
        peer = undefined
      }
    }
    open(inner).then(
      (opened) => {
        peer = opened
        if (phase === 'closed') opened.disconnect()
      },
      () => lost(),
    )
  }
  connect()

  return {
    isKnown: () => phase === 'known',
    dial: (theirPeerId) => peer?.dial(theirPeerId),
    wake: () => {
      if (phase === 'waiting') connect()
    },
    renew: () => {
      if (phase === 'known') giveUp()
    },
    close: () => {
      phase = 'closed'
      cancel()
      peer?.disconnect()
    },
  }
}
