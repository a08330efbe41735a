// Stops a pairing at a moment of the story's choice: what the relay tells a page about its room waits from that moment on.
// Only pairings that run through the room can be held so, not those on a direct line.

import type { Page } from '@playwright/test'
import { decodeRelayReply, decodeRelayRequest, type RelayReply } from '../../src/wire/relay-frames.ts'

/** What is about to arrive; flights are those of docs/protocols/pairing.md. */
export type Moment = 'room-opened' | 'room-joined' | 'peer-joined' | 'flight 1' | 'flight 2' | 'flight 3'

/** Offset of the type in a pairing frame, and the flights by their type. */
const TYPE_AT = 2
const flights: Readonly<Record<number, Moment>> = { 1: 'flight 1', 2: 'flight 2', 3: 'flight 3' }

export interface Holding {
  /** Holds from the next such moment on. */
  readonly at: (moment: Moment) => void
  /** Resolves once it has come. */
  readonly reached: () => Promise<void>
  /** What waits goes on, and nothing is held any more. */
  readonly release: () => void
}

/** Has to be laid before the page opens: `page` is reloaded. */
export const holdRoom = async (page: Page): Promise<Holding> => {
  let moment: Moment | undefined
  let isHeld = false
  let waiting: (() => void)[] = []
  let told = (): void => undefined
  let reached = Promise.resolve()

  await page.routeWebSocket(/\/relay$/, (near) => {
    const far = near.connectToServer()
    let isRoom = false
    near.onMessage((frame) => {
      isRoom ||= isAboutRooms(frame)
      far.send(frame)
    })
    far.onMessage((frame) => {
      if (!isRoom) return near.send(frame)
      if (moment !== undefined && momentOf(frame) === moment) {
        isHeld = true
        told()
      }
      if (isHeld) waiting.push(() => near.send(frame))
      else near.send(frame)
    })
  })
  await page.reload()
  return {
    at: (next) => {
      moment = next
      reached = new Promise((done) => {
        told = done
      })
    },
    reached: () => reached,
    release: () => {
      moment = undefined
      isHeld = false
      const frames = waiting
      waiting = []
      for (const pass of frames) pass()
    },
  }
}

const isAboutRooms = (frame: string | Buffer): boolean => {
  if (typeof frame === 'string') return false
  const request = decodeRelayRequest(new Uint8Array(frame))
  return request.ok && (request.value.type === 'open-room' || request.value.type === 'join-room')
}

const momentOf = (frame: string | Buffer): Moment | RelayReply['type'] | undefined => {
  if (typeof frame === 'string') return undefined
  const reply = decodeRelayReply(new Uint8Array(frame))
  if (!reply.ok) return undefined
  return reply.value.type === 'room-message' ? flights[reply.value.body[TYPE_AT] ?? 0] : reply.value.type
}
