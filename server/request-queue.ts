// What a connection asked for and what takes its time, one after another: requests of one lane in the order in which they
// came, those of different lanes at once. Bounded in number and in bytes, for each connection and in total. Knows no frame.

export interface QueueLimits {
  /** Requests of one connection that are not done, and their bytes. */
  readonly pendingPerConnection: number
  readonly pendingBytesPerConnection: number
  /** Over all connections. */
  readonly pendingBytes: number
}

export interface RequestQueue {
  /**
   * Begins at once where nothing is in the way.
   *
   * @param lane undefined: after everything before it, and everything after it waits
   * @param task must not reject
   * @returns false where too much is pending: it will not be done
   */
  readonly run: (lane: string | undefined, bytes: number, task: () => Promise<void>) => boolean
}

export interface RequestQueues {
  readonly open: () => RequestQueue
  /** Resolves once nothing is pending on any connection. */
  readonly settled: () => Promise<void>
}

export const createRequestQueues = (limits: QueueLimits): RequestQueues => {
  let requestsOfAll = 0
  let bytesOfAll = 0
  let settle: readonly (() => void)[] = []

  const open = (): RequestQueue => {
    let requests = 0
    let bytes = 0
    /** The last request of each lane since the last that was in none. */
    let lanes: Map<string, Promise<unknown>> | undefined
    let barrier: Promise<unknown> | undefined

    const settleOne = (length: number) => {
      requests -= 1
      requestsOfAll -= 1
      bytes -= length
      bytesOfAll -= length
      // An idle connection holds nothing.
      if (requests === 0) lanes = barrier = undefined
      if (requestsOfAll > 0) return
      for (const resolve of settle) resolve()
      settle = []
    }

    return {
      run: (lane, length, task) => {
        if (requests >= limits.pendingPerConnection || bytes + length > limits.pendingBytesPerConnection) return false
        if (bytesOfAll + length > limits.pendingBytes) return false
        requests += 1
        requestsOfAll += 1
        bytes += length
        bytesOfAll += length
        const before = lane === undefined ? lanes && Promise.all([barrier, ...lanes.values()]) : lanes?.get(lane)
        const after = before ?? barrier
        const last = (after ? after.then(task) : task()).then(() => {
          if (lane !== undefined && lanes?.get(lane) === last) lanes.delete(lane)
          settleOne(length)
        })
        if (lane === undefined) {
          lanes = undefined
          barrier = last
        } else lanes = (lanes ?? new Map()).set(lane, last)
        return true
      },
    }
  }

  return {
    open,
    settled: () => (requestsOfAll === 0 ? Promise.resolve() : new Promise((resolve) => (settle = [...settle, resolve]))),
  }
}
