import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import type { RelayReply, RelayRequest } from '../src/wire/relay-frames.ts'
import { callRelay, type RelayCaller, takeEnvelopes } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

/** 3 in the suite, 50 where PARLEY_RUNS asks for 1,000 of each property. */
const ROUNDS = Math.max(3, Math.round(Number(process.env['PARLEY_RUNS'] ?? 0) / 20))
const DEPOSITORS = 4
/** The last of them has a listener that acknowledges while the relay is killed. */
const MAILBOXES_PER_DEPOSITOR = 3
const UNDER_WAY = 16

const free = { burst: 1e9, perSecond: 1e9 }
const settings = {
  limits: { framesPerConnection: free, bytesPerConnection: free, framesPerAddress: free, bytesPerAddress: free, depositsPerTarget: free },
}

beforeAll(buildRelay)

const started: RelayProcess[] = []
const start = async (folder?: string) => {
  const relay = await startRelayProcess(folder === undefined ? { settings } : { settings, folder })
  started.push(relay)
  return relay
}
afterEach(async () => {
  for (const relay of started.splice(0)) await relay.remove()
})

const keyOf = (mailbox: number) => new Uint8Array(32).fill(mailbox + 1)
const envelope = (mailbox: number, n: number) => {
  const bytes = new Uint8Array(4032).fill(n)
  const view = new DataView(bytes.buffer)
  view.setUint32(2, mailbox)
  view.setUint32(6, n)
  return bytes
}
const read = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { mailbox: view.getUint32(2), n: view.getUint32(6) }
}
const deposit = (requestId: number, mailbox: number, n: number): RelayRequest => ({
  type: 'deposit',
  requestId,
  liveOnly: false,
  address: addressOf(keyOf(mailbox)),
  envelope: envelope(mailbox, n),
})
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

/** The next message, or undefined once the connection is gone. */
const nextOrEnd = (caller: RelayCaller): Promise<RelayReply | undefined> =>
  Promise.race([caller.next().catch(() => undefined), caller.closed.then(() => undefined)])

/** Sends numbered envelopes to its mailboxes, as a device does: in order for each, the unanswered again after a restart. */
const createDepositor = (mailboxes: readonly number[]) => {
  const made = new Map(mailboxes.map((mailbox) => [mailbox, 0]))
  let unanswered: readonly { readonly mailbox: number; readonly n: number }[] = []
  let deposited = 0

  /** Makes new ones until the connection ends; or, `isOver`, only asks again for what was not answered. */
  const run = async (caller: RelayCaller, isOver: boolean, onDeposited = () => {}) => {
    const asked = new Map<number, { readonly mailbox: number; readonly n: number }>()
    let requestId = 0
    let again = unanswered
    unanswered = []
    const ask = () => {
      const [first, ...others] = again
      again = others
      const mailbox = first?.mailbox ?? mailboxes[requestId % mailboxes.length] ?? 0
      const n = first?.n ?? made.get(mailbox) ?? 0
      if (!first) made.set(mailbox, n + 1)
      asked.set(++requestId, { mailbox, n })
      caller.ask(deposit(requestId, mailbox, n))
    }
    const isDone = () => isOver && again.length === 0 && asked.size === 0
    while (!isDone()) {
      while (asked.size < UNDER_WAY && (again.length > 0 || !isOver)) ask()
      const reply = await nextOrEnd(caller)
      if (!reply) break
      if (reply.type !== 'deposited') throw new Error(`the relay said ${JSON.stringify(reply)}`)
      asked.delete(reply.requestId)
      deposited += 1
      onDeposited()
    }
    unanswered = [...asked.values(), ...again]
  }
  return { run, made, deposited: () => deposited }
}

/** Acknowledges what it gets, and remembers all of it in the order in which it came. */
const createListener = (mailboxes: readonly number[]) => {
  const seen = new Map(mailboxes.map((mailbox): [number, number[]] => [mailbox, []]))
  const run = async (caller: RelayCaller) => {
    caller.ask({ type: 'listen', requestId: 1, listenKeys: mailboxes.map(keyOf) })
    for (let reply = await nextOrEnd(caller); reply; reply = await nextOrEnd(caller)) {
      if (reply.type !== 'envelope') continue
      const { mailbox, n } = read(reply.envelope)
      seen.get(mailbox)?.push(n)
      if (caller.socket.readyState === caller.socket.OPEN) {
        caller.ask({ type: 'acknowledge', address: reply.address, positions: [reply.position] })
      }
    }
  }
  return { run, seen }
}

test(
  `killed under load ${ROUNDS} times: every envelope that was deposited arrives, in order`,
  async () => {
    const all = upTo(DEPOSITORS * MAILBOXES_PER_DEPOSITOR)
    const listened = all.filter((mailbox) => mailbox % MAILBOXES_PER_DEPOSITOR === MAILBOXES_PER_DEPOSITOR - 1)
    const depositors = upTo(DEPOSITORS).map((i) =>
      createDepositor(all.slice(i * MAILBOXES_PER_DEPOSITOR, (i + 1) * MAILBOXES_PER_DEPOSITOR)),
    )
    const listener = createListener(listened)
    let relay = await start()
    const callAll = () => Promise.all(depositors.map(async (depositor) => ({ depositor, caller: await callRelay(relay.port) })))
    const first = await callRelay(relay.port)
    await first.call({ type: 'listen', requestId: 1, listenKeys: all.map(keyOf) })
    first.close()
    await first.closed

    for (let round = 0; round < ROUNDS; round++) {
      const killAfter = 50 + randomInt(400)
      let deposited = 0
      const onDeposited = () => {
        if (++deposited === killAfter) relay.kill('SIGKILL')
      }
      const listening = await callRelay(relay.port)
      const calls = await callAll()
      await Promise.all([listener.run(listening), ...calls.map(({ depositor, caller }) => depositor.run(caller, false, onDeposited))])
      expect(deposited).toBeGreaterThanOrEqual(killAfter)
      await relay.ended
      relay = await start(relay.folder)
    }

    // At last everybody asks again for what was not answered, and all is taken.
    const calls = await callAll()
    await Promise.all(calls.map(({ depositor, caller }) => depositor.run(caller, true)))
    const made = new Map(depositors.flatMap((depositor) => [...depositor.made]))
    const taker = await callRelay(relay.port)
    const unheard = all.filter((mailbox) => !listened.includes(mailbox))
    const waiting = await taker.call({ type: 'listen', requestId: 1, listenKeys: unheard.map(keyOf) })
    const total = unheard.reduce((sum, mailbox) => sum + (made.get(mailbox) ?? 0), 0)
    expect(waiting).toEqual({ type: 'listening', requestId: 1, waiting: total })
    const taken = (await takeEnvelopes(taker, total)).map((reply) => read(reply.envelope))
    for (const mailbox of unheard) {
      const numbers = taken.filter((each) => each.mailbox === mailbox).map(({ n }) => n)
      expect(numbers).toEqual(upTo(made.get(mailbox) ?? 0))
    }
    expect(await taker.call({ type: 'ping', nonce: 1 })).toMatchObject({ type: expect.stringMatching(/pong|drained/) })

    // Where it was acknowledged under way, an acknowledgement may have been lost: then it came again, and nothing else.
    const last = await callRelay(relay.port)
    const rest = await last.call({ type: 'listen', requestId: 1, listenKeys: listened.map(keyOf) })
    for (const reply of await takeEnvelopes(last, rest.type === 'listening' ? rest.waiting : 0)) {
      const { mailbox, n } = read(reply.envelope)
      listener.seen.get(mailbox)?.push(n)
    }
    for (const [mailbox, numbers] of listener.seen) expect([...new Set(numbers)]).toEqual(upTo(made.get(mailbox) ?? 0))
    const deposited = depositors.reduce((sum, depositor) => sum + depositor.deposited(), 0)
    console.log(`killed ${ROUNDS} times: ${deposited} deposits answered, none lost`)
  },
  60_000 + 20_000 * ROUNDS,
)

test('stopped under load: what is under way is answered, and kept', async () => {
  const relay = await start()
  const [bob, alice] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  await bob.call({ type: 'listen', requestId: 1, listenKeys: upTo(8).map(keyOf) })
  bob.close()
  await bob.closed
  for (const n of upTo(100)) alice.ask(deposit(n, n % 8, n))
  await alice.next()
  relay.kill('SIGTERM')
  const replies: RelayReply[] = [{ type: 'deposited', requestId: 0 }]
  for (let reply = await nextOrEnd(alice); reply; reply = await nextOrEnd(alice)) replies.push(reply)
  while (alice.waiting() > 0) replies.push(await alice.next())
  expect(await relay.ended).toBe(0)
  const deposited = replies.flatMap((reply) => (reply.type === 'deposited' ? [reply.requestId] : []))
  const refused = replies.flatMap((reply) => (reply.type === 'refused' && reply.requestId !== 0 ? [reply] : []))
  expect(refused.every(({ cause }) => cause === 'shutting-down')).toBe(true)
  // Of what it had not read yet, nothing is said and nothing is kept.
  expect(deposited.length + refused.length).toBeLessThanOrEqual(100)

  const again = await start(relay.folder)
  const taker = await callRelay(again.port)
  expect(await taker.call({ type: 'listen', requestId: 1, listenKeys: upTo(8).map(keyOf) })).toMatchObject({ waiting: deposited.length })
  const taken = (await takeEnvelopes(taker, deposited.length)).map((reply) => read(reply.envelope).n)
  expect(taken.toSorted((a, b) => a - b)).toEqual(deposited.toSorted((a, b) => a - b))
})

test('the same folder is the same store; an empty one is another, without mailboxes', async () => {
  const relay = await start()
  const key = keyOf(1)
  const [bob, alice] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  const { storeId, relayKey } = bob.configuration
  await bob.call({ type: 'listen', requestId: 1, listenKeys: [key] })
  await alice.call(deposit(1, 1, 7))
  relay.kill('SIGKILL')
  await relay.ended

  const same = await start(relay.folder)
  const there = await callRelay(same.port)
  expect(there.configuration).toMatchObject({ storeId, relayKey })
  expect(await there.call({ type: 'listen', requestId: 1, listenKeys: [key] })).toMatchObject({ waiting: 1 })
  await same.remove()

  const folder = mkdtempSync(join(tmpdir(), 'parley-relay-'))
  try {
    const other = await start(folder)
    const [first, second] = await Promise.all([callRelay(other.port), callRelay(other.port)])
    expect(Buffer.from(first.configuration.storeId).equals(storeId)).toBe(false)
    expect(Buffer.from(first.configuration.relayKey).equals(relayKey)).toBe(false)
    expect(await first.call(deposit(1, 1, 7))).toEqual({ type: 'refused', requestId: 1, cause: 'no-mailbox' })
    expect(await second.call({ type: 'listen', requestId: 2, listenKeys: [key] })).toEqual({ type: 'listening', requestId: 2, waiting: 0 })
    expect(await first.next()).toEqual({ type: 'address-live', address: addressOf(key) })
    expect(await first.call(deposit(3, 1, 7))).toEqual({ type: 'deposited', requestId: 3 })
    expect((await takeEnvelopes(second, 1)).map((reply) => read(reply.envelope).n)).toEqual([7])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
