// Prekeys at a relay as people run it, by WebSocket, through kill -9.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDeviceList } from '../src/protocol/identity/identity.ts'
import { readBundle } from '../src/protocol/prekeys/prekeys.ts'
import { beginAuthentication, finishAuthentication, openReply, sealRequest } from '../src/protocol/relay-auth/relay-auth.ts'
import {
  decodePublicationReply,
  encodePublicationRequest,
  type PublicationReply,
  type PublicationRequest,
} from '../src/wire/publication-frames.ts'
import { aRequestId, idsFrom, type PublishedDevice, publishedAccount } from '../test/support/published.ts'
import { callRelay, type RelayCaller } from '../test/support/relay-caller.ts'
import { type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'
import { seededRandom } from '../test/support/seeded-random.ts'

const DAY_MS = 86_400_000
const nowMs = Date.now()
const account = publishedAccount('publication/relay')
const [phone] = account.devices as [PublishedDevice]
const batch = { ...phone.batch, expiresAtMs: nowMs + 45 * DAY_MS }
const list = {
  type: 'put-device-list',
  requestId: aRequestId('relay/list'),
  accountKey: account.account.publicKey,
  deviceList: account.deviceList({ expiresAtMs: nowMs + 90 * DAY_MS }),
} as const
const statement = {
  type: 'put-statement',
  requestId: aRequestId('relay/statement'),
  statement: phone.statement({ nowMs, batches: [batch] }),
} as const
const x25519 = { type: 'add-one-time-x25519', requestId: aRequestId('relay/x25519'), keys: phone.x25519Uploads(idsFrom(1, 10)) } as const
const kem = { type: 'add-one-time-kem', requestId: aRequestId('relay/kem'), keys: phone.kemUploads(idsFrom(1, 10)) } as const

let relay: RelayProcess
let callers: readonly RelayCaller[]
beforeEach(() => {
  callers = []
})
afterEach(async () => {
  for (const caller of callers) caller.close()
  await relay.remove()
})

const call = async () => {
  const caller = await callRelay(relay.port)
  callers = [...callers, caller]
  return caller
}

/** @param pinned the key that the device knows; that of the welcome where it knows none yet */
const publish = async (pinned?: Uint8Array) => {
  const caller = await call()
  const random = seededRandom(`relay/${Math.floor(performance.now())}`)
  const awaiting = beginAuthentication({ accountId: account.accountId, tag: phone.device.tag, identity: phone.identity, random })
  const challenge = await caller.call({ type: 'authenticate', requestId: 1, ...awaiting.claim })
  if (challenge.type !== 'challenge') throw new Error(`a challenge, not ${challenge.type}`)
  const finished = finishAuthentication(awaiting, challenge, pinned ?? caller.configuration.relayKey)
  if (!finished.ok) throw new Error(finished.reason)
  let { channel } = finished
  const ask = async (request: PublicationRequest): Promise<PublicationReply> => {
    const sealed = sealRequest(channel, encodePublicationRequest(request))
    channel = sealed.channel
    const reply = await caller.call({ type: 'authenticated', ...sealed.sealed })
    if (reply.type !== 'authenticated') throw new Error(`a reply, not ${reply.type === 'refused' ? reply.cause : reply.type}`)
    const opened = openReply(channel, reply)
    if (!opened.ok) throw new Error(opened.reason)
    channel = opened.channel
    const decoded = decodePublicationReply(opened.body)
    if (!decoded.ok) throw new Error(decoded.reason)
    return decoded.value
  }
  return { relayKey: caller.configuration.relayKey, ask }
}

/** X25519 id and KEM id of the one bundle; `-` where it has none. */
const fetchKeys = async (caller: RelayCaller): Promise<string> => {
  const first = await caller.call({ type: 'fetch-bundles', requestId: 5, accountId: account.accountId, tag: undefined })
  if (first.type !== 'device-list') throw new Error(`a device list, not ${first.type}`)
  const read = readDeviceList(first.deviceList, { accountKey: account.account.publicKey, nowMs: Date.now(), known: undefined })
  const [device] = read.ok ? read.list.devices : []
  const [served, end] = [await caller.next(), await caller.next()]
  if (!device || served.type !== 'bundle' || end.type !== 'bundles-end')
    throw new Error(`a bundle and its end, not ${served.type}, ${end.type}`)
  const bundle = readBundle(served.bundle, { accountId: account.accountId, device, nowMs: Date.now() })
  if (!bundle.ok) throw new Error(bundle.reason)
  return `${bundle.bundle.oneTimeX25519?.id ?? '-'} ${bundle.bundle.oneTimeKem?.id ?? '-'}`
}

const unlimited = { burst: 1_000, perSecond: 0 }
const settings = { limits: { drainsPerAddressAndTarget: unlimited, drainsPerTarget: unlimited } }

describe('published prekeys', () => {
  test('outlive kill -9: list, statement, keys, the marks of what was served, and the relay’s own key', async () => {
    relay = await startRelayProcess({ settings })
    const before = await publish()
    for (const request of [list, statement, x25519, kem]) expect(await before.ask(request)).toMatchObject({ type: 'done', spentIds: [] })
    const asking = await call()
    expect([await fetchKeys(asking), await fetchKeys(asking)]).toEqual(['1 1', '2 2'])
    relay.kill('SIGKILL')
    await relay.ended
    relay = await startRelayProcess({ folder: relay.folder })
    // The device still pins the key of before: this is the same relay.
    const after = await publish(before.relayKey)
    expect(await after.ask({ type: 'status', requestId: aRequestId('relay/status') })).toMatchObject({
      type: 'status',
      x25519: { highestId: 10, leftIds: idsFrom(3, 10) },
      kem: { highestId: 10, leftIds: idsFrom(3, 10) },
    })
    for (const request of [list, statement]) expect(await after.ask(request)).toMatchObject({ type: 'done' })
    for (const request of [x25519, kem]) expect(await after.ask(request)).toMatchObject({ type: 'done', spentIds: [1, 2] })
    expect(await fetchKeys(await call())).toBe('3 3')
  })

  test('24 retrievals at once on 8 connections of 10 keys: 10 different ones, and 14 times the last-resort key', async () => {
    relay = await startRelayProcess({ settings })
    const publisher = await publish()
    for (const request of [list, statement, x25519, kem]) await publisher.ask(request)
    const asking = await Promise.all(Array.from({ length: 8 }, call))
    const three = async (caller: RelayCaller) => [await fetchKeys(caller), await fetchKeys(caller), await fetchKeys(caller)]
    const keys = (await Promise.all(asking.map(three))).flat()
    for (const which of [0, 1]) {
      const ids = keys.map((each) => each.split(' ')[which]).filter((id) => id !== '-')
      expect(ids.map(Number).sort((a, b) => a - b)).toEqual(idsFrom(1, 10))
    }
  })

  test('as it comes, one network address gets six of a device’s keys', async () => {
    relay = await startRelayProcess()
    const publisher = await publish()
    for (const request of [list, statement, x25519, kem]) await publisher.ask(request)
    const keys: string[] = []
    for (const caller of [await call(), await call()]) for (let i = 0; i < 4; i++) keys.push(await fetchKeys(caller))
    expect(keys).toEqual(['1 1', '2 2', '3 3', '4 4', '5 5', '6 6', '- -', '- -'])
  })

  test('a frame under no authentication is refused, and the connection goes on', async () => {
    relay = await startRelayProcess()
    const caller = await call()
    const frame = { type: 'authenticated', sequence: 1, mac: new Uint8Array(32), body: Uint8Array.of(1, 5) } as const
    expect(await caller.call(frame)).toEqual({ type: 'refused', requestId: 0, cause: 'not-allowed' })
    expect(await caller.call({ type: 'ping', nonce: 7 })).toEqual({ type: 'pong', nonce: 7 })
  })
})
