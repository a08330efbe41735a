// TCP connections before they ask for anything: one network address cannot take them all by asking slowly.

import type { Server } from 'node:net'
import { networkAddressOfSocket } from './network-address.ts'

/** Ends connections beyond so many at one time. Behind a proxy all come from one address, and only the total holds. */
export const limitSockets = (server: Server, total: number, perAddress: number) => {
  const countByAddress = new Map<string, number>()
  server.maxConnections = total
  server.on('connection', (socket) => {
    const networkAddress = networkAddressOfSocket(socket)
    const count = (countByAddress.get(networkAddress) ?? 0) + 1
    if (count > perAddress) return void socket.destroy()
    countByAddress.set(networkAddress, count)
    socket.once('close', () => {
      const left = (countByAddress.get(networkAddress) ?? 1) - 1
      if (left === 0) countByAddress.delete(networkAddress)
      else countByAddress.set(networkAddress, left)
    })
  })
}
