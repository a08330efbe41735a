// What the mailboxes of one relay tell each other over the bus, under an address as the topic: that an envelope arrived
// there, with the envelope itself, or that another connection listens there now. Never said by browsers.

/** Whoever listens there does so no longer. */
export const MOVED = new Uint8Array(0)

export interface Arrival {
  /** 0 where it was never kept. */
  readonly position: number
  /** Empty where the store must be asked for it. */
  readonly envelope: Uint8Array
}

/** Two bytes, then four: below 2^48, like a position on the wire. */
const POSITION_LENGTH = 6

export const encodeArrival = ({ position, envelope }: Arrival): Uint8Array => {
  const message = new Uint8Array(POSITION_LENGTH + envelope.length)
  const view = new DataView(message.buffer)
  view.setUint16(0, position / 2 ** 32)
  view.setUint32(2, position)
  message.set(envelope, POSITION_LENGTH)
  return message
}

/** @returns undefined for {@link MOVED} */
export const decodeArrival = (message: Uint8Array): Arrival | undefined => {
  if (message.length < POSITION_LENGTH) return undefined
  const view = new DataView(message.buffer, message.byteOffset, POSITION_LENGTH)
  return { position: view.getUint16(0) * 2 ** 32 + view.getUint32(2), envelope: message.subarray(POSITION_LENGTH) }
}
