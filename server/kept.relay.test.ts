import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressOf } from '../src/protocol/relay-auth/relay-auth.ts'
import { callPeer, callRelay, takeEnvelopes } from '../test/support/relay-caller.ts'
import { buildRelay, type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts'

/** Whoever visits, in every way in which a network address can be written down. */
const ADDRESSES = ['203.0.113.77', '198.51.100.91', '2001:db8:77:99::1']
const NETWORKS = [...ADDRESSES, '2001:db8:77:99/64']
const PACKED = [Buffer.of(203, 0, 113, 77), Buffer.of(198, 51, 100, 91), Buffer.from('20010db800770099', 'hex')]

const marked = (length: number, mark: string) => new Uint8Array(Buffer.alloc(length, `${mark}.`))
const ROOM_ID = marked(16, 'room-id')
const OWNER_KEY = marked(16, 'owner-key')
const BODY = marked(300, 'room-body')
const LISTEN_KEY = marked(32, 'listen-key')
const UNHEARD_KEY = marked(32, 'unheard-key')
const LIVE = new Uint8Array(4032).fill(0x77, 18).fill(0x66, 2, 18)
const PEER_IDS = ['peer-number-one-one-1', 'peer-number-two-two-2']
const TOKEN = 'token-of-a-peer-0123'
const ASKED_ACCOUNT = marked(32, 'asked-account')
const ENVELOPE = new Uint8Array(4032).fill(0x55)

let relay: RelayProcess

beforeAll(async () => {
  await buildRelay()
  relay = await startRelayProcess({ settings: { logLevel: 'debug' }, environment: { TRUST_PROXY: '1' } })
})
afterAll(() => relay.remove())

const from = (n: number) => ({ headers: { 'x-forwarded-for': ADDRESSES[n] ?? '', 'user-agent': 'agent-of-somebody' } })

/** Two people meet, signal, listen, deposit, fetch and try what fails; then the relay is read. */
const traffic = async () => {
  const [host, guest, third] = await Promise.all([
    callRelay(relay.port, from(0)),
    callRelay(relay.port, from(1)),
    callRelay(relay.port, from(2)),
  ])
  const opened = await host.call({ type: 'open-room', requestId: 1, roomId: ROOM_ID, ownerKey: OWNER_KEY, wantsNumber: true })
  if (opened.type !== 'room-opened') throw new Error(opened.type)
  await guest.call({ type: 'join-room', requestId: 2, room: { type: 'number', number: opened.number ?? '' } })
  await third.call({ type: 'join-room', requestId: 2, room: { type: 'id', roomId: ROOM_ID } })
  for (const side of [host, guest]) await side.next()
  guest.ask({ type: 'room-message', body: BODY })
  await host.next()

  const peers = await Promise.all(PEER_IDS.map((id, n) => callPeer(relay.port, id, TOKEN, from(n))))
  for (const peer of peers) await peer.next()
  peers[0]?.say({ type: 'OFFER', dst: PEER_IDS[1], payload: { type: 'data', sdp: 'offer-of-somebody' } })
  await peers[1]?.next()

  const address = addressOf(LISTEN_KEY)
  const deposit = { type: 'deposit', requestId: 4, liveOnly: false, address, envelope: ENVELOPE } as const
  await host.call({ type: 'listen', requestId: 3, listenKeys: [LISTEN_KEY] })
  await guest.call({ ...deposit, liveOnly: true, envelope: LIVE })
  await host.next()
  await guest.call({ ...deposit, address: addressOf(UNHEARD_KEY) })
  await guest.call({ type: 'fetch-bundles', requestId: 6, accountId: ASKED_ACCOUNT, tag: 7777 })
  await guest.call(deposit)
  host.ask({ type: 'stop-listening', requestId: 8, listenKeys: [LISTEN_KEY] })
  await host.next()
  third.socket.send(Uint8Array.of(9, 9))
  await third.closed
  for (const caller of [host, guest, ...peers]) {
    caller.close()
    await caller.closed
  }
}

/** Everything that the relay wrote, but for its settings and the page. */
const written = (): Buffer => {
  const files = readdirSync(relay.folder).filter((name) => name !== 'page' && name !== 'relay.json')
  expect(files.toSorted()).toEqual(expect.arrayContaining(['relay.sqlite', 'relay.sqlite-wal']))
  return Buffer.concat(files.map((name) => readFileSync(join(relay.folder, name))))
}

/** As it is, and as hexadecimal and base64 would have it. */
const formsOf = (secret: Uint8Array | string): Buffer[] => {
  const bytes = Buffer.from(secret)
  return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').replace(/=+$/, ''))]
}

test('of people who meet, signal and write to each other, files and logs hold the address and the sealed envelope, nothing else', async () => {
  await traffic()
  const kept = written()
  const log = Buffer.from(relay.output())
  // What must be there is found, so what is not found is not there.
  expect(kept.includes(Buffer.from(addressOf(LISTEN_KEY)))).toBe(true)
  expect(kept.includes(Buffer.from(ENVELOPE.subarray(0, 400)))).toBe(true)
  expect(log.toString()).toContain('connection closed')

  const hidden: readonly (readonly [string, readonly Buffer[]])[] = [
    ...NETWORKS.map((network) => [network, formsOf(network)] as const),
    ...PACKED.map((network) => [network.toString('hex'), [network]] as const),
    ['127.0.0.1', formsOf('127.0.0.1')],
    ['user agent', formsOf('agent-of-somebody')],
    ['room id', formsOf(ROOM_ID)],
    ['owner key', formsOf(OWNER_KEY)],
    ['room message', formsOf(BODY.subarray(0, 30))],
    ['listen key', formsOf(LISTEN_KEY)],
    ['the key of an address that nobody listens at', formsOf(UNHEARD_KEY)],
    ['an address to which somebody deposited in vain', formsOf(addressOf(UNHEARD_KEY))],
    ['live envelope', formsOf(LIVE.subarray(2, 62))],
    ['account that was asked for', formsOf(ASKED_ACCOUNT)],
    ...PEER_IDS.map((id) => [id, formsOf(id)] as const),
    ['token', formsOf(TOKEN)],
    ['offer', formsOf('offer-of-somebody')],
  ]
  for (const [what, forms] of hidden) {
    for (const form of forms) {
      expect([what, kept.includes(form)]).toEqual([what, false])
      // The one address in the log is the relay's own.
      if (what !== '127.0.0.1') expect([what, log.includes(form)]).toEqual([what, false])
    }
  }
  // Not even the address is said to the operator.
  for (const form of formsOf(addressOf(LISTEN_KEY))) expect(log.includes(form)).toBe(false)
  const metrics = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text()
  for (const network of NETWORKS) expect(metrics).not.toContain(network)
})

test('what was acknowledged and what was closed is gone from every table', async () => {
  const [bob, alice] = await Promise.all([callRelay(relay.port, from(0)), callRelay(relay.port, from(1))])
  const other = marked(32, 'another-key')
  bob.ask({ type: 'listen', requestId: 1, listenKeys: [LISTEN_KEY, other] })
  await takeEnvelopes(bob, 1)
  await alice.call({ type: 'deposit', requestId: 2, liveOnly: false, address: addressOf(other), envelope: ENVELOPE })
  bob.ask({ type: 'close-mailboxes', requestId: 3, listenKeys: [LISTEN_KEY, other] })
  let reply = await bob.next()
  while (reply.type !== 'listening') reply = await bob.next()
  bob.close()
  alice.close()
  relay.kill('SIGTERM')
  expect(await relay.ended).toBe(0)
  const database = new DatabaseSync(join(relay.folder, 'relay.sqlite'), { readOnly: true })
  try {
    const count = (table: string) => Number(Object.values(database.prepare(`SELECT count(*) FROM ${table}`).get() ?? {})[0])
    expect(['mailbox', 'envelope', 'account', 'device', 'one_time_key', 'one_time_mark'].map(count)).toEqual([0, 0, 0, 0, 0, 0])
  } finally {
    database.close()
  }
})

test('these are all the tables and columns that there are', () => {
  const database = new DatabaseSync(join(relay.folder, 'relay.sqlite'), { readOnly: true })
  try {
    const rows = database
      .prepare(
        `SELECT t.name AS name, group_concat(c.name, ' ') AS columns FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
         WHERE t.type = 'table' GROUP BY t.name ORDER BY t.name`,
      )
      .all()
    expect(Object.fromEntries(rows.map((row: { name: string; columns: string }) => [row.name, row.columns]))).toEqual({
      store: 'one id relay_seed is_copy ended_position envelopes bytes mailboxes accounts devices',
      mailbox: 'id address keep_until_day last_position envelopes bytes',
      envelope: 'id mailbox position envelope_id expires_at_ms envelope',
      account: 'id version account_key device_list expires_at_ms',
      device: 'id account tag statement created_at_ms expires_at_ms',
      one_time_key: 'device kind id key',
      one_time_mark: 'device kind highest_id',
    })
    // Neither a trigger nor a view writes elsewhere.
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index')").all()).toEqual([])
  } finally {
    database.close()
  }
})
