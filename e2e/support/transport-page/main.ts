// A page that has the two pipes and nothing else: the specs turn its crank through `window.pipes`.

import type { Order, Report } from '../../../src/messenger/api.ts'
import { createTransport } from '../../../src/transport/transport.ts'

/** An envelope whose frame is 64 KiB, with its number in front. */
const numbered = (number: number): Uint8Array => {
  const envelope = new Uint8Array(65_536 - 64)
  new DataView(envelope.buffer).setUint32(0, number)
  return envelope
}
const numberOf = (envelope: Uint8Array): number => new DataView(envelope.buffer, envelope.byteOffset).getUint32(0)

const reports: Report[] = []
/** Numbers of the envelopes, in the order of their arrival. */
const received: number[] = []
const waiters = new Set<() => void>()

const transport = createTransport({
  relayUrl: new URL('/relay', location.href.replace(/^http/, 'ws')),
  signalling: { host: location.hostname, port: Number(location.port), secure: false, path: '/peer' },
  report: (report) => {
    if (report.type === 'link-received' && report.frame.type === 'envelope') received.push(numberOf(report.frame.envelope))
    else reports.push(report)
    for (const wake of waiters) wake()
  },
})
addEventListener('pagehide', () => transport.close())

/** The first report from `from` on that has all these fields. */
const find = (fields: Partial<Record<string, unknown>>, from: number): Report | undefined =>
  reports.slice(from).find((report) => Object.entries(fields).every(([name, value]) => Reflect.get(report, name) === value))

const until = <T>(look: () => T | undefined): Promise<T> =>
  new Promise((done) => {
    const again = (): void => {
      const seen = look()
      if (seen === undefined) return
      waiters.delete(again)
      done(seen)
    }
    waiters.add(again)
    again()
  })

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const plain = (report: Report) =>
  report.type === 'link-opened'
    ? { ...report, ourFingerprint: hex(report.ourFingerprint), theirFingerprint: hex(report.theirFingerprint) }
    : report

const pipes = {
  carryOut: (...orders: readonly Order[]) => {
    for (const order of orders) transport.carryOut(order)
  },
  wake: () => transport.wake(),
  malformedReplies: () => transport.malformedReplies(),
  count: () => reports.length,
  all: () => reports.map(plain),
  /** Waits for the first report with these fields, counted from the report numbered `from`. */
  next: async (fields: Partial<Record<string, unknown>>, from = 0) => plain(await until(() => find(fields, from))),
  received: () => received,
  waitForReceived: (count: number) => until(() => (received.length >= count ? received.length : undefined)),
  /** Sends numbered envelopes of 64 KiB, at most so many before the pipe says that it drained. @returns how often it did */
  sendMany: async (linkId: string, count: number, atOnce: number): Promise<number> => {
    let drained = 0
    for (let number = 0; number < count; ) {
      const from = reports.length
      for (const end = Math.min(number + atOnce, count); number < end; number++) {
        transport.carryOut({ type: 'link-send', linkId, frame: { type: 'envelope', envelope: numbered(number) } })
      }
      if (number < count) {
        await until(() => find({ type: 'link-drained', linkId }, from))
        drained += 1
      }
    }
    return drained
  },
}

export type Pipes = typeof pipes

declare global {
  interface Window {
    pipes: Pipes
  }
}
window.pipes = pipes
