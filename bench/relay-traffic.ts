// Load as much as there can be: so many callers who each ask again as soon as they are answered. Deposits into mailboxes,
// mailboxes fetched and emptied, prekey bundles with one-time keys.

import {
  accountIdOf,
  addressesOf,
  type Caller,
  callRelay,
  callRelayTimes,
  freshEnvelope,
  listen,
  listenKeyOf,
  type Rated,
  REQUEST_ID,
  rated,
  unexpected,
} from './relay-caller.ts'

/** Positions that a client acknowledges together (src/messenger/mail.ts). */
const ACKNOWLEDGED_TOGETHER = 32

interface Busy {
  readonly port: number
  readonly connections: number
  /** Nothing new is asked for afterwards. */
  readonly forMs: number
}

/** Runs `act` for each of so many callers at once. @returns how long all of it took, milliseconds */
const timed = async (
  { port, connections, forMs }: Busy,
  act: (caller: Caller, isOver: () => boolean) => Promise<void>,
): Promise<number> => {
  const callers = await callRelayTimes(port, connections)
  const startedAtMs = performance.now()
  const isOver = () => performance.now() - startedAtMs >= forMs
  await Promise.all(callers.map((caller) => act(caller, isOver)))
  const tookMs = performance.now() - startedAtMs
  await Promise.all(callers.map((caller) => caller.close()))
  return tookMs
}

const depositing = (caller: Caller, atOnce: number, isOver: () => boolean, nextAddress: () => Uint8Array, took: (ms: number) => void) =>
  new Promise<void>((done) => {
    const sentAtMs = new Map<number, number>()
    let requestId = 0
    const next = () => {
      requestId += 1
      sentAtMs.set(requestId, performance.now())
      caller.ask({ type: 'deposit', requestId, liveOnly: false, address: nextAddress(), envelope: freshEnvelope() })
    }
    caller.hears = (reply) => {
      if (reply.type !== 'deposited') throw unexpected(reply)
      took(performance.now() - (sentAtMs.get(reply.requestId) ?? Number.NaN))
      sentAtMs.delete(reply.requestId)
      if (!isOver()) next()
      else if (sentAtMs.size === 0) done()
    }
    for (let i = 0; i < atOnce; i++) next()
  })

/** Into the mailboxes of a set, which are made first, by turns. Nobody listens there. @param asked.atOnce deposits of one connection under way */
export const deposit = async (
  asked: Busy & { readonly atOnce: number; readonly set: string; readonly mailboxes: number },
): Promise<Rated> => {
  const { port, set, mailboxes, atOnce } = asked
  const owner = await callRelay(port)
  await listen(
    owner,
    Array.from({ length: mailboxes }, (_, index) => listenKeyOf(set, index)),
  )
  await owner.close()

  const addresses = addressesOf(set, mailboxes)
  let turn = 0
  const nextAddress = (): Uint8Array => addresses[turn++ % addresses.length] ?? new Uint8Array(32)
  const timesMs: number[] = []
  const tookMs = await timed(asked, (caller, isOver) => depositing(caller, atOnce, isOver, nextAddress, (ms) => timesMs.push(ms)))
  return rated(timesMs, tookMs)
}

interface Fetched {
  readonly envelopes: number
  /** From showing the key until the last envelope was here, milliseconds; undefined where there was none. */
  readonly drainedAfterMs: number | undefined
}

/** Shows one key, takes all that is kept, and acknowledges it durably. */
const fetchMailbox = (caller: Caller, listenKey: Uint8Array): Promise<Fetched> =>
  new Promise((done) => {
    const startedAtMs = performance.now()
    let envelopes = 0
    let drainedAfterMs: number | undefined
    let isStopping = false
    let positions: number[] = []
    const acknowledge = (address: Uint8Array) => {
      if (positions.length > 0) caller.ask({ type: 'acknowledge', address, positions })
      positions = []
    }
    const stop = () => {
      isStopping = true
      // Answered after what was asked before it is done.
      caller.ask({ type: 'stop-listening', requestId: REQUEST_ID, listenKeys: [listenKey] })
    }
    caller.hears = (reply) => {
      if (reply.type === 'envelope') {
        envelopes += 1
        positions.push(reply.position)
        if (positions.length >= ACKNOWLEDGED_TOGETHER) acknowledge(reply.address)
      } else if (reply.type === 'drained') {
        drainedAfterMs = performance.now() - startedAtMs
        acknowledge(reply.address)
        stop()
      } else if (reply.type !== 'listening') throw unexpected(reply)
      else if (isStopping) done({ envelopes, drainedAfterMs })
      else if (reply.waiting === 0) stop()
    }
    caller.ask({ type: 'listen', requestId: REQUEST_ID, listenKeys: [listenKey] })
  })

/** Each caller one mailbox of the set after another. Counts envelopes; times are of whole mailboxes. */
export const fetchMailboxes = async (asked: Busy & { readonly set: string; readonly mailboxes: number }): Promise<Rated> => {
  const { set, mailboxes } = asked
  const timesMs: number[] = []
  let envelopes = 0
  let next = 0
  const tookMs = await timed(asked, async (caller, isOver) => {
    while (next < mailboxes && !isOver()) {
      const fetched = await fetchMailbox(caller, listenKeyOf(set, next++))
      envelopes += fetched.envelopes
      if (fetched.drainedAfterMs !== undefined) timesMs.push(fetched.drainedAfterMs)
    }
  })
  return rated(timesMs, tookMs, envelopes)
}

/**
 * Bundles of accounts with one device each, by turns; each takes a one-time key of both kinds.
 *
 * @param asked.from bundles that were fetched before
 * @param asked.to so many in total, and then there are no keys left
 */
export const fetchBundles = async (
  asked: Busy & { readonly accounts: number; readonly from: number; readonly to: number },
): Promise<Rated> => {
  const { accounts, from, to } = asked
  const timesMs: number[] = []
  let next = from
  const fetchOne = (caller: Caller, accountId: Uint8Array) =>
    new Promise<void>((done) => {
      const startedAtMs = performance.now()
      let bundles = 0
      caller.hears = (reply) => {
        if (reply.type === 'bundle') bundles += 1
        else if (reply.type === 'bundles-end') {
          if (bundles !== 1) throw new Error(`${bundles} bundles of one device`)
          timesMs.push(performance.now() - startedAtMs)
          done()
        } else if (reply.type !== 'device-list') throw unexpected(reply)
      }
      caller.ask({ type: 'fetch-bundles', requestId: REQUEST_ID, accountId, tag: undefined })
    })
  const tookMs = await timed(asked, async (caller, isOver) => {
    while (next < to && !isOver()) await fetchOne(caller, accountIdOf(next++ % accounts))
  })
  return rated(timesMs, tookMs)
}
