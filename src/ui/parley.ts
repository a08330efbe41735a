// The screens' end of the line to the worker: holds the one view, applies events to it and takes what the person wants.
// It knows nothing of screens and of what a command does.

import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Command, Event, ToWorker, Trouble } from '../messenger/api.ts'
import { apply, initialView, type View, withoutTrouble } from './view.ts'

export interface Parley {
  readonly view: () => View
  readonly subscribe: (listener: () => void) => () => void
  readonly receive: (event: Event) => void
  readonly send: (command: Command) => void
  /** Takes the profile from the tab that has it. */
  readonly takeOver: () => void
  /** The person has read and closed a banner. */
  readonly dismiss: (trouble: Trouble) => void
  /** Asks the browser to never delete the data by itself; the answer shows in the view's connection. */
  readonly keepStorage: () => Promise<void>
}

export const createParley = (post: (message: ToWorker) => void, keepStorage: () => Promise<void>, first: View = initialView): Parley => {
  let view = first
  const listeners = new Set<() => void>()
  const show = (next: View): void => {
    if (next === view) return
    view = next
    for (const listener of listeners) listener()
  }
  return {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    receive: (event) => show(apply(view, event)),
    send: (command) => post({ type: 'command', command }),
    takeOver: () => post({ type: 'take-over' }),
    dismiss: (trouble) => show(withoutTrouble(view, trouble)),
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
