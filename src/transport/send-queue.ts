// Frames on their way into a socket that takes more than the network does: kept in order, handed over while the socket's
// own buffer is low, and bounded. Used by both pipes; knows neither.

/** Above this many bytes in the socket's own buffer, frames wait here. */
export const FULL_BYTES = 1_048_576
/** At or below it the waiting go on, and once it is reached more may be asked for. */
export const LOW_BYTES = 262_144
/** Most bytes that wait here; 128 frames of the largest kind. */
export const MAX_WAITING_BYTES = 8_388_608

export interface SendQueue {
  /** Sends now or later, after all before it. False once too much waits or the socket refuses: it is no use any more. */
  readonly push: (frame: Uint8Array) => boolean
  /** Sends what fits, as the socket's buffer has fallen. `drained` comes once after the socket had been full. */
  readonly drain: () => 'drained' | 'unchanged' | 'broken'
  readonly isWaiting: () => boolean
}

export const createSendQueue = (socket: {
  readonly bufferedBytes: () => number
  /** False where the socket does not take it. */
  readonly send: (frame: Uint8Array) => boolean
}): SendQueue => {
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let wasFull = false

  const isFull = (): boolean => socket.bufferedBytes() >= FULL_BYTES
  return {
    push: (frame) => {
      if (waiting.length === 0 && !isFull()) {
        const sent = socket.send(frame)
        wasFull ||= isFull()
        return sent
      }
      if (waitingBytes + frame.length > MAX_WAITING_BYTES) return false
      wasFull = true
      waiting.push(frame)
      waitingBytes += frame.length
      return true
    },
    drain: () => {
      let sent = 0
      for (const frame of waiting) {
        if (isFull()) break
        if (!socket.send(frame)) return 'broken'
        waitingBytes -= frame.length
        sent += 1
      }
      waiting = waiting.slice(sent)
      const drained = wasFull && waiting.length === 0 && socket.bufferedBytes() <= LOW_BYTES
      if (drained) wasFull = false
      return drained ? 'drained' : 'unchanged'
    },
    isWaiting: () => waiting.length > 0,
  }
}
