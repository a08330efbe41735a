// Runs in an empty page, in the browser that is measured: what a browser takes for the floors of figures that a person sees.

import { bareMessage, barePairing, bareStep } from './primitives.ts'

const timed = async (act: () => unknown): Promise<number> => {
  const startedAtMs = performance.now()
  await act()
  return performance.now() - startedAtMs
}

/** Two ends in this page, told of each other without a detour. */
const openLine = async () => {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()]
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined)
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined)
  const answered = new Promise<RTCDataChannel>((answer) => {
    far.ondatachannel = ({ channel }) => answer(channel)
  })
  const channel = near.createDataChannel('floor')
  channel.binaryType = 'arraybuffer'
  const opened = new Promise((done) => {
    channel.onopen = done
  })
  await near.setLocalDescription()
  await far.setRemoteDescription(near.localDescription ?? { type: 'offer' })
  await far.setLocalDescription()
  await near.setRemoteDescription(far.localDescription ?? { type: 'answer' })
  await opened
  const theirs = await answered
  return {
    hop: async (frame: Uint8Array<ArrayBuffer>): Promise<void> => {
      const arrived = new Promise((done) => {
        theirs.onmessage = done
      })
      channel.send(frame)
      await arrived
    },
    close: () => {
      near.close()
      far.close()
    },
  }
}

const pairing = barePairing()
const [step, message] = [bareStep(), bareMessage(new Uint8Array(1_600))]
const line = openLine()

const floor = {
  /** Everything that a pairing computes, milliseconds. */
  pairingMs: (): Promise<number> => timed(pairing),
  /** A direct line from nothing to open, milliseconds. */
  lineMs: (): Promise<number> => timed(async () => (await openLine()).close()),
  /** Sealing and opening one message with a change of direction, and its way through an open line, milliseconds. */
  messageMs: async (): Promise<number> => {
    const { hop } = await line
    return timed(async () => {
      step.send()
      message.seal()
      await hop(new Uint8Array(4_096))
      message.open(1)
      step.receive()
    })
  },
}

declare global {
  interface Window {
    floor: typeof floor
  }
}
window.floor = floor
