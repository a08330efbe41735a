// The window's end of the line to the worker: starts it, posts plain values to it and hears what it says. No meaning is
// given to any of them here.

import type { ToWindow, ToWorker } from '../messenger/api.ts'
import workerUrl from './worker.ts?worker&url'

export interface WorkerLine {
  readonly post: (message: ToWorker) => void
  readonly onMessage: (listener: (message: ToWindow) => void) => void
  readonly terminate: () => void
}

/** A policy can be made once, a worker more often. */
let trusted: string | URL | undefined

export const connectWorker = (): WorkerLine => {
  const worker = new Worker(trustedWorkerUrl(), { type: 'module', name: 'parley' })
  const listeners = new Set<(message: ToWindow) => void>()
  const tell = (message: ToWindow): void => {
    for (const listener of listeners) listener(message)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<ToWindow>) => tell(data))
  // A worker that cannot be loaded or that died says nothing more: its last word is ours to say.
  for (const failure of ['error', 'messageerror']) {
    worker.addEventListener(failure, () => tell({ type: 'event', event: { type: 'trouble', trouble: 'unexpected' } }))
  }
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void listeners.add(listener),
    terminate: () => worker.terminate(),
  }
}

/** Trusted Types, as far as it is used: TypeScript's DOM does not have it yet. */
interface TrustedTypes {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => {
    readonly createScriptURL: (url: string) => URL
  }
}

/** The page's policy wants script addresses from the one source that it names, and that source knows one address. */
const trustedWorkerUrl = (): string | URL => {
  trusted ??= trust()
  return trusted
}

const trust = (): string | URL => {
  // Absent in browsers without Trusted Types; there the plain string is taken.
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  if (!trustedTypes) return workerUrl
  const policy = trustedTypes.createPolicy('parley', {
    createScriptURL: (url) => {
      if (url !== workerUrl) throw new Error('connect: not the worker')
      return url
    },
  })
  return policy.createScriptURL(workerUrl)
}
