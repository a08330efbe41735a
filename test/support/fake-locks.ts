// The Web Locks of one browser, as far as the worker uses them: one exclusive lock a name, a line of waiters, `ifAvailable`,
// `steal` and `signal`. Several tabs of a test share one.

import type { Locks } from '../../src/worker/ownership.ts'

interface Request {
  readonly callback: (lock: Lock | null) => unknown
  readonly settle: (outcome: Promise<unknown>) => void
}

interface Held {
  readonly settle: (outcome: Promise<unknown>) => void
}

const abortError = (): DOMException => new DOMException('The lock was taken', 'AbortError')

export const createFakeLocks = (): Locks => {
  const lines = new Map<string, { held: Held | undefined; waiting: Request[] }>()
  const lineOf = (name: string) => {
    const line = lines.get(name) ?? { held: undefined, waiting: [] }
    lines.set(name, line)
    return line
  }

  const grant = (name: string, request: Request): void => {
    const line = lineOf(name)
    const held: Held = { settle: request.settle }
    line.held = held
    const release = (): void => {
      if (line.held !== held) return
      line.held = undefined
      const next = line.waiting.shift()
      if (next !== undefined) grant(name, next)
    }
    const work = (async () => {
      await Promise.resolve()
      return request.callback({ name, mode: 'exclusive' })
    })()
    request.settle(work)
    work.then(release, release)
  }

  const request = (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const line = lineOf(name)
      const asked: Request = { callback, settle: (outcome) => void outcome.then(resolve, reject) }
      if (options.ifAvailable === true && line.held !== undefined) {
        asked.settle((async () => callback(null))())
      } else if (options.steal === true) {
        line.held?.settle(Promise.reject(abortError()))
        grant(name, asked)
      } else if (line.held === undefined) {
        grant(name, asked)
      } else {
        line.waiting.push(asked)
        options.signal?.addEventListener('abort', () => {
          if (!line.waiting.includes(asked)) return
          line.waiting = line.waiting.filter((other) => other !== asked)
          reject(abortError())
        })
      }
    })

  // `request` without options is not used, and the overloads cannot be met by one function.
  return { request: request as Locks['request'] }
}
