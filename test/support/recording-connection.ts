// A WebSocket that only writes down what it is sent: for the tests of the relay's two entrances.

import type { CloseCode, Connection } from '../../server/connections.ts'

export interface RecordingConnection extends Connection {
  /** What it was sent since the last call. */
  readonly sent: () => readonly (Uint8Array | string)[]
  readonly closedWith: () => CloseCode | undefined
  /** From now on nothing more fits. */
  readonly clog: () => void
}

export const recordingConnection = (networkAddress = '192.0.2.1'): RecordingConnection => {
  let messages: (Uint8Array | string)[] = []
  let closed: CloseCode | undefined
  let isClogged = false
  return {
    networkAddress,
    trySend: (message) => {
      if (isClogged || closed !== undefined) return false
      messages.push(message)
      return true
    },
    close: (code) => {
      closed ??= code
    },
    sent: () => {
      const sent = messages
      messages = []
      return sent
    },
    closedWith: () => closed,
    clog: () => {
      isClogged = true
    },
  }
}
