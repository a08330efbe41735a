// The channel between the tabs of one browser, as far as the worker uses it: all hear in order what one says, but for the one
// that says it, and never at once. A tab that is frozen hears nothing until it thaws, and then everything.

import type { TabChannel } from '../../src/worker/profile.ts'

export interface FakeChannelEnd extends TabChannel {
  readonly freeze: () => void
  readonly thaw: () => void
  /** What it says from now on is lost. */
  readonly mute: () => void
}

export interface FakeChannel {
  readonly open: () => FakeChannelEnd
}

interface Listening {
  readonly hear: (message: unknown) => void
}

export const createFakeChannel = (): FakeChannel => {
  const ends = new Set<Listening>()

  const open = (): FakeChannelEnd => {
    let listener = (_message: unknown): void => {}
    let isFrozen = false
    let isMute = false
    let unheard: unknown[] = []
    const deliver = (): void => {
      if (isFrozen || !ends.has(end)) return
      for (const message of unheard.splice(0)) listener(message)
    }
    const end: Listening = {
      hear: (message) => {
        unheard.push(message)
        queueMicrotask(deliver)
      },
    }
    ends.add(end)
    return {
      post: (message) => {
        if (!ends.has(end)) throw new Error('fake-channel: closed')
        if (isMute) return
        for (const other of ends) if (other !== end) other.hear(structuredClone(message))
      },
      onMessage: (heard) => {
        listener = heard
      },
      close: () => {
        ends.delete(end)
        unheard = []
      },
      mute: () => {
        isMute = true
      },
      freeze: () => {
        isFrozen = true
      },
      thaw: () => {
        isFrozen = false
        deliver()
      },
    }
  }

  return { open }
}
