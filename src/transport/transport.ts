// The two pipes in the window, behind one door: orders in, reports out. What they carry is sealed elsewhere; they know
// nothing of contacts, pairings or keys (docs/protocols/link.md, docs/protocols/relay.md).

import type { Order, Report } from '../messenger/api.ts'
import { type Random, systemRandom } from './chance.ts'
import { createRelayPipe } from './relay-pipe.ts'
import { openSignallingPeer, rtcConfigurationOf, type SignallingAddress } from './signalling-peer.ts'
import { systemTimers, type Timers } from './timers.ts'
import { watchWaking } from './waking.ts'
import { createClosedPipe, createWebrtcPipe, type OpenPeer, type WebrtcPipe } from './webrtc-pipe.ts'

export interface Transport {
  readonly carryOut: (order: Order) => void
  /** The page came back: asks every connection whether it lives. Comes by itself too, on all that the window can tell. */
  readonly wake: () => void
  /** The page goes: says goodbye on every line and lets go of everything. Nothing is reported or carried out after. */
  readonly close: () => void
  /** How often the relay sent what is no frame of its protocol. */
  readonly malformedReplies: () => number
}

export const createTransport = ({
  relayUrl,
  signalling,
  report,
  timers = systemTimers,
  random = systemRandom,
}: {
  /** `wss://host/relay` */
  readonly relayUrl: URL
  readonly signalling: SignallingAddress
  readonly report: (report: Report) => void
  readonly timers?: Timers
  readonly random?: Random
}): Transport => {
  let open = true
  let malformedReplies = 0
  const tell = (told: Report): void => {
    if (open) report(told)
  }

  const direct = openDirectPipe(signalling, timers, random, tell)
  const relay = createRelayPipe({
    openSocket: () => new WebSocket(relayUrl),
    timers,
    random,
    report: tell,
    malformed: () => {
      malformedReplies += 1
    },
    silent: () => direct.renewSignalling(),
  })
  const wake = (): void => {
    relay.wake()
    direct.wake()
  }
  const stopWatching = watchWaking({ page: window, document, timers, woke: wake })

  return {
    carryOut: (order) => {
      if (!open) return
      switch (order.type) {
        case 'relay-connect':
        case 'relay-disconnect':
        case 'relay-send':
          return relay.carryOut(order)
        default:
          return direct.carryOut(order)
      }
    },
    wake,
    close: () => {
      open = false
      stopWatching()
      direct.close()
      relay.close()
    },
    malformedReplies: () => malformedReplies,
  }
}

const openDirectPipe = (signalling: SignallingAddress, timers: Timers, random: Random, report: (report: Report) => void): WebrtcPipe => {
  const possible = isPossible({})
  report({ type: 'direct-lines-possible', possible })
  return possible ? createWebrtcPipe({ openPeer: openPeerWith(signalling, random), timers, random, report }) : createClosedPipe(report)
}

const openPeerWith =
  (signalling: SignallingAddress, random: Random): OpenPeer =>
  async ({ peerId, iceServers, turnOnly }, token, listener) => {
    const peerJs = await import('peerjs')
    // One server that the browser cannot read would make every line impossible.
    const usable = iceServers.filter((server) => isPossible(rtcConfigurationOf([server], turnOnly)))
    const configuration = rtcConfigurationOf(usable, turnOnly)
    return openSignallingPeer(peerJs, { peerId, token, signalling, configuration, random, listener })
  }

const isPossible = (configuration: RTCConfiguration): boolean => {
  try {
    new RTCPeerConnection(configuration).close()
    return true
  } catch {
    return false
  }
}
