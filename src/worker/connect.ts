// The window's end of the line to the worker: starts it, posts plain values to it and hears what it says. No meaning is
// given to any of them here.

import type { ToWindow, ToWorker } from '../messenger/api.ts'
import { trustedWorkerUrl } from './trusted-urls.ts'

export interface WorkerLine {
  readonly post: (message: ToWorker) => void
  readonly onMessage: (listener: (message: ToWindow) => void) => void
  readonly terminate: () => void
}

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
