// The floor of every connection: a server that sends each message back, on the same library with the same settings as the
// relay's (server/router.ts), and knows nothing else.

import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const server = createServer()
const webSockets = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false, maxPayload: 65_536 })
webSockets.on('connection', (socket) => socket.on('message', (message) => socket.send(message)))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`Echo is at http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
