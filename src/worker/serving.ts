// What the tab that has the profile does for the others: tells them what concerns them, takes their commands and what their
// windows show, and passes on who asks whether its own window is awake. What commands and events mean is not known here.

import type { Command, Event, LockCommand } from '../messenger/api.ts'
import type { Input } from '../messenger/messenger.ts'
import { audienceOf } from './audience.ts'
import { createFollowers } from './followers.ts'
import type { Locks } from './ownership.ts'
import type { OwnerFrame, TabFrame, TabId } from './tab-frames.ts'

export interface Serving {
  readonly take: (frame: TabFrame) => void
  /** Tells an event to whom it concerns. @param asker the tab whose input it follows from; undefined: this one */
  readonly tell: (event: Event, asker?: TabId) => void
  /** The profile is open here: all others may join. */
  readonly announce: () => void
  /** This tab has the profile no more. */
  readonly forget: () => void
}

/**
 * @param post on the channel that all tabs hear
 * @param tellOwn tells this tab's window
 * @param askOwn asks this tab's window whether it is awake
 * @param perform gives the messenger an input of another tab; the answer says whether its turn is over
 * @param performCommand the same for a command
 * @param closed what a tab is told that joins while the profile is not open; undefined: it is open
 * @param joined a tab has been told everything there is
 */
export const createServing = ({
  tab,
  locks,
  post,
  tellOwn,
  askOwn,
  perform,
  performCommand,
  closed,
  joined,
}: {
  readonly tab: TabId
  readonly locks: Locks
  readonly post: (frame: OwnerFrame) => void
  readonly tellOwn: (event: Event) => void
  readonly askOwn: (asker: TabId) => void
  readonly perform: (input: Input, asker: TabId) => Promise<boolean>
  readonly performCommand: (command: Command | LockCommand, commandId: string, asker: TabId) => Promise<boolean>
  readonly closed: () => Event | undefined
  readonly joined: (tab: TabId) => void
}): Serving => {
  const followers = createFollowers(locks, (gone) => show(gone, undefined))

  const show = (windowId: TabId, state: Extract<Input, { type: 'other-window-changed' }>['state']): void =>
    void perform({ type: 'other-window-changed', windowId, state }, windowId)

  const take = (frame: TabFrame): void => {
    if (frame.type === 'ping') return askOwn(frame.from)
    if (frame.type === 'join') {
      followers.join(frame.from)
      show(frame.from, frame.window)
      void perform({ type: 'window-joined' }, frame.from).then((isOver) => isOver && joined(frame.from))
      const event = closed()
      if (event !== undefined) post({ type: 'event', from: tab, to: frame.from, event })
      return
    }
    if (!('to' in frame) || frame.to !== tab || !followers.has(frame.from)) return
    if (frame.type === 'window') show(frame.from, frame.window)
    if (frame.type === 'report') void perform({ type: 'report', report: frame.report }, frame.from)
    if (frame.type === 'command') {
      const { command, commandId, from } = frame
      void performCommand(command, commandId, from).then((isOver) => {
        if (isOver) post({ type: 'done', from: tab, to: from, commandId })
      })
    }
  }

  return {
    take,
    tell: (event, asker) => {
      const audience = audienceOf(event)
      if (audience === 'asker' && asker !== undefined) return post({ type: 'event', from: tab, to: asker, event })
      tellOwn(event)
      if (audience === 'all' && followers.any()) post({ type: 'event', from: tab, to: undefined, event })
    },
    announce: () => post({ type: 'owner', from: tab }),
    forget: followers.forget,
  }
}
