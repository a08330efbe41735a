// Deposits to clients that listen, until they are there: as many as there can be, and at a fixed rate, whatever comes back;
// and the floor of that. At a fixed rate each message has a time at which it is due, and how late it arrives is counted from
// then, so that a process which falls behind does not look quick.

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
  unexpected,
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

/** Takes what is pushed, and acknowledges it as a client does. */
const listening = (caller: Caller, took: (envelope: Uint8Array) => void) => {
  const positions = new Map<string, { readonly address: Uint8Array; readonly positions: number[] }>()
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const acknowledge = () => {
    clearTimeout(timer)
    timer = undefined
    count = 0
    for (const each of positions.values()) caller.ask({ type: 'acknowledge', ...each })
    positions.clear()
  }
  caller.hears = (reply) => {
    if (reply.type !== 'envelope') throw unexpected(reply)
    took(reply.envelope)
    const key = Buffer.from(reply.address).toString('hex')
    const known = positions.get(key) ?? { address: reply.address, positions: [] }
    known.positions.push(reply.position)
    positions.set(key, known)
    count += 1
    if (count >= ACKNOWLEDGED_TOGETHER) acknowledge()
    else timer ??= setTimeout(acknowledge, ACKNOWLEDGE_AFTER_MS)
  }
}

const INDEX_AT = 2
const write = (bytes: Uint8Array, index: number) => new DataView(bytes.buffer, bytes.byteOffset).setUint32(INDEX_AT, index)
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
  const owners = await callRelayTimes(port, listeners)
  for (const [owner, caller] of owners.entries()) {
    await listen(
      caller,
      Array.from({ length: addressesEach }, (_, i) => listenKeyOf(set, owner * addressesEach + i)),
    )
    // The envelope's id begins with its number.
    listening(caller, (envelope) => took(read(envelope)))
  }
  const addresses = addressesOf(set, listeners * addressesEach)
  const senders = await callRelayTimes(port, connections)
  for (const sender of senders) {
    sender.hears = (reply) => {
      if (reply.type !== 'deposited') throw unexpected(reply)
    }
  }
  return {
    send: (index: number) => {
      const envelope = freshEnvelope()
      write(envelope, index)
      const address = addresses[index % addresses.length] ?? new Uint8Array(32)
      senders[index % connections]?.ask({ type: 'deposit', requestId: index, liveOnly: false, address, envelope })
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
    write(frame, index)
    sockets[index % connections]?.send(frame)
  })
  await collected.all(sent)
  const tookMs = performance.now() - startedAtMs
  await Promise.all(sockets.map(closeSocket))
  return rated(collected.timesMs, tookMs)
}
