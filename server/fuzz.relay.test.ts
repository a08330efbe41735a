import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { badFrames, badRequest, badSignals, badUpgrade, badWebSocketBytes, goodUpgrade, peerPath } from '../test/support/garbage.ts'
import { callPeer, callRelay, takeEnvelopes } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'
import { seededRandom } from '../test/support/seeded-random.ts'

const SEED = process.env['PARLEY_SEED'] ?? '1'
const STRANGER = '127.0.0.2'
const PIECES = 10_000
const AT_ONCE = 32
/** How much more memory the process may have at any moment of the attack and after it (its own count, ten times a second), in bytes. */
const GROWTH = 120 * 1024 * 1024
const free = { burst: 1e9, perSecond: 1e9 }

let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  // Limits of haste would keep most of this from the code that is to be tried; those of place and memory stay.
  relay = await startRelayProcess({
    settings: {
      logLevel: 'error',
      limits: {
        requestsPerAddress: free,
        upgradesPerAddress: free,
        framesPerAddress: free,
        bytesPerAddress: free,
        roomsOpenedPerAddress: free,
        joinsPerAddress: free,
        joinsPerRoom: 1_000_000,
        mailboxesOpenedPerAddress: free,
        depositsPerTarget: free,
        authenticationsPerAddress: free,
        publicationsPerAddress: free,
        retrievalsPerAddress: free,
      },
    },
  })
})
afterAll(() => relay.remove())

/** Sends these bytes from the stranger's address, one part after another, and does not wait long for what they do. */
const sendBytes = (...parts: readonly Uint8Array[]): Promise<void> =>
  new Promise((done) => {
    const sendAll = async () => {
      for (const part of parts) {
        socket.write(part)
        await wait(1)
      }
      socket.end()
    }
    const socket = connect({ port: relay.port, host: '127.0.0.1', localAddress: STRANGER }, () => void sendAll())
    const patience = setTimeout(() => socket.destroy(), 60)
    socket.resume()
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(patience)
      done()
    })
  })

const sendFrames = async (messages: readonly Uint8Array[]) => {
  const caller = await callRelay(relay.port, { localAddress: STRANGER })
  for (const message of messages) caller.socket.send(message)
  await Promise.race([caller.closed, wait(20)])
  caller.socket.terminate()
}

const sendSignals = async (id: string, messages: readonly string[]) => {
  const peer = await callPeer(relay.port, id, 'a-token-of-the-stranger', { localAddress: STRANGER })
  for (const message of messages) peer.socket.send(message)
  await Promise.race([peer.closed, wait(20)])
  peer.socket.terminate()
}

const metrics = async () => {
  const text = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text()
  const valueOf = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    )
  return {
    residentBytes: valueOf('process_resident_memory_bytes'),
    errors: valueOf('parley_errors_total'),
    held: {
      relayConnections: valueOf('parley_connections{entrance="relay"}'),
      peerConnections: valueOf('parley_connections{entrance="peer"}'),
      listenedAddresses: valueOf('parley_listened_addresses'),
    },
  }
}

/**
 * Two people from another address use everything that the relay offers, once.
 *
 * @param wantsNumber of their room: strangers whose haste is not limited guess every number, and take the place of the guest
 */
const honestRound = async (wantsNumber: boolean) => {
  const roomId = randomBytes(16)
  const [host, guest] = await Promise.all([callRelay(relay.port), callRelay(relay.port)])
  const opened = await host.call({ type: 'open-room', requestId: 1, roomId, ownerKey: randomBytes(16), wantsNumber })
  const number = wantsNumber ? expect.stringMatching(/^[0-9]{2,4}$/) : undefined
  expect(opened).toMatchObject({ type: 'room-opened', number })
  // By id, as from a link.
  expect(await guest.call({ type: 'join-room', requestId: 2, room: { type: 'id', roomId } })).toMatchObject({
    type: 'room-joined',
  })
  for (const side of [host, guest]) expect(await side.next()).toEqual({ type: 'peer-joined' })
  for (const [from, to] of [
    [host, guest],
    [guest, host],
    [host, guest],
  ] as const) {
    const body = new Uint8Array(randomBytes(48))
    from.ask({ type: 'room-message', body })
    expect(await to.next()).toEqual({ type: 'room-message', body })
  }
  const listenKey = randomBytes(32)
  await host.call({ type: 'listen', requestId: 3, listenKeys: [listenKey] })
  const address = addressOf(listenKey)
  const envelope = new Uint8Array(randomBytes(4032))
  const deposit = { type: 'deposit', requestId: 4, liveOnly: false, address, envelope } as const
  expect(await guest.call(deposit)).toEqual({ type: 'deposited', requestId: 4 })
  expect((await takeEnvelopes(host, 1)).map((reply) => Buffer.from(envelope).equals(reply.envelope))).toEqual([true])
  expect(await guest.call({ type: 'fetch-bundles', requestId: 5, accountId: randomBytes(32), tag: undefined })).toEqual({
    type: 'bundles-end',
    requestId: 5,
  })
  host.ask({ type: 'close-mailboxes', requestId: 6, listenKeys: [listenKey] })
  expect(await host.next()).toEqual({ type: 'listening', requestId: 6, waiting: 0 })
  // A room is kept for a host who may come back; one that leaves ends it.
  host.ask({ type: 'leave-room' })
  host.close()
  guest.close()

  const ids = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')] as const
  const [alice, bob] = await Promise.all(ids.map((id) => callPeer(relay.port, id, 'a-token-of-honest-people')))
  for (const peer of [alice, bob]) expect(await peer?.next()).toEqual({ type: 'OPEN' })
  alice?.say({ type: 'OFFER', dst: ids[1], payload: { type: 'data' } })
  expect(await bob?.next()).toMatchObject({ type: 'OFFER', src: ids[0] })
  alice?.close()
  bob?.close()
}

test(`10,000 pieces of garbage from one address (seed ${SEED}): the relay stays up, bounded, and serves another address`, async () => {
  const random = seededRandom(`garbage/${SEED}`)
  const host = `127.0.0.1:${relay.port}`
  /** All kinds mixed, a fixed share of each. */
  const throwGarbage = (i: number): Promise<void> => {
    const kind = i % 40
    if (kind < 14) return sendBytes(badRequest(random))
    if (kind < 24) return sendBytes(badUpgrade(random, host))
    if (kind < 30) return sendBytes(goodUpgrade(kind % 2 ? '/relay' : peerPath(random), host), badWebSocketBytes(random))
    if (kind < 37) return sendFrames(badFrames(random))
    return sendSignals(`stranger-number-${i % 400}`, badSignals(random))
  }
  await honestRound(true)
  const before = await metrics()
  let highestBytes = before.residentBytes
  let isOver = false
  let rounds = 0
  let thrown = 0

  const attack = async () => {
    const strangers = Array.from({ length: AT_ONCE }, async () => {
      while (thrown < PIECES) await throwGarbage(thrown++)
    })
    await Promise.all(strangers)
    isOver = true
  }
  const honestPeople = async () => {
    while (!isOver) {
      await honestRound(false)
      rounds += 1
    }
  }
  const watch = async () => {
    while (!isOver) {
      highestBytes = Math.max(highestBytes, (await metrics()).residentBytes)
      await wait(100)
    }
  }
  await Promise.all([attack(), honestPeople(), watch()])

  // What the strangers left open is gone, and nothing is held for them.
  await expect
    .poll(async () => (await metrics()).held, { timeout: 5_000 })
    .toEqual({ relayConnections: 0, peerConnections: 0, listenedAddresses: 0 })
  const after = await metrics()
  expect(await (await fetch(`http://${host}/healthz`)).text()).toBe('ok')
  expect(rounds).toBeGreaterThan(20)
  // Not one of them found a bug: all were refused on the way that is meant for it.
  expect(after.errors).toBe(0)
  expect(highestBytes - before.residentBytes).toBeLessThan(GROWTH)
  expect(after.residentBytes - before.residentBytes).toBeLessThan(GROWTH)
  console.log(
    `garbage: ${rounds} honest rounds, memory ${[before.residentBytes, highestBytes, after.residentBytes].map((b) => Math.round(b / 1e6)).join(' / ')} MB`,
  )
})
