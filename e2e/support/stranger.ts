// A stranger who speaks PeerJS's signalling protocol by hand and follows no rule of ours: for the transport's specs.

import type { Page } from '@playwright/test'
import { randomId } from './transport-bench.ts'

/** What the stranger does; anything not said is as Parley would do it. */
export interface Mischief {
  /** Fields of the offer's payload that differ. */
  readonly payload?: Readonly<Record<string, unknown>>
  readonly channel?: { readonly label?: string; readonly ordered?: boolean; readonly maxRetransmits?: number }
  /** Sent once the channel is open. */
  readonly frames?: readonly (string | readonly number[] | { readonly zeros: number })[]
  /** Opens a second channel once the first is open. */
  readonly secondChannel?: boolean
  /** Messages to the service after the offer; `dst` and `connectionId` are filled in. */
  readonly signals?: readonly { readonly type: string; readonly payload: Readonly<Record<string, unknown>> }[]
}

/** Dials `theirPeerId` from `page`, any page of the relay's origin. Resolves once everything was tried. */
export const dialAsStranger = (page: Page, theirPeerId: string, mischief: Mischief): Promise<'open' | 'not open'> =>
  page.evaluate(
    async ([ourId, dst, { payload, channel, frames, secondChannel, signals }]) => {
      const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))
      const socket = new WebSocket(`ws://${location.host}/peer/peerjs?key=peerjs&id=${ourId}&token=${ourId}&version=1.5.5`)
      const connection = new RTCPeerConnection()
      const { label = 'parley', ...options } = channel ?? {}
      const data = connection.createDataChannel(label, { ordered: true, ...options })
      const connectionId = 'dc-stranger'
      const tell = (type: string, told: object) =>
        socket.send(JSON.stringify({ type, dst, payload: { connectionId, type: 'data', ...told } }))
      const opened = new Promise((done) => data.addEventListener('open', () => done('open')))

      socket.addEventListener('message', ({ data: text }) => {
        const message = JSON.parse(text)
        if (message.type === 'ANSWER') void connection.setRemoteDescription(message.payload.sdp)
        if (message.type === 'CANDIDATE') void connection.addIceCandidate(message.payload.candidate)
      })
      connection.addEventListener('icecandidate', ({ candidate }) => candidate?.candidate && tell('CANDIDATE', { candidate }))
      await new Promise((done) => socket.addEventListener('open', done))
      await connection.setLocalDescription()
      tell('OFFER', { sdp: connection.localDescription, label: 'parley', serialization: 'raw', reliable: true, ...payload })
      for (const signal of signals ?? []) tell(signal.type, signal.payload)

      // What is done on a line waits for it, however long that takes; else it is given time to come about wrongly.
      const needsLine = frames !== undefined || secondChannel !== undefined || signals !== undefined
      const outcome = await Promise.race([opened, wait(needsLine ? 30_000 : 1_500)])
      if (outcome !== 'open') return 'not open'
      // Until the other side has reported the line.
      await wait(300)
      for (const frame of frames ?? []) {
        if (typeof frame === 'string') data.send(frame)
        else data.send('zeros' in frame ? new Uint8Array(frame.zeros) : Uint8Array.from(frame))
      }
      if (secondChannel) connection.createDataChannel('parley', { ordered: true })
      await wait(300)
      return 'open'
    },
    [randomId(), theirPeerId, mischief] as const,
  )
