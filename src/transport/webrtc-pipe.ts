// The direct pipe: ids at the signalling service and lines between browsers, by id. PeerJS is fetched when the first id
// is wanted. Whether two ids belong to people who know each other is not known here (docs/protocols/link.md).

import type { Order, Report } from '../messenger/api.ts'
import { createBackOff } from './back-off.ts'
import { type Random, randomName } from './chance.ts'
import { createLink, type Link } from './link.ts'
import type { RawConnection } from './raw-connection.ts'
import { keepKnown, type SignalledId, type SignallingListener, type SignallingPeer } from './signalled-id.ts'
import { isName } from './signalling-guard.ts'
import type { Timers } from './timers.ts'

/** Lines at one of our ids that others dialled, at the most. */
export const MAX_DIALLED_BY_OTHERS = 8

export type DirectOrder = Extract<Order, { readonly type: `peer-${string}` | `link-${string}` }>
export type PeerOpen = Extract<Order, { readonly type: 'peer-open' }>

/** Connects to the signalling service under an id; the token stays the same for as long as the id is wanted. */
export type OpenPeer = (order: PeerOpen, token: string, listener: SignallingListener) => Promise<SignallingPeer>

export interface WebrtcPipe {
  readonly carryOut: (order: DirectOrder) => void
  readonly wake: () => void
  /** The network is probably another one: makes the connections to the signalling service anew. */
  readonly renewSignalling: () => void
  readonly close: () => void
}

export const createWebrtcPipe = ({
  openPeer,
  timers,
  random,
  report,
}: {
  readonly openPeer: OpenPeer
  readonly timers: Timers
  readonly random: Random
  readonly report: (report: Report) => void
}): WebrtcPipe => {
  const idByPeerId = new Map<string, SignalledId>()
  const linkById = new Map<
    string,
    { readonly link: Link; readonly peerId: string; readonly dialled: boolean; readonly theirPeerId: string }
  >()

  const startLink = (linkId: string, peerId: string, theirPeerId: string, dialled: boolean): Link => {
    const link = createLink({ linkId, peerId, dialled, timers, report, ended: () => linkById.delete(linkId) })
    linkById.set(linkId, { link, peerId, dialled, theirPeerId })
    return link
  }
  const linksOf = (peerId: string) => [...linkById.values()].filter((entry) => entry.peerId === peerId)

  const offer = (id: SignalledId, link: Link, theirPeerId: string): void => {
    let connection: RawConnection | undefined
    try {
      connection = id.dial(theirPeerId)
    } catch {
      // The browser refuses to make a connection: too many, or none at all by a policy.
    }
    if (connection) link.attach(connection)
    else link.end('failed')
  }

  const openId = (order: PeerOpen): void => {
    const { peerId } = order
    if (idByPeerId.has(peerId)) return
    if (!isName(peerId)) return report({ type: 'peer-lost', peerId })
    const token = randomName(random)
    const id = keepKnown({
      timers,
      backOff: createBackOff(random),
      open: (listener) => openPeer(order, token, listener),
      listener: {
        known: () => {
          report({ type: 'peer-ready', peerId })
          for (const entry of linksOf(peerId)) if (entry.link.phase() === 'dialling') offer(id, entry.link, entry.theirPeerId)
        },
        lost: () => report({ type: 'peer-lost', peerId }),
        dialled: (connection) => {
          if (linksOf(peerId).filter((entry) => !entry.dialled).length >= MAX_DIALLED_BY_OTHERS) return connection.close()
          startLink(randomName(random), peerId, connection.peer, false).attach(connection)
        },
        unavailable: (theirPeerId) => {
          for (const { link, dialled, ...entry } of linksOf(peerId)) {
            if (dialled && entry.theirPeerId === theirPeerId && link.phase() === 'negotiating') link.end('peer-unavailable')
          }
        },
      },
    })
    idByPeerId.set(peerId, id)
  }
  const closeId = (peerId: string): void => {
    idByPeerId.get(peerId)?.close()
    idByPeerId.delete(peerId)
    // What has not been agreed on yet cannot be any more.
    for (const { link } of linksOf(peerId)) if (link.phase() === 'dialling' || link.phase() === 'negotiating') link.end('failed')
  }
  const dial = (linkId: string, peerId: string, theirPeerId: string): void => {
    const id = idByPeerId.get(peerId)
    if (linkById.has(linkId)) return
    if (!id || !isName(theirPeerId)) return report({ type: 'link-closed', linkId, why: id ? 'peer-unavailable' : 'failed' })
    const link = startLink(linkId, peerId, theirPeerId, true)
    if (id.isKnown()) offer(id, link, theirPeerId)
  }

  return {
    carryOut: (order) => {
      switch (order.type) {
        case 'peer-open':
          return openId(order)
        case 'peer-close':
          return closeId(order.peerId)
        case 'link-dial':
          return dial(order.linkId, order.peerId, order.theirPeerId)
        case 'link-send':
          return linkById.get(order.linkId)?.link.send(order.frame)
        case 'link-close':
          return linkById.get(order.linkId)?.link.end('closed-here')
      }
    },
    wake: () => {
      for (const id of idByPeerId.values()) id.wake()
      for (const { link } of linkById.values()) link.wake()
    },
    renewSignalling: () => {
      for (const id of idByPeerId.values()) id.renew()
    },
    close: () => {
      for (const id of idByPeerId.values()) id.close()
      idByPeerId.clear()
      for (const { link } of linkById.values()) link.end('closed-here')
    },
  }
}

/** Where the browser has no direct lines: every wish is answered at once. */
export const createClosedPipe = (report: (report: Report) => void): WebrtcPipe => ({
  carryOut: (order) => {
    if (order.type === 'peer-open') report({ type: 'peer-lost', peerId: order.peerId })
    if (order.type === 'link-dial') report({ type: 'link-closed', linkId: order.linkId, why: 'failed' })
  },
  wake: () => undefined,
  renewSignalling: () => undefined,
  close: () => undefined,
})
