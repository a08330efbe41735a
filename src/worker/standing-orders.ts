// What the window's pipes were told to keep open, so that a tab which loses the profile can take all of it back: the tab
// that has it now listens under the same addresses. Only what is open is known here, not what it is for.

import type { Order, Report } from '../messenger/api.ts'

export interface StandingOrders {
  readonly ordered: (order: Order) => void
  readonly reported: (report: Report) => void
  /** The orders that undo what is open; nothing is open afterwards. */
  readonly takeBack: () => readonly Order[]
}

export const createStandingOrders = (): StandingOrders => {
  const undoing = new Map<string, Order>()
  const opens = (what: string, undo: Order): void => void undoing.set(what, undo)
  const closes = (what: string): void => void undoing.delete(what)

  return {
    ordered: (order) => {
      switch (order.type) {
        case 'relay-connect':
          return opens(`relay ${order.connection}`, { type: 'relay-disconnect', connection: order.connection })
        case 'relay-disconnect':
          return closes(`relay ${order.connection}`)
        case 'peer-open':
          return opens(`peer ${order.peerId}`, { type: 'peer-close', peerId: order.peerId })
        case 'peer-close':
          return closes(`peer ${order.peerId}`)
        case 'link-dial':
          return opens(`link ${order.linkId}`, { type: 'link-close', linkId: order.linkId })
        case 'link-close':
          return closes(`link ${order.linkId}`)
        case 'relay-send':
        case 'link-send':
          return
      }
    },
    reported: (report) => {
      // A line that the other side opened was never ordered.
      if (report.type === 'link-opened') opens(`link ${report.linkId}`, { type: 'link-close', linkId: report.linkId })
      if (report.type === 'link-closed') closes(`link ${report.linkId}`)
    },
    takeBack: () => {
      const orders = [...undoing.values()]
      undoing.clear()
      return orders
    },
  }
}
