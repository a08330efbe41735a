// A tab's life while another one has the profile: joins it, is told everything, gives it commands, and asks its *window* from
// time to time whether it is awake, for a window that sleeps keeps its lock. What to do about silence is not decided here.
//
//   alone --told everything--> joined --another tab has opened the profile--> alone
//   (beside it, while this window is seen)  answered --2 s without a pong--> silent --pong, or another owner--> answered

import type { Command, Event, LockCommand } from '../messenger/api.ts'
import type { WindowState } from '../messenger/live.ts'
import type { Timers } from './clock.ts'
import type { FollowerFrame, OwnerFrame, SharedReport, TabFrame, TabId } from './tab-frames.ts'

/** A window that is asked whether it is awake and has not said so for as long is asleep, milliseconds. */
export const SILENT_AFTER_MS = 2_000
/** How often it is asked while this window is seen, milliseconds. */
export const PING_EVERY_MS = 1_000

/** What a tab that joins is told: everything there is, or why there is nothing. */
const firsts: readonly Event['type'][] = ['opened', 'could-not-open', 'locked', 'moving']

export interface Following {
  readonly take: (frame: TabFrame) => void
  /** Gives a command to the tab that has the profile, if one was joined. */
  readonly give: (commandId: string, command: Command | LockCommand) => void
  /** What this window shows has changed. */
  readonly show: (window: WindowState) => void
  readonly report: (report: SharedReport) => void
  /** The person does something that the other tab has to do. */
  readonly act: () => void
  readonly isSilent: () => boolean
  readonly stop: () => void
}

/**
 * @param window what this window shows now
 * @param told an event from the tab that has the profile; the first is everything there is, or why there is nothing
 * @param joined after that first event: what waits can be given
 * @param done the turn of a command is over
 * @param overdue the person acts, or has acted, and the other window sleeps
 */
export const createFollowing = ({
  tab,
  window,
  timers,
  post,
  told,
  joined,
  done,
  silenceChanged,
  overdue,
}: {
  readonly tab: TabId
  readonly window: WindowState
  readonly timers: Timers
  readonly post: (frame: FollowerFrame) => void
  readonly told: (event: Event) => void
  readonly joined: () => void
  readonly done: (commandId: string) => void
  readonly silenceChanged: (silent: boolean) => void
  readonly overdue: () => void
}): Following => {
  let owner: TabId | undefined
  let hasJoined = false
  let shown = window
  let isSilent = false
  let hasActed = false
  let stopAsking = (): void => {}
  let stopWaiting: (() => void) | undefined

  const join = (): void => {
    hasJoined = false
    post({ type: 'join', from: tab, window: shown })
  }

  const ask = (): void => {
    post({ type: 'ping', from: tab })
    stopAsking = timers.after(PING_EVERY_MS, ask)
    if (!isSilent) stopWaiting ??= timers.after(SILENT_AFTER_MS, () => setSilent(true))
  }

  const setSilent = (silent: boolean): void => {
    stopWaiting?.()
    stopWaiting = undefined
    if (!silent) hasActed = false
    if (silent === isSilent) return
    isSilent = silent
    silenceChanged(silent)
    if (hasActed) overdue()
  }

  const rest = (): void => {
    stopAsking()
    stopWaiting?.()
    stopWaiting = undefined
  }

  const tell = ({ event, from, to }: Extract<OwnerFrame, { type: 'event' }>): void => {
    // Whoever has wiped it answers nobody any more who wants to join.
    if (event.type === 'wiped') return told(event)
    if (to === tab) owner ??= from
    if (from !== owner || (to !== undefined && to !== tab)) return
    const isFirst = !hasJoined && to === tab && firsts.includes(event.type)
    if (!hasJoined && !isFirst) return
    hasJoined = true
    told(event)
    if (isFirst) joined()
  }

  join()
  if (shown.visible) ask()

  return {
    take: (frame) => {
      switch (frame.type) {
        case 'owner':
          owner = frame.from
          setSilent(false)
          return join()
        case 'pong':
          if (frame.to === tab && (owner === undefined || owner === frame.from)) setSilent(false)
          return
        case 'event':
          return tell(frame)
        case 'done':
          if (frame.to === tab && frame.from === owner) done(frame.commandId)
          return
        default:
          return
      }
    },
    give: (commandId, command) => {
      if (hasJoined && owner !== undefined) post({ type: 'command', from: tab, to: owner, commandId, command })
    },
    show: (next) => {
      const wasVisible = shown.visible
      shown = next
      if (hasJoined && owner !== undefined) post({ type: 'window', from: tab, to: owner, window: next })
      if (next.visible && !wasVisible) ask()
      if (!next.visible) rest()
    },
    report: (report) => {
      if (hasJoined && owner !== undefined) post({ type: 'report', from: tab, to: owner, report })
    },
    act: () => {
      hasActed = true
      if (isSilent) overdue()
    },
    isSilent: () => isSilent,
    stop: rest,
  }
}
