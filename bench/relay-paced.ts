// Deposits to clients that listen, until they are there: as many as there can be, and at a fixed rate, whatever comes back;
// and the floor of that. At a fixed rate each message has a time at which it is due, and how late it arrives is counted from
// then, so that a process which falls behind does not look quick.

import { encodeRelayRequest } from '../src/wire/relay-frames.ts'
import {
  addressesOf,
  type Caller,
  callRelayTimes,
  closeSocket,
  freshEnvelope,
  listen,
  listenKeyOf,
  openSocket,
  type Rated,
  rated,
} from './relay-caller.ts'

/** As a client acknowledges (src/messenger/mail.ts): so many together, or after so long. */
const ACKNOWLEDGED_TOGETHER = 32
const ACKNOWLEDGE_AFTER_MS = 50
/** What has not arrived by then will not. */
const PATIENCE_MS = 30_000
const FRAME_LENGTH = 4_096

interface Paced {
  readonly port: number
  /** Connections that send. */
  readonly connections: number
  readonly perSecond: number
  readonly forMs: number
}

/** Calls `send` for each message as it becomes due, until the time is over. @returns so many were sent */
const paced = ({ perSecond, forMs }: Paced, send: (index: number, dueAtMs: number) => void): Promise<number> =>
  new Promise((done) => {
    const startedAtMs = performance.now()
    const total = Math.floor((perSecond * forMs) / 1000)
    let sent = 0
    const tick = () => {
      const due = Math.min(total, Math.ceil(((performance.now() - startedAtMs) / 1000) * perSecond))
      for (; sent < due; sent++) send(sent, startedAtMs + (sent / perSecond) * 1000)
      if (sent < total) setTimeout(tick, 1)
      else done(total)
    }
    tick()
  })

/** Latenesses as they come, until there are so many. */
const collector = () => {
  const timesMs: number[] = []
  let wanted = Number.POSITIVE_INFINITY
  let finish = () => {}
  return {
    timesMs,
    add: (ms: number) => {
      timesMs.push(ms)
      if (timesMs.length === wanted) finish()
    },
    all: (count: number): Promise<void> =>
      new Promise((done, fail) => {
        wanted = count
        const patience = setTimeout(() => fail(new Error(`${timesMs.length} of ${count} arrived`)), PATIENCE_MS)
        finish = () => {
          clearTimeout(patience)
          done()
        }
        if (timesMs.length === count) finish()
      }),
  }
}

/** docs/protocols/relay.md: both frames with an envelope have 64 bytes in front of it. */
const ENVELOPE_FRAME = { type: 11, address: 2, position: 34, envelope: 64 }
const DEPOSIT_FRAME = { requestId: 2, envelope: 64 }
const DEPOSITED_TYPE = 12

/** Takes what is pushed, and acknowledges it as a client does. @param addresses of its own, in any order */
const listening = (caller: Caller, addresses: readonly Uint8Array[], took: (index: number) => void) => {
  const mailboxes = addresses.map((address) => ({ address: Buffer.from(address), positions: new Array<number>() }))
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const acknowledge = () => {
    clearTimeout(timer)
    timer = undefined
    count = 0
    for (const { address, positions } of mailboxes)
      if (positions.length > 0) caller.ask({ type: 'acknowledge', address, positions: positions.splice(0) })
  }
  caller.takes = (frame) => {
    if (frame[1] !== ENVELOPE_FRAME.type) throw new Error(`the relay said ${frame[1]}`)
    took(read(frame.subarray(ENVELOPE_FRAME.envelope)))
    const mailbox = mailboxes.find(({ address }) => address.compare(frame, ENVELOPE_FRAME.address, ENVELOPE_FRAME.position) === 0)
    mailbox?.positions.push(frame.readUIntBE(ENVELOPE_FRAME.position, 6))
    count += 1
    if (count >= ACKNOWLEDGED_TOGETHER) acknowledge()
    else timer ??= setTimeout(acknowledge, ACKNOWLEDGE_AFTER_MS)
  }
}

const INDEX_AT = 2
const write = (bytes: Uint8Array, at: number, index: number) => new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, index)
const read = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(INDEX_AT)

interface Audience {
  readonly listeners: number
  readonly addressesEach: number
  readonly set: string
}

/** Clients that listen, and connections that deposit for them by turns. @param took is told the number of each envelope that arrives */
const openAudience = async (
  { port, connections, listeners, addressesEach, set }: Audience & Pick<Paced, 'port' | 'connections'>,
  took: (index: number) => void,
) => {
  const addresses = addressesOf(set, listeners * addressesEach)
  const owners = await callRelayTimes(port, listeners)
  for (const [owner, caller] of owners.entries()) {
    await listen(
      caller,
      Array.from({ length: addressesEach }, (_, i) => listenKeyOf(set, owner * addressesEach + i)),
    )
    listening(caller, addresses.slice(owner * addressesEach, (owner + 1) * addressesEach), took)
  }
  const senders = await callRelayTimes(port, connections)
  for (const sender of senders) {
    sender.takes = (frame) => {
      if (frame[1] !== DEPOSITED_TYPE) throw new Error(`the relay said ${frame[1]}`)
    }
  }
  const frames = addresses.map((address) =>
    encodeRelayRequest({ type: 'deposit', requestId: 0, liveOnly: false, address, envelope: freshEnvelope() }),
  )
  return {
    send: (index: number) => {
      const frame = frames[index % frames.length] ?? new Uint8Array()
      write(frame, DEPOSIT_FRAME.requestId, index)
      // The envelope's id begins with its number.
      write(frame, DEPOSIT_FRAME.envelope + INDEX_AT, index)
      senders[index % connections]?.send(frame)
    },
    close: () => Promise.all([...owners, ...senders].map((caller) => caller.close())),
  }
}

/** Durable deposits, each to a client that listens, until it is there. */
export const pushAtRate = async (asked: Paced & Audience): Promise<Rated> => {
  const dueAtMs: number[] = []
  const collected = collector()
  const audience = await openAudience(asked, (index) => collected.add(performance.now() - (dueAtMs[index] ?? Number.NaN)))
  const startedAtMs = performance.now()
  const sent = await paced(asked, (index, at) => {
    dueAtMs[index] = at
    audience.send(index)
  })
  await collected.all(sent)
  const tookMs = performance.now() - startedAtMs
  await audience.close()
  return rated(collected.timesMs, tookMs)
}

/** The same with so many under way all the time: the next one leaves when one has arrived. */
export const pushAtPeak = async (
  asked: Audience & Pick<Paced, 'port' | 'connections' | 'forMs'> & { readonly atOnce: number },
): Promise<Rated> => {
  const leftAtMs: number[] = []
  const collected = collector()
  let endsAtMs = 0
  const sendNext = () => {
    if (performance.now() >= endsAtMs) return
    leftAtMs.push(performance.now())
    audience.send(leftAtMs.length - 1)
  }
  const audience = await openAudience(asked, (index) => {
    collected.add(performance.now() - (leftAtMs[index] ?? Number.NaN))
    sendNext()
  })
  const startedAtMs = performance.now()
  endsAtMs = startedAtMs + asked.forMs
  for (let i = 0; i < asked.atOnce; i++) sendNext()
  await new Promise((done) => setTimeout(done, asked.forMs))
  await collected.all(leftAtMs.length)
  const tookMs = performance.now() - startedAtMs
  await audience.close()
  return rated(collected.timesMs, tookMs)
}

/** Frames as long to a bare echo, until they are back. */
export const echoAtRate = async (asked: Paced): Promise<Rated> => {
  const { port, connections } = asked
  const dueAtMs: number[] = []
  const collected = collector()
  const take = (frame: Buffer) => collected.add(performance.now() - (dueAtMs[read(frame)] ?? Number.NaN))
  const sockets = await Promise.all(Array.from({ length: connections }, () => openSocket(port, '/', take)))
  const startedAtMs = performance.now()
  const sent = await paced(asked, (index, at) => {
    dueAtMs[index] = at
    const frame = new Uint8Array(FRAME_LENGTH)
    write(frame, INDEX_AT, index)
    sockets[index % connections]?.send(frame)
  })
  await collected.all(sent)
  const tookMs = performance.now() - startedAtMs
  await Promise.all(sockets.map(closeSocket))
  return rated(collected.timesMs, tookMs)
}
