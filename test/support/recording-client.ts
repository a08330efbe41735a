// A browser at the other end of /relay that only writes down what it is told: for the tests of rooms and mailboxes.

import type { Client } from '../../server/client.ts'
import type { RelayReply } from '../../src/wire/relay-frames.ts'

export interface RecordingClient extends Client {
  /** What it was told since the last call. */
  readonly heard: () => readonly RelayReply[]
  /** From now on it reads too slowly for what others send. */
  readonly clog: () => void
  /** It reads again. */
  readonly unclog: () => void
}

export const recordingClient = (networkAddress = '192.0.2.1'): RecordingClient => {
  let replies: RelayReply[] = []
  let isClogged = false
  return {
    networkAddress,
    send: (reply) => replies.push(reply),
    trySend: (reply) => {
      if (!isClogged) replies.push(reply)
      return !isClogged
    },
    heard: () => {
      const heard = replies
      replies = []
      return heard
    },
    clog: () => {
      isClogged = true
    },
    unclog: () => {
      isClogged = false
    },
  }
}
