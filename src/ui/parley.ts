// The screens' end of the line to the worker: holds the one view, applies events to it, many at once where many come, and
// takes what the person wants. It knows nothing of screens and of what a command does.

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Command, Event, LockCommand, ToWorker, Trouble } from '../messenger/api.ts'
import { beforeNextFrame } from './next-frame.ts'
import { applyAll, initialView, type View, withMissed, withoutTrouble } from './view.ts'

export interface Parley {
  readonly view: () => View
  readonly subscribe: (listener: () => void) => () => void
  /** The view follows before the next frame, in the order of the events. */
  readonly receive: (event: Event) => void
  readonly send: (command: Command | LockCommand) => void
  /** Whether a message was sent here that is not known to be kept: it would be lost with the window. */
  readonly isSending: () => boolean
  /** So many of the messages that were sent here are no longer being sent. */
  readonly settle: (count: number) => void
  /** Whether the wipe was asked for in this window, not in another tab. */
  readonly wipedHere: () => boolean
  /** Whether the file that has ended was asked for in this window. Said once: then it has been taken. */
  readonly takeFile: () => boolean
  /** Takes the profile from the tab that has it and does not answer. */
  readonly takeOver: () => void
  /** The person has read and closed a banner. */
  readonly dismiss: (trouble: Trouble) => void
  /** A message came while the page was out of sight. */
  readonly missMessage: () => void
  /** Asks the browser to never delete the data by itself; a yes shows in the view's connection. @returns whether it is one */
  readonly keepStorage: () => Promise<boolean>
}

/** Events that one frame takes: more would hold it up, and the rest waits for the next. */
const MOST_AT_ONCE = 500

export const createParley = (
  post: (message: ToWorker) => void,
  keepStorage: () => Promise<boolean>,
  first: View = initialView,
  soon: (work: () => void) => void = beforeNextFrame,
): Parley => {
  let view = first
  let hasAskedToWipe = false
  let awaitsFile = false
  let sends = 0
  let settled = 0
  const waiting: Event[] = []
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const show = (next: View): void => {
    if (next === view) return
    view = next
    tell()
  }
  const follow = (): void => {
    const now = waiting.splice(0, MOST_AT_ONCE)
    if (waiting.length > 0) soon(follow)
    show(applyAll(view, now))
  }
  return {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    receive: (event) => {
      waiting.push(event)
      if (waiting.length === 1) soon(follow)
    },
    send: (command) => {
      if (command.type === 'wipe-device') hasAskedToWipe = true
      if (command.type === 'back-up' || command.type === 'export-messages') awaitsFile = true
      if (command.type === 'send-message') sends += 1
      post({ type: 'command', command })
      tell()
    },
    isSending: () => settled < sends,
    settle: (count) => {
      settled = count
      tell()
    },
    wipedHere: () => hasAskedToWipe,
    takeFile: () => {
      const isOurs = awaitsFile
      awaitsFile = false
      return isOurs
    },
    takeOver: () => post({ type: 'take-over' }),
    dismiss: (trouble) => show(withoutTrouble(view, trouble)),
    missMessage: () => show(withMissed(view)),
    keepStorage,
  }
}

const ParleyContext = createContext<Parley | undefined>(undefined)
export const ParleyProvider = ParleyContext.Provider

export const useParley = (): Parley => {
  const parley = useContext(ParleyContext)
  if (!parley) throw new Error('a screen outside of ParleyProvider')
  return parley
}

export const useView = (): View => {
  const { subscribe, view } = useParley()
  return useSyncExternalStore(subscribe, view)
}

/** Whether a message of this window is not yet known to be kept. */
export const useIsSending = (): boolean => {
  const { isSending, subscribe } = useParley()
  return useSyncExternalStore(subscribe, isSending)
}
